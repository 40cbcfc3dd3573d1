# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Access and ID tokens, signed; what they say is what published tokens of a card login say.

The true service's access token has no ``aud``; the claim ``typ`` distinguishes it from an ID token,
so that neither is taken for the other. Both name their grant in ``jti``: a revoked grant ends its
tokens before their time.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from typing import Final

from joserfc import jwt
from joserfc.errors import JoseError

from caducee.base.clock import Clock
from caducee.codec.oidc.errors import OidcError, OidcErrorCode
from caducee.codec.oidc.tokens import IdTokenClaims, TokenAnswer
from caducee.services.psc.clients import Client
from caducee.services.psc.grants import Grant, Grants
from caducee.services.psc.keys import ALGORITHM, SigningKeys
from caducee.services.psc.userinfo import other_ids
from caducee.spec import psc

__all__ = ["Tokens"]

_BEARER: Final = "Bearer"
_ID: Final = "ID"
_GRANT: Final = "grant:"
_UNIQUE_BYTES: Final = 8


class Tokens:
    """Makes the tokens of grants, and knows them again."""

    def __init__(self, issuer: str, keys: SigningKeys, grants: Grants, clock: Clock) -> None:
        self._issuer = issuer
        self._keys = keys
        self._grants = grants
        self._clock = clock

    def answer(self, grant: Grant) -> TokenAnswer:
        """Return what the token endpoint answers for a grant."""
        access = self._signed(self._access_claims(grant))
        id_token = self._signed(self._id_claims(grant, access))
        return TokenAnswer(
            access_token=access,
            expires_in=psc.ACCESS_TOKEN_SECONDS,
            refresh_expires_in=int(self._grants.seconds_of(grant)),
            refresh_token=grant.refresh_token,
            token_type=_BEARER,
            id_token=id_token,
            session_state=grant.login.sid,
            scope=" ".join(grant.scope),
        )

    def grant_of(self, access_token: str) -> Grant:
        """Return the grant of an access token that is valid now.

        Raises `OidcError` (``invalid_token``).
        """
        return self._checked(access_token)[0]

    def introspect(self, token: str, client: Client) -> dict[str, object]:
        """Return what a client may know of a token (RFC 7662 2.2).

        A token that is not valid, and one of a client that is not its affair, are both inactive
        and nothing more.
        """
        try:
            grant, claims = self._access_or_refresh(token)
        except OidcError:
            return {"active": False}
        if grant.client_id != client.client_id and not _may_ask(client, grant.client_id):
            return {"active": False}
        ps_idnat = grant.login.ps_idnat
        return {
            **claims,
            "client_id": grant.client_id,
            "username": ps_idnat,
            "email_verified": False,
            "active": True,
        }

    def revoke(self, token: str, client: Client) -> None:
        """End the grant of an access or refresh token of a client; any other token changes
        nothing (RFC 7009 2.2)."""
        try:
            grant, _ = self._checked(token)
        except OidcError:
            self._grants.revoke_token(token, client.client_id)
            return
        if grant.client_id == client.client_id:
            self._grants.revoke(grant.id)

    def _access_or_refresh(self, token: str) -> tuple[Grant, Mapping[str, object]]:
        """Return grant and claims of a token; only an access token names the holder
        (services.md 1.5)."""
        try:
            grant, claims = self._checked(token)
            return grant, {**claims, "SubjectNameID": grant.login.ps_idnat}
        except OidcError:
            grant = self._grants.of_refresh_token(token)
            now = int(self._clock.now().timestamp())
            ends = now + int(self._grants.seconds_of(grant))
            return grant, {**self._common(grant), "typ": "Refresh", "exp": ends}

    def _checked(self, token: str) -> tuple[Grant, Mapping[str, object]]:
        """Return grant and claims of a genuine access token of a grant that goes on."""
        keys = self._keys.verifying()
        try:
            claims = jwt.decode(token, keys, algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError, TypeError):  # TypeError: "crit" is not a list
            raise _invalid() from None
        ends, name = claims.get("exp"), claims.get("jti")
        if claims.get("typ") != _BEARER or claims.get("iss") != self._issuer:
            raise _invalid()
        if type(ends) is not int or self._clock.now().timestamp() >= ends:
            raise _invalid()
        grant = self._grants.find(_GRANT + str(name).partition(":")[0])
        if grant is None:
            raise _invalid()
        return grant, claims

    def _common(self, grant: Grant) -> dict[str, object]:
        login = grant.login
        return {
            "iss": self._issuer,
            "sub": psc.SUB_PREFIX + login.ps_idnat,
            "azp": grant.client_id,
            "session_state": login.sid,
            "sid": login.sid,
            "acr": login.acr,
            "scope": " ".join(grant.scope),
        }

    def _access_claims(self, grant: Grant) -> dict[str, object]:
        login, common = grant.login, self._common(grant)
        nonce = {"nonce": grant.nonce} if grant.nonce else {}
        return {
            **self._times(grant),
            "jti": _unique(grant),
            "typ": _BEARER,
            **common,
            **nonce,
            "authMode": login.auth_mode,
            "otherIds": other_ids(login.ps_idnat),
            "preferred_username": login.ps_idnat,
        }

    def _id_claims(self, grant: Grant, access_token: str) -> dict[str, object]:
        login, times = grant.login, self._times(grant)
        others = {
            "jti": _unique(grant),
            "typ": _ID,
            "at_hash": _half_hash(access_token),
            "session_state": login.sid,
            "authMode": login.auth_mode,
            "otherIds": other_ids(login.ps_idnat),
            "SubjectNameID": login.ps_idnat,
            "preferred_username": login.ps_idnat,
            "given_name": login.given_name,
            "family_name": login.family_name,
        }
        return IdTokenClaims(
            iss=self._issuer,
            sub=psc.SUB_PREFIX + login.ps_idnat,
            aud=(grant.client_id,),
            nonce=grant.nonce,
            acr=login.acr,
            azp=grant.client_id,
            sid=login.sid,
            others=others,
            **times,
        ).to_claims()

    def _times(self, grant: Grant) -> dict[str, int]:
        now = int(self._clock.now().timestamp())
        ends = now + psc.ACCESS_TOKEN_SECONDS
        return {"exp": ends, "iat": now, "auth_time": grant.login.auth_time}

    def _signed(self, claims: dict[str, object]) -> str:
        key = self._keys.current()
        return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, claims, key)


def _may_ask(client: Client, about: str) -> bool:
    return "*" in client.introspects or about in client.introspects


def _unique(grant: Grant) -> str:
    """Return a name for one token, which begins with that of its grant."""
    return f"{grant.id.removeprefix(_GRANT)}:{secrets.token_hex(_UNIQUE_BYTES)}"


def _half_hash(token: str) -> str:
    """Return ``at_hash`` (OpenID Connect Core 3.1.3.6)."""
    half = hashlib.sha256(token.encode("ascii")).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode()


def _invalid() -> OidcError:
    return OidcError(OidcErrorCode.INVALID_TOKEN, "the access token is not valid")
