# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The daemon: programs on one side, readers on the other, and who waits for whom in between.

One thread runs the loop and everything that needs no card; each reader has a thread of its own
(`caducee.middleware.daemon.workers`); one more watches the readers. A blocking C_WaitForSlotEvent
and a question to the holder hold no thread.
"""

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from caducee.base.errors import FormatError, ReaderError
from caducee.codec.pkcs11 import Call, Frame, Hello, Reply
from caducee.middleware.daemon.answer_cache import AnswerCache
from caducee.middleware.daemon.budget import Budget
from caducee.middleware.daemon.calls import Calls, OpenCall
from caducee.middleware.daemon.connection import Connection, ConnectionRefusal
from caducee.middleware.daemon.engine import Engine
from caducee.middleware.daemon.peers import Claims, Peer, peer_of
from caducee.middleware.daemon.program import Program
from caducee.middleware.daemon.refusal_log import RefusalLog
from caducee.middleware.daemon.settings import Limits
from caducee.middleware.daemon.watch import ReaderWatch
from caducee.middleware.daemon.workers import QueueFull, Workers
from caducee.middleware.pin_entry.entry import PinEntry
from caducee.middleware.tracing import Tracer
from caducee.reader.transport import ReaderContext
from caducee.spec.pkcs11.returns import Ckr
from caducee.spec.pkcs11.wire import FrameKind

__all__ = ["Server"]

_log = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 30.0
"""Seconds until a card that could not be opened is looked at again, doubling in between."""

_ROOM = 256 * 1024
"""Bytes that are taken from a connection at once."""


class Server:
    """Serves the programs of one user on a listening socket."""

    def __init__(  # noqa: PLR0913 (what it is made of)
        self,
        engine: Engine,
        readers: ReaderContext,
        limits: Limits,
        pin_entry: PinEntry,
        tracer: Tracer,
        *,
        idle_exit: float = 0.0,
        rest_after: float = 3.0,
        credentials: Callable[[socket.socket], Peer] = peer_of,
    ) -> None:
        """Make it inside a running loop. ``idle_exit``: seconds without a program; 0: never.

        ``rest_after``: seconds without a call after which a card is let go.
        """
        self.loop = asyncio.get_running_loop()
        self.limits = limits
        self.credentials = credentials
        self.budget = Budget(limits.outstanding_bytes, limits.outstanding_bytes_per_program)
        self.memo = AnswerCache(engine, tracer)
        self.refusals = RefusalLog(_log)
        """Connections that were not let in."""

        self.room = bytearray(_ROOM)
        """Where connections receive, one after the other."""

        self._engine = engine = self.memo.engine
        self._readers = readers
        self._idle_exit = idle_exit
        self._idle: asyncio.TimerHandle | None = None
        self._next_look: asyncio.TimerHandle | None = None
        self._connections: set[Connection] = set()
        self._programs: dict[bytes, Program] = {}
        self._claims = Claims()
        self._workers = Workers(limits.queue, engine.rest, rest_after)
        self._pool = ThreadPoolExecutor(2, "without-card")
        self._calls = Calls(self._workers, self._pool, limits.call_seconds, pin_entry, tracer)
        self._listening: asyncio.Server | None = None
        self._stopping = asyncio.Event()
        self._first_look = asyncio.Event()
        self._watch = ReaderWatch(engine, readers, self._changed)

    # Begin and end

    async def run(self, listener: socket.socket) -> None:
        """Serve until `stop`; then end every program's sessions."""
        self._watch.start()
        try:
            async with asyncio.timeout(2.0):
                await self._first_look.wait()
        except TimeoutError:
            _log.warning("the readers do not tell what is in them; programs are served meanwhile")
        self._listening = await self.loop.create_server(
            lambda: Connection(self), sock=listener, backlog=self.limits.connections
        )
        self._look_idle()
        try:
            await self._stopping.wait()
        finally:
            await self._close()

    def stop(self) -> None:
        """End `run`; call it in the loop's thread."""
        self._stopping.set()

    async def _close(self) -> None:
        if self._listening is not None:
            self._listening.close()
        await self._calls.end()
        for connection in list(self._connections):
            connection.end("the daemon ends")
        await asyncio.sleep(0)
        for program in list(self._programs.values()):
            self._finish(program)
        self._workers.close()
        self._watch.stop()
        await self.loop.run_in_executor(None, self._join)

    def _join(self) -> None:
        self._pool.shutdown(wait=True)
        self._readers.close()
        self._watch.join()

    def _look_idle(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        if self._idle_exit and not self._connections:
            self._idle = self.loop.call_later(self._idle_exit, self.stop)

    # The readers

    def _changed(self, gone: set[str]) -> None:
        self._first_look.set()
        self._workers.forget(gone)
        self._look(_FIRST_PAUSE)
        for program in self._programs.values():
            self._unpark(program)

    def _look(self, pause: float) -> None:
        """Have the cards looked at for which sessions wait.

        One that could not be opened (another program held it, its contacts bounced) is looked at
        once more after ``pause`` seconds, and less and less often.
        """
        if self._next_look is not None:
            self._next_look.cancel()
            self._next_look = None
        for reader in self._engine.awaited:
            with contextlib.suppress(QueueFull):
                made = self._workers.submit(reader, partial(self._engine.look, reader))
                made.add_done_callback(lambda _: self._soon(partial(self._looked, pause)))

    def _looked(self, pause: float) -> None:
        if self._next_look is None and self._engine.awaited and not self._stopping.is_set():
            longer = min(2 * pause, _LONGEST_PAUSE)
            self._next_look = self.loop.call_later(pause, self._look, longer)

    def _soon(self, job: Callable[[], None]) -> None:
        """Run a job in the loop's thread, unless the loop has ended; from any thread."""
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(job)

    def _unpark(self, program: Program) -> None:
        """Answer waiting C_WaitForSlotEvent with what has happened."""
        while program.parked:
            slot = program.application.next_slot_event()
            if slot is None:
                return
            connection, call = program.parked.popleft()
            connection.reply(Reply(call.function, Ckr.OK, (slot,)))

    # Connections and programs

    def admit(self, connection: Connection) -> None:
        """Count a connection in; raises `ReaderError` for one too many."""
        peer = connection.peer
        assert peer is not None  # noqa: S101 (found before)
        same = sum(
            item.peer is not None and item.peer.pid == peer.pid for item in self._connections
        )
        if same >= self._share():
            raise ReaderError("daemon.too_many", pid=peer.pid, count=same)
        self._connections.add(connection)
        self._look_idle()

    def _share(self) -> int:
        """Return how many connections one process may have now.

        When half of all are in use, that gets fewer and fewer, so that processes that open very
        many leave room for those that need one or two.
        """
        free = self.limits.connections - len(self._connections)
        if free <= 0:
            return 0
        most = self.limits.connections_per_program
        return most if 2 * free > self.limits.connections else min(most, max(4, free // 4))

    def forget(self, connection: Connection) -> None:
        """Count a connection out; the last one of a program ends it."""
        self._connections.discard(connection)
        program = connection.program
        if program is not None:
            program.connections.discard(connection)
            if not program.connections:
                self._finish(program)
                self._claims.drop(program.id)
                self._programs.pop(program.id, None)
        self._look_idle()

    def attach(self, connection: Connection, hello: Hello, peer: Peer) -> Program:
        """Find or begin the program of a HELLO. Raises `ConnectionRefusal`, `ReaderError`."""
        new = self._claims.claim(hello.application, peer, hello.pid)
        if new:
            try:
                self._demand_place(peer)
                application = self._engine.attach(hello, peer)
            except BaseException:
                self._claims.drop(hello.application)
                raise
            self._programs[hello.application] = Program(hello.application, peer, application)
        program = self._programs[hello.application]
        program.connections.add(connection)
        if new:
            self._calls.began(program)
        return program

    def _demand_place(self, peer: Peer) -> None:
        """Raise `ConnectionRefusal` (CKR_HOST_MEMORY) beyond the limits, in all or per process."""
        same = sum(program.peer.pid == peer.pid for program in self._programs.values())
        limits = self.limits
        if len(self._programs) >= limits.applications or same >= limits.applications_per_process:
            raise ConnectionRefusal(Ckr.HOST_MEMORY)

    def log_out(self) -> int:
        """End every login of this user; return how many there were."""
        count = self._engine.log_out()
        self._changed(set())  # a card that a PIN pad opened is closed in its reader's thread
        return count

    def _finish(self, program: Program) -> None:
        """End a program's sessions, once; calls of it that wait are informed."""
        if program.ended:
            return
        program.ended = True
        while program.parked:
            connection, _ = program.parked.popleft()
            connection.reply(Frame(FrameKind.REPLY, Ckr.CRYPTOKI_NOT_INITIALIZED))
        self._pool.submit(_logged, program.application.close)

    def call(self, connection: Connection, program: Program, frame: Frame) -> None:
        """Answer a call, now or later."""
        begun = time.perf_counter()
        if program.ended:
            connection.reply(Frame(FrameKind.REPLY, Ckr.CRYPTOKI_NOT_INITIALIZED))
            return
        try:
            call = Call.from_frame(frame)
        except FormatError as error:
            unknown = error.code == "codec.pkcs11_function"
            rv = Ckr.FUNCTION_NOT_SUPPORTED if unknown else Ckr.ARGUMENTS_BAD
            connection.reply(Frame(FrameKind.REPLY, rv))
            return
        size = len(frame.payload)
        frame.wipe()
        if call.function.name == "C_Finalize":
            self._finish(program)
        opened = OpenCall(connection, program, call, begun, size)
        if call.function.name == "C_WaitForSlotEvent" and program.application.parks(call):
            self._park(opened)
        elif program.application.looks(call):
            self._watch.look_first(lambda: self._calls.begin(opened))
        else:
            self._calls.begin(opened)

    def _park(self, opened: OpenCall) -> None:
        """Let a C_WaitForSlotEvent wait without a thread."""
        program, place = opened.program, (opened.connection, opened.call)
        program.parked.append(place)
        opened.connection.keep_working()
        opened.connection.on_loss = lambda: program.parked.remove(place)
        self._unpark(program)


def _logged(job: Callable[[], None]) -> None:
    try:
        job()
    except Exception:
        _log.exception("the end of a program failed")
