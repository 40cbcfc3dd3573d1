# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee order cards``, ``activate``, ``lose``, …: the life of a card behind its order."""

from typing import TYPE_CHECKING

import click

from caducee.base.i18n import gettext as _
from caducee.cli.options import card_argument, json_option
from caducee.cli.order_context import OrderingLocation, item_line, named, say, when

if TYPE_CHECKING:
    from caducee.services.ordering.api.messages import ItemMessage

__all__ = ["activate", "cards", "destroy", "history", "lose", "renew", "replace"]


def _tell(item: "ItemMessage", as_json: bool) -> None:
    if as_json:
        say(item)
    elif item.replaces is not None and item.card is None:
        text = _("Another card is planned in place of {number}; “caducee order work” makes it.")
        click.echo(text.format(number=item.replaces))
    else:
        text = _("Card {number}: {state}.")
        click.echo(text.format(number=item.card or item.serial, state=named(item.state)))


@click.command()
@json_option
@click.pass_obj
def cards(where: OrderingLocation, as_json: bool) -> None:
    """List the cards that you ordered or hold, newest first."""
    with where.opened() as desk:
        answer = desk.do("cards")
    if as_json:
        say(answer)
        return
    for item in answer.items:
        click.echo(item_line(item))
    if not answer.items:
        click.echo(_("No card yet."))


@click.command()
@card_argument
@json_option
@click.pass_obj
def history(where: OrderingLocation, card: str, as_json: bool) -> None:
    """Tell the life of CARD (its number)."""
    from caducee.services.ordering.roles import Role

    with where.opened() as desk:
        answer = desk.do("card", card=card)
    if as_json:
        say(answer)
        return
    _tell(answer.item, as_json=False)
    text = _("Holder {holder}, valid until {until}")
    click.echo(text.format(holder=answer.holder, until=when(answer.expires_at)))
    for item in answer.history:
        click.echo(f"  {when(item.at)}  {named(Role(item.role)):<12} {named(item.action)}")
    if answer.replaced_by:
        click.echo(_("Card {number} takes its place.").format(number=answer.replaced_by))


@click.command()
@card_argument
@json_option
@click.pass_obj
def activate(where: OrderingLocation, card: str, as_json: bool) -> None:
    """Take CARD into use; the card that it replaces is stopped."""
    with where.opened() as desk:
        answer = desk.do("activate", card=card)
    _tell(answer, as_json)


@click.command()
@card_argument
@click.option(
    "--reason", type=click.Choice(["lost", "stolen", "damaged"]), default="lost", show_default=True
)
@click.option(
    "--called-back",
    type=click.Choice(["form-telephone", "account-email", "known-before", "in-person"]),
    help="The support: by which way the holder was reached.",
)
@json_option
@click.pass_obj
def lose(
    where: OrderingLocation, card: str, reason: str, called_back: str | None, as_json: bool
) -> None:
    """Stop CARD at once: its certificates are revoked, lists and OCSP say so."""
    from caducee.services.ordering.api.card_operations import Declared, Loss
    from caducee.services.ordering.items import CallBack

    called = None if called_back is None else CallBack(called_back)
    with where.opened() as desk:
        answer = desk.do("lose", Loss(Declared(reason), called), card=card)
    _tell(answer, as_json)


@click.command()
@card_argument
@click.option("--family-name", default="", help="The holder's name from now on.")
@click.option("--given-name", default="", help="The holder's given name from now on.")
@click.option("--specialty", default="", help="Code of table R01, e.g. SM04.")
@json_option
@click.pass_obj
def replace(
    where: OrderingLocation,
    card: str,
    family_name: str,
    given_name: str,
    specialty: str,
    as_json: bool,
) -> None:
    """Have another card made in place of CARD, after a loss or for changed data."""
    from caducee.services.ordering.api.card_operations import Change

    with where.opened() as desk:
        answer = desk.do("replace", Change(family_name, given_name, specialty), card=card)
    _tell(answer, as_json)


@click.command()
@card_argument
@json_option
@click.pass_obj
def renew(where: OrderingLocation, card: str, as_json: bool) -> None:
    """Have another card made before CARD ends; the old one works until the new one is activated."""
    from caducee.services.ordering.api.card_operations import Change

    with where.opened() as desk:
        answer = desk.do("replace", Change(), card=card)
    _tell(answer, as_json)


@click.command()
@card_argument
@json_option
@click.pass_obj
def destroy(where: OrderingLocation, card: str, as_json: bool) -> None:
    """Take note that CARD was destroyed; it is stopped if it was not."""
    with where.opened() as desk:
        answer = desk.do("destroy", card=card)
    _tell(answer, as_json)
