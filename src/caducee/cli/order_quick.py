# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee order quick``: fresh cards in one step, for continuous integration."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caducee.base.i18n import gettext as _
from caducee.cli.options import json_option
from caducee.cli.order_context import OrderingContext, OrderingLocation, say

if TYPE_CHECKING:
    from caducee.sandbox.ordering import QuickOrder

__all__ = ["pool", "quick"]

_KEYS_OF_A_CARD = 3


@click.command()
@click.argument("product")
@click.option("--count", type=click.IntRange(1, 10_000), default=1, show_default=True)
@click.option(
    "--codes",
    type=click.Choice(["random", "test"]),
    default="test",
    show_default=True,
    help="PINs of the cards: 1234 and 12345678, or as of a real card.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Put copies of the images here too.",
)
@click.option("--plug", is_flag=True, help="Put them into the virtual reader as well.")
@json_option
@click.pass_obj
def quick(  # noqa: PLR0913, PLR0917 (one option each)
    where: OrderingLocation,
    product: str,
    count: int,
    codes: str,
    out: Path | None,
    plug: bool,
    as_json: bool,
) -> None:
    """Order, make and deliver cards of a PRODUCT in one step; makes the sandbox if need be.

    The order goes the whole way, with every step in the trail; the sandbox itself accepts it.
    """
    from caducee.sandbox import ordering as own
    from caducee.sandbox.sample import SAMPLE, with_products
    from caducee.services.ordering.catalogue import ProductKind
    from caducee.services.ordering.catalogue import product as wanted
    from caducee.services.ordering.form import CodesChoice

    if wanted(product).kind is not ProductKind.CARD:
        raise click.BadParameter(
            _("{name} is not a card; caducee certificate issues certificates.").format(name=product)
        )
    form = with_products(SAMPLE, [(product, count)], CodesChoice(codes))
    with where.opened(make=True, plug=plug) as desk:
        made = own.quick(desk.world, desk.ordering, form)
        rows = [_row(desk, made, place, out) for place in range(len(made.letter.cards))]
    if as_json:
        say({"sandbox": str(where.folder), "order": made.order.number, "cards": rows})
        return
    for row in rows:
        click.echo(_("Card {number}, in {path}").format(number=row["card"], path=row["place"]))
        text = _("PIN: {pin}   PUK: {puk}")
        click.echo(text.format(pin=row["pin"], puk=row["puk"]))


def _row(desk: OrderingContext, made: "QuickOrder", place: int, out: Path | None) -> dict[str, str]:
    line = made.letter.cards[place]
    card = desk.world.registry.cards.get(line.card_number)
    assert card is not None  # noqa: S101 (made a moment ago)
    image = desk.world.card_path(card.number)
    if out is not None:
        from caducee.base.files import make_folder

        make_folder(out)
        image = Path(shutil.copy2(image, out / image.name))
    return {
        "card": card.number,
        "card_id": card.card_id,
        "image": str(image),
        "place": made.places[place] if out is None else str(image),
        "product": line.product,
        "family": card.family.name,
        "ps_idnat": card.ps_idnat,
        "status": card.status.value,
        "expires_at": card.expires_at.isoformat(),
        "pin": line.pin.reveal().decode(),
        "puk": line.puk.reveal().decode(),
    }


@click.command()
@click.argument("cards", type=click.IntRange(1, 100_000))
@click.pass_obj
def pool(where: OrderingLocation, cards: int) -> None:
    """Make the keys of so many CARDS ahead: orders of one step take no time for them then."""
    from caducee.sandbox.ordering import fill_pool

    with where.opened(make=True) as desk:
        fill_pool(desk.world, cards * _KEYS_OF_A_CARD)
    click.echo(_("The keys of {count} cards are ready.").format(count=cards))
