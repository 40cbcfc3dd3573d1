# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What an operator sets for a portal, and where its listeners are found."""

from dataclasses import dataclass
from pathlib import Path

from caducee.base.config import Settings
from caducee.relying.session_policy import SiteSessionPolicy

__all__ = ["PortalAddresses", "PortalSettings"]


class PortalSettings(Settings, frozen=True, kw_only=True):
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
    """Path of the AF_UNIX socket for a front (nginx, HAProxy); none without a front."""

    front_origin: str | None = None
    """The origin under which holders reach the front with every card (TLS 1.2), e.g.
    ``https://portal.example.test``; when none is given, ``https://`` and ``host``."""

    front_tls13_origin: str | None = None
    """The origin under which the front speaks TLS 1.3, when it has a listener for that."""

    front_user: str | None = None
    """The user under which the front runs, when it is not the portal's own. The kernel says who
    is at the other end of the socket; nobody else's certificate headers are believed."""

    title: str = "caducee"
    """The name of the portal on its pages."""

    support_telephone: str = ""
    """The number to call for help, as people dial it; pages name it beside each refusal."""

    trial_certificate: bool = False
    """Whether the certificate of the web server comes from an authority that browsers do not
    know, as in a sandbox; the start page then explains the warning before it appears."""

    session_minutes: int = 30
    """Minutes after its last use at which a session ends."""

    certificate_seconds: int = 60
    """Seconds after its handshake at which a connection with a certificate is ended, so that the
    browser proves the card again. Behind a front, the front must do so."""

    session_policy: SiteSessionPolicy = SiteSessionPolicy()
    """When a session needs a new proof of its card, locks and ends."""

    keep_alive_seconds: int = 5
    """Seconds for which an idle connection is kept; short, because a browser keeps using an open
    connection after the card has left the reader."""

    most_connections: int = 1000
    """Connections that a listener keeps open, from the moment they are accepted, before TLS."""

    most_connections_each: int = 250
    """The same for one client network (IPv4 /24, IPv6 /64)."""

    def addresses(self, ports: tuple[int, int, int] | None = None) -> "PortalAddresses":
        """Return where the portal is found; ``ports`` replaces those of the settings.

        The ports are those of the listener without certificate request, of TLS 1.2 and of 1.3.
        """
        named = (self.open_port, self.tls12_port, self.tls13_port)
        plain, tls12, tls13 = (_origin(self.host, port) for port in ports or named)
        return PortalAddresses(
            open=plain,
            tls12=tls12,
            tls13=tls13,
            front=self._front(),
            front_tls13=self.front_tls13_origin,
            front_socket=Path(self.front_socket) if self.front_socket else None,
        )

    def _front(self) -> str | None:
        if self.front_socket is None or self.front_origin is not None:
            return self.front_origin
        return _origin(self.host, 443)


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
    """Origin of the front for every card, when there is a front."""

    front_tls13: str | None = None
    """Origin of the front for TLS 1.3, when it has one."""

    front_socket: Path | None = None
    """The AF_UNIX socket on which the front is expected."""

    @property
    def origins(self) -> tuple[str, ...]:
        """Return every origin of this portal, the one without certificate request first."""
        found = (self.open, self.tls12, self.tls13, self.front, self.front_tls13)
        return tuple(item for item in found if item is not None)


def _origin(host: str, port: int) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"https://{name}" if port == 443 else f"https://{name}:{port}"
