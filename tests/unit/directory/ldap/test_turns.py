# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Long work takes turns, and leaves most of the time to others while they ask."""

import asyncio
from collections import Counter
from collections.abc import Callable

import pytest

from caducee.directory.ldap.turns import SearchTurns


class Loop:
    """What runs long work, with a clock that only the work moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.turns = SearchTurns(lambda: self.now)
        self.done = Counter[str]()

    def work(self, name: str, pieces: int, peer: str = "") -> Callable[[], None]:
        """Return work of some pieces of a millisecond."""

        def piece() -> None:
            self.now += 0.001
            self.done[name] += 1
            if self.done[name] < pieces:
                self.turns.add(peer or name, piece)

        return piece

    def add(self, name: str, pieces: int, peer: str = "") -> None:
        self.turns.add(peer or name, self.work(name, pieces, peer))


def test_long_work_alone_runs_without_a_pause() -> None:
    async def run() -> int:
        loop = Loop()
        loop.add("scan", 1000)
        for _ in range(20):
            await asyncio.sleep(0)
        return loop.done["scan"]

    assert asyncio.run(run()) >= 19


def test_long_work_pauses_after_each_slice_while_others_ask(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def run() -> list[float]:
        loop, pauses = Loop(), list[float]()
        monkeypatch.setattr(
            asyncio.get_running_loop(), "call_later", lambda delay, _: pauses.append(delay)
        )
        loop.add("scan", 1000)
        loop.turns.asked()
        for _ in range(20):
            await asyncio.sleep(0)
        return [loop.done["scan"], *pauses]

    done, pause = asyncio.run(run())
    assert done == 1
    assert 0.0039 < pause < 0.0041  # four times what the slice took


def test_an_address_with_many_searches_gets_no_more_turns_than_one_with_one() -> None:
    async def run() -> Counter[str]:
        loop = Loop()
        for number in range(100):
            loop.add(f"flood {number}", 1000, "flooder")
        loop.add("honest", 50)
        while loop.done["honest"] < 50:
            await asyncio.sleep(0)
        return loop.done

    done = asyncio.run(run())
    assert sum(done.values()) <= 2 * done["honest"] + 10  # a slice more or less


def test_few_searches_of_an_address_are_under_way_at_a_time_and_all_end() -> None:
    async def run() -> tuple[int, Counter[str]]:
        loop = Loop()
        for number in range(10):
            loop.add(f"search {number}", 5, "one")
        most = 0
        while sum(loop.done.values()) < 50:
            await asyncio.sleep(0)
            under_way = [item for item in loop.done.values() if item < 5]
            most = max(most, len(under_way))
        return most, loop.done

    most, done = asyncio.run(run())
    assert most <= 4
    assert len(done) == 10
