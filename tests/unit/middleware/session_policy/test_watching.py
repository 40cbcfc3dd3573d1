# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The engine on live readers: what happens between two looks, and answers that come too late."""

import inspect
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from caducee.base.clock import elapsed
from caducee.base.errors import ReaderError
from caducee.base.secret import Secret
from caducee.middleware.pin_entry import PinRequest
from caducee.middleware.pkcs11.session_policy import SessionRetention
from caducee.middleware.session_policy import (
    PinPurpose,
    SessionEvent,
    SessionPolicy,
    SessionState,
    Transition,
)
from caducee.middleware.session_policy.watching import Watcher
from caducee.reader.memory import MemoryContext, MemoryReader

WAIT = 20.0


class Holder:
    """A holder who answers when the test says so; one of each question."""

    def __init__(self) -> None:
        self.asked: queue.Queue[str] = queue.Queue()
        self.answers: queue.Queue[str | Exception] = queue.Queue()
        self.withdrawn = threading.Event()

    def pin(self, request: PinRequest, site: str, *, wrong: bool = False) -> Secret:
        self.asked.put(f"{site}: {request.for_what}")
        answer = self.answers.get(timeout=WAIT)
        if isinstance(answer, Exception):
            raise answer
        return Secret.of(answer)

    def confirm(self, request: PinRequest, site: str) -> None:
        raise AssertionError("nobody asks for a yes")

    def withdraw(self) -> None:
        self.withdrawn.set()
        self.answers.put(ReaderError("pin.cancelled"))


class Live:
    """A watcher in a thread, two readers in memory, and what was reported."""

    def __init__(self, policy: SessionPolicy, *, asks: bool) -> None:
        self.left, self.right = MemoryReader("left"), MemoryReader("right")
        self.steps: queue.Queue[Transition] = queue.Queue()
        self.holders: queue.Queue[Holder] = queue.Queue()
        self.may_look = threading.Event()
        self.may_look.set()
        context = MemoryContext(self.left, self.right)
        self.watcher = Watcher(
            context,
            policy,
            self.steps.put,
            consent=self._holder if asks else None,
            purpose=PinPurpose("the ward", "to unlock the screen"),
        )
        self.thread = threading.Thread(target=self.watcher.run)

    def _holder(self) -> Holder:
        made = Holder()
        self.holders.put(made)
        return made

    def next(self) -> tuple[SessionEvent, SessionState]:
        step = self.steps.get(timeout=WAIT)
        return step.event, step.after.state

    def at_once(self, *happen: Callable[[], object]) -> None:
        """Let several things happen between two looks at the readers."""
        looking = self.watcher._watch.wait

        def wait(timeout: float | None = None) -> Any:
            self.watcher._watch.wait = looking  # type: ignore[method-assign]
            for item in happen:
                item()
            return looking(timeout)

        self.watcher._watch.wait = wait  # type: ignore[method-assign]
        self.watcher._watch.wake()

    def close(self) -> None:
        self.watcher.stop()
        self.thread.join(WAIT)


type Begin = Callable[..., Live]


@pytest.fixture
def live() -> Iterator[Begin]:
    made: list[Live] = []

    def begin(*, asks: bool = False, **policy: Any) -> Live:
        made.append(Live(SessionPolicy(**policy), asks=asks))
        made[-1].thread.start()
        return made[-1]

    yield begin
    for item in made:
        item.close()


@pytest.mark.parametrize(("source", "target"), [("left", "right"), ("right", "left")])
def test_a_card_that_went_to_another_reader_between_two_looks_is_there(
    live: Begin, bench: Any, source: str, target: str
) -> None:
    it = live()
    before, after = getattr(it, source), getattr(it, target)
    before.insert(bench.chip)
    assert it.next() == (SessionEvent.INSERTED, SessionState.PRESENT)
    it.at_once(before.eject, lambda: after.insert(bench.chip))
    assert [it.next() for _ in range(2)] == [
        (SessionEvent.REMOVED, SessionState.ABSENT),
        (SessionEvent.INSERTED, SessionState.PRESENT),
    ]
    assert it.watcher.station.seats[0].reader == target


