# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Writes pages: HTML for people, and the same content as JSON for programs."""

from collections.abc import Mapping
from dataclasses import dataclass

import jinja2
import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response

from caducee.base import catalogue
from caducee.base.errors import LoginRefused
from caducee.base.i18n import gettext, language

__all__ = ["Link", "Pages", "json_response", "prefers_json", "read_body"]

_LARGEST_BODY = 100_000
_LANGUAGE_NAMES = {"en": "English", "fr": "Français"}


@dataclass(frozen=True, slots=True)
class Link:
    """A link that a page offers as a next step."""

    href: str
    text: str


@dataclass(frozen=True, slots=True)
class _LanguageLink:
    code: str
    name: str
    href: str


class Pages:
    """The templates of the portal, ready to be filled in the language in use."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._environment = jinja2.Environment(
            loader=jinja2.PackageLoader("caducee.services.portal"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["_"] = _translate

    def html(
        self, request: Request, template: str, status: int = 200, /, **content: object
    ) -> HTMLResponse:
        """Fill a template. ``content`` holds what the template names."""
        frame = {
            "lang": language(),
            "languages": _language_links(request),
            "portal": self._title,
        }
        text = self._environment.get_template(template).render(frame | content)
        return HTMLResponse(text, status)


def _translate(text: str, **facts: object) -> str:
    return catalogue.fill(gettext(text), facts) if facts else gettext(text)


def _language_links(request: Request) -> list[_LanguageLink]:
    """Return links to this page in each language; an answer to a POST has none of its own."""
    path = request.url.path if request.method in ("GET", "HEAD") else "/"
    return [
        _LanguageLink(code, name, f"{path}?lang={code}") for code, name in _LANGUAGE_NAMES.items()
    ]


def json_response(content: Mapping[str, object], status: int = 200) -> Response:
    """Answer a program."""
    return Response(msgspec.json.encode(content), status, media_type="application/json")


def prefers_json(request: Request) -> bool:
    """Tell whether the client asks for JSON rather than for a page (RFC 9110, 12.5.1)."""
    ranges = request.headers.get("accept", "").lower().split(",")
    kinds = [one.partition(";")[0].strip() for one in ranges]
    if "application/json" not in kinds:
        return False
    return "text/html" not in kinds or kinds.index("application/json") < kinds.index("text/html")


async def read_body(request: Request) -> bytes:
    """Read the body of a request, at most 100,000 bytes.

    Raises `LoginRefused`: ``portal.request_too_large``, ``portal.request_unreadable``.
    """
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > _LARGEST_BODY:
                raise LoginRefused("portal.request_too_large", limit=_LARGEST_BODY)
    except ClientDisconnect:
        raise LoginRefused("portal.request_unreadable") from None
    return bytes(body)
