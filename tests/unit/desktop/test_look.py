# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Colours in which text stands out, and the ring around the focus."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QSplitter, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from caducee.desktop.contrast import PART, TEXT, contrast, readable
from caducee.desktop.look import FocusRing, dress, mended

ROLES = QPalette.ColorRole


@pytest.fixture
def application(qapp: QApplication) -> Iterator[QApplication]:
    before = qapp.palette()
    yield qapp
    qapp.setPalette(before)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast(QColor("black"), QColor("white")) == pytest.approx(21)
    assert contrast(QColor("#777777"), QColor("white")) == pytest.approx(4.48, abs=0.01)
    assert contrast(QColor("white"), QColor("#777777")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("paper", ["white", "black", "#efefef", "#308cc6", "#808080"])
@pytest.mark.parametrize("ink", ["white", "black", "#808080", "#ff0000", "#80000000"])
def test_an_ink_becomes_readable_on_any_paper(ink: str, paper: str) -> None:
    found = readable(QColor(ink), QColor(paper))
    seen = QColor(found)
    if found.alpha() == 255:
        assert contrast(seen, QColor(paper)) >= TEXT


def test_what_stands_out_already_is_left_alone() -> None:
    assert readable(QColor("#003366"), QColor("white")) == QColor("#003366")
    palette = QPalette()
    for role in (ROLES.Window, ROLES.Base, ROLES.Button, ROLES.ToolTipBase, ROLES.HighlightedText):
        palette.setColor(role, QColor("white"))
    for role in (ROLES.WindowText, ROLES.Text, ROLES.ButtonText, ROLES.ToolTipText, ROLES.Highlight,
                 ROLES.PlaceholderText, ROLES.Link, ROLES.LinkVisited):  # fmt: skip
        palette.setColor(role, QColor("black"))
    assert not list(mended(palette))


def test_only_weak_colours_of_the_desktop_are_changed(application: QApplication) -> None:
    palette = QPalette(application.palette())
    palette.setColor(ROLES.PlaceholderText, QColor("#c0c0c0"))
    palette.setColor(ROLES.Highlight, QColor("#90c0ff"))
    palette.setColor(ROLES.HighlightedText, QColor("white"))
    changed = dict(mended(palette))
    assert {ROLES.PlaceholderText, ROLES.Highlight} <= set(changed)
    assert ROLES.Text not in changed and ROLES.Window not in changed
    assert contrast(changed[ROLES.Highlight], QColor("white")) >= TEXT


def test_a_dressed_application_keeps_colours_that_were_chosen(application: QApplication) -> None:
    dress(application)
    dress(application)  # once is enough
    assert application.palette().color(ROLES.PlaceholderText).alpha() == 255


def dialog(qtbot: QtBot) -> tuple[QDialog, list[QPushButton]]:
    made = QDialog()
    layout = QVBoxLayout(made)
    buttons = [QPushButton("One"), QPushButton("Two")]
    for button in buttons:
        layout.addWidget(button)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made, buttons


def test_the_ring_comes_with_the_first_tab_and_follows(qtbot: QtBot) -> None:
    made, (item, two) = dialog(qtbot)
    ring = FocusRing()
    qtbot.addWidget(ring)
    ring.follow(item)
    assert not ring.isVisible()
    made.setAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
    ring.follow(two)
    assert ring.isVisible() and ring.geometry().contains(two.geometry())
    two.move(two.x(), two.y() + 7)
    assert ring.geometry().contains(two.geometry())
    two.hide()
    assert not ring.isVisible()
    ring.follow(None)
    assert not ring.isVisible()


def test_the_ring_is_seen_against_the_window(qtbot: QtBot) -> None:
    made, (item, _two) = dialog(qtbot)
    ring = FocusRing()
    qtbot.addWidget(ring)
    made.setAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
    ring.follow(item)
    picture = made.grab().toImage()
    line = picture.pixelColor(ring.x() + 1, ring.geometry().center().y())
    assert contrast(line, made.palette().color(ROLES.Window)) >= PART


def test_a_splitter_gets_no_pane_for_the_ring(qtbot: QtBot) -> None:
    made = QWidget()
    layout = QVBoxLayout(made)
    split = QSplitter()
    button = QPushButton("One")
    split.addWidget(button)
    layout.addWidget(split)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.setAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
    ring = FocusRing()
    qtbot.addWidget(ring)
    ring.follow(button)
    assert split.count() == 1
    assert ring.parentWidget() is made
