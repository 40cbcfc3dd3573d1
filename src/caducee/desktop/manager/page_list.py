# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The list of pages at the left of the window, each with a drawing of its own."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from caducee.base.i18n import gettext as _

__all__ = ["PageList", "drawn"]

_GRID: Final = 24.0
"""Drawings are made on a square of this side, and scaled."""

_SCALE: Final = 1.3
"""Side of a drawing, in lines of text."""

_MARGIN: Final = 24
_NAME: Final = Qt.ItemDataRole.UserRole


class PageList(QListWidget):
    """Names of pages, as wide as the longest of them needs."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("pages")
        self.setAccessibleName(_("Web pages"))
        self.setSpacing(2)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def fill(self, pages: Iterable[tuple[str, str]]) -> None:
        """Take in pages, name and title of each."""
        for name, title in pages:
            item = QListWidgetItem(title)
            item.setData(_NAME, name)
            self.addItem(item)
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        """Draw anew in other colours, or for letters of another size."""
        super().changeEvent(event)
        if event.type() in {QEvent.Type.PaletteChange, QEvent.Type.FontChange}:
            self._draw()

    def _draw(self) -> None:
        side = round(self.fontMetrics().height() * _SCALE)
        self.setIconSize(QSize(side, side))
        roles = QPalette.ColorRole
        ink, marked = (self.palette().color(entry) for entry in (roles.Text, roles.HighlightedText))
        for row in range(self.count()):
            item = self.item(row)
            name = str(item.data(_NAME))
            icon = QIcon()
            for mode, colour in ((QIcon.Mode.Normal, ink), (QIcon.Mode.Selected, marked)):
                icon.addPixmap(drawn(name, side, colour, self.devicePixelRatioF()), mode)
            item.setIcon(icon)
        width = self.sizeHintForColumn(0) + 4 * self.frameWidth() + _MARGIN
        self.setFixedWidth(width)


def drawn(name: str, side: int, colour: QColor, pixels: float = 1.0) -> QPixmap:
    """Return the drawing of a page; empty for a page that has none."""
    wide = round(side * pixels)
    picture = QPixmap(wide, wide)
    picture.setDevicePixelRatio(pixels)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(side / _GRID, side / _GRID)
    pen = QPen(colour, 1.7)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    if name in _DRAWINGS:
        _DRAWINGS[name](painter)
    painter.end()
    return picture


def _line(painter: QPainter, *points: tuple[float, float]) -> None:
    painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points]))


def _dots(painter: QPainter, *points: tuple[float, float]) -> None:
    painter.setBrush(painter.pen().color())
    for x, y in points:
        painter.drawEllipse(QPointF(x, y), 1.1, 1.1)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _card(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(2, 5, 20, 14), 2.5, 2.5)
    painter.drawRoundedRect(QRectF(5.5, 9, 5, 4), 1, 1)
    _line(painter, (14, 10), (18.5, 10))
    _line(painter, (14, 13.5), (18.5, 13.5))


def _codes(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(2, 7, 20, 10), 2.5, 2.5)
    _dots(painter, (7, 12), (12, 12), (17, 12))


def _services(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(12, 12), 9.5, 9.5)
    _line(painter, (7.5, 12.3), (10.8, 15.5), (16.5, 8.8))


def _readers(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(3, 11, 18, 10), 2.5, 2.5)
    _line(painter, (7, 11), (7, 3), (17, 3), (17, 11))
    _line(painter, (7, 16), (13, 16))
    _dots(painter, (17, 16))


def _virtual(painter: QPainter) -> None:
    pen = QPen(painter.pen())
    pen.setDashPattern([2.2, 2.2])
    painter.setPen(pen)
    painter.drawRoundedRect(QRectF(2, 5, 20, 14), 2.5, 2.5)
    pen.setStyle(Qt.PenStyle.SolidLine)
    painter.setPen(pen)
    painter.drawRoundedRect(QRectF(5.5, 9, 5, 4), 1, 1)


def _requests(painter: QPainter) -> None:
    _line(painter, (7, 17), (4.5, 17), (3, 15.5), (3, 5.5), (4.5, 4), (19.5, 4), (21, 5.5),
          (21, 15.5), (19.5, 17), (12, 17), (7, 21), (7, 17))  # fmt: skip
    _dots(painter, (8, 10.5), (12, 10.5), (16, 10.5))


def _diagnosis(painter: QPainter) -> None:
    _line(painter, (2, 13), (7, 13), (9.5, 6), (13.5, 19), (16, 13), (22, 13))


def _journal(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(4.5, 2.5, 15, 19), 2, 2)
    for height in (8.0, 12.0, 16.0):
        _line(painter, (8, height), (16, height))


_DRAWINGS: Final[Mapping[str, Callable[[QPainter], None]]] = {
    "card": _card,
    "pin": _codes,
    "services": _services,
    "readers": _readers,
    "virtual": _virtual,
    "requests": _requests,
    "diagnosis": _diagnosis,
    "journal": _journal,
}
