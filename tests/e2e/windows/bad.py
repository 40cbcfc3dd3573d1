# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Windows with one fault each: what judges our windows must find them."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QStyle,
    QVBoxLayout,
    QWidget,
)
from tests.e2e.windows.scenes import Scene

__all__ = ["AT_SPI", "BAD", "LOOKS"]


def _window(*inside: QWidget) -> QWidget:
    made = QDialog()
    made.setWindowTitle("A window with a fault")
    layout = QVBoxLayout(made)
    for item in inside:
        layout.addWidget(item)
    return made


def _no_name() -> QWidget:
    icon = QPushButton("Close")
    bare = QPushButton()
    bare.setIcon(icon.style().standardIcon(QStyle.StandardPixmap.SP_BrowserReload))
    return _window(icon, bare)


def _no_label() -> QWidget:
    return _window(QLabel("Name"), QLineEdit(), QPushButton("OK"))


def _order() -> QWidget:
    first, second, third = QPushButton("First"), QPushButton("Second"), QPushButton("Third")
    made = _window(first, second, third)
    QWidget.setTabOrder(first, third)
    QWidget.setTabOrder(third, second)
    return made


def _trap() -> QWidget:
    return _window(QPushButton("First"), QPlainTextEdit("Tab is a letter here"))


def _mouse() -> QWidget:
    second = QPushButton("For the mouse")
    second.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return _window(QPushButton("First"), QPushButton("Other"), second)


class _OneWay(QPushButton):
    """Lets Tab through, and not Shift+Tab."""

    def focusNextPrevChild(self, forward: bool) -> bool:
        return super().focusNextPrevChild(forward) if forward else False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.accept()


def _one_way() -> QWidget:
    return _window(QPushButton("First"), _OneWay("Second"), QPushButton("Third"))


def _cut_label() -> QWidget:
    label = QLabel("A text that has no room")
    label.setFixedWidth(40)
    return _window(label)


def _cut_button() -> QWidget:
    button = QPushButton("Save the report as PDF")
    button.setMaximumWidth(60)
    return _window(button)


def _cut_lines() -> QWidget:
    label = QLabel("A long text that is wrapped. " * 4)
    label.setWordWrap(True)
    label.setFixedSize(200, 20)
    return _window(label)


def _cut_item() -> QWidget:
    pages = QListWidget()
    pages.addItem("A page with a long name that nobody can read")
    pages.setFixedWidth(60)
    pages.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return _window(pages)


def _hint() -> QWidget:
    line = QLineEdit()
    line.setPlaceholderText("The address of the portal of the sandbox")
    line.setFixedWidth(60)
    return _window(line)


def _overlap() -> QWidget:
    made = _window(QPushButton("Below"))
    above = QPushButton("Above", made)
    above.setGeometry(4, 4, 80, 30)
    return made


def _outside() -> QWidget:
    made = _window(QPushButton("Inside"))
    made.setFixedSize(200, 80)
    QPushButton("Outside", made).setGeometry(180, 60, 80, 30)
    return made


def _sideways() -> QWidget:
    area = QScrollArea()
    area.setWidget(QLabel("A page that is wider than its window. " * 4))
    area.setFixedSize(200, 80)
    return _window(area)


def _weak() -> QWidget:
    label = QLabel("Grey on grey")
    label.setStyleSheet("color: #999999")
    return _window(label)


AT_SPI: Mapping[str, str] = {
    "no-name": "name: button ''",
    "no-label": "name: text ''",
    "order": "order: stop 2 is button 'Third'",
    "trap": "focus: Tab stays",
    "mouse": "'For the mouse' (QPushButton) is for the mouse alone",
    "one-way": "focus: Shift+Tab",
}
"""Faults that the screen reader must find, and what it says of them."""

LOOKS: Mapping[str, tuple[str, str]] = {
    "cut-label": ("measure", "cut: QLabel (no name) 'A text that has no room': width"),
    "cut-button": ("measure", "cut: QPushButton"),
    "cut-lines": ("measure", "height"),
    "cut-item": ("measure", "cut: QListWidget"),
    "hint": ("measure", "cut: QLineEdit"),
    "overlap": ("measure", "overlap: "),
    "outside": ("measure", "outside: "),
    "sideways": ("measure", "sideways: "),
    "weak": ("contrast", "Grey on grey"),
}
"""Faults that are seen, the question that finds them, and what it says."""

_MAKES: Mapping[str, Callable[[], QWidget]] = {
    "no-name": _no_name,
    "no-label": _no_label,
    "order": _order,
    "trap": _trap,
    "mouse": _mouse,
    "one-way": _one_way,
    "cut-label": _cut_label,
    "cut-button": _cut_button,
    "cut-lines": _cut_lines,
    "cut-item": _cut_item,
    "hint": _hint,
    "overlap": _overlap,
    "outside": _outside,
    "sideways": _sideways,
    "weak": _weak,
}
BAD: Mapping[str, Scene] = {
    name: Scene(name, lambda _language, make=make: make())  # type: ignore[misc]
    for name, make in _MAKES.items()
}
