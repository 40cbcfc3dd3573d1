# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The description of the API (OpenAPI 3.1), made of the operations and their structs."""

from functools import cache
from typing import Any

import msgspec

from caducee import __version__
from caducee.services.ordering.api.messages import ItemsMessage, LinkMessage, OrderMessage
from caducee.services.ordering.api.operation import (
    PATH_TYPES,
    Archive,
    NoAnswer,
    NoBody,
    NoQuery,
    Operation,
)
from caducee.services.ordering.api.problems import MEDIA_TYPE, Problem
from caducee.services.ordering.api.table import BASE, HEADERS, OPERATIONS

__all__ = ["document"]

type Schema = dict[str, Any]

_REF = "#/components/schemas/{name}"
_SAID = {
    400: "A parameter or the body cannot be used.",
    401: "No valid API key.",
    403: "None of your roles may do this.",
    404: "Not found, or owned by another account.",
    408: "The body did not arrive in time.",
    409: "This cannot be done now.",
    410: "The link was used, or its time is over.",
    412: "Somebody changed it since.",
    413: "The body is too large.",
    415: "The body is not said to be JSON.",
    422: "What was asked for cannot be made.",
    429: "Too many requests.",
    503: "The service failed.",
}


@cache
def document() -> Schema:
    """Return the OpenAPI document, in English."""
    schemas, components = _schemas()
    paths: dict[str, Schema] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(
            operation, schemas
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "caducee: orders of test cards",
            "version": __version__,
            "description": "From the catalogue to the card in hand.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": BASE}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _schemas() -> tuple[dict[object, Schema], dict[str, Schema]]:
    """Return the schema of every kind that is sent or taken, and those that they refer to."""
    kinds: list[Any] = [Problem]
    for operation in OPERATIONS:
        kinds += [
            kind
            for kind in (operation.answer, operation.body, operation.query)
            if kind not in kinds
        ]
    kinds += PATH_TYPES.values()
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    found: dict[object, Schema] = dict(zip(kinds, schemas, strict=True))
    for operation in OPERATIONS:
        found[operation.query] = components.get(operation.query.__name__, found[operation.query])
    queries = {item.query.__name__ for item in OPERATIONS}
    bare = {kind.__name__ for kind in (NoAnswer, NoBody, NoQuery, Archive)}
    kept = {name: item for name, item in components.items() if name not in queries | bare}
    return found, kept


def _operation(operation: Operation, schemas: dict[object, Schema]) -> Schema:
    said: Schema = {"operationId": operation.name, "summary": operation.text, "responses": {}}
    parameters = [
        *(_path(name, schemas) for name in PATH_TYPES if f"{{{name}}}" in operation.path),
        *_query(schemas[operation.query]),
        *({"in": "header", "name": name, "schema": HEADERS[name]} for name in operation.headers),
    ]
    if parameters:
        said["parameters"] = parameters
    if operation.body is not NoBody:
        content = {"application/json": {"schema": schemas[operation.body]}}
        said["requestBody"] = {"required": True, "content": content}
    said["responses"][str(operation.status)] = _answer(operation, schemas)
    for status in _refusals(operation):
        refusal = {MEDIA_TYPE: {"schema": schemas[Problem]}}
        said["responses"][str(status)] = {"description": _SAID[status], "content": refusal}
    return said


def _path(name: str, schemas: dict[object, Schema]) -> Schema:
    return {"in": "path", "name": name, "required": True, "schema": schemas[PATH_TYPES[name]]}


def _query(schema: Schema) -> list[Schema]:
    found = []
    for name, item in schema.get("properties", {}).items():
        plain = dict(item)
        text = {"description": plain.pop("description")} if "description" in plain else {}
        found.append({"in": "query", "name": name, "schema": plain, **text})
    return found


def _answer(operation: Operation, schemas: dict[object, Schema]) -> Schema:
    if operation.answer is NoAnswer:
        return {"description": "It is done."}
    if operation.answer is Archive:
        # What is binary has no schema (OpenAPI 3.1.0, 4.8.14.3).
        return {"description": "The archive.", "content": {"application/zip": {}}}
    text = (operation.answer.__doc__ or "").partition("\n")[0]
    content = {"application/json": {"schema": schemas[operation.answer]}}
    links = _links(operation)
    return {"description": text, "content": content, **({"links": links} if links else {})}


def _links(operation: Operation) -> Schema:
    """Return where an answer leads: the order, the cards or the letter that it names."""
    if operation.answer is LinkMessage:
        opens = {"secret": "$response.body#/secret"}
        return {"openLetter": {"operationId": "openLetter", "requestBody": opens}}
    if operation.answer is OrderMessage:
        return _leading("order", "$response.body#/number")
    if operation.answer is ItemsMessage:
        return _leading("card", "$response.body#/items/0/card")
    return {}


def _leading(part: str, value: str) -> Schema:
    return {
        operation.name: {"operationId": operation.name, "parameters": {part: value}}
        for operation in OPERATIONS
        if f"{{{part}}}" in operation.path
    }


def _refusals(operation: Operation) -> list[int]:
    """Return the statuses of all refusals that an operation may answer with."""
    body = (408, 413, 415, 422) if operation.body is not NoBody else ()
    path = (404,) if "{" in operation.path else ()
    return sorted({400, 401, 429, 503, *body, *path, *operation.refuses})
