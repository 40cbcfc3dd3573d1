# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The endpoints for programs, as an ASGI application.

Below the issuer, at the paths of `spec.psc`: both discovery documents, JWKS, token, userinfo,
introspection, revocation. Every refusal is the JSON of the standard (RFC 6749 5.2, RFC 6750 3).
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from caducee.base.errors import CpsError
from caducee.codec.oidc.credentials import bearer_token
from caducee.codec.oidc.errors import OidcError, OidcErrorCode
from caducee.codec.oidc.parameters import parse_parameters
from caducee.codec.oidc.tokens import TokenRequest
from caducee.directory.person_records import PersonRecord
from caducee.services.psc.clients import Client, Clients
from caducee.services.psc.discovery import discovery
from caducee.services.psc.exchange import authenticate, exchange
from caducee.services.psc.grants import Grants
from caducee.services.psc.keys import SigningKeys
from caducee.services.psc.tokens import Tokens
from caducee.services.psc.userinfo import userinfo_of
from caducee.services.web.answers import json_response
from caducee.services.web.bodies import BodyError, read_bounded
from caducee.spec import psc
from caducee.spec.psc import Path

__all__ = ["Provider", "create_app"]

_log = logging.getLogger(__name__)

_LARGEST_BODY: Final = 65_536
_BODY_SECONDS: Final = 10.0
_FORM: Final = "application/x-www-form-urlencoded"
_NO_STORE: Final = {"cache-control": "no-store", "pragma": "no-cache"}
_STATUS: Final = {
    OidcErrorCode.INVALID_CLIENT: 401,
    OidcErrorCode.INVALID_TOKEN: 401,
    OidcErrorCode.TEMPORARILY_UNAVAILABLE: 503,
}
"""Of answers with an error; 400 for the others (RFC 6749 5.2)."""

_NOT_ALLOWED: Final = (Path.DEVICE, Path.CIBA, Path.PUSHED)
"""Endpoints that are advertised and that no client may use."""

type _Handler = Callable[[Request], Awaitable[Response]]
type _Answer = Callable[[Mapping[str, str], Client], Response]


@dataclass(frozen=True, kw_only=True)
class Provider:
    """What the endpoints work with."""

    issuer: str
    authorization: str
    """Whole URL of the authorization endpoint, which is on a host of its own."""
    clients: Clients
    grants: Grants
    keys: SigningKeys
    tokens: Tokens
    holder: Callable[[str], PersonRecord | None]
    """Finds a holder in the directory by PS_IdNat."""
    strict: bool = False
    """Whether to advertise only what is allowed."""


def create_app(provider: Provider) -> Starlette:
    """Return the application; a server gives it TLS, or a front does."""
    views = _Views(provider)
    base = urlsplit(provider.issuer).path
    not_allowed = () if provider.strict else _NOT_ALLOWED

    def route(path: str, view: _Handler, *methods: str) -> Route:
        return Route(base + path, _guarded(view), methods=methods)

    return Starlette(
        routes=[
            *(route(path, views.discovery, "GET") for path in psc.DISCOVERY_PATHS),
            route(Path.CERTS, views.certs, "GET"),
            route(Path.TOKEN, views.with_client(views.token), "POST"),
            route(Path.INTROSPECTION, views.with_client(views.introspection), "POST"),
            route(Path.REVOCATION, views.with_client(views.revocation), "POST"),
            route(Path.USERINFO, views.userinfo, "GET", "POST"),
            *(route(path, views.with_client(_not_allowed), "POST") for path in not_allowed),
        ]
    )


