# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee certificate``: certificates whose key is kept by software, of persons and others."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caducee.base.i18n import gettext as _
from caducee.cli.options import existing_file, json_option, sandbox_option

if TYPE_CHECKING:
    from cryptography import x509

    from caducee.authority.keys import CaKey, PublicKey
    from caducee.directory.model import Certificate, Person, Structure
    from caducee.sandbox.world import Sandbox

__all__ = ["certificate"]

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = existing_file

_csr = click.option(
    "--csr", type=_FILE, help="A signing request (PKCS#10) with the key to certify."
)
_kind = click.option(
    "--key",
    "kind",
    type=click.Choice(["rsa-2048", "ec-p256", "ec-p384"]),
    help="The key to make when no request is given; default: as sandbox.toml says.",
)
_out = click.option(
    "--out",
    type=_FOLDER,
    help="Where the files go; default: certificates/ in the world's folder.",
)
_REASONS = (
    "unspecified",
    "key_compromise",
    "affiliation_changed",
    "superseded",
    "cessation_of_operation",
    "privilege_withdrawn",
)


@click.group()
@sandbox_option("The world whose authorities are meant; CADUCEE_SANDBOX names it too.")
@click.pass_context
def certificate(context: click.Context, folder: Path) -> None:
    """Certificates whose key is kept by software: issue, list, renew, revoke."""
    context.obj = folder


