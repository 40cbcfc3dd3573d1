# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Several processes that answer for one address, from the entries of a file.

One process uses one core. Here the caller's process accepts the connections and hands each to the
next of its workers, with its socket (not on Windows). A worker ends with whoever started it; for
one that died another is started. Every bound of `LdapOptions` holds; those for numbers of
connections are shared among the workers.
"""

import asyncio
import contextlib
import json
import os
import selectors
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from caducee.base.errors import ConfigError
from caducee.base.secret import Secret
from caducee.directory.ldap.options import LdapOptions
from caducee.directory.ldap.server import LdapAddresses, LdapServer
from caducee.directory.ldap.stored import StoredTree

__all__ = ["WorkerSettings", "running_workers"]

_PLAIN, _SECURE = b"p", b"s"
_BACKLOG = 512
_PATIENCE = 5.0
_MOST_SOCKETS = 16
"""Handed over in one message."""


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What every worker serves."""

    path: Path
    """The file of the entries (`caducee.directory.ldap.store`)."""

    contexts: tuple[str, ...]
    options: LdapOptions
    certificate: Path | None = None
    """TLS of the server, PEM; none: neither StartTLS nor LDAPS."""

    key: Path | None = None

    def to_json(self) -> str:
        """Return the settings for a worker. It holds passwords: it goes through a pipe alone."""
        plain = {
            field.name: getattr(self.options, field.name)
            for field in fields(self.options)
            if field.name != "users"
        }
        users = {name: item.reveal().hex() for name, item in self.options.users.items()}
        tls = [str(item) for item in (self.certificate, self.key) if item is not None]
        return json.dumps([str(self.path), self.contexts, plain, users, tls])

    @classmethod
    def from_json(cls, written: str) -> "WorkerSettings":
        """Return the settings that were written so."""
        path, contexts, plain, users, tls = json.loads(written)
        secrets = {name: Secret(bytes.fromhex(item)) for name, item in users.items()}
        certificate, key = map(Path, tls) if tls else (None, None)
        options = LdapOptions(users=secrets, **plain)
        return cls(Path(path), tuple(contexts), options, certificate, key)


@contextlib.contextmanager
def running_workers(
    settings: WorkerSettings,
    processes: int,
    host: str = "127.0.0.1",
    port: int = 0,
    secure_port: int = 0,
) -> Iterator[LdapAddresses]:
    """Run a server in some processes for a ``with`` block; port 0 lets the system choose.

    Raises `ConfigError` (``ldap.address_taken``).
    """
    with contextlib.ExitStack() as stack:
        plain = stack.enter_context(_listening(host, port))
        listeners = {plain: _PLAIN}
        secure = None
        if settings.certificate is not None:
            secure = stack.enter_context(_listening(host, secure_port))
            listeners[secure] = _SECURE
        shared = _shared(settings, processes)
        workers = [stack.enter_context(_Worker(shared)) for _ in range(processes)]
        stack.enter_context(_handing_over(listeners, workers))
        yield LdapAddresses(_address(plain), None if secure is None else _address(secure))


def _shared(settings: WorkerSettings, processes: int) -> WorkerSettings:
    options = settings.options
    most, of_one = options.connections, options.connections_of_one
    own = replace(
        options,
        connections=max(1, most // processes),
        connections_of_one=max(1, of_one // processes),
    )
    return replace(settings, options=own)


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=_BACKLOG)
    except OSError as error:
        raise ConfigError("ldap.address_taken", address=f"{host}:{port}", reason=error) from None


def _address(listener: socket.socket) -> tuple[str, int]:
    name = listener.getsockname()
    return str(name[0]), int(name[1])


class _Worker:
    """One process, as the one that accepts sees it."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._start()

    def __enter__(self) -> "_Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _start(self) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "caducee.directory.ldap.workers", str(number)],
                stdin=subprocess.PIPE,
                pass_fds=(number,),
                text=True,
            )
        assert self._process.stdin is not None  # noqa: S101 (as asked)
        with contextlib.suppress(BrokenPipeError), self._process.stdin as pipe:
            pipe.write(self._settings.to_json())

    def _stop(self) -> None:
        self._control.close()  # it ends when nobody can hand over anything more
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def take(self, peer: socket.socket, kind: bytes) -> None:
        """Hand over a connection; a worker that has died is replaced."""
        try:
            socket.send_fds(self._control, [kind], [peer.fileno()])
        except OSError:
            self._stop()
            self._start()
            socket.send_fds(self._control, [kind], [peer.fileno()])


@contextlib.contextmanager
def _handing_over(
    listeners: dict[socket.socket, bytes], workers: Sequence[_Worker]
) -> Iterator[None]:
    """Accept in a thread, and hand each connection to the next worker."""
    end, ended = socket.socketpair()

    def run() -> None:
        turn = 0
        with selectors.DefaultSelector() as selector:
            for item in (*listeners, ended):
                selector.register(item, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    listener = key.fileobj
                    if listener is ended:
                        return
                    assert isinstance(listener, socket.socket)  # noqa: S101 (registered above)
                    with contextlib.suppress(OSError):  # it left already, or files are used up
                        peer, _ = listener.accept()
                        with peer:
                            workers[turn % len(workers)].take(peer, listeners[listener])
                            turn += 1

    thread = threading.Thread(target=run, name="ldap-accept", daemon=True)
    with end, ended:
        thread.start()
        try:
            yield
        finally:
            end.send(b"x")
            thread.join()


# In the worker


async def _serve(control: socket.socket, settings: WorkerSettings) -> None:
    context = None
    if settings.certificate is not None and settings.key is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(settings.certificate, settings.key)
    ended = asyncio.Event()
    control.setblocking(False)
    with StoredTree(settings.path, settings.contexts) as tree:
        server = LdapServer(lambda: tree, settings.options, context)
        server.watch()
        asyncio.get_running_loop().add_reader(control, _taking(control, server, ended.set))
        await ended.wait()
        await server.stop()


def _taking(
    control: socket.socket, server: LdapServer, ended: Callable[[], None]
) -> Callable[[], None]:
    def take() -> None:
        try:
            kinds, numbers, _, _ = socket.recv_fds(control, 1, _MOST_SOCKETS)
        except BlockingIOError:
            return
        except OSError:
            kinds, numbers = b"", []
        if not kinds:
            asyncio.get_running_loop().remove_reader(control)
            ended()
        for number in numbers:
            peer = socket.socket(fileno=number)
            peer.setblocking(False)
            server.keep(server.take(peer, secure=kinds == _SECURE))

    return take


def main() -> None:
    """Serve the connections that come through the socket whose number is the argument."""
    control = socket.socket(fileno=int(sys.argv[1]))
    settings = WorkerSettings.from_json(sys.stdin.read())
    with contextlib.suppress(KeyboardInterrupt), control:
        asyncio.run(_serve(control, settings))
    sys.stdout.flush()
    os._exit(0)  # whoever has not ended a TLS handshake keeps nobody waiting


if __name__ == "__main__":
    main()
