# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Where services bring their requests: one local socket a user, served by whoever shows them.

One thread runs the loop; the desk is guarded by a lock, so that a window may answer from its own
thread. A connection carries one request and lives as long as it does.
"""

import asyncio
import datetime as dt
import logging
import os
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from caducee.base.clock import Clock
from caducee.base.errors import CpsError, StateError
from caducee.base.private_folder import prepare_folder
from caducee.base.runtime import user_socket
from caducee.codec.card_request import (
    Confirmation,
    ErrorMessage,
    RequestMessage,
    StateMessage,
    WithdrawMessage,
    request_from_bytes,
)
from caducee.middleware.daemon import endpoint
from caducee.middleware.daemon.peers import Peer, peer_of
from caducee.middleware.requests.pending import (
    PendingRequest,
    RequestChange,
    Requester,
    RequestQueue,
)
from caducee.spec.card_request import MAX_ASK, SOCKET, SOCKET_VARIABLE, VERSION, RequestState

__all__ = ["RequestServer", "requests_socket"]

_log = logging.getLogger(__name__)

_FIRST_LINE = 5.0
"""Seconds in which a service must have asked."""

_CONNECTIONS = 64
_CONNECTIONS_OF_ONE = 8
"""Connections at once, of all programs and of one."""

_DRAIN = 2.0
"""Seconds in which a service that is refused must hang up."""

_MOST_DRAINING = 64
"""Refused ones that may take that time; more are cut off."""

_MOST_PASSED_OVER = 1 << 16
_REST = 1.0
"""Seconds without new connections after one could not be taken."""


def requests_socket() -> Path:
    """Return where services of this user bring their requests."""
    return user_socket(SOCKET_VARIABLE, SOCKET)


@dataclass(eq=False)
class _Line:
    """A service that waits."""

    writer: asyncio.StreamWriter
    ended: asyncio.Event
    task: asyncio.Task[None]


class RequestServer:
    """Takes requests in from `start` to `stop`; threads may share it."""

    def __init__(
        self,
        clock: Clock,
        changed: Callable[[], None] = lambda: None,
        *,
        path: Path | None = None,
        credentials: Callable[[socket.socket], Peer] = peer_of,
    ) -> None:
        """``changed`` is called, in a thread of its own, whenever `requests` is another."""
        self._clock = clock
        self._changed = changed
        self._path = path or requests_socket()
        self._credentials = credentials
        self._desk = RequestQueue()
        self._lock = threading.Lock()
        self._lines: dict[int, _Line] = {}
        self._open: set[asyncio.Task[None]] = set()
        self._admitted: Counter[int] = Counter()
        """Connections that are listened to, by process."""

        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    def tell_changes_to(self, changed: Callable[[], None]) -> None:
        """Call somebody else from now on, as `__init__` says."""
        self._changed = changed

    # Begin and end

    def start(self) -> None:
        """Listen, then serve in a thread.

        Raises `StateError`: ``base.folder_unsafe``, ``request.running`` when another manager of
        this user shows requests already, ``daemon.lock_held``, ``daemon.socket_unusable``.
        """
        prepare_folder(self._path.parent)
        lock = endpoint.DaemonLock(self._path)
        try:
            lock.take(0.0)
        except StateError as error:
            if error.code == "daemon.running":
                raise StateError("request.running", path=str(self._path)) from error
            raise
        try:
            listener = endpoint.bind(self._path)
        except StateError:
            lock.release()
            raise
        ready = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(listener, lock, ready), name="requests", daemon=True
        )
        self._thread.start()
        ready.wait()

    def stop(self) -> None:
        """Tell every service that nobody shows its request any more, and end."""
        thread, self._thread = self._thread, None
        if thread is None or self._loop is None or self._stopping is None:
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        thread.join()

    # What the window does

    def requests(self) -> tuple[PendingRequest, ...]:
        """Return the requests that wait, the one to show first."""
        with self._lock:
            return self._desk.requests()

    def refuse(self, number: int) -> None:
        """End a request: the holder does not want it. Raises `StateError` (``request.over``)."""
        with self._lock:
            changes = self._desk.settle(number, RequestState.REFUSED)
        self._tell(changes)

    def confirm(self, number: int, confirmation: Confirmation) -> None:
        """Hand a confirmation over. Raises `StateError` (``request.over``): it is thrown away."""
        with self._lock:
            changes = self._desk.settle(number, RequestState.CONFIRMED)
        self._tell(changes, confirmation.to_compact())

    # In the thread of the loop

    def _run(
        self, listener: socket.socket, lock: endpoint.DaemonLock, ready: threading.Event
    ) -> None:
        inode = os.lstat(self._path).st_ino
        try:
            asyncio.run(self._serve(listener, ready))
        finally:
            endpoint.unbind(self._path, inode)
            lock.release()
            ready.set()

    async def _serve(self, listener: socket.socket, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        with listener:
            self._loop.add_reader(listener, self._accept, listener)
            ready.set()
            await self._stopping.wait()
            self._loop.remove_reader(listener)
        with self._lock:
            changes = self._desk.close()
        ending = {self._lines[item.number].task for item in changes if item.number in self._lines}
        self._send(changes)
        for task in self._open - ending:
            task.cancel()
        if self._open:
            await asyncio.wait(self._open, timeout=_DRAIN)

    def _accept(self, listener: socket.socket) -> None:
        assert self._loop is not None  # noqa: S101 (it calls this)
        try:
            link, _ = listener.accept()
        except BlockingIOError:
            return
        except OSError as error:  # e.g. no more files: others end meanwhile
            _log.warning("a service could not be heard: %s", error.strerror)
            self._loop.remove_reader(listener)
            self._loop.call_later(_REST, self._hear_again, listener)
            return
        link.setblocking(False)
        task = self._loop.create_task(self._connected(link))
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        task.add_done_callback(lambda _: link.close())

    def _hear_again(self, listener: socket.socket) -> None:
        assert self._loop is not None  # noqa: S101 (it calls this)
        if listener.fileno() >= 0:
            self._loop.add_reader(listener, self._accept, listener)

    async def _connected(self, link: socket.socket) -> None:
        reader, writer = await asyncio.open_unix_connection(sock=link, limit=MAX_ASK)
        try:
            await self._talk(reader, writer)
        except (OSError, EOFError, TimeoutError) as error:
            _log.info("a service is gone: %s", type(error).__name__)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            peer = self._credentials(writer.get_extra_info("socket"))
            with self._listening_to(peer):
                async with asyncio.timeout(_FIRST_LINE):
                    ask = await _demand(reader)
                if isinstance(ask, RequestMessage):
                    number, line = self._take(ask, Requester(peer.pid, peer.program), writer)
                    await self._until_over(number, line, reader)
        except CpsError as error:
            if len(self._open) <= _CONNECTIONS + _MOST_DRAINING:
                await _trouble(reader, writer, error)

    @contextmanager
    def _listening_to(self, peer: Peer) -> Iterator[None]:
        """Count a connection in and out. Raises `StateError` (``request.too_many``)."""
        many = self._admitted.total() >= _CONNECTIONS
        if many or self._admitted[peer.pid] >= _CONNECTIONS_OF_ONE:
            raise StateError("request.too_many")
        self._admitted[peer.pid] += 1
        try:
            yield
        finally:
            self._admitted[peer.pid] -= 1
            self._admitted = +self._admitted  # without those that have none

    def _take(
        self, ask: RequestMessage, asker: Requester, writer: asyncio.StreamWriter
    ) -> tuple[int, _Line]:
        line = _Line(writer, asyncio.Event(), _this_task())
        with self._lock:
            made, changes = self._desk.ask(ask, asker, self._clock.now())
        self._lines[made.number] = line
        self._send(changes)
        return made.number, line

    async def _until_over(self, number: int, line: _Line, reader: asyncio.StreamReader) -> None:
        """Wait until the request ends, or the service withdraws it, says nonsense, or leaves."""
        hearing = asyncio.ensure_future(_left(reader))
        over = asyncio.ensure_future(line.ended.wait())
        try:
            await asyncio.wait((hearing, over), return_when=asyncio.FIRST_COMPLETED)
            if not over.done():
                wrong = hearing.result()
                if wrong is not None:
                    self._lines.pop(number, None)
                self._withdraw(number)
                if wrong is not None:
                    await _trouble(reader, line.writer, wrong)
        finally:
            for task in (hearing, over):
                task.cancel()
            self._lines.pop(number, None)

    def _withdraw(self, number: int) -> None:
        with self._lock:
            try:
                changes = self._desk.settle(number, RequestState.WITHDRAWN)
            except StateError:
                return
        self._send(changes)

    def _tell(self, changes: tuple[RequestChange, ...], confirmation: str = "") -> None:
        """Have the loop tell the services; from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._send, changes, confirmation)

    def _send(self, changes: tuple[RequestChange, ...], confirmation: str = "") -> None:
        for item in changes:
            line = self._lines.get(item.number)
            if line is not None:
                proof = confirmation if item.state is RequestState.CONFIRMED else ""
                said = StateMessage(state=item.state, before=item.before, confirmation=proof)
                line.writer.write(said.to_bytes())
                if item.state.final:
                    line.ended.set()
        self._set_timer()
        self._changed()

    def _set_timer(self) -> None:
        """Look again when the next request ends, and not before."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        with self._lock:
            end = self._desk.next_end()
        if end is not None and self._loop is not None:
            left = (end - self._clock.now()) / dt.timedelta(seconds=1)
            self._timer = self._loop.call_later(max(0.0, left), self._expire)

    def _expire(self) -> None:
        with self._lock:
            changes = self._desk.expire(self._clock.now())
        self._send(changes)


def _this_task() -> asyncio.Task[None]:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 (a callback of a stream runs in one)
    return task


async def _demand(reader: asyncio.StreamReader) -> RequestMessage | WithdrawMessage:
    try:
        return request_from_bytes(await reader.readuntil(b"\n"))
    except asyncio.LimitOverrunError:
        raise StateError("request.malformed") from None


async def _left(reader: asyncio.StreamReader) -> CpsError | None:
    """Wait until a service withdraws or leaves (None), or says what nobody understands."""
    try:
        found = await _demand(reader)
    except (EOFError, OSError):
        return None
    except CpsError as error:
        return error
    return StateError("request.malformed") if isinstance(found, RequestMessage) else None


async def _trouble(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, error: CpsError
) -> None:
    """Say why, and pass over what still comes: a connection closed before loses its last line."""
    versions = (VERSION,) if error.code == "request.version" else ()
    writer.write(ErrorMessage(code=error.code, versions=versions).to_bytes())
    writer.write_eof()
    left = _MOST_PASSED_OVER
    async with asyncio.timeout(_DRAIN):
        while left > 0 and (found := await reader.read(left)):
            left -= len(found)