class _Views:
    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._discovery = discovery(provider.issuer, provider.authorization, strict=provider.strict)

    async def discovery(self, _: Request) -> Response:
        return json_response(self._discovery)

    async def certs(self, _: Request) -> Response:
        return json_response(await run_in_threadpool(self._provider.keys.published))

    def with_client(self, answer: _Answer) -> _Handler:
        """Return a view that reads the form and authenticates its client."""

        def answered(authorization: str, form: Mapping[str, str]) -> Response:
            return answer(form, authenticate(authorization, form, self._provider.clients))

        async def view(request: Request) -> Response:
            form = await _form(request)
            return await run_in_threadpool(answered, _authorization(request), form)

        return view

    def token(self, form: Mapping[str, str], client: Client) -> Response:
        request, provider = TokenRequest.from_parameters(form), self._provider
        found = exchange(request, client, provider.grants, provider.tokens)
        return Response(found.to_json(), headers=_NO_STORE, media_type="application/json")

    def introspection(self, form: Mapping[str, str], client: Client) -> Response:
        token = _token_in(form)
        return _json(self._provider.tokens.introspect(token, client))

    def revocation(self, form: Mapping[str, str], client: Client) -> Response:
        token = _token_in(form)
        self._provider.tokens.revoke(token, client)
        return Response(headers=_NO_STORE)

    async def userinfo(self, request: Request) -> Response:
        token = bearer_token(_authorization(request))
        if token is None and request.method == "POST":
            token = (await _form(request)).get("access_token")
        if token is None:
            # RFC 6750 3.1: who brings no token is given no error code.
            return Response(status_code=401, headers={"www-authenticate": "Bearer"} | _NO_STORE)
        return await run_in_threadpool(self._userinfo, token)

    def _userinfo(self, token: str) -> Response:
        login = self._provider.tokens.grant_of(token).login
        return _json(userinfo_of(login, self._provider.holder(login.ps_idnat)))


def _guarded(view: _Handler) -> _Handler:
    async def endpoint(request: Request) -> Response:
        try:
            return await view(request)
        except OidcError as error:
            return _refused(error)
        except BodyError as error:
            description = f"the body is {error.problem}"
            answer = _refused(OidcError(OidcErrorCode.INVALID_REQUEST, description))
            answer.headers["connection"] = "close"
            return answer
        except CpsError as error:  # store, directory or keys
            _log.error("no answer to a client: %s", error.code)
            description = "try again in a moment"
            return _refused(OidcError(OidcErrorCode.TEMPORARILY_UNAVAILABLE, description))

    return endpoint


async def _form(request: Request) -> dict[str, str]:
    body = await read_bounded(request, _LARGEST_BODY, seconds=_BODY_SECONDS)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        raise OidcError(OidcErrorCode.INVALID_REQUEST, f"the body must be {_FORM}")
    return parse_parameters(body.decode("ascii", "replace"))


def _authorization(request: Request) -> str:
    """Return the one ``Authorization`` header; two are refused, since readers could differ."""
    found = request.headers.getlist("authorization")
    if len(found) > 1:
        raise OidcError(OidcErrorCode.INVALID_REQUEST, "two Authorization headers")
    return found[0] if found else ""


def _not_allowed(_: Mapping[str, str], __: Client) -> Response:
    description = "this client may not use this endpoint"
    raise OidcError(OidcErrorCode.UNAUTHORIZED_CLIENT, description)


def _token_in(form: Mapping[str, str]) -> str:
    token = form.get("token", "")
    if not token:
        raise OidcError(OidcErrorCode.INVALID_REQUEST, "token is absent")
    return token


def _json(content: Mapping[str, object], status: int = 200) -> Response:
    answer = json_response(content, status)
    answer.headers.update(_NO_STORE)
    return answer


def _refused(error: OidcError) -> Response:
    content = {"error": error.error.value, "error_description": error.description}
    answer = _json(content, _STATUS.get(error.error, 400))
    if error.error is OidcErrorCode.INVALID_CLIENT:
        answer.headers["www-authenticate"] = 'Basic realm="esante-wallet"'
    if error.error is OidcErrorCode.INVALID_TOKEN:
        answer.headers["www-authenticate"] = 'Bearer error="invalid_token"'
    return answer
