# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Journal, traces and the four files: what is written down, and what never is."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMessageBox, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from tests.unit.desktop.manager.conftest import NOW, PIN, Foreign, MemoryCards

from caducee.base.clock import FixedClock
from caducee.base.errors import CardError, ReaderError
from caducee.base.secret import Secret
from caducee.cryptolib import CpsCard, open_card
from caducee.desktop.manager.app import make_window
from caducee.desktop.manager.context import Context
from caducee.desktop.manager.file_formats import FileFormat
from caducee.desktop.manager.model.exit_files import NAMES
from caducee.desktop.manager.model.journal import Journal
from caducee.desktop.manager.model.traces import Traces
from caducee.desktop.manager.pages.journal import JournalPage
from caducee.desktop.manager.ports import Ports
from caducee.desktop.manager.window import ManagerWindow
from caducee.middleware.tracing.transport import TracedReader
from caducee.reader.cancelling import CancelToken, named
from caducee.virtualcard.card import VirtualCard


class TracedCards(MemoryCards):
    """Readers in memory whose dialogue is kept."""

    def __init__(self, traces: Traces) -> None:
        super().__init__("Reader A")
        self.traces = traces

    def open(
        self, reader: str, token: CancelToken | None = None, *, unfinished: bool = False
    ) -> CpsCard:
        found = TracedReader(named(self.context.readers(), reader), self.traces)
        return open_card(found, unfinished=unfinished)


@pytest.fixture
def ports(clock: FixedClock, tmp_path: Path) -> Ports:
    traces = Traces(clock)
    return Ports(
        cards=TracedCards(traces),
        clock=clock,
        settings=tmp_path / "manager.json",
        logs=tmp_path / "logs",
        traces=traces,
    )


@pytest.fixture
def context(ports: Ports, qtbot: QtBot) -> Iterator[Context]:
    made = Context(ports)
    made.start()
    yield made
    made.close()


@pytest.fixture
def window(ports: Ports, qtbot: QtBot) -> Iterator[ManagerWindow]:
    made = make_window(ports)
    qtbot.addWidget(made)
    qtbot.waitUntil(lambda: made.page != "")
    yield made
    made.context.close()


def reader(ports: Ports) -> MemoryCards:
    assert isinstance(ports.cards, MemoryCards)
    return ports.cards


# The journal


def test_what_happens_in_the_readers_is_written_down(
    context: Context, ports: Ports, new_card: Callable[[], VirtualCard], qtbot: QtBot
) -> None:
    reader(ports).reader().insert(new_card())
    qtbot.waitUntil(lambda: "29009952" in context.journal.as_text())
    reader(ports).reader().insert(Foreign())
    qtbot.waitUntil(lambda: "not a CPS" in context.journal.as_text())
    first = context.journal.entries[0].line
    assert first == "2026-01-15 12:00:00 [Reader A] A card was inserted (29009952)."


def test_what_fails_is_an_incident_with_its_next_step(context: Context, qtbot: QtBot) -> None:
    job = context.with_card(lambda _card, _work: None, "Reader A")
    with qtbot.waitSignal(job.failed):
        pass
    (item,) = context.journal.incidents
    assert item.code == "reader.no_card" and item.reader == "Reader A"
    assert "-> Insert the card" in context.journal.incidents_as_text()


def test_what_a_person_cancels_is_no_incident() -> None:
    journal = Journal()
    assert journal.failed(NOW, ReaderError("reader.cancelled")) is None
    assert journal.failed(NOW, CardError("cryptolib.update_incomplete")) is not None
    assert [entry.code for entry in journal.entries] == ["cryptolib.update_incomplete"]


def test_the_journal_does_not_grow_for_ever() -> None:
    journal = Journal()
    for number in range(2100):
        journal.say(NOW, f"line {number}")
    assert len(journal.entries) == 2000
    assert journal.entries[-1].text == "line 2099"


# Traces


