# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The window of the manager with a virtual card in memory: readers, pages, menus, settings."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QAction, QFont
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot
from tests.unit.desktop.manager.conftest import Foreign, MemoryCards

from caducee.base.clock import FixedClock
from caducee.desktop.manager.app import make_window
from caducee.desktop.manager.pages import PAGES
from caducee.desktop.manager.ports import Ports
from caducee.desktop.manager.window import ManagerWindow
from caducee.desktop.manager.worker import Work
from caducee.virtualcard.card import VirtualCard


@pytest.fixture
def ports(cards: MemoryCards, clock: FixedClock, tmp_path: Path) -> Ports:
    return Ports(cards=cards, clock=clock, settings=tmp_path / "manager.json")


@pytest.fixture
def window(ports: Ports, qtbot: QtBot) -> Iterator[ManagerWindow]:
    made = make_window(ports)
    qtbot.addWidget(made)
    qtbot.waitUntil(lambda: made.page != "")
    yield made
    made.context.close()


def status(window: ManagerWindow) -> str:
    found = window.findChild(QLabel, "reader-in-use")
    assert isinstance(found, QLabel)
    return found.text()


def test_the_window_opens_and_names_the_reader(window: ManagerWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: status(window) == "Reader A: no card")
    assert window.page == "card"


def test_a_card_that_comes_and_goes_is_reported_at_once(
    window: ManagerWindow,
    cards: MemoryCards,
    new_card: Callable[[], VirtualCard],
    qtbot: QtBot,
) -> None:
    cards.reader("Reader B").insert(new_card())
    qtbot.waitUntil(lambda: status(window) == "Reader B: CPS3 with contacts")
    cards.reader("Reader B").eject()
    qtbot.waitUntil(lambda: status(window) == "Reader A: no card")


def test_a_foreign_card_is_not_cps(window: ManagerWindow, cards: MemoryCards, qtbot: QtBot) -> None:
    cards.reader().insert(Foreign())
    qtbot.waitUntil(lambda: status(window) == "Reader A: not a CPS card")


def test_a_reader_that_was_chosen_stays_in_use_and_is_remembered(
    window: ManagerWindow,
    ports: Ports,
    cards: MemoryCards,
    new_card: Callable[[], VirtualCard],
    qtbot: QtBot,
) -> None:
    qtbot.waitUntil(lambda: status(window) == "Reader A: no card")
    window.context.choose("Reader B")
    assert status(window) == "Reader B: no card"
    cards.reader("Reader A").insert(new_card())
    qtbot.waitUntil(lambda: window.context.readers.get("Reader A").card is not None)  # type: ignore[union-attr]
    assert status(window) == "Reader B: no card"
    assert ManagerWindow(window.context.__class__(ports)).context.settings.reader == "Reader B"


def test_every_page_has_the_title_of_its_line_and_a_name(window: ManagerWindow) -> None:
    for page_entry in PAGES:
        page = window.widget(page_entry.name)
        assert getattr(page, "title", None) == page_entry.title
        assert page.objectName() == page_entry.name and page.accessibleName()


def test_an_option_of_the_menu_is_remembered(window: ManagerWindow, ports: Ports) -> None:
    action = window.findChild(QAction, "show-card-type")
    assert isinstance(action, QAction) and action.isChecked()
    action.trigger()
    assert not window.context.settings.show_card_type
    assert '"show_card_type":false' in ports.settings.read_text("utf-8")  # type: ignore[union-attr]


def test_a_window_that_closes_is_gone_at_once_though_something_still_ends(
    window: ManagerWindow, qtbot: QtBot
) -> None:
    begun, seen = threading.Event(), list[bool]()

    def stubborn(work: Work) -> None:
        begun.set()
        while not work.token.cancelled:  # asked to end while the window closes
            pass
        seen.append(window.isVisible())

    window.context.worker.run(stubborn)
    assert begun.wait(20) and window.isVisible()
    window.close()
    assert seen == [False]


def test_with_the_largest_letters_the_whole_window_and_its_frame_are_on_the_screen(
    ports: Ports, qtbot: QtBot
) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    before = application.font()
    large = QFont(before)
    large.setPointSizeF(4 * before.pointSizeF())
    application.setFont(large)
    try:
        made = make_window(ports)
        qtbot.addWidget(made)
        qtbot.waitUntil(lambda: made.page != "")
        room = made.screen().availableGeometry()
        assert made.frameGeometry() != made.geometry(), "there is no frame to judge by"
        assert room.contains(made.frameGeometry())
        made.context.close()
    finally:
        application.setFont(before)
