# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""OCSP over HTTP (RFC 6960 appendix A): requests by POST, and by GET in base64.

It answers at the root of the published host name, and under ``/ocsp`` for clients that are given
an address of the sandbox. Answers that are there, or that a key of this process signs, are sent at
once: a thread takes longer to be asked than they do. Others are made in as many threads as there
are processors, apart from those of the pages, so that neither waits for the other.
"""

import asyncio
import base64
import binascii
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from urllib.parse import urlsplit

from starlette.types import Receive, Scope, Send

from caducee.authority.ocsp.answers import ResponseStatus, failure
from caducee.authority.ocsp.requests import LARGEST_REQUEST
from caducee.authority.ocsp.responder import OcspResponder, OcspResponse
from caducee.base.clock import Clock
from caducee.services.web.dates import http_date
from caducee.spec import igc

__all__ = ["OCSP_PATH", "OcspEndpoint"]

OCSP_PATH: Final = "/ocsp"
_HOST = (urlsplit(igc.OCSP_URL).hostname or "").encode()
_BODY_SECONDS = 10.0
_MALFORMED: Final = OcspResponse(failure(ResponseStatus.MALFORMED_REQUEST))
_CLOSE: Final = (b"connection", b"close")


class OcspEndpoint:
    """An ASGI application that takes OCSP requests alone."""

    def __init__(
        self, responder: OcspResponder, clock: Clock, *, body_seconds: float = _BODY_SECONDS
    ) -> None:
        self._responder = responder
        self._clock = clock
        self._body_seconds = body_seconds
        self._signing = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="caducee-ocsp")

    def takes(self, scope: Scope) -> bool:
        """Tell whether a request is one for the responder."""
        if scope["type"] != "http":
            return False
        path, method = scope["path"], scope["method"]
        if path == OCSP_PATH or path.startswith(f"{OCSP_PATH}/"):
            return True
        if path == "/" and method == "POST":
            return True
        return _hostname(scope) == _HOST and len(path) > 1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] == "POST":
            try:
                async with asyncio.timeout(self._body_seconds):
                    request = await _body(receive)
            except TimeoutError:
                await _refuse(send, 408)
                return
        elif scope["method"] in ("GET", "HEAD"):
            request = _decoded(scope["path"].removeprefix(OCSP_PATH).removeprefix("/"))
        else:
            await _refuse(send, 405, (b"allow", b"GET, POST"))
            return
        if request is None and scope["method"] == "POST":
            # The rest of a request that is too large is not read.
            await _send(send, _MALFORMED, [(b"cache-control", b"no-store"), _CLOSE])
            return
        if request is None:
            await _refuse(send, 400)
            return
        answer = self._responder.ready(request)
        if answer is None:
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self._signing, self._responder.answer, request)
        await _send(send, answer, self._kept(answer, scope["method"]))

    def _kept(self, answer: OcspResponse, method: str) -> list[tuple[bytes, bytes]]:
        """Return how long an answer may be kept: by GET, as RFC 5019 section 6.2 has it."""
        if method == "POST" or answer.next_update is None or answer.produced_at is None:
            return [(b"cache-control", b"no-store")]
        seconds = int((answer.next_update - self._clock.now()).total_seconds())
        control = f"max-age={max(seconds, 0)}, public, no-transform, must-revalidate"
        return [
            (b"cache-control", control.encode()),
            (b"last-modified", http_date(answer.produced_at).encode()),
            (b"expires", http_date(answer.next_update).encode()),
        ]


async def _body(receive: Receive) -> bytes | None:
    """Return the body of a request; none when it is larger than any request or breaks off."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > LARGEST_REQUEST:
            return None
        if not message.get("more_body"):
            return bytes(body)


def _decoded(text: str) -> bytes | None:
    """Return the request in the path of a GET; the padding may be missing."""
    if not text or len(text) > LARGEST_REQUEST * 4 // 3 + 4:
        return None
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _hostname(scope: Scope) -> bytes:
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    return bytes(host).partition(b":")[0].lower()


async def _send(send: Send, answer: OcspResponse, kept: Iterable[tuple[bytes, bytes]]) -> None:
    headers = [
        (b"content-type", b"application/ocsp-response"),
        (b"content-length", str(len(answer.der)).encode()),
        *kept,
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer.der})


async def _refuse(send: Send, status: int, *headers: tuple[bytes, bytes]) -> None:
    sent = [(b"content-length", b"0"), _CLOSE, *headers]
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": b""})
