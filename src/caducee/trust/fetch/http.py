# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One HTTP exchange, bounded in size, time and redirections."""

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

from caducee.base.errors import TrustError

__all__ = ["Bounds", "HttpAnswer", "get", "post_ocsp"]

_CHUNK: Final = 65_536
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_OK: Final = 200
_AGENT: Final = "caducee"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an exchange may cost."""

    most_bytes: int = 64 * 1024 * 1024
    seconds: float = 30.0
    """For the whole exchange, redirections included."""

    redirections: int = 3


USUAL: Final = Bounds()
OCSP: Final = Bounds(most_bytes=65_536, seconds=5.0, redirections=0)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case; of several of one name, the last."""

    body: bytes


def get(url: str, headers: Mapping[str, str], bounds: Bounds = USUAL) -> HttpAnswer:
    """Fetch an address. Raises `TrustError` (``trust.fetch_failed``, ``trust.fetch_too_large``,
    ``trust.fetch_address``)."""
    until = time.monotonic() + bounds.seconds
    for _ in range(bounds.redirections + 1):
        answer = _exchange("GET", url, headers, None, bounds, until)
        place = answer.headers.get("location")
        if answer.status not in _MOVED or place is None:
            return answer
        url = urljoin(url, place)
    raise TrustError("trust.fetch_failed", url=url[:256], reason="redirections")


def post_ocsp(url: str, request: bytes) -> bytes:
    """Send an OCSP request and return the answer, DER (RFC 6960 appendix A).

    Raises `TrustError` (``trust.fetch_*``).
    """
    kinds = {"Content-Type": "application/ocsp-request", "Accept": "application/ocsp-response"}
    answer = _exchange("POST", url, kinds, request, OCSP, time.monotonic() + OCSP.seconds)
    if answer.status != _OK:
        raise TrustError("trust.fetch_failed", url=url[:256], reason=str(answer.status))
    return answer.body


def _exchange(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    bounds: Bounds,
    until: float,
) -> HttpAnswer:
    connection, path = _connection(url, until)
    held: list[socket.socket | None] = []
    watch = threading.Timer(max(0.001, until - time.monotonic()), _cut, [connection, held])
    watch.daemon = True
    watch.start()
    try:
        connection.connect()
        held.append(connection.sock)
        connection.request(method, path, body, {"User-Agent": _AGENT, **headers})
        with connection.getresponse() as answer:
            found = {name.lower(): value for name, value in answer.getheaders()}
            return HttpAnswer(answer.status, found, _body(answer, url, bounds, until))
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
        reason = str(error) or type(error).__name__
        raise TrustError("trust.fetch_failed", url=url[:256], reason=reason[:256]) from None
    finally:
        watch.cancel()
        connection.close()


def _cut(connection: http.client.HTTPConnection, held: list[socket.socket | None]) -> None:
    """End an exchange whose time is over.

    A server that sends a byte now and then keeps the timeout of the socket from ever coming. The
    connection forgets its socket while the last answer is read: hence ``held``.
    """
    for one in (connection.sock, *held):
        if one is not None:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def _connection(url: str, until: float) -> tuple[http.client.HTTPConnection, str]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        raise TrustError("trust.fetch_address", url=url[:256])
    path = (parts.path or "/").replace(" ", "%20") + (f"?{parts.query}" if parts.query else "")
    left = max(0.001, until - time.monotonic())
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=left, context=context), path
    return http.client.HTTPConnection(host, port, timeout=left), path


def _body(answer: http.client.HTTPResponse, url: str, bounds: Bounds, until: float) -> bytes:
    """Read a body piece by piece, and give up when it is too large, too slow or cut short."""
    pieces, size = [], 0
    while piece := answer.read1(_CHUNK):
        size += len(piece)
        if size > bounds.most_bytes:
            raise TrustError("trust.fetch_too_large", url=url[:256], most=bounds.most_bytes)
        pieces.append(piece)
    if time.monotonic() >= until:
        raise TimeoutError("timed out")
    if answer.length:
        raise http.client.IncompleteRead(b"", answer.length)
    return b"".join(pieces)
