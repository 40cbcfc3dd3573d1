# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The Annuaire Santé as an ASGI application.

::

    GET  /fhir/v2/metadata           CapabilityStatement, for everybody
    GET  /fhir/v2/KIND               search; KIND: Practitioner, PractitionerRole, Organization,
                                     HealthcareService, Device
    POST /fhir/v2/KIND/_search       search, the parameters in the body
    GET  /fhir/v2/KIND/ID            one resource
    GET  /fhir/v2/_page?id=…         a further page, as a bundle names it

Everything but the statement needs an API key. Every refusal is an OperationOutcome. The same is
found under ``/fhir``, as the documentation of the interface writes it in places.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from caducee.base.clock import Clock
from caducee.base.errors import CpsError
from caducee.directory.registry import Registry
from caducee.services.annuaire.capability import capability
from caducee.services.annuaire.forms import Form
from caducee.services.annuaire.limits import ClientLimits
from caducee.services.annuaire.outcomes import OutcomeError
from caducee.services.annuaire.parameters import Parameters
from caducee.services.annuaire.searches import Searches
from caducee.services.annuaire.settings import AnnuaireSettings
from caducee.services.annuaire.tables import PARAMETERS

__all__ = ["BASE", "create_app"]

BASE: Final = "/fhir/v2"
"""Path of the interface, as at the ANS."""

_BASES: Final = (BASE, "/fhir")

_LARGEST_BODY = 65_536
_BODY_SECONDS = 10.0
_MOST_PARAMETERS = 50
_FORM = "application/x-www-form-urlencoded"

type _Handler = Callable[[Request], Awaitable[Response]]


def create_app(
    registry: Registry,
    clock: Clock,
    settings: AnnuaireSettings | None = None,
    *,
    gate: ClientLimits | None = None,
    body_seconds: float = _BODY_SECONDS,
) -> Starlette:
    """Return the application on a registry; ``gate`` decides who may ask (default: by settings)."""
    settings = settings or AnnuaireSettings()
    views = _Views(Searches(registry, settings, clock), clock, body_seconds)
    gate = gate or ClientLimits(settings)

    def guarded(view: _Handler, *, key: bool = True) -> _Handler:
        async def endpoint(request: Request) -> Response:
            try:
                if key:
                    gate.check(request)
                return await view(request)
            except OutcomeError as refusal:
                return _refused(request, refusal)
            except CpsError as error:
                return _refused(request, OutcomeError(503, "transient", error.sentence()))

        return endpoint

    def routes(base: str) -> list[Route]:
        def route(path: str, view: _Handler, method: str = "GET") -> Route:
            return Route(base + path, guarded(view), methods=[method])

        return [
            Route(f"{base}/metadata", guarded(views.metadata, key=False), methods=["GET"]),
            route("/_page", views.page),
            *(route(f"/{kind}", views.search(kind)) for kind in PARAMETERS),
            *(route(f"/{kind}/_search", views.search(kind), "POST") for kind in PARAMETERS),
            *(route(f"/{kind}/{{name}}", views.read(kind)) for kind in PARAMETERS),
        ]

    return Starlette(
        routes=[route for base in _BASES for route in routes(base)],
        exception_handlers={HTTPException: _http_error},
    )


def _refused(request: Request, refusal: OutcomeError) -> Response:
    try:
        form = Form.of(request)
    except OutcomeError:
        form = Form()
    return form.answer(refusal.outcome(), refusal.status, refusal.headers)


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else None
    text = f"{request.method} is not known here." if status == 405 else "There is nothing here."
    code = "not-supported" if status == 405 else "not-found"
    return _refused(request, OutcomeError(status, code, text, headers))


class _Views:
    def __init__(self, searches: Searches, clock: Clock, body_seconds: float) -> None:
        self._searches = searches
        self._clock = clock
        self._body_seconds = body_seconds

    async def metadata(self, request: Request) -> Response:
        return Form.of(request).answer(capability(_base(request), self._clock.now()))

    async def page(self, request: Request) -> Response:
        form, token = Form.of(request), request.query_params.get("id", "")
        return form.answer(await run_in_threadpool(self._searches.page, token, _base(request)))

    def read(self, kind: str) -> _Handler:
        async def view(request: Request) -> Response:
            form, name = Form.of(request), request.path_params["name"]
            found = await run_in_threadpool(self._searches.read, kind, name)
            return form.read(request, found)

        return view

    def search(self, kind: str) -> _Handler:
        async def view(request: Request) -> Response:
            form, parameters = Form.of(request), _parsed(request.url.query)
            if request.method == "POST":
                parameters = [*parameters, *_parsed(await self._body(request))]
            base = _base(request)
            found = await run_in_threadpool(self._searches.search, kind, parameters, base)
            return form.answer(found)

        return view

    async def _body(self, request: Request) -> str:
        if request.headers.get("content-type", "").partition(";")[0].strip() != _FORM:
            raise OutcomeError(415, "not-supported", f"The body of a search is {_FORM}.")
        data = b""
        try:
            async with asyncio.timeout(self._body_seconds):
                async for part in request.stream():
                    data += part
                    if len(data) > _LARGEST_BODY:
                        raise OutcomeError(413, "too-long", "The body is too large.")
            return data.decode()
        except TimeoutError:
            raise OutcomeError(408, "timeout", "The body did not arrive in time.") from None
        except (UnicodeDecodeError, ClientDisconnect):
            raise OutcomeError(400, "structure", "The body cannot be read.") from None


def _parsed(query: str) -> Parameters:
    if len(query) > _LARGEST_BODY:
        raise OutcomeError(414, "too-long", "The query is too long.")
    try:
        return parse_qsl(
            query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
        )
    except ValueError:
        raise OutcomeError(400, "structure", "The parameters cannot be read.") from None


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{BASE}"
