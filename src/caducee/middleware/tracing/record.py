# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One line of a trace: what happened, when, for whom."""

import datetime as dt
from enum import StrEnum, unique

import msgspec

__all__ = ["RecordKind", "TraceRecord"]


@unique
class RecordKind(StrEnum):
    """What a line states. A reader passes over kinds that it does not know."""

    CALL = "call"
    """A function that a program called, with its result."""

    APDU = "apdu"
    """A command to a card, with its answer."""

    RESET = "reset"
    """A card was reset."""

    CARD = "card"
    """A connection to a card began: its answer to reset and protocol; or ended."""

    PROMPT = "prompt"
    """The holder was asked for a PIN."""

    WEB = "web"
    """A message between a browser and the native host."""

    NOTE = "note"
    """Anything else, in words."""


class TraceRecord(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One line. Fields that a kind does not need are left out."""

    at: dt.datetime
    """When it ended, to the microsecond, in UTC."""

    kind: str
    source: str = ""
    """Which process wrote it: ``daemon``, ``native-host``, ``reader``."""

    process: int = 0
    """Its number."""

    trace: str = ""
    """16 hexadecimal digits that join what belongs together; empty: belongs to no call."""

    ms: float | None = None
    """How long it took."""

    application: str = ""
    """The program that called, by the number of its C_Initialize, 8 hexadecimal digits."""

    program: str = ""
    """Its path."""

    pid: int = 0
    """Its process."""

    site: str = ""
    """The origin of the page that asked."""

    function: str = ""
    """E.g. ``C_Sign``."""

    result: str = ""
    """The name of the CK_RV, or the code of an error."""

    reader: str = ""
    command: str = ""
    """The APDU in hex; bytes of a PIN are ``**``."""

    response: str = ""
    """The answer in hex, status word included."""

    atr: str = ""
    protocol: str = ""
    card: str = ""
    """The label of the token."""

    holder: str = ""
    text: str = ""
    """Words, or a message as it was."""

    facts: dict[str, str | int | float | bool | None] = {}
    """Sizes, handles and the like."""

    @property
    def failed(self) -> bool:
        """Whether it did not end well: another result than CKR_OK, or the status of an error."""
        if self.kind == RecordKind.APDU:
            status = self.response[-4:]
            return status[:2] not in ("90", "61", "62", "63", "6C", "9F") or status[:3] == "63C"
        return self.result not in ("", "CKR_OK", "ok")

    def to_line(self) -> bytes:
        """Return the line, its end included."""
        return msgspec.json.encode(self) + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> "TraceRecord":
        """Read a line. Raises `msgspec.ValidationError` or `msgspec.DecodeError`."""
        found = _decoder.decode(line)
        if found.at.tzinfo is None:
            raise msgspec.ValidationError("a time without a zone")
        return found


_decoder = msgspec.json.Decoder(TraceRecord)
