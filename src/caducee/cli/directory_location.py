# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Which directory a command of ``caducee directory`` means."""

import ssl
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caducee.base.i18n import gettext as _

if TYPE_CHECKING:
    from caducee.directory.sources.model import DirectorySource
    from caducee.sandbox.world import Sandbox

__all__ = ["DirectoryLocation", "opened", "source", "trusting"]


@dataclass(frozen=True, slots=True)
class DirectoryLocation:
    """Which directory is meant."""

    folder: Path
    """Of the world whose registry is meant when nothing else is."""

    ldap: str | None = None
    start_tls: bool = False
    fhir: str | None = None
    key: str = ""
    files: tuple[Path, ...] = ()
    trust: Path | None = None
    """Whom to trust for TLS (PEM); none: those whom this machine trusts."""


def opened(folder: Path) -> "Sandbox":
    """Open the world of a folder. Raises `StateError` (``sandbox.missing``)."""
    from caducee.sandbox.world import Sandbox

    return Sandbox(folder)


def source(context: click.Context) -> "DirectorySource":
    """Return whom to ask; what is opened for that is closed with the command."""
    where: DirectoryLocation = context.obj
    if where.ldap:
        from caducee.directory.sources.ldap import LdapSource

        return LdapSource(where.ldap, trusting(where.trust), start_tls=where.start_tls)
    if where.fhir:
        from caducee.directory.sources.fhir import FhirSource

        return FhirSource(where.fhir, where.key, trusting(where.trust))
    if where.files:
        from caducee.directory.sources.flat import FlatSource

        return FlatSource(where.files)
    from caducee.directory.sources.registry import RegistrySource

    world: AbstractContextManager[Sandbox] = opened(where.folder)
    return RegistrySource(context.with_resource(world).registry)


def trusting(authorities: Path | None) -> ssl.SSLContext | None:
    """Return TLS that trusts these authorities (PEM); none: those whom this machine trusts."""
    if authorities is None:
        return None
    try:
        return ssl.create_default_context(cafile=authorities)
    except OSError:  # also when the file holds no certificate
        text = _("{file} holds no certificate in PEM.").format(file=authorities)
        raise click.UsageError(text) from None
