# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Readers with a PIN pad: numbers of PC/SC part 10 (IFDs with secure PIN entry, revision 2.02.09).

Names and numbers are those of the public header of pcsc-lite (``reader.h``).
"""

from enum import IntEnum, IntFlag, unique
from typing import Final

__all__ = [
    "GET_FEATURES",
    "EntryEnd",
    "Feature",
    "MessageLanguage",
    "PadProperty",
    "PadStatus",
    "PinEncoding",
]

GET_FEATURES: Final = 3400
"""CM_IOCTL_GET_FEATURE_REQUEST, before SCARD_CTL_CODE: which features a reader has, and the whole
control code of each."""


@unique
class Feature(IntEnum):
    """Tags in the answer to `GET_FEATURES`."""

    VERIFY_PIN_START = 0x01
    VERIFY_PIN_FINISH = 0x02
    MODIFY_PIN_START = 0x03
    MODIFY_PIN_FINISH = 0x04
    GET_KEY_PRESSED = 0x05
    VERIFY_PIN_DIRECT = 0x06
    MODIFY_PIN_DIRECT = 0x07
    MCT_READER_DIRECT = 0x08
    MCT_UNIVERSAL = 0x09
    IFD_PIN_PROPERTIES = 0x0A
    ABORT = 0x0B
    SET_SPE_MESSAGE = 0x0C
    VERIFY_PIN_DIRECT_APP_ID = 0x0D
    MODIFY_PIN_DIRECT_APP_ID = 0x0E
    WRITE_DISPLAY = 0x0F
    GET_KEY = 0x10
    IFD_DISPLAY_PROPERTIES = 0x11
    GET_TLV_PROPERTIES = 0x12
    CCID_ESC_COMMAND = 0x13
    EXECUTE_PACE = 0x20


@unique
class PinEncoding(IntEnum):
    """How digits become bytes (bmFormatString, bits 1 and 0)."""

    BINARY = 0
    BCD = 1
    ASCII = 2


class EntryEnd(IntFlag):
    """What ends an entry (bEntryValidationCondition)."""

    LONGEST_REACHED = 1
    KEY_PRESSED = 2
    TIMEOUT = 4


@unique
class MessageLanguage(IntEnum):
    """Languages of the reader's own messages (wLangId)."""

    ENGLISH = 0x0409
    FRENCH = 0x040C


@unique
class PadProperty(IntEnum):
    """Tags in the answer to GET_TLV_PROPERTIES."""

    LCD_LAYOUT = 0x01
    ENTRY_END = 0x02
    TIMEOUT_2 = 0x03
    LCD_CHARACTERS = 0x04
    LCD_LINES = 0x05
    LEAST_PIN = 0x06
    MOST_PIN = 0x07
    FIRMWARE = 0x08
    PPDU_SUPPORT = 0x09
    MOST_APDU_DATA = 0x0A
    VENDOR = 0x0B
    PRODUCT = 0x0C


@unique
class PadStatus(IntEnum):
    """Answers of the reader itself, in the place of a status word of the card."""

    TIMEOUT = 0x6400
    CANCELLED = 0x6401
    NEW_CODES_DIFFER = 0x6402
    CODE_LENGTH = 0x6403
    STRUCTURE_REFUSED = 0x6B80
