# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The form of an answer: JSON or XML, indented or not (FHIR R4, 3.1.0.1.11), and its headers."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final, cast
from xml.sax.saxutils import quoteattr

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from caducee.services.annuaire.outcomes import OutcomeError, Resource, wrong
from caducee.services.web.dates import http_date, read_http_date

__all__ = ["Form", "Media"]

_NAMESPACE: Final = "http://hl7.org/fhir"


@unique
class Media(StrEnum):
    """The media types of resources."""

    JSON = "application/fhir+json"
    XML = "application/fhir+xml"


_NAMES: Final = {
    "*/*": Media.JSON,
    "application/*": Media.JSON,
    "application/fhir+json": Media.JSON,
    "application/fhir+xml": Media.XML,
    "application/json": Media.JSON,
    "application/json+fhir": Media.JSON,
    "application/xml": Media.XML,
    "application/xml+fhir": Media.XML,
    "json": Media.JSON,
    "text/json": Media.JSON,
    "text/xml": Media.XML,
    "xml": Media.XML,
}


@dataclass(frozen=True, slots=True)
class Form:
    """The form of an answer."""

    media: Media = Media.JSON
    pretty: bool = False

    @classmethod
    def of(cls, request: Request) -> "Form":
        """Return what ``_format``, ``_pretty`` and ``Accept`` ask for.

        Raises `OutcomeError` (400 for a parameter, 406 for an unknown form).
        """
        pretty = request.query_params.get("_pretty", "false")
        if pretty not in ("true", "false"):
            raise wrong("_pretty", pretty)
        named = request.query_params.get("_format")
        # A plus sign in a query reads as a space.
        asked = [named.replace(" ", "+")] if named is not None else _accepted(request)
        found = next((_NAMES[name] for name in asked if name in _NAMES), None)
        if found is None:
            raise OutcomeError(406, "not-supported", "Answers are JSON or XML.")
        return cls(found, pretty == "true")

    def answer(
        self, resource: Resource, status: int = 200, headers: dict[str, str] | None = None
    ) -> Response:
        """Return a resource as an answer."""
        return Response(self._body(resource), status, headers, f"{self.media};charset=utf-8")

    def read(self, request: Request, resource: Resource) -> Response:
        """Return one resource with its validators, or 304 when the client has it already.

        The weak ETag is made of the content: certificates change without their holder's record.
        """
        meta = cast("Resource", resource["meta"])
        changed = dt.datetime.fromisoformat(str(meta["lastUpdated"]))
        digest = hashlib.sha256(msgspec.json.encode(resource)).hexdigest()[:16]
        headers = {"etag": f'W/"{digest}"', "last-modified": http_date(changed)}
        if _is_known(request, headers["etag"], changed):
            return Response(status_code=304, headers=headers)
        return self.answer(resource, headers=headers)

    def _body(self, resource: Resource) -> bytes:
        if self.media is Media.XML:
            return "".join(_document(resource, self.pretty)).encode()
        body = msgspec.json.encode(resource)
        return msgspec.json.format(body, indent=2) if self.pretty else body


def _accepted(request: Request) -> list[str]:
    """Return the media types of the Accept header, the best first."""
    weighted = []
    for part in request.headers.get("accept", "*/*").split(","):
        name, *parameters = (text.strip().lower() for text in part.split(";"))
        quality = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        if quality.strip("0.") or quality == "":
            weighted.append((quality[:5], name))
    return [name for _, name in sorted(weighted, key=lambda pair: pair[0], reverse=True)]


def _is_known(request: Request, etag: str, changed: dt.datetime) -> bool:
    """Tell whether a condition of the request says that the client has this (RFC 9110, 13.2.2)."""
    known = request.headers.get("if-none-match")
    if known is not None:
        return "*" in known or etag in known
    since = read_http_date(request.headers.get("if-modified-since", ""))
    return since is not None and changed.replace(microsecond=0) <= since


# XML (FHIR R4, 2.6.1): elements in the order in which a resource has them


def _document(resource: Resource, pretty: bool) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield from _resource(resource, "\n" if pretty else "", f' xmlns="{_NAMESPACE}"')


def _resource(resource: Resource, indent: str, namespace: str = "") -> Iterator[str]:
    kind = resource["resourceType"]
    yield f"{indent}<{kind}{namespace}>"
    for name, value in resource.items():
        if name != "resourceType":
            yield from _element(name, value, indent and f"{indent}  ")
    yield f"{indent}</{kind}>"


def _element(name: str, value: object, indent: str) -> Iterator[str]:
    if isinstance(value, list):
        for part in value:
            yield from _element(name, part, indent)
    elif isinstance(value, dict):
        yield from _complex(name, value, indent)
    else:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        yield f"{indent}<{name} value={quoteattr(text)}/>"


def _complex(name: str, value: Resource, indent: str) -> Iterator[str]:
    url = f" url={quoteattr(str(value['url']))}" if name == "extension" else ""
    yield f"{indent}<{name}{url}>"
    inner = indent and f"{indent}  "
    if "resourceType" in value:
        yield from _resource(value, inner)
    else:
        for part, content in value.items():
            if not (url and part == "url"):
                yield from _element(part, content, inner)
    yield f"{indent}</{name}>"
