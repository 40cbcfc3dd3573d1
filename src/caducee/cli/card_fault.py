# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee card fault``: make a card misbehave, whether it is in a reader or not."""

import json
from pathlib import Path
from typing import Any

import click

from caducee.base.i18n import gettext as _
from caducee.cli.faults import ask_fault, give_fault, options_of
from caducee.cli.options import existing_file, json_option, world_option

__all__ = ["fault"]


@click.command()
@click.argument("file", type=existing_file, required=False)
@click.argument("name", required=False)
@click.option("--after", type=click.IntRange(1, 1_000_000), help="The command it comes with.")
@click.option("--delay", type=click.IntRange(0, 600_000), help="Milliseconds before each answer.")
@world_option("The world where it was issued.")
@click.option("--list", "listed", is_flag=True, help="List the faults that there are.")
@click.option("--clear", is_flag=True, help="Take all faults away; PINs get their tries back.")
@json_option
def fault(
    file: Path | None,
    name: str | None,
    listed: bool,
    clear: bool,
    as_json: bool,
    **details: Any,  # noqa: ANN401 (click gives them: after, delay, sandbox)
) -> None:
    """Give the card of FILE the fault NAME; without NAME, tell the faults that it has.

    A card that is in a reader has the fault from the next command on.
    """
    if listed:
        _list(as_json)
        return
    if file is None:
        raise click.UsageError(_("Name the file of a card."))
    if name is None and any(details[item] is not None for item in ("after", "delay")):
        raise click.UsageError(_("Name the fault that the options are for."))
    if clear:
        ask_fault(file, None)
    if name is not None:
        _give(file, name, **details)
    _tell(file, as_json, name)


def _list(as_json: bool) -> None:
    from caducee.virtualcard.faults.table import TABLE

    if as_json:
        rows = [
            {"name": entry.name.value, "does": _(entry.does), "code": entry.code} for entry in TABLE
        ]
        click.echo(json.dumps({"faults": rows}, ensure_ascii=False))
        return
    for item in TABLE:
        options = "".join(f" [--{option} N]" for option in item.options)
        click.echo(f"{item.name.value}{options}\n    {_(item.does)} [{item.code or '-'}]")


def _give(
    file: Path, name: str, *, after: int | None, delay: int | None, sandbox: Path | None
) -> None:
    from caducee.desktop.manager.model.virtual import FAULTS_AT_START, start_text

    options = {key: item for key, item in (("after", after), ("delay", delay)) if item is not None}
    wrong = next((option for option in options if option not in options_of(name)), None)
    if wrong is not None:
        text = _("The fault {name} has no option --{option}.")
        raise click.UsageError(text.format(name=name, option=wrong))
    if not give_fault(file, name, options, sandbox):
        click.echo(_("The card was revoked, which nothing takes back."), err=True)
    if name in FAULTS_AT_START and _inserted(file):
        click.echo(start_text(), err=True)


def _inserted(file: Path) -> bool:
    """Tell whether a card is in a reader of PC/SC."""
    from caducee.virtualcard.plug import slots
    from caducee.virtualcard.plug.pcscd import chosen_folder

    return bool(slots.find(file, chosen_folder()))


def _tell(file: Path, as_json: bool, given: str | None) -> None:
    from caducee.virtualcard.faults.content import active
    from caducee.virtualcard.faults.switch import FaultRequests, done
    from caducee.virtualcard.image import CardImage

    image = done(CardImage.load(file), FaultRequests(file).waiting())
    found = [item.name.value for item in active(image)]
    tries = {item.name: item.tries_left for item in image.pins}
    if as_json:
        click.echo(json.dumps({"faults": found, "tries": tries}, ensure_ascii=False))
        return
    if given is not None and given not in found:  # it changed the card once and for all
        click.echo(_("The fault {name} was set.").format(name=given))
    if found:
        click.echo(_("Faults: {names}").format(names=", ".join(found)))
    elif given is None:
        click.echo(_("The card has no fault."))
    for code, left in tries.items():
        click.echo(_("Tries left, {code}: {tries}").format(code=code, tries=left))
