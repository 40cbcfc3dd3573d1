# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Commands to a card, counted and bounded, and what a refusal means.

A driver speaks through a `Channel`; nothing that the card answers makes it wait, loop or grow
without end.
"""

import time
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager

from caducee.base.errors import CardError
from caducee.base.secret import Secret
from caducee.codec.apdu import CommandApdu, ResponseApdu
from caducee.reader.exchange import Chaining, GetResponse, ShortT0, TrafficLog, Wrapper
from caducee.reader.masking import carries_pin
from caducee.reader.transport import Apdu, CardProtocol, Transport
from caducee.spec.instructions import Instruction
from caducee.spec.status import StatusWord

__all__ = ["Channel", "refusal"]

_MAX_ANSWER = 0x10000
"""No command of a CPx card answers with more bytes."""

_MAX_ROUNDS = 0x200
"""GET RESPONSE commands in a row: the longest answer in pieces of 128 bytes."""

_MAX_COMMANDS = 4096
"""Commands for one operation; the most that any takes is some 1030, for 4096 random bytes."""

_MAX_SECONDS = 120.0
"""Time for one operation; a CPS3 of 9600 bit/s is read whole in some 15 seconds."""


class _Counted(Wrapper):
    """Counts commands, and refuses malformed answers."""

    def __init__(self, inner: Transport, clock: Callable[[], float]) -> None:
        super().__init__(inner)
        self.count = 0
        self.pins = 0
        self.typed: Callable[[Apdu], bytes] | None = None
        self._rounds = 0
        self._clock = clock
        self.begin_operation()

    def begin_operation(self) -> None:
        self._first, self._start = self.count, self._clock()

    def transmit(self, command: Apdu) -> bytes:
        """Send one command; `CardError` for a malformed or endless answer."""
        sent, spent = self.count - self._first, self._clock() - self._start
        if sent >= _MAX_COMMANDS or spent > _MAX_SECONDS:
            raise CardError("cryptolib.too_slow", commands=sent, seconds=round(spent))
        self.count += 1
        carries = carries_pin(command)
        self.pins += carries
        fetching = command[1] == Instruction.GET_RESPONSE
        self._rounds = self._rounds + 1 if fetching else 0
        if self._rounds > _MAX_ROUNDS:
            raise CardError("cryptolib.answer_endless")
        typed = self.typed if carries else None
        answer = self.inner.transmit(command) if typed is None else typed(command)
        if not 2 <= len(answer) <= _MAX_ANSWER + 2:
            raise CardError("cryptolib.answer_invalid", what="length")
        return answer


class Channel:
    """One conversation with one card over a `Transport`."""

    def __init__(self, transport: Transport, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` gives seconds that only grow, for tests."""
        self.transport = transport
        self.now = clock
        """Seconds that only grow."""

        self._counted = _Counted(transport, clock)
        bare: Transport = TrafficLog(self._counted)
        if transport.protocol is CardProtocol.T0:
            bare = ShortT0(bare)
        self._bare = bare
        self._whole = Chaining(GetResponse(bare))

    @property
    def count(self) -> int:
        """Command APDUs sent so far, GET RESPONSE and repeated commands counted."""
        return self._counted.count

    @property
    def pins_sent(self) -> int:
        """Commands with a PIN sent so far: what any of them may have changed is as old as that."""
        return self._counted.pins

    @contextmanager
    def typing(self, enter: Callable[[Apdu], bytes]) -> Iterator[None]:
        """Let commands with a PIN go another way inside the block: by the reader's PIN pad."""
        self._counted.typed = enter
        try:
            yield
        finally:
            self._counted.typed = None

    def begin_operation(self) -> None:
        """Grant the card the commands and the time of one more operation."""
        self._counted.begin_operation()

    def exchange(self, command: CommandApdu) -> ResponseApdu:
        """Send one command and return the answer as it is: ``61xx`` and ``6Cxx`` come through.

        Raises `CardError` (``cryptolib.answer_invalid``, ``cryptolib.too_slow``) and what the
        transport raises.
        """
        return ResponseApdu.from_bytes(self._bare.transmit(command.to_bytes()))

    def send(self, command: CommandApdu) -> ResponseApdu:
        """Send a command, in a chain when its data are long, and return its whole answer.

        Raises as `exchange`, and `CardError` (``cryptolib.answer_endless``,
        ``reader.answer_endless``).
        """
        return ResponseApdu.from_bytes(self._whole.transmit(command.to_bytes()))

    def present(self, command: CommandApdu, pin: Secret) -> ResponseApdu:
        """Send a command with a PIN for its data, of which nothing is left here; as `send`."""
        sent = command.carrying(pin)
        try:
            return ResponseApdu.from_bytes(self._whole.transmit(sent))
        finally:
            sent[:] = bytes(len(sent))

    def demand(self, action: str, command: CommandApdu, also: Container[int] = ()) -> bytes:
        """Send a command that must succeed and return its data; ``also`` lists fair warnings.

        Raises as `send`, and `CardError` (see `refusal`) for any other status.
        """
        answer = self.send(command)
        if answer.ok or answer.sw in also:
            return answer.data
        raise refusal(action, answer.sw)


def refusal(action: str, sw: int) -> CardError:
    """Return the error for a status word with no more particular meaning.

    ``action`` is the name of the command. Code ``cryptolib.pin_needed`` for ``6982``, else
    ``cryptolib.status``; both carry the fact ``sw``, four hexadecimal digits.
    """
    needed = sw == StatusWord.SECURITY_NOT_SATISFIED
    code = "cryptolib.pin_needed" if needed else "cryptolib.status"
    return CardError(code, action=action, sw=f"{sw:04X}")