@certificate.command()
@click.argument("ps_idnat", required=False)
@click.option("--use", type=click.Choice(["signature", "authentication"]), default="signature")
@click.option("--email", help="Address in the certificate; default: that of the request.")
@_csr
@_kind
@_out
@json_option
@click.pass_obj
def person(  # noqa: PLR0913, PLR0917 (one option each)
    folder: Path,
    ps_idnat: str | None,
    use: str,
    email: str | None,
    csr: Path | None,
    kind: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Certify a key of the person with that PS_IdNat; without one, of a new test identity."""
    from caducee.issuance.software import issue_software
    from caducee.trust.certificate import CertificateUse

    with _opened(folder) as world:
        holder = _person(world, ps_idnat)
        key, public, asked = _key(world, csr, kind)
        made = issue_software(
            world.registry,
            world.authority,
            holder,
            public,
            use=CertificateUse(use),
            email=email or (asked[0] if asked else None),
        )
        _deliver(world, made, key, out, as_json)


@certificate.command()
@click.argument("struct_idnat")
@click.argument("name")
@click.option("--use", type=click.Choice(["AUTH_CLI", "SIGN", "SSL"]), required=True)
@click.option("--host", "hosts", multiple=True, help="Another name of the server (SSL).")
@click.option("--structure-name", help="Name of a structure that the registry does not know.")
@click.option("--department", help="Its department, code of table G09, e.g. 75.")
@click.option("--world", "hierarchy", type=click.Choice(["TEST", "SANDBOX"]), default="TEST")
@_csr
@_kind
@_out
@json_option
@click.pass_obj
def organisation(  # noqa: PLR0913, PLR0917 (one option each)
    folder: Path,
    struct_idnat: str,
    name: str,
    use: str,
    hosts: tuple[str, ...],
    structure_name: str | None,
    department: str | None,
    hierarchy: str,
    csr: Path | None,
    kind: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Certify a key of a structure: NAME is the application's, or a server's host name."""
    from caducee.issuance.organisations import OrganisationOrder, issue_organisation
    from caducee.spec.igc import OrganisationUse, World

    with _opened(folder) as world:
        order = OrganisationOrder(
            structure=_structure(world, struct_idnat, structure_name, department),
            name=name,
            use=OrganisationUse(use),
            hosts=hosts,
            world=World(hierarchy),
        )
        key, public, _asked = _key(world, csr, kind)
        made = issue_organisation(world.registry, world.authority, order, public)
        _deliver(world, made, key, out, as_json)


@certificate.command(name="list")
@click.argument("text")
@json_option
@click.pass_obj
def list_(folder: Path, text: str, as_json: bool) -> None:
    """List certificates by serial number, card number or words of the subject."""
    from caducee.directory.certificates import find_certificates

    with _opened(folder) as world:
        found = [
            _plain(find_certificate) for find_certificate in find_certificates(world.registry, text)
        ]
    if as_json:
        click.echo(json.dumps({"certificates": found}, ensure_ascii=False))
        return
    for item in found:
        state = _("revoked") if item["revoked_at"] else f"{item['not_after']:.10}"
        click.echo(f"{item['serial']}  {item['use'] or '':<14}  {state:<10}  {item['subject']}")


@certificate.command()
@click.argument("serial")
@_out
@json_option
@click.pass_obj
def renew(folder: Path, serial: str, out: Path | None, as_json: bool) -> None:
    """Issue the certificate of that serial number again: same name and key, valid from now."""
    from cryptography import x509

    with _opened(folder) as world:
        old = _found(world, serial)
        made = world.authority.renew(
            x509.load_der_x509_certificate(old.der), card_number=old.card_number, use=old.use
        )
        _deliver(world, made, None, out, as_json)


@certificate.command()
@click.argument("serial")
@click.option("--reason", type=click.Choice(_REASONS), default="unspecified", show_default=True)
@click.pass_obj
def revoke(folder: Path, serial: str, reason: str) -> None:
    """Revoke the certificate of that serial number, and publish the lists that say so."""
    from cryptography import x509

    from caducee.base.errors import IssueError
    from caducee.spec import igc

    with _opened(folder) as world:
        item = _found(world, serial)
        ca = igc.by_name(item.issuer)
        if ca is None:
            raise IssueError("authority.ca_unknown", name=item.issuer)
        done = world.authority.revoke(ca, item.serial, x509.ReasonFlags[reason])
        if done:
            world.authority.publish(ca)
    text = _("Certificate {serial} is revoked.") if done else _("It was revoked before: {serial}.")
    click.echo(text.format(serial=f"{item.serial:X}"))


def _opened(folder: Path) -> "Sandbox":
    from caducee.sandbox.world import Sandbox

    return Sandbox(folder)


def _person(world: "Sandbox", ps_idnat: str | None) -> "Person":
    from caducee.base.errors import StateError
    from caducee.issuance.identities import new_person

    if ps_idnat is None:
        return new_person(world.registry)
    found = world.registry.persons.get(ps_idnat)
    if found is None:
        raise StateError("sandbox.person_unknown", ps_idnat=ps_idnat)
    return found


def _structure(
    world: "Sandbox", struct_idnat: str, name: str | None, department: str | None
) -> "Structure":
    from dataclasses import replace

    from caducee.base.errors import StateError
    from caducee.directory.model import Structure

    known = world.registry.structures.get(struct_idnat)
    if known is None and name is None:
        raise StateError("sandbox.structure_unknown", struct_idnat=struct_idnat)
    found = known or Structure(struct_idnat, name or "")
    return replace(found, name=name or found.name, department=department or found.department)


def _key(
    world: "Sandbox", csr: Path | None, kind: str | None
) -> "tuple[CaKey | None, PublicKey, tuple[str, ...]]":
    """Return a key that is made, or none with that of a request and the address it asks for."""
    from caducee.authority.csr import read_request
    from caducee.authority.keys import KeyKind

    if csr is not None and kind is not None:
        raise click.UsageError(_("Give --csr or --key, not both."))
    if csr is None:
        made = KeyKind(kind or world.settings.authority.software_keys).make()
        return made, made.public_key(), ()
    asked = read_request(csr.read_bytes())
    return None, asked.public_key, (asked.email,) if asked.email else ()


def _found(world: "Sandbox", serial: str) -> "Certificate":
    from caducee.base.errors import StateError
    from caducee.directory.certificates import find_certificates

    found = [
        find_certificate
        for find_certificate in find_certificates(world.registry, serial)
        if f"{find_certificate.serial:X}"
        == serial.replace(":", "").upper().removeprefix("0X").lstrip("0")
    ]
    if len(found) != 1:
        raise StateError("sandbox.certificate_unknown", serial=serial[:64])
    return found[0]


def _deliver(
    world: "Sandbox", made: "x509.Certificate", key: "CaKey | None", out: Path | None, as_json: bool
) -> None:
    """Write the certificate with its chain, and the key if it was made here; say where."""
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    from caducee.base.files import make_folder, write_atomic

    folder = out or world.folder / "certificates"
    make_folder(folder)
    serial = f"{made.serial_number:X}"
    paths = {"certificate": folder / f"{serial}.pem"}
    if key is not None:
        paths["key"] = folder / f"{serial}-key.pem"
        plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_atomic(paths["key"], plain)
    chain = (made, *world.authority.chain_of(made)[:-1])  # nobody believes a root that is sent
    pem = b"".join(item.public_bytes(Encoding.PEM) for item in chain)
    write_atomic(paths["certificate"], pem, mode=0o644)
    shown = {name: str(path) for name, path in paths.items()}
    if as_json:
        click.echo(
            json.dumps({"serial": serial, "subject": made.subject.rfc4514_string(), **shown})
        )
        return
    click.echo(
        _("Certificate {serial}, in {path}").format(serial=serial, path=shown["certificate"])
    )
    if key is not None:
        click.echo(_("Its key, not encrypted: {path}").format(path=shown["key"]))


def _plain(item: "Certificate") -> dict[str, str | None]:
    return {
        "serial": f"{item.serial:X}",
        "issuer": item.issuer,
        "subject": item.subject,
        "use": item.use,
        "not_before": item.not_before.isoformat(),
        "not_after": item.not_after.isoformat(),
        "revoked_at": item.revoked_at.isoformat() if item.revoked_at else None,
        "reason": item.reason,
    }
