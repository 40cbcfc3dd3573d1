# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A reader's PIN pad in software: puts what is typed into the command, and sends it to the chip.

It does what the firmware of a reader of class 2 does (PC/SC part 10): the host gives a structure
with an empty place for the PIN, and gets a status word back, never the PIN.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from caducee.base.errors import FormatError
from caducee.codec.pinpad import PadProperties, PinFormat, PinModify, PinVerify, write_features
from caducee.spec.pinpad import GET_FEATURES, Feature, PadProperty, PadStatus, PinEncoding
from caducee.virtualcard.plug.link import ServedChip

__all__ = ["PadEntry", "Prompt", "SimulatedPinPad"]

_BASE: Final = 0x42330000
"""Where the control codes of this reader begin; any number would do."""

_HEADER = 5


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the display says."""

    new: bool
    """A new PIN is asked for."""

    again: bool = False
    """The new PIN, once more."""

    seconds: int = 30


type PadEntry = Callable[[Prompt], str | PadStatus]
"""What is typed: digits, or `PadStatus.CANCELLED`, `PadStatus.TIMEOUT`."""


class _PadRefusal(Exception):
    def __init__(self, status: PadStatus) -> None:
        super().__init__(status)
        self.status = status


class SimulatedPinPad:
    """The PIN pad of a reader that holds a chip."""

    def __init__(
        self, chip: ServedChip, typed: PadEntry, *, least: int = 4, most: int = 12
    ) -> None:
        """``least`` and ``most``: how many digits the reader takes at all."""
        self._chip = chip
        self._typed = typed
        self._least, self._most = least, most

    def control(self, code: int, data: bytes) -> bytes | None:
        """Answer a control command; None to one that this reader does not know.

        ``code`` is `GET_FEATURES`, or a whole control code that its answer gave.
        """
        if code == GET_FEATURES:
            return write_features({feature: _BASE + feature for feature in self._features})
        answer = self._features.get(code - _BASE)
        if answer is None:
            return None
        try:
            return answer(data)
        except _PadRefusal as refused:
            return int(refused.status).to_bytes(2)
        except FormatError:
            return int(PadStatus.STRUCTURE_REFUSED).to_bytes(2)

    @property
    def _features(self) -> dict[int, Callable[[bytes], bytes]]:
        return {
            Feature.VERIFY_PIN_DIRECT: lambda data: self._verify(PinVerify.from_bytes(data)),
            Feature.MODIFY_PIN_DIRECT: lambda data: self._modify(PinModify.from_bytes(data)),
            Feature.GET_TLV_PROPERTIES: lambda _: self._properties.to_bytes(),
        }

    @property
    def _properties(self) -> PadProperties:
        return PadProperties(
            {
                PadProperty.LEAST_PIN: bytes((self._least,)),
                PadProperty.MOST_PIN: bytes((self._most,)),
                PadProperty.FIRMWARE: b"virtual",
            }
        )

    def _verify(self, plan: PinVerify) -> bytes:
        pin = self._enter(plan, Prompt(new=False, seconds=plan.seconds))
        return self._chip.transmit(_filled(plan.command, plan.place, {plan.place.offset: pin}))

    def _modify(self, plan: PinModify) -> bytes:
        pins: dict[int, str] = {}
        if plan.asks_old:
            old = self._enter(plan, Prompt(new=False, seconds=plan.seconds))
            pins[plan.old_offset + plan.place.offset] = old
        new = self._enter(plan, Prompt(new=True, seconds=plan.seconds))
        if plan.asks_twice:
            again = self._enter(plan, Prompt(new=True, again=True, seconds=plan.seconds))
            if again != new:
                raise _PadRefusal(PadStatus.NEW_CODES_DIFFER)
        pins[plan.new_offset + plan.place.offset] = new
        return self._chip.transmit(_filled(plan.command, plan.place, pins))

    def _enter(self, plan: PinVerify | PinModify, prompt: Prompt) -> str:
        found = self._typed(prompt)
        if isinstance(found, PadStatus):
            raise _PadRefusal(found)
        least, most = max(plan.least, self._least), min(plan.most, self._most)
        if not (least <= len(found) <= most and found.isdecimal()):
            raise _PadRefusal(PadStatus.CODE_LENGTH)
        return found


def _filled(template: bytes, place: PinFormat, pins: dict[int, str]) -> bytes:
    """Return a command with PINs at their places in its data."""
    if (
        place.right
        or place.length_bits
        or place.encoding
        not in (
            PinEncoding.ASCII,
            PinEncoding.BCD,
        )
    ):
        raise _PadRefusal(PadStatus.STRUCTURE_REFUSED)
    header, data = template[:4], bytearray(template[_HEADER:])
    for offset, pin in pins.items():
        written = pin.encode() if place.encoding == PinEncoding.ASCII else _bcd(pin)
        if place.block == 0:
            data[offset:] = written
        elif len(written) > place.block or offset + place.block > len(data):
            raise _PadRefusal(PadStatus.STRUCTURE_REFUSED)
        else:
            data[offset : offset + len(written)] = written
    return header + bytes((len(data),)) + bytes(data)


def _bcd(pin: str) -> bytes:
    return bytes.fromhex(pin if len(pin) % 2 == 0 else pin + "F")
