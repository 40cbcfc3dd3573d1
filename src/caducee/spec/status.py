# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Status words of a card (ISO/IEC 7816-4 section 5.6; CPS2ter side: the issuer's library).

>>> StatusWord(0x6982).name, tries_left(0x63C2)
('SECURITY_NOT_SATISFIED', 2)
"""

from enum import IntEnum, unique

from caducee.base.i18n import N_, gettext

__all__ = ["StatusWord", "bytes_waiting", "describe", "exact_le", "tries_left"]


@unique
class StatusWord(IntEnum):
    """The status words with a name. ``StatusWord(sw)`` of any other gives a nameless one."""

    OK = 0x9000
    MORE_DATA = 0x6100
    CORRUPTED = 0x6281
    END_OF_FILE = 0x6282
    DEACTIVATED = 0x6283
    WARNING = 0x6300
    NO_TRIES_LEFT = 0x63C0
    MEMORY_FAILURE = 0x6581
    WRONG_LENGTH = 0x6700
    CHANNEL_NOT_SUPPORTED = 0x6881
    SECURE_MESSAGING_NOT_SUPPORTED = 0x6882
    LAST_OF_CHAIN_EXPECTED = 0x6883
    CHAINING_NOT_SUPPORTED = 0x6884
    COMMAND_NOT_COMPATIBLE_WITH_FILE = 0x6981
    SECURITY_NOT_SATISFIED = 0x6982
    METHOD_BLOCKED = 0x6983
    REFERENCE_DATA_NOT_USABLE = 0x6984
    CONDITIONS_NOT_SATISFIED = 0x6985
    NO_CURRENT_FILE = 0x6986
    SECURE_MESSAGING_INCORRECT = 0x6988
    WRONG_DATA = 0x6A80
    FUNCTION_NOT_SUPPORTED = 0x6A81
    FILE_NOT_FOUND = 0x6A82
    RECORD_NOT_FOUND = 0x6A83
    NOT_ENOUGH_MEMORY = 0x6A84
    LENGTH_INCONSISTENT_WITH_STRUCTURE = 0x6A85
    WRONG_P1_P2 = 0x6A86
    LENGTH_INCONSISTENT_WITH_P1_P2 = 0x6A87
    REFERENCE_NOT_FOUND = 0x6A88
    WRONG_OFFSET = 0x6B00
    WRONG_LE = 0x6C00
    INS_NOT_SUPPORTED = 0x6D00
    CLA_NOT_SUPPORTED = 0x6E00
    NO_DIAGNOSIS = 0x6F00
    CPS2TER_HEADER_CORRUPT = 0x9240
    CPS2TER_WRONG_ADDRESS = 0x9402
    CPS2TER_FILE_NOT_FOUND = 0x9404
    CPS2TER_WRONG_FILE_KIND = 0x9408
    CPS2TER_PIN_NOT_SET = 0x9802
    CPS2TER_PIN_WRONG = 0x9804
    CPS2TER_PIN_INVALIDATED = 0x9808
    CPS2TER_FILE_INVALIDATED = 0x9810
    CPS2TER_PIN_LOCKED = 0x9840
    CPS2TER_MORE_DATA = 0x9F00

    @classmethod
    def _missing_(cls, value: object) -> "StatusWord | None":
        if not isinstance(value, int) or not 0 <= value <= 0xFFFF:
            return None
        made = int.__new__(cls, value)
        made._name_ = f"UNKNOWN_{value:04X}"
        made._value_ = value
        return made


_TEXTS = {
    StatusWord.OK: N_("done"),
    StatusWord.CORRUPTED: N_("part of the data may be corrupted"),
    StatusWord.END_OF_FILE: N_("the end of the file was reached"),
    StatusWord.DEACTIVATED: N_("the file is deactivated"),
    StatusWord.WARNING: N_("done, with a warning"),
    StatusWord.MEMORY_FAILURE: N_("the card's memory failed"),
    StatusWord.WRONG_LENGTH: N_("wrong length"),
    StatusWord.CHANNEL_NOT_SUPPORTED: N_("logical channel not supported"),
    StatusWord.SECURE_MESSAGING_NOT_SUPPORTED: N_("secure messaging not supported"),
    StatusWord.LAST_OF_CHAIN_EXPECTED: N_("the last command of the chain was expected"),
    StatusWord.CHAINING_NOT_SUPPORTED: N_("command chaining not supported"),
    StatusWord.COMMAND_NOT_COMPATIBLE_WITH_FILE: N_("the command does not fit this kind of file"),
    StatusWord.SECURITY_NOT_SATISFIED: N_("the card asks for its code first"),
    StatusWord.METHOD_BLOCKED: N_("the code is blocked"),
    StatusWord.REFERENCE_DATA_NOT_USABLE: N_("the key or code cannot be used"),
    StatusWord.CONDITIONS_NOT_SATISFIED: N_("the conditions of use are not met"),
    StatusWord.NO_CURRENT_FILE: N_("no file is selected"),
    StatusWord.SECURE_MESSAGING_INCORRECT: N_("secure messaging objects are wrong"),
    StatusWord.WRONG_DATA: N_("the data sent are wrong"),
    StatusWord.FUNCTION_NOT_SUPPORTED: N_("function not supported"),
    StatusWord.FILE_NOT_FOUND: N_("file or application not found"),
    StatusWord.RECORD_NOT_FOUND: N_("record not found"),
    StatusWord.NOT_ENOUGH_MEMORY: N_("not enough room in the file"),
    StatusWord.LENGTH_INCONSISTENT_WITH_STRUCTURE: N_("the length does not fit the structure"),
    StatusWord.WRONG_P1_P2: N_("wrong parameters P1 and P2"),
    StatusWord.LENGTH_INCONSISTENT_WITH_P1_P2: N_("the length does not fit P1 and P2"),
    StatusWord.REFERENCE_NOT_FOUND: N_("key, code or data object not found"),
    StatusWord.WRONG_OFFSET: N_("the offset is outside the file"),
    StatusWord.INS_NOT_SUPPORTED: N_("command not supported"),
    StatusWord.CLA_NOT_SUPPORTED: N_("class not supported"),
    StatusWord.NO_DIAGNOSIS: N_("the card gives no reason"),
    StatusWord.CPS2TER_HEADER_CORRUPT: N_("the header of the file is corrupted"),
    StatusWord.CPS2TER_WRONG_ADDRESS: N_("the address is outside the file"),
    StatusWord.CPS2TER_FILE_NOT_FOUND: N_("file or application not found"),
    StatusWord.CPS2TER_WRONG_FILE_KIND: N_("the command does not fit this kind of file"),
    StatusWord.CPS2TER_PIN_NOT_SET: N_("no code is set"),
    StatusWord.CPS2TER_PIN_WRONG: N_("the code is wrong, or was not given"),
    StatusWord.CPS2TER_PIN_INVALIDATED: N_("the code is invalidated"),
    StatusWord.CPS2TER_FILE_INVALIDATED: N_("the file is invalidated"),
    StatusWord.CPS2TER_PIN_LOCKED: N_("the code is blocked"),
}
_UNKNOWN = N_("unknown status word")


def tries_left(sw: int) -> int | None:
    """Return how many tries a ``63Cx`` leaves, 0 to 15; None for any other status word."""
    return sw & 0x0F if sw & 0xFFF0 == StatusWord.NO_TRIES_LEFT else None


def bytes_waiting(sw: int) -> int | None:
    """Return how many bytes a ``61xx`` or ``9Fxx`` has ready (256 for 00); None for others."""
    if sw & 0xFF00 in (StatusWord.MORE_DATA, StatusWord.CPS2TER_MORE_DATA):
        return sw & 0xFF or 0x100
    return None


def exact_le(sw: int) -> int | None:
    """Return the Le that a ``6Cxx`` asks for (256 for 00); None for any other status word."""
    return sw & 0xFF or 0x100 if sw & 0xFF00 == StatusWord.WRONG_LE else None


def describe(sw: int) -> str:
    """Return what a status word says, in the language in use, with its four digits."""
    left, waiting, le = tries_left(sw), bytes_waiting(sw), exact_le(sw)
    if left is not None:
        text = gettext(N_("wrong code, tries left: {n}")).format(n=left)
    elif waiting is not None:
        text = gettext(N_("more data to fetch: {n} bytes")).format(n=waiting)
    elif le is not None:
        text = gettext(N_("wrong length wanted, right is {n}")).format(n=le)
    else:
        text = gettext(_TEXTS.get(StatusWord(sw), _UNKNOWN))
    return f"{sw:04X}: {text}"
