# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee card fault``: make a card misbehave, whether it is in a reader or not."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caducee.base.i18n import gettext as _

if TYPE_CHECKING:
    from caducee.virtualcard.image import Fault

__all__ = ["fault"]

_SANDBOX = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False
)
@click.argument("name", required=False)
@click.option("--after", type=click.IntRange(1, 1_000_000), help="The command it comes with.")
@click.option("--delay", type=click.IntRange(0, 600_000), help="Milliseconds before each answer.")
@click.option("--sandbox", type=_SANDBOX, envvar="CADUCEE_SANDBOX", help="Where it was issued.")
@click.option("--list", "listed", is_flag=True, help="List the faults that there are.")
@click.option("--clear", is_flag=True, help="Take all faults away; codes get their tries back.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
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
    if name is None and any(details[one] is not None for one in ("after", "delay")):
        raise click.UsageError(_("Name the fault that the options are for."))
    if clear:
        _ask(file, None)
    if name is not None:
        _give(file, name, **details)
    _tell(file, as_json)


def _list(as_json: bool) -> None:
    from caducee.virtualcard.faults.table import TABLE

    if as_json:
        rows = [{"name": one.name.value, "does": _(one.does), "code": one.code} for one in TABLE]
        click.echo(json.dumps({"faults": rows}, ensure_ascii=False))
        return
    for one in TABLE:
        options = "".join(f" [--{option} N]" for option in one.options)
        click.echo(f"{one.name.value}{options}\n    {_(one.does)} [{one.code or '-'}]")


def _give(
    file: Path, name: str, *, after: int | None, delay: int | None, sandbox: Path | None
) -> None:
    from caducee.base.errors import StateError
    from caducee.virtualcard.faults.names import FaultName
    from caducee.virtualcard.faults.table import Source, facts_of
    from caducee.virtualcard.image import CardImage, Fault

    try:
        wanted = FaultName(name)
    except ValueError:
        raise StateError("card.fault_unknown", name=name) from None
    facts = facts_of(wanted)
    for option, value in (("after", after), ("delay", delay)):
        if value is not None and option not in facts.options:
            text = _("The fault {name} has no option --{option}.")
            raise click.UsageError(text.format(name=name, option=option))
    CardImage.load(file)
    if facts.source is Source.CARD:
        default = Fault(name=wanted)
        asked = Fault(
            name=wanted,
            after=default.after if after is None else after,
            delay=default.delay if delay is None else delay,
        )
        _ask(file, asked)
        return
    made = _from_sandbox(file, wanted, sandbox)
    if made is not None:
        _ask(file, made)
    else:
        click.echo(_("The card was revoked, which nothing takes back."), err=True)


def _from_sandbox(file: Path, name: str, sandbox: Path | None) -> "Fault | None":
    from caducee.sandbox.faults import make_fault, sandbox_of
    from caducee.sandbox.world import Sandbox
    from caducee.virtualcard.faults.names import FaultName

    with Sandbox(sandbox_of(file, sandbox)) as world:
        return make_fault(world, file, FaultName(name))


def _ask(file: Path, wanted: "Fault | None") -> None:
    """Leave the request beside the image; where no card runs on it, do it at once."""
    from caducee.base.errors import StateError
    from caducee.virtualcard.faults.store import FaultStore
    from caducee.virtualcard.faults.switch import Request, Requests
    from caducee.virtualcard.store import FileStore

    Requests(file).ask(Request(wanted))
    try:
        with FileStore(file) as store:
            FaultStore(store)
    except StateError as error:
        if error.code != "card.image_in_use":
            raise


def _tell(file: Path, as_json: bool) -> None:
    from caducee.virtualcard.faults.content import active
    from caducee.virtualcard.faults.switch import Requests, done
    from caducee.virtualcard.image import CardImage

    image = done(CardImage.load(file), Requests(file).waiting())
    found = [one.name.value for one in active(image)]
    tries = {one.name: one.tries_left for one in image.codes}
    if as_json:
        click.echo(json.dumps({"faults": found, "tries": tries}, ensure_ascii=False))
        return
    click.echo(_("Faults: {names}").format(names=", ".join(found) or "-"))
    for code, left in tries.items():
        click.echo(_("Tries left, {code}: {tries}").format(code=code, tries=left))
