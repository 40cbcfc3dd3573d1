# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The API as an ASGI application, or as routes beside the pages of a site.

Every operation stands in `caducee.services.ordering.api.table`; its routes, and the description at
``/api/v1/openapi.json``, follow from there. Every request but the one for the description needs
the API key of an account; every refusal is a problem (RFC 9457).
"""

import abc
import logging
from collections.abc import Iterable

import msgspec
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from caducee.base.errors import CpsError, LoginRefusedError
from caducee.services.ordering.api.call_limit import CallLimit
from caducee.services.ordering.api.keys import ApiKeys, Caller
from caducee.services.ordering.api.openapi import document
from caducee.services.ordering.api.operation import Call, NoAnswer, Operation
from caducee.services.ordering.api.problems import ApiError, problem
from caducee.services.ordering.api.reading import bearer, body_of, header, path_of, query_of
from caducee.services.ordering.api.table import BASE, OPERATIONS
from caducee.services.ordering.service import Ordering
from caducee.services.web.headers import SecurityHeadersMiddleware
from caducee.services.web.language import LanguageMiddleware
from caducee.spec import ours

__all__ = ["BASE", "api_routes", "create_api"]

_log = logging.getLogger(__name__)


def api_routes(ordering: Ordering, *, calls_per_second: int | None = None) -> list[Route]:
    """Return the routes of the API, for a site that has other pages too.

    ``calls_per_second`` of one key (0: no bound; default: ours).
    """
    own = ours.table("ordering").integer("api_calls_per_second")
    doors = _Doors(ordering, CallLimit(own if calls_per_second is None else calls_per_second))
    paths: dict[str, list[Operation]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, []).append(operation)
    return [
        Route(f"{BASE}/openapi.json", _Description()),
        *(Route(BASE + path, _Place(doors, found)) for path, found in paths.items()),
        Route(f"{BASE}{{rest:path}}", _Nothing()),
    ]


def create_api(
    ordering: Ordering, *, calls_per_second: int | None = None, strict: bool = False
) -> Starlette:
    """Return an application that is the API alone; ``strict``: whether it is behind TLS only."""
    return Starlette(
        routes=[
            *api_routes(ordering, calls_per_second=calls_per_second),
            Route("/{rest:path}", _Nothing()),
        ],
        middleware=[
            Middleware(SecurityHeadersMiddleware, strict=strict),
            Middleware(LanguageMiddleware),
        ],
    )


class _Doors:
    """Who may come in."""

    def __init__(self, ordering: Ordering, gate: CallLimit) -> None:
        self.ordering = ordering
        self._keys = ApiKeys(ordering.registry)
        self._gate = gate

    async def enter(self, request: Request) -> Caller:
        """Return who asks. Raises `ApiError` (``api.key_wrong``, ``api.busy``, those of
        `ApiKeys.find`)."""
        try:
            found = await run_in_threadpool(self._keys.find, bearer(request))
        except LoginRefusedError as error:
            if error.code == "relying.directory_unavailable":
                raise ApiError(503, "api.fault") from error
            refused = ApiError(401, error.code, **error.facts)
            raise refused.with_header("WWW-Authenticate", "Bearer") from error
        if found is None:
            self._gate.enter(f"address:{request.client.host if request.client else ''}")
            raise ApiError(401, "api.key_wrong").with_header("WWW-Authenticate", "Bearer")
        self._gate.enter(f"key:{found.key}")
        return found

    def note(self, request: Request) -> None:
        """Note the use of a key; a failure goes to the log."""
        try:
            self._keys.note_use(bearer(request))
        except CpsError as error:
            _log.warning("the use of a key is not noted: %s", error.code)


class _Endpoint(abc.ABC):
    """Answers by method at one path; a method that is not known is refused with those that are."""

    methods: tuple[str, ...]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            answer = await self.answer(request)
        except CpsError as error:
            if not isinstance(error, ApiError):
                _log.info("%s %s: %s", request.method, scope["path"], error.code)
            answer = problem(error)
        except Exception:
            _log.exception("%s %s", request.method, scope["path"])
            answer = problem(ApiError(500, "api.fault"))
        await answer(scope, receive, send)

    @abc.abstractmethod
    async def answer(self, request: Request) -> Response:
        """Return the answer."""

    def _known(self, request: Request) -> str:
        """Return the method. Raises `ApiError` (``api.method``)."""
        method = "GET" if request.method == "HEAD" else request.method
        if method not in self.methods:
            allowed = (*self.methods, "HEAD") if "GET" in self.methods else self.methods
            refused = ApiError(405, "api.method", method=request.method)
            raise refused.with_header("Allow", ", ".join(allowed))
        return method


class _Nothing(_Endpoint):
    async def answer(self, request: Request) -> Response:
        raise ApiError(404, "api.path_unknown")


class _Description(_Endpoint):
    methods = ("GET",)

    async def answer(self, request: Request) -> Response:
        self._known(request)
        return Response(msgspec.json.encode(document()), media_type="application/json")


class _Place(_Endpoint):
    def __init__(self, doors: _Doors, operations: Iterable[Operation]) -> None:
        self._doors = doors
        self._operations = {operation.method: operation for operation in operations}
        self.methods = tuple(self._operations)

    async def answer(self, request: Request) -> Response:
        operation = self._operations[self._known(request)]
        caller = await self._doors.enter(request)
        version = header(operation, request, "If-Match")
        call = Call(
            ordering=self._doors.ordering,
            caller=caller,
            path=path_of(request),
            query=query_of(operation, request),
            body=await body_of(operation, request),
            request_key=header(operation, request, "Idempotency-Key"),
            version=int(version.strip('"')) if version else None,
        )
        answer = _said(await run_in_threadpool(operation.does, call), operation)
        if caller.unnoted:
            answer.background = BackgroundTask(self._doors.note, request)
        return answer


def _said(made: object, operation: Operation) -> Response:
    if isinstance(made, Response):
        return made
    if isinstance(made, NoAnswer):
        return Response(status_code=operation.status)
    return Response(msgspec.json.encode(made), operation.status, media_type="application/json")
