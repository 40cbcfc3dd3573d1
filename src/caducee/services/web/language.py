# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Which language a page is written in: what the reader chose, else what the browser prefers."""

from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from caducee.base.i18n import LANGUAGES, use_language

__all__ = ["LANGUAGE_COOKIE", "PLAIN_COOKIE", "LanguageMiddleware", "preferred"]

LANGUAGE_COOKIE = "__Host-language"
PLAIN_COOKIE = "language"
"""The cookie of a site without TLS, where browsers take no ``__Host-`` and no ``Secure``."""

_YEAR = 365 * 24 * 3600
_MOST_RANGES = 20


def preferred(accept_language: str) -> str:
    """Return the language that an ``Accept-Language`` value prefers (RFC 9110, 12.5.4).

    Only the primary tag counts; with no language of ours the answer is English.
    """
    best, best_quality = "en", 0.0
    for part in accept_language.split(",")[:_MOST_RANGES]:
        tag, _, parameters = part.strip().partition(";")
        code = tag.strip().lower().partition("-")[0]
        quality = _quality(parameters)
        if code in LANGUAGES and quality > best_quality:
            best, best_quality = code, quality
    return best


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0


class LanguageMiddleware:
    """Sets the language of a request: ``?lang=``, then the cookie, then ``Accept-Language``.

    A choice made by ``?lang=`` is kept in a cookie. ``secure``: whether the site speaks TLS.
    """

    def __init__(self, app: ASGIApp, *, secure: bool = True) -> None:
        self._app = app
        self._secure = secure
        self._cookie = LANGUAGE_COOKIE if secure else PLAIN_COOKIE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request in its language."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        chosen = QueryParams(scope["query_string"]).get("lang")
        headers = Headers(scope=scope)
        code = chosen if chosen in LANGUAGES else self._from_headers(headers)

        async def send_with_language(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                if _has_language(answer.get("content-type", ""), message["status"]):
                    answer["content-language"] = code
                    answer.add_vary_header("Accept-Language")
                if chosen in LANGUAGES:
                    answer.append("set-cookie", self._written(code))
            await send(message)

        with use_language(code):
            await self._app(scope, receive, send_with_language)

    def _from_headers(self, headers: Headers) -> str:
        kept = _kept(headers.get("cookie", ""), self._cookie)
        return kept if kept in LANGUAGES else preferred(headers.get("accept-language", ""))

    def _written(self, code: str) -> str:
        secure = "Secure; " if self._secure else ""
        return f"{self._cookie}={code}; Path=/; Max-Age={_YEAR}; {secure}HttpOnly; SameSite=Lax"


def _has_language(content_type: str, status: int) -> bool:
    """Tell whether an answer has words for a person; certificates and lists have none, and caches
    must not keep one of each per language."""
    kind = content_type.partition(";")[0].strip().lower()
    if not kind:
        return status != 304
    if kind in ("text/css", "text/javascript"):
        return False
    return kind.startswith("text/") or kind.endswith(("json", "xml"))


def _kept(cookie: str, name: str) -> str | None:
    try:
        found = SimpleCookie(cookie).get(name)
    except CookieError:
        return None
    return found.value if found else None
