# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee directory openldap`` and ``follow``: an OpenLDAP with the entries of a world."""

import hashlib
import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caducee.base.errors import DirectoryError
from caducee.base.i18n import gettext as _
from caducee.cli.directory_location import DirectoryLocation, opened, trusting
from caducee.cli.options import existing_file, json_option
from caducee.cli.signals import ENDS, hold

if TYPE_CHECKING:
    from caducee.base.secret import Secret
    from caducee.directory.ldap.follower import Address, Following
    from caducee.directory.ldap.projection import Projection

__all__ = ["follow", "openldap"]

_PAUSE = 1.0
_FILE = existing_file


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--size-limit", type=click.IntRange(0), default=0, help="Entries in an answer.")
@json_option
@click.pass_obj
def openldap(where: DirectoryLocation, folder: Path, size_limit: int, as_json: bool) -> None:
    """Make an OpenLDAP in FOLDER with the entries of the world: settings, schema, database."""
    from caducee.directory.ldap.slapd import Slapd

    with opened(where.folder) as world:
        entries = world.entries()
        store, projection = entries.open()
        with store:
            projection.catch_up()
            slapd = Slapd(folder, size_limit=size_limit, password=entries.password())
            count = slapd.fill(store.all())
    start = f"{folder}/slapd -f {folder}/slapd.conf -h ldap://127.0.0.1:3890/"
    if as_json:
        click.echo(json.dumps({"entries": count, "start": start}))
        return
    click.echo(_("Entries: {count}").format(count=count))
    click.echo(_("Start it: {command}").format(command=start))
    command = "caducee directory follow ldap://127.0.0.1:3890"
    click.echo(_("Keep it current: {command}").format(command=command))


@click.command()
@click.argument("url")
@click.option("--user", help="Who may change that directory; default: as openldap sets it up.")
@click.option("--password-file", type=_FILE, help="Its password; default: that of the world.")
@click.option("--start-tls", is_flag=True, help="Begin TLS (ldap://).")
@click.option("--trust", type=_FILE, help="Authorities to trust for TLS, in PEM.")
@click.option("--compare", is_flag=True, help="Compare every entry first, and mend what differs.")
@click.option("--once", is_flag=True, help="End when the directory is current.")
@json_option
@click.pass_obj
def follow(where: DirectoryLocation, /, url: str, once: bool, as_json: bool, **of: object) -> None:
    """Keep the OpenLDAP at URL current with the world, until interrupted.

    It resumes where it was interrupted. Each change is reported as it is made.
    """
    from caducee.directory.ldap.follower import Follower, Following

    hold()
    with opened(where.folder) as world:
        entries = world.entries()
        store, projection = entries.open()
        progress = entries.folder / f"follow-{hashlib.sha256(url.encode()).hexdigest()[:16]}.json"
        with store:
            address = _address(url, entries.password(), of)
            following = Following(Follower(store, progress), address)
            try:
                projection.catch_up()
                changed = following.compare() if of["compare"] else following.turn()
                _tell(changed, as_json)
                while not once and signal.sigtimedwait(ENDS, _PAUSE) is None:
                    _turn(projection, following, as_json)
            finally:
                following.close()


def _address(url: str, password: "Secret", of: dict[str, object]) -> "Address":
    from caducee.base.secret import Secret
    from caducee.codec.ldap.urls import LdapUrl
    from caducee.directory.ldap.follower import Address
    from caducee.directory.ldap.openldap import WRITER

    found = LdapUrl.parse(url)
    host, port = found.address
    file, trust, user = of["password_file"], of["trust"], of["user"]
    if isinstance(file, Path):
        password = Secret(file.read_bytes().rstrip(b"\r\n"))
    return Address(
        host,
        port,
        password,
        user if isinstance(user, str) else WRITER,
        found.secure,
        bool(of["start_tls"]),
        trusting(trust if isinstance(trust, Path) else None),
    )


def _turn(projection: "Projection", following: "Following", as_json: bool) -> None:
    projection.catch_up()
    try:
        changed = following.turn()
    except DirectoryError as error:
        click.echo(str(error), err=True)
        return
    if changed:
        _tell(changed, as_json)


def _tell(changed: int, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"changed": changed}))
    else:
        click.echo(_("Entries changed: {count}").format(count=changed))
