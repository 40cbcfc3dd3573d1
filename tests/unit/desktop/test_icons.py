# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One set of drawings: each differs, also without its colour, and follows the palette."""

import re
from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QIcon, QImage, QPalette
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

import caducee.desktop
from caducee.desktop.contrast import TEXT, contrast
from caducee.desktop.icons import LINES, SIGNS, drawing, sign, tint

BLACK, WHITE = QColor("black"), QColor("white")
SOURCES = sorted(Path(caducee.desktop.__file__).parent.rglob("*.py"))


def inks(picture: QImage) -> list[str]:
    """The colours of the pixels that nothing shines through, the most frequent first."""
    places = ((x, y) for x in range(picture.width()) for y in range(picture.height()))
    colours = (picture.pixelColor(x, y) for x, y in places)
    counted = Counter(colour.name() for colour in colours if colour.alpha() == 255)
    return [name for name, _count in counted.most_common()]


def test_every_line_drawing_differs_and_has_the_ink_that_was_asked_for(qtbot: QtBot) -> None:
    pictures = [drawing(name, 64, QColor("#ff0000")).toImage() for name in LINES]
    assert all(inks(picture) == ["#ff0000"] for picture in pictures)
    assert len({bytes(picture.constBits()) for picture in pictures}) == len(LINES)


def test_every_sign_differs_without_its_colour_too(qtbot: QtBot) -> None:
    grey = [
        sign(name, 64, WHITE).toImage().convertToFormat(QImage.Format.Format_Mono) for name in SIGNS
    ]
    assert len({bytes(picture.constBits()) for picture in grey}) == len(SIGNS)


@pytest.mark.parametrize("paper", ["#efefef", "#ffffff", "#2d2d2d", "#000000"])
@pytest.mark.parametrize("name", SIGNS)
def test_every_sign_stands_out_on_light_and_dark(name: str, paper: str, qtbot: QtBot) -> None:
    body = inks(sign(name, 64, QColor(paper)).toImage())[0]
    assert contrast(QColor(body), QColor(paper)) >= TEXT


def test_a_picture_has_the_real_pixels_of_its_screen(qtbot: QtBot) -> None:
    picture = drawing("card", 20, BLACK, 2.0)
    assert picture.width() == 40 and picture.deviceIndependentSize().width() == 20


def test_a_button_is_drawn_in_the_colour_of_its_text_and_follows_it(qtbot: QtBot) -> None:
    button = tint(QPushButton("Copy"), "copy")
    qtbot.addWidget(button)
    font = button.font()
    font.setPointSizeF(40)
    button.setFont(font)
    palette = QPalette(button.palette())
    palette.setColor(QPalette.ColorRole.ButtonText, QColor("#00ff00"))
    button.setPalette(palette)
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Active):
        picture = button.icon().pixmap(button.iconSize(), mode).toImage()
        assert "#00ff00" in inks(picture)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_window_takes_a_picture_from_elsewhere(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"fromTheme|standardIcon|StandardPixmap|[\U0001F300-\U0001FAFF]", text)
