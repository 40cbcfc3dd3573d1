# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee card profiles`` and ``caducee card issue``: a card of any kind in one command."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caducee.base.i18n import gettext as _
from caducee.cli.options import json_option, sandbox_option

if TYPE_CHECKING:
    from caducee.issuance import CardOrder, IssuedCard
    from caducee.issuance.profiles import CardProfile
    from caducee.sandbox.world import Sandbox

__all__ = ["issue", "profiles"]

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("words", nargs=-1)
@json_option
def profiles(words: tuple[str, ...], as_json: bool) -> None:
    """List the ready profiles of cards; with WORDS, those that have them all."""
    from caducee.issuance import profiles as ready

    rows = [_row(profile) for profile in ready.profiles()]
    wanted = [word.casefold() for word in words]
    rows = [
        row for row in rows if all(word in " ".join(row.values()).casefold() for word in wanted)
    ]
    if as_json:
        click.echo(json.dumps({"profiles": rows}, ensure_ascii=False))
        return
    if not rows:
        click.echo(_("No profile has these words; caducee card profiles lists all."), err=True)
        return
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        state = "" if row["state"] == "new" else row["state"]
        rest = ", ".join(part for part in (row["holder"], state, row["note"]) if part)
        click.echo(f"{row['name']:<{width}}  {row['card']}  {row['generation']}  {rest}")


def _row(profile: "CardProfile") -> dict[str, str]:
    return {
        "name": profile.name,
        "card": profile.card,
        "generation": profile.generation.value,
        "holder": profile.holder,
        "faces": ", ".join(profile.faces),
        "state": profile.state.value,
        "note": _(profile.note) if profile.note else "",
    }


@click.command()
@click.argument("profile", metavar="PROFILE|FILE.toml")
@click.option("--count", type=click.IntRange(1, 1_000_000), default=1, show_default=True)
@click.option("--out", type=_FOLDER, help="Where the cards go, in place of the sandbox's cards/.")
@sandbox_option(
    "The world that issues them, made when there is none; CADUCEE_SANDBOX names it too."
)
@click.option("--random-pins", is_flag=True, help="Random PINs, not those of test cards.")
@json_option
def issue(
    profile: str, count: int, out: Path | None, folder: Path, random_pins: bool, as_json: bool
) -> None:
    """Issue cards of a ready profile, or as a TOML file describes them.

    Each card goes to a new test identity, unless the file names one.
    """
    from caducee.sandbox.world import Sandbox

    order_of = _source(profile)
    known = (folder / "sandbox.toml").is_file()
    with Sandbox(folder) if known else Sandbox.create(folder) as world:
        rows: list[dict[str, str]] = []
        try:
            _issue(world, _orders(world, order_of, count, random_pins), (count, out), rows)
        finally:
            _print(rows, folder, as_json)


type _OrderOf = Callable[["Sandbox"], "CardOrder"]


def _source(profile: str) -> _OrderOf:
    """Return what makes an order in a world, from a ready profile or from a file."""
    if profile.endswith(".toml"):
        from caducee.issuance.files import load_order_file

        described = load_order_file(Path(profile))
        return lambda world: described.order(world.registry)
    from caducee.issuance import profiles as ready

    chosen = ready.profile(profile)
    return lambda world: chosen.order(world.registry)


def _orders(
    world: "Sandbox", order_of: _OrderOf, count: int, random_pins: bool
) -> "Iterator[CardOrder]":
    from caducee.issuance import CardPins

    for _number in range(count):
        pins = CardPins.random() if random_pins else CardPins.of_test_cards()
        yield replace(order_of(world), pins=pins)


def _issue(
    world: "Sandbox",
    orders: "Iterator[CardOrder]",
    how: tuple[int, Path | None],
    rows: list[dict[str, str]],
) -> None:
    """Issue the cards and add a line for each; a terminal sees how far it is."""
    count, out = how
    silent = count == 1 or not sys.stderr.isatty()
    with click.progressbar(
        length=count, label=_("Cards"), show_pos=True, file=sys.stderr, hidden=silent
    ) as line:
        for item in world.issue_all(orders, folder=out, on_issued=lambda _card: line.update(1)):
            folder = out or world.folder / "cards"
            rows.append(_issued_row(item, folder / f"{item.card.number}.json"))


def _issued_row(card: "IssuedCard", image: Path) -> dict[str, str]:
    return {
        "card": card.card.number,
        "card_id": card.card.card_id,
        "image": str(image),
        "family": card.card.family.name,
        "ps_idnat": card.card.ps_idnat,
        "subject": card.authentication.subject.rfc4514_string(),
        "status": card.card.status.value,
        "expires_at": card.card.expires_at.isoformat(),
        "pin": card.pin.reveal().decode(),
        "puk": card.puk.reveal().decode(),
    }


def _print(rows: list[dict[str, str]], folder: Path, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"sandbox": str(folder), "cards": rows}, ensure_ascii=False))
        return
    for row in rows:
        click.echo(_("Card {number}, in {path}").format(number=row["card"], path=row["image"]))
        text = _("PIN: {pin}   PUK: {puk}")
        click.echo(text.format(pin=row["pin"], puk=row["puk"]))
