# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Each page with the menus: no key twice, in either language; French says everything in French."""

from collections import Counter
from collections.abc import Iterator

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QGroupBox, QLabel, QTabWidget, QWidget
from pytestqt.qtbot import QtBot
from tests.unit.desktop.manager.conftest import MemoryCards

from caducee.base.clock import FixedClock
from caducee.base.i18n import gettext, use_language
from caducee.desktop.manager.context import Context
from caducee.desktop.manager.model.menus import MENUS
from caducee.desktop.manager.pages import PAGES, PageEntry
from caducee.desktop.manager.ports import Ports

ALTERNATIVES = {"again", "again-here"}
"""Buttons of which one is shown where the other is not."""


@pytest.fixture
def context(cards: MemoryCards, clock: FixedClock, qtbot: QtBot) -> Iterator[Context]:
    made = Context(Ports(cards=cards, clock=clock))
    yield made
    made.close()


def texts(page: QWidget) -> list[str]:
    """What carries a key on a page; of two alternatives one."""
    found = {
        "again"
        if button.objectName() in ALTERNATIVES
        else button.objectName() or button.text(): button.text()
        for button in page.findChildren(QAbstractButton)
    }
    labels = [label.text() for label in page.findChildren(QLabel) if label.buddy() is not None]
    boxes = [box.title() for box in page.findChildren(QGroupBox)]
    tabs = [
        bar.tabText(number)
        for bar in page.findChildren(QTabWidget)
        for number in range(bar.count())
    ]
    return [*found.values(), *labels, *boxes, *tabs]


def keys(lines: list[str]) -> list[str]:
    return [line[line.index("&") + 1].lower() for line in lines if "&" in line.replace("&&", "")]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("entry", PAGES, ids=lambda item: item.name)
def test_no_key_of_a_page_is_one_of_the_menus_or_twice(
    context: Context, entry: PageEntry, language: str, qtbot: QtBot
) -> None:
    with use_language(language):
        page = entry.make(context)
        qtbot.addWidget(page)
        lines = [*(gettext(menu.text) for menu in MENUS), *texts(page)]
    twice = [key for key, count in Counter(keys(lines)).items() if count > 1]
    assert twice == [], sorted(line for line in lines if "&" in line)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_key_stands_twice_in_a_menu(language: str, qtbot: QtBot) -> None:
    with use_language(language):
        for menu in MENUS:
            lines = [gettext(choice.text) for choice in menu.choices if choice is not None]
            marks = keys(lines)
            assert len(marks) == len(lines) and len(set(marks)) == len(marks), lines


def test_the_menus_have_the_words_of_cps_gestion_in_french(qtbot: QtBot) -> None:
    with use_language("fr"):
        shown = [gettext(menu.text).replace("&", "") for menu in MENUS]
    assert shown == ["Gestion carte", "Services CPS", "Gestion lecteur", "Afficher", "Options"]


def test_every_line_of_a_menu_is_an_action_with_a_name(qtbot: QtBot, context: Context) -> None:
    from caducee.desktop.manager.window import ManagerWindow

    window = ManagerWindow(context)
    qtbot.addWidget(window)
    named = {action.objectName() for action in window.findChildren(QAction)}
    wanted = {choice.name for menu in MENUS for choice in menu.choices if choice is not None}
    assert wanted <= named
