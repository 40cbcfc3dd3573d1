# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee trust import`` and ``list``: the authorities that cards are judged by here."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caducee.base.i18n import gettext as _
from caducee.cli.options import existing_file, json_option

if TYPE_CHECKING:
    from cryptography import x509

    from caducee.trust.published import ComparedAuthority

__all__ = ["import_", "list_"]

_DIGITS = re.compile(r"[0-9A-F]{64}")


def _fingerprint(
    context: click.Context, option: click.Parameter, values: tuple[str, ...]
) -> list[str]:
    """Take SHA-256 fingerprints as programs print them: with colons or spaces, in any case."""
    found = [re.sub(r"[:\s]", "", value).upper() for value in values]
    if not all(map(_DIGITS.fullmatch, found)):
        raise click.BadParameter(_("Write it as 64 hexadecimal digits."), context, option)
    return found


@click.command(name="import")
@click.argument("files", nargs=-1, required=True, type=existing_file)
@click.option(
    "--fingerprint",
    "own",
    multiple=True,
    callback=_fingerprint,
    help="SHA-256 of an authority that is not of IGC-Santé; may be given several times.",
)
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that receives them [default: the trust folder of this site].",
)
@json_option
def import_(files: tuple[Path, ...], own: list[str], into: Path | None, as_json: bool) -> None:
    """Trust the authorities in FILES (PEM, DER or PKCS#7) after comparing their fingerprints.

    The certificates of IGC-Santé come from the ANS; their published fingerprints are known here.
    When one certificate does not match, none is imported. Cards are judged by them from then on.
    """
    from caducee.cli.site import trust_folder
    from caducee.trust.published import compare, read_authorities

    compared = [compare(item, own) for file in files for item in read_authorities(file)]
    folder = into or trust_folder()
    written = [(item, _write(item, folder)) for item in compared]
    if as_json:
        click.echo(json.dumps({"imported": [_plain(item, path) for item, path in written]}))
        return
    for item, path in written:
        kind = _("root authority") if item.root else _("issuing authority")
        text = _("{name} ({kind}), {by} compared: {path}")
        click.echo(text.format(name=item.name, kind=kind, by=item.by, path=path))


def _write(item: "ComparedAuthority", folder: Path) -> Path:
    """Write a certificate where the site looks for it."""
    from caducee.base.files import make_folder, write_atomic

    path = folder / ("anchors" if item.root else "authorities") / f"{_stem(item)}.cer"
    make_folder(path.parent)
    for place in (folder, path.parent):
        place.chmod(0o755)  # everybody's programs read them
    write_atomic(path, item.der, 0o644)
    return path


@click.command(name="list")
@json_option
def list_(as_json: bool) -> None:
    """List the authorities that cards are judged by on this machine.

    They come from the site file, else from the trust folder.
    """
    from caducee.cli.site import find_site
    from caducee.trust.loading import read_certificates

    site = find_site()
    found = [
        _listed(certificate, file, root=file in site.anchors)
        for file in (*site.anchors, *site.authorities)
        for certificate in read_certificates(file)
    ]
    if as_json:
        click.echo(json.dumps({"authorities": found}, ensure_ascii=False))
        return
    for item in found:
        known = _("published fingerprint") if item["published"] else _("no published fingerprint")
        click.echo(f"{item['name']}  {item['expires']:.10}  {known}\n    {item['file']}")
    if not found:
        click.echo(_("No trusted authorities: import them with “caducee trust import”."))


def _listed(certificate: "x509.Certificate", file: Path, *, root: bool) -> dict[str, str | bool]:
    from caducee.base.errors import TrustError
    from caducee.trust.published import compare, name_of

    try:
        published = bool(compare(certificate).by)
    except TrustError:
        published = False
    return {
        "name": name_of(certificate),
        "root": root,
        "expires": certificate.not_valid_after_utc.isoformat(),
        "published": published,
        "file": str(file),
    }


def _stem(item: "ComparedAuthority") -> str:
    """Return a file name; two authorities of one name keep apart."""
    return re.sub(r"[^A-Za-z0-9]+", "-", item.name)[:64].strip("-") + f"-{item.sha256[:8]}"


def _plain(item: "ComparedAuthority", path: Path) -> dict[str, str | bool]:
    return {
        "name": item.name,
        "root": item.root,
        "sha256": item.sha256,
        "compared": item.by,
        "file": str(path),
    }
