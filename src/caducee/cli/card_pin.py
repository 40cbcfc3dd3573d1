# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee card pin``: where the PINs of a card stand; try, change, unblock."""

import json
from typing import TYPE_CHECKING, Any

import click

from caducee.base.i18n import gettext as _
from caducee.cli.card_use import (
    PinSource,
    card_in_use,
    last_try,
    pin_file,
    reader_option,
    spare_the_last_try,
)
from caducee.cli.options import json_option

if TYPE_CHECKING:
    from caducee.cryptolib import CpsCard
    from caducee.cryptolib.pin_tasks import PinStatus, PinTask

__all__ = ["pin"]

_weak = click.option(
    "--allow-weak", is_flag=True, help="Take a PIN that is guessed soon (test cards)."
)

_keyboard = click.option(
    "--keyboard", is_flag=True, help="Type the PIN here, though the reader has keys."
)


@click.group()
def pin() -> None:
    """The PINs of the card in a reader: where they stand; try, change, unblock."""


@pin.command()
@reader_option
@json_option
def show(reader: str, as_json: bool) -> None:
    """Tell how many tries are left; costs none."""
    from caducee.cryptolib.pin_tasks import read_pin_status

    with card_in_use(reader) as (name, card):
        standing = read_pin_status(card)
    _tell(name, standing, as_json)


@pin.command()
@reader_option
@pin_file
@_keyboard
@last_try
@json_option
def check(**options: Any) -> None:  # noqa: ANN401 (click decides)
    """Try the PIN; a wrong one costs a try."""
    from caducee.cryptolib.pin_tasks import PinTask

    _perform(PinTask.ENTER, options)


@pin.command()
@reader_option
@pin_file
@_keyboard
@last_try
@_weak
@json_option
def change(**options: Any) -> None:  # noqa: ANN401 (click decides)
    """Change the PIN: the present one, then a new one."""
    from caducee.cryptolib.pin_tasks import PinTask

    _perform(PinTask.CHANGE, options)


@pin.command()
@reader_option
@pin_file
@last_try
@_weak
@json_option
def unblock(**options: Any) -> None:  # noqa: ANN401 (click decides)
    """Set a new PIN by the PUK; its tries never come back."""
    from caducee.cryptolib.pin_tasks import PinTask

    _perform(PinTask.UNBLOCK, options)


def _perform(task: "PinTask", options: dict[str, Any]) -> None:
    """Ask for what a task needs, here or at the reader; tell where the PINs stand then."""
    from caducee.base.i18n import language
    from caducee.cryptolib.pin_tasks import perform_at_reader, read_pin_status
    from caducee.desktop.manager.model.pin_page import PinPageView, outcome

    file = options["pin_file"]
    source = PinSource(file)
    with card_in_use(options["reader"]) as (name, card):
        seen = read_pin_status(card)
        view = PinPageView(seen, task, file is not None or options.get("keyboard", True))
        if view.chosen is task and file is None:
            for item in (view.card, *view.rules):
                click.echo(item, err=True)
        spare_the_last_try(seen, task, use=options["last_try"])
        if view.chosen is task and view.at_reader:
            click.echo(view.pad_prompt, err=True)
            after = perform_at_reader(card, seen, task, language())
        else:
            after = _typed(card, seen, task, source, weak=options.get("allow_weak", False))
    if not options["as_json"]:
        click.echo(outcome(task))
    _tell(name, after, options["as_json"])


def _typed(
    card: "CpsCard", seen: "PinStatus", task: "PinTask", source: PinSource, *, weak: bool
) -> "PinStatus":
    """Ask for the PINs of a task here, and do it."""
    from caducee.cryptolib.pin_tasks import PinTask, perform
    from caducee.middleware.pin_entry import EnteredPins

    asked = _("PUK") if task is PinTask.UNBLOCK else _("Card PIN")
    old = source.ask(asked)
    new = None if task is PinTask.ENTER else source.ask(_("New PIN"), twice=True)
    pins = EnteredPins(old, new)
    try:
        return perform(card, seen, task, pins, weak=weak)
    finally:
        pins.wipe()


def _tell(reader: str, standing: "PinStatus", as_json: bool) -> None:
    from caducee.cryptolib.pin_tasks import PinTask
    from caducee.desktop.manager.model.pin_page import PinPageView

    if as_json:
        click.echo(json.dumps(_plain(reader, standing), ensure_ascii=False))
        return
    view = PinPageView(standing, PinTask.ENTER)
    click.echo(view.card)
    _mark, *lines = view.status
    tries = view.tries("old")
    if tries and view.chosen is PinTask.UNBLOCK:  # no try of the PIN is left
        tries = _("{name}: {value}").format(name=_("PUK"), value=tries)
    for text in (*lines, tries):
        if text:
            click.echo(text)


def _plain(reader: str, standing: "PinStatus") -> dict[str, Any]:
    return {
        "reader": reader,
        "card": standing.label,
        "holder": standing.holder,
        "standing": standing.condition.value,
        "can": [task.value for task in standing.tasks],
        "pin": standing.pin.facts() if standing.pin else None,
        "puk": standing.puk.facts() if standing.puk else None,
    }
