# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Numbers of PC/SC, the same on every system unless said otherwise (PC/SC Workgroup, parts 5, 10).

Sources: the public header of pcsc-lite and Microsoft's reference of WinSCard.
"""

from enum import IntEnum, IntFlag, unique

__all__ = [
    "CONTROL_BASE",
    "INFINITE",
    "PNP_READER",
    "ContextScope",
    "Disposition",
    "PcscProtocol",
    "PcscResult",
    "ReaderState",
    "ShareMode",
]

PNP_READER = "\\\\?PnP?\\Notification"
"""The name that stands for "a reader came or went" in SCardGetStatusChange."""

INFINITE = 0xFFFFFFFF
"""The timeout that never ends."""

CONTROL_BASE = {"pcsclite": 0x42000000, "macos": 0x42000000, "windows": 0x00310000}
"""What is added to a control code; on Windows the code is also shifted left by two."""


@unique
class ContextScope(IntEnum):
    """Whose readers a context reaches."""

    USER = 0
    TERMINAL = 1
    SYSTEM = 2


@unique
class ShareMode(IntEnum):
    """Whether other programs may connect to the card too."""

    EXCLUSIVE = 1
    SHARED = 2
    DIRECT = 3


@unique
class Disposition(IntEnum):
    """What becomes of the card at the end of a transaction or a connection."""

    LEAVE = 0
    RESET = 1
    UNPOWER = 2
    EJECT = 3


class PcscProtocol(IntFlag):
    """Transmission protocols. RAW is 4 in pcsc-lite and on macOS, 0x10000 on Windows."""

    T0 = 1
    T1 = 2


class ReaderState(IntFlag):
    """What SCardGetStatusChange says of a reader; the upper 16 bits count its changes."""

    UNAWARE = 0x0000
    IGNORE = 0x0001
    CHANGED = 0x0002
    UNKNOWN = 0x0004
    UNAVAILABLE = 0x0008
    EMPTY = 0x0010
    PRESENT = 0x0020
    ATR_MATCH = 0x0040
    EXCLUSIVE = 0x0080
    IN_USE = 0x0100
    MUTE = 0x0200
    UNPOWERED = 0x0400


@unique
class PcscResult(IntEnum):
    """What a call of PC/SC returns (seen as an unsigned number of 32 bits)."""

    SUCCESS = 0x00000000
    F_INTERNAL_ERROR = 0x80100001
    E_CANCELLED = 0x80100002
    E_INVALID_HANDLE = 0x80100003
    E_INVALID_PARAMETER = 0x80100004
    E_INVALID_TARGET = 0x80100005
    E_NO_MEMORY = 0x80100006
    F_WAITED_TOO_LONG = 0x80100007
    E_INSUFFICIENT_BUFFER = 0x80100008
    E_UNKNOWN_READER = 0x80100009
    E_TIMEOUT = 0x8010000A
    E_SHARING_VIOLATION = 0x8010000B
    E_NO_SMARTCARD = 0x8010000C
    E_UNKNOWN_CARD = 0x8010000D
    E_CANT_DISPOSE = 0x8010000E
    E_PROTO_MISMATCH = 0x8010000F
    E_NOT_READY = 0x80100010
    E_INVALID_VALUE = 0x80100011
    E_SYSTEM_CANCELLED = 0x80100012
    F_COMM_ERROR = 0x80100013
    F_UNKNOWN_ERROR = 0x80100014
    E_INVALID_ATR = 0x80100015
    E_NOT_TRANSACTED = 0x80100016
    E_READER_UNAVAILABLE = 0x80100017
    P_SHUTDOWN = 0x80100018
    E_PCI_TOO_SMALL = 0x80100019
    E_READER_UNSUPPORTED = 0x8010001A
    E_DUPLICATE_READER = 0x8010001B
    E_CARD_UNSUPPORTED = 0x8010001C
    E_NO_SERVICE = 0x8010001D
    E_SERVICE_STOPPED = 0x8010001E
    E_UNEXPECTED = 0x8010001F
    E_ICC_INSTALLATION = 0x80100020
    E_ICC_CREATEORDER = 0x80100021
    E_UNSUPPORTED_FEATURE = 0x80100022
    E_DIR_NOT_FOUND = 0x80100023
    E_FILE_NOT_FOUND = 0x80100024
    E_NO_DIR = 0x80100025
    E_NO_FILE = 0x80100026
    E_NO_ACCESS = 0x80100027
    E_WRITE_TOO_MANY = 0x80100028
    E_BAD_SEEK = 0x80100029
    E_INVALID_CHV = 0x8010002A
    E_UNKNOWN_RES_MNG = 0x8010002B
    E_NO_SUCH_CERTIFICATE = 0x8010002C
    E_CERTIFICATE_UNAVAILABLE = 0x8010002D
    E_NO_READERS_AVAILABLE = 0x8010002E
    E_COMM_DATA_LOST = 0x8010002F
    E_NO_KEY_CONTAINER = 0x80100030
    E_SERVER_TOO_BUSY = 0x80100031
    E_PIN_CACHE_EXPIRED = 0x80100032
    E_NO_PIN_CACHE = 0x80100033
    E_READ_ONLY_CARD = 0x80100034
    W_UNSUPPORTED_CARD = 0x80100065
    W_UNRESPONSIVE_CARD = 0x80100066
    W_UNPOWERED_CARD = 0x80100067
    W_RESET_CARD = 0x80100068
    W_REMOVED_CARD = 0x80100069
    W_SECURITY_VIOLATION = 0x8010006A
    W_WRONG_CHV = 0x8010006B
    W_CHV_BLOCKED = 0x8010006C
    W_EOF = 0x8010006D
    W_CANCELLED_BY_USER = 0x8010006E
    W_CARD_NOT_AUTHENTICATED = 0x8010006F
    W_CACHE_ITEM_NOT_FOUND = 0x80100070
    W_CACHE_ITEM_STALE = 0x80100071
    W_CACHE_ITEM_TOO_BIG = 0x80100072

    @classmethod
    def name_of(cls, number: int) -> str:
        """Return ``SCARD_...`` for a known number, else ``unknown``."""
        try:
            return f"SCARD_{cls(number).name}" if number else "SCARD_S_SUCCESS"
        except ValueError:
            return "unknown"
