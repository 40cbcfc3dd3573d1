# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Sections of values: one stop of Tab each, arrows inside, names that use their room."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from caducee.desktop.manager.model.card_view import Line, Mark, Section
from caducee.desktop.manager.widgets import SectionBox, ValueLabel


def shown(qtbot: QtBot) -> tuple[QWidget, SectionBox]:
    lines = (
        Line("a", "First", "1"),
        Line("b", "Second", "2", Mark.GOOD),
        Line("c", "Third", "3"),
    )
    made = QWidget()
    layout = QVBoxLayout(made)
    before, after = QPushButton("Before"), QPushButton("After")
    box = SectionBox(Section("section", "Section", lines))
    for widget in (before, box, after):
        layout.addWidget(widget)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    before.setFocus()
    return made, box


def output(window: QWidget) -> str:
    focus = window.focusWidget()
    assert isinstance(focus, ValueLabel | QPushButton)
    return focus.text()


def walk(qtbot: QtBot, window: QWidget, *keys: Qt.Key) -> list[str]:
    found = []
    for key in keys:
        qtbot.keyClick(window.focusWidget(), key)
        found.append(output(window))
    return found


def test_tab_stops_once_in_a_section(qtbot: QtBot) -> None:
    window, _box = shown(qtbot)
    assert walk(qtbot, window, Qt.Key.Key_Tab, Qt.Key.Key_Tab) == ["1", "After"]


def test_arrows_go_through_the_values_and_stay_in_the_section(qtbot: QtBot) -> None:
    window, _box = shown(qtbot)
    down, up = Qt.Key.Key_Down, Qt.Key.Key_Up
    assert walk(qtbot, window, Qt.Key.Key_Tab, down, down, down, up) == ["1", "2", "3", "3", "2"]


def test_tab_comes_back_to_the_value_where_one_was(qtbot: QtBot) -> None:
    window, _box = shown(qtbot)
    walk(qtbot, window, Qt.Key.Key_Tab, Qt.Key.Key_Down)
    assert walk(qtbot, window, Qt.Key.Key_Tab, Qt.Key.Key_Backtab) == ["After", "2"]


def test_a_name_above_its_value_takes_one_line_where_there_is_room(qtbot: QtBot) -> None:
    name = "Encrypt and decipher with the authentication key"
    box = SectionBox(Section("s", "Results", (Line("one", name, "passed"),)), stacked=True)
    qtbot.addWidget(box)
    box.resize(800, 200)
    box.show()
    qtbot.waitExposed(box)
    label = next(item for item in box.findChildren(QLabel) if name in item.text())
    assert label.height() < 2 * label.fontMetrics().height()
    box.resize(160, 300)
    qtbot.waitUntil(lambda: label.height() >= 2 * label.fontMetrics().height())
