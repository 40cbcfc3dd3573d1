# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The icon of the tray: a card, and a sign of its own for each presence; never a colour alone."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from caducee.desktop.manager.model.presence import Presence

__all__ = ["presence_icon"]

_SIZES: Final = (16, 22, 24, 32, 48, 64)
_INK, _PAPER = QColor("#1f2933"), QColor("#ffffff")
_FILLS: Final = {
    Presence.WAITING: QColor("#b25f00"),
    Presence.CARD: QColor("#1a6d2c"),
    Presence.TROUBLE: QColor("#b3261e"),
    Presence.LOOKING: QColor("#1b5aa6"),
}


def presence_icon(presence: Presence) -> QIcon:
    """Return the icon of a presence, drawn for the sizes that trays use."""
    icon = QIcon()
    for side in _SIZES:
        icon.addPixmap(_drawn(presence, side))
    return icon


def _drawn(presence: Presence, side: int) -> QPixmap:
    """Draw on a light tile, so that it stands out on dark and light panels."""
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(side / 32, side / 32)
    _card(painter, presence)
    _SIGNS.get(presence, _nothing)(painter, _FILLS.get(presence, _INK))
    painter.end()
    return pixmap


def _card(painter: QPainter, presence: Presence) -> None:
    """Draw the card: whole when one is there, dashed when none is."""
    pen = QPen(_INK, 2.4)
    if presence in (Presence.EMPTY, Presence.NO_READER):
        pen.setDashPattern([2.0, 1.4])
    painter.setPen(pen)
    painter.setBrush(_PAPER)
    painter.drawRoundedRect(QRectF(2, 5, 28, 19), 3, 3)
    if presence not in (Presence.EMPTY, Presence.NO_READER):
        painter.setPen(QPen(_INK, 1.4))
        painter.setBrush(QColor("#e0b84c"))
        painter.drawRoundedRect(QRectF(6, 10, 8, 7), 1.5, 1.5)


def _nothing(painter: QPainter, fill: QColor) -> None:
    """No card: no sign."""


def _tick(painter: QPainter, fill: QColor) -> None:
    painter.setPen(QPen(_PAPER, 1.5))
    painter.setBrush(fill)
    painter.drawEllipse(QRectF(15, 14, 16, 16))
    painter.setPen(QPen(_PAPER, 2.4, c=Qt.PenCapStyle.RoundCap))
    painter.drawPolyline([QPointF(19, 22), QPointF(22, 25.5), QPointF(27.5, 18.5)])


def _cross(painter: QPainter, fill: QColor) -> None:
    painter.setPen(QPen(_PAPER, 1.5))
    painter.setBrush(fill)
    painter.drawRect(QRectF(16, 15, 14.5, 14.5))
    painter.setPen(QPen(_PAPER, 2.4, c=Qt.PenCapStyle.RoundCap))
    painter.drawLine(QPointF(20, 19), QPointF(26.5, 25.5))
    painter.drawLine(QPointF(26.5, 19), QPointF(20, 25.5))


def _mark(painter: QPainter, fill: QColor) -> None:
    painter.setPen(QPen(_PAPER, 1.5))
    painter.setBrush(fill)
    painter.drawPolygon(QPolygonF([QPointF(22, 11), QPointF(31.4, 30.5), QPointF(12.6, 30.5)]))
    painter.setPen(QPen(_PAPER, 2.6, c=Qt.PenCapStyle.RoundCap))
    painter.drawLine(QPointF(22, 18.5), QPointF(22, 23))
    painter.drawPoint(QPointF(22, 27))


def _dots(painter: QPainter, fill: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    for x in (15.0, 21.0, 27.0):
        painter.drawEllipse(QPointF(x, 26), 2.3, 2.3)


def _struck(painter: QPainter, fill: QColor) -> None:
    path = QPainterPath(QPointF(4, 28))
    path.lineTo(28, 4)
    painter.setPen(QPen(_PAPER, 5.5))
    painter.drawPath(path)
    painter.setPen(QPen(fill, 2.6))
    painter.drawPath(path)


_SIGNS: Final = {
    Presence.WAITING: _mark,
    Presence.CARD: _tick,
    Presence.TROUBLE: _cross,
    Presence.LOOKING: _dots,
    Presence.NO_READER: _struck,
}
