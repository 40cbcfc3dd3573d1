# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The authorization request (OpenID Connect Core 3.1.2.1) and its answers.

>>> AuthorizationRequest.from_parameters({"client_id": "app", "scope": "openid"}).scope
('openid',)
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final, Self

from caducee.codec.oidc.errors import OidcError, OidcErrorCode

__all__ = ["AuthorizationAnswer", "AuthorizationRequest", "error_answer"]

_LISTS: Final = frozenset({"scope", "acr_values", "prompt", "ui_locales"})
"""Parameters that are words with spaces between them."""

_MAX_AGE: Final = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """What a client asks for, as it wrote it; empty where it wrote nothing."""

    client_id: str = ""
    redirect_uri: str = ""
    response_type: str = ""
    response_mode: str = ""
    scope: tuple[str, ...] = ()
    state: str = ""
    nonce: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""
    acr_values: tuple[str, ...] = ()
    prompt: tuple[str, ...] = ()
    max_age: int | None = None
    """Seconds since the login at most."""
    login_hint: str = ""
    claims: str = ""
    """A JSON object, not read here."""
    ui_locales: tuple[str, ...] = ()
    request: str = ""
    request_uri: str = ""

    @classmethod
    def from_parameters(cls, values: Mapping[str, str]) -> Self:
        """Read a request; parameters that nobody knows are left out (RFC 6749 3.1).

        Raises `OidcError` (``invalid_request``) for a ``max_age`` that cannot be read.
        """
        known = {item.name for item in fields(cls)} - {"max_age"}
        read = {
            name: tuple(value.split()) if name in _LISTS else value
            for name, value in values.items()
            if name in known
        }
        return cls(**read, max_age=_seconds(values.get("max_age")))  # type: ignore[arg-type]

    def to_parameters(self) -> dict[str, str]:
        """Return the request as parameters; what is empty is left out."""
        found = {item.name: getattr(self, item.name) for item in fields(self)}
        return {
            name: " ".join(value) if isinstance(value, tuple) else str(value)
            for name, value in found.items()
            if value not in ("", (), None)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationAnswer:
    """The answer to a request that was granted."""

    code: str
    issuer: str
    """``iss`` (RFC 9207): a client of several providers sees which one answers."""
    state: str = ""
    session_state: str = ""

    def to_parameters(self) -> dict[str, str]:
        """Return the answer as parameters."""
        found = {
            "state": self.state,
            "session_state": self.session_state,
            "iss": self.issuer,
            "code": self.code,
        }
        return {name: value for name, value in found.items() if value}


def error_answer(error: OidcError, issuer: str, state: str) -> dict[str, str]:
    """Return the parameters of the answer to a request that was refused."""
    found = {
        "error": error.error.value,
        "error_description": error.description,
        "state": state,
        "iss": issuer,
    }
    return {name: value for name, value in found.items() if value}


def _seconds(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise OidcError(OidcErrorCode.INVALID_REQUEST, "max_age is not a number of seconds")
    return min(int(text), _MAX_AGE)
