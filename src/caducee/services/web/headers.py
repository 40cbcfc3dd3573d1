# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The headers of every answer: what a browser may do with a page, and that nothing is kept.

An answer that says itself how long it may be kept is left so.
"""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["SecurityHeadersMiddleware", "is_public_name"]

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_SCRIPTS = "; script-src 'self'; connect-src 'self'"
_HEADERS = {
    "content-security-policy": _POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_STATIC = "public, max-age=3600"
_YEAR = 365 * 24 * 3600


def is_public_name(host: str) -> bool:
    """Return whether browsers may be instructed to reach a host name by TLS alone.

    Not so ``localhost`` and names below it (other services of the machine share them), nor IP
    addresses, for which RFC 6797 8.1.1 gives the header no effect.
    """
    name = host.lower().rstrip(".")
    is_local = name == "localhost" or name.endswith(".localhost")
    return not (is_local or ":" in name or name.replace(".", "").isdigit())


class SecurityHeadersMiddleware:
    """Adds the headers. ``strict`` also instructs browsers to use TLS alone for this host name;
    ``scripts`` lets them run scripts that are files of this service, which may call it alone.
    """

    def __init__(self, app: ASGIApp, *, strict: bool, scripts: bool = False) -> None:
        self._app = app
        self._strict = strict
        self._headers = _HEADERS
        if scripts:
            self._headers = _HEADERS | {"content-security-policy": _POLICY + _SCRIPTS}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        kept = _STATIC if scope["path"].startswith("/static/") else "no-store"

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer.update(self._headers)
                answer.setdefault("cache-control", kept)
                if self._strict:
                    answer["strict-transport-security"] = f"max-age={_YEAR}"
            await send(message)

        await self._app(scope, receive, send_with_headers)
