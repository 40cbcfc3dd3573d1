# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Commands to a card, counted and bounded: Le by protocol, chaining, GET RESPONSE, refusals.

A driver speaks through a `Channel`; nothing that the card answers makes it wait, loop or grow
without end.
"""

from collections.abc import Container
from dataclasses import replace

from caducee.base.errors import CardError, FormatError
from caducee.codec.apdu import CommandApdu, ResponseApdu
from caducee.reader.transport import CardProtocol, Transport
from caducee.spec.status import StatusWord, bytes_waiting, exact_le

__all__ = ["Channel", "refusal"]

_MAX_ANSWER = 0x10000
"""No command of a CPx card answers with more bytes."""

_MAX_ROUNDS = 0x101
"""GET RESPONSE rounds of one command: the longest answer in pieces of 256 bytes, and one."""

_SHORT = 0xFF
_CASE_4 = 4


class Channel:
    """One conversation with one card over a `Transport`."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.count = 0
        """Command APDUs sent so far, GET RESPONSE and repeated commands counted."""

    @property
    def answers_cost(self) -> bool:
        """Whether the data of a command that also sends data have to be fetched (T=0)."""
        return self.transport.protocol is CardProtocol.T0

    def exchange(self, command: CommandApdu) -> ResponseApdu:
        """Send one command as it is and return the answer, whatever its status.

        Raises `CardError` (``cryptolib.answer_invalid``) for an answer that is none, or longer
        than was asked for, and what the transport raises.
        """
        if self.answers_cost and command.case == _CASE_4:
            # ISO 7816-3 section 12.2.1: a T=0 command has one length byte. Le stays away.
            command = replace(command, le=None)
        self.count += 1
        try:
            answer = ResponseApdu.from_bytes(self.transport.transmit(command.to_bytes()))
        except FormatError as error:
            raise CardError("cryptolib.answer_invalid", what="length") from error
        if len(answer.data) > (command.le or 0x100):
            raise CardError("cryptolib.answer_invalid", what="length")
        return answer

    def send(self, command: CommandApdu) -> ResponseApdu:
        """Send a command, repeat it once on ``6Cxx``, and fetch what ``61xx`` announces.

        Raises as `exchange`, and `CardError` (``cryptolib.answer_endless``).
        """
        answer = self.exchange(command)
        right = exact_le(answer.sw)
        if right is not None:
            answer = self.exchange(replace(command, le=right))
        return self._fetch(answer)

    def _fetch(self, answer: ResponseApdu) -> ResponseApdu:
        data, rounds = bytearray(answer.data), 0
        while (waiting := bytes_waiting(answer.sw)) is not None:
            rounds += 1
            if rounds > _MAX_ROUNDS or len(data) > _MAX_ANSWER:
                raise CardError("cryptolib.answer_endless")
            answer = self.exchange(CommandApdu(0x00, 0xC0, 0x00, 0x00, le=waiting))
            right = exact_le(answer.sw)
            if right is not None:
                answer = self.exchange(CommandApdu(0x00, 0xC0, 0x00, 0x00, le=right))
            data += answer.data
        return ResponseApdu(bytes(data), answer.sw)

    def send_long(self, command: CommandApdu) -> ResponseApdu:
        """Send a command whose data may need command chaining (ISO 7816-4 section 5.1.1.1)."""
        data = command.data
        while len(data) > _SHORT:
            part = replace(command, data=data[:_SHORT], le=None, extended=False)
            answer = self.send(part.with_chaining(True))
            if not answer.ok:
                return answer
            data = data[_SHORT:]
        return self.send(replace(command, data=data, extended=False))

    def demand(self, action: str, command: CommandApdu, also: Container[int] = ()) -> bytes:
        """Send a command that must succeed and return its data; ``also`` lists fair warnings.

        Raises `CardError` (see `refusal`) for any other status.
        """
        answer = self.send_long(command)
        if answer.ok or answer.sw in also:
            return answer.data
        raise refusal(action, answer.sw)


def refusal(action: str, sw: int) -> CardError:
    """Return the error for a status word with no more particular meaning.

    ``action`` is the name of the command. Code ``cryptolib.code_needed`` for ``6982``, else
    ``cryptolib.status``; both carry the fact ``sw``, four hexadecimal digits.
    """
    needed = sw == StatusWord.SECURITY_NOT_SATISFIED
    code = "cryptolib.code_needed" if needed else "cryptolib.status"
    return CardError(code, action=action, sw=f"{sw:04X}")
