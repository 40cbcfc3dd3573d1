# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The LDAP server: `caducee.directory.ldap.dialogue` on asyncio, with bounds for every client.

No client can keep others from being served: each connection gets a bounded piece of work at a time
(`caducee.directory.ldap.turns`); who sends or takes too slowly, or says nothing, is let go.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass

from caducee.base.errors import ConfigError, CpsError
from caducee.directory.ldap.dialogue import (
    Action,
    Close,
    Continue,
    LdapDialogue,
    Send,
    Upgrade,
    Wait,
)
from caducee.directory.ldap.entries import Searchable
from caducee.directory.ldap.options import LdapOptions
from caducee.directory.ldap.turns import SearchTurns
from caducee.spec.ldap import ResultCode

__all__ = ["LdapAddresses", "LdapServer", "running"]

_LOG = logging.getLogger(__name__)
_TICK = 0.5
_FAREWELL_SECONDS = 1.0
_HIGH_WATER = 256 << 10


@dataclass(frozen=True, slots=True)
class LdapAddresses:
    """Where a server listens."""

    plain: tuple[str, int]
    """LDAP, with StartTLS when the server has a certificate."""

    secure: tuple[str, int] | None
    """LDAPS; none without a certificate."""


class _Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, server: "LdapServer", secure: bool) -> None:
        self._server = server
        self._secure = secure
        self._dialogue: LdapDialogue | None = None
        self._transport: asyncio.Transport | None = None
        self._stalled_since: float | None = None
        self._shaking_since: float | None = None
        self._scheduled = False
        self.peer = ""

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet a client, or send it away when there are too many."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 (a stream, never datagrams)
        self._transport = transport
        transport.set_write_buffer_limits(high=_HIGH_WATER)
        peer = transport.get_extra_info("peername")
        self.peer = str(peer[0]) if peer else ""
        self._dialogue = self._server.dialogue(secure=self._secure)
        if not self._server.admit(self):
            why = self._dialogue.farewell(ResultCode.BUSY, "too many connections")
            self._finish(b"" if self._secure else why)
        elif self._secure:
            self._shake(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        self._server.leave(self)
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Take bytes of the client, and work."""
        if self._dialogue is None or self._transport is None:
            return
        self._server.turns.asked()
        if self._free and self._quickly(data, self._dialogue, self._transport):
            return
        self._dialogue.receive(data)
        # The first request inside TLS may come before the end of the handshake is noticed;
        # the transport known then is that below TLS, which must go on reading.
        if self._shaking_since is None and not self._dialogue.hungry:
            self._transport.pause_reading()
        self._work()

    def _quickly(self, data: bytes, dialogue: LdapDialogue, transport: asyncio.Transport) -> bool:
        """Answer at once, if that is possible."""
        try:
            found = dialogue.quick(data)
        except CpsError:
            return False  # the full path meets and reports it
        if found is not None:
            self._server.send(transport, found)
        return found is not None

    def pause_writing(self) -> None:
        """The client does not take what is sent: make no more of it."""
        self._stalled_since = self._server.now()

    def resume_writing(self) -> None:
        """The client takes again."""
        self._stalled_since = None
        self._work()

    # Work

    def _work(self) -> None:
        """Do one piece of work, and come again later when more is left."""
        if not self._free:
            return
        if self._dialogue is None or self._transport is None:
            return
        try:
            action = self._dialogue.advance()
        except CpsError as error:  # of the entries, not of the client
            _LOG.error("a search failed: %s", error)
            action = Close(self._dialogue.farewell(ResultCode.OTHER, "the directory is at fault"))
        self._perform(action, self._dialogue, self._transport)

    @property
    def _free(self) -> bool:
        """Whether work may be done now."""
        return not (
            self._scheduled or self._stalled_since is not None or self._shaking_since is not None
        )

    def _later(self) -> None:
        self._scheduled = True
        self._server.turns.add(self.peer, self._again)

    def _again(self) -> None:
        self._scheduled = False
        self._work()

    def _perform(
        self, action: Action, dialogue: LdapDialogue, transport: asyncio.Transport
    ) -> None:
        match action:
            case Send(data):
                transport.write(data)
                if not dialogue.idle:
                    self._later()
            case Continue():
                self._later()
            case Close(data):
                self._finish(data)
            case Upgrade(data):
                transport.pause_reading()  # so that the first bytes of TLS wait for it
                transport.write(data)
                self._shake(transport)
            case Wait() if dialogue.hungry:
                transport.resume_reading()

    def _finish(self, data: bytes) -> None:
        transport = self._transport
        if transport is not None and not transport.is_closing():
            if data:
                transport.write(data)
            transport.close()

    # TLS

    def _shake(self, transport: asyncio.Transport) -> None:
        transport.pause_reading()
        self._shaking_since = self._server.now()
        self._server.keep(self._upgrade(transport))

    async def _upgrade(self, transport: asyncio.Transport) -> None:
        context = self._server.context
        assert context is not None  # noqa: S101 (else StartTLS was refused)
        try:
            upgraded = await asyncio.get_running_loop().start_tls(
                transport,
                self,
                context,
                server_side=True,
                ssl_handshake_timeout=self._server.options.message_seconds,
                ssl_shutdown_timeout=_FAREWELL_SECONDS,
            )
        except (OSError, ssl.SSLError) as error:
            _LOG.debug("TLS with %s failed: %s", self.peer, error)
            transport.abort()
            self._server.leave(self)
            return
        if upgraded is None or self._dialogue is None:  # the client left meanwhile
            self._server.leave(self)
            return
        self._transport = upgraded
        upgraded.set_write_buffer_limits(high=_HIGH_WATER)
        self._dialogue.upgraded()
        self._shaking_since = None
        self._work()

    # Bounds

    def watch(self, now: float) -> None:
        """Let the client go when it is too slow."""
        dialogue, options = self._dialogue, self._server.options
        if dialogue is None or self._transport is None or self._shaking_since is not None:
            return
        if self._stalled_since is not None:
            if now - self._stalled_since > options.write_seconds:
                self._transport.abort()
            return
        partial = dialogue.partial_since
        late = partial is not None and now - partial > options.message_seconds
        idle = not dialogue.busy and now - dialogue.last_request > options.idle_seconds
        if late or idle:
            self._finish(dialogue.farewell(ResultCode.UNAVAILABLE, "too slow"))
            self._stalled_since = now  # what it does not take is dropped in its time

    @property
    def asked(self) -> float | None:
        """When it asked for the last time, or came; none while something is under way."""
        dialogue = self._dialogue
        return None if dialogue is None or dialogue.busy else dialogue.last_request

    def abort(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()


class LdapServer:
    """A read-only LDAPv3 server for the tree that ``tree`` gives at the moment of each search."""

    def __init__(
        self,
        tree: Callable[[], Searchable],
        options: LdapOptions | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.options = options or LdapOptions()
        self.context = context
        """TLS of the server; none: neither StartTLS nor LDAPS."""

        self.turns = SearchTurns()
        """Of the work that is left when a request was looked at for a moment."""

        self._tree = tree
        self._connections: set[_Connection] = set()
        self._peers = Counter[str]()
        self._tasks: set[asyncio.Task[None]] = set()
        self._servers: list[asyncio.Server] = []
        self._answers: list[tuple[asyncio.Transport, bytes]] = []

    async def start(
        self, host: str = "127.0.0.1", port: int = 0, secure_port: int | None = 0
    ) -> LdapAddresses:
        """Begin to listen; port 0 lets the system choose. LDAPS needs a certificate.

        Raises `ConfigError` (``ldap.address_taken``).
        """
        self.watch()
        plain = await self._listen(host, port, secure=False)
        if self.context is None or secure_port is None:
            return LdapAddresses(plain, None)
        return LdapAddresses(plain, await self._listen(host, secure_port, secure=True))

    async def _listen(self, host: str, port: int, *, secure: bool) -> tuple[str, int]:
        loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(lambda: _Connection(self, secure), host, port)
        except OSError as error:
            await self.stop()
            raise ConfigError(
                "ldap.address_taken", address=f"{host}:{port}", reason=error
            ) from None
        self._servers.append(server)
        name = server.sockets[0].getsockname()
        return str(name[0]), int(name[1])

    def watch(self) -> None:
        """Begin to let clients go that are too slow; `start` does it too."""
        self.keep(self._watch())

    async def take(self, peer: socket.socket, *, secure: bool) -> None:
        """Serve a connection that somebody else has accepted."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):  # it left already
            await loop.connect_accepted_socket(lambda: _Connection(self, secure), peer)

    async def stop(self) -> None:
        """Stop listening and end all connections."""
        for server in self._servers:
            server.close()
        for connection in tuple(self._connections):
            connection.abort()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for server in self._servers:
            await server.wait_closed()
        self._servers.clear()

    # For connections

    def now(self) -> float:
        """Return seconds that never go back."""
        return asyncio.get_running_loop().time()

    def dialogue(self, *, secure: bool) -> LdapDialogue:
        """Return what is said in a new connection."""
        loop = asyncio.get_running_loop()
        can_upgrade = self.context is not None
        return LdapDialogue(
            self._tree, self.options, loop.time, secure=secure, can_upgrade=can_upgrade
        )

    def admit(self, connection: _Connection) -> bool:
        """Take a connection in, or not when there are too many, in all or from one address.

        One that asks nothing makes room, so that nobody keeps others out by opening many.
        """
        if self._peers[connection.peer] >= self.options.connections_of_one:
            if not self._make_room(connection.peer):
                return False
        elif len(self._connections) >= self.options.connections and not self._make_room():
            return False
        self._connections.add(connection)
        self._peers[connection.peer] += 1
        return True

    def _make_room(self, peer: str | None = None) -> bool:
        """Let go who has asked nothing for longest; false when nobody can be."""
        since = self.now() - self.options.spare_seconds
        spare = [
            connection
            for connection in self._connections
            if peer in (None, connection.peer)
            and (asked := connection.asked) is not None
            and asked <= since
        ]
        if not spare:
            return False
        oldest = min(spare, key=lambda item: item.asked or 0.0)
        oldest.abort()
        self.leave(oldest)
        return True

    def leave(self, connection: _Connection) -> None:
        """Forget a connection."""
        if connection in self._connections:
            self._connections.remove(connection)
            self._peers[connection.peer] -= 1
            if not self._peers[connection.peer]:
                del self._peers[connection.peer]

    def send(self, transport: asyncio.Transport, data: bytes) -> None:
        """Send an answer: at once to a lone client, else with those of the others who wait.

        Waking a client costs more than finding its entry. Who is answered while the rest of the
        requests that have come are read takes a core from them, and each wakes by itself; sent
        together, the answers of a round leave one after another, before anything else is read.
        """
        if len(self._connections) == 1:
            transport.write(data)
            return
        if not self._answers:
            asyncio.get_running_loop().call_soon(self._send_all)
        self._answers.append((transport, data))

    def _send_all(self) -> None:
        answers, self._answers = self._answers, []
        for transport, data in answers:
            transport.write(data)

    def keep(self, work: Coroutine[None, None, None]) -> None:
        """Run work beside, until the server stops."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self) -> None:
        bounds = self.options.message_seconds, self.options.idle_seconds, self.options.write_seconds
        pause = min(_TICK, min(bounds) / 2)
        while True:
            await asyncio.sleep(pause)
            now = self.now()
            for connection in tuple(self._connections):
                connection.watch(now)


@contextlib.contextmanager
def running(
    server: LdapServer, host: str = "127.0.0.1", port: int = 0, secure_port: int = 0
) -> Iterator[LdapAddresses]:
    """Run a server in a thread of its own; port 0 lets the system choose."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="ldap", daemon=True)
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(server.start(host, port, secure_port), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
