# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The origin-bound token: the public Web eID authentication token, format version 1.

A program beside the browser signs the origin of the page and a nonce of the service with the
authentication key of the card. Nothing is verified here: this module knows the JSON format and
the bytes that are signed.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NoReturn, Self

from caducee.base.errors import FormatError
from caducee.spec.origin_token import FORMAT, FORMATS, MAX_SIZE, TokenAlgorithm, TokenField

__all__ = ["OriginToken", "TokenAlgorithm", "signed_bytes", "signed_digest", "unique_members"]

type Json = str | int | float | bool | list["Json"] | dict[str, "Json"] | None

_KNOWN: Final = frozenset(TokenField)


def signed_bytes(algorithm: TokenAlgorithm, origin: str, nonce: str) -> bytes:
    """Return what the card signs: hash of the origin, then hash of the nonce.

    ``origin`` is ``https://host[:port]`` without a final slash; ``nonce`` is the text that the
    service gave, not decoded. The hash is that of the algorithm.

    >>> signed_bytes(TokenAlgorithm.ES256, "https://ria.ee", "a" * 44).hex()[:16]
    '3a0de594ddc5e6d2'
    """
    return b"".join(
        hashlib.new(algorithm.hash_name, text.encode()).digest() for text in (origin, nonce)
    )


def signed_digest(algorithm: TokenAlgorithm, origin: str, nonce: str) -> bytes:
    """Return the hash of `signed_bytes`, for a key that takes a digest."""
    return hashlib.new(algorithm.hash_name, signed_bytes(algorithm, origin, nonce)).digest()


@dataclass(frozen=True, slots=True)
class OriginToken:
    """A token as it travels; its certificate is not verified."""

    certificate: bytes
    """Authentication certificate of the holder, DER, from the client."""

    algorithm: TokenAlgorithm
    signature: bytes
    """RSA: as long as the modulus. ECDSA: r and s, one after the other."""

    format: str = FORMAT
    app_version: str = ""
    """URL that names the program that made the token; informative."""

    extra: Mapping[str, Json] = field(default_factory=lambda: MappingProxyType({}))
    """Members of later minor versions, kept."""

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a token. Raises `FormatError` (``codec.token_*``)."""
        found = _members(text)
        version = _text(found, TokenField.FORMAT)
        if not FORMATS.fullmatch(version):
            raise FormatError("codec.token_format", format=_shown(version))
        algorithm = _text(found, TokenField.ALGORITHM)
        if algorithm not in TokenAlgorithm:
            raise FormatError("codec.token_algorithm", algorithm=_shown(algorithm))
        return cls(
            certificate=_bytes(found, TokenField.CERTIFICATE),
            algorithm=TokenAlgorithm(algorithm),
            signature=_bytes(found, TokenField.SIGNATURE),
            format=version,
            app_version=_text(found, TokenField.APP_VERSION, default=""),
            extra=MappingProxyType({k: v for k, v in found.items() if k not in _KNOWN}),
        )

    def to_json(self) -> str:
        """Return the token as one JSON object."""
        members = {
            TokenField.CERTIFICATE: base64.b64encode(self.certificate).decode(),
            TokenField.ALGORITHM: self.algorithm.value,
            TokenField.SIGNATURE: base64.b64encode(self.signature).decode(),
            TokenField.FORMAT: self.format,
            TokenField.APP_VERSION: self.app_version,
        }
        return json.dumps({**members, **self.extra}, separators=(",", ":"))


def _members(text: str | bytes) -> dict[str, Json]:
    """Read one JSON object without members twice, numbers that are none, or great depth."""
    if len(text) > MAX_SIZE:
        raise FormatError("codec.token_size", size=len(text), most=MAX_SIZE)
    try:
        found = json.loads(text, object_pairs_hook=unique_members, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise FormatError("codec.token_json") from None
    if not isinstance(found, dict):
        raise FormatError("codec.token_json")
    return found


def unique_members[V](pairs: list[tuple[str, V]]) -> dict[str, V]:
    """Refuse a JSON object in which a member stands twice (``object_pairs_hook``)."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _text(found: Mapping[str, Json], name: TokenField, default: str | None = None) -> str:
    value = found.get(name, default)
    if not isinstance(value, str):
        raise FormatError("codec.token_member", member=name.value)
    return value


def _bytes(found: Mapping[str, Json], name: TokenField) -> bytes:
    text = _text(found, name)
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise FormatError("codec.token_member", member=name.value) from None
    if not value or base64.b64encode(value).decode() != text:
        raise FormatError("codec.token_member", member=name.value)
    return value


def _shown(text: str) -> str:
    return "".join(item if item.isprintable() else "?" for item in text[:24])
