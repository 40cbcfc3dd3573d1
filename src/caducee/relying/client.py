# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A client certificate as it reaches an application, wherever TLS ended."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from enum import StrEnum, unique

__all__ = ["ClientCertificate", "ClientConnection", "TlsEndpoint"]


@unique
class TlsEndpoint(StrEnum):
    """Who ended TLS."""

    LISTENER = "listener"
    """Our own server."""
    FRONT = "front"
    """A trusted front that forwards the certificate in headers."""


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """The certificate whose key the client proved in the TLS handshake."""

    der: bytes
    """The certificate, DER."""
    chain: tuple[bytes, ...] = ()
    """The other certificates that are known of its chain, DER; may be empty."""
    verify_code: int = 0
    """What TLS found, as OpenSSL numbers it (0: nothing wrong; -1: a reason in words only)."""
    verify_reason: str = ""
    """The same in the front's words, when it gave words."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, hexadecimal."""
        return hashlib.sha256(self.der).hexdigest()


@dataclass(frozen=True, slots=True)
class ClientConnection:
    """The TLS connection of a request, and its certificate or the reason why there is none."""

    id: str
    """Names the connection for the length of its life; empty when it cannot be named."""
    source: TlsEndpoint
    certificate: ClientCertificate | None = None
    tls_version: int | None = None
    """The version number of TLS on the wire, e.g. 0x0303 for TLS 1.2; none behind a front."""
    begun: dt.datetime | None = None
    """When its handshake was over, by the clock of the listener; none behind a front."""
    absence: str = ""
    """The code of the reason why the certificate is absent; empty with one."""
    cipher: str = ""
    """The cipher suite of TLS by its name in OpenSSL; empty behind a front."""

    @property
    def fingerprint(self) -> str | None:
        """SHA-256 of the certificate, hexadecimal; none without one."""
        return self.certificate.fingerprint if self.certificate else None
