# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee order``: from the catalogue to the card in hand; more commands in modules beside."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caducee.base.i18n import gettext as _
from caducee.cli.options import json_option, sandbox_option
from caducee.cli.order_cards import activate, cards, destroy, history, lose, renew, replace
from caducee.cli.order_context import OrderingLocation, item_line, named, say, when
from caducee.cli.order_handing import deliver, letter, received
from caducee.cli.order_quick import pool, quick
from caducee.cli.order_staff import audit, key, outbox, queue, role, step, work

if TYPE_CHECKING:
    from caducee.services.ordering.api.messages import FindingsMessage
    from caducee.services.ordering.form import OrderForm

__all__ = ["order"]

_FILE = click.Path(dir_okay=False, allow_dash=True, path_type=Path)


@click.group()
@sandbox_option("The world that is ordered in; CADUCEE_SANDBOX names it too.")
@click.option(
    "--as",
    "name",
    default="local",
    show_default=True,
    help="Who acts: e-mail address, PS_IdNat or id of an account.",
)
@click.pass_context
def order(context: click.Context, folder: Path, name: str) -> None:
    """Order test cards, review, make and deliver them, and follow their life."""
    context.obj = OrderingLocation(folder, name)


@order.command()
@click.argument("words", nargs=-1)
@click.option("--family", default="", help="CPS, CPF, CPE, CDE, CPA or CDA.")
@click.option("--generation", default="", help="CPS3 or CPS4.")
@click.option("--state", default="", help="State in which a card leaves, e.g. expired.")
@json_option
def catalogue(
    words: tuple[str, ...], family: str, generation: str, state: str, as_json: bool
) -> None:
    """List the test products; with WORDS, those that have them all."""
    from caducee.services.ordering.api.messages import ProductMessage, ProductsMessage
    from caducee.services.ordering.catalogue import search

    found = search(" ".join(words), family=family, generation=generation, state=state)
    products = tuple(map(ProductMessage.of, found))
    if as_json:
        say(ProductsMessage(products=products))
        return
    if not products:
        click.echo(_("No product has these words; caducee order catalogue lists all."), err=True)
        return
    width = max(len(item.name) for item in products)
    for product in products:
        click.echo(f"{product.name:<{width}}  {product.title}")
        for line in product.serves:
            click.echo(f"{'':<{width}}    {line}")


@order.command()
@click.argument("products", metavar="[PRODUCT[=COUNT]]...", nargs=-1)
@click.option("--form", "path", type=_FILE, help="The form, JSON; - reads it from the input.")
@click.option(
    "--codes",
    type=click.Choice(["random", "test"]),
    default="random",
    show_default=True,
    help="PINs of the cards: as of a real card, or 1234 and 12345678.",
)
@click.option("--request-key", help="The same key finds the same order again.")
@json_option
@click.pass_obj
def new(
    where: OrderingLocation,
    products: tuple[str, ...],
    path: Path | None,
    codes: str,
    request_key: str | None,
    as_json: bool,
) -> None:
    """Make a draft: the form of the sandbox, or one of your own, with PRODUCTs added."""
    from caducee.sandbox.sample import SAMPLE, with_products
    from caducee.services.ordering.form import CodesChoice

    form = SAMPLE if path is None else _read(path)
    form = with_products(form, _counted(products), CodesChoice(codes))
    with where.opened(make=True) as desk:
        account = desk.caller().account
        made = desk.ordering.orders.begin(account, form, request_key=request_key, strict=True)
        answer = desk.do("order", order=made.number)
    if as_json:
        say(answer)
        return
    click.echo(_("Order {number} is a draft.").format(number=answer.number))
    _tell(answer.check)


def _counted(products: tuple[str, ...]) -> list[tuple[str, int]]:
    found = []
    for product in products:
        name, _equals, count = product.partition("=")
        if count and not (count.isascii() and count.isdecimal() and 0 < int(count) <= 100_000):
            raise click.BadParameter(_("“{text}”: give PRODUCT=COUNT.").format(text=product))
        found.append((name, int(count or 1)))
    return found


