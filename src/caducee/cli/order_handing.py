# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee order deliver``, ``letter`` and ``received``: cards and PINs change hands."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from caducee.base.i18n import gettext as _
from caducee.cli.options import json_option
from caducee.cli.order_context import OrderingContext, OrderingLocation, say, when

if TYPE_CHECKING:
    from caducee.services.ordering.api.messages import LetterMessage

__all__ = ["deliver", "letter", "received"]


@click.command()
@click.argument("number")
@click.option(
    "--archive",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the encrypted archive (ZIP, AES) here; the letter has its password.",
)
@click.option("--plug", is_flag=True, help="Put the cards into the virtual reader as well.")
@json_option
@click.pass_obj
def deliver(
    where: OrderingLocation, number: str, archive: Path | None, plug: bool, as_json: bool
) -> None:
    """Take the cards of an order into the sandbox, or as an encrypted archive."""
    with where.opened(plug=plug) as desk:
        places = (
            list(desk.do("deliver", order=number).places)
            if archive is None
            else [str(_archive(desk, number, archive))]
        )
    if as_json:
        say({"places": places})
        return
    for place in places:
        click.echo(place)


def _archive(desk: OrderingContext, number: str, path: Path) -> Path:
    from caducee.base.files import writing_atomic
    from caducee.services.ordering.orders import Actor
    from caducee.services.ordering.roles import Role

    me = Actor(desk.caller().account, Role.APPLICANT)
    with writing_atomic(path) as into:
        desk.ordering.shipments.write(desk.ordering.orders.by_number(number), me, into)
    return path


@click.command()
@click.argument("number", required=False)
@click.option("--open", "opened", is_flag=True, help="Open it at once: the PINs are shown now.")
@click.option("--secret", help="Open the letter of this secret, with or without its address.")
@json_option
@click.pass_obj
def letter(
    where: OrderingLocation, number: str | None, opened: bool, secret: str | None, as_json: bool
) -> None:
    """Have the PINs of an order sealed into a letter; who has its secret opens it once."""
    from caducee.services.ordering.api.card_operations import OpenLetter

    if (number is None) is (secret is None):
        raise click.UsageError(_("Give the number of an order, or --secret."))
    with where.opened() as desk:
        if secret is None:
            link = desk.do("letter", order=number or "")
            secret = link.secret
            if not opened:
                _say_link(link.secret, when(link.expires_at), as_json)
                return
        found = desk.do("openLetter", OpenLetter(secret.rpartition("/")[2]))
    if as_json:
        say(found)
        return
    _say_letter(found)


def _say_link(secret: str, until: str, as_json: bool) -> None:
    if as_json:
        say({"secret": secret, "expires_at": until})
        return
    click.echo(_("The letter opens once, until {until}:").format(until=until))
    click.echo(f"caducee order letter --secret {secret}")


def _say_letter(found: "LetterMessage") -> None:
    for card in found.cards:
        text = _("Card {number}   PIN: {pin}   PUK: {puk}")
        click.echo(text.format(number=card.card, pin=card.pin, puk=card.puk))
    for certificate in found.certificates:
        text = _("Certificate {serial}   Password of its key: {password}")
        click.echo(text.format(serial=certificate.serial, password=certificate.passphrase))
    click.echo(_("Password of the archive: {password}").format(password=found.archive))


@click.command()
@click.argument("number")
@click.pass_obj
def received(where: OrderingLocation, number: str) -> None:
    """Confirm that cards and PINs arrived: the service keeps nothing of them any more."""
    with where.opened() as desk:
        desk.do("received", order=number)
    click.echo(_("The content of order {number} is removed.").format(number=number))
