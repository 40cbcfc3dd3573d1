# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Conditional requests (RFC 9110 section 13): what a client has already is not sent again."""

import datetime as dt

from starlette.requests import Request
from starlette.responses import Response

from caducee.services.publication.documents import Document
from caducee.services.web.dates import http_date, read_http_date

__all__ = ["respond"]

_SURE = dt.timedelta(seconds=2)


def respond(request: Request, document: Document, now: dt.datetime) -> Response:
    """Send a document, or say that the client has it already (304).

    The client asks again each time (``no-cache``): a list may be followed by the next at any
    moment.
    """
    headers = {"etag": f'"{document.tag}"', "cache-control": "no-cache"}
    # A list may follow another within the same second, which is all that a date tells: a date is
    # given only when that second is over (RFC 9110 8.8.2.1).
    if document.modified is not None and now - document.modified >= _SURE:
        headers["last-modified"] = http_date(document.modified)
    if _has_it(request, document):
        return Response(status_code=304, headers=headers)
    return Response(document.content, media_type=document.media_type, headers=headers)


def _has_it(request: Request, document: Document) -> bool:
    tags = request.headers.get("if-none-match")
    if tags is not None:  # then the date does not count (RFC 9110 13.1.3)
        known = [one.strip().removeprefix("W/").strip('"') for one in tags.split(",")]
        return document.tag in known or known == ["*"]
    since = read_http_date(request.headers.get("if-modified-since", ""))
    return since is not None and document.modified is not None and document.modified <= since
