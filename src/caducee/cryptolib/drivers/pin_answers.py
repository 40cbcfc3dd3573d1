# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What status words say about a PIN."""

from typing import Final

from caducee.base.errors import PinBlockedError, WrongPinError
from caducee.cryptolib.channel import refusal
from caducee.cryptolib.layout import CardPin
from caducee.spec.instructions import Instruction
from caducee.spec.pkcs15 import PinFlags
from caducee.spec.status import StatusWord, tries_left

__all__ = ["BLOCKED", "NOT_IN_THIS_FOLDER", "judge", "remaining_tries"]

NOT_IN_THIS_FOLDER: Final = (
    StatusWord.REFERENCE_NOT_FOUND,
    StatusWord.FILE_NOT_FOUND,
    StatusWord.WRONG_P1_P2,
)
"""A PIN, or a key, is not known where the card stands now."""

FORGET: Final = 0xFF
"""VERIFY, P1: the security status of a PIN is reset (ISO/IEC 7816-4:2013 section 11.6.6)."""

BLOCKED: Final = (
    StatusWord.METHOD_BLOCKED,
    StatusWord.REFERENCE_DATA_NOT_USABLE,
    StatusWord.NO_TRIES_LEFT,
)


def remaining_tries(sw: int) -> int | None:
    """Return the tries left by the answer to an empty VERIFY; None when unknown."""
    return 0 if sw in BLOCKED else tries_left(sw)


def judge(pin: CardPin, instruction: Instruction, sw: int) -> None:
    """Raise what a status word says about a PIN; return when it was accepted."""
    if sw == StatusWord.OK:
        return
    unblocking = PinFlags.UNBLOCKING_PIN in pin.entry.pin_flags
    kind = "puk" if unblocking else "pin"
    if sw in BLOCKED:
        raise PinBlockedError(f"cryptolib.{kind}_blocked", tries_left=0, sw=f"{sw:04X}")
    left = tries_left(sw)
    if left is not None:
        raise WrongPinError(f"cryptolib.{kind}_wrong", tries_left=left, sw=f"{sw:04X}")
    raise refusal(instruction.name.replace("_", " "), sw)
