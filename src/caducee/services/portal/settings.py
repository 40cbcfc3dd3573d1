# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What an operator sets for a portal, and where its listeners are found."""

from dataclasses import dataclass
from pathlib import Path

from caducee.base.config import Settings

__all__ = ["PortalAddresses", "PortalSettings"]


class PortalSettings(Settings):
    """Settings of one portal; written in TOML, each key with the default given here."""

    server_certificate: str
    """Path of the PEM file with the certificate of the web server and its chain."""

    server_key: str
    """Path of the PEM file with its private key."""

    client_authorities: str
    """Path of a PEM file with every CA, root and intermediate, of the cards that may present a
    certificate in TLS. Admission is not decided here but by the verifier."""

    host: str = "localhost"
    """The host name that the server's certificate carries and that addresses are built from."""

    bind: str = "127.0.0.1"
    """The address on which the three TLS listeners accept."""

    open_port: int = 0
    """Port of the listener that asks for no certificate; 0 lets the system choose."""

    tls12_port: int = 0
    """Port of the certificate listener for TLS 1.2 (CPS3 and every other card)."""

    tls13_port: int = 0
    """Port of the certificate listener for TLS 1.3 (cards that sign with RSA-PSS: CPS4)."""

    front_socket: str | None = None
    """Path of the AF_UNIX socket for a front (nginx, HAProxy); none when there is no front."""

    front_origin: str | None = None
    """The origin under which holders reach the front, e.g. ``https://portal.example.test``."""

    title: str = "caducee"
    """The name of the portal on its pages."""

    session_minutes: int = 30
    """Minutes after its last use at which a session ends."""

    keep_alive_seconds: int = 5
    """Seconds for which an idle connection is kept; short, because a browser keeps using an open
    connection after the card has left the reader."""


@dataclass(frozen=True, slots=True)
class PortalAddresses:
    """Where a running portal is reached. Origins look like ``https://localhost:4433``."""

    open: str
    """Origin of the listener without certificate request: home, login by token."""

    tls12: str
    """Origin of the certificate listener for TLS 1.2."""

    tls13: str
    """Origin of the certificate listener for TLS 1.3."""

    front: str | None = None
    """Origin of the front, when there is one."""

    front_socket: Path | None = None
    """The AF_UNIX socket on which the front is expected."""

    @property
    def origins(self) -> tuple[str, ...]:
        """Return every origin of this portal, the one without certificate request first."""
        found = (self.open, self.tls12, self.tls13, self.front)
        return tuple(one for one in found if one is not None)
