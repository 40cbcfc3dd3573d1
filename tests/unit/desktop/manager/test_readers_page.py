# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The page of the readers over readers in memory: live events, choice, test, keyboard, names."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QLabel, QListWidget, QProgressBar, QPushButton, QTableWidget
from pytestqt.qtbot import QtBot
from tests.unit.desktop.manager.conftest import Foreign, MemoryCards, Slow

from caducee.base.clock import FixedClock
from caducee.desktop.manager.app import make_window
from caducee.desktop.manager.pages.readers import ReadersPage
from caducee.desktop.manager.ports import Ports
from caducee.desktop.manager.widgets import NoteBox
from caducee.desktop.manager.window import ManagerWindow
from caducee.reader.checkup import COMMANDS
from caducee.reader.memory import MemoryReader
from caducee.virtualcard.card import VirtualCard

type NewCard = Callable[[], VirtualCard]


class Counting(Slow):
    """A slow chip that counts what the test of a reader sends."""

    selections = 0

    def transmit(self, command: bytes) -> bytes:
        self.selections += command.hex() == "00a4000c023f00"
        return super().transmit(command)


@pytest.fixture
def window(
    cards: MemoryCards, clock: FixedClock, tmp_path: Path, qtbot: QtBot
) -> Iterator[ManagerWindow]:
    made = make_window(Ports(cards=cards, clock=clock, settings=tmp_path / "m.json"), "readers")
    qtbot.addWidget(made)
    qtbot.waitExposed(made)
    qtbot.waitUntil(lambda: table(made).rowCount() == 2)
    yield made
    made.context.close()


def table(window: ManagerWindow) -> QTableWidget:
    found = window.findChild(QTableWidget, "readers-table")
    assert isinstance(found, QTableWidget)
    return found


def cell(window: ManagerWindow, row: int, column: int) -> str:
    found = table(window).item(row, column)
    assert found is not None
    return found.text()


def events(window: ManagerWindow) -> list[str]:
    found = window.findChild(QListWidget, "events")
    assert isinstance(found, QListWidget)
    texts = [found.item(row).text() for row in range(found.count())]
    return [text.partition("  ")[2] for text in texts]


def press(qtbot: QtBot, window: ManagerWindow, name: str) -> None:
    found = page(window).findChild(QPushButton, name)
    assert isinstance(found, QPushButton) and found.isEnabled()
    qtbot.keyClick(found, Qt.Key.Key_Space)


def page(window: ManagerWindow) -> ReadersPage:
    found = window.widget("readers")
    assert isinstance(found, ReadersPage)
    return found


def message(window: ManagerWindow) -> str:
    found = window.findChild(NoteBox, "readers-message")
    assert isinstance(found, NoteBox)
    return found.text


def test_every_reader_and_what_is_in_it_is_listed(
    window: ManagerWindow, cards: MemoryCards, new_card: NewCard, qtbot: QtBot
) -> None:
    assert [cell(window, row, 0) for row in range(2)] == ["Reader A", "Reader B"]
    cards.reader("Reader B").insert(new_card())
    qtbot.waitUntil(lambda: cell(window, 1, 2) == "● CPS3 with contacts, number 29009952")
    assert (cell(window, 0, 1), cell(window, 1, 1)) == ("", "yes")
    assert cell(window, 1, 3) == "with contacts"


def test_what_happens_is_reported_live_the_newest_first(
    window: ManagerWindow, cards: MemoryCards, new_card: NewCard, qtbot: QtBot
) -> None:
    reader = cards.reader()
    reader.insert(new_card())
    qtbot.waitUntil(lambda: events(window)[:1] == ["Reader A: the card 29009952 was inserted."])
    reader.eject()
    qtbot.waitUntil(lambda: events(window)[:1] == ["Reader A: the card 29009952 was removed."])
    reader.insert(Foreign())
    qtbot.waitUntil(lambda: events(window)[:1] == ["Reader A: the card is not a CPS."])
    reader.insert(Foreign(atr=b""))
    qtbot.waitUntil(lambda: events(window)[:1] == ["Reader A: the card does not respond."])


def test_a_reader_that_is_plugged_in_or_out_is_reported(
    window: ManagerWindow, cards: MemoryCards, qtbot: QtBot
) -> None:
    new = MemoryReader("Reader C")
    cards.context.add(new)
    qtbot.waitUntil(lambda: events(window) == ["The reader Reader C was connected."])
    assert table(window).rowCount() == 3
    cards.context.remove(new)
    qtbot.waitUntil(lambda: events(window)[:1] == ["The reader Reader C was disconnected."])
    assert table(window).rowCount() == 2


