# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The program with the window, as the daemon starts it."""

import asyncio
import io
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from caducee.base.errors import ReaderError
from caducee.desktop.pin_entry import PinProgram
from caducee.middleware.pin_entry import PinKind, PinQuestion, PinRequest, PinRequester
from caducee.middleware.pin_entry.entry import PinEntry
from caducee.middleware.pin_entry.protocol import PinEntryLine, Verb
from caducee.middleware.pin_entry.settings import PinEntrySettings


class Pipe(io.RawIOBase):
    """Lines that a test writes one by one."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []
        self.ended = False

    def readline(self, size: int | None = -1, /) -> bytes:
        while not self.waiting and not self.ended:
            time.sleep(0.005)
        return self.waiting.pop(0) if self.waiting else b""


def put(pipe: Pipe, *lines: PinEntryLine) -> None:
    pipe.waiting += [line.to_bytes() for line in lines]


@pytest.fixture
def come() -> Pipe:
    return Pipe()


@pytest.fixture
def go() -> io.BytesIO:
    return io.BytesIO()


@pytest.fixture
def program(come: Pipe, go: io.BytesIO) -> Iterator[PinProgram]:
    """The program; its thread ends first: the last to hold the window would destroy it there."""
    before = set(threading.enumerate())
    made = PinProgram(come, go)  # type: ignore[arg-type]
    yield made
    come.ended = True
    for thread in set(threading.enumerate()) - before:
        thread.join()


def test_it_asks_again_after_a_wrong_code_and_leaves_when_done(
    qtbot: QtBot, come: Pipe, go: io.BytesIO, program: PinProgram
) -> None:
    program.start()
    put(come, *PinQuestion(PinRequest(PinKind.LOGIN, tries_left=3)).to_lines())
    qtbot.waitUntil(lambda: program.dialog is not None)
    dialog = program.dialog
    assert dialog is not None
    edit = dialog.findChild(QLineEdit, "old")
    assert isinstance(edit, QLineEdit)
    qtbot.keyClicks(edit, "9999")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert go.getvalue() == b"CODE 39393939 -\n"
    put(come, PinEntryLine(Verb.TRIES, "2"), PinEntryLine(Verb.WRONG), PinEntryLine(Verb.ASK))
    qtbot.waitUntil(edit.isEnabled)
    qtbot.keyClick(edit, Qt.Key.Key_Escape)
    assert go.getvalue().splitlines()[1:] == [b"CANCEL"]
    put(come, PinEntryLine(Verb.DONE))
    come.ended = True
    qtbot.waitUntil(lambda: not dialog.isVisible())


def test_a_line_that_is_none_closes_the_window(
    qtbot: QtBot, come: Pipe, program: PinProgram
) -> None:
    program.start()
    put(come, *PinQuestion(PinRequest(PinKind.LOGIN)).to_lines())
    qtbot.waitUntil(lambda: program.dialog is not None)
    come.waiting.append(b"\xff\xff\n")
    come.ended = True
    dialog = program.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: not dialog.isVisible())


def test_the_daemon_starts_it_and_its_question_times_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    argv = (sys.executable, "-m", "caducee.desktop.pin_entry")

    async def asked() -> None:
        entry = PinEntry(PinEntrySettings(program=argv, seconds=1, least_seconds=0))
        async with entry.talk() as talk:
            await talk.ask(PinRequest(PinKind.LOGIN), PinRequester())

    with pytest.raises(ReaderError, match=r"pin\.timeout"):
        asyncio.run(asked())
