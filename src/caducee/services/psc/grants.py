# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Authorization codes and refresh tokens: each is used once, and a replay ends what it began.

The grant of a code lies under a key that follows from the code. Who brings a code again finds no
code, but the grant, and revokes it (RFC 6749 4.1.2); when the first use is still under way, the
place of its grant is taken, and it ends with a refusal, too. A refresh token is the name of its
grant, a number that counts up, and their HMAC by a key of the grant: an old one is known for what
it is (RFC 9700 4.14.2), and a forged one harms nobody.
"""

import hashlib
import hmac
import secrets
from typing import Final

import msgspec

from caducee.base.clock import Clock
from caducee.codec.oidc.errors import OidcError, OidcErrorCode
from caducee.codec.oidc.pkce import verifier_fits
from caducee.codec.oidc.tokens import TokenRequest
from caducee.services.psc.logins import Login
from caducee.services.psc.sessions import Sessions
from caducee.spec import ours, psc
from caducee.store.model import Store

__all__ = ["CODE_SECONDS", "Grant", "Grants", "PendingCode"]

CODE_SECONDS: Final = ours.table("psc").integer("code_seconds")
"""How long a code can be used: ours."""

_REVOKED: Final = b"revoked"
_KEY_BYTES: Final = 32
_LONGEST: Final = 200


class PendingCode(msgspec.Struct, frozen=True, kw_only=True):
    """What a code stands for."""

    client_id: str
    redirect_uri: str
    scope: tuple[str, ...]
    nonce: str
    challenge: str
    """PKCE challenge by S256; empty when the client sent none."""
    login: Login


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What a client may do for a holder until it ends."""

    id: str
    client_id: str
    scope: tuple[str, ...]
    nonce: str
    login: Login
    key: bytes
    number: int = 0
    """How many times the refresh token was renewed."""

    @property
    def refresh_token(self) -> str:
        """The one refresh token that can be used now."""
        return _refresh_token(self, self.number)