def test_two_cards_that_changed_places_between_two_looks_are_both_there(
    live: Begin, bench: Any, cps4_bench: Any
) -> None:
    it = live()
    it.left.insert(bench.chip)
    it.right.insert(cps4_bench.chip)
    assert [it.next() for _ in range(2)] == [(SessionEvent.INSERTED, SessionState.PRESENT)] * 2
    it.at_once(
        it.left.eject,
        it.right.eject,
        lambda: it.left.insert(cps4_bench.chip),
        lambda: it.right.insert(bench.chip),
    )
    reported = [it.next() for _ in range(4)]
    assert (
        reported
        == [(SessionEvent.REMOVED, SessionState.ABSENT)] * 2
        + [(SessionEvent.INSERTED, SessionState.PRESENT)] * 2
    )
    seats = {seat.reader: seat.card_in for seat in it.watcher.station.seats}
    assert seats == {"left": True, "right": True}


def test_a_code_for_the_card_before_its_removal_opens_nothing_after_it(
    live: Begin, bench: Any
) -> None:
    """The holder's answer arrives in the very moment in which the card was out and in again."""
    it = live(asks=True)
    it.left.insert(bench.chip)
    assert [it.next() for _ in range(2)][-1] == (SessionEvent.PIN_NEEDED, SessionState.ASKING)
    first = it.holders.get(timeout=WAIT)
    assert first.asked.get(timeout=WAIT) == "the ward: to unlock the screen"
    answered = threading.Event()
    say = it.watcher._say

    def tell(event: Any, question: Any = None) -> None:
        say(event, question)
        answered.set()

    it.watcher._say = tell  # type: ignore[method-assign, assignment]

    def answer_and_exchange() -> None:
        first.answers.put("1234")
        assert answered.wait(WAIT)
        it.left.eject()
        it.left.insert(bench.chip)

    it.at_once(answer_and_exchange)
    assert [it.next() for _ in range(3)] == [
        (SessionEvent.REMOVED, SessionState.ABSENT),
        (SessionEvent.INSERTED, SessionState.PRESENT),
        (SessionEvent.PIN_NEEDED, SessionState.ASKING),
    ]
    second = it.holders.get(timeout=WAIT)
    assert second.asked.get(timeout=WAIT)
    assert it.steps.empty() and it.watcher.station.seats[0].state is SessionState.ASKING
    second.answers.put("1234")
    assert it.next() == (SessionEvent.PIN_VERIFIED, SessionState.OPEN)


def test_a_question_that_fails_is_given_up_and_may_be_asked_again(live: Begin, bench: Any) -> None:
    it = live(asks=True)
    it.left.insert(bench.chip)
    assert [it.next() for _ in range(2)][-1] == (SessionEvent.PIN_NEEDED, SessionState.ASKING)
    it.holders.get(timeout=WAIT).answers.put(RuntimeError("the window fell over"))
    assert it.next() == (SessionEvent.GIVEN_UP, SessionState.PRESENT)
    it.left.eject()
    it.left.insert(bench.chip)
    assert [it.next() for _ in range(3)][-1] == (SessionEvent.PIN_NEEDED, SessionState.ASKING)
    it.holders.get(timeout=WAIT).answers.put("1234")
    assert it.next() == (SessionEvent.PIN_VERIFIED, SessionState.OPEN)


def test_a_card_that_leaves_withdraws_its_question(live: Begin, bench: Any) -> None:
    it = live(asks=True)
    it.left.insert(bench.chip)
    asked = it.holders.get(timeout=WAIT)
    asked.asked.get(timeout=WAIT)
    it.left.eject()
    assert asked.withdrawn.wait(WAIT)
    assert [it.next() for _ in range(3)][-1] == (SessionEvent.REMOVED, SessionState.ABSENT)


@pytest.mark.parametrize("engine", [SessionRetention, Watcher])
def test_policy_time_goes_on_while_the_machine_sleeps(engine: type) -> None:
    assert inspect.signature(engine).parameters["now"].default is elapsed
