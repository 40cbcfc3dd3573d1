# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a person may set in ``sandbox.toml``."""

from caducee.authority.keys import KeyKind
from caducee.base.config import Settings
from caducee.relying.session_policy import SiteSessionPolicy
from caducee.services.annuaire.settings import AnnuaireSettings
from caducee.services.publication.settings import PublicationSettings

__all__ = [
    "DEFAULT_TOML",
    "LdapSettings",
    "OpenLdapSettings",
    "OrderingPorts",
    "PortalPorts",
    "SandboxSettings",
    "StatusBounds",
]


class PortalPorts(Settings, frozen=True):
    """Where the sandbox's portal listens; 0 lets the system choose a port."""

    bind: str = "127.0.0.1"
    """Address; a sandbox belongs on loopback."""

    open_port: int = 0
    """TLS without a client certificate: home page and login by token."""

    tls12_port: int = 0
    """TLS 1.2 with a client certificate (CPS3)."""

    tls13_port: int = 0
    """TLS 1.3 with a client certificate (CPS4)."""

    keep_alive_seconds: int = 5
    """Seconds for which an idle connection is kept."""

    session_policy: SiteSessionPolicy = SiteSessionPolicy()
    """When a session needs a new proof of its card, locks and ends."""


class OrderingPorts(Settings, frozen=True):
    """Where the pages of the ordering service listen; 0 lets the system choose a port."""

    bind: str = "127.0.0.1"
    """Address; a sandbox belongs on loopback."""

    open_port: int = 0
    """TLS without a client certificate: where people are, but for a login by certificate."""

    tls12_port: int = 0
    """TLS 1.2 with a client certificate (CPS3)."""

    tls13_port: int = 0
    """TLS 1.3 with a client certificate (CPS4)."""


class StatusBounds(Settings, frozen=True):
    """How services proceed without revocation data."""

    late_hours: int = 24
    """How long after its end (nextUpdate) the last list still counts; then logins are refused."""


class TokenSettings(Settings, frozen=True):
    """The PKCS#11 token that holds the keys of the authorities."""

    module: str
    """The PKCS#11 library of the token."""

    label: str
    """Label of the token."""

    pin_file: str
    """File with the user's PIN on one line; a relative name is meant in the sandbox's folder."""


class AuthoritySettings(Settings, frozen=True):
    """Keys that the authorities make from now on; existing ones stay as they are."""

    keys: KeyKind = KeyKind.RSA_4096
    """Of authorities: ``rsa-4096`` as the real ones, ``rsa-2048``, ``ec-p256``, ``ec-p384``."""

    software_keys: KeyKind = KeyKind.RSA_2048
    """Of certificates in software, where the key is made here: ``rsa-2048`` as the real ones, or a
    curve."""

    token: TokenSettings | None = None
    """Where the keys of authorities are; none: in encrypted files of the folder ``authority``."""


class OpenLdapSettings(Settings, frozen=True):
    """An OpenLDAP beside our own server, with the same entries."""

    run: bool = False
    """Whether ``caducee sandbox up`` runs it."""

    program: str = "/usr/sbin/slapd"
    """OpenLDAP's server."""

    bind: str = "127.0.0.1"
    """Address; a sandbox belongs on loopback."""

    port: int = 0
    """LDAP with StartTLS; 0 lets the system choose."""

    secure_port: int = 0
    """LDAPS; 0 lets the system choose."""


class LdapSettings(Settings, frozen=True):
    """Where the directory by LDAP listens, and what it gives."""

    bind: str = "127.0.0.1"
    """Address; a sandbox belongs on loopback."""

    port: int = 0
    """LDAP with StartTLS; 0 lets the system choose."""

    secure_port: int = 0
    """LDAPS; 0 lets the system choose."""

    size_limit: int = 0
    """Entries in an answer; 0: no limit. The directory of the CPS was known to give 10."""

    processes: int = 1
    """Processes that answer; more than one use more cores (not on Windows)."""

    openldap: OpenLdapSettings = OpenLdapSettings()
    """OpenLDAP's slapd, kept current."""


class SandboxSettings(Settings, frozen=True):
    """The settings of one sandbox."""

    registry: str | None = None
    """URL of the registry; none: SQLite in the sandbox's folder."""

    authority: AuthoritySettings = AuthoritySettings()
    """Which keys authorities have, and where."""

    portal: PortalPorts = PortalPorts()
    """Where the portal listens."""

    status: StatusBounds = StatusBounds()
    """How long logins go on when OCSP and lists cannot be had."""

    annuaire: AnnuaireSettings = AnnuaireSettings()
    """Where the Annuaire Santé (FHIR) listens, and what it lets its clients do."""

    ldap: LdapSettings = LdapSettings()
    """The directory of certificates and lists by LDAP."""

    publication: PublicationSettings = PublicationSettings()
    """Where certificates, lists and OCSP answers are published."""

    ordering: OrderingPorts = OrderingPorts()
    """Where test cards are ordered."""


DEFAULT_TOML = """\
# Settings of this sandbox. Everything has a default; remove the mark to change it.

# A registry in PostgreSQL instead of the SQLite file of this folder:
# registry = "postgresql+psycopg://user@localhost/caducee"

[authority]
# Keys of new authorities, and of certificates in software: rsa-2048, rsa-4096, ec-p256, ec-p384.
# keys = "rsa-4096"
# software_keys = "rsa-2048"

# Authorities whose keys never leave a PKCS#11 token:
# [authority.token]
# module = "/usr/lib/softhsm/libsofthsm2.so"
# label = "authorities"
# pin_file = "token-code"

[portal]
# bind = "127.0.0.1"
# Ports of the three listeners; 0 lets the system choose.
# open_port = 0
# tls12_port = 0
# tls13_port = 0
# keep_alive_seconds = 5
# When a session needs a new proof of its card (the guide "session policy" has all keys):
# [portal.session_policy]
# on_removal = "lock"
# resume_seconds = 600

[status]
# How many hours after its end the last revocation list still counts, when OCSP and lists are down.
# late_hours = 24

[annuaire]
# Port of the Annuaire Santé (FHIR); 0 lets the system choose.
# port = 0
# keys = ["a key that an application may have"]
# calls_per_second = 17

[ldap]
# Ports of the directory by LDAP (StartTLS) and LDAPS; 0 lets the system choose.
# port = 0
# secure_port = 0
# Entries in an answer; the directory of the CPS was known to give 10.
# size_limit = 0
# Processes that answer; more than one use more cores.
# processes = 1

# OpenLDAP's slapd beside it, with the same entries, kept current:
# [ldap.openldap]
# run = true
# port = 0
# secure_port = 0

[publication]
# bind = "127.0.0.1"
# Port of the certificates, revocation lists, OCSP and their page.
# port = 0

[ordering]
# Ports of the pages where test cards are ordered; 0 lets the system choose.
# open_port = 0
# tls12_port = 0
# tls13_port = 0
"""
