# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Small widgets that several windows share: texts from outside, forms, lines for a code."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QFocusEvent
from PySide6.QtWidgets import (
    QFormLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QSizePolicy,
    QWidget,
)

__all__ = ["PinEdit", "announce", "busy_bar", "name_of", "plain", "text_label", "wrapping_form"]


def plain(text: str) -> QLabel:
    """Return a label for a text from outside: never read as a form of HTML."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made


def text_label(name: str, *, bold: bool = False) -> QLabel:
    """Return an empty label for sentences: they wrap, and are never read as a form of HTML."""
    made = plain("")
    made.setObjectName(name)
    made.setWordWrap(True)
    policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    policy.setHeightForWidth(True)  # a new policy would forget that the text wraps
    made.setSizePolicy(policy)
    if bold:
        font = made.font()
        font.setBold(True)
        made.setFont(font)
    return made


def announce(where: QWidget, text: str) -> None:
    """Let a screen reader say a text at once."""
    if text:
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(where, text))


def wrapping_form(parent: QWidget | None = None) -> QFormLayout:
    """Return a form that puts a value below its name where room is short beside it."""
    form = QFormLayout(parent)
    form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    return form


def name_of(widget: QWidget, text: str) -> QLabel:
    """Return the name of a widget, for the eye and for a screen reader; ``&`` marks its key."""
    label = QLabel(text)
    label.setBuddy(widget)
    widget.setAccessibleName(text.replace("&", ""))
    return label


def busy_bar(spoken: str) -> QProgressBar:
    """Return a bar, hidden yet, that moves and says no share of what is done."""
    bar = QProgressBar()
    bar.setObjectName("busy")
    bar.setMaximum(0)
    bar.setTextVisible(False)
    bar.setAccessibleName(spoken)
    bar.hide()
    return bar


class PinEdit(QLineEdit):
    """A line for a code: never shown, copied, suggested, or kept for an undo."""

    focused = Signal()
    """The line has the keyboard now."""

    def __init__(self, name: str, most: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setMaxLength(most)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setDragEnabled(False)
        hint = Qt.InputMethodHint
        hidden = hint.ImhHiddenText | hint.ImhSensitiveData | hint.ImhNoPredictiveText
        self.setInputMethodHints(hidden | hint.ImhDigitsOnly)

    def wipe(self) -> None:
        """Forget what was entered, and every step that led there."""
        self.setText("")  # unlike clear(), it leaves nothing to undo

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tell who listens."""
        super().focusInEvent(event)
        self.focused.emit()
