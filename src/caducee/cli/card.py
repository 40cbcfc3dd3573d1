# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee card``: virtual cards in the system's readers, and what is in all readers."""

import json
import signal
import sys
from pathlib import Path

import click

from caducee.base.i18n import gettext as _
from caducee.cli.card_fault import fault
from caducee.cli.card_insert import insert_card, take_out
from caducee.cli.card_issue import issue, profiles
from caducee.cli.card_pin import pin
from caducee.cli.card_reader import check_reader, log_out
from caducee.cli.card_show import certificate, report, show
from caducee.cli.card_test import test
from caducee.cli.options import existing_file, json_option
from caducee.cli.signals import ENDS, hold

__all__ = ["card"]

_pace = click.option(
    "--pace",
    type=click.Choice(["instant", "real"]),
    default="instant",
    show_default=True,
    help="As fast as this machine, or as fast as the real card.",
)

_CARD_FILE = existing_file


@click.group()
def card() -> None:
    """Virtual cards and the cards in the readers."""


for _command in (
    certificate,
    check_reader,
    pin,
    fault,
    issue,
    log_out,
    profiles,
    report,
    show,
    test,
):
    card.add_command(_command)


@card.command()
@click.argument("file", type=_CARD_FILE)
@click.option(
    "--face",
    type=click.Choice(["contact", "contactless", "both"]),
    default="contact",
    show_default=True,
    help="Which face a reader meets; both take two readers.",
)
@_pace
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each face.")
def insert(file: Path, face: str, pace: str, as_json: bool) -> None:
    """Put the card of FILE into the system's virtual reader.

    A process in the background holds it there until it is ejected. As root, on a machine whose
    PC/SC service does not run, pcscd is started in a network of its own.
    """
    from caducee.virtualcard.pace.chip import CardSpeed

    faces = ("contact", "contactless") if face == "both" else (face,)
    for item in insert_card(file, faces, CardSpeed(pace), lambda text: click.echo(text, err=True)):
        text = _("The card is in the reader {reader}.")
        if item.before:
            text = _("The card is already in the reader {reader}.")
        found = {
            "reader": item.reader,
            "face": item.slot.face,
            "atr": item.atr.hex().upper(),
            "process": item.slot.pid,
            "card": item.slot.card,
        }
        click.echo(json.dumps(found) if as_json else text.format(reader=item.reader))


@card.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--stop-pcscd", is_flag=True, help="Also end the pcscd that insert has started.")
def eject(file: Path | None, stop_pcscd: bool) -> None:
    """Take the card of FILE, or every virtual card of ours, out of the system's readers."""
    from caducee.virtualcard.plug import slots
    from caducee.virtualcard.plug.pcscd import chosen_folder, stop_detached

    folder = chosen_folder()
    ours = slots.inserted(folder)
    if file is not None:
        wanted = str(file.resolve())
        ours = [our for our in ours if our.card == wanted]
    if not ours:
        click.echo(_("No virtual card is inserted."))
    names = dict.fromkeys(our.card for our in ours)
    take_out(tuple(ours))
    for name in names:
        click.echo(_("The card {card} was taken out.").format(card=name))
    if stop_pcscd and stop_detached(folder):
        click.echo(_("pcscd was ended."))


@card.command()
@click.argument("file", type=_CARD_FILE)
@click.option(
    "--socket",
    "place",
    type=click.Path(path_type=Path),
    required=True,
    help="The local socket to listen on.",
)
@_pace
def serve(file: Path, place: Path, pace: str) -> None:
    """Serve the card of FILE on a local socket, without PC/SC, until interrupted."""
    from caducee.virtualcard.faults.card import FaultyCard
    from caducee.virtualcard.pace.chip import CardSpeed, at_pace
    from caducee.virtualcard.plug.socket import SocketPlug
    from caducee.virtualcard.store import FileStore

    hold()
    with FileStore(file) as store:
        plug = SocketPlug(at_pace(FaultyCard(store), CardSpeed(pace)), place)
        plug.start()
        click.echo(_("The card is served on {place}; Ctrl+C ends it.").format(place=place))
        sys.stdout.flush()
        signal.sigwait(ENDS)
        plug.stop()


@card.command()
@json_option
def readers(as_json: bool) -> None:
    """List the readers of PC/SC and what is in them."""
    from caducee.reader.pcsc import PcscContext

    with PcscContext() as context:
        found = context.wait({}, 0)
    if as_json:
        lines = [
            {
                "reader": name,
                "present": entry.present,
                "mute": entry.mute,
                "atr": entry.atr.hex().upper() if entry.atr else None,
            }
            for name, entry in found.items()
        ]
        click.echo(json.dumps({"readers": lines}))
        return
    if not found:
        click.echo(_("This machine has no card reader."))
    for name, item in found.items():
        inside = _("card not responding") if item.mute else _("no card")
        click.echo(f"{name}: {item.atr.hex().upper() if item.atr else inside}")
