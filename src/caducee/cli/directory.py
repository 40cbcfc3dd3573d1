# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee directory``: ask directories, fill the registry, write and read flat files."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caducee.base.i18n import gettext as _

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from cryptography import x509

    from caducee.directory.sources.model import DirectorySource, FoundPerson
    from caducee.sandbox.world import Sandbox
    from caducee.spec.igc import CaFacts

__all__ = ["directory"]

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@dataclass(frozen=True, slots=True)
class _Where:
    """Which directory is meant."""

    folder: Path
    ldap: str | None
    fhir: str | None
    key: str


@click.group()
@click.option(
    "--sandbox",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="CADUCEE_SANDBOX",
    default=Path("sandbox"),
    show_default=True,
    help="The world whose registry is meant; CADUCEE_SANDBOX names it too.",
)
@click.option("--ldap", help="Ask this LDAP directory: ldap://host:port/c=FR.")
@click.option("--fhir", help="Ask this Annuaire Santé (FHIR): http://host:port/fhir/v2.")
@click.option(
    "--key",
    envvar="ESANTE_API_KEY",
    default="caducee",
    help="API key of the Annuaire Santé; ESANTE_API_KEY holds it too.",
)
@click.pass_context
def directory(
    context: click.Context, folder: Path, ldap: str | None, fhir: str | None, key: str
) -> None:
    """Ask directories (registry, LDAP, Annuaire Santé), and fill the registry.

    Without --ldap and --fhir, the registry of the world is asked.
    """
    if ldap and fhir:
        raise click.UsageError(_("Give --ldap or --fhir, not both."))
    context.obj = _Where(folder, ldap, fhir, key)


def _world(folder: Path) -> "Sandbox":
    from caducee.sandbox.world import Sandbox

    return Sandbox(folder)


def _source(context: click.Context) -> "DirectorySource":
    """Return whom to ask; what is opened for that is closed with the command."""
    where: _Where = context.obj
    if where.ldap:
        from caducee.directory.sources.ldap import LdapSource

        return LdapSource(where.ldap)
    if where.fhir:
        from caducee.directory.sources.fhir import FhirSource

        return FhirSource(where.fhir, where.key)
    from caducee.directory.sources.registry import RegistrySource

    opened: AbstractContextManager[Sandbox] = _world(where.folder)
    return RegistrySource(context.with_resource(opened).registry)


@directory.command()
@click.argument("text", nargs=-1, required=True)
@click.option("--most", type=click.IntRange(1, 200), default=20, show_default=True)
@_json
@click.pass_context
def find(
    context: click.Context,
    text: tuple[str, ...],
    most: int,
    as_json: bool,
) -> None:
    """Find persons by a number (PS_IdNat, RPPS, card) or by beginnings of names."""
    found = _source(context).find(" ".join(text), most)
    if as_json:
        click.echo(json.dumps({"persons": [_plain(one) for one in found]}, ensure_ascii=False))
        return
    for one in found:
        click.echo(f"{one.ps_idnat:<22}  {_name(one):<40}  {_profession(one)}".rstrip())
    if not found:
        click.echo(_("Nobody was found."))


@directory.command()
@click.argument("ps_idnat")
@_json
@click.pass_context
def show(
    context: click.Context,
    ps_idnat: str,
    as_json: bool,
) -> None:
    """Show the person with that PS_IdNat: practice, cards, number of certificates."""
    one = _person(_source(context), ps_idnat)
    if as_json:
        click.echo(json.dumps(_plain(one), ensure_ascii=False))
        return
    click.echo(f"{one.ps_idnat}  {_name(one)}")
    click.echo(", ".join(filter(None, (_profession(one), *one.specialties))))
    if one.active is False:
        click.echo(_("Not in practice."))
    for practice in one.practices:
        click.echo(f"{practice.structure:<18}  {practice.sector}  {practice.name}".rstrip())
    for card in one.cards:
        until = f"{card.issued_at:%Y-%m-%d} - {card.expires_at:%Y-%m-%d}"
        stopped = ""
        if card.opposed_at is not None:
            stopped = _("stopped on {date}").format(date=f"{card.opposed_at:%Y-%m-%d}")
        click.echo(f"{card.number}  {card.family}  {until}  {stopped}".rstrip())
    click.echo(_("Certificates: {count}").format(count=len(one.certificates)))


