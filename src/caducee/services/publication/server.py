# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs the publication points over plain HTTP, as their addresses in certificates have it.

Lists and answers are signed, so that HTTP needs no protection of its own (RFC 5280 8).
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from caducee.authority.authority import Authority
from caducee.base.clock import Clock
from caducee.base.errors import ConfigError
from caducee.directory.registry import Registry
from caducee.relying.uvicorn_tls import server_config
from caducee.services.publication.app import create_app
from caducee.services.publication.settings import PublicationSettings
from caducee.services.web.dates import http_date
from caducee.services.web.listening import listen
from caducee.services.web.protocol import BoundedProtocol

__all__ = ["running"]

_MOST_CONNECTIONS = 500
_KEEP_ALIVE_SECONDS = 10
_GRACE_SECONDS = 3


@contextlib.contextmanager
def running(
    settings: PublicationSettings, authority: Authority, registry: Registry, clock: Clock
) -> Iterator[str]:
    """Run the publication points in a thread for the length of a ``with`` block.

    Gives the address, e.g. ``http://127.0.0.1:8080``. Raises `ConfigError`
    (``publication.address_taken``).
    """
    app = create_app(authority, registry, clock, title=settings.title)
    with _bound(settings) as listening:
        server = uvicorn.Server(_config(_Dated(app, clock)))
        thread = threading.Thread(
            target=_run, args=(server, listening), name="caducee-publication", daemon=True
        )
        thread.start()
        try:
            host = f"[{settings.bind}]" if ":" in settings.bind else settings.bind
            yield f"http://{host}:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def _run(server: uvicorn.Server, listening: socket.socket) -> None:
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(server.serve([listening]))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's loop, where it is there: without TLS it ends as it should."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def _config(app: ASGIApp) -> uvicorn.Config:
    config = server_config(app, keep_alive=_KEEP_ALIVE_SECONDS)
    config.http = BoundedProtocol
    config.date_header = False
    config.limit_concurrency = _MOST_CONNECTIONS
    config.timeout_graceful_shutdown = _GRACE_SECONDS
    return config


class _Dated:
    """Writes the time of the world into each answer: its documents are dated by it too."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = (b"date", http_date(self._clock.now()).encode())
                message["headers"] = [*message.get("headers", ()), date]
            await send(message)

        await self._app(scope, receive, dated)


@contextlib.contextmanager
def _bound(settings: PublicationSettings) -> Iterator[socket.socket]:
    try:
        listening = listen(settings.bind, settings.port)
    except OSError as error:
        where, reason = f"{settings.bind}:{settings.port}", error.strerror or str(error)
        raise ConfigError("publication.address_taken", address=where, reason=reason) from error
    with listening:
        yield listening