def test_the_traces_hold_the_commands_and_never_the_code(
    ports: Ports, new_card: Callable[[], VirtualCard]
) -> None:
    reader(ports).reader().insert(new_card())
    with reader(ports).open("Reader A") as card:
        card.verify(Secret.of(PIN))
    assert ports.traces is not None
    text = ports.traces.as_text()
    assert "->" in text and "9000" in text
    assert PIN.encode().hex().upper() not in text
    assert "**" in text


def test_the_page_shows_copies_and_saves_what_is_chosen(
    ports: Ports,
    context: Context,
    new_card: Callable[[], VirtualCard],
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    page = JournalPage(context)
    qtbot.addWidget(page)
    page.show()
    reader(ports).reader().insert(new_card())
    journal = page.findChild(QPlainTextEdit, "journal text")
    assert isinstance(journal, QPlainTextEdit)
    qtbot.waitUntil(lambda: "29009952" in journal.toPlainText())
    press(page, "copy")
    assert "29009952" in QGuiApplication.clipboard().text()
    job = context.with_card(lambda card, _work: card.holder(), "Reader A")
    with qtbot.waitSignal(job.done):
        pass
    page.perform("traces")
    traces = page.findChild(QPlainTextEdit, "traces text")
    assert isinstance(traces, QPlainTextEdit) and "->" in traces.toPlainText()
    asked: list[str] = []

    def answer(
        parent: QWidget, stem: str, forms: Sequence[FileFormat]
    ) -> tuple[FileFormat, Path | None]:
        asked.append(stem)
        return forms[0], tmp_path / "mine.txt"

    page.ask_path = answer
    press(page, "save")
    qtbot.waitUntil((tmp_path / "mine.txt").exists)
    assert asked == ["CPS-TRAC"] and "->" in (tmp_path / "mine.txt").read_text("utf-8")


def press(page: QWidget, name: str) -> None:
    found = page.findChild(QPushButton, name)
    assert isinstance(found, QPushButton)
    found.click()


# The four files


def test_with_the_option_four_files_are_written_when_the_window_closes(
    window: ManagerWindow, ports: Ports, new_card: Callable[[], VirtualCard], qtbot: QtBot
) -> None:
    option = window.findChild(QAction, "traces-at-exit")
    assert isinstance(option, QAction) and not option.isChecked()
    option.trigger()
    reader(ports).reader().insert(new_card())
    qtbot.waitUntil(lambda: "DOC0000012" in window.context.info)
    window.close()
    assert ports.logs is not None
    texts = {path.name: path.read_text("utf-8") for path in ports.logs.iterdir()}
    assert sorted(texts) == sorted(NAMES)
    assert "DOC0000012" in texts["CPS-INFO.TXT"] and "29009952" in texts["CPS-JOUR.TXT"]
    assert "->" in texts["CPS-TRAC.TXT"] and texts["CPS-DIAG.TXT"] == "Nothing to report.\n"
    assert {path.stat().st_mode & 0o777 for path in ports.logs.iterdir()} == {0o600}


def test_without_the_option_nothing_is_written(
    window: ManagerWindow, ports: Ports, new_card: Callable[[], VirtualCard], qtbot: QtBot
) -> None:
    reader(ports).reader().insert(new_card())
    qtbot.waitUntil(lambda: "DOC0000012" in window.context.info)
    window.close()
    assert ports.logs is not None and not ports.logs.exists()


def test_a_folder_that_cannot_be_written_is_reported_and_the_window_closes(
    ports: Ports, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    window = make_window(replace(ports, logs=tmp_path / "file" / "logs"))
    qtbot.addWidget(window)
    qtbot.waitUntil(lambda: window.page != "")
    output: list[str] = []
    monkeypatch.setattr(QMessageBox, "warning", lambda *words: output.append(words[2]))
    window.context.set(save_traces_at_exit=True)
    assert window.close()
    assert len(output) == 1 and str(tmp_path / "file") in output[0]
