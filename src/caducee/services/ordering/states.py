# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The states of an order and the steps between them: one table, which pages and tests read too."""

from dataclasses import dataclass
from enum import StrEnum, unique

from caducee.base.errors import IssueError
from caducee.services.ordering.roles import Role

__all__ = ["STEPS", "OrderAction", "OrderState", "Step", "follow", "possible"]


@unique
class OrderState(StrEnum):
    """Where an order stands."""

    DRAFT = "draft"
    """Being filled in; nobody but the applicant sees it."""

    SUBMITTED = "submitted"
    """Signed by the applicant, waits for a reviewer."""

    QUESTION = "question"
    """The reviewer asked for more; the applicant may change it."""

    ACCEPTED = "accepted"
    """Waits for production."""

    REFUSED = "refused"
    """ApiError with a reason; final."""

    WITHDRAWN = "withdrawn"
    """Taken back by the applicant; final."""

    PRODUCING = "producing"
    """The worker makes the cards."""

    READY = "ready"
    """Everything is made, nothing is handed over yet."""

    DELIVERED = "delivered"
    """The cards were taken."""

    ENDED = "ended"
    """The test use is over; the cards are stopped and destroyed; final."""


@unique
class OrderAction(StrEnum):
    """What is done to an order."""

    SAVE = "save"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    ASK = "ask"
    ACCEPT = "accept"
    REFUSE = "refuse"
    PRODUCE = "produce"
    FINISH = "finish"
    DELIVER = "deliver"
    END = "end"


@dataclass(frozen=True, slots=True)
class Step:
    """One arrow: from a state, by an action of a role, to a state."""

    before: OrderState
    action: OrderAction
    role: Role
    after: OrderState


_S, _A, _R = OrderState, OrderAction, Role

STEPS: tuple[Step, ...] = (
    Step(_S.DRAFT, _A.SAVE, _R.APPLICANT, _S.DRAFT),
    Step(_S.DRAFT, _A.SUBMIT, _R.APPLICANT, _S.SUBMITTED),
    Step(_S.DRAFT, _A.WITHDRAW, _R.APPLICANT, _S.WITHDRAWN),
    Step(_S.SUBMITTED, _A.WITHDRAW, _R.APPLICANT, _S.WITHDRAWN),
    Step(_S.SUBMITTED, _A.ASK, _R.REVIEWER, _S.QUESTION),
    Step(_S.SUBMITTED, _A.ACCEPT, _R.REVIEWER, _S.ACCEPTED),
    Step(_S.SUBMITTED, _A.REFUSE, _R.REVIEWER, _S.REFUSED),
    Step(_S.QUESTION, _A.SAVE, _R.APPLICANT, _S.QUESTION),
    Step(_S.QUESTION, _A.SUBMIT, _R.APPLICANT, _S.SUBMITTED),
    Step(_S.QUESTION, _A.WITHDRAW, _R.APPLICANT, _S.WITHDRAWN),
    Step(_S.ACCEPTED, _A.PRODUCE, _R.PRODUCTION, _S.PRODUCING),
    Step(_S.PRODUCING, _A.FINISH, _R.PRODUCTION, _S.READY),
    Step(_S.READY, _A.DELIVER, _R.APPLICANT, _S.DELIVERED),
    Step(_S.DELIVERED, _A.DELIVER, _R.APPLICANT, _S.DELIVERED),
    Step(_S.DELIVERED, _A.END, _R.SUPPORT, _S.ENDED),
    Step(_S.DELIVERED, _A.END, _R.APPLICANT, _S.ENDED),
)
"""Every step there is. The picture of the documentation is drawn from this table."""


def possible(state: OrderState, role: Role) -> tuple[OrderAction, ...]:
    """Return what a role may do in a state, in the order of the table."""
    return tuple(step.action for step in STEPS if (step.before, step.role) == (state, role))


def follow(state: OrderState, action: OrderAction, role: Role) -> OrderState:
    """Return the state after an action.

    Raises `IssueError`: ``ordering.role_wrong`` when others may do it now,
    ``ordering.state_wrong`` when nobody may.
    """
    found = [step for step in STEPS if (step.before, step.action) == (state, action)]
    for item in found:
        if item.role is role:
            return item.after
    code = "ordering.role_wrong" if found else "ordering.state_wrong"
    raise IssueError(code, state=state.value, action=action.value, role=role.value)
