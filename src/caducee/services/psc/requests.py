# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Which authorization requests are accepted (OpenID Connect Core 3.1.2.1, 3.1.2.2).

The discovery document of the true service advertises more than it allows; what is not allowed is
answered with the error of the standard. No answer leaves for a redirect URI that is not the
client's: before that is certain, the answer is a page for the person at the browser.
"""

from collections.abc import Mapping
from typing import Final

from caducee.base.errors import LoginRefusedError
from caducee.codec.oidc.authorization import AuthorizationRequest
from caducee.codec.oidc.errors import OidcError, OidcErrorCode
from caducee.codec.oidc.pkce import S256, is_challenge
from caducee.codec.oidc.redirects import is_registered, with_fragment, with_query
from caducee.services.psc.clients import Client, Clients
from caducee.spec import psc

__all__ = ["FORM_POST", "acr_of", "check_request", "client_of", "redirect_to", "scopes_of"]

FORM_POST: Final = "form_post"
"""The response mode whose answer is a form (OAuth 2.0 Form Post Response Mode)."""

_MODES: Final = frozenset({"", "query", "fragment", FORM_POST})
_PROMPTS: Final = frozenset({"none", "login", "consent", "select_account"})


def client_of(request: AuthorizationRequest, clients: Clients) -> Client:
    """Return the client of a request whose redirect URI is its own.

    Raises `LoginRefusedError`: ``psc.client_unknown``, ``psc.redirect_uri_unknown``.
    """
    client = clients.find(request.client_id)
    if client is None:
        raise LoginRefusedError("psc.client_unknown")
    if not is_registered(request.redirect_uri, client.redirect_uris):
        raise LoginRefusedError("psc.redirect_uri_unknown", client=client.name or client.client_id)
    return client


def check_request(request: AuthorizationRequest, client: Client) -> None:
    """Refuse what is not allowed. Raises `OidcError`, whose answer goes to the redirect URI."""
    _check_objects(request)
    _check_response(request)
    _check_scope(request)
    _check_prompt(request)
    _check_challenge(request, client)


def scopes_of(request: AuthorizationRequest) -> tuple[str, ...]:
    """Return the scopes that are granted: those asked for, and those every client has."""
    return tuple(dict.fromkeys((*request.scope, *psc.DEFAULT_SCOPES)))


def acr_of(request: AuthorizationRequest, forced: str = "") -> str:
    """Return the ``acr`` of a login by card, which satisfies every value.

    It is the first value asked for that is known; ``forced`` is the value that a setting names for
    every login.
    """
    asked = (value for value in request.acr_values if value in psc.ACR_VALUES)
    return forced or next(asked, psc.DEFAULT_ACR)


def redirect_to(request: AuthorizationRequest, answer: Mapping[str, str]) -> str:
    """Return where an answer goes by query or fragment; a form is written by a page."""
    add = with_fragment if request.response_mode == "fragment" else with_query
    return add(request.redirect_uri, answer)


def _check_objects(request: AuthorizationRequest) -> None:
    if request.request:
        raise OidcError(OidcErrorCode.REQUEST_NOT_SUPPORTED, "request objects are not supported")
    if request.request_uri:
        description = "request objects by reference are not supported"
        raise OidcError(OidcErrorCode.REQUEST_URI_NOT_SUPPORTED, description)


def _check_response(request: AuthorizationRequest) -> None:
    if not request.response_type:
        raise _invalid("response_type is absent")
    asked = sorted(request.response_type.split())
    if asked != ["code"]:
        if asked in [sorted(item.split()) for item in psc.RESPONSE_TYPES]:
            description = "this client may use response_type code alone"
            raise OidcError(OidcErrorCode.UNAUTHORIZED_CLIENT, description)
        raise OidcError(OidcErrorCode.UNSUPPORTED_RESPONSE_TYPE, "response_type is unknown")
    if request.response_mode not in _MODES:
        raise _invalid("response_mode must be query, fragment or form_post")


def _check_scope(request: AuthorizationRequest) -> None:
    if "openid" not in request.scope:
        raise OidcError(OidcErrorCode.INVALID_SCOPE, "scope must have openid")
    if not set(request.scope) <= set(psc.SCOPES):
        raise OidcError(OidcErrorCode.INVALID_SCOPE, "scope has an unknown value")


def _check_prompt(request: AuthorizationRequest) -> None:
    if not set(request.prompt) <= _PROMPTS:
        raise _invalid("prompt has an unknown value")
    if "none" in request.prompt and len(request.prompt) > 1:
        raise _invalid("prompt none stands alone")


def _check_challenge(request: AuthorizationRequest, client: Client) -> None:
    if not request.code_challenge:
        if client.pkce_required or request.code_challenge_method:
            raise _invalid("code_challenge is absent")
        return
    # A challenge without a method is "plain" (RFC 7636 4.3), which protects from nobody.
    if request.code_challenge_method != S256:
        raise _invalid("code_challenge_method must be S256")
    if not is_challenge(request.code_challenge):
        raise _invalid("code_challenge is not the form of S256")


def _invalid(description: str) -> OidcError:
    return OidcError(OidcErrorCode.INVALID_REQUEST, description)
