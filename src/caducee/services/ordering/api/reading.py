# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a request says, read within bounds and understood."""

import re
from functools import cache
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request

from caducee.services.ordering.api.operation import PATH_TYPES, NoBody, Operation
from caducee.services.ordering.api.problems import ApiError
from caducee.services.ordering.api.table import HEADERS
from caducee.services.web.bodies import BodyError, BodyProblem, read_bounded
from caducee.spec import ours

__all__ = ["bearer", "body_of", "header", "path_of", "query_of"]

_BODY_SECONDS = 10.0
_LONGEST_QUERY = 4096
_MOST_PARAMETERS = 20


def bearer(request: Request) -> str:
    """Return the key of a request; empty without one (RFC 6750, 2.1)."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


@cache
def _path_type(name: str) -> msgspec.json.Decoder[str]:
    return msgspec.json.Decoder(PATH_TYPES[name])


def path_of(request: Request) -> dict[str, str]:
    """Return the variable parts of the path; what cannot be one leads nowhere (404)."""
    try:
        return {
            name: _path_type(name).decode(msgspec.json.encode(value))
            for name, value in request.path_params.items()
        }
    except (msgspec.ValidationError, UnicodeEncodeError):
        raise ApiError(404, "api.path_unknown") from None


def query_of(operation: Operation, request: Request) -> object:
    """Return the parameters. Raises `ApiError` (``api.parameter``)."""
    text = request.url.query
    try:
        if len(text) > _LONGEST_QUERY:
            raise ValueError("too long")
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
        )
        if len(dict(pairs)) != len(pairs):
            raise ValueError("given twice")
        return msgspec.convert(dict(pairs), operation.query, strict=False)
    except (ValueError, msgspec.ValidationError) as error:
        raise ApiError(400, "api.parameter", reason=str(error)) from None


def header(operation: Operation, request: Request, name: str) -> str | None:
    """Return a header that an operation knows. Raises `ApiError` (``api.parameter``)."""
    values = request.headers.getlist(name) if name in operation.headers else []
    if not values:
        return None
    if len(values) > 1 or not re.fullmatch(HEADERS[name]["pattern"], values[0]):
        raise ApiError(400, "api.parameter", reason=name)
    return values[0]


async def body_of(operation: Operation, request: Request) -> object:
    """Return the body, read within bounds of size and time.

    Raises `ApiError`: ``api.body_kind``, ``api.too_large``, ``api.too_slow``, ``api.body``.
    """
    if operation.body is NoBody:
        return NoBody()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise ApiError(415, "api.body_kind")
    data = await _read(request)
    try:
        return msgspec.convert(_integral(msgspec.json.decode(data)), operation.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ApiError(422, "api.body", reason=str(error)) from None


def _integral(value: object) -> object:
    """Return a value with 3 for each 3.0: to JSON Schema both are the same integer."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_integral(item) for item in value]
    if isinstance(value, dict):
        return {name: _integral(item) for name, item in value.items()}
    return value


async def _read(request: Request) -> bytes:
    most = ours.table("ordering").integer("api_body_most")
    try:
        return await read_bounded(request, most, seconds=_BODY_SECONDS)
    except BodyError as error:
        refused = {
            BodyProblem.TOO_LARGE: ApiError(413, "api.too_large", limit=most),
            BodyProblem.TOO_SLOW: ApiError(408, "api.too_slow"),
            BodyProblem.CUT_OFF: ApiError(400, "api.body", reason="-"),
        }[error.problem]
        raise refused.with_header("Connection", "close") from None
