# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee card test``: the test services, as CPS Gestion calls them."""

import json
import sys
from pathlib import Path
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
from caducee.cli.exits import Exit
from caducee.cli.options import json_option, sandbox_option

if TYPE_CHECKING:
    from caducee.cryptolib.portal import PortalAddress
    from caducee.diagnosis.trial.model import StepReport, TrialReport

__all__ = ["sandbox_portal", "test"]

_SIGNS = {"passed": "✓", "failed": "✗", "skipped": "?"}


@click.command()
@reader_option
@click.option("--with-pin", is_flag=True, help="Ask for the PIN: try the keys, and log in.")
@pin_file
@last_try
@click.option(
    "--portal",
    metavar="URL",
    help="The portal to log in to [default: that of the running sandbox]; none: no login.",
)
@click.option(
    "--server-root",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Who issued the portal's certificate [default: the sandbox's, else the system's].",
)
@click.option(
    "--method",
    "ways",
    type=click.Choice(["certificate", "token"]),
    multiple=True,
    help="Log in only this way.",
)
@sandbox_option("The folder of the world whose portal is used.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write the results (JSON) into a file.",
)
@json_option
def test(**options: Any) -> None:  # noqa: ANN401 (click decides)
    """Test the card in a reader: random numbers, both keys, a login end to end.

    Every signature is verified apart from the Cryptolib. Without a PIN, only what needs none is
    tried. Ends with 0 when nothing that was tried failed.
    """
    report = _tried(options)
    if options["output"] is not None:
        from caducee.base.files import write_atomic

        text = json.dumps(report.to_json(), ensure_ascii=False, indent=2) + "\n"
        write_atomic(options["output"], text.encode())
    if options["as_json"]:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False))
    refused = {"cryptolib.pin_wrong", "cryptolib.pin_blocked"}
    if any(step.problem is not None and step.problem.code in refused for step in report.steps):
        sys.exit(Exit.WRONG_PIN)
    if not report.ok:
        sys.exit(Exit.FAILURE)


def _tried(options: dict[str, Any]) -> "TrialReport":
    from caducee.base.clock import SystemClock
    from caducee.cryptolib.pin_tasks import PinTask, read_pin_status
    from caducee.desktop.manager.model.pin_page import PinPageView
    from caducee.diagnosis.trial.run import LOGIN_METHODS, TrialPlan, run_trial

    file = options["pin_file"]
    source = PinSource(file)
    with card_in_use(options["reader"]) as (reader, card):
        pin, at_reader = None, False
        seen = read_pin_status(card)
        if seen.pin is not None and (options["with_pin"] or file is not None):
            spare_the_last_try(seen, PinTask.ENTER, use=options["last_try"])
            at_reader = PinTask.ENTER in seen.at_reader and file is None
            if at_reader:
                click.echo(PinPageView(seen, PinTask.ENTER).pad_prompt, err=True)
            else:
                pin = source.ask(_("Card PIN"))
        place, ways = _portal(options), options["ways"] or LOGIN_METHODS
        plan = TrialPlan(pin, place, ways, card.identity, reader, at_reader)
        try:
            return run_trial(
                card,
                plan,
                SystemClock(),
                on_step=(lambda _step: None) if options["as_json"] else _say,
            )
        finally:
            if pin is not None:
                pin.wipe()


def _say(step: "StepReport") -> None:
    took = f" ({step.took})" if step.took else ""
    report = _("{name}: {value}").format(name=step.title, value=f"{step.verdict}{took}")
    click.echo(f"{_SIGNS[step.outcome]} {report}")
    for name, value in step.details:
        click.echo("    " + _("{name}: {value}").format(name=name, value=value))


def _portal(options: dict[str, Any]) -> "PortalAddress | None":
    """Return the portal that was named, else the one of the sandbox that runs."""
    from caducee.cryptolib.portal import PortalAddress

    found = sandbox_portal(options["folder"])
    named, root = options["portal"], options["server_root"]
    if named is None:
        return PortalAddress(found.address, root or found.root) if found is not None else None
    if named == "none":
        return None
    ours = found is not None and found.address == named.rstrip("/")
    return PortalAddress(named, root or (found.root if found is not None and ours else None))


def sandbox_portal(folder: Path | None) -> "PortalAddress | None":
    """Return where the portal of a world runs now, and its root; None when it does not."""
    from caducee.cryptolib.portal import PortalAddress
    from caducee.sandbox.running import find_portal

    found = find_portal(folder) if folder is not None else None
    return PortalAddress(found.open, Path(found.server_root)) if found is not None else None
