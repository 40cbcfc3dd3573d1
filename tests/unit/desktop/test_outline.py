# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What can be filled in or chosen has an outline that is seen, in every palette."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QFont, QImage, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QGroupBox,
    QLineEdit,
    QListWidget,
    QPushButton,
    QRadioButton,
    QSpinBox,
    QStyle,
    QStyleOptionButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot
from tests.e2e.windows.palettes import PALETTES, wear

from caducee.desktop.contrast import PART, contrast
from caducee.desktop.manager.app import contrasted
from caducee.desktop.outline import Outlined

ELEMENT = QStyle.SubElement


def line() -> QWidget:
    return QLineEdit()


def box() -> QWidget:
    return QCheckBox("Check")


def choice() -> QWidget:
    return QRadioButton("Radio")


def combo() -> QWidget:
    made = QComboBox()
    made.addItem("one")
    return made


INPUTS = (line, box, choice, combo, QSpinBox)
FRAMES = (QListWidget, lambda: QPushButton("Press"), lambda: QGroupBox("Group"))


@pytest.fixture
def clothes(qapp: QApplication) -> Iterator[Callable[[str], None]]:
    """Give the application our outlines and a palette, for one test."""
    before, style = QPalette(qapp.palette()), qapp.style().name() or "fusion"
    qapp.setStyle(Outlined())

    def put_on(name: str) -> None:
        if name == "ours":
            qapp.setPalette(contrasted())
        else:
            wear(name, qapp.style().standardPalette())

    yield put_on
    qapp.setStyle(style)
    qapp.setPalette(before)


def shown(made: QWidget, window: QWidget, qtbot: QtBot) -> QImage:
    """Photograph a widget in a window, with room around it and without the focus."""
    layout = QVBoxLayout(window)
    layout.setContentsMargins(12, 12, 12, 12)
    layout.addWidget(made)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    made.clearFocus()
    return window.grab().toImage()


def edge(made: QWidget) -> QRect:
    """Return what the outline goes round, in the window."""
    inside = made.rect()
    option = QStyleOptionButton()
    option.initFrom(made)
    if isinstance(made, QCheckBox):
        inside = made.style().subElementRect(ELEMENT.SE_CheckBoxIndicator, option, made)
    if isinstance(made, QRadioButton):
        inside = made.style().subElementRect(ELEMENT.SE_RadioButtonIndicator, option, made)
    if isinstance(made, QGroupBox):
        inside = inside.adjusted(0, made.fontMetrics().height(), 0, 0)
    return inside.translated(made.mapTo(made.window(), QPoint(0, 0)))


def strongest(picture: QImage, place: QRect, paper: QColor) -> float:
    """Return the best contrast to the paper on a way from outside over the left edge."""
    height = place.center().y()
    return max(
        contrast(picture.pixelColor(x, height), paper)
        for x in range(place.left() - 2, place.left() + 3)
    )


@pytest.mark.parametrize("palette", [*PALETTES, "ours"])
@pytest.mark.parametrize("make", INPUTS, ids=lambda item: item.__name__)
def test_what_can_be_filled_in_or_chosen_has_an_edge_that_is_seen(
    clothes: Callable[[str], None], make: Callable[[], QWidget], palette: str, qtbot: QtBot
) -> None:
    clothes(palette)
    made = make()
    window = QWidget()
    picture = shown(made, window, qtbot)
    paper = QApplication.palette().color(QPalette.ColorRole.Window)
    assert strongest(picture, edge(made), paper) >= PART - 0.1


@pytest.mark.parametrize("palette", ["contrast", "ours"])
@pytest.mark.parametrize("make", FRAMES, ids=["list", "button", "group"])
def test_on_black_every_frame_is_seen(
    clothes: Callable[[str], None], make: Callable[[], QWidget], palette: str, qtbot: QtBot
) -> None:
    clothes(palette)
    made = make()
    made.setMinimumSize(80, 60)
    window = QWidget()
    picture = shown(made, window, qtbot)
    assert strongest(picture, edge(made), QColor("black")) >= PART - 0.1


@pytest.mark.parametrize("make", [box, choice], ids=["box", "choice"])
def test_marks_of_choices_grow_with_the_letters(
    clothes: Callable[[str], None], make: Callable[[], QWidget], qtbot: QtBot
) -> None:
    clothes("light")
    small, large = make(), make()
    font = QFont(large.font())
    font.setPointSizeF(2 * font.pointSizeF())
    large.setFont(font)
    windows = QWidget(), QWidget()
    for item, window in zip((small, large), windows, strict=True):
        shown(item, window, qtbot)
    assert edge(large).height() > 1.5 * edge(small).height()
