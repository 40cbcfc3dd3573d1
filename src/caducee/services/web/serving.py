# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs an application behind the listeners of a portal, in one event loop.

The loop is asyncio's own: uvloop 0.23 never ends when it is closed while a client leaves its TLS
handshake unfinished, so that anyone could keep a portal from stopping.

``serve_app`` runs until it is stopped; ``running_app`` does so in a thread of its own, and
gives the addresses, for a demonstration or a test.
"""

import asyncio
import contextlib
import socket
import ssl
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from caducee.base.clock import Clock, SystemClock
from caducee.base.errors import ConfigError
from caducee.relying.uvicorn_tls import server_config
from caducee.services.web.bounded import raise_file_limit
from caducee.services.web.failure_log import FailureLog
from caducee.services.web.listeners import Listener, tls_of
from caducee.services.web.listening import listen_or_tell
from caducee.services.web.protocol import BoundedProtocol
from caducee.services.web.settings import PortalAddresses, PortalSettings

__all__ = ["AppFactory", "running_app", "serve_app"]

type AppFactory = Callable[[PortalAddresses], ASGIApp]
"""Makes the application behind the listeners, once their addresses are known."""

_HANDSHAKE_SECONDS = 10.0
_FAREWELL_SECONDS = 1.0
_GRACE_SECONDS = 3


@dataclass(frozen=True, slots=True)
class _Bound:
    """A listener whose socket is bound but does not accept yet."""

    listener: Listener
    socket: socket.socket
    context: ssl.SSLContext | None


class _Server(uvicorn.Server):
    """A uvicorn server with several listeners, each with its own TLS settings."""

    def __init__(self, config: uvicorn.Config, bound: tuple[_Bound, ...]) -> None:
        super().__init__(config)
        self._bound = bound

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept on every listener."""
        self.servers = [await self._accept(item) for item in self._bound]
        self.started = True

    async def _accept(self, bound: _Bound) -> asyncio.base_events.Server:
        loop = asyncio.get_running_loop()

        def protocol() -> asyncio.Protocol:
            return BoundedProtocol(
                config=self.config,
                server_state=self.server_state,
                app_state={"listener": bound.listener},
                _loop=loop,
            )

        if bound.context is None:
            return await loop.create_unix_server(protocol, sock=bound.socket)
        return await loop.create_server(
            protocol,
            sock=bound.socket,
            ssl=bound.context,
            ssl_handshake_timeout=_HANDSHAKE_SECONDS,
            ssl_shutdown_timeout=_FAREWELL_SECONDS,
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the program that runs the portal."""
        yield


async def serve_app(
    settings: PortalSettings,
    make: AppFactory,
    *,
    started: Callable[[PortalAddresses], None],
    stop: asyncio.Event,
    clock: Clock | None = None,
) -> None:
    """Run an application until ``stop`` is set; answers under way are finished first.

    ``started`` is called once with the addresses when all listeners accept. ``clock`` is that of
    the application. Raises `ConfigError` (``portal.tls_material``, ``portal.address_taken``).
    """
    raise_file_limit()
    asyncio.get_running_loop().set_exception_handler(FailureLog(clock or SystemClock()))
    with contextlib.ExitStack() as stack:
        bound = tuple(_bind(settings, stack))
        addresses = _addresses(settings, bound)
        server = _Server(_config(make(addresses), settings, clock), bound)
        waiting = asyncio.create_task(_announce(server, started, addresses, stop))
        try:
            await server.serve()
            if waiting.done():
                waiting.result()
        finally:
            waiting.cancel()


@contextlib.contextmanager
def running_app(
    settings: PortalSettings, make: AppFactory, clock: Clock | None = None
) -> Iterator[PortalAddresses]:
    """Run an application in a thread for the length of a ``with`` block; gives its addresses.

    ``clock`` and errors as for `serve_app`.
    """
    thread = _Thread(settings, make, clock)
    try:
        yield thread.start()
    finally:
        thread.stop()


class _Thread:
    """A thread with an event loop of its own that runs one application."""

    def __init__(self, settings: PortalSettings, make: AppFactory, clock: Clock | None) -> None:
        self._settings = settings
        self._make = make
        self._clock = clock
        self._ready = threading.Event()
        self._addresses: PortalAddresses | None = None
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="caducee-site", daemon=True)

    def start(self) -> PortalAddresses:
        """Start the portal, wait until it accepts, and return its addresses."""
        self._thread.start()
        self._ready.wait()
        if self._addresses is None:
            raise self._failure or RuntimeError("the portal ended before it accepted")
        return self._addresses

    def stop(self) -> None:
        """Let the portal finish, and wait for it."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended by itself
                self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            with asyncio.Runner() as runner:
                self._loop = runner.get_loop()
                runner.run(
                    serve_app(
                        self._settings,
                        self._make,
                        started=self._accepts,
                        stop=self._end,
                        clock=self._clock,
                    )
                )
        except BaseException as error:  # handed to the thread that waits
            self._failure = error
        finally:
            self._ready.set()

    def _accepts(self, addresses: PortalAddresses) -> None:
        self._addresses = addresses
        self._ready.set()


def _config(app: ASGIApp, settings: PortalSettings, clock: Clock | None) -> uvicorn.Config:
    config = server_config(app, keep_alive=settings.keep_alive_seconds, clock=clock)
    config.timeout_graceful_shutdown = _GRACE_SECONDS
    # Idle connections after TLS make room before any listener is full.
    config.limit_concurrency = max(2, settings.most_connections * 9 // 10)
    return config


async def _announce(
    server: _Server,
    started: Callable[[PortalAddresses], None],
    addresses: PortalAddresses,
    stop: asyncio.Event,
) -> None:
    try:
        while not server.started:
            await asyncio.sleep(0.005)
        started(addresses)
        await stop.wait()
    finally:
        server.should_exit = True


def _bind(settings: PortalSettings, stack: contextlib.ExitStack) -> Iterator[_Bound]:
    ports = {
        Listener.OPEN: settings.open_port,
        Listener.TLS12: settings.tls12_port,
        Listener.TLS13: settings.tls13_port,
    }
    for listener, port in ports.items():
        context = tls_of(listener, settings)
        listening = listen_or_tell(
            settings.bind,
            port,
            "portal.address_taken",
            most=settings.most_connections,
            most_each=settings.most_connections_each,
        )
        yield _Bound(listener, stack.enter_context(listening), context)
    if settings.front_socket is not None:
        mode = 0o600 if settings.front_user is None else 0o666
        front = stack.enter_context(_unix_socket(Path(settings.front_socket), mode))
        yield _Bound(Listener.FRONT, front, None)


@contextlib.contextmanager
def _unix_socket(path: Path, mode: int) -> Iterator[socket.socket]:
    """Bind an AF_UNIX socket, and remove it at the end.

    A front of another user must be able to open it; the headers are trusted by the kernel's
    word on who is at the other end, not by this mode.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as front:
        try:
            if path.exists() and stat.S_ISSOCK(path.stat().st_mode):
                path.unlink()
            front.bind(str(path))
            path.chmod(mode)
            front.listen(256)
        except OSError as error:
            raise ConfigError("portal.address_taken", address=str(path), reason=error) from error
        try:
            yield front
        finally:
            path.unlink(missing_ok=True)


def _addresses(settings: PortalSettings, bound: tuple[_Bound, ...]) -> PortalAddresses:
    ports = {item.listener: int(item.socket.getsockname()[1]) for item in bound if item.context}
    order = (Listener.OPEN, Listener.TLS12, Listener.TLS13)
    plain, tls12, tls13 = (ports[listener] for listener in order)
    return settings.addresses((plain, tls12, tls13))
