# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The desk: which request is shown, and that what has ended stays ended."""

import datetime as dt

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from caducee.base.errors import StateError
from caducee.codec.card_request import RequestMessage
from caducee.middleware.requests.pending import (
    MOST,
    MOST_OF_ONE,
    PendingRequest,
    RequestChange,
    Requester,
    RequestQueue,
)
from caducee.spec.card_request import RequestState

NOW = dt.datetime(2026, 1, 15, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
S = RequestState


def ask(number: int = 0, seconds: int = 60) -> RequestMessage:
    nonce = f"{number:022d}"
    return RequestMessage(service="Portail", binding_message="42", nonce=nonce, seconds=seconds)


def put(desk: RequestQueue, number: int = 0, *, seconds: int = 60, pid: int = 1) -> PendingRequest:
    return desk.ask(ask(number, seconds), Requester(pid), NOW)[0]


def test_the_first_request_is_shown_at_once() -> None:
    made, reported = RequestQueue().ask(ask(), Requester(1), NOW)
    assert made.state is S.SHOWN and made.ends == NOW + 60 * SECOND
    assert reported == (RequestChange(1, S.SHOWN, 0),)


def test_a_second_request_waits_until_the_first_has_ended() -> None:
    desk = RequestQueue()
    put(desk)
    made, reported = desk.ask(ask(1), Requester(1), NOW)
    assert (made.state, reported) == (S.WAITING, (RequestChange(2, S.WAITING, 1),))
    assert desk.settle(1, S.REFUSED) == (RequestChange(1, S.REFUSED), RequestChange(2, S.SHOWN, 0))


def test_those_behind_are_reported_their_new_place() -> None:
    desk = RequestQueue()
    for number in range(3):
        put(desk, number)
    assert desk.settle(2, S.WITHDRAWN) == (
        RequestChange(2, S.WITHDRAWN),
        RequestChange(3, S.WAITING, 1),
    )


def test_a_request_ends_at_its_time_and_not_before() -> None:
    desk = RequestQueue()
    put(desk, seconds=60)
    put(desk, 1, seconds=10)
    assert desk.next_end() == NOW + 10 * SECOND
    assert desk.expire(NOW + 9 * SECOND) == ()
    assert desk.expire(NOW + 10 * SECOND) == (RequestChange(2, S.EXPIRED),)
    assert desk.next_end() == NOW + 60 * SECOND


def test_an_answer_that_comes_too_late_changes_nothing() -> None:
    desk = RequestQueue()
    put(desk)
    desk.expire(NOW + 60 * SECOND)
    for state in (S.CONFIRMED, S.REFUSED):
        with pytest.raises(StateError) as caught:
            desk.settle(1, state)
        assert caught.value.code == "request.over"


def test_a_nonce_is_good_for_one_request() -> None:
    desk = RequestQueue()
    put(desk)
    desk.settle(1, S.REFUSED)
    with pytest.raises(StateError) as caught:
        put(desk)
    assert caught.value.code == "request.repeated"


def test_one_program_cannot_fill_the_desk() -> None:
    desk = RequestQueue()
    for number in range(MOST_OF_ONE):
        put(desk, number, pid=7)
    with pytest.raises(StateError) as caught:
        put(desk, 99, pid=7)
    assert caught.value.code == "request.too_many"
    put(desk, 100, pid=8)


def test_all_programs_together_cannot_fill_it_either() -> None:
    desk = RequestQueue()
    for number in range(MOST):
        put(desk, number, pid=number)
    with pytest.raises(StateError) as caught:
        put(desk, 99, pid=99)
    assert caught.value.code == "request.too_many"


def test_the_end_of_the_manager_ends_everything() -> None:
    desk = RequestQueue()
    put(desk)
    put(desk, 1)
    assert desk.close() == (RequestChange(1, S.CLOSED), RequestChange(2, S.CLOSED))
    assert desk.requests() == ()


class DeskLife(RuleBasedStateMachine):
    """Any order of events: one is shown, all end once, places are right."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = RequestQueue()
        self.now = NOW
        self.asked = 0
        self.reported: dict[int, RequestChange] = {}

    def hear(self, reported: tuple[RequestChange, ...]) -> None:
        for item in reported:
            before = self.reported.get(item.number)
            assert before is None or not before.state.final, "told after its end"
            assert item != before, "told twice"
            self.reported[item.number] = item

    @rule(seconds=st.integers(5, 600), pid=st.integers(1, 3))
    def asks(self, seconds: int, pid: int) -> None:
        self.asked += 1
        try:
            self.hear(self.desk.ask(ask(self.asked, seconds), Requester(pid), self.now)[1])
        except StateError as error:
            assert error.code == "request.too_many"

    @precondition(lambda self: self.desk.requests())
    @rule(data=st.data(), state=st.sampled_from([S.CONFIRMED, S.REFUSED, S.WITHDRAWN]))
    def settles(self, data: st.DataObject, state: RequestState) -> None:
        item = data.draw(st.sampled_from(self.desk.requests()))
        self.hear(self.desk.settle(item.number, state))

    @rule(seconds=st.integers(0, 700))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds * SECOND
        self.hear(self.desk.expire(self.now))

    @invariant()
    def the_first_is_shown_and_each_knows_its_place(self) -> None:
        waiting = self.desk.requests()
        for place, item in enumerate(waiting):
            assert item.state is (S.WAITING if place else S.SHOWN)
            assert self.reported[item.number] == RequestChange(item.number, item.state, place)
            assert item.ends > self.now
        ended = [entry for entry in self.reported.values() if entry.state.final]
        assert len(ended) + len(waiting) == len(self.reported)


TestDeskLife = DeskLife.TestCase
TestDeskLife.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
