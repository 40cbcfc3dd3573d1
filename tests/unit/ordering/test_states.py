# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Who may do what when: the table of steps, and roles that never meet."""

import itertools

import pytest

from caducee.base.errors import IssueError
from caducee.services.ordering.roles import Role, check_roles
from caducee.services.ordering.states import STEPS, OrderAction, OrderState, follow, possible

FINAL = {OrderState.REFUSED, OrderState.WITHDRAWN, OrderState.ENDED}


def test_every_state_is_reached_and_every_other_than_the_final_ones_is_left() -> None:
    reached = {OrderState.DRAFT} | {step.after for step in STEPS}
    assert reached == set(OrderState)
    assert {step.before for step in STEPS} == set(OrderState) - FINAL


def test_an_action_of_a_role_leads_to_one_state_only() -> None:
    keys = [(step.before, step.action, step.role) for step in STEPS]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("state", list(OrderState), ids=lambda item: item.value)
def test_what_is_not_in_the_table_is_refused(state: OrderState) -> None:
    for action, role in itertools.product(OrderAction, Role):
        if action in possible(state, role):
            follow(state, action, role)
            continue
        others = any((step.before, step.action) == (state, action) for step in STEPS)
        with pytest.raises(IssueError) as caught:
            follow(state, action, role)
        code = "ordering.role_wrong" if others else "ordering.state_wrong"
        assert caught.value.code == code


def test_nobody_both_reviews_and_produces_in_any_single_step() -> None:
    for step in STEPS:
        if step.action in (OrderAction.ACCEPT, OrderAction.REFUSE, OrderAction.ASK):
            assert step.role is Role.REVIEWER
        if step.action in (OrderAction.PRODUCE, OrderAction.FINISH):
            assert step.role is Role.PRODUCTION


@pytest.mark.parametrize(
    "roles",
    [
        {Role.REVIEWER, Role.PRODUCTION},
        {Role.APPLICANT, Role.AUDITOR, Role.REVIEWER},
        {Role.AUDITOR, Role.SUPPORT},
    ],
    ids=lambda item: "+".join(sorted(item)),
)
def test_roles_that_never_meet_in_one_person_are_refused(roles: set[Role]) -> None:
    with pytest.raises(IssueError) as caught:
        check_roles(roles)
    assert caught.value.code == "ordering.roles_apart"


def test_other_roles_may_meet() -> None:
    check_roles({Role.APPLICANT, Role.REVIEWER, Role.SUPPORT})
