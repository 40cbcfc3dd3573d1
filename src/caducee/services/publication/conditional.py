# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Conditional requests and ranges (RFC 9110 sections 13, 14): nothing is sent twice.

What a client has already is not sent again, and a download that broke off goes on where it ended.
"""

import datetime as dt
import re

from starlette.requests import Request
from starlette.responses import Response

from caducee.services.publication.documents import Document
from caducee.services.web.dates import http_date, read_http_date
from caducee.spec import igc

__all__ = ["respond"]

_SURE = dt.timedelta(seconds=2)
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def respond(request: Request, document: Document, now: dt.datetime) -> Response:
    """Send a document, or say that the client has it already (304).

    A list may be kept for a few minutes, never beyond its nextUpdate: a revocation is known
    everywhere after them. All else is asked for again each time (``no-cache``).
    """
    headers = {
        "etag": f'"{document.tag}"',
        "cache-control": _kept(document, now),
        "accept-ranges": "bytes",
    }
    # A list may follow another within the same second, the resolution of a date: a date is
    # given only when that second is over (RFC 9110 8.8.2.1).
    if document.modified is not None and now - document.modified >= _SURE:
        headers["last-modified"] = http_date(document.modified)
    if _has_it(request, document):
        return Response(status_code=304, headers=headers)
    wanted = _range(request, document)
    if wanted is None:
        return Response(document.content, media_type=document.media_type, headers=headers)
    size = len(document.content)
    if not wanted:
        return Response(status_code=416, headers=headers | {"content-range": f"bytes */{size}"})
    headers["content-range"] = f"bytes {wanted[0]}-{wanted[-1]}/{size}"
    part = document.content[wanted.start : wanted.stop]
    return Response(part, 206, media_type=document.media_type, headers=headers)


def _kept(document: Document, now: dt.datetime) -> str:
    if document.next_update is None or document.next_update <= now:
        return "no-cache"
    seconds = int(min(igc.LIST_KEPT, document.next_update - now).total_seconds())
    return f"public, max-age={seconds}, must-revalidate, no-transform"


def _range(request: Request, document: Document) -> range | None:
    """Return which bytes are wanted: none means all; an empty range is one that is not there.

    Only one range at a time is understood; anything else gets the whole, as the RFC lets a server
    do. With ``If-Range`` a part is sent only of the very content that the client has begun.
    """
    found = _RANGE.fullmatch(request.headers.get("range", "").strip())
    begun = request.headers.get("if-range")
    if found is None or found[0] == "bytes=-" or request.method != "GET":
        return None
    if begun is not None and begun.strip() != f'"{document.tag}"':
        return None
    size = len(document.content)
    if not found[1]:
        return range(max(size - int(found[2]), 0), size)
    start, end = int(found[1]), int(found[2] or size - 1)
    if found[2] and end < start:
        return None  # no range at all (14.1.1)
    return range(start, min(end + 1, size))


def _has_it(request: Request, document: Document) -> bool:
    tags = request.headers.get("if-none-match")
    if tags is not None:  # then the date does not count (RFC 9110 13.1.3)
        known = [word.strip().removeprefix("W/").strip('"') for word in tags.split(",")]
        return document.tag in known or known == ["*"]
    since = read_http_date(request.headers.get("if-modified-since", ""))
    return since is not None and document.modified is not None and document.modified <= since
