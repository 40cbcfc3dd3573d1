# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The list of pages at the left of the window, each with its drawing."""

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from caducee.base.i18n import gettext as _
from caducee.desktop.icons import two_inks

__all__ = ["PageList"]

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
            pixels = self.devicePixelRatioF()
            item.setIcon(two_inks(str(item.data(_NAME)), side, ink, marked, pixels))
        width = self.sizeHintForColumn(0) + 4 * self.frameWidth() + _MARGIN
        self.setFixedWidth(width)
