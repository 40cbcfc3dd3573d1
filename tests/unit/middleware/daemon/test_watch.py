# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The engine's view of the readers: what was seen first reaches it first, and a look is bounded."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import pytest
from tests.unit.middleware.daemon.fakes import FakeEngine, blocking

from caducee.middleware.daemon import watch
from caducee.middleware.daemon.watch import ReaderWatch
from caducee.reader.memory import MemoryContext, MemoryReader
from caducee.reader.transport import ReaderStatus
from caducee.testing.chips import ScriptedChip


class Held(MemoryContext):
    """Readers whose watcher sees nothing, and whose look can be held up."""

    def __init__(self, *readers: MemoryReader) -> None:
        super().__init__(*readers)
        self.ended = threading.Event()
        self.during: Callable[[], object] = lambda: None

    def wait(
        self, known: Mapping[str, ReaderStatus], timeout: float | None = None
    ) -> Mapping[str, ReaderStatus]:
        if timeout is None:
            self.ended.wait(20)
            return known
        return super().wait(known, timeout)

    def cancel(self) -> None:
        self.ended.set()

    def look(self) -> Mapping[str, ReaderStatus]:
        found = super().look()
        self.during()
        return found


class World:
    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.reader = MemoryReader("reader-0")
        self.readers = Held(self.reader)
        self.watch = ReaderWatch(self.engine, self.readers, lambda gone: None)

    async def looked(self) -> None:
        done = asyncio.Event()
        self.watch.look_first(done.set)
        async with asyncio.timeout(20):
            await done.wait()


def run(test: Callable[[World], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        world = World()
        world.watch.start()
        try:
            await test(world)
        finally:
            world.watch.stop()
            await blocking(world.watch.join)

    asyncio.run(whole())


def test_a_look_sees_a_card_before_the_watcher_does() -> None:
    async def test(world: World) -> None:
        world.reader.insert(ScriptedChip())
        await world.looked()
        assert world.engine.known["reader-0"].present

    run(test)


def test_of_two_looks_at_once_the_second_sees_what_came_after_the_first_began() -> None:
    async def test(world: World) -> None:
        begun, go_on = threading.Event(), threading.Event()

        def hold() -> None:
            begun.set()
            go_on.wait(20)

        world.readers.during = hold
        first = asyncio.create_task(world.looked())
        await asyncio.sleep(0)
        await blocking(lambda: begun.wait(20))
        world.reader.insert(ScriptedChip())  # the first look has its view by now
        world.readers.during = lambda: None
        second = asyncio.create_task(world.looked())
        await asyncio.sleep(0)
        go_on.set()
        await first
        await second
        assert world.engine.known["reader-0"].present

    run(test)


def test_an_older_view_is_taken_anew() -> None:
    async def test(world: World) -> None:
        await world.looked()
        views: list[Mapping[str, ReaderStatus]] = []
        world.engine.changed = views.append  # type: ignore[assignment, method-assign]
        stale = MemoryContext.look(world.readers)

        def overtaken() -> None:
            world.readers.during = lambda: None
            world.reader.insert(ScriptedChip())
            newer = MemoryContext.look(world.readers)
            assert world.watch._take(newer, world.watch._views)  # as the watcher's thread does
            assert newer != stale

        world.readers.during = overtaken
        await world.looked()
        assert [view["reader-0"].present for view in views] == [True]

    run(test)


def test_a_look_that_hangs_holds_a_call_up_once_and_not_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch, "_PATIENCE", 0.05)

    async def test(world: World) -> None:
        go_on = threading.Event()
        world.readers.during = lambda: go_on.wait(20)
        await world.looked()
        assert not go_on.is_set()
        done: list[str] = []
        world.watch.look_first(lambda: done.append("at once"))
        assert done == ["at once"]
        go_on.set()
        world.reader.insert(ScriptedChip())
        while not world.engine.known["reader-0"].present:  # it answers again, and is asked again
            await asyncio.sleep(0.01)
            await world.looked()

    run(test)
