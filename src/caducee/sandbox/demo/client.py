# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A small client of the portal, as a program would write it: HTTPS, JSON, one kept connection."""

import http.client
import json
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

__all__ = ["PortalClient", "trusting"]

_SECONDS = 30


class PortalClient:
    """One connection to one origin of the portal, with its cookies. A context manager."""

    def __init__(self, origin: str, context: ssl.SSLContext) -> None:
        parts = urlsplit(origin)
        self.origin = origin
        self.cookies: dict[str, str] = {}
        self._connection = http.client.HTTPSConnection(
            parts.hostname or "localhost", parts.port, context=context, timeout=_SECONDS
        )

    def __enter__(self) -> "PortalClient":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

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
        return status, json.loads(content) if content else {}

    def _send(self, method: str, path: str, body: bytes | None, accept: str) -> tuple[int, bytes]:
        headers = {"Accept": accept, "Origin": self.origin}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body:
            headers["Content-Type"] = "application/json"
        self._connection.request(method, path, body=body, headers=headers)
        response = self._connection.getresponse()
        for line in response.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name.strip()] = value.strip()
        return response.status, response.read()


def trusting(root: Path, *, at_most: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    """Return a client context that trusts the sandbox's web servers and nobody else."""
    context = ssl.create_default_context(cafile=str(root))
    if at_most is not None:
        context.maximum_version = at_most
    return context
