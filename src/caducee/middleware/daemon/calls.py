# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Calls of programs: answered in the loop's thread, in a reader's, or after asking the holder."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass

from caducee.base.errors import FormatError, ReaderError
from caducee.base.secret import Secret
from caducee.codec.pkcs11 import Call, Reply
from caducee.middleware.daemon.connection import Connection
from caducee.middleware.daemon.describe import arguments_of, name_of
from caducee.middleware.daemon.pin_prompts import PinPrompter, asks
from caducee.middleware.daemon.program import Program
from caducee.middleware.daemon.workers import QueueFull, Workers
from caducee.middleware.pin_entry.entry import PinEntry
from caducee.middleware.tracing import RecordKind, Tracer, context
from caducee.spec.pkcs11.returns import Ckr

__all__ = ["Calls", "OpenCall"]

_log = logging.getLogger(__name__)

_LARGE = 64 * 1024
"""Bytes of a call from which on even one without a card leaves the loop's thread."""


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call that waits for its reply."""

    connection: Connection
    program: Program
    call: Call
    begun: float
    """When it came, by ``time.perf_counter``."""

    size: int
    """Bytes of its payload."""


class Calls:
    """Runs calls where they belong. Everything here happens in the loop's thread."""

    def __init__(
        self,
        workers: Workers,
        pool: Executor,
        call_seconds: float,
        pin_entry: PinEntry,
        tracer: Tracer,
    ) -> None:
        """``pool`` runs large calls that need no card."""
        self._loop = asyncio.get_running_loop()
        self._workers = workers
        self._pool = pool
        self._call_seconds = call_seconds
        self._tracer = tracer
        self._asking = PinPrompter(pin_entry, workers, call_seconds, tracer)
        self._tasks: set[asyncio.Task[None]] = set()

    async def end(self) -> None:
        """Withdraw every question to the holder."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def began(self, program: Program) -> None:
        """Note that a program began."""
        self._trace(program, "C_Initialize", Ckr.OK)

    def begin(self, opened: OpenCall) -> None:
        """Answer a call, now or later."""
        call, application = opened.call, opened.program.application
        if call.function.name == "C_Finalize":
            self._done(opened, Reply(call.function, Ckr.OK))
            return
        reader = application.reader_of(call)
        if reader is None and opened.size <= _LARGE:
            self._done(opened, _answered(application.answer, call))
            return
        opened.connection.keep_working()
        if reader is not None and (asks(call) or application.asks(call)):
            self._ask(opened, reader)
            return
        job = _Job(opened.call, lambda reply: self._done(opened, reply))
        opened.connection.on_loss = job.drop
        job.start(self._call_seconds, lambda: self._queued(reader, opened))

    def _queued(self, reader: str | None, opened: OpenCall) -> "Future[Reply]":
        answer = opened.program.application.answer
        if reader is None:
            return self._pool.submit(_answered, answer, opened.call)
        return self._workers.submit(reader, lambda: _answered(answer, opened.call))

    def _ask(self, opened: OpenCall, reader: str) -> None:
        task = self._loop.create_task(self._asked(opened, reader))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        opened.connection.on_loss = task.cancel

    async def _asked(self, opened: OpenCall, reader: str) -> None:
        function = opened.call.function
        try:
            reply = await self._asking.answer(opened.program, opened.call, reader)
        except (ReaderError, FormatError) as error:
            cancelled = error.code in ("pin.cancelled", "pin.timeout")
            if not cancelled:
                _log.warning("%s: %s", function.name, error)
            reply = Reply(function, Ckr.FUNCTION_CANCELED if cancelled else Ckr.FUNCTION_FAILED)
        except Exception:
            _log.exception("%s failed", function.name)
            reply = Reply(function, Ckr.GENERAL_ERROR)
        self._done(opened, reply)

    def _done(self, opened: OpenCall, reply: Reply) -> None:
        for argument in opened.call.arguments:
            if isinstance(argument, Secret):
                argument.wipe()
        self._trace(opened.program, opened.call.function.name, reply.rv, opened)
        opened.connection.reply(reply)

    def _trace(
        self, program: Program, function: str, rv: int, opened: OpenCall | None = None
    ) -> None:
        if not self._tracer.level.writes:
            return
        begun = time.perf_counter() if opened is None else opened.begun
        self._tracer.write(
            RecordKind.CALL,
            trace=opened.call.trace if opened else 0,
            ms=round((time.perf_counter() - begun) * 1000, 3),
            application=program.name,
            program=program.peer.program,
            pid=program.peer.pid,
            function=function,
            result=name_of(rv),
            facts=arguments_of(opened.call) if opened else {},
        )


class _Job:
    """A call in another thread: answered once, by the thread or by the end of its time."""

    def __init__(self, call: Call, done: Callable[[Reply], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._call = call
        self._done: Callable[[Reply], None] | None = done
        self._future: Future[Reply] | None = None
        self._limit: asyncio.TimerHandle | None = None

    def start(self, seconds: float, submit: Callable[[], "Future[Reply]"]) -> None:
        """Queue it; CKR_DEVICE_ERROR at once when too many wait."""
        try:
            self._future = submit()
        except QueueFull:
            self._finish(Reply(self._call.function, Ckr.DEVICE_ERROR))
            return
        self._limit = self._loop.call_later(seconds, self._late)
        self._future.add_done_callback(self._tell)

    def drop(self) -> None:
        """The client is gone: a call that has not begun is passed over."""
        self._done = None
        if self._limit is not None:
            self._limit.cancel()
        if self._future is not None:
            self._future.cancel()

    def _late(self) -> None:
        _log.warning("%s takes longer than may be", self._call.function.name)
        if self._future is not None:
            self._future.cancel()
        self._finish(Reply(self._call.function, Ckr.DEVICE_ERROR))

    def _tell(self, made: "Future[Reply]") -> None:
        if made.cancelled():
            return
        try:
            self._loop.call_soon_threadsafe(self._ended, made)
        except RuntimeError:
            return  # the loop is closed: nobody waits any more

    def _ended(self, made: "Future[Reply]") -> None:
        if self._limit is not None:
            self._limit.cancel()
        self._finish(made.result())

    def _finish(self, reply: Reply) -> None:
        done, self._done = self._done, None
        if done is not None:
            done(reply)


def _answered(answer: Callable[[Call], Reply], call: Call) -> Reply:
    """Let the engine answer under the trace id of the call; a fault of ours harms no program."""
    with context.use(call.trace):
        try:
            return answer(call)
        except Exception:
            _log.exception("%s failed", call.function.name)
            return Reply(call.function, Ckr.GENERAL_ERROR)
