# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What is known of a person: given to them, and erased, on their request.

What others need is kept: the steps of orders by the id of the account, and the trail. Who the
account was stands nowhere after that: not in the account, the forms of its orders, nor their notes.
"""

import sqlalchemy as sa
from msgspec import to_builtins
from msgspec.structs import replace

from caducee.base.errors import IssueError
from caducee.services.ordering import schema
from caducee.services.ordering.accounts import Accounts
from caducee.services.ordering.api.keys import ApiKeys
from caducee.services.ordering.codes import Purpose
from caducee.services.ordering.form import Applicant, StructurePart, write_form
from caducee.services.ordering.orders import Actor, Order
from caducee.services.ordering.roles import Role
from caducee.services.ordering.service import Ordering
from caducee.services.ordering.states import OrderAction, OrderState

__all__ = ["erase", "export"]

_WAIT = (OrderState.ACCEPTED, OrderState.PRODUCING, OrderState.READY)
_BACK = (OrderState.DRAFT, OrderState.SUBMITTED, OrderState.QUESTION)


def export(ordering: Ordering, accounts: Accounts, account: str) -> dict[str, object]:
    """Return everything that the service knows of an account, as plain values."""
    me = accounts.account(account)
    return {
        "account": {
            "id": me.id,
            "email": me.email,
            "name": me.name,
            "holder": me.ps_idnat,
            "language": me.language,
            "created": me.created_at.isoformat(),
            "roles": sorted(me.roles),
        },
        "keys": [
            {
                "name": apikey.name,
                "label": apikey.label,
                "made": apikey.created_at.isoformat(),
                "used": apikey.used_at.isoformat() if apikey.used_at else None,
                "way": apikey.access.way.value,
                "card": apikey.access.card,
            }
            for apikey in ApiKeys(ordering.registry).keys(account)
        ],
        "orders": [_order(ordering, item) for item in ordering.orders.of(account)],
        "cards": [
            {
                "number": item.card_number or item.serial,
                "product": item.product,
                "state": item.state.value,
                "made": item.made_at.isoformat() if item.made_at else None,
            }
            for item in ordering.cards.cards_of(account)
        ],
        "logins": _logins(ordering, account),
        "activity": _activity(ordering, account),
    }


def _logins(ordering: Ordering, account: str) -> list[dict[str, str | None]]:
    """Return the logins of an account that are kept."""
    table = schema.token
    mine = (table.c.account == account, table.c.purpose == Purpose.SESSION.value)
    query = sa.select(table).where(*mine)
    with ordering.registry.reading() as connection:
        return [
            {
                "at": row.created_at.isoformat(),
                "until": row.expires_at.isoformat(),
                "way": row.way,
                "card": row.card,
            }
            for row in connection.execute(query.order_by(table.c.created_at))
        ]


def _activity(ordering: Ordering, account: str) -> list[dict[str, str]]:
    """Return the actions of an account, and those on it, from the trail."""
    table = schema.trail
    mine = sa.or_(table.c.actor == account, table.c.subject == account)
    with ordering.registry.reading() as connection:
        return [
            {"at": row.at.isoformat(), "role": row.role, "action": row.action, "about": row.subject}
            for row in connection.execute(sa.select(table).where(mine).order_by(table.c.number))
        ]


def _order(ordering: Ordering, order: Order) -> dict[str, object]:
    return {
        "number": order.number,
        "state": order.state.value,
        "form": to_builtins(order.form),
        "signature": order.signature,
        "steps": [
            {"at": step.at.isoformat(), "action": step.action.value, "note": step.note}
            for step in ordering.orders.steps(order)
        ],
    }


def erase(ordering: Ordering, accounts: Accounts, account: str) -> None:
    """Take back or end every order of an account, and forget whose it was.

    Raises `IssueError` (``ordering.erase_later``) while cards are made or wait to be taken.
    """
    me = Actor(account, Role.APPLICANT)
    with ordering.registry.transaction():
        for item in ordering.orders.of(account):
            if item.state in _WAIT:
                raise IssueError("ordering.erase_later", number=item.number)
            if item.state in _BACK:
                ordering.act(item, me, OrderAction.WITHDRAW)
            elif item.state is OrderState.DELIVERED:
                ordering.act(item, me, OrderAction.END)
            _forget(ordering, item)
        accounts.erase(account)


def _forget(ordering: Ordering, item: Order) -> None:
    # A practice is often a person's own: name, address and number say who they are.
    form = replace(
        item.form,
        structure=StructurePart(),
        applicant=Applicant(),
        certificates=tuple(replace(line, csr="") for line in item.form.certificates),
        remark="",
    )
    order, step = schema.order, schema.step
    ordering.items.forget_requests(item.id)
    with ordering.registry.writing() as connection:
        connection.execute(
            sa.update(order)
            .where(order.c.id == item.id)
            .values(form=write_form(form), signature=None, request_key=None, request_digest=None)
        )
        connection.execute(sa.update(step).where(step.c.order == item.id).values(note=""))
