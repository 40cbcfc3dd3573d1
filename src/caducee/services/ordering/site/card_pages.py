# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The life of cards: for those who ordered or hold them, and for the support."""

from dataclasses import dataclass
from urllib.parse import quote

from starlette.responses import Response

from caducee.base.errors import CpsError, IssueError
from caducee.services.ordering.card_lifecycle import HolderChange
from caducee.services.ordering.items import CallBack, ItemState, OrderItem, StopReason
from caducee.services.ordering.orders import Actor
from caducee.services.ordering.roles import Role
from caducee.services.ordering.site.page_request import PageRequest, go
from caducee.services.ordering.site.site_context import SiteContext

__all__ = ["CardPages"]

_PAGE = 50
_DECLARED = (StopReason.LOST, StopReason.STOLEN, StopReason.DAMAGED)


@dataclass(frozen=True, slots=True)
class CardPages:
    """The handlers."""

    context: SiteContext

    def all(self, visit: PageRequest) -> Response:
        """List the cards of the one who is logged in, or look for one of their structure."""
        wanted, error = "".join(visit.asked("number", 60).split()), None
        if wanted:
            try:
                self.context.ordering.cards.access(wanted, visit.me.id)
            except IssueError as found:
                error = found
            else:
                return go(f"/cards/{quote(wanted)}")
        items = self.context.ordering.cards.cards_of(visit.me.id)
        number = visit.asked("page", 5)
        last = max(1, -(-len(items) // _PAGE))
        page = min(max(int(number), 1), last) if number.isascii() and number.isdecimal() else 1
        shown = items[(page - 1) * _PAGE : page * _PAGE]
        return self.context.pages.html(
            visit,
            "cards.html",
            items=shown,
            page=page,
            last=last,
            number=wanted,
            error=error,
        )

    def show(self, visit: PageRequest) -> Response:
        """Show one card of theirs, or of their structure."""
        item, _ = self.context.ordering.cards.access(visit.part("number"), visit.me.id)
        return self._card(visit, item, visit.applicant)

    def act(self, visit: PageRequest) -> Response:
        """Activate, declare, replace or destroy a card."""
        item, _ = self.context.ordering.cards.access(visit.part("number"), visit.me.id)
        return self._act(visit, item, visit.applicant, "/cards")

    def support(self, visit: PageRequest) -> Response:
        """Look for a card by its number."""
        visit.acting(Role.SUPPORT)
        number, error = "".join(visit.asked("number", 60).split()), None
        if number:
            try:
                self.context.ordering.items.find(number)
            except IssueError as found:
                error = found
            else:
                return go(f"/support/{number}")
        return self.context.pages.html(visit, "support.html", number=number, error=error)

    def support_show(self, visit: PageRequest) -> Response:
        """Show any card to the support, with whom to call back."""
        actor = visit.acting(Role.SUPPORT)
        return self._card(visit, self.context.ordering.items.find(visit.part("number")), actor)

    def support_act(self, visit: PageRequest) -> Response:
        """Stop, replace or destroy a card for its holder."""
        actor = visit.acting(Role.SUPPORT)
        item = self.context.ordering.items.find(visit.part("number"))
        return self._act(visit, item, actor, "/support")

    def _act(self, visit: PageRequest, item: OrderItem, actor: Actor, base: str) -> Response:
        number = item.card_number or item.serial or ""
        posted, ordering = visit.posted, self.context.ordering
        try:
            match posted.get("action"):
                case "activate":
                    ordering.cards.activate(number, actor)
                case "lose":
                    reason = _reason(posted.get("reason"))
                    called = _call_back(posted.get("called_back"))
                    ordering.cards.lose(number, actor, reason, called_back=called)
                case "replace":
                    ordering.cards.replace(number, actor, _change(visit))
                case "destroy":
                    ordering.cards.destroy(number, actor)
                case _:
                    raise IssueError("ordering.choice_wrong")
        except CpsError as error:
            return self._card(visit, item, actor, error)
        return go(f"{base}/{number}")

    def _card(
        self, visit: PageRequest, item: OrderItem, actor: Actor, error: CpsError | None = None
    ) -> Response:
        ordering = self.context.ordering
        number = item.card_number or item.serial or ""
        support = actor.role is Role.SUPPORT
        item, own = (
            (ordering.items.find(number), True)
            if support
            else ordering.cards.access(number, visit.me.id)
        )
        life = ordering.cards.history(number) if item.card_number and own else None
        order = ordering.orders.order(item.order)
        return self.context.pages.html(
            visit,
            "card.html",
            400 if error else 200,
            item=item,
            number=number,
            own=own,
            life=life,
            order=order if support or order.applicant == visit.me.id else None,
            support=support,
            base="/support" if support else "/cards",
            error=error,
            typed=visit.posted,
            reasons=_DECLARED,
            ways=tuple(CallBack),
            State=ItemState,
            Reason=StopReason,
        )


def _reason(text: str) -> StopReason:
    if text not in {item.value for item in _DECLARED}:
        raise IssueError("ordering.choice_wrong")
    return StopReason(text)


def _call_back(text: str) -> CallBack | None:
    if text and text not in set(CallBack):
        raise IssueError("ordering.choice_wrong")
    return CallBack(text) if text else None


def _change(visit: PageRequest) -> HolderChange | None:
    names = ("family_name", "given_name", "specialty")
    typed = {name: visit.posted.get(name).strip()[:200] for name in names}
    return HolderChange(**typed) if any(typed.values()) else None
