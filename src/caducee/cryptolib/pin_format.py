# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""PIN reference data as the card stores it (PKCS#15 v1.1 section 6.9.1), checked before a try."""

from caducee.base.errors import CardError
from caducee.base.secret import Secret
from caducee.codec.pkcs15 import PinEntry
from caducee.cryptolib.pin_rules import PinFormatFault, format_fault
from caducee.spec.pkcs15 import PinFlags, PinType

__all__ = ["check_pin", "lengths", "reference_data"]

_LENGTHS = (4, 8)
"""4 to 8 digits (CPS Gestion 6), for a card that does not state lengths."""

_PAD = 0xFF


def lengths(entry: PinEntry) -> tuple[int, int]:
    """Return the minimum and maximum length of a PIN by the card's own entry.

    Values that contradict each other are brought into an order that no command outgrows.
    """
    most = entry.max_length or entry.stored_length or _LENGTHS[1]
    if _padded(entry) and entry.stored_length and entry.type != PinType.BCD:
        most = min(most, entry.stored_length)
    least = entry.min_length or _LENGTHS[0]
    return min(least, most, 0x7F), min(most, 0x7F)


def check_pin(entry: PinEntry, pin: Secret) -> None:
    """Refuse a PIN that this card cannot have: no try is lost on it.

    Raises `CardError`: ``cryptolib.pin_length``, ``cryptolib.pin_digits``.
    """
    least, most = lengths(entry)
    with pin.opened() as text:
        fault = format_fault(text, least, most, any_character=entry.type == PinType.UTF8)
    match fault:
        case PinFormatFault.LENGTH:
            raise CardError("cryptolib.pin_length", min_length=least, max_length=most)
        case PinFormatFault.DIGITS:
            raise CardError("cryptolib.pin_digits")


def reference_data(entry: PinEntry, pin: Secret) -> Secret:
    """Return the bytes that VERIFY takes for a PIN: written as the entry says, then padded.

    Raises as `check_pin`, and `CardError` (``cryptolib.pin_form_unknown``).
    """
    check_pin(entry, pin)
    pad = _PAD if entry.pad is None else entry.pad
    least = min(entry.stored_length, 0x7F) if _padded(entry) else 0
    with pin.opened() as digits:
        match entry.type:
            case PinType.ASCII_NUMERIC | PinType.UTF8:
                block = _room(len(digits), least, pad)
                block[: len(digits)] = digits
            case PinType.BCD:
                block = _room((len(digits) + 1) // 2, least, pad)
                _pack(digits, block, pad & 0x0F)
            case other:
                raise CardError("cryptolib.pin_form_unknown", form=int(other))
    return Secret.taking(block)


def _room(size: int, least: int, pad: int) -> bytearray:
    return bytearray((pad,)) * max(size, least)


def _pack(digits: memoryview, block: bytearray, pad: int) -> None:
    """Write two digits into each byte; half a byte that is left is filled."""
    for place in range(0, len(digits), 2):
        low = digits[place + 1] & 0x0F if place + 1 < len(digits) else pad
        block[place // 2] = (digits[place] & 0x0F) << 4 | low


def _padded(entry: PinEntry) -> bool:
    return PinFlags.NEEDS_PADDING in entry.pin_flags
