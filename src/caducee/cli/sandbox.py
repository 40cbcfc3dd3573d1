# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee sandbox``: an offline world in one folder."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caducee.base.i18n import gettext as _
from caducee.cli.options import card_argument, sandbox_option
from caducee.cli.sandbox_up import serve, up

if TYPE_CHECKING:
    from caducee.directory.model import Card
    from caducee.issuance import CardOrder
    from caducee.sandbox.world import Sandbox

__all__ = ["sandbox"]

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
@sandbox_option("The folder of the world; CADUCEE_SANDBOX names it too.")
@click.pass_context
def sandbox(context: click.Context, folder: Path) -> None:
    """An offline world in one folder: make it, fill it, run it."""
    context.obj = folder


def _opened(folder: Path) -> "Sandbox":
    from caducee.sandbox.world import Sandbox

    return Sandbox(folder)


@sandbox.command()
@click.pass_obj
def new(folder: Path) -> None:
    """Make a new world in a new or empty folder."""
    from caducee.sandbox.world import Sandbox

    Sandbox.create(folder).close()
    click.echo(_("A sandbox was made in {folder}.").format(folder=folder))


@sandbox.command()
@click.option("--given-name", default="CAMILLE", show_default=True)
@click.option("--profession", default="10", show_default=True, help="Code of table G15.")
@click.option("--specialty", multiple=True, help="Code of table R01, e.g. SM26.")
@click.option("--random-pins", is_flag=True, help="Random PINs, not those of test cards.")
@_json
@click.pass_obj
def issue(
    folder: Path,
    given_name: str,
    profession: str,
    specialty: tuple[str, ...],
    random_pins: bool,
    as_json: bool,
) -> None:
    """Issue a CPS to a new test identity; the card image is put into cards/."""
    with _opened(folder) as world:
        order = _order(world, given_name.upper(), profession, specialty, random_pins)
        issued = world.issue(order)
        path = world.card_path(issued.card.number)
    found = {
        "card": issued.card.number,
        "card_id": issued.card.card_id,
        "image": str(path),
        "ps_idnat": issued.card.ps_idnat,
        "pin": issued.pin.reveal().decode(),
        "puk": issued.puk.reveal().decode(),
    }
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(_("Card {number}, in {path}").format(number=found["card"], path=path))
    click.echo(_("PIN: {pin}   PUK: {puk}").format(pin=found["pin"], puk=found["puk"]))


def _order(
    world: "Sandbox",
    given_name: str,
    profession: str,
    specialties: tuple[str, ...],
    random_pins: bool,
) -> "CardOrder":
    from dataclasses import replace

    from caducee.directory.model import Qualification
    from caducee.issuance import CardOrder, CardPins, Practice
    from caducee.issuance.identities import new_person, practice_of

    person = new_person(world.registry, given_name=given_name, profession=profession)
    person = replace(
        person, qualifications=tuple(Qualification(specialty) for specialty in specialties)
    )
    pins = CardPins.random() if random_pins else CardPins.of_test_cards()
    practices = (Practice(practice_of(person), "SA07", "00"),)
    return CardOrder(person=person, practices=practices, pins=pins)


@sandbox.command()
@_json
@click.pass_obj
def show(folder: Path, as_json: bool) -> None:
    """List the cards of the world, tell its time, and where its portal runs."""
    from caducee.sandbox.running import find_portal

    portal = find_portal(folder)
    with _opened(folder) as world:
        now = world.clock.now()
        held = {path.stem: path for path in world.card_paths()}
        cards = [_plain(item, world, held) for item in world.registry.cards.all()]
    if as_json:
        found = {"open": portal.open, "server_root": portal.server_root} if portal else None
        click.echo(json.dumps({"now": now.isoformat(), "cards": cards, "portal": found}))
        return
    click.echo(_("Time in this world: {now}").format(now=f"{now:%Y-%m-%d %H:%M:%S} UTC"))
    if portal is not None:
        click.echo(_("Its portal runs at {address}").format(address=portal.open))
    for card in cards:
        until = f"{card['expires_at']:.10}"
        click.echo(
            f"{card['card']}  {card['called']}  {card['name']:<30} {card['status']:<8} {until}"
        )


