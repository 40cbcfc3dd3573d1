# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The daemon's side of the question: starts the program that asks, and talks with it.

One question is shown at a time; others wait their turn. The program is a child without a terminal
that gets the question by its standard input: neither its arguments nor its environment hold
anything of the holder.
"""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from caducee.base.errors import CpsError, FormatError, ReaderError
from caducee.base.i18n import language
from caducee.cryptolib.model import EnteredPins
from caducee.middleware.pin_entry.answers import AnswerPipe
from caducee.middleware.pin_entry.model import PinRequest, PinRequester
from caducee.middleware.pin_entry.protocol import PinEntryLine, PinQuestion, Verb, answer_of
from caducee.middleware.pin_entry.settings import PinEntrySettings

__all__ = ["PinDialogue", "PinEntry"]

_log = logging.getLogger(__name__)

_WINDOW = (sys.executable, "-m", "caducee.desktop.pin_entry")
_GRACE = 5.0
"""Seconds that the program has, beside those of the question, to start and to leave."""


class PinDialogue:
    """One conversation with the program: a question, and again after a wrong PIN."""

    def __init__(
        self, process: asyncio.subprocess.Process, answers: AnswerPipe, seconds: int, words: str
    ) -> None:
        self._process = process
        self._answers = answers
        self._seconds = seconds
        self._language = words

    async def ask(
        self, request: PinRequest, asker: PinRequester, *, wrong: bool = False
    ) -> EnteredPins:
        """Return what the holder entered; the caller wipes it.

        Raises `ReaderError` (``pin.cancelled``, ``pin.timeout``, ``pin.program_absent``) and
        `FormatError` for a program that does not follow the protocol.
        """
        question = PinQuestion(request, asker, self._language, self._seconds, wrong)
        self._send(question.to_lines())
        try:
            async with asyncio.timeout(self._seconds + _GRACE):
                line = await self._line()
        except TimeoutError:
            raise ReaderError("pin.timeout") from None
        try:
            answer = answer_of(line)
        finally:
            line[:] = bytes(len(line))
        if isinstance(answer, EnteredPins):
            return _fitting(answer, request)
        if answer is Verb.ERROR:
            raise ReaderError("pin.program_absent", program="", reason="ERROR")
        raise ReaderError("pin.timeout" if answer is Verb.TIMEOUT else "pin.cancelled")

    async def end(self) -> None:
        """Tell the program that it is over, and see that it leaves."""
        with contextlib.suppress(ReaderError):
            self._send([PinEntryLine(Verb.DONE)])
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(_GRACE):
                await self._gone()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End the program at once."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._gone()

    async def _gone(self) -> None:
        """Wait until the program is gone; what it still says is passed over."""
        await self._answers.end()
        await self._process.wait()

    async def _line(self) -> bytearray:
        line = await self._answers.line()
        if line is None:
            reason = "it ended without an answer"
            raise ReaderError("pin.program_absent", program="", reason=reason)
        return line

    def _send(self, lines: list[PinEntryLine]) -> None:
        assert self._process.stdin is not None  # noqa: S101 (a pipe was asked for)
        try:
            self._process.stdin.write(b"".join(line.to_bytes() for line in lines))
        except OSError as error:
            raise ReaderError("pin.program_absent", program="", reason=error) from error


def _fitting(pins: EnteredPins, request: PinRequest) -> EnteredPins:
    """Return the PINs when they are those that were asked for."""
    kind = request.kind
    if bool(pins.old) == kind.needs_old and bool(pins.new) == kind.needs_new:
        return pins
    pins.wipe()
    raise FormatError("pin.line_malformed")


class PinEntry:
    """Asks the holder, one question at a time."""

    def __init__(self, settings: PinEntrySettings, words: str = "") -> None:
        """``words`` is the language of the window; empty: that of the session."""
        self._settings = settings
        self._language = words
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def talk(self) -> AsyncIterator[PinDialogue]:
        """Start the program for one conversation, which takes at least ``least_seconds``.

        Raises `ReaderError` (``pin.program_absent``). Whatever ends the block ends the program.
        """
        loop = asyncio.get_running_loop()
        async with self._turn:
            begun = loop.time()
            process, answers = await self._start()
            with answers:
                talk = PinDialogue(process, answers, self._settings.seconds, self._words())
                try:
                    yield talk
                except CpsError:
                    await talk.end()
                    await self._rest(begun)
                    raise
                except BaseException:
                    await talk.kill()
                    raise
                await talk.end()
                await self._rest(begun)

    def _words(self) -> str:
        return self._language or language()

    async def _rest(self, begun: float) -> None:
        spent = asyncio.get_running_loop().time() - begun
        await asyncio.sleep(max(0.0, self._settings.least_seconds - spent))

    async def _start(self) -> tuple[asyncio.subprocess.Process, AnswerPipe]:
        program = self._settings.program or _WINDOW
        come, go = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *program,
                stdin=asyncio.subprocess.PIPE,
                stdout=go,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=os.name == "posix",
            )
            return process, AnswerPipe(come)
        except BaseException as error:
            os.close(come)
            if not isinstance(error, OSError):
                raise
            await asyncio.sleep(self._settings.least_seconds)
            raise ReaderError("pin.program_absent", program=program[0], reason=error) from error
        finally:
            os.close(go)