@directory.command()
@click.argument("ps_idnat")
@_json
@click.pass_context
def certificate(
    context: click.Context,
    ps_idnat: str,
    as_json: bool,
) -> None:
    """Print the certificates of the person with that PS_IdNat, in PEM."""
    from cryptography.hazmat.primitives.serialization import Encoding

    from caducee.trust.x509 import load_certificate

    one = _person(_source(context), ps_idnat)
    certificates = [load_certificate(der) for der in one.certificates]
    if as_json:
        found = [_plain_certificate(one) for one in certificates]
        click.echo(json.dumps({"certificates": found}, ensure_ascii=False))
        return
    for each in certificates:
        click.echo(f"{each.subject.rfc4514_string()}\n{each.serial_number:X}")
        click.echo(each.public_bytes(Encoding.PEM).decode(), nl=False)
    if not certificates:
        click.echo(_("No certificate is shown for {ps_idnat}.").format(ps_idnat=ps_idnat))


@directory.command()
@click.argument("ca")
@click.option("--delta", is_flag=True, help="The delta list.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write it here (DER).")
@_json
@click.pass_context
def crl(
    context: click.Context,
    ca: str,
    delta: bool,
    out: Path | None,
    as_json: bool,
) -> None:
    """Show the newest revocation list of CA, its full name."""
    from caducee.base.files import write_atomic

    der = _source(context).revocation_list(_authority(ca), delta=delta)
    found = _plain_list(der)
    if out is not None:
        write_atomic(out, der, mode=0o644)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    click.echo(f"{found['issuer']}")
    click.echo(
        _("Number {number}, {entries} entries, {size} bytes, from {since} to {until}").format(
            number=found["number"],
            entries=found["entries"],
            size=found["size"],
            since=found["this_update"],
            until=found["next_update"],
        )
    )


@directory.command()
@click.option("--persons", type=click.IntRange(1), required=True, help="How many there shall be.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, other persons.")
@click.option("--certificates", is_flag=True, help="Issue the certificates of all of them too.")
@_json
@click.pass_obj
def populate(where: _Where, persons: int, seed: int, certificates: bool, as_json: bool) -> None:
    """Fill the registry with a fictional population; the same command goes on after a stop."""
    from caducee.issuance import population
    from caducee.sandbox.world import Sandbox

    known = (where.folder / "sandbox.toml").is_file()
    with _world(where.folder) if known else Sandbox.create(where.folder) as world:
        left = max(0, persons - population.population_size(world.registry))
        with _progress(_("Persons"), left) as step:
            new = population.populate(world.registry, persons, seed, entered=step)
        issued = _issue(world, seed) if certificates else 0
        size = population.population_size(world.registry)
    if as_json:
        click.echo(json.dumps({"persons": size, "new": new, "issued": issued}))
        return
    click.echo(
        _("{size} persons, {new} of them new; cards issued now: {issued}").format(
            size=size, new=new, issued=issued
        )
    )


def _issue(world: "Sandbox", seed: int) -> int:
    from caducee.issuance import population

    count = 0
    total = population.population_size(world.registry)
    with _progress(_("Cards"), total - world.registry.card_count()) as step:
        keys = population.SharedCardKeys()
        for _one in population.issue_population(world.registry, world.authority, keys, seed):
            count += 1
            step(1)
    return count


