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
from types import MappingProxyType
from typing import Final
from urllib.parse import urljoin, urlsplit

from caducee.base.errors import TrustError

__all__ = ["HttpLimits", "HttpResponse", "get", "post_ocsp"]

type Addresses = Mapping[str, tuple[str, int]]
"""Where a host really is, by its name in URLs: a sandbox stands in for the real ones. Over HTTPS
a certificate speaks for a name, so nothing stands in there."""

_CHUNK: Final = 65_536
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_OK: Final = 200
_AGENT: Final = "caducee"


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """What an exchange may cost."""

    most_bytes: int = 64 * 1024 * 1024
    seconds: float = 30.0
    """For the whole exchange, redirections included."""

    redirections: int = 3


USUAL: Final = HttpLimits()
NOWHERE: Final[Addresses] = MappingProxyType({})
OCSP: Final = HttpLimits(most_bytes=65_536, seconds=5.0, redirections=0)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case; of several of one name, the last."""

    body: bytes


def get(
    url: str,
    headers: Mapping[str, str],
    bounds: HttpLimits = USUAL,
    addresses: Addresses = NOWHERE,
) -> HttpResponse:
    """Fetch an address. Raises `TrustError` (``trust.fetch_failed``, ``trust.fetch_too_large``,
    ``trust.fetch_address``)."""
    until = time.monotonic() + bounds.seconds
    for _ in range(bounds.redirections + 1):
        answer = _exchange(_Request("GET", url, headers), bounds, until, addresses)
        place = answer.headers.get("location")
        if answer.status not in _MOVED or place is None:
            return answer
        url = urljoin(url, place)
    raise TrustError("trust.fetch_failed", url=url[:256], reason="redirections")


def post_ocsp(
    url: str, request: bytes, bounds: HttpLimits = OCSP, addresses: Addresses = NOWHERE
) -> bytes:
    """Send an OCSP request and return the answer, DER (RFC 6960 appendix A).

    Raises `TrustError` (``trust.fetch_*``).
    """
    kinds = {"Content-Type": "application/ocsp-request", "Accept": "application/ocsp-response"}
    until = time.monotonic() + bounds.seconds
    answer = _exchange(_Request("POST", url, kinds, request), bounds, until, addresses)
    if answer.status != _OK:
        raise TrustError("trust.fetch_failed", url=url[:256], reason=str(answer.status))
    return answer.body


@dataclass(frozen=True, slots=True)
class _Request:
    """What is asked."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None


def _exchange(
    asked: _Request, bounds: HttpLimits, until: float, addresses: Addresses
) -> HttpResponse:
    url = asked.url
    connection, host, path = _connection(url, until, addresses)
    held: list[socket.socket | None] = []
    watch = threading.Timer(max(0.001, until - time.monotonic()), _cut, [connection, held])
    watch.daemon = True
    watch.start()
    try:
        connection.connect()
        held.append(connection.sock)
        headers = {"User-Agent": _AGENT, "Host": host, **asked.headers}
        connection.request(asked.method, path, asked.body, headers)
        with connection.getresponse() as answer:
            found = {name.lower(): value for name, value in answer.getheaders()}
            return HttpResponse(answer.status, found, _body(answer, url, bounds, until))
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
    for item in (connection.sock, *held):
        if item is not None:
            with contextlib.suppress(OSError):
                item.shutdown(socket.SHUT_RDWR)


def _connection(
    url: str, until: float, addresses: Addresses
) -> tuple[http.client.HTTPConnection, str, str]:
    """Return a connection, the name of the host that is asked, and the path."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        raise TrustError("trust.fetch_address", url=url[:256])
    path = (parts.path or "/").replace(" ", "%20") + (f"?{parts.query}" if parts.query else "")
    left = max(0.001, until - time.monotonic())
    named = f"[{host}]" if ":" in host else host
    asked = named if port is None else f"{named}:{port}"
    if parts.scheme == "https":
        context = ssl.create_default_context()
        secure = http.client.HTTPSConnection(host, port, timeout=left, context=context)
        return secure, asked, path
    host, port = addresses.get(host, (host, port or http.client.HTTP_PORT))
    return http.client.HTTPConnection(host, port, timeout=left), asked, path


def _body(answer: http.client.HTTPResponse, url: str, bounds: HttpLimits, until: float) -> bytes:
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