def _plain(card: "Card", world: "Sandbox", held: dict[str, Path]) -> dict[str, str]:
    person = world.registry.persons.get(card.ps_idnat)
    return {
        "card": card.number,
        "card_id": card.card_id,
        "family": card.family.name,
        "called": card.called,
        "ps_idnat": card.ps_idnat,
        "name": f"{person.given_name} {person.family_name}" if person else "",
        "status": card.state(world.clock.now()),
        "expires_at": card.expires_at.isoformat(),
        "image": str(held.get(card.number, "")),
    }


@sandbox.command()
@card_argument
@click.pass_obj
def revoke(folder: Path, card: str) -> None:
    """Stop CARD (its number) for good, and publish the revocation list that says so."""
    with _opened(folder) as world:
        stopped = world.revoke(card)
    text = _("Card {number} is stopped.") if stopped else _("Card {number} was stopped before.")
    click.echo(text.format(number=card))


@sandbox.command(name="renew-key")
@click.argument("authority")
@click.option(
    "--key",
    "kind",
    type=click.Choice(["rsa-2048", "rsa-4096", "ec-p256", "ec-p384"]),
    help="Kind of the new key; default: as sandbox.toml says.",
)
@_json
@click.pass_obj
def renew_key(folder: Path, authority: str, kind: str | None, as_json: bool) -> None:
    """Give AUTHORITY (ACI-FO-PP-TEST, or its name) another key, linked with the old one."""
    from caducee.authority.keys import FreshKeys, KeyKind
    from caducee.base.errors import StateError
    from caducee.spec import igc

    ca = next((item for item in igc.ALL_CAS if authority in (item.file, item.common_name)), None)
    if ca is None:
        raise StateError("sandbox.authority_unknown", name=authority[:64])
    with _opened(folder) as world:
        new = world.renew_key(ca, FreshKeys(KeyKind(kind)) if kind else None)
    if as_json:
        click.echo(json.dumps({"authority": new.common_name, "file": new.file}))
        return
    text = _("{name} has key {number} from now on; its files are called {file}.")
    click.echo(text.format(name=new.common_name, number=new.generation, file=new.file))


@sandbox.command()
@click.argument("target", metavar="FOLDER", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--server",
    "servers",
    metavar="HOST",
    multiple=True,
    help="Add server.pem: key and certificate of your web server on HOST, e.g. localhost.",
)
@click.pass_obj
def export(folder: Path, target: Path, servers: tuple[str, ...]) -> None:
    """Write what a program needs to accept the cards of the world into FOLDER.

    Trust anchors, authorities, revocation lists, and the holders with their cards:
    Verifier.from_folder reads it. The world need not run.
    """
    from caducee.sandbox.export import export as write

    with _opened(folder) as world:
        write(world, target, servers)
    click.echo(_("Exported to {folder}.").format(folder=target))
    code = f'Verifier.from_folder("{target}", policy=CardPolicy.test_cards())'
    click.echo(_("In Python: {code}").format(code=code))


@sandbox.command()
@click.option("--days", type=float, help="Move the clock by that many days; negative: back.")
@click.option("--reset", is_flag=True, help="Follow this machine's clock again.")
@click.pass_obj
def clock(folder: Path, days: float | None, reset: bool) -> None:
    """Tell or move the time of the world; what runs in it sees the move at once."""
    with _opened(folder) as world:
        if reset:
            world.clock.reset()
        if days is not None:
            world.clock.move_days(days)
        now = world.clock.now()
    click.echo(_("Time in this world: {now}").format(now=f"{now:%Y-%m-%d %H:%M:%S} UTC"))


sandbox.add_command(serve)
sandbox.add_command(up)
