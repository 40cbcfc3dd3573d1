# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A small client of a portal, as a program would write it: HTTPS, JSON, one kept connection."""

import http.client
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from caducee.base.errors import CpsError, FormatError, TrustError
from caducee.base.http import HttpRequest, exchange

__all__ = ["PortalAddress", "PortalClient", "PortalOrigins", "explained", "find_ways", "trusting"]

_SECONDS = 30
_MOST = 1 << 20
"""Bytes of an answer that are read."""


@dataclass(frozen=True, slots=True)
class PortalAddress:
    """The address of a portal, and the root of its certificate."""

    address: str
    """Its start page, e.g. ``https://localhost:4433``."""

    root: Path | None = None
    """The root of its certificate (PEM); None: those that this machine trusts."""


@dataclass(frozen=True, slots=True)
class PortalOrigins:
    """The origins under which a portal lets holders log in."""

    origin: str
    """Without a certificate: start page, and login by token."""

    tls12: str
    """With a certificate, every card."""

    tls13: str
    """With a certificate, cards that sign with PSS."""


class PortalClient:
    """One connection to one origin of the portal, with its cookies. A context manager.

    Its methods raise what sockets, TLS and JSON raise; `explained` around them makes errors of the
    catalogue of it.
    """

    def __init__(self, origin: str, context: ssl.SSLContext, seconds: float = _SECONDS) -> None:
        parts = urlsplit(origin)
        self.origin = origin
        self.cookies: dict[str, str] = {}
        self._seconds = seconds
        self._connection = http.client.HTTPSConnection(
            parts.hostname or "localhost", parts.port, context=context, timeout=seconds
        )

    def __enter__(self) -> "PortalClient":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def connect(self) -> None:
        """Connect and shake hands now, not at the first request."""
        self._connection.connect()

    @property
    def tls(self) -> str:
        """The version of TLS in use, and the cipher."""
        found = self._connection.sock
        if not isinstance(found, ssl.SSLSocket):
            return ""
        cipher = found.cipher()
        return f"{found.version()}, {cipher[0] if cipher else '?'}"

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        """Return status and JSON of a GET."""
        return self._ask("GET", path)

    def post(self, path: str, body: bytes = b"") -> tuple[int, dict[str, Any]]:
        """Return status and JSON of a POST."""
        return self._ask("POST", path, body)

    def page(self, path: str) -> tuple[int, str]:
        """Return status and HTML of a GET, as a browser asks."""
        status, content = self._send("GET", path, None, "text/html")
        return status, content.decode()

    def _ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, dict[str, Any]]:
        status, content = self._send(method, path, body, "application/json")
        found = json.loads(content) if content else {}
        if not isinstance(found, dict):
            raise ValueError("no JSON object")
        return status, found

    def _send(self, method: str, path: str, body: bytes | None, accept: str) -> tuple[int, bytes]:
        headers = {"Accept": accept, "Origin": self.origin}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body:
            headers["Content-Type"] = "application/json"
        if self._connection.sock is None:
            self.connect()  # untimed: while TLS shakes hands, the holder may be asked for the PIN
        answer = exchange(
            self._connection,
            HttpRequest(method, path, headers, body),
            seconds=self._seconds,
            most_bytes=_MOST,
        )
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name.strip()] = value.strip()
        return answer.status, answer.body


def trusting(root: Path | None, *, at_most: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    """Return a client context that trusts only the given root; without one, the system's.

    Raises `TrustError` (``cryptolib.portal_root``) for a file that holds no certificate.
    """
    try:
        context = ssl.create_default_context(cafile=str(root) if root is not None else None)
    except OSError as error:  # ssl.SSLError is one, too
        reason = getattr(error, "reason", None) or error.strerror or str(error)
        raise TrustError("cryptolib.portal_root", path=str(root), reason=reason) from error
    if at_most is not None:
        context.maximum_version = at_most
    return context


_BY_DATE = (9, 10)
"""X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED (OpenSSL, x509_vfy.h)."""


@contextmanager
def explained(address: str) -> Iterator[None]:
    """Tell what keeps a portal from answering as an error of the catalogue.

    Raises `TrustError` (``cryptolib.portal_untrusted``, ``cryptolib.portal_dates``), `CpsError`
    (``cryptolib.portal_tls``, ``cryptolib.portal_unreachable``), `FormatError`
    (``cryptolib.portal_answer``).
    """
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        if error.verify_code in _BY_DATE:
            raise TrustError("cryptolib.portal_dates", address=address) from error
        raise TrustError(
            "cryptolib.portal_untrusted", address=address, reason=error.verify_message
        ) from error
    except ssl.SSLError as error:
        reason = error.reason or str(error)
        raise CpsError("cryptolib.portal_tls", address=address, reason=reason) from error
    except OSError as error:
        raise CpsError("cryptolib.portal_unreachable", address=address, reason=error) from error
    except (http.client.HTTPException, ValueError, LookupError, TypeError, AttributeError) as error:
        reason = type(error).__name__
        raise FormatError("cryptolib.portal_answer", address=address, reason=reason) from error


def find_ways(place: PortalAddress, seconds: float = _SECONDS) -> PortalOrigins:
    """Ask a portal under which origins holders log in; they are all on its own host.

    Raises as `explained`.
    """
    parts = urlsplit(place.address)
    if parts.scheme != "https" or not parts.hostname:
        raise FormatError("cryptolib.portal_address", address=place.address[:200])
    origin = f"https://{parts.netloc}"
    with (
        explained(origin),
        PortalClient(origin, trusting(place.root), seconds) as client,
    ):
        described = client.get("/")[1]
        login = described["login"]
        return PortalOrigins(
            _beside(origin, str(described["origin"])),
            _beside(origin, str(login["tls12"])),
            _beside(origin, str(login["tls13"])),
        )


def _beside(origin: str, address: str) -> str:
    """Return the origin of an address on the same host. Raises ``ValueError`` for another."""
    parts = urlsplit(address)
    if parts.scheme != "https" or parts.hostname != urlsplit(origin).hostname:
        raise ValueError("another host")
    return f"https://{parts.netloc}"
