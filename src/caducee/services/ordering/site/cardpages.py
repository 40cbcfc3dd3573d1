# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The life of cards: for those who ordered or hold them, and for the support."""

from dataclasses import dataclass
from urllib.parse import quote

from starlette.responses import Response

from caducee.base.errors import CpsError, IssueError
from caducee.services.ordering.life import HolderChange
from caducee.services.ordering.orders import Actor
from caducee.services.ordering.pieces import CallBack, Piece, PieceState, StopReason
from caducee.services.ordering.roles import Role
from caducee.services.ordering.site.house import House
from caducee.services.ordering.site.visits import Visit, go

__all__ = ["CardPages"]

_PAGE = 50
_DECLARED = (StopReason.LOST, StopReason.STOLEN, StopReason.DAMAGED)


@dataclass(frozen=True, slots=True)
class CardPages:
    """The handlers."""

    house: House

    def all(self, visit: Visit) -> Response:
        """List the cards of the one who is logged in, or look for one of their structure."""
        wanted, error = "".join(visit.asked("number", 60).split()), None
        if wanted:
            try:
                self.house.ordering.access(wanted, visit.me.id)
            except IssueError as found:
                error = found
            else:
                return go(f"/cards/{quote(wanted)}")
        pieces = self.house.ordering.cards_of(visit.me.id)
        number = visit.asked("page", 5)
        last = max(1, -(-len(pieces) // _PAGE))
        page = min(max(int(number), 1), last) if number.isascii() and number.isdecimal() else 1
        shown = pieces[(page - 1) * _PAGE : page * _PAGE]
        return self.house.pages.html(
            visit,
            "cards.html",
            pieces=shown,
            page=page,
            last=last,
            number=wanted,
            error=error,
        )

    def show(self, visit: Visit) -> Response:
        """Show one card of theirs, or of their structure."""
        piece, _ = self.house.ordering.access(visit.part("number"), visit.me.id)
        return self._card(visit, piece, visit.applicant)

    def act(self, visit: Visit) -> Response:
        """Activate, declare, replace or destroy a card."""
        piece, _ = self.house.ordering.access(visit.part("number"), visit.me.id)
        return self._act(visit, piece, visit.applicant, "/cards")

    def support(self, visit: Visit) -> Response:
        """Look for a card by its number."""
        visit.acting(Role.SUPPORT)
        number, error = "".join(visit.asked("number", 60).split()), None
        if number:
            try:
                self.house.ordering.piece(number)
            except IssueError as found:
                error = found
            else:
                return go(f"/support/{number}")
        return self.house.pages.html(visit, "support.html", number=number, error=error)

    def support_show(self, visit: Visit) -> Response:
        """Show any card to the support, with whom to call back."""
        actor = visit.acting(Role.SUPPORT)
        return self._card(visit, self.house.ordering.piece(visit.part("number")), actor)

    def support_act(self, visit: Visit) -> Response:
        """Stop, replace or destroy a card for its holder."""
        actor = visit.acting(Role.SUPPORT)
        piece = self.house.ordering.piece(visit.part("number"))
        return self._act(visit, piece, actor, "/support")

    def _act(self, visit: Visit, piece: Piece, actor: Actor, base: str) -> Response:
        number = piece.card_number or piece.serial or ""
        posted, ordering = visit.posted, self.house.ordering
        try:
            match posted.get("action"):
                case "activate":
                    ordering.activate(number, actor)
                case "lose":
                    reason = _reason(posted.get("reason"))
                    called = _call_back(posted.get("called_back"))
                    ordering.lose(number, actor, reason, called_back=called)
                case "replace":
                    ordering.replace(number, actor, _change(visit))
                case "destroy":
                    ordering.destroy(number, actor)
                case _:
                    raise IssueError("ordering.choice_wrong")
        except CpsError as error:
            return self._card(visit, piece, actor, error)
        return go(f"{base}/{number}")

    def _card(
        self, visit: Visit, piece: Piece, actor: Actor, error: CpsError | None = None
    ) -> Response:
        ordering = self.house.ordering
        number = piece.card_number or piece.serial or ""
        support = actor.role is Role.SUPPORT
        piece, own = (
            (ordering.piece(number), True) if support else ordering.access(number, visit.me.id)
        )
        life = ordering.life(number) if piece.card_number and own else None
        order = ordering.order(piece.order)
        return self.house.pages.html(
            visit,
            "card.html",
            400 if error else 200,
            piece=piece,
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
            State=PieceState,
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


def _change(visit: Visit) -> HolderChange | None:
    names = ("family_name", "given_name", "specialty")
    typed = {name: visit.posted.get(name).strip()[:200] for name in names}
    return HolderChange(**typed) if any(typed.values()) else None