@contextmanager
def _progress(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show on a terminal how far something is; elsewhere nothing."""
    silent = not sys.stderr.isatty()
    with click.progressbar(
        length=max(total, 1), label=label, show_pos=True, file=sys.stderr, hidden=silent
    ) as line:
        yield line.update


@directory.command(name="export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@_json
@click.pass_obj
def export_files(where: _Where, folder: Path, as_json: bool) -> None:
    """Write the flat files PS_LibreAcces and Porteurs_CPS_CPF into FOLDER."""
    from caducee.directory.extraction.cards import card_lines
    from caducee.directory.extraction.lines import ACTIVITIES, HOLDERS, write
    from caducee.directory.extraction.persons import person_lines

    with _world(where.folder) as world:
        now = world.clock.now()
        stamp = f"{now:%Y%m%d%H%M}"
        written = [
            write(ACTIVITIES, person_lines(world.registry), folder, stamp),
            write(HOLDERS, card_lines(world.registry, now), folder, stamp),
        ]
    if as_json:
        click.echo(json.dumps({"files": [str(one) for one in written]}))
        return
    for one in written:
        click.echo(str(one))


@directory.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_json
@click.pass_obj
def import_file(where: _Where, file: Path, as_json: bool) -> None:
    """Enter the persons or cards of FILE (PS_LibreAcces… or Porteurs_CPS_CPF…, .zip or .txt)."""
    from caducee.directory.extraction.cards import enter_cards
    from caducee.directory.extraction.lines import ACTIVITIES, HOLDERS, read
    from caducee.directory.extraction.persons import enter_persons

    holders = file.name.startswith(HOLDERS.archive)
    with _world(where.folder) as world, world.registry.acting(file.name):
        if holders:
            count = enter_cards(world.registry, read(HOLDERS, file))
        else:
            count = enter_persons(world.registry, read(ACTIVITIES, file))
    if as_json:
        click.echo(json.dumps({"entered": count}))
        return
    text = _("Cards entered: {count}") if holders else _("Persons entered: {count}")
    click.echo(text.format(count=count))


def _person(source: "DirectorySource", ps_idnat: str) -> "FoundPerson":
    from caducee.base.errors import DirectoryError

    found = source.person(ps_idnat)
    if found is None:
        raise DirectoryError("directory.person_unknown", ps_idnat=ps_idnat)
    return found


def _authority(name: str) -> "CaFacts":
    from caducee.base.errors import DirectoryError
    from caducee.spec import igc

    found = igc.by_name(name)
    if found is None:
        raise DirectoryError("directory.no_list", ca=name)
    return found


def _name(one: "FoundPerson") -> str:
    return f"{one.given_name} {one.family_name}".strip()


def _profession(one: "FoundPerson") -> str:
    from caducee.spec.nomenclatures import Table, label

    return (label(Table.PROFESSIONS, one.profession) or "") if one.profession else ""


def _plain(one: "FoundPerson") -> dict[str, object]:
    found = asdict(one)
    found["certificates"] = len(one.certificates)
    for card in found["cards"]:
        for name in ("issued_at", "expires_at", "opposed_at"):
            card[name] = card[name].isoformat() if card[name] else None
    return found


def _plain_certificate(one: "x509.Certificate") -> dict[str, str]:
    from cryptography.hazmat.primitives.serialization import Encoding

    return {
        "subject": one.subject.rfc4514_string(),
        "issuer": one.issuer.rfc4514_string(),
        "serial": f"{one.serial_number:X}",
        "not_before": one.not_valid_before_utc.isoformat(),
        "not_after": one.not_valid_after_utc.isoformat(),
        "pem": one.public_bytes(Encoding.PEM).decode(),
    }


def _plain_list(der: bytes) -> dict[str, object]:
    from cryptography import x509

    from caducee.base.errors import DirectoryError

    try:
        found = x509.load_der_x509_crl(der)
        number = found.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except (ValueError, x509.ExtensionNotFound):
        raise DirectoryError("directory.list_unreadable") from None
    until = found.next_update_utc
    return {
        "issuer": found.issuer.rfc4514_string(),
        "number": number,
        "entries": len(found),
        "size": len(der),
        "this_update": found.last_update_utc.isoformat(),
        "next_update": until.isoformat() if until else None,
    }
