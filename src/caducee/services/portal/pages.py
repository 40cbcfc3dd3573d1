# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Writes pages: HTML for people, and the same content as JSON for programs."""

import datetime as dt
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse

from caducee.base.dates import local_time
from caducee.base.errors import LoginRefusedError
from caducee.services.web.bodies import BodyError, BodyProblem, read_bounded
from caducee.services.web.pages import environment, frame

__all__ = ["Link", "Pages", "prefers_json", "read_body"]

_LARGEST_BODY = 100_000
_BODY_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Link:
    """A link that a page offers as a next step."""

    href: str
    text: str


class Pages:
    """The templates of the portal, ready to be filled in the language in use."""

    def __init__(self, title: str, support: str = "") -> None:
        """``support`` is the telephone number to call, if there is one."""
        self._title = title
        self._support = support
        self._environment = environment("caducee.services.portal")
        self._environment.filters["local_time"] = _local

    def html(
        self, request: Request, template: str, status: int = 200, /, **content: object
    ) -> HTMLResponse:
        """Fill a template. ``content`` holds what the template names."""
        shown = frame(request, self._title) | {"support": self._support} | content
        text = self._environment.get_template(template).render(shown)
        return HTMLResponse(text, status)


def _local(moment: str) -> str:
    """Return an ISO moment in the time of the site, for browsers whose script writes none."""
    found = dt.datetime.fromisoformat(moment)
    return f"{local_time(found)} {found.astimezone():%Z}"


def prefers_json(request: Request) -> bool:
    """Tell whether the client asks for JSON rather than for a page (RFC 9110, 12.5.1)."""
    ranges = request.headers.get("accept", "").lower().split(",")
    kinds = [item.partition(";")[0].strip() for item in ranges]
    if "application/json" not in kinds:
        return False
    return "text/html" not in kinds or kinds.index("application/json") < kinds.index("text/html")


async def read_body(request: Request) -> bytes:
    """Read the body of a request, at most 100,000 bytes, within some seconds.

    Raises `LoginRefusedError`: ``portal.request_too_large``, ``portal.request_unreadable``.
    """
    try:
        return await read_bounded(request, _LARGEST_BODY, seconds=_BODY_SECONDS)
    except BodyError as error:
        if error.problem is BodyProblem.TOO_LARGE:
            raise LoginRefusedError("portal.request_too_large", limit=_LARGEST_BODY) from None
        raise LoginRefusedError("portal.request_unreadable") from None
