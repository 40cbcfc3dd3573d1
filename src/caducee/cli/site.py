# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What an administrator says once for everybody on a machine: trusted authorities, and services."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from caducee.base.config import Settings, load

__all__ = ["SITE_FILE", "SITE_VARIABLE", "TRUST_FOLDER", "Site", "find_site"]

SITE_VARIABLE: Final = "CADUCEE_SITE"
"""The environment variable that names another site file."""

SITE_FILE: Final = Path("/etc/caducee/site.toml")
TRUST_FOLDER: Final = Path("/etc/caducee/trust")
"""Used without a site file: its folders ``anchors``, ``authorities`` and ``crl`` hold files."""

_SUFFIXES: Final = frozenset({".pem", ".crt", ".cer", ".der", ".crl"})


class _Settings(Settings, frozen=True):
    """The site file. Paths are relative to it; a folder stands for the certificates or lists in
    it.
    """

    anchors: tuple[str, ...] = ()
    """Trusted roots of cards, PEM or DER."""

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


def find_site() -> Site:
    """Return what the site file says, else what the system folder holds; empty without both.

    Raises `ConfigError` (``base.config_*``) for a site file that cannot be read.
    """
    named = os.environ.get(SITE_VARIABLE)
    path = Path(named) if named else SITE_FILE
    if named or path.is_file():
        return _of_file(path)
    return Site(
        tuple(_files([TRUST_FOLDER / "anchors"])),
        tuple(_files([TRUST_FOLDER / "authorities"])),
        tuple(_files([TRUST_FOLDER / "crl"])),
    )


def _of_file(path: Path) -> Site:
    found, folder = load(path, _Settings), path.parent
    portal = {"1.2": found.portal, "1.3": found.portal13}
    anchors, authorities, lists = (
        tuple(_files(folder / name for name in names))
        for names in (found.anchors, found.authorities, found.crl)
    )
    return Site(
        anchors,
        authorities,
        lists,
        dict(found.services),
        dict(found.optional),
        {version: url for version, url in portal.items() if url},
        folder / found.server_authorities if found.server_authorities else None,
    )


def _files(paths: Iterable[Path]) -> list[Path]:
    """Return files; of a folder, the certificates and lists in it, by name."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(path.iterdir())
            found += [file for file in inside if file.suffix.lower() in _SUFFIXES]
        elif path.exists() or not _is_default(path):
            found.append(path)
    return found


def _is_default(path: Path) -> bool:
    return path.is_relative_to(TRUST_FOLDER)
