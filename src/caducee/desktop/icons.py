# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The only drawings of our windows: one set, made for them, in the colours of the palette.

`LINES` are pages and acts: lines of one width on a square of 24. `SIGNS` are states: a shape of its
own for each, with a sign cut out of it, so that no colour carries a meaning alone.
"""

from typing import Final

from PySide6.QtCore import QByteArray, QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton

__all__ = ["LINES", "SIGNS", "drawing", "sign", "sign_icon", "tint", "two_inks"]

_SCALE: Final = 1.3
"""Side of a drawing in a button, in lines of text."""

LINES: Final = {
    "card": '<rect x="2" y="5" width="20" height="14" rx="2.5"/>'
    '<rect x="5.5" y="9" width="5" height="4" rx="1"/><path d="M14 10h4.5M14 13.5h4.5"/>',
    "data": '<path d="M7 2.5h8l4.5 4.5v12a2.5 2.5 0 0 1-2.5 2.5H7A2.5 2.5 0 0 1 4.5 19V5'
    'A2.5 2.5 0 0 1 7 2.5zM8 7.5h4"/><circle cx="12" cy="13" r="2.8"/>'
    '<path d="M10.3 15.3V19l1.7-1 1.7 1v-3.7"/>',
    "pin": '<rect x="2" y="7" width="20" height="10" rx="2.5"/>'
    '<path stroke-width="2.4" d="M7 12h.01M12 12h.01M17 12h.01"/>',
    "requests": '<path d="M7 17H4.5L3 15.5v-10L4.5 4h15L21 5.5v10L19.5 17H12l-5 4z"/>'
    '<path stroke-width="2.4" d="M8 10.5h.01M12 10.5h.01M16 10.5h.01"/>',
    "diagnosis": '<path d="M2 13h5l2.5-7 4 13 2.5-6h6"/>',
    "services": '<circle cx="12" cy="12" r="9.5"/><path d="M7.5 12.3l3.3 3.2 5.7-6.7"/>',
    "readers": '<rect x="3" y="11" width="18" height="10" rx="2.5"/>'
    '<path d="M7 11V3h10v8M7 16h6"/><path stroke-width="2.4" d="M17 16h.01"/>',
    "settings": '<path d="M3 7h9M18 7h3M3 17h3M12 17h9"/>'
    '<circle cx="15" cy="7" r="2.7"/><circle cx="9" cy="17" r="2.7"/>',
    "help": '<circle cx="12" cy="12" r="9.5"/>'
    '<path d="M9 9.3a3 3 0 1 1 4.4 2.6c-.9.5-1.4 1-1.4 2.1"/>'
    '<path stroke-width="2.4" d="M12 17.3h.01"/>',
    "virtual": '<rect x="2" y="5" width="20" height="14" rx="2.5" stroke-dasharray="3.4 3.1"/>'
    '<rect x="5.5" y="9" width="5" height="4" rx="1"/>',
    "journal": '<rect x="4.5" y="2.5" width="15" height="19" rx="2"/>'
    '<path d="M8 8h8M8 12h8M8 16h8"/>',
    "refresh": '<path d="M20.5 12a8.5 8.5 0 1 1-2.7-6.2L20.5 8M20.5 3v5h-5"/>',
    "copy": '<rect x="8" y="8" width="13" height="13" rx="2"/>'
    '<path d="M5 16H4.5A1.5 1.5 0 0 1 3 14.5v-10A1.5 1.5 0 0 1 4.5 3h10A1.5 1.5 0 0 1 16 4.5V5"/>',
    "save": '<path d="M12 3v12M7 10.5l5 5 5-5M4 20.5h16"/>',
    "unlock": '<rect x="4" y="10.5" width="16" height="11" rx="2.5"/>'
    '<path d="M8 10.5V7a4 4 0 0 1 7.7-1.5M12 15v2.5"/>',
    "open": '<path d="M14 3h7v7M21 3l-9.5 9.5"/>'
    '<path d="M18 14v5a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2h5"/>',
    "steps": '<path d="M11 6h10M11 12h10M11 18h10M3 6l1.5 1.5L7.5 4.5M3 12l1.5 1.5 3-3'
    'M3 18l1.5 1.5 3-3"/>',
}  # fmt: skip
"""Name and lines of each; see ``tests/unit/desktop/test_icons.py``."""

_CIRCLE: Final = '<circle cx="12" cy="12" r="11.3"/>'
_OCTAGON: Final = '<path d="M7.6 1.3h8.8l6.3 6.3v8.8l-6.3 6.3H7.6L1.3 16.4V7.6z"/>'
_TRIANGLE: Final = '<path d="M12 1.5L23.3 22.5H.7z"/>'
_SQUARE: Final = '<rect x="1.5" y="1.5" width="21" height="21" rx="3"/>'

SIGNS: Final = {
    "good": (_CIRCLE, '<path d="M6.5 12.4l3.7 3.7 7.3-8"/>', "#1a6d2c", "#7ddb8f"),
    "note": (_CIRCLE, '<path d="M12 11v6.5M12 6.6v.01"/>', "#1b5aa6", "#8fc0ff"),
    "warning": (_TRIANGLE, '<path d="M12 9v6M12 18.8v.01"/>', "#8a5a00", "#ffc766"),
    "bad": (_OCTAGON, '<path d="M8 8l8 8M16 8l-8 8"/>', "#b3261e", "#ff9d95"),
    "unknown": (
        _CIRCLE,
        '<path d="M8.8 9.3a3.2 3.2 0 1 1 4.7 2.8c-1 .6-1.5 1.1-1.5 2.2M12 17.7v.01"/>',
        "#5a5a5a",
        "#c8c8c8",
    ),
    "waiting": (_SQUARE, '<path d="M7 12v.01M12 12v.01M17 12v.01"/>', "#5a5a5a", "#c8c8c8"),
    "running": (_SQUARE, '<path d="M9 7l7.5 5L9 17z"/>', "#1b5aa6", "#8fc0ff"),
    "skipped": (_SQUARE, '<path d="M7 12h10"/>', "#5a5a5a", "#c8c8c8"),
    "cancelled": (_SQUARE, '<path d="M8 8h8v8H8z"/>', "#8a5a00", "#ffc766"),
}
"""Shape, sign, colour on light and on dark paper: each at least 4.5 to 1 on the window."""

_LINE: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><g fill="none" stroke="{ink}" '
    'stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round">{lines}</g></svg>'
)
_SIGN: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><g fill="{ink}">{shape}</g>'
    '<g fill="none" stroke="{paper}" stroke-width="2.6" stroke-linecap="round" '
    'stroke-linejoin="round">{sign}</g></svg>'
)


def drawing(name: str, side: int, ink: QColor, pixels: float = 1.0) -> QPixmap:
    """Return the drawing of a page or an act. Raises `KeyError` for a name that there is not.

    ``side`` is in device-independent pixels, of which each has ``pixels`` real ones.
    """
    return _painted(_LINE.format(ink=ink.name(), lines=LINES[name]), side, pixels)


def sign(name: str, side: int, paper: QColor, pixels: float = 1.0) -> QPixmap:
    """Return the sign of a state, to stand on a paper. Raises `KeyError` as `drawing` does."""
    shape, inner, dark, light = SIGNS[name]
    ink = dark if paper.lightnessF() > 0.5 else light
    text = _SIGN.format(ink=ink, paper=paper.name(), shape=shape, sign=inner)
    return _painted(text, side, pixels)


def sign_icon(name: str, side: int, palette: QPalette, pixels: float = 1.0) -> QIcon:
    """Return the sign of a state for a line of a list, where the line is marked, too."""
    icon = QIcon()
    roles = QPalette.ColorRole
    for mode, paper in ((QIcon.Mode.Normal, roles.Base), (QIcon.Mode.Selected, roles.Highlight)):
        icon.addPixmap(sign(name, side, palette.color(paper), pixels), mode)
    return icon


def two_inks(name: str, side: int, usual: QColor, marked: QColor, pixels: float = 1.0) -> QIcon:
    """Return a drawing as an icon in two colours: of a usual line, and of a marked one."""
    icon = QIcon()
    for mode, ink in ((QIcon.Mode.Normal, usual), (QIcon.Mode.Selected, marked)):
        icon.addPixmap(drawing(name, side, ink, pixels), mode)
    return icon


def tint[Button: QAbstractButton](button: Button, name: str) -> Button:
    """Give a button a drawing in the colour of its text, live, and return it."""
    _Tint(button, name)
    return button


class _Tint(QObject):
    """Draws anew where the palette or the letters of a button change."""

    def __init__(self, button: QAbstractButton, name: str) -> None:
        super().__init__(button)
        self._button, self._name = button, name
        button.installEventFilter(self)
        self._draw()

    def _draw(self) -> None:
        button, side = self._button, round(self._button.fontMetrics().height() * _SCALE)
        icon, groups = QIcon(), QPalette.ColorGroup
        for mode, group in (
            (QIcon.Mode.Normal, groups.Active),
            (QIcon.Mode.Disabled, groups.Disabled),
        ):
            ink = button.palette().color(group, QPalette.ColorRole.ButtonText)
            icon.addPixmap(drawing(self._name, side, ink, button.devicePixelRatioF()), mode)
        button.setIconSize(QSize(side, side))
        button.setIcon(icon)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the button."""
        if event.type() in {QEvent.Type.PaletteChange, QEvent.Type.FontChange}:
            self._draw()
        return False


def _painted(text: str, side: int, pixels: float) -> QPixmap:
    wide = round(side * pixels)
    picture = QPixmap(wide, wide)
    picture.setDevicePixelRatio(pixels)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(text.encode())).render(painter, QRectF(0, 0, side, side))
    painter.end()
    return picture
