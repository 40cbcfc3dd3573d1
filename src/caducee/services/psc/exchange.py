# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The token endpoint without HTTP: which client asks, and what it gets (RFC 6749 4.1.3, 5, 6)."""

from collections.abc import Mapping

import msgspec

from caducee.codec.oidc.credentials import ClientCredentials
from caducee.codec.oidc.errors import OidcError, OidcErrorCode
from caducee.codec.oidc.tokens import TokenAnswer, TokenRequest
from caducee.services.psc.clients import Client, Clients
from caducee.services.psc.grants import Grants
from caducee.services.psc.tokens import Tokens
from caducee.spec import psc

__all__ = ["authenticate", "exchange"]


def authenticate(authorization: str, form: Mapping[str, str], clients: Clients) -> Client:
    """Return the client that sent a form, by HTTP Basic or by secret in the form.

    Raises `OidcError`: ``invalid_request`` for two methods at once (RFC 6749 2.3),
    ``invalid_client`` otherwise.
    """
    if form.get("client_assertion"):
        raise OidcError(OidcErrorCode.INVALID_CLIENT, "client assertions are not allowed here")
    name, secret = form.get("client_id", ""), form.get("client_secret", "")
    if not authorization:
        return clients.authenticated(ClientCredentials(name, secret))
    if secret:
        description = "the client authenticates by the header and by the form"
        raise OidcError(OidcErrorCode.INVALID_REQUEST, description)
    credentials = ClientCredentials.from_header(authorization)
    if name not in {"", credentials.client_id}:
        description = "client_id is not the one of the Authorization header"
        raise OidcError(OidcErrorCode.INVALID_REQUEST, description)
    return clients.authenticated(credentials)


def exchange(request: TokenRequest, client: Client, grants: Grants, tokens: Tokens) -> TokenAnswer:
    """Return the tokens for a code or refresh token of a client.

    What the discovery document advertises and no client may use is ``unauthorized_client``.
    Raises `OidcError`.
    """
    match request.grant_type:
        case "authorization_code":
            return tokens.answer(grants.redeem(request, client.client_id))
        case "refresh_token":
            return _refreshed(request, client, grants, tokens)
        case "":
            raise OidcError(OidcErrorCode.INVALID_REQUEST, "grant_type is absent")
        case known if known in psc.GRANT_TYPES:
            description = "this client may not use this grant_type"
            raise OidcError(OidcErrorCode.UNAUTHORIZED_CLIENT, description)
        case _:
            raise OidcError(OidcErrorCode.UNSUPPORTED_GRANT_TYPE, "grant_type is unknown")


def _refreshed(
    request: TokenRequest, client: Client, grants: Grants, tokens: Tokens
) -> TokenAnswer:
    """Renew a refresh token; a smaller scope is that of these tokens alone (RFC 6749 6)."""
    grant = grants.refresh(request.refresh_token, client.client_id, request.scope)
    scope = request.scope or grant.scope
    return tokens.answer(msgspec.structs.replace(grant, scope=scope))
