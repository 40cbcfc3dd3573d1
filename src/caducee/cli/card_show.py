# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee card show``, ``report`` and ``certificate``: what the card in a reader holds."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caducee.base.errors import ConfigError, StateError
from caducee.base.i18n import gettext as _
from caducee.cli.card_use import (
    PinSource,
    card_in_use,
    last_try,
    online_option,
    pin_file,
    reader_option,
    spare_the_last_try,
)
from caducee.cli.options import existing_file, json_option, world_option

if TYPE_CHECKING:
    from caducee.cryptolib import CpsCard
    from caducee.desktop.manager.model.card import CardData
    from caducee.diagnosis.model import Finding

__all__ = ["certificate", "report", "show"]

_FILE = existing_file
_OUT = click.Path(dir_okay=False, path_type=Path)
_force = click.option("--force", is_flag=True, help="Replace a file that is there.")


def _judged(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say how the card is read and who judges its certificates."""
    for option in (
        online_option,
        click.option("--crl", "lists", type=_FILE, multiple=True, help="A revocation list."),
        click.option(
            "--authorities", type=_FILE, multiple=True, help="Authorities below the roots."
        ),
        click.option("--anchors", type=_FILE, multiple=True, help="Trusted roots, PEM or DER."),
        world_option("The world whose authorities judge the certificates."),
        last_try,
        pin_file,
        click.option("--rest", is_flag=True, help="Ask for the PIN; activities, billing, too."),
        reader_option,
    ):
        command = option(command)
    return command


@click.command()
@_judged
@json_option
def show(as_json: bool, **how: Any) -> None:  # noqa: ANN401 (click gives them)
    """Show the card in a reader: whose it is, what it holds, where its PINs stand."""
    from caducee.base.clock import SystemClock
    from caducee.desktop.manager.model import report as forms

    data, findings = _read(**how)
    form = forms.as_json if as_json else forms.as_text
    click.echo(form(data, findings, SystemClock().now()), nl=False)


@click.command()
@click.argument("file", type=_OUT)
@_judged
@_force
def report(file: Path, force: bool, **how: Any) -> None:  # noqa: ANN401 (click gives them)
    """Write what the card in a reader holds into FILE: .pdf, .json or .txt.

    No PIN of the card stands in it.
    """
    from caducee.base.clock import SystemClock
    from caducee.desktop.manager.model import report as forms

    if file.suffix not in (".pdf", ".json", ".txt"):
        raise ConfigError("cli.report_form", path=file.name)
    _spare(file, force)
    data, findings = _read(**how)
    now = SystemClock().now()
    if file.suffix == ".pdf":
        content = _pdf(forms.as_html(data, findings, now), forms.file_stem(data))
    else:
        form = forms.as_json if file.suffix == ".json" else forms.as_text
        content = form(data, findings, now).encode()
    _write(file, content)


@click.command()
@click.argument("use", type=click.Choice(["authentication", "signature", "technical"]))
@click.argument("file", type=_OUT)
@reader_option
@click.option("--der", is_flag=True, help="Write DER, not PEM.")
@_force
def certificate(use: str, file: Path, reader: str, der: bool, force: bool) -> None:
    """Save a certificate of the card in a reader into FILE, as a rule named .crt."""
    from cryptography.hazmat.primitives.serialization import Encoding

    from caducee.cryptolib import KeyUse

    _spare(file, force)
    with card_in_use(reader, unfinished=True) as (_name, card):
        found = card.certificate(KeyUse(use))
    _write(file, found.public_bytes(Encoding.DER if der else Encoding.PEM), 0o644)


def _read(
    reader: str,
    rest: bool,
    pin_file: Path | None,
    last_try: bool,
    **judges: Any,  # noqa: ANN401 (as `judge_of` takes them)
) -> "tuple[CardData, tuple[Finding, ...]]":
    """Read the card, judge its certificates, and say what there is to know."""
    from caducee.base.clock import SystemClock
    from caducee.cli.manager_ports import judge_of, others
    from caducee.desktop.manager.model.card import read_public
    from caducee.desktop.manager.model.notes import notes

    judge = judge_of(**judges)
    now = SystemClock().now()
    with card_in_use(reader, unfinished=True) as (name, card):
        data = read_public(card, name, now)
        if rest:
            data = _behind(card, data, pin_file, use=last_try)
    if judge is not None:
        results = {
            item.use: judge.judge(item.certificate, item.use)
            for item in data.certificates
            if item.certificate is not None
        }
        data = data.with_judged({use: it for use, it in results.items() if it is not None})
    return data, notes(data, now, others())


def _behind(card: "CpsCard", data: "CardData", file: Path | None, *, use: bool) -> "CardData":
    from caducee.cryptolib.pin_tasks import PinTask, read_pin_status
    from caducee.desktop.manager.model.card import read_protected

    spare_the_last_try(read_pin_status(card), PinTask.ENTER, use=use)
    return read_protected(card, data, PinSource(file).ask(_("Card PIN")))


def _spare(file: Path, force: bool) -> None:
    """Ask before a file is replaced; refuse where nobody can be asked."""
    if force or not file.exists():
        return
    text = _("{path} is there already. Replace it?").format(path=file)
    if not sys.stdin.isatty() or not click.confirm(text, err=True):
        raise StateError("cli.file_there", path=str(file))


def _pdf(page: str, title: str) -> bytes:
    try:
        from caducee.desktop.pdf import as_pdf
    except ImportError as error:
        raise ConfigError("desktop.qt_missing", reason=str(error)) from None
    return as_pdf(page, title)


def _write(file: Path, content: bytes, mode: int = 0o600) -> None:
    from caducee.base.files import write_atomic

    write_atomic(file, content, mode)
    click.echo(_("Saved: {path}").format(path=file))
