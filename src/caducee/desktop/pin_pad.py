# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Digits on the screen, for those who do not want to type a code."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from caducee.base.i18n import gettext as _
from caducee.desktop.parts import PinEdit, text_label

__all__ = ["PinPadKeys", "PinPadPanel", "shuffled_digits"]

_ORDER: Final = "1234567890"
_COLUMNS: Final = 3
_STEPS: Final = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


def shuffled_digits() -> str:
    """Return the ten digits in an order that nobody can foresee."""
    digits = list(_ORDER)
    secrets.SystemRandom().shuffle(digits)
    return "".join(digits)


class PinPadKeys(QWidget):
    """Twelve keys in four rows: the digits, one that erases the last and one that erases all.

    One of them is reached by Tab, the others from there by the arrow keys, as in one list; digits
    and Backspace work on it, too. With ``shuffled``, no key has a place of its own: who watches
    the pointer, or knows the positions pressed, learns no PIN.
    """

    digit = Signal(str)
    """A digit was pressed."""

    erased = Signal(bool)
    """The last digit, or (true) all of them, shall be erased."""

    def __init__(
        self,
        *,
        shuffled: bool = False,
        shuffle: Callable[[], str] = shuffled_digits,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("pin-pad")
        self.setAccessibleName(_("PIN pad"))
        self._shuffled = shuffled
        self._shuffle = shuffle
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
        self._digits = [self._key(f"key-{place}") for place in range(len(_ORDER))]
        self._last = self._key("key-erase")
        self._last.setText("⌫")
        self._last.setAccessibleName(_("Erase the last digit"))
        self._last.setToolTip(_("Erase the last digit"))
        self._all = self._key("key-erase-all")
        self._all.setText("✕")
        self._all.setAccessibleName(_("Erase all digits"))
        self._all.setToolTip(_("Erase all digits"))
        self._compose()
        self.mix()

    def _key(self, name: str) -> QPushButton:
        key = QPushButton(self)
        key.setObjectName(name)
        key.setAutoDefault(False)
        key.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        key.setMinimumSize(4 * self.fontMetrics().height(), 2 * self.fontMetrics().height())
        return key

    def _compose(self) -> None:
        """Lay nine digits out, then a row of erase, the tenth digit, erase all."""
        keys = [*self._digits[:9], self._last, self._digits[9], self._all]
        self._rows = [keys[at : at + _COLUMNS] for at in range(0, len(keys), _COLUMNS)]
        for row, line in enumerate(self._rows):
            for column, key in enumerate(line):
                self._grid.addWidget(key, row, column)
                key.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
                key.installEventFilter(self)
        keys[0].setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for place, key in enumerate(self._digits):
            key.clicked.connect(lambda _checked, at=place: self.digit.emit(self.digits[at]))
        self._last.clicked.connect(lambda: self.erased.emit(False))
        self._all.clicked.connect(lambda: self.erased.emit(True))

    # The digits

    @property
    def digits(self) -> str:
        """The digits on the keys, row by row."""
        return self._shown

    def set_shuffled(self, shuffled: bool) -> None:
        """Shuffle the digits from now on, or bring them in their order."""
        self._shuffled = shuffled
        self.mix()

    def mix(self) -> None:
        """Shuffle anew if the digits are shuffled: before each code that is entered."""
        self._shown = self._shuffle() if self._shuffled else _ORDER
        for key, digit in zip(self._digits, self._shown, strict=True):
            key.setText(digit)
            key.setAccessibleName(digit)

    @property
    def keys(self) -> Sequence[Sequence[QPushButton]]:
        """The keys, row by row."""
        return self._rows

    # By keyboard

    def eventFilter(self, watched: object, event: object) -> bool:
        """Take keys that are pressed while one of ours has the focus."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QKeyEvent.Type.KeyPress
            and isinstance(watched, QPushButton)
        ):
            return self._pressed(watched, event)
        return False

    def _pressed(self, at: QPushButton, event: QKeyEvent) -> bool:
        pressed = Qt.Key(event.key())
        if pressed in _STEPS:
            self._move(at, *_STEPS[pressed])
        elif event.text() in _ORDER and event.text():
            self.digit.emit(event.text())
        elif pressed == Qt.Key.Key_Backspace:
            self.erased.emit(False)
        elif pressed == Qt.Key.Key_Delete:
            self.erased.emit(True)
        elif pressed in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            at.click()
        else:
            return False
        return True

    def _move(self, at: QPushButton, down: int, right: int) -> None:
        row, column = next(
            (row, line.index(at)) for row, line in enumerate(self._rows) if at in line
        )
        line = self._rows[(row + down) % len(self._rows)]
        line[(column + right) % _COLUMNS].setFocus(Qt.FocusReason.TabFocusReason)


class PinPadPanel(QWidget):
    """A PIN pad for several lines; it names the one it fills in, the last that had the focus."""

    typed = Signal()
    """A line was changed."""

    def __init__(self, *, shuffled: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pad = PinPadKeys(shuffled=shuffled)
        self._edits: list[PinEdit] = []
        self._aim: PinEdit | None = None
        self._aimed = text_label("aimed")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._aimed)
        layout.addWidget(self.pad)
        self.pad.digit.connect(self._add)
        self.pad.erased.connect(self._erase)

    def serve(self, edits: Iterable[PinEdit]) -> None:
        """Write into these lines from now on, the first at first."""
        self._edits = list(edits)
        for edit in self._edits:
            edit.focused.connect(partial(self._aim_at, edit))
        self._aim = None
        if self._edits:
            self._aim_at(self._edits[0])

    def _aim_at(self, edit: PinEdit) -> None:
        if edit in self._edits:
            self._aim = edit
            field = edit.accessibleName()
            self._aimed.setText(_("The PIN pad fills in: {field}").format(field=field))

    def _add(self, digit: str) -> None:
        edit = self._aim
        if edit is not None and edit.isEnabled() and len(edit.text()) < edit.maxLength():
            edit.setText(edit.text() + digit)
            self.typed.emit()

    def _erase(self, whole: bool) -> None:
        edit = self._aim
        if edit is not None and edit.isEnabled():
            edit.setText("" if whole else edit.text()[:-1])
            self.typed.emit()
