# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A page that can be scrolled when the window is too small for its text."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

__all__ = ["scrolled"]


class _Area(QScrollArea):
    """Follows the focus: what is reached by keyboard is seen."""

    def __init__(self, page: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(page)

    def focusNextPrevChild(self, next: bool) -> bool:
        """Bring what has the focus then into view."""
        moved = super().focusNextPrevChild(next)
        if (now := self.window().focusWidget()) is not None and self.isAncestorOf(now):
            self.ensureWidgetVisible(now)
        return moved


def scrolled(page: QWidget) -> QScrollArea:
    """Return an area with a page in it."""
    return _Area(page)
