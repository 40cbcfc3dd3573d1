# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Readers at local sockets, seen to come and go without polling."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from caducee.reader import inotify
from caducee.reader.sockets import SocketContext
from caducee.testing.chips import ScriptedChip
from caducee.virtualcard.plug.socket import SocketPlug


@contextmanager
def opened(*paths: Path, folder: Path | None = None) -> Iterator[SocketContext]:
    made = SocketContext(paths, folder)
    try:
        yield made
    finally:
        made.close()
        made.close()


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("s")


@pytest.fixture(params=["told by the system", "looked for"])
def telling(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "looked for":
        monkeypatch.setattr(inotify, "_begin", lambda: None)
        monkeypatch.setattr(inotify, "_LOOK_AGAIN", 0.05)


@pytest.mark.usefixtures("telling")
def test_a_card_in_the_folder_comes_and_goes(folder: Path) -> None:
    with opened(folder=folder) as context:
        assert context.wait({}, 0) == {}
        plug = SocketPlug(ScriptedChip(), folder / "a.sock")
        threading.Timer(0.05, plug.start).start()
        now = context.wait({})
        name = f"socket:{folder}/a.sock"
        assert now[name].present
        threading.Timer(0.05, plug.stop).start()
        assert context.wait(now) == {}


def test_a_named_socket_is_a_reader_also_while_it_is_empty(folder: Path) -> None:
    path = folder / "a.sock"
    with opened(path, folder=folder) as context:
        (name,) = now = context.wait({})
        assert not now[name].present
        plug = SocketPlug(ScriptedChip(), path)
        plug.start()
        now = context.wait(now)
        assert now[name].present
        assert [reader.name for reader in context.readers()] == [name]
        plug.stop()
        again = context.wait(now)
        assert not again[name].present
        assert again[name].changes > now[name].changes


def test_a_folder_that_comes_later_is_seen(folder: Path) -> None:
    later = folder / "later"
    with opened(folder=later) as context:
        assert context.wait({}, 0) == {}
        later.mkdir()
        plug = SocketPlug(ScriptedChip(), later / "a.sock")
        plug.start()
        assert len(context.wait({})) == 1
        plug.stop()


def test_cancel_ends_a_wait_now_and_the_next_one(folder: Path) -> None:
    with opened(folder=folder) as context:
        threading.Timer(0.05, context.cancel).start()
        assert context.wait({}) == {}
        context.cancel()
        assert context.wait({}) == {}


def test_waiting_takes_no_time_of_the_processor(folder: Path) -> None:
    with opened(folder=folder) as context:
        context.wait({}, 0)
        before = time.process_time()
        threading.Timer(0.4, context.cancel).start()
        context.wait({})
        assert time.process_time() - before < 0.2


def test_what_is_no_socket_is_no_reader(folder: Path) -> None:
    (folder / "file.sock").write_text("")
    with opened(folder=folder) as context:
        assert context.readers() == ()


def test_a_card_that_was_exchanged_unseen_has_another_number(folder: Path) -> None:
    path = folder / "card.sock"
    with opened(folder=folder) as context:
        first, second = SocketPlug(ScriptedChip(), path), SocketPlug(ScriptedChip(), path)
        first.start()
        known = context.wait({})
        first.stop()
        assert not context.readers()  # another thread looks while no card is there
        second.start()
        try:
            now = context.look()
            (name,) = now
            assert now[name].present
            assert now[name].changes > known[name].changes
        finally:
            second.stop()