class Grants:
    """Codes and grants in a store that processes share; every method raises `StateError` as
    `Store`."""

    def __init__(self, store: Store, clock: Clock, sessions: Sessions) -> None:
        self._store = store
        self._clock = clock
        self._sessions = sessions

    def new_code(self, pending: PendingCode) -> str:
        """Return a new code: 256 random bits in base64url."""
        code = secrets.token_urlsafe(_KEY_BYTES)
        self._store.put(_name("code", code), msgspec.json.encode(pending), CODE_SECONDS)
        return code

    def redeem(self, request: TokenRequest, client_id: str) -> Grant:
        """Use up a code and return its grant.

        A code that fails one of these checks is used up as well. Raises `OidcError`
        (``invalid_grant``).
        """
        if not 0 < len(request.code) <= _LONGEST:
            raise _refused("the code is absent or no code")
        found = self._store.take(_name("code", request.code))
        grant_id = _name("grant", request.code)
        if found is None:
            self.revoke(grant_id)
            raise _refused("the code is unknown, used or too old")
        pending = msgspec.json.decode(found, type=PendingCode)
        _check_code(pending, request, client_id)
        grant = Grant(
            id=grant_id,
            client_id=client_id,
            scope=pending.scope,
            nonce=pending.nonce,
            login=pending.login,
            key=secrets.token_bytes(_KEY_BYTES),
        )
        self._use_session(grant)
        if not self._store.put(grant_id, msgspec.json.encode(grant), self.seconds_of(grant)):
            raise _refused("the code was used twice")
        return grant

    def find(self, grant_id: str) -> Grant | None:
        """Return a grant that has not been revoked, of a session that goes on."""
        found = self._store.get(grant_id) if grant_id.startswith("grant:") else None
        if found is None or found == _REVOKED:
            return None
        grant = msgspec.json.decode(found, type=Grant)
        return grant if self._sessions.goes_on(grant.login.sid) else None

    def of_refresh_token(self, token: str) -> Grant:
        """Return the grant of the refresh token that can be used now; nothing is used up.

        Raises `OidcError` (``invalid_grant``).
        """
        grant, number = self._of(token)
        if number != grant.number:
            raise _refused("the refresh token was used before")
        return grant

    def refresh(self, token: str, client_id: str, scope: tuple[str, ...] = ()) -> Grant:
        """Renew a refresh token: the grant returned has the next one.

        A token that was renewed before revokes the grant: either its client or a thief has a newer
        one. Raises `OidcError` (``invalid_grant``; ``invalid_scope`` for a scope beyond that of
        the grant, and nothing changes).
        """
        grant, number = self._of(token)
        if grant.client_id != client_id:
            raise _refused("the refresh token is another client's")
        if not set(scope) <= set(grant.scope):
            raise OidcError(OidcErrorCode.INVALID_SCOPE, "scope has more than was granted")
        before, after = grant, msgspec.structs.replace(grant, number=number + 1)
        self._use_session(grant)
        seconds = self.seconds_of(after)
        encode = msgspec.json.encode
        if number != grant.number or not self._store.replace(
            grant.id, encode(before), encode(after), seconds
        ):
            self.revoke(grant.id)
            raise _refused("the refresh token was used before")
        return after

    def revoke_token(self, token: str, client_id: str) -> None:
        """Revoke the grant of a client's refresh token; any other token changes nothing
        (RFC 7009 2.2)."""
        try:
            grant, _ = self._of(token)
        except OidcError:
            return
        if grant.client_id == client_id:
            self.revoke(grant.id)

    def revoke(self, grant_id: str) -> None:
        """End a grant, or keep one from beginning while its code could still be used."""
        while not self._store.put(grant_id, _REVOKED, CODE_SECONDS):
            if self._store.get(grant_id) == _REVOKED:
                return
            self._store.take(grant_id)

    def seconds_of(self, grant: Grant) -> float:
        """Return how long a grant lives without being renewed: never beyond the session."""
        ends = grant.login.auth_time + psc.SESSION_SECONDS
        return min(psc.REFRESH_TOKEN_SECONDS, ends - self._clock.now().timestamp())

    def _use_session(self, grant: Grant) -> None:
        if not self._sessions.use(grant.login.sid):
            raise _refused("the session has ended")

    def _of(self, token: str) -> tuple[Grant, int]:
        """Return the grant of a genuine refresh token, and the number of the token."""
        grant_id, _, rest = token.partition(".")
        number, _, _ = rest.partition(".")
        grant = self.find(grant_id) if len(token) <= _LONGEST and token.isascii() else None
        if grant is None or not (number.isdecimal() and len(number) < 10):
            raise _refused("the refresh token is unknown, revoked or too old")
        if not hmac.compare_digest(_refresh_token(grant, int(number)), token):
            raise _refused("the refresh token is unknown, revoked or too old")
        return grant, int(number)


def _check_code(pending: PendingCode, request: TokenRequest, client_id: str) -> None:
    if pending.client_id != client_id:
        raise _refused("the code is another client's")
    if pending.redirect_uri != request.redirect_uri:
        raise _refused("redirect_uri is not the one of the authorization request")
    if not pending.challenge and request.code_verifier:
        # An attacker may have removed the challenge from the request (RFC 9700 4.8.2).
        raise _refused("code_verifier without a code_challenge before it")
    if pending.challenge and not verifier_fits(request.code_verifier, pending.challenge):
        raise _refused("code_verifier is not the one of the code_challenge")


def _name(kind: str, code: str) -> str:
    digest = hashlib.sha256(f"{kind} {code}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"{kind}:{digest}"


def _refresh_token(grant: Grant, number: int) -> str:
    named = f"{grant.id}.{number}"
    return f"{named}.{hmac.digest(grant.key, named.encode(), 'sha256').hex()}"


def _refused(description: str) -> OidcError:
    return OidcError(OidcErrorCode.INVALID_GRANT, description)
