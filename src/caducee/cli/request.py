# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee request``: ask the holder for a confirmation, as a login service does."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caducee.base.i18n import N_
from caducee.base.i18n import gettext as _
from caducee.cli.options import json_option, world_option

if TYPE_CHECKING:
    from caducee.codec.card_request import RequestMessage, StateMessage
    from caducee.relying.verdict import Verdict

__all__ = ["request"]

_SECONDS = click.IntRange(5, 600)
_STATES = {
    "waiting": N_("Other requests come first: {before}."),
    "shown": N_("The request is in front of the holder."),
    "confirmed": N_("The holder confirmed."),
}


@click.group()
def request() -> None:
    """Requests that wait for the holder: a login elsewhere, confirmed with the card."""


@request.command()
@click.option("--service", required=True, help="The name under which the holder knows it.")
@click.option("--digits", help="The two digits that both show; default: random ones.")
@click.option("--holder", default="", help="PS_IdNat of the only holder who may confirm.")
@click.option("--seconds", type=_SECONDS, default=120, show_default=True, help="How long it waits.")
@click.option("--again", is_flag=True, help="Wait for a manager that is not there, or ends.")
@click.option(
    "--socket", "place", type=click.Path(path_type=Path), help="Another socket of the manager."
)
@world_option(
    "The world whose rules judge the confirmation; without one it is only printed.",
)
@json_option
def send(  # noqa: PLR0913, PLR0917 (click gives each option)
    service: str,
    digits: str | None,
    holder: str,
    seconds: int,
    again: bool,
    place: Path | None,
    sandbox: Path | None,
    as_json: bool,
) -> None:
    """Send a request to the card manager of this user, and wait for the answer."""
    from caducee.codec.card_request import RequestMessage
    from caducee.relying.card_device import CardDevice, new_binding_message, new_nonce

    ask = RequestMessage(
        service=service,
        binding_message=new_binding_message() if digits is None else digits,
        nonce=new_nonce(),
        seconds=seconds,
        login_hint=holder,
    ).check()
    click.echo(_("Digits: {digits}").format(digits=ask.binding_message), err=True)
    found = CardDevice(place).ask(ask, _tell, again=again)
    verdict = _judged(found, ask, sandbox) if sandbox is not None else None
    if as_json:
        judged = verdict.to_dict() if verdict else None
        fields = {"binding_message": ask.binding_message, "confirmation": found, "verdict": judged}
        click.echo(json.dumps(fields, ensure_ascii=False))
    else:
        click.echo(found)
        for check in verdict.checks if verdict else ():
            click.echo(f"{check.outcome.value:8} {check.sentence()}", err=True)
    if verdict is not None:
        verdict.require()


def _tell(message: "StateMessage") -> None:
    text = _STATES.get(message.state.value)
    if text:
        click.echo(_(text).format(before=message.before), err=True)


def _judged(found: str, ask: "RequestMessage", folder: Path) -> "Verdict":
    from caducee.sandbox.world import Sandbox

    with Sandbox(folder) as world:
        return world.verifier().verify_confirmation(found, ask)
