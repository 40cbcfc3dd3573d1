# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The CPS2ter side of a CPS3, where the billing situations are: class A0, files 7F01 and 40xx.

Commands and status words are those of TS 51.011 (issuer's library, ``card-cps.c``). The holder's
PIN is presented on the other side, and counts here.
"""

from collections.abc import Iterable

from caducee.base.errors import CardError, CpsError, FormatError, PinBlockedError
from caducee.codec import tlv
from caducee.codec.apdu import CommandApdu
from caducee.cryptolib.channel import Channel, refusal
from caducee.cryptolib.model import Billing, BillingActivity
from caducee.spec.files import FileId
from caducee.spec.instructions import Instruction
from caducee.spec.status import StatusWord, bytes_waiting

__all__ = ["read_billing"]

_CLA = 0xA0
_CHUNK = 0xFF
_HEADER = 0x85
_HEADER_SIZE = 8
_MAX_FILE = 0x8000
_NO_SUCH_SIDE = (StatusWord.CLA_NOT_SUPPORTED, StatusWord.INS_NOT_SUPPORTED)
_CODE_NEEDED = (StatusWord.CPS2TER_PIN_NOT_SET, StatusWord.CPS2TER_PIN_WRONG)
_BLOCKED = (StatusWord.CPS2TER_PIN_INVALIDATED, StatusWord.CPS2TER_PIN_LOCKED)


def read_billing(channel: Channel, numbers: Iterable[int]) -> Billing:
    """Read the situation, and the practices with these numbers that are there.

    Three commands for a file (and one more for each 255 bytes), one for each of the two folders.
    Raises `CardError` (``cryptolib.pin_needed``), `PinBlockedError`.
    """
    try:
        _select(channel, FileId.MF)
    except CardError as error:
        if error.facts.get("sw") in {f"{sw:04X}" for sw in _NO_SUCH_SIDE}:
            return Billing(None, ())
        raise
    found = []
    for number in numbers:
        content = _read(channel, FileId.CPS2TER_FIRST_ACTIVITY + number - 1)
        if content is not None:
            found.append(BillingActivity(number, content))
    folder = _select(channel, FileId.CPS2TER) is not None
    situation = _read(channel, FileId.CPS2TER_SITUATION) if folder else None
    return Billing(situation, tuple(found))


def _select(channel: Channel, file_id: int) -> int | None:
    """Select a file; return how many bytes its header has, or None when the file is absent."""
    command = CommandApdu(_CLA, Instruction.SELECT, 0, 0, file_id.to_bytes(2))
    sw = channel.send(command).sw
    if sw == StatusWord.CPS2TER_FILE_NOT_FOUND:
        return None
    waiting = bytes_waiting(sw)
    if waiting is None:
        raise _refusal("SELECT", sw)
    return waiting


def _read(channel: Channel, file_id: int) -> bytes | None:
    waiting = _select(channel, file_id)
    if waiting is None:
        return None
    header = channel.send(CommandApdu(_CLA, Instruction.GET_RESPONSE, 0, 0, le=waiting))
    if not header.ok:
        raise _refusal("GET RESPONSE", header.sw)
    size = _size(header.data)
    found = bytearray()
    while len(found) < size:
        wanted = min(_CHUNK, size - len(found))
        place = len(found)
        command = CommandApdu(_CLA, Instruction.READ_BINARY, place >> 8, place & 0xFF, le=wanted)
        answer = channel.send(command)
        if not answer.ok:
            raise _refusal("READ BINARY", answer.sw)
        if len(answer.data) != wanted:
            raise CardError("cryptolib.answer_invalid", what="length")
        found += answer.data
    return bytes(found)


def _size(header: bytes) -> int:
    """Return the size of a file from its header: object 85, whose first two bytes are the size."""
    try:
        value = tlv.first_value(tlv.parse_padded(header), _HEADER)
    except FormatError:
        value = None
    size = int.from_bytes(value[:2]) if value and len(value) >= _HEADER_SIZE else _MAX_FILE + 1
    if size > _MAX_FILE:
        raise CardError("cryptolib.answer_invalid", what="CPS2ter header")
    return size


def _refusal(action: str, sw: int) -> CpsError:
    if sw in _CODE_NEEDED:
        return CardError("cryptolib.pin_needed", action=action, sw=f"{sw:04X}")
    if sw in _BLOCKED:
        return PinBlockedError("cryptolib.pin_blocked", tries_left=0, sw=f"{sw:04X}")
    return refusal(action, sw)
