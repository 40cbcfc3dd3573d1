# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Several places of readers as one."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from caducee.base.errors import ReaderError
from caducee.middleware.daemon.reader_contexts import ReaderContexts, open_reader_contexts
from caducee.middleware.daemon.settings import ReaderSettings
from caducee.reader.memory import MemoryContext, MemoryReader
from caducee.reader.transport import Reader, ReaderStatus
from caducee.testing.chips import ScriptedChip


class Broken(MemoryContext):
    """A place whose service does not run, until it does."""

    def __init__(self, *readers: MemoryReader) -> None:
        super().__init__(*readers)
        self.good = threading.Event()

    def readers(self) -> Sequence[MemoryReader]:
        if not self.good.is_set():
            raise ReaderError("reader.service_absent", name="", number="")
        return super().readers()

    def look(self) -> Mapping[str, ReaderStatus]:
        self.readers()
        return super().look()

    def wait(
        self, known: Mapping[str, ReaderStatus], timeout: float | None = None
    ) -> Mapping[str, ReaderStatus]:
        self.readers()
        return super().wait(known, timeout)


@pytest.fixture
def two() -> Iterator[tuple[ReaderContexts, MemoryContext, Broken]]:
    good, broken = MemoryContext(MemoryReader("a")), Broken(MemoryReader("b"))
    places = ReaderContexts(good, broken)
    yield places, good, broken
    places.close()


def test_a_place_that_fails_stops_no_other(
    two: tuple[ReaderContexts, MemoryContext, Broken],
) -> None:
    places, good, _ = two
    now = places.wait({})
    assert list(now) == ["a"]
    good.readers()[0].insert(ScriptedChip())
    assert places.wait(now)["a"].present


def test_a_place_that_comes_back_is_noticed(
    two: tuple[ReaderContexts, MemoryContext, Broken],
) -> None:
    places, _, broken = two
    now = places.wait({})
    broken.good.set()
    assert set(places.wait(now, 20)) == {"a", "b"}
    assert [reader.name for reader in places.readers()] == ["a", "b"]


def test_cancel_ends_a_wait(two: tuple[ReaderContexts, MemoryContext, Broken]) -> None:
    places, _, _ = two
    now = places.wait({})
    threading.Timer(0.05, places.cancel).start()
    assert places.wait(now) == now


def test_nothing_is_polled_while_nothing_happens(
    two: tuple[ReaderContexts, MemoryContext, Broken], monkeypatch: pytest.MonkeyPatch
) -> None:
    places, good, broken = two
    broken.good.set()
    now = places.wait({})
    while len(now) < 2:
        now = places.wait(now)
    asked: list[str] = []

    def ask() -> dict[str, ReaderStatus]:
        asked.append("a")
        return {}

    monkeypatch.setattr(good, "_now", ask)
    places.wait(now, 0.3)
    assert not asked


def names(readers: Sequence[Reader]) -> list[str]:
    return [reader.name for reader in readers]


def test_settings_and_the_environment_name_the_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = tmp_path / "one.sock"
    places = open_reader_contexts(ReaderSettings(pcsc=False, sockets=(str(named),)))
    assert names(places.readers()) == [f"socket:{named}"]
    places.close()
    monkeypatch.setenv("CADUCEE_READER_SOCKETS", str(tmp_path))
    places = open_reader_contexts(ReaderSettings(pcsc=False))
    assert names(places.readers()) == []
    places.close()


def test_a_look_says_what_no_watcher_has_seen_yet() -> None:
    good = MemoryContext(MemoryReader("a"))
    places = ReaderContexts(good, Broken())  # no thread watches before the first wait
    good.readers()[0].insert(ScriptedChip())
    assert places.look()["a"].present
    places.close()


def test_what_was_seen_first_is_never_reported_last() -> None:
    """A watcher that is slow to tell what it saw must not hide what a look saw after it."""

    class Slow(MemoryContext):
        woken, go_on = threading.Event(), threading.Event()

        def wait(
            self, known: Mapping[str, ReaderStatus], timeout: float | None = None
        ) -> Mapping[str, ReaderStatus]:
            found = super().wait(known, timeout)
            if found["a"].present:
                self.woken.set()
                self.go_on.wait(20)
            return found

    reader = MemoryReader("a")
    slow = Slow(reader)
    places = ReaderContexts(slow)
    now = places.wait({})
    reader.insert(ScriptedChip())
    assert slow.woken.wait(20)
    reader.eject()
    newest = places.look()
    assert newest["a"].changes == 2
    slow.go_on.set()
    for _ in range(20):
        now = places.wait(now, 0.01)
        assert now == newest
    places.close()
