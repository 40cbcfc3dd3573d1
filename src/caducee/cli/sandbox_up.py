# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee sandbox up`` and ``serve``: a world that runs until interrupted, and where it is."""

import contextlib
import json
import shlex
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from caducee.base.i18n import gettext as _
from caducee.cli.signals import ENDS, hold

if TYPE_CHECKING:
    from caducee.directory.ldap.server import LdapAddresses
    from caducee.sandbox.world import Sandbox
    from caducee.services.web.settings import PortalAddresses

__all__ = ["serve", "up"]

_TRUST: Final = (
    ("SSL_CERT_FILE", "OpenSSL, Python"),
    ("CURL_CA_BUNDLE", "curl"),
    ("REQUESTS_CA_BUNDLE", "Python requests"),
    ("NODE_EXTRA_CA_CERTS", "Node.js"),
)
"""Variables that name a root which programs trust; the last one adds it, the others make it
the only one."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where something is found."""

    name: str
    """For programs (``--json``)."""

    text: str
    """For people."""

    where: str
    """Address or path."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Places that belong together."""

    title: str
    places: tuple[_Place, ...]


@click.command()
@click.pass_obj
def serve(folder: Path) -> None:
    """Run the portal of the world until interrupted."""
    from caducee.sandbox.running import alone, portal_noted
    from caducee.sandbox.world import Sandbox

    hold()
    with (
        Sandbox(folder) as world,
        alone(folder),
        world.portal() as addresses,
        portal_noted(folder, addresses, world.server_root()),
    ):
        _say(world, [_portal(world, addresses)])
        _wait()


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def up(folder: Path, as_json: bool) -> None:
    """Run everything of the world in one process until interrupted, and tell where it is."""
    from caducee.sandbox.running import alone
    from caducee.sandbox.world import Sandbox

    hold()
    with Sandbox(folder) as world, alone(folder), _running(world) as groups:
        if as_json:
            click.echo(
                json.dumps({place.name: place.where for group in groups for place in group.places})
            )
        else:
            _say(world, groups)
        _wait()


@contextlib.contextmanager
def _running(world: "Sandbox") -> Iterator[list[_Group]]:
    """Run all services of a world; gives where they are."""
    from caducee.sandbox.running import portal_noted

    with (
        world.publication() as published,
        world.annuaire() as annuaire,
        world.ldap() as ldap,
        _openldap(world) as openldap,
        world.portal(transport=world.network(published, ldap)) as addresses,
        world.order_site(transport=world.network(published, ldap)) as ordering,
        portal_noted(world.folder, addresses, world.server_root()),
    ):
        yield [
            _portal(world, addresses),
            _ordering(world, ordering),
            _certificates(published),
            _Group(_("Directories"), tuple(_directories(annuaire, ldap, openldap))),
        ]


def _openldap(world: "Sandbox") -> "contextlib.AbstractContextManager[LdapAddresses | None]":
    """Run an OpenLDAP if the settings of the world say so."""
    return world.openldap() if world.settings.ldap.openldap.run else contextlib.nullcontext()


def _portal(world: "Sandbox", addresses: "PortalAddresses") -> _Group:
    return _Group(
        _("Log in"),
        (
            _Place("open", _("Portal"), addresses.open),
            _Place("tls12", _("with a CPS3 (TLS 1.2)"), addresses.tls12),
            _Place("tls13", _("with a CPS4 (TLS 1.3)"), addresses.tls13),
            _Place("server_root", _("root that clients must trust"), str(world.server_root())),
        ),
    )


def _ordering(world: "Sandbox", addresses: "PortalAddresses") -> _Group:
    from caducee.sandbox.ordering import mailbox
    from caducee.services.ordering.api import BASE

    return _Group(
        _("Order test cards"),
        (
            _Place("ordering", _("Catalogue, orders, cards"), addresses.open),
            _Place("ordering_api", _("the same for programs (HTTP API)"), addresses.open + BASE),
            _Place("mail", _("messages that it sent"), str(mailbox(world))),
        ),
    )


def _certificates(published: str) -> _Group:
    return _Group(
        _("Certificates"),
        (
            _Place("publication", _("Authorities, lists and search"), published),
            _Place("ocsp", _("OCSP responder"), f"{published}/ocsp"),
            _Place("proxy", _("HTTP proxy for the addresses in certificates"), published),
        ),
    )


def _directories(
    annuaire: str, ldap: "LdapAddresses", openldap: "LdapAddresses | None"
) -> Iterator[_Place]:
    yield _Place("annuaire", _("Professionals (FHIR)"), annuaire)
    yield _Place("ldap", _("Certificates and lists (LDAP, StartTLS)"), _ldap(ldap.plain))
    if ldap.secure is not None:
        yield _Place("ldaps", _("the same inside TLS (LDAPS)"), _ldap(ldap.secure, "ldaps"))
    if openldap is not None:
        yield _Place("openldap", _("the same by OpenLDAP (StartTLS)"), _ldap(openldap.plain))


def _ldap(address: tuple[str, int], scheme: str = "ldap") -> str:
    return "{}://{}:{}".format(scheme, *address)


def _say(world: "Sandbox", groups: list[_Group]) -> None:
    """Print the places under their titles, one below the other."""
    now = f"{world.clock.now():%Y-%m-%d %H:%M:%S} UTC"
    click.echo(_("The sandbox in {folder} runs.").format(folder=world.folder))
    click.echo(_("Time in this world: {now}").format(now=now))
    width = max(len(item.text) for group in groups for item in group.places)
    for group in groups:
        click.echo("\n" + click.style(group.title, bold=True))
        for place in group.places:
            click.echo(f"  {place.text:<{width}}  {place.where}")
    click.echo("\n" + _("For programs of this shell to trust its web servers:"))
    root = shlex.quote(str(world.server_root()))
    for name, programs in _TRUST:
        click.echo(f"  export {name}={root}  # {programs}")
    if not world.card_paths():
        click.echo("\n" + _("No card yet; create one with: caducee sandbox issue"))


def _wait() -> None:
    click.echo("\n" + _("Press Ctrl+C to end."), err=True)
    with contextlib.suppress(KeyboardInterrupt):
        signal.sigwait(ENDS)
