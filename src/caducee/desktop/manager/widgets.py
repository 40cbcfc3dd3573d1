# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Widgets of the manager's pages: shapes for states, values that can be copied, notes."""

import re
from collections.abc import Callable, Iterable
from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import (
    QAction,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from caducee.base.errors import CpsError
from caducee.base.i18n import N_
from caducee.base.i18n import gettext as _
from caducee.desktop.flow import Flow
from caducee.desktop.icons import sign, tint
from caducee.desktop.manager.model.card_view import Line, Mark, Section
from caducee.desktop.parts import announce, plain, text_label
from caducee.diagnosis.model import Finding

__all__ = ["NoteBox", "SectionBox", "Shape", "ValueLabel", "button", "mark_of"]

_WORDS: Final = {
    Mark.GOOD: ("good", N_("good")),
    Mark.NOTE: ("note", N_("note")),
    Mark.WARNING: ("warning", N_("warning")),
    Mark.BAD: ("bad", N_("error")),
    Mark.UNKNOWN: ("unknown", N_("not known")),
}
"""Sign and word of each."""

_STEPS: Final = {int(Qt.Key.Key_Up): -1, int(Qt.Key.Key_Down): 1}


def mark_of(finding: Finding) -> Mark:
    """Return the mark of a finding of the diagnosis."""
    marks = {
        "error": Mark.BAD,
        "warning": Mark.WARNING,
        "unchecked": Mark.UNKNOWN,
        "note": Mark.NOTE,
    }
    return marks[finding.severity.value]


class Shape(QWidget):
    """A state as a shape: circle, triangle, octagon; never a colour alone.

    A screen reader hears a word for it.
    """

    def __init__(self, mark: Mark, scale: float = 1.0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mark = mark
        side = round(self.fontMetrics().height() * scale)
        self.setFixedSize(side, side)
        self.show_mark(mark)

    def show_mark(self, mark: Mark) -> None:
        """Show another state."""
        self._mark = mark
        self.setVisible(mark is not Mark.NONE)
        self.setAccessibleName(_(_WORDS[mark][1]) if mark in _WORDS else "")
        self.setToolTip(self.accessibleName())
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the sign."""
        if self._mark in _WORDS:
            paper = self.palette().color(QPalette.ColorRole.Window)
            name, _word = _WORDS[self._mark]
            painter = QPainter(self)
            painter.drawPixmap(0, 0, sign(name, self.width(), paper, self.devicePixelRatioF()))
            painter.end()


_GAP: Final = "\u200b"
"""A place of no width where a line may end."""

_LONG: Final = re.compile(r"\S{20,}")


def _with_gaps(found: re.Match[str]) -> str:
    """Let a number without spaces be broken after every eight characters."""
    word = found.group()
    return _GAP.join(word[index : index + 8] for index in range(0, len(word), 8))


class ValueLabel(QLabel):
    """A value that can be marked and copied, by mouse and by keyboard."""

    def __init__(self, name: str, value: str) -> None:
        super().__init__(_LONG.sub(_with_gaps, value))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(_("{name}: {value}").format(name=name, value=value))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        copy = QAction(_("&Copy this value"), self)
        copy.triggered.connect(self.copy)
        self.addAction(copy)

    def sizeHint(self) -> QSize:
        """Ask for one line; the label's own hint asks for several, with a gap below."""
        margins = 2 * self.margin() + 2
        wanted = self.fontMetrics().size(Qt.TextFlag.TextSingleLine, self.text())
        return QSize(wanted.width() + margins, wanted.height() + 2 * self.margin())

    def copy(self) -> None:
        """Put what is marked, else the whole value, on the clipboard."""
        shown = self.selectedText() or self.text()
        QGuiApplication.clipboard().setText(shown.replace(_GAP, ""))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy with the usual key, also when nothing is marked."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
            event.accept()
            return
        super().keyPressEvent(event)


class SectionBox(QGroupBox):
    """A section of a card: names at the left, values at the right; below each other when narrow.

    Tab goes to one value of a section, the arrows up and down go to the others.
    """

    def __init__(self, section: Section, *, stacked: bool = False) -> None:
        """``stacked``: values of several lines, each below its name."""
        super().__init__(section.title)
        self.setObjectName(section.key)
        self._values: list[ValueLabel] = []
        self._names: list[QLabel] = []
        self._folded = False
        self._stacked = stacked
        self.form = form = QFormLayout(self)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for line in section.lines:
            name = plain(_("{name}:").format(name=line.name))
            self._names.append(name)
            form.addRow(name, self._value(section, line))
        self._stop_at(0)
        self._fold(stacked)

    def _fold(self, stacked: bool) -> None:
        """Put values below their names, or beside them."""
        if stacked == self._folded:
            return
        self._folded = stacked
        policy = QFormLayout.RowWrapPolicy
        self.form.setRowWrapPolicy(policy.WrapAllRows if stacked else policy.WrapLongRows)

    def _wrap(self) -> None:
        """Let a name above its value wrap only where one line has no room for it."""
        metrics, room = self.fontMetrics(), self.width() - self._around()
        for name in self._names:
            name.setWordWrap(self._folded and metrics.horizontalAdvance(name.text()) > room)

    def _around(self) -> int:
        margins = self.form.contentsMargins()
        return margins.left() + margins.right() + 2 * self.fontMetrics().averageCharWidth()

    def minimumSizeHint(self) -> QSize:
        """Be content with the longest word."""
        metrics = self.fontMetrics()
        words = [word for name in self._names for word in name.text().split()]
        widths = [metrics.horizontalAdvance(word) for word in words]
        widths += [value.minimumSizeHint().width() + metrics.height() for value in self._values]
        least = max(widths, default=0) + self._around()
        return QSize(least, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold where room is short for a name and some words beside each other."""
        super().resizeEvent(event)
        metrics = self.fontMetrics()
        names = max((metrics.horizontalAdvance(name.text()) for name in self._names), default=0)
        words = 16 * metrics.averageCharWidth()
        self._fold(self._stacked or self.width() < names + words + self._around())
        self._wrap()

    def _stop_at(self, place: int) -> None:
        for number, item in enumerate(self._values):
            here = number == place
            item.setFocusPolicy(Qt.FocusPolicy.StrongFocus if here else Qt.FocusPolicy.ClickFocus)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the arrows up and down, and remember where the focus was last."""
        if not isinstance(watched, ValueLabel) or watched not in self._values:
            return False
        place = self._values.index(watched)
        if event.type() == QEvent.Type.FocusIn:
            self._stop_at(place)
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = _STEPS.get(event.key(), 0)
            if step and 0 <= place + step < len(self._values):
                self._values[place + step].setFocus(Qt.FocusReason.TabFocusReason)
                self._stop_at(place + step)
            return bool(step)
        return False

    def _value(self, section: Section, line: Line) -> QWidget:
        value = ValueLabel(line.name, line.value)
        value.setObjectName(f"{section.key} {line.key}")
        value.installEventFilter(self)
        self._values.append(value)
        if line.mark is Mark.NONE:
            return value
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(Shape(line.mark), 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(value, 1)
        return row


class NoteBox(QFrame):
    """A sentence with its shape, what to do next, and buttons for it; empty, it takes no room."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._shape = Shape(Mark.NONE, 1.6)
        self._sentence = text_label(f"{name} sentence", bold=True)
        self._advice = text_label(f"{name} advice")
        self._buttons = Flow()
        inner = QVBoxLayout()
        for widget in (self._sentence, self._advice):
            widget.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            inner.addWidget(widget)
        inner.addLayout(self._buttons)
        outer = QHBoxLayout(self)
        outer.addWidget(self._shape, 0, Qt.AlignmentFlag.AlignTop)
        outer.addLayout(inner, 1)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence that is shown; empty while nothing is."""
        return "" if self.isHidden() else self._sentence.text()

    def say(
        self, mark: Mark, sentence: str, advice: str = "", buttons: Iterable[QPushButton] = ()
    ) -> None:
        """Show a sentence, or with an empty one nothing."""
        self._shape.show_mark(mark)
        self._sentence.setText(sentence)
        self._advice.setText(advice)
        self._advice.setVisible(bool(advice))
        while (item := self._buttons.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for entry in buttons:
            self._buttons.addWidget(entry)
        self.setVisible(bool(sentence))

    def say_error(self, error: CpsError) -> None:
        """Show what went wrong with its next step, and let a screen reader say it at once."""
        self.say(Mark.BAD, error.sentence(), error.advice())
        announce(self, error.sentence())

    def say_finding(self, finding: Finding, buttons: Iterable[QPushButton] = ()) -> None:
        """Show a finding of the diagnosis."""
        self.say(mark_of(finding), finding.sentence(), finding.advice(), buttons)


def button(name: str, text: str, press: Callable[[], object], icon: str = "") -> QPushButton:
    """Return a button that Return presses, too; ``icon`` is a drawing of `icons.LINES`."""
    made = QPushButton(text)
    made.setObjectName(name)
    made.setAutoDefault(True)
    made.clicked.connect(lambda _on: press())
    return tint(made, icon) if icon else made
