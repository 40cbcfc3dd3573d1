# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee directory``: ask directories; the other commands stand in modules of their own."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caducee.base.i18n import gettext as _
from caducee.cli.directory_fill import consent, export_files, history, import_file, populate
from caducee.cli.directory_location import DirectoryLocation, source
from caducee.cli.directory_openldap import follow, openldap
from caducee.cli.options import existing_file, existing_path, json_option, sandbox_option

if TYPE_CHECKING:
    from cryptography import x509

    from caducee.directory.sources.model import DirectorySource, FoundPerson
    from caducee.spec.igc import CaFacts

__all__ = ["directory"]


@click.group()
@sandbox_option("The world whose registry is meant; CADUCEE_SANDBOX names it too.")
@click.option("--ldap", help="Ask this LDAP directory: ldap://host:port/c=FR, or ldaps://….")
@click.option("--start-tls", is_flag=True, help="Begin TLS with that directory (ldap://).")
@click.option("--fhir", help="Ask this Annuaire Santé (FHIR): http://host:port/fhir/v2.")
@click.option(
    "--key",
    envvar="ESANTE_API_KEY",
    default="caducee",
    help="API key of the Annuaire Santé; ESANTE_API_KEY holds it too.",
)
@click.option(
    "--files",
    multiple=True,
    type=existing_path,
    help="Ask this flat file (PS_LibreAcces…, Porteurs_CPS_CPF…), or those of this folder.",
)
@click.option(
    "--trust",
    type=existing_file,
    help="Authorities to trust for TLS, in PEM.",
)
@click.pass_context
def directory(
    context: click.Context,
    /,
    folder: Path,
    **named: Any,  # noqa: ANN401 (click gives them: what `DirectoryLocation` has)
) -> None:
    """Ask directories (registry, LDAP, Annuaire Santé, flat files), and fill the registry.

    Without --ldap, --fhir and --files, the registry of the world is asked.
    """
    if sum(map(bool, (named["ldap"], named["fhir"], named["files"]))) > 1:
        raise click.UsageError(_("Give one of --ldap, --fhir and --files."))
    context.obj = DirectoryLocation(folder, **named)


for _command in (populate, export_files, import_file, consent, history, openldap, follow):
    directory.add_command(_command)


@directory.command()
@click.argument("text", nargs=-1, required=True)
@click.option(
    "--limit",
    type=click.IntRange(1, 200),
    default=20,
    show_default=True,
    help="Most persons to list.",
)
@json_option
@click.pass_context
def find(
    context: click.Context,
    text: tuple[str, ...],
    limit: int,
    as_json: bool,
) -> None:
    """Find persons by a number (PS_IdNat, RPPS, card) or by beginnings of names."""
    found = source(context).find(" ".join(text), limit)
    if as_json:
        click.echo(json.dumps({"persons": [_plain(entry) for entry in found]}, ensure_ascii=False))
        return
    for item in found:
        click.echo(f"{item.ps_idnat:<22}  {_name(item):<40}  {_profession(item)}".rstrip())
    if not found:
        click.echo(_("Nobody was found."))


@directory.command()
@click.argument("ps_idnat")
@json_option
@click.pass_context
def show(
    context: click.Context,
    ps_idnat: str,
    as_json: bool,
) -> None:
    """Show the person with that PS_IdNat: practice, cards, number of certificates."""
    item = _person(source(context), ps_idnat)
    if as_json:
        click.echo(json.dumps(_plain(item), ensure_ascii=False))
        return
    click.echo(f"{item.ps_idnat}  {_name(item)}")
    click.echo(", ".join(filter(None, (_profession(item), *item.specialties))))
    if item.active is False:
        click.echo(_("Not in practice."))
    for practice in item.practices:
        click.echo(f"{practice.structure:<18}  {practice.sector}  {practice.name}".rstrip())
    for card in item.cards:
        until = f"{card.issued_at:%Y-%m-%d} - {card.expires_at:%Y-%m-%d}"
        stopped = ""
        if card.opposed_at is not None:
            stopped = _("stopped on {date}").format(date=f"{card.opposed_at:%Y-%m-%d}")
        click.echo(f"{card.number}  {card.family}  {until}  {stopped}".rstrip())
    click.echo(_("Certificates: {count}").format(count=len(item.certificates)))


@directory.command()
@click.argument("ps_idnat")
@json_option
@click.pass_context
def certificate(
    context: click.Context,
    ps_idnat: str,
    as_json: bool,
) -> None:
    """Print the certificates of the person with that PS_IdNat, in PEM."""
    from cryptography.hazmat.primitives.serialization import Encoding

    from caducee.trust.x509 import load_certificate

    item = _person(source(context), ps_idnat)
    certificates = [load_certificate(der) for der in item.certificates]
    if as_json:
        found = [_plain_certificate(entry) for entry in certificates]
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
@json_option
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

    der = source(context).revocation_list(_authority(ca), delta=delta)
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


def _person(asked: "DirectorySource", ps_idnat: str) -> "FoundPerson":
    from caducee.base.errors import DirectoryError

    found = asked.person(ps_idnat)
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


def _name(person: "FoundPerson") -> str:
    return f"{person.given_name} {person.family_name}".strip()


def _profession(person: "FoundPerson") -> str:
    from caducee.spec.nomenclatures import Table, label

    return (label(Table.PROFESSIONS, person.profession) or "") if person.profession else ""


def _plain(person: "FoundPerson") -> dict[str, object]:
    found = asdict(person)
    found["certificates"] = len(person.certificates)
    for card in found["cards"]:
        for name in ("issued_at", "expires_at", "opposed_at"):
            card[name] = card[name].isoformat() if card[name] else None
    return found


def _plain_certificate(item: "x509.Certificate") -> dict[str, str]:
    from cryptography.hazmat.primitives.serialization import Encoding

    return {
        "subject": item.subject.rfc4514_string(),
        "issuer": item.issuer.rfc4514_string(),
        "serial": f"{item.serial_number:X}",
        "not_before": item.not_valid_before_utc.isoformat(),
        "not_after": item.not_valid_after_utc.isoformat(),
        "pem": item.public_bytes(Encoding.PEM).decode(),
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
