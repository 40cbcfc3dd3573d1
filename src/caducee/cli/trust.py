# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee trust``: import authorities, judge certificates, and make status bundles."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caducee.base.i18n import gettext as _
from caducee.cli.exits import Exit
from caducee.cli.options import existing_file, json_option
from caducee.cli.trust_site import import_, list_

if TYPE_CHECKING:
    import datetime as dt

    from cryptography import x509

    from caducee.trust import BundleSource, RevocationSource
    from caducee.trust.bundle import Signer
    from caducee.trust.path import PathResult

__all__ = ["trust"]

_FILE = existing_file
_authorities = click.option(
    "--authorities",
    type=_FILE,
    multiple=True,
    required=True,
    help="Certificates of authorities, PEM or DER; may be given several times.",
)
_signer = click.option("--signer", type=_FILE, help="The certificate of who makes bundles here.")


@click.group()
def trust() -> None:
    """Authorities imported, certificates judged, and status bundles for offline verifiers."""


trust.add_command(import_)
trust.add_command(list_)


@trust.command()
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@_authorities
@click.option("--crl", "lists", type=_FILE, multiple=True, required=True, help="A complete list.")
@click.option("--key", type=_FILE, required=True, help="The private key that signs, PEM.")
@click.option("--days", type=click.IntRange(1, 366), default=7, show_default=True)
def bundle(
    out: Path, authorities: tuple[Path, ...], lists: tuple[Path, ...], key: Path, days: int
) -> None:
    """Put revocation lists into one small signed file, OUT, that counts for some days.

    A card that was revoked takes seven bytes in it. Verifiers need the certificate of the key.
    """
    import datetime as dt

    from caducee.base.clock import SystemClock
    from caducee.base.files import write_atomic
    from caducee.trust.bundle import make
    from caducee.trust.crl import CrlIndex
    from caducee.trust.x509 import view

    known = [view(certificate) for certificate in _certificates(authorities)]
    indexes = [CrlIndex.read(item.read_bytes(), known) for item in lists]
    now = SystemClock().now()
    data = make(
        [(index.issuer.certificate, index) for index in indexes],
        _private_key(key),
        created=now,
        expires=now + dt.timedelta(days=days),
    )
    write_atomic(out, data, 0o644)
    text = _("{path}: {count} revoked certificates of {authorities} authorities, {size} bytes")
    count = sum(len(index) for index in indexes)
    click.echo(text.format(path=out, count=count, authorities=len(indexes), size=len(data)))


@trust.command()
@click.argument("file", type=_FILE)
@_signer
@json_option
def show(file: Path, signer: Path | None, as_json: bool) -> None:
    """Verify a status bundle, FILE, and tell what it holds."""
    found = _bundle(file, signer)
    lists = [
        {
            "number": item.number,
            "revoked": item.entries,
            "this_update": item.this_update.isoformat(),
            "next_update": item.next_update.isoformat(),
        }
        for item in found.infos
    ]
    if as_json:
        times = {"created": found.created.isoformat(), "expires": found.expires.isoformat()}
        click.echo(json.dumps({"size": found.size, **times, "lists": lists}))
        return
    text = _("Made on {created}, counts until {expires}.")
    click.echo(text.format(created=_day(found.created), expires=_day(found.expires)))
    for info in found.infos:
        line = _("List {number} of {this_update}, until {next_update}: {count} revoked")
        update = _day(info.this_update), _day(info.next_update)
        number = "?" if info.number is None else info.number
        click.echo(
            line.format(
                number=number, this_update=update[0], next_update=update[1], count=info.entries
            )
        )


@trust.command()
@click.argument("certificate", type=_FILE)
@_authorities
@click.option("--anchors", type=_FILE, multiple=True, required=True, help="The roots, PEM or DER.")
@click.option("--crl", "lists", type=_FILE, multiple=True, help="A revocation list.")
@click.option("--bundle", "file", type=_FILE, help="A status bundle, instead of lists.")
@_signer
@click.option(
    "--purpose",
    type=click.Choice(["login", "signature", "server", "any"]),
    default="any",
    show_default=True,
)
@click.option("--at", help="The moment that counts, e.g. 2026-11-24T12:00+00:00; default: now.")
@json_option
def check(  # noqa: PLR0913, PLR0917 (one option each)
    certificate: Path,
    authorities: tuple[Path, ...],
    anchors: tuple[Path, ...],
    lists: tuple[Path, ...],
    file: Path | None,
    signer: Path | None,
    purpose: str,
    at: str | None,
    as_json: bool,
) -> None:
    """Judge a certificate with its chain, by lists or by a status bundle; no network is used."""
    from caducee.trust.path import CertificatePurpose, validate

    purposes = {
        "login": CertificatePurpose.CLIENT_AUTHENTICATION,
        "signature": CertificatePurpose.SIGNATURE,
        "server": CertificatePurpose.SERVER_AUTHENTICATION,
        "any": CertificatePurpose.ANY,
    }
    known, roots = _certificates(authorities), _certificates(anchors)
    result = validate(
        _certificates((certificate,))[0],
        known,
        anchors=roots,
        at=_moment(at),
        purpose=purposes[purpose],
        revocation=_revocation([*roots, *known], lists, file, signer),
    )
    _tell(result, as_json)
    if not result.ok:
        sys.exit(Exit.FAILURE)


def _tell(result: "PathResult", as_json: bool) -> None:
    if as_json:
        checks = [
            {"name": entry.name, "outcome": entry.outcome.value, "code": entry.code}
            for entry in result.checks
        ]
        click.echo(json.dumps({"ok": result.ok, "checks": checks}))
        return
    signs = {"passed": "✓", "failed": "✗", "unknown": "?", "skipped": "–"}
    for item in result.checks:
        click.echo(f"{signs[item.outcome.value]} {item.sentence()}")


def _revocation(
    known: "list[x509.Certificate]",
    lists: tuple[Path, ...],
    file: Path | None,
    signer: Path | None,
) -> "RevocationSource | None":
    from caducee.trust.revocation import CrlSource

    if file is not None:
        return _bundle(file, signer)
    if not lists:
        return None
    source = CrlSource(known)
    for item in lists:
        source.load(item.read_bytes())
    return source


def _bundle(file: Path, signer: Path | None) -> "BundleSource":
    from caducee.trust.bundle import BundleSource

    if signer is None:
        raise click.UsageError(_("--signer is needed to verify a bundle."))
    return BundleSource.read(file.read_bytes(), _certificates((signer,))[0])


def _certificates(files: tuple[Path, ...]) -> "list[x509.Certificate]":
    """Read certificates, one DER or any number of PEM in a file. Raises `TrustError`."""
    from caducee.trust.loading import read_certificates

    return [found for file in files for found in read_certificates(file)]


def _private_key(file: Path) -> "Signer":
    """Read the key that signs; ask for its passphrase if it has one. Raises `TrustError`."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    from caducee.base.errors import TrustError

    data = file.read_bytes()
    try:
        try:
            key = load_pem_private_key(data, None)
        except TypeError:
            passphrase = click.prompt(_("Passphrase of {path}").format(path=file), hide_input=True)
            key = load_pem_private_key(data, passphrase.encode())
    except (ValueError, TypeError):
        raise TrustError("cli.signing_key", path=str(file)) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise TrustError("cli.signing_key", path=str(file))
    return key


def _moment(text: str | None) -> "dt.datetime":
    import datetime as dt

    from caducee.base.clock import SystemClock

    if text is None:
        return SystemClock().now()
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(_("Write it as in 2026-11-24T12:00+00:00.")) from None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _day(when: "dt.datetime") -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"
