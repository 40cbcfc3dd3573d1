# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One connection of a program: its frames, one call at a time. Runs in the loop's thread.

What a client may not do (a second call before the reply, a frame that comes to no end, more bytes
than its share) ends its connection and nothing else.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from caducee.base.errors import CpsError, FormatError, ReaderError, StateError
from caducee.codec.pkcs11 import Frame, FrameDeframer, Hello, Reply, Welcome
from caducee.middleware.daemon.answer_cache import Key
from caducee.middleware.daemon.peers import Peer
from caducee.spec.pkcs11.returns import Ckr
from caducee.spec.pkcs11.wire import (
    PROTOCOL_VERSION,
    WORKING_EVERY,
    DesktopKind,
    FrameKind,
    Lending,
)

if TYPE_CHECKING:
    from caducee.middleware.daemon.program import Program
    from caducee.middleware.daemon.server import Server

__all__ = ["Connection", "ConnectionRefusal"]

_log = logging.getLogger(__name__)

_FRAME_HEAD = 9
"""Length, kind and code."""


class ConnectionRefusal(Exception):
    """A program is not let in; ``rv`` is what its C_Initialize answers."""

    def __init__(self, rv: int) -> None:
        super().__init__(rv)
        self.rv = rv


class Connection(asyncio.BufferedProtocol):
    """One connection; what comes in lies in the room of the server, and nowhere else."""

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._loop = server.loop
        self._deframer = FrameDeframer()
        self._unfinished = 0
        self._paused = False
        self._deadline: asyncio.TimerHandle | None = None
        self._working: asyncio.TimerHandle | None = None
        self._lent: Future[bytes] | None = None
        self._waiting: list[Frame] = []
        self._asked: tuple[Key, int] | None = None
        """What the answer that is made right now may be kept under, and the epoch."""

        self.program: Program | None = None
        self.peer: Peer | None = None
        self.call: Frame | None = None
        """The call that is open."""

        self.on_loss: Callable[[], object] | None = None
        """What is to be done when the connection ends before the reply."""

    # Called by the loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Find out who connects; another user, and one too many, is cut off."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 (a stream socket has one)
        self._transport = transport
        found = transport.get_extra_info("socket")
        try:
            self.peer = self._server.credentials(found)
            self._server.admit(self)
        except (StateError, ReaderError) as error:
            self._server.refusals.note(error)
            transport.abort()
            return
        self._account = self._server.budget.account(self.peer.pid)
        self._expect()

    def get_buffer(self, sizehint: int) -> bytearray:
        """Return where the loop may put what comes in; `buffer_updated` follows at once."""
        return self._server.room

    def buffer_updated(self, nbytes: int) -> None:
        """Take bytes in, and overwrite them: there may be a code among them."""
        if self._says_again(nbytes):
            return
        with memoryview(self._server.room) as room, room[:nbytes] as data:
            try:
                if not self._transport.is_closing():
                    self._take(data)
            finally:
                data[:] = bytes(nbytes)

    def _take(self, data: memoryview) -> None:
        """Deal with the frames that are whole, oldest first."""
        try:
            frames = self._deframer.feed(data)
        except FormatError as error:
            return self.end(error.code)
        self._unfinished += len(data) - sum(_FRAME_HEAD + len(frame.payload) for frame in frames)
        self._waiting += frames
        if not self._hold():
            return None
        self._next()
        self._asked = None
        if not self._unfinished:
            self._unexpect(self.program is not None)
        elif self._deadline is None:
            self._expect()
        return None

    def _says_again(self, size: int) -> bool:
        """Answer a call whose answer is known, and tell whether it was; else note what it is."""
        program = self.program
        if program is None or program.ended or self.call or self._waiting or self._unfinished:
            return False
        memo = self._server.memo
        key = memo.key(self._server.room, size)
        if key is None or self._paused or self._transport.is_closing():
            return False
        answer = memo.get(program.answers, key)
        if answer is None:
            self._asked = (key, memo.epoch)
            return False
        self._transport.write(answer)
        if self._transport.get_write_buffer_size():
            self._hold()
        return True

    def pause_writing(self) -> None:
        """The client does not read its answers: it is not listened to meanwhile."""
        self._paused = True
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """The client reads again."""
        self._paused = False
        self._hold()
        self._next()
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        """Let go of everything that this connection holds."""
        for timer in (self._deadline, self._working):
            if timer is not None:
                timer.cancel()
        for frame in self._waiting + ([self.call] if self.call else []):
            frame.wipe()
        self._waiting, self.call = [], None
        self._deframer.wipe()
        if self._lent is not None:
            self._lent.set_exception(ReaderError("reader.unavailable", reader="lent"))
            self._lent = None
        on_loss, self.on_loss = self.on_loss, None
        if on_loss is not None:
            on_loss()
        if self.peer is not None and hasattr(self, "_account"):
            self._account.hold(0)
            self._server.forget(self)

    # Frames

    def _next(self) -> None:
        while self._waiting and not self._paused and not self._transport.is_closing():
            frame = self._waiting.pop(0)
            if self.program is None and frame.kind == DesktopKind.LOG_OUT:
                self._write(Frame(DesktopKind.LOGGED_OUT, self._server.log_out()))
                self._transport.close()
            elif self.program is None:
                self._hello(frame)
            elif frame.kind == FrameKind.CALL and self.call is None:
                self.call = frame
                self._server.call(self, self.program, frame)
            elif frame.kind == FrameKind.LENT and self._lent is not None:
                self._take_lent(frame)
            else:
                frame.wipe()
                self.end("out of turn")

    def _hello(self, frame: Frame) -> None:
        assert self.peer is not None  # noqa: S101 (set before any frame)
        try:
            hello = Hello.from_frame(frame)
            if hello.version != PROTOCOL_VERSION:
                raise ConnectionRefusal(Ckr.GENERAL_ERROR)
            self.program = self._server.attach(self, hello, self.peer)
        except ConnectionRefusal as refused:
            self._write(Welcome(refused.rv).to_frame())
            self._transport.close()
        except CpsError as error:
            self.end(error.code)
        else:
            self._unexpect(True)
            self._write(Welcome().to_frame())

    def _write(self, frame: Frame) -> None:
        if not self._transport.is_closing():
            self._transport.write(frame.to_bytes())

    def _hold(self) -> bool:
        """Account for what waits here; a connection beyond its bounds ends."""
        size = self._unfinished + sum(len(item.payload) for item in self._waiting)
        size += len(self.call.payload) if self.call else 0
        size += self._transport.get_write_buffer_size()
        if self._account.hold(size):
            return True
        self.end("too many bytes at once")
        return False

    def _expect(self) -> None:
        seconds = self._server.limits.frame_seconds
        self._deadline = self._loop.call_later(seconds, self.end, "a frame comes to no end")

    def _unexpect(self, known: bool) -> None:
        """The frame is whole; who has not said HELLO yet goes on being waited for."""
        if known and self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def end(self, reason: str) -> None:
        """End the connection at once."""
        if not self._transport.is_closing():
            _log.info("the connection of process %s ends: %s", self.peer and self.peer.pid, reason)
            self._transport.abort()

    # The reply

    def keep_working(self) -> None:
        """Tell the client every two seconds that its call is being worked on."""
        self._working = self._loop.call_later(WORKING_EVERY, self._still_working)

    def _still_working(self) -> None:
        self._write(Frame(FrameKind.WORKING, 0))
        self.keep_working()

    def reply(self, reply: Reply | Frame) -> None:
        """Answer the open call; nothing when the client is gone meanwhile."""
        if self._working is not None:
            self._working.cancel()
            self._working = None
        call, self.call, self.on_loss = self.call, None, None
        if call is None:
            return
        call.wipe()
        frame = _frame_of(reply) if isinstance(reply, Reply) else reply
        if not self._transport.is_closing():
            data = frame.to_bytes()
            self._transport.write(data)
            if self._asked is not None and frame.code == Ckr.OK and self.program is not None:
                self._server.memo.keep(self.program.answers, *self._asked, data)
        if not self._transport.is_closing() and self._hold() and self._waiting:
            self._loop.call_soon(self._next)

    # Lending

    def lend(self, command: bytes, patience: float) -> bytes:
        """Send a command to the card of the client, from a reader's thread, and wait.

        Raises `ReaderError`: ``reader.unavailable`` when no card is lent or the client is gone,
        ``reader.timeout``.
        """
        future: Future[bytes] = Future()
        self._loop.call_soon_threadsafe(self._lend, command, future)
        try:
            return future.result(patience)
        except TimeoutError:
            raise ReaderError("reader.timeout", reader="lent") from None

    def _lend(self, command: bytes, future: "Future[bytes]") -> None:
        if self.call is None or self._lent is not None or self._transport.is_closing():
            future.set_exception(ReaderError("reader.unavailable", reader="lent"))
            return
        self._lent = future
        self._write(Frame(FrameKind.LEND, Lending.TRANSMIT, command))

    def _take_lent(self, frame: Frame) -> None:
        future, self._lent = self._lent, None
        assert future is not None  # noqa: S101 (looked at before)
        if frame.code == Ckr.OK:
            future.set_result(bytes(frame.payload))
        else:
            facts = {"reader": "lent", "number": f"{frame.code:#x}"}
            future.set_exception(ReaderError("reader.unavailable", **facts))


def _frame_of(reply: Reply) -> Frame:
    try:
        return reply.to_frame()
    except FormatError as error:
        _log.error("an answer of %s cannot be written: %s", reply.function.name, error)
        return Frame(FrameKind.REPLY, Ckr.GENERAL_ERROR)
