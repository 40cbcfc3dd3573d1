# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Pages of reviewers, production and auditors."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from starlette.responses import Response

from caducee.base.errors import CpsError, IssueError, StateError
from caducee.services.ordering import schema
from caducee.services.ordering.audit import TrailLine
from caducee.services.ordering.orders import Order
from caducee.services.ordering.roles import Role
from caducee.services.ordering.site.form_parts import PARTS
from caducee.services.ordering.site.forms import FormView
from caducee.services.ordering.site.page_request import PageRequest, go
from caducee.services.ordering.site.reviewing import review_checks
from caducee.services.ordering.site.signed import signed
from caducee.services.ordering.site.site_context import SiteContext
from caducee.services.ordering.states import OrderAction, OrderState, possible

__all__ = ["StaffPages"]

_NOTE = 2000
_LINES = 50

_DECISIONS = {
    OrderAction.ASK: OrderState.QUESTION,
    OrderAction.ACCEPT: OrderState.ACCEPTED,
    OrderAction.REFUSE: OrderState.REFUSED,
}


@dataclass(frozen=True, slots=True)
class StaffPages:
    """The handlers."""

    context: SiteContext

    # Review

    def queue(self, visit: PageRequest) -> Response:
        """List what waits for a reviewer."""
        visit.acting(Role.REVIEWER)
        waiting = self.context.ordering.orders.in_state(OrderState.SUBMITTED)
        asked = self.context.ordering.orders.in_state(OrderState.QUESTION)
        return self.context.pages.html(visit, "review-queue.html", waiting=waiting, asked=asked)

    def review(self, visit: PageRequest) -> Response:
        """Show an order with its checks, and what a reviewer may do."""
        visit.acting(Role.REVIEWER)
        return self._review(visit, self._seen(visit))

    def decide(self, visit: PageRequest) -> Response:
        """Ask for more, accept or refuse."""
        actor, order = visit.acting(Role.REVIEWER), self._seen(visit)
        note, wanted = visit.posted.get("note").strip(), visit.posted.get("action")
        try:
            if wanted not in {decision.value for decision in _DECISIONS}:
                raise IssueError("ordering.choice_wrong")
            if len(note) > _NOTE:
                raise IssueError("ordering.too_long", most=_NOTE)
            action = OrderAction(wanted)
            link = f"{self.context.home}/orders/{order.id}"
            self.context.act_once(order, actor, action, _DECISIONS[action], note=note, link=link)
        except CpsError as error:
            return self._review(visit, order, note, error)
        return go("/review")

    def _seen(self, visit: PageRequest) -> Order:
        """Return an order that was handed in. Raises `IssueError` (``ordering.unknown``)."""
        order = self.context.ordering.orders.order(visit.part("order"))
        if order.submitted_at is None:
            raise IssueError("ordering.unknown")
        return order

    def _review(
        self, visit: PageRequest, order: Order, note: str = "", error: CpsError | None = None
    ) -> Response:
        return self.context.pages.html(
            visit,
            "review.html",
            400 if error else 200,
            order=order,
            view=FormView.of_form(order.form),
            parts_of_form=PARTS,
            checks=review_checks(order.form),
            signed=signed(order),
            steps=self.context.ordering.orders.steps(order),
            can=possible(order.state, Role.REVIEWER),
            mine=order.applicant == visit.me.id,
            note=note,
            error=error,
            Action=OrderAction,
        )

    # Production

    def production(self, visit: PageRequest) -> Response:
        """List what can be made, what is being made, and what waits to be taken."""
        visit.acting(Role.PRODUCTION)
        states = (OrderState.ACCEPTED, OrderState.PRODUCING, OrderState.READY)
        ordering = self.context.ordering
        groups = {state: ordering.orders.in_state(state) for state in states}
        progress = {
            group.id: ordering.production.progress(group)
            for group in groups[OrderState.PRODUCING][:_LINES]
        }
        return self.context.pages.html(
            visit, "production-queue.html", groups=groups, progress=progress, State=OrderState
        )

    def making(self, visit: PageRequest) -> Response:
        """Show how far the making of an order is."""
        visit.acting(Role.PRODUCTION)
        order = self._accepted(visit)
        return self.context.pages.html(
            visit,
            "production.html",
            order=order,
            progress=self.context.ordering.production.progress(order),
            can=possible(order.state, Role.PRODUCTION),
            mine=order.applicant == visit.me.id,
            Action=OrderAction,
        )

    def start(self, visit: PageRequest) -> Response:
        """Start the making; a second click finds it started."""
        actor, order = visit.acting(Role.PRODUCTION), self._accepted(visit)
        if order.state is OrderState.ACCEPTED:
            self.context.act_once(order, actor, OrderAction.PRODUCE, OrderState.PRODUCING)
        return go(f"/production/{order.id}")

    def _accepted(self, visit: PageRequest) -> Order:
        order = self.context.ordering.orders.order(visit.part("order"))
        steps = self.context.ordering.orders.steps(order)
        if not any(step.action is OrderAction.ACCEPT for step in steps):
            raise IssueError("ordering.unknown")
        return order

    # Audit

    def audit(self, visit: PageRequest) -> Response:
        """Show the trail, newest first, or the lines about one order or card."""
        visit.acting(Role.AUDITOR)
        return self._audit(visit)

    def check(self, visit: PageRequest) -> Response:
        """Check the whole trail against its signed checkpoints."""
        visit.acting(Role.AUDITOR)
        checkpoints = self.context.ordering.checkpoints
        try:
            checkpoints.check()  # first: a new checkpoint would hide that one is overdue
            checkpoints.sign()
            report = checkpoints.check()
        except StateError as error:
            return self._audit(visit, error=error)
        return self._audit(visit, report=report)

    def _audit(self, visit: PageRequest, **found: Any) -> Response:  # noqa: ANN401 (what is shown)
        subject, before = visit.asked("subject", 60).strip(), visit.asked("before", 12)
        number = int(before) if before.isascii() and before.isdecimal() else None
        lines = self._lines(subject, number)
        content: dict[str, Any] = {"report": None, "error": None}
        return self.context.pages.html(
            visit,
            "audit.html",
            lines=lines,
            subject=subject,
            more=lines[-1].number if len(lines) == _LINES else None,
            **(content | found),
        )

    def _lines(self, subject: str, before: int | None) -> list[TrailLine]:
        table = schema.trail
        query = sa.select(table).order_by(table.c.number.desc()).limit(_LINES)
        if subject:
            query = query.where(table.c.subject == subject)
        if before is not None:
            query = query.where(table.c.number < before)
        with self.context.ordering.registry.reading() as connection:
            return [TrailLine(**row) for row in connection.execute(query).mappings()]
