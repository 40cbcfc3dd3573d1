# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the extension asks, read strictly, and what the host answers.

::

    {"id": 7, "command": "authenticate", "origin": "https://…", "nonce": "…", "lang": "fr"}
    {"id": 7, "result": {…}}     {"id": 7, "error": {"code": …, "message": …, "advice": …}}
    {"event": "card-removed"}    {"event": "logged-out"}
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from caducee.base.errors import CpsError, FormatError
from caducee.base.i18n import LANGUAGES
from caducee.codec.origin_token import unique_members
from caducee.spec.native_messaging import HASHES, NONCE, ORIGIN, Command

__all__ = ["Request", "answer", "refusal"]

_MEMBERS = {
    Command.STATUS: frozenset[str](),
    Command.AUTHENTICATE: frozenset({"origin", "nonce"}),
    Command.SIGNING_CERTIFICATE: frozenset({"origin"}),
    Command.SIGN: frozenset({"origin", "certificate", "hash", "hashFunction"}),
    Command.WATCH: frozenset({"origin"}),
}
_COMMON = frozenset({"id", "command", "lang"})
_MOST_ID = 2**53


@dataclass(frozen=True, slots=True)
class Request:
    """One request of the extension; members that a command has not are empty."""

    id: int
    command: Command
    language: str | None = None
    """``en`` or ``fr``; None: that of the machine."""

    origin: str = ""
    """Where the page comes from, as the browser reported the extension."""

    nonce: str = ""
    certificate: bytes = b""
    """DER, the signature certificate that the page had from us before."""

    digest: bytes = b""
    hash_name: str = ""
    """As the public library writes it, e.g. ``SHA-256``."""

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Read a request. Raises `FormatError` (``webhost.request_malformed``)."""
        found = _object(text)
        number, name = found.get("id"), found.get("command")
        if type(number) is not int or not 0 <= number < _MOST_ID:
            raise _malformed("id")
        if not isinstance(name, str) or name not in Command:
            raise _malformed("command")
        command = Command(name)
        unknown = sorted(found.keys() - _COMMON - _MEMBERS[command])
        missing = sorted(_MEMBERS[command] - found.keys())
        if unknown or missing:
            raise _malformed((unknown + missing)[0][:40])
        given = _MEMBERS[command]
        hash_name, digest = _digest(found) if "hash" in given else ("", b"")
        return cls(
            number,
            command,
            _language(found),
            origin=_matching(found, "origin", ORIGIN) if "origin" in given else "",
            nonce=_matching(found, "nonce", NONCE) if "nonce" in given else "",
            certificate=_bytes(found, "certificate") if "certificate" in given else b"",
            digest=digest,
            hash_name=hash_name,
        )


def _digest(found: Mapping[str, object]) -> tuple[str, bytes]:
    """Return the name of a hash and a digest that can be one of it."""
    name, digest = _text(found, "hashFunction"), _bytes(found, "hash")
    if len(digest) != HASHES.get(name):
        raise FormatError("webhost.digest_mismatch", hash=name[:20], size=len(digest))
    return name, digest


def answer(request: int, result: Mapping[str, object]) -> dict[str, object]:
    """Return the answer to a request that succeeded."""
    return {"id": request, "result": dict(result)}


def refusal(request: int | None, error: CpsError) -> dict[str, object]:
    """Return the answer to a request that failed, in the language in use."""
    fields = {"code": error.code, "message": error.sentence(), "advice": error.advice()}
    return {"id": request, "error": fields}


def _object(text: bytes) -> dict[str, object]:
    try:
        found = json.loads(text, object_pairs_hook=unique_members)
    except (ValueError, RecursionError):
        raise _malformed("JSON") from None
    if not isinstance(found, dict):
        raise _malformed("JSON")
    return found


def _language(found: Mapping[str, object]) -> str | None:
    language = found.get("lang")
    return language if isinstance(language, str) and language in LANGUAGES else None


def _text(found: Mapping[str, object], member: str) -> str:
    value = found[member]
    if not isinstance(value, str):
        raise _malformed(member)
    return value


def _matching(found: Mapping[str, object], member: str, pattern: re.Pattern[str]) -> str:
    value = _text(found, member)
    if not pattern.fullmatch(value):
        raise _malformed(member)
    return value


def _bytes(found: Mapping[str, object], member: str) -> bytes:
    try:
        return base64.b64decode(_text(found, member), validate=True)
    except (binascii.Error, ValueError):
        raise _malformed(member) from None


def _malformed(member: str) -> FormatError:
    return FormatError("webhost.request_malformed", member=member)
