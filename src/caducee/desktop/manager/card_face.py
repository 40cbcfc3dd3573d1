# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The card as it lies on the desk: chip, name, profession, and the day on which it expires.

Every colour is of the palette in use, so that it follows light, dark and high contrast.
"""

from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from caducee.desktop.parts import text_label

__all__ = ["CardFace"]

_ROUND: Final = 12.0
_CHIP: Final = 2.2
"""Height of the chip, in lines of text."""


class CardFace(QWidget):
    """Shows three texts on a drawn card; screen readers meet the texts alone."""

    def __init__(self) -> None:
        super().__init__()
        self.headline = _large(text_label("headline", bold=True))
        self.subline = text_label("subline")
        self.until = text_label("until")
        line = self.fontMetrics().height()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(line, round((_CHIP + 1.4) * line), line, line)
        for shown in (self.headline, self.subline, self.until):
            layout.addWidget(shown)
        self.setMaximumWidth(46 * self.fontMetrics().averageCharWidth() * 2)

    def clear(self) -> None:
        """Name nobody any more."""
        for shown in (self.headline, self.subline, self.until):
            shown.clear()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the card and its chip."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = self.palette().color(QPalette.ColorRole.WindowText)
        painter.setPen(QPen(edge, 1.5))
        painter.setBrush(self.palette().color(QPalette.ColorRole.Base))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), _ROUND, _ROUND)
        self._draw_chip(painter)

    def _draw_chip(self, painter: QPainter) -> None:
        line = self.fontMetrics().height()
        chip = QRectF(line, 0.8 * line, 1.3 * _CHIP * line, _CHIP * line)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(chip, 5, 5)
        middle = chip.adjusted(chip.width() / 3, chip.height() / 4, -chip.width() / 3, 0)
        middle.setHeight(chip.height() / 2)
        painter.drawRoundedRect(middle, 3, 3)
        for share in (0.25, 0.5, 0.75):
            y = chip.top() + share * chip.height()
            painter.drawLine(round(chip.left()), round(y), round(middle.left()), round(y))
            painter.drawLine(round(middle.right()), round(y), round(chip.right()), round(y))


def _large(label: QLabel) -> QLabel:
    font = label.font()
    font.setPointSizeF(font.pointSizeF() * 1.4)
    label.setFont(font)
    return label