def test_the_prompt_names_the_reader(
    window: ManagerWindow, cards: MemoryCards, qtbot: QtBot
) -> None:
    prompt = page(window).findChild(QLabel, "prompt")
    assert isinstance(prompt, QLabel)
    assert prompt.text() == "Insert your card into the reader Reader A."
    cards.reader().insert(Foreign())
    expected = "Remove this card from the reader Reader A and insert your CPS."
    qtbot.waitUntil(lambda: prompt.text() == expected)


def test_a_reader_is_chosen_by_keyboard_and_remembered(
    window: ManagerWindow, cards: MemoryCards, new_card: NewCard, qtbot: QtBot
) -> None:
    cards.reader("Reader A").insert(new_card())
    qtbot.waitUntil(lambda: cell(window, 0, 1) == "yes")
    table(window).setFocus()
    qtbot.keyClick(table(window), Qt.Key.Key_Down)
    press(qtbot, window, "use")
    assert cell(window, 1, 1) == "yes"
    assert window.context.settings.reader == "Reader B"
    press(qtbot, window, "any")
    assert cell(window, 0, 1) == "yes"
    assert window.context.settings.reader == ""


def test_a_reader_is_tested_with_the_card_in_it(
    window: ManagerWindow, cards: MemoryCards, new_card: NewCard, qtbot: QtBot
) -> None:
    cards.reader().insert(new_card())
    qtbot.waitUntil(lambda: cell(window, 0, 2).startswith("●"))
    press(qtbot, window, "test")
    qtbot.waitUntil(lambda: message(window) == "The reader Reader A works.")
    values = [page(window).findChild(QLabel, f"result {number}") for number in range(7)]
    texts = [value.text() for value in values if isinstance(value, QLabel)]
    assert texts[0] == "Reader A" and texts[2].startswith("3B AC") and texts[3] == "T=0"


def test_a_foreign_card_tests_a_reader_too(
    window: ManagerWindow, cards: MemoryCards, qtbot: QtBot
) -> None:
    cards.reader().insert(Foreign())
    qtbot.waitUntil(lambda: cell(window, 0, 2).startswith("◇"))
    press(qtbot, window, "test")
    qtbot.waitUntil(lambda: message(window) == "The reader Reader A works.")


def test_an_empty_reader_asks_for_a_card(window: ManagerWindow, qtbot: QtBot) -> None:
    press(qtbot, window, "test")
    assert message(window) == "Insert your card into the reader Reader A."


def test_a_test_can_be_cancelled_and_leaves_the_reader_free(
    window: ManagerWindow, cards: MemoryCards, new_card: NewCard, qtbot: QtBot
) -> None:
    cards.reader().insert(new_card())
    qtbot.waitUntil(lambda: cell(window, 0, 2).startswith("●"))
    slow = Counting(new_card(), 0.02)
    cards.reader().insert(slow)
    qtbot.waitUntil(lambda: cell(window, 0, 2).startswith("●"), timeout=20_000)
    qtbot.waitUntil(lambda: not window.context.worker.busy, timeout=20_000)
    slow.seconds, slow.selections = 0.15, 0
    press(qtbot, window, "test")
    bar = page(window).findChild(QProgressBar, "progress")
    assert isinstance(bar, QProgressBar)
    qtbot.waitUntil(lambda: bar.isVisible() and bar.value() >= 2, timeout=20_000)
    press(qtbot, window, "stop")
    qtbot.waitUntil(lambda: bool(message(window)), timeout=20_000)
    assert not bar.isVisible()
    assert slow.selections < COMMANDS
    slow.seconds = 0.0
    with cards.open("Reader A") as card:
        assert card.serial == "29009952"


def test_everything_has_a_name_for_a_screen_reader(
    window: ManagerWindow, cards: MemoryCards, new_card: NewCard, qtbot: QtBot
) -> None:
    cards.reader().insert(new_card())
    qtbot.waitUntil(lambda: cell(window, 0, 2).startswith("●"))
    for name, kind in (("readers-table", QTableWidget), ("events", QListWidget)):
        found = page(window).findChild(kind, name)
        assert found is not None and found.accessibleName()
    item = table(window).item(0, 2)
    assert item is not None
    spoken = item.data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Content: CPS3 with contacts, number 29009952"
    assert QAccessible.queryAccessibleInterface(table(window)) is not None


def test_the_menu_of_readers_leads_here(window: ManagerWindow, qtbot: QtBot) -> None:
    window.show_page("card")
    window.show_page("readers", "test")
    assert window.page == "readers"
    assert message(window) == "Insert your card into the reader Reader A."
