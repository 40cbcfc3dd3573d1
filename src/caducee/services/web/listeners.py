# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The ways into a portal, and the TLS of each.

A certificate listener *asks* for a certificate and lets every chain of the card CAs through that
has the purpose of client authentication, whatever its dates: who is admitted is judged above TLS,
where a refusal can be explained.
"""

import ssl
from enum import Enum, unique
from pathlib import Path

from caducee.base.errors import ConfigError
from caducee.relying.uvicorn_tls import server_context
from caducee.services.web.settings import PortalSettings

__all__ = ["Listener", "tls_of"]


@unique
class Listener(Enum):
    """One way into a portal."""

    OPEN = "open"
    """TLS without certificate request."""

    TLS12 = "tls12"
    """Asks for a certificate, TLS 1.2 alone: a CPS3 signs with PKCS#1 v1.5 only."""

    TLS13 = "tls13"
    """Asks for a certificate, TLS 1.3 alone, where RSA keys sign with PSS (RFC 8446, 4.2.3)."""

    FRONT = "front"
    """AF_UNIX: plain HTTP from a front that has ended TLS."""


_VERSIONS = {
    Listener.OPEN: None,
    Listener.TLS12: ssl.TLSVersion.TLSv1_2,
    Listener.TLS13: ssl.TLSVersion.TLSv1_3,
}


def tls_of(listener: Listener, settings: PortalSettings) -> ssl.SSLContext:
    """Return the TLS context of a listener.

    Raises `ConfigError` (``portal.tls_material``) when a certificate or key cannot be used.
    """
    try:
        context = server_context(
            Path(settings.server_certificate),
            Path(settings.server_key),
            authorities=_authorities(listener, settings),
            version=_VERSIONS[listener],
        )
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        reason = str(error) or type(error).__name__
        path = settings.server_certificate
        raise ConfigError("portal.tls_material", path=path, reason=reason) from error
    context.set_alpn_protocols(["http/1.1"])
    return context


def _authorities(listener: Listener, settings: PortalSettings) -> str | None:
    if listener is Listener.OPEN:
        return None
    path = settings.client_authorities
    try:
        return Path(path).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("portal.tls_material", path=path, reason=str(error)) from error
