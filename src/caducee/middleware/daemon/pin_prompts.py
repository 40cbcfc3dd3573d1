# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Calls that leave the PIN out: the holder is asked, and asked again after a wrong PIN.

No thread waits for the holder: other programs use the reader meanwhile.
"""

import asyncio
from collections.abc import Callable

from caducee.base.errors import ReaderError
from caducee.codec.pkcs11 import Call, Reply
from caducee.middleware.daemon.describe import name_of
from caducee.middleware.daemon.program import Program
from caducee.middleware.daemon.workers import QueueFull, Workers
from caducee.middleware.pin_entry import EnteredPins, PinRequest, PinRequester
from caducee.middleware.pin_entry.entry import PinDialogue, PinEntry
from caducee.middleware.tracing import RecordKind, Tracer, context
from caducee.spec.pkcs11.functions import Kind as ArgumentKind
from caducee.spec.pkcs11.returns import Ckr

__all__ = ["PinPrompter", "asks"]

_AGAIN = frozenset({Ckr.PIN_INCORRECT, Ckr.PIN_LEN_RANGE, Ckr.PIN_INVALID})
"""What the holder may put right at once."""


def asks(call: Call) -> bool:
    """Tell whether a PIN is left out of a call, which a window may ask for."""
    pairs = zip(call.function.ins, call.arguments, strict=True)
    return any(item.kind is ArgumentKind.PIN and value is None for item, value in pairs)


class PinPrompter:
    """Asks the holder for what a call leaves out, then lets the engine answer."""

    def __init__(
        self, pin_entry: PinEntry, workers: Workers, seconds: float, tracer: Tracer
    ) -> None:
        """``seconds``: the time of one dealing with the card."""
        self._pin_entry = pin_entry
        self._workers = workers
        self._seconds = seconds
        self._tracer = tracer

    async def answer(self, program: Program, call: Call, reader: str) -> Reply:
        """Return the reply. Raises `ReaderError` (``pin.*``, ``reader.timeout``), `FormatError`."""
        application = program.application
        request = await self._run(reader, call, lambda: application.pin_request(call))
        if request is None:
            return await self._run(reader, call, lambda: application.answer(call))
        try:
            async with self._pin_entry.talk() as talk:
                reply = await self._until_right(talk, program, call, reader, request)
        except ReaderError as error:
            self._reported(program, call, request, error.code)
            application.given_up(call)
            raise
        return reply

    async def _until_right(
        self, talk: PinDialogue, program: Program, call: Call, reader: str, request: PinRequest
    ) -> Reply:
        application, peer = program.application, program.peer
        asked: PinRequest | None = request
        wrong, reply = False, Reply(call.function, Ckr.PIN_LOCKED)
        while asked is not None and asked.tries_left != 0:
            pins = await talk.ask(asked, PinRequester(peer.program, peer.pid), wrong=wrong)
            reply = await self._give(program, call, reader, pins)
            self._reported(program, call, asked, name_of(reply.rv))
            if reply.rv not in _AGAIN:
                break
            wrong = True
            asked = await self._run(reader, call, lambda: application.pin_request(call))
        return reply

    async def _give(self, program: Program, call: Call, reader: str, pins: EnteredPins) -> Reply:
        try:
            return await self._run(reader, call, lambda: program.application.answer(call, pins))
        finally:
            pins.wipe()

    async def _run[T](self, reader: str, call: Call, job: Callable[[], T]) -> T:
        """Do something in the reader's thread, under the trace id of the call."""

        def traced() -> T:
            with context.use(call.trace):
                return job()

        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.wrap_future(self._workers.submit(reader, traced))
        except (TimeoutError, QueueFull) as error:
            raise ReaderError("reader.timeout", reader=reader) from error

    def _reported(self, program: Program, call: Call, request: PinRequest, result: str) -> None:
        self._tracer.write(
            RecordKind.PROMPT,
            trace=call.trace,
            application=program.name,
            program=program.peer.program,
            pid=program.peer.pid,
            function=call.function.name,
            card=request.card,
            holder=request.holder,
            reader=request.reader,
            result=result,
            facts={"kind": request.kind.value, "tries_left": request.tries_left},
        )
