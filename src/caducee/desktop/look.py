# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How all our windows look: colours in which text stands out, and a focus that is seen.

The colours are those of the desktop; only what is too weak in them is mended.
"""

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QApplication, QSplitter, QWidget
from shiboken6 import isValid

from caducee.desktop.contrast import PART, readable
from caducee.desktop.outline import Outlined

__all__ = ["FocusRing", "dress", "mended"]

_MARKED = 5.5
"""Of the text in a marked line: styles paint the line a little lighter than its colour."""

_ROLES = QPalette.ColorRole
_PAIRS = (
    (_ROLES.WindowText, _ROLES.Window),
    (_ROLES.Text, _ROLES.Base),
    (_ROLES.ButtonText, _ROLES.Button),
    (_ROLES.ToolTipText, _ROLES.ToolTipBase),
    (_ROLES.PlaceholderText, _ROLES.Base),
    (_ROLES.Link, _ROLES.Base),
    (_ROLES.Link, _ROLES.Window),
    (_ROLES.LinkVisited, _ROLES.Base),
    (_ROLES.LinkVisited, _ROLES.Window),
)
"""Inks, and the papers they are written on."""

_KINDS = QEvent.Type
_MOVES = frozenset(
    (_KINDS.Move, _KINDS.Resize, _KINDS.Show, _KINDS.Hide, _KINDS.ParentChange, _KINDS.ZOrderChange)
)


def dress(application: QApplication) -> None:
    """Mend the colours of the desktop now and whenever they change, and ring the focus.

    The style of a desktop stays; only Qt's own, Fusion, gets outlines that are seen.
    """
    if application.findChild(_Dresser) is None:
        if application.style().name().casefold() == "fusion":
            application.setStyle(Outlined())
        _Dresser(application)


class _Dresser(QObject):
    """Follows the colours and the focus as long as the application lives."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._ring = FocusRing()
        application.focusChanged.connect(self._follow)
        application.styleHints().colorSchemeChanged.connect(self._mend_soon)
        self._mend()

    def _mend_soon(self) -> None:
        QTimer.singleShot(0, self, self._mend)  # the palette follows the scheme

    def _mend(self) -> None:
        own = QPalette(self._application.palette())  # what it does not set follows the desktop
        for role, colour in mended(self._application.palette()):
            own.setColor(role, colour)
        self._application.setPalette(own)

    def _follow(self, _before: QWidget | None, now: QWidget | None) -> None:
        if not isValid(self._ring):  # it went with the window it was in
            self._ring = FocusRing()
        self._ring.follow(now)


def mended(palette: QPalette) -> Iterator[tuple[QPalette.ColorRole, QColor]]:
    """Return the colours of a palette that must change for every text to stand out."""
    changed: dict[QPalette.ColorRole, QColor] = {}
    for ink, paper in _PAIRS:
        before = changed.get(ink, palette.color(ink))
        after = readable(before, palette.color(paper))
        if after != before:
            changed[ink] = after
    # Here the paper gives way: it is the desktop's accent, and white on it is what people know.
    accent = palette.color(_ROLES.Highlight)
    better = readable(accent, palette.color(_ROLES.HighlightedText), _MARKED)
    if better != accent:
        changed[_ROLES.Highlight] = better
    yield from changed.items()


class FocusRing(QWidget):
    """A ring around what has the focus, for those who work by keyboard.

    Fusion paints a default button the same with the focus and without, and an empty list not at
    all. The ring comes with the first Tab.
    """

    WIDTH = 2
    """Of the ring, in device-independent pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("qt_focus_ring")  # as what Qt itself adds: no part of the window
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._around: QWidget | None = None

    def follow(self, now: QWidget | None) -> None:
        """Go where the focus is, if it came there by the keyboard."""
        if self._around is not None and isValid(self._around):
            self._around.removeEventFilter(self)
        keys = Qt.WidgetAttribute.WA_KeyboardFocusChange
        shown = now is not None and not now.isWindow() and now.window().testAttribute(keys)
        self._around = now if shown else None
        if self._around is not None:
            self._around.installEventFilter(self)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move as the widget moves."""
        if event.type() in _MOVES and watched is self._around:
            self._place()
        return False

    def _place(self) -> None:
        around = self._around
        above = around.parentWidget() if around is not None else None
        while isinstance(above, QSplitter):  # would give it a place of its own
            above = above.parentWidget()
        if around is None or above is None:
            self.hide()
            return
        if self.parentWidget() is not above:
            self.setParent(above)
        out = self.WIDTH
        box = QRect(around.mapTo(above, QPoint(0, 0)), around.size())
        self.setGeometry(box.adjusted(-out, -out, out, out) & above.rect())
        self.setVisible(around.isVisible())
        self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the ring."""
        colours = self.palette()
        ink = readable(colours.color(_ROLES.Highlight), colours.color(_ROLES.Window), PART)
        half = self.WIDTH / 2
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(ink, self.WIDTH))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(half, half, -half, -half), 3, 3)
        painter.end()
