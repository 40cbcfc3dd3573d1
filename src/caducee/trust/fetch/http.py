# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Fetching by HTTP, bounded in size, time and redirections."""

import http.client
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final
from urllib.parse import urljoin, urlsplit

from caducee.base.errors import TrustError
from caducee.base.http import HttpRequest, ResponseTooLargeError, exchange

__all__ = ["HttpLimits", "HttpResponse", "get", "post_ocsp"]

type Addresses = Mapping[str, tuple[str, int]]
"""Where a host really is, by its name in URLs: a sandbox stands in for the real ones. Over HTTPS
a certificate speaks for a name, so nothing stands in there."""

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
        answer = _exchange(HttpRequest("GET", url, headers), bounds, until, addresses)
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
    answer = _exchange(HttpRequest("POST", url, kinds, request), bounds, until, addresses)
    if answer.status != _OK:
        raise TrustError("trust.fetch_failed", url=url[:256], reason=str(answer.status))
    return answer.body


def _exchange(
    asked: HttpRequest, bounds: HttpLimits, until: float, addresses: Addresses
) -> HttpResponse:
    """Send a request whose target is a whole URL."""
    url = asked.target
    connection, host, path = _connection(url, until, addresses)
    headers = {"User-Agent": _AGENT, "Host": host, **asked.headers}
    try:
        answer = exchange(
            connection,
            replace(asked, target=path, headers=headers),
            seconds=until - time.monotonic(),
            most_bytes=bounds.most_bytes,
        )
    except ResponseTooLargeError:
        raise TrustError("trust.fetch_too_large", url=url[:256], most=bounds.most_bytes) from None
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
        reason = str(error) or type(error).__name__
        raise TrustError("trust.fetch_failed", url=url[:256], reason=reason[:256]) from None
    finally:
        connection.close()
    found = {name.lower(): value for name, value in answer.headers.items()}
    return HttpResponse(answer.status, found, answer.body)


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
