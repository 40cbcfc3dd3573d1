# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The list of pages: a drawing for each page, in the colours of the list, no name cut."""

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QPalette
from pytestqt.qtbot import QtBot

from caducee.desktop.icons import LINES
from caducee.desktop.manager.page_list import PageList
from caducee.desktop.manager.pages import PAGES


def shown(qtbot: QtBot) -> PageList:
    made = PageList()
    qtbot.addWidget(made)
    made.fill((page.name, page.title) for page in PAGES)
    made.show()
    return made


def test_every_page_has_a_drawing() -> None:
    assert [page.name for page in PAGES if page.name not in LINES] == []


def test_no_name_is_cut_and_no_width_is_wasted(qtbot: QtBot) -> None:
    made = shown(qtbot)
    assert made.viewport().width() >= made.sizeHintForColumn(0)
    assert made.width() < made.sizeHintForColumn(0) + 60


def test_it_grows_with_its_letters(qtbot: QtBot) -> None:
    made = shown(qtbot)
    before, side = made.width(), made.iconSize().width()
    font = made.font()
    font.setPointSizeF(font.pointSizeF() * 2)
    made.setFont(font)
    assert made.width() > 1.5 * before
    assert made.iconSize().width() == pytest.approx(2 * side, abs=3)
    assert made.viewport().width() >= made.sizeHintForColumn(0)


def test_drawings_take_the_colours_of_the_list(qtbot: QtBot) -> None:
    made = shown(qtbot)
    palette = QPalette(made.palette())
    palette.setColor(QPalette.ColorRole.Text, QColor("#ff0000"))
    palette.setColor(QPalette.ColorRole.HighlightedText, QColor("#0000ff"))
    made.setPalette(palette)
    icon = made.item(0).icon()
    for mode, colour in ((QIcon.Mode.Normal, "#ff0000"), (QIcon.Mode.Selected, "#0000ff")):
        picture = icon.pixmap(QSize(64, 64), mode).toImage()
        inks = {
            picture.pixelColor(x, y).name()
            for x in range(picture.width())
            for y in range(picture.height())
            if picture.pixelColor(x, y).alpha() == 255
        }
        assert inks == {colour}
