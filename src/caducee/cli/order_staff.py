# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee order role``, ``queue``, ``step``, ``work``, …: what those behind the service do."""

from pathlib import Path

import click

from caducee.base.i18n import gettext as _
from caducee.cli.options import json_option
from caducee.cli.order_context import OrderingLocation, named, say, when

__all__ = ["audit", "key", "outbox", "queue", "role", "step", "work"]

_ROLES = ["reviewer", "production", "support", "auditor"]
_ACTIONS = ["ask", "accept", "refuse", "withdraw", "produce", "end"]
_STATES = [
    *("submitted", "question", "accepted", "refused", "withdrawn"),
    *("producing", "ready", "delivered", "ended"),
]


@click.command()
@click.argument("name")
@click.argument("roles", metavar="[ROLE]...", nargs=-1, type=click.Choice(_ROLES))
@click.option("--new", is_flag=True, help="Make the account NAME if there is none.")
@click.option("--none", "nothing", is_flag=True, help="Take every role away.")
@json_option
@click.pass_obj
def role(
    where: OrderingLocation,
    name: str,
    roles: tuple[str, ...],
    new: bool,
    nothing: bool,
    as_json: bool,
) -> None:
    """Tell or set the roles of an account: NAME is an e-mail address, a PS_IdNat or an id.

    Nobody both reviews and produces, and an auditor does nothing else.
    """
    from caducee.sandbox.ordering import enter_account
    from caducee.services.ordering.roles import Role, check_roles

    wanted = [Role(item) for item in roles]
    check_roles(wanted)
    with where.opened(make=new) as desk:
        if new:
            enter_account(desk.world, name)
        account = desk.accounts.named(name)
        if roles or nothing:
            account = desk.accounts.give_roles(account.id, wanted, by="operator")
    held = sorted(account.roles)
    if as_json:
        say({"account": account.id, "roles": held})
        return
    click.echo(
        f"{account.id}  {', '.join(map(named, held)) or _('no role but that of an applicant')}"
    )


@click.command()
@click.option("--state", type=click.Choice(_STATES), default="submitted", show_default=True)
@json_option
@click.pass_obj
def queue(where: OrderingLocation, state: str, as_json: bool) -> None:
    """List the orders of everybody in a state, oldest first."""
    from caducee.services.ordering.api.order_operations import ReviewQuery
    from caducee.services.ordering.states import OrderState

    with where.opened() as desk:
        answer = desk.do("review", query=ReviewQuery(OrderState(state)))
    if as_json:
        say(answer)
        return
    for order in answer.orders:
        count = order.cards + order.certificates
        click.echo(f"{order.number}  {count:>6}  {when(order.submitted_at)}")
    if not answer.orders:
        click.echo(_("No order stands there."))


@click.command()
@click.argument("number")
@click.argument("action", type=click.Choice(_ACTIONS))
@click.option("--note", default="", help="What the applicant reads; needed to ask and to refuse.")
@json_option
@click.pass_obj
def step(where: OrderingLocation, number: str, action: str, note: str, as_json: bool) -> None:
    """Take a step with an order, in the role that it needs."""
    import msgspec

    from caducee.services.ordering.api.order_operations import Decision

    said = {"action": action} | ({"note": note} if note.strip() else {})
    if action in ("ask", "refuse") and not note.strip():
        from caducee.base.errors import IssueError

        raise IssueError("ordering.reason_missing")
    try:
        body = msgspec.convert(said, Decision)
    except msgspec.ValidationError as error:
        raise click.BadParameter(str(error)) from error
    with where.opened() as desk:
        answer = desk.do("decide", body, order=number)
    if as_json:
        say(answer)
        return
    text = _("Order {number}: {state}.")
    click.echo(text.format(number=answer.number, state=named(answer.state)))


@click.command()
@json_option
@click.pass_obj
def work(where: OrderingLocation, as_json: bool) -> None:
    """Do once what the worker of “caducee sandbox up” does all the time: make, remind, end."""
    from caducee.services.ordering.worker import worker_name

    with where.opened() as desk:
        done = desk.ordering.worker.work(worker_name())
    if as_json:
        say({"done": done})
        return
    click.echo(_("{count} jobs were done.").format(count=done))


@click.command()
@click.option("--sign", is_flag=True, help="Have the checkpoint of the trail signed first.")
@click.option(
    "--checkpoints",
    "copy",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Check against this copy of the folder of checkpoints, too.",
)
@json_option
@click.pass_obj
def audit(where: OrderingLocation, sign: bool, copy: Path | None, as_json: bool) -> None:
    """Check the whole trail: its chain, its counter and the signed checkpoints."""
    with where.opened() as desk:
        if sign:
            desk.ordering.checkpoints.sign()
        report = desk.ordering.checkpoints.check(copy)
    if as_json:
        say(
            {
                "lines": report.lines,
                "checkpoints": report.checkpoints,
                "signed_to": report.signed_to,
            }
        )
        return
    text = _("The trail is whole: {lines} lines, signed up to line {signed}.")
    click.echo(text.format(lines=report.lines, signed=report.signed_to))


@click.command()
@click.option("--after", type=click.IntRange(min=0), default=0, help="Number that is known.")
@click.option("--count", type=click.IntRange(1, 100_000), default=100, show_default=True)
@click.option("--schema", "needs_schema", is_flag=True, help="Print the JSON Schema of bodies.")
@json_option
@click.pass_obj
def outbox(
    where: OrderingLocation, after: int, count: int, needs_schema: bool, as_json: bool
) -> None:
    """Give the events for those who must know (e-CPS, doors), in order."""
    from caducee.services.ordering.api.messages import EventMessage, EventsMessage
    from caducee.services.ordering.outbox import schema

    if needs_schema:
        say(schema())
        return
    with where.opened() as desk:
        found = desk.ordering.outbox.events(after=after, count=count)
    if as_json:
        say(EventsMessage(events=tuple(map(EventMessage.of, found))))
        return
    for item in found:
        click.echo(f"{item.number:>6}  {when(item.at)}  {item.kind.value:<16} {item.subject}")


@click.group()
def key() -> None:
    """Keys by which programs use the HTTP API in the name of an account."""


@key.command(name="new")
@click.option("--label", default="", help="What it is for.")
@json_option
@click.pass_obj
def new_key(where: OrderingLocation, label: str, as_json: bool) -> None:
    """Make a key; it is shown now and kept nowhere."""
    from caducee.services.ordering.api import ApiKeys

    with where.opened(make=True) as desk:
        made = ApiKeys(desk.world.registry).make(desk.caller().account, label)
    text = made.reveal().decode()
    if as_json:
        say({"key": text})
        return
    click.echo(text)


@key.command(name="list")
@json_option
@click.pass_obj
def list_keys(where: OrderingLocation, as_json: bool) -> None:
    """List the keys of an account that work: name, end, last use, label."""
    from caducee.services.ordering.api import ApiKeys

    with where.opened() as desk:
        found = ApiKeys(desk.world.registry).keys(desk.caller().account)
    if as_json:
        say({"keys": found})
        return
    for item in found:
        used = when(item.used_at) or "-"
        click.echo(f"{item.name}  {when(item.expires_at)}  {used:<16}  {item.label}".rstrip())


@key.command()
@click.argument("name")
@click.pass_obj
def withdraw(where: OrderingLocation, name: str) -> None:
    """Make the key of that NAME worthless."""
    from caducee.services.ordering.api import ApiKeys

    with where.opened() as desk:
        gone = ApiKeys(desk.world.registry).withdraw(desk.caller().account, name)
    click.echo(_("The key is worthless now.") if gone else _("There was no such key."))
