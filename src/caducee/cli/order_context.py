# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the commands of ``caducee order`` share: the world, who acts, and how answers are shown."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from caducee.sandbox.world import Sandbox
    from caducee.services.ordering.accounts import Accounts
    from caducee.services.ordering.api import Caller
    from caducee.services.ordering.api.messages import ItemMessage
    from caducee.services.ordering.service import Ordering

__all__ = ["OrderingContext", "OrderingLocation", "item_line", "named", "say", "when"]


@dataclass(frozen=True, slots=True)
class OrderingLocation:
    """Which world is meant, and who acts there."""

    folder: Path
    name: str
    """E-mail address, PS_IdNat or id of an account."""

    @contextlib.contextmanager
    def opened(self, *, make: bool = False, plug: bool = False) -> Iterator["OrderingContext"]:
        """Open the ordering service of the world; ``make``: make the world if there is none."""
        from caducee.sandbox.ordering import LOCAL, enter_account, open_accounts, open_ordering
        from caducee.sandbox.world import Sandbox

        known = (self.folder / "sandbox.toml").is_file() or not make
        with Sandbox(self.folder) if known else Sandbox.create(self.folder) as world:
            ordering = open_ordering(world, plug=plug)
            enter_account(world, LOCAL)
            yield OrderingContext(world, ordering, open_accounts(world, ordering), self.name)


@dataclass(frozen=True, slots=True)
class OrderingContext:
    """The ordering service of a world, and who acts."""

    world: "Sandbox"
    ordering: "Ordering"
    accounts: "Accounts"
    name: str

    def caller(self) -> "Caller":
        """Return who acts. Raises `IssueError` (``ordering.account_unknown``)."""
        from caducee.services.ordering.api import Caller
        from caducee.services.ordering.roles import Role

        found = self.accounts.named(self.name)
        return Caller(found.id, found.roles | {Role.APPLICANT}, "", found.ps_idnat)

    def reader(self, number: str) -> "Caller":
        """Return as whom an order is looked at. Whoever works in the folder without naming an
        account operates it, and sees every order as its applicant does.

        Raises `IssueError` (``ordering.unknown``).
        """
        from caducee.sandbox.ordering import LOCAL
        from caducee.services.ordering.api import Caller
        from caducee.services.ordering.roles import Role

        if self.name != LOCAL:
            return self.caller()
        order = self.ordering.orders.by_number(number)
        return Caller(order.applicant, frozenset({Role.APPLICANT}), "", None)

    def do(
        self,
        name: str,
        /,
        body: object = None,
        query: object = None,
        caller: "Caller | None" = None,
        **path: str,
    ) -> Any:  # noqa: ANN401 (what the operation answers)
        """Do an operation of the API here, under the same rules; returns its answer."""
        from caducee.services.ordering.api import Call, operation
        from caducee.services.ordering.api.operation import NoBody, NoQuery

        what = operation(name)
        call = Call(
            self.ordering,
            caller or self.caller(),
            path,
            query=what.query() if query is None else query,
            body=NoBody() if body is None else body,
        )
        assert what.query is not NoQuery or query is None  # noqa: S101 (a fault of ours)
        return what.does(call)


def say(answer: object) -> None:
    """Print an answer as one JSON object."""
    import msgspec

    click.echo(msgspec.json.encode(answer).decode())


def when(moment: Any) -> str:  # noqa: ANN401 (a moment or none)
    """Return a moment for people."""
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""


def named(enum: Enum | str) -> str:
    """Return the word for an id, in the language in use."""
    from caducee.services.ordering.site.texts import word

    return word(enum)


def item_line(message: "ItemMessage") -> str:
    """Return a card or certificate in a line; why it was not made is a code of the catalogue."""
    from caducee.services.ordering.items import StopReason

    reason = message.reason or ""
    if reason in set(StopReason):
        reason = named(StopReason(reason))
    state = named(message.state) + (f" ({reason})" if reason else "")
    return f"{message.card or message.serial or '-':<12} {message.product:<24} {state}"
