# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The lines between a service and what shows its request to the holder, and what the card signs.

One JSON object a line, UTF-8. The service sends `RequestMessage`, and at most one
`WithdrawMessage`; the answers are `StateMessage`, the last one final, or one `ErrorMessage`. The
confirmation is a compact JSON Web Signature: service, two digits, nonce and time.

>>> WithdrawMessage().to_bytes()
b'{"type":"withdraw","v":1}\\n'
>>> StateMessage(state=RequestState.WAITING, before=1).to_bytes()
b'{"type":"state","state":"waiting","before":1}\\n'
"""

import base64
import binascii
import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Self

import msgspec

from caducee.base.errors import FormatError
from caducee.spec.card_request import (
    ALGORITHM,
    BINDING_MESSAGE,
    CONFIRMATION_TYPE,
    INVISIBLE,
    LONGEST_SECONDS,
    MAX_ANSWER,
    MAX_ASK,
    MAX_CONFIRMATION,
    MAX_MARKS,
    MAX_SERVICE,
    NONCE,
    PS_IDNAT,
    SHORTEST_SECONDS,
    VERSION,
    RequestState,
)

__all__ = [
    "Confirmation",
    "ErrorMessage",
    "RequestMessage",
    "StateMessage",
    "Statement",
    "WithdrawMessage",
    "answer_from_bytes",
    "request_from_bytes",
]


class _Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """One line; members that nobody knows are passed over."""

    def to_bytes(self) -> bytes:
        """Return the line with its end."""
        return msgspec.json.encode(self) + b"\n"


class RequestMessage(_Line, frozen=True, kw_only=True, omit_defaults=False, tag="ask"):
    """What a service asks of the holder."""

    v: int = VERSION
    service: str
    """The name under which the holder knows the service."""

    binding_message: str
    """Two digits, which the service shows at the same time."""

    nonce: str
    """At least 128 random bits, base64url without padding; never used twice."""

    seconds: int
    """How long the service waits."""

    login_hint: str = ""
    """PS_IdNat of the holder who is expected; empty: whoever holds the card."""

    def check(self) -> Self:
        """Return the request; raises `FormatError` (``request.member``) naming what is wrong."""
        wrong = next((name for name, right in self._judged() if not right), "")
        if wrong:
            raise FormatError("request.member", member=wrong)
        return self

    def _judged(self) -> tuple[tuple[str, bool], ...]:
        hint = not self.login_hint or _fits(PS_IDNAT, self.login_hint)
        return (
            ("service", _is_name(self.service)),
            ("binding_message", _fits(BINDING_MESSAGE, self.binding_message)),
            ("nonce", _fits(NONCE, self.nonce)),
            ("seconds", SHORTEST_SECONDS <= self.seconds <= LONGEST_SECONDS),
            ("login_hint", hint),
        )


class WithdrawMessage(_Line, frozen=True, omit_defaults=False, tag="withdraw"):
    """The service does not wait any more; so does the end of its connection."""

    v: int = VERSION


class StateMessage(_Line, frozen=True, kw_only=True, tag="state"):
    """Where the request stands."""

    state: RequestState
    before: int = 0
    """How many requests are before it."""

    confirmation: str = ""
    """Of `RequestState.CONFIRMED`: a `Confirmation`."""


class ErrorMessage(_Line, frozen=True, kw_only=True, tag="error"):
    """The line was not understood, or the request is not taken; the connection ends."""

    code: str
    """A code of the catalogue, e.g. ``request.too_many``."""

    versions: tuple[int, ...] = ()
    """Of ``request.version``: those that are understood."""


class _Version(msgspec.Struct):
    v: int = VERSION


_DEMAND: Final[msgspec.json.Decoder[RequestMessage | WithdrawMessage]] = msgspec.json.Decoder(
    RequestMessage | WithdrawMessage
)
_ANSWER: Final[msgspec.json.Decoder[StateMessage | ErrorMessage]] = msgspec.json.Decoder(
    StateMessage | ErrorMessage
)
_VERSION: Final = msgspec.json.Decoder(_Version)
_CODE: Final = re.compile(r"[a-z]+\.[a-z_]{1,60}")


def request_from_bytes(line: bytes) -> RequestMessage | WithdrawMessage:
    """Read a line of a service.

    Raises `FormatError`: ``request.malformed``, ``request.version``, ``request.member``.
    """
    if len(line) > MAX_ASK:
        raise FormatError("request.malformed")
    if _read(_VERSION, line).v != VERSION:
        raise FormatError("request.version", versions=str(VERSION))
    found = _read(_DEMAND, line)
    return found.check() if isinstance(found, RequestMessage) else found


def answer_from_bytes(line: bytes) -> StateMessage | ErrorMessage:
    """Read a line of the manager. Raises `FormatError` (``request.malformed``)."""
    if len(line) > MAX_ANSWER:
        raise FormatError("request.malformed")
    found = _read(_ANSWER, line)
    if isinstance(found, ErrorMessage) and not _CODE.fullmatch(found.code):
        raise FormatError("request.malformed")
    return found


def _read[T](decoder: msgspec.json.Decoder[T], line: bytes) -> T:
    try:
        return decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError("request.malformed") from error


def _fits(form: re.Pattern[str], text: str) -> bool:
    return form.fullmatch(text) is not None


def _is_name(text: str) -> bool:
    """Tell whether a text can be shown as a name: nothing invisible, turned round or piled up."""
    if not (0 < len(text) <= MAX_SERVICE and text.isprintable() and text.strip() == text):
        return False
    return INVISIBLE.search(text) is None and not _is_piled(text)


def _is_piled(text: str) -> bool:
    """Tell whether marks stand first, or pile up on one sign, and so cover what is around."""
    marks = MAX_MARKS
    for sign in text:
        marks = marks + 1 if unicodedata.category(sign) in ("Mn", "Me") else 0
        if marks > MAX_MARKS:
            return True
    return False


# What the card signs


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    alg: str
    typ: str
    x5c: tuple[str, ...]


class _Payload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    aud: str
    binding_message: str
    nonce: str
    iat: int
    exp: int


@dataclass(frozen=True, slots=True)
class Statement:
    """What the holder confirms, before it is signed."""

    service: str
    binding_message: str
    nonce: str
    made: int
    """Seconds since 1970, when the holder gave the PIN."""

    until: int
    """Seconds since 1970, when the request ends."""

    certificate: bytes
    """The authentication certificate of the card, DER."""

    def signed_bytes(self) -> bytes:
        """Return what the card signs (RFC 7515 section 5.1): header, point, payload."""
        header = _Header(ALGORITHM, CONFIRMATION_TYPE, (_standard(self.certificate),))
        payload = _Payload(self.service, self.binding_message, self.nonce, self.made, self.until)
        return b".".join(_url(msgspec.json.encode(item)) for item in (header, payload))


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A statement and the signature of the card's authentication key; nothing is verified here."""

    statement: Statement
    signature: bytes

    def to_compact(self) -> str:
        """Return the confirmation as it travels (RFC 7515 section 7.1)."""
        return (self.statement.signed_bytes() + b"." + _url(self.signature)).decode("ascii")

    @classmethod
    def from_compact(cls, text: str) -> Self:
        """Read a confirmation. Raises `FormatError` (``request.confirmation``).

        Whatever would be written otherwise than here is refused: one confirmation has one form.
        """
        try:
            found = cls._read(text)
        except (ValueError, RecursionError, msgspec.MsgspecError, binascii.Error) as error:
            raise FormatError("request.confirmation") from error
        if found is None or found.to_compact() != text:
            raise FormatError("request.confirmation")
        return found

    @classmethod
    def _read(cls, text: str) -> Self | None:
        parts = text.split(".") if len(text) <= MAX_CONFIRMATION else []
        if len(parts) != 3:
            return None
        header = msgspec.json.decode(_from_url(parts[0]), type=_Header)
        payload = msgspec.json.decode(_from_url(parts[1]), type=_Payload)
        if (header.alg, header.typ, len(header.x5c)) != (ALGORITHM, CONFIRMATION_TYPE, 1):
            return None
        statement = Statement(
            service=payload.aud,
            binding_message=payload.binding_message,
            nonce=payload.nonce,
            made=payload.iat,
            until=payload.exp,
            certificate=base64.b64decode(header.x5c[0], validate=True),
        )
        return cls(statement, _from_url(parts[2]))


def _standard(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _from_url(text: str) -> bytes:
    padded = text.encode("ascii") + b"=" * (-len(text) % 4)
    return base64.b64decode(padded, b"-_", validate=True)