def _read(path: Path) -> "OrderForm":
    from caducee.base.errors import ConfigError
    from caducee.services.ordering.form import read_form

    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise ConfigError("base.config_unreadable", path=str(path), reason=error) from error
    return read_form(data)


def _tell(check: "FindingsMessage") -> None:
    for finding in check.findings:
        click.echo(f"  {finding.where}: {finding.title} {finding.detail}")
    if not check.fit:
        click.echo(_("It cannot be handed in so."))


@order.command()
@click.argument("number", required=False)
@click.option("--keep", "path", type=_FILE, help="Keep this form (JSON) in place of the old one.")
@click.pass_obj
def form(where: OrderingLocation, number: str | None, path: Path | None) -> None:
    """Print the form of an order as JSON, or the one of the sandbox; change it with --keep."""
    from caducee.sandbox.sample import SAMPLE
    from caducee.services.ordering.form import write_form

    if number is None:
        if path is not None:
            raise click.UsageError(_("Say which order the form is of."))
        click.echo(write_form(SAMPLE))
        return
    with where.opened() as desk:
        body = None if path is None else _read(path)
        answer = desk.do("order" if body is None else "save", body, order=number)
    click.echo(write_form(answer.form))


@order.command()
@click.argument("number")
@json_option
@click.pass_obj
def submit(where: OrderingLocation, number: str, as_json: bool) -> None:
    """Hand an order in, signed by whoever acts; asked twice, it is handed in once."""
    with where.opened() as desk:
        answer = desk.do("submit", order=number)
    if as_json:
        say(answer)
        return
    text = _("Order {number}: {state}.")
    click.echo(text.format(number=answer.number, state=named(answer.state)))
    _tell(answer.check)


@order.command(name="list")
@json_option
@click.pass_obj
def list_(where: OrderingLocation, as_json: bool) -> None:
    """List your orders, newest first."""
    with where.opened() as desk:
        answer = desk.do("orders")
    if as_json:
        say(answer)
        return
    for item in answer.orders:
        click.echo(f"{item.number}  {when(item.updated_at)}  {named(item.state)}")
    if not answer.orders:
        click.echo(_("No order yet."))


@order.command()
@click.argument("number")
@json_option
@click.pass_obj
def status(where: OrderingLocation, number: str, as_json: bool) -> None:
    """Tell where an order stands: its steps, its making, its cards.

    Without --as, the order of anybody in this folder.
    """
    import msgspec

    from caducee.services.ordering.api.order_operations import PageQuery

    with where.opened() as desk:
        who = desk.reader(number)
        answer = desk.do("order", caller=who, order=number)
        if who.account != desk.caller().account:
            answer = msgspec.structs.replace(answer, actions=())  # the applicant's, not ours
        progress = desk.do("progress", caller=who, order=number)
        steps = desk.do("steps", caller=who, order=number).steps
        found = desk.do("items", caller=who, query=PageQuery(count=1000), order=number)
        items = found.items
    if as_json:
        say({"order": answer, "progress": progress, "steps": steps, "items": items})
        return
    text = _("Order {number}: {state}.")
    click.echo(text.format(number=answer.number, state=named(answer.state)))
    if answer.actions:
        actions = ", ".join(action.value for action in answer.actions)
        click.echo(_("You can do: {actions}").format(actions=actions))
    for done in steps:
        line = f"  {when(done.at)}  {named(done.role):<12} {named(done.action)}"
        click.echo(f"{line}   {done.note}".rstrip())
    if progress.planned:
        count = progress.made + progress.failed
        text = _("{made} of {all} are made.")
        click.echo(text.format(made=count, all=count + progress.planned))
    for item in items:
        click.echo(f"  {item_line(item)}")


for _command in (
    *(quick, pool, deliver, letter, received, cards, history, activate, lose, replace, renew),
    *(destroy, role, queue, step, work, audit, outbox, key),
):
    order.add_command(_command)
