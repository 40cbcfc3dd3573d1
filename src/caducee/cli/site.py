# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What an administrator says once for everybody on a machine: trusted authorities, and services."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from caducee.base.config import Settings, load

if TYPE_CHECKING:
    from caducee.diagnosis.session import DiagnosisOptions

__all__ = [
    "SITE_FILE",
    "SITE_VARIABLE",
    "TRUST_FOLDER",
    "Site",
    "SiteSettings",
    "diagnosis_options",
    "find_site",
    "trust_folder",
]

SITE_VARIABLE: Final = "CADUCEE_SITE"
"""The environment variable that names another site file."""

SITE_FILE: Final = Path("/etc/caducee/site.toml")
TRUST_FOLDER: Final = Path("/etc/caducee/trust")
"""What ``caducee trust import`` fills: its folders ``anchors``, ``authorities`` and ``crl`` count
where the site file names none of the three, and without a site file."""

_PARTS: Final = (("anchors",), ("authorities",), ("crl",))
_SUFFIXES: Final = frozenset({".pem", ".crt", ".cer", ".der", ".crl"})


class SiteSettings(Settings, frozen=True):
    """The site file. Paths are relative to it; a folder stands for the certificates or lists in
    it.
    """

    anchors: tuple[str, ...] = ()
    """Trusted roots of cards, PEM or DER. Where this key and the next two name nothing, the folder
    ``trust`` counts that ``caducee trust import`` fills."""

    authorities: tuple[str, ...] = ()
    """Authorities below the roots."""

    crl: tuple[str, ...] = ()
    """Revocation lists, DER."""

    services: dict[str, str] = msgspec.field(default_factory=dict)
    """Addresses of services that logins need, by name."""

    optional: dict[str, str] = msgspec.field(default_factory=dict)
    """Addresses of services that logins do not need, by name."""

    portal: str = ""
    """The portal's origin for certificates, TLS 1.2."""

    portal13: str = ""
    """The portal's origin for certificates, TLS 1.3."""

    server_authorities: str = ""
    """Who issues the services' certificates, PEM; empty: those that the system trusts."""

    support_telephone: str = ""
    """The number to call for help, as people dial it; the diagnosis names it."""


@dataclass(frozen=True, slots=True)
class Site:
    """The trusted authorities and the services of a site, as paths and addresses."""

    anchors: tuple[Path, ...] = ()
    authorities: tuple[Path, ...] = ()
    lists: tuple[Path, ...] = ()
    services: dict[str, str] = field(default_factory=dict)
    optional: dict[str, str] = field(default_factory=dict)
    portal: dict[str, str] = field(default_factory=dict)
    """Origins of the listeners for certificates, by version of TLS."""

    server_authorities: Path | None = None
    support: str = ""
    """The telephone number of the support."""


def find_site() -> Site:
    """Return what the site file says, else what the system folder holds; empty without both.

    Raises `ConfigError` (``base.config_*``) for a site file that cannot be read.
    """
    named = os.environ.get(SITE_VARIABLE)
    path = Path(named) if named else SITE_FILE
    return _of_file(path) if named or path.is_file() else Site(*_trusted(trust_folder(), *_PARTS))


def diagnosis_options(sandbox: Path | None) -> "DiagnosisOptions":
    """Return what is looked at by default: services of the sandbox while it runs, else of the site.

    Raises as `find_site`.
    """
    from caducee.diagnosis.session import DiagnosisOptions

    site = find_site() if sandbox is None else _of_sandbox(sandbox)
    return DiagnosisOptions(
        services=site.services,
        optional=site.optional,
        portal=site.portal,
        server_authorities=site.server_authorities,
        support=site.support,
    )


def _of_sandbox(sandbox: Path) -> Site:
    from caducee.sandbox.running import find_portal

    running = find_portal(sandbox)
    if running is None:
        return Site()
    return Site(
        services={"portal": running.open},
        portal={"1.2": running.tls12, "1.3": running.tls13},
        server_authorities=Path(running.server_root),
    )


def trust_folder() -> Path:
    """Return the folder of this site's authorities: beside the site file that is named."""
    named = os.environ.get(SITE_VARIABLE)
    return Path(named).parent / "trust" if named else TRUST_FOLDER


type _Trusted = tuple[tuple[Path, ...], tuple[Path, ...], tuple[Path, ...]]
"""Anchors, authorities, lists."""


def _trusted(folder: Path, *names: Iterable[str]) -> _Trusted:
    anchors, authorities, lists = (tuple(_files(folder / n for n in part)) for part in names)
    return anchors, authorities, lists


def _of_file(path: Path) -> Site:
    found, folder = load(path, SiteSettings), path.parent
    portal = {"1.2": found.portal, "1.3": found.portal13}
    named = found.anchors, found.authorities, found.crl
    trusted = _trusted(folder, *named) if any(named) else _trusted(trust_folder(), *_PARTS)
    return Site(
        *trusted,
        dict(found.services),
        dict(found.optional),
        {version: url for version, url in portal.items() if url},
        folder / found.server_authorities if found.server_authorities else None,
        found.support_telephone,
    )


def _files(paths: Iterable[Path]) -> list[Path]:
    """Return files; of a folder, the certificates and lists in it, by name."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(path.iterdir())
            found += [file for file in inside if file.suffix.lower() in _SUFFIXES]
        elif path.exists() or not path.is_relative_to(trust_folder()):
            found.append(path)
    return found
