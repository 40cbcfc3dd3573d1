# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The token request (RFC 6749 4.1.3, 6), its answer, and the claims of an ID token.

Tokens themselves are made and checked by a library for JWS; here are only the values inside.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Self

import msgspec

from caducee.codec.oidc.errors import OidcError, OidcErrorCode

__all__ = ["IdTokenClaims", "TokenAnswer", "TokenRequest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """What a client sends to the token endpoint; empty where it sent nothing."""

    grant_type: str = ""
    code: str = field(default="", repr=False)
    redirect_uri: str = ""
    code_verifier: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    scope: tuple[str, ...] = ()
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    client_assertion: str = field(default="", repr=False)

    @classmethod
    def from_parameters(cls, values: Mapping[str, str]) -> Self:
        """Read a request; parameters that nobody knows are left out."""
        known = {item.name for item in fields(cls)} - {"scope"}
        read = {name: value for name, value in values.items() if name in known}
        return cls(**read, scope=tuple(values.get("scope", "").split()))

    def to_parameters(self) -> dict[str, str]:
        """Return the request as parameters; what is empty is left out."""
        found = {item.name: getattr(self, item.name) for item in fields(self)}
        found["scope"] = " ".join(self.scope)
        return {name: value for name, value in found.items() if value}


class TokenAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the token endpoint answers, in the order of the true service."""

    access_token: str
    expires_in: int
    refresh_expires_in: int = 0
    refresh_token: str = ""
    token_type: str
    id_token: str = ""
    session_state: str = ""
    scope: str = ""

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read an answer. Raises `OidcError` (``invalid_request``)."""
        try:
            return msgspec.json.decode(data, type=cls)
        except (msgspec.DecodeError, ValueError, RecursionError):
            raise OidcError(
                OidcErrorCode.INVALID_REQUEST, "the answer with tokens cannot be read"
            ) from None

    def to_json(self) -> bytes:
        """Return the answer as JSON."""
        return msgspec.json.encode(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdTokenClaims:
    """The claims of an ID token (OpenID Connect Core 2)."""

    iss: str
    sub: str
    aud: tuple[str, ...]
    exp: int
    iat: int
    auth_time: int
    nonce: str = ""
    acr: str = ""
    azp: str = ""
    sid: str = ""
    others: Mapping[str, object] = field(default_factory=dict)
    """Further claims, by name."""

    @classmethod
    def from_claims(cls, claims: Mapping[str, object]) -> Self:
        """Read claims. Raises `OidcError` (``invalid_token``) for one of another type."""
        audience = claims.get("aud")
        rest = {name: value for name, value in claims.items() if name not in _CLAIMS}
        read: dict[str, Any] = {name: _number(claims.get(name)) for name in _NUMBERS}
        read |= {name: _text(claims.get(name, "")) for name in _TEXTS}
        audiences = _texts([audience] if isinstance(audience, str) else audience)
        return cls(aud=audiences, others=rest, **read)

    def to_claims(self) -> dict[str, object]:
        """Return the claims; one audience is a text, several are a list."""
        found = {name: getattr(self, name) for name in (*_NUMBERS, *_TEXTS)}
        audience = self.aud[0] if len(self.aud) == 1 else list(self.aud)
        return {name: value for name, value in found.items() if value != ""} | {
            "aud": audience,
            **self.others,
        }


_NUMBERS: Final = ("exp", "iat", "auth_time")
_TEXTS: Final = ("iss", "sub", "nonce", "acr", "azp", "sid")
_CLAIMS: Final = frozenset({*_NUMBERS, *_TEXTS, "aud"})


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _unreadable()
    return value


def _number(value: object) -> int:
    if type(value) is not int:
        raise _unreadable()
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise _unreadable()
    return tuple(map(_text, value))


def _unreadable() -> OidcError:
    return OidcError(OidcErrorCode.INVALID_TOKEN, "the ID token cannot be read")
