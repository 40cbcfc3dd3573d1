# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What is wrong with how a window looks: text that is cut, things that overlap, weak contrast.

Each finding is one line: what, where, and by how much. Nothing here knows a particular window.
"""

from collections.abc import Callable, Iterator

from PySide6.QtCore import QModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListView,
    QMenuBar,
    QPlainTextEdit,
    QProgressBar,
    QScrollArea,
    QScrollBar,
    QSizeGrip,
    QSplitterHandle,
    QStackedWidget,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QWidget,
)

__all__ = [
    "boxes_of_text",
    "cut_texts",
    "name_of",
    "outside",
    "overlaps",
    "palette_pairs",
    "sideways",
]

SLACK = 1
"""Pixels of rounding between a hint and a geometry."""


def name_of(widget: QWidget) -> str:
    """Return how a person finds a widget: the named ancestors, its class and its text."""
    parts = [widget.objectName()] if widget.objectName() else []
    above = widget.parentWidget()
    while above is not None:
        if above.objectName() and not above.objectName().startswith("qt_"):
            parts.insert(0, above.objectName())
        above = above.parentWidget()
    return f"{type(widget).__name__} {'/'.join(parts) or '(no name)'} {text_of(widget)!r}"


def text_of(widget: QWidget) -> str:
    """Return the text that a widget shows."""
    if isinstance(widget, QComboBox):
        return widget.currentText()
    if isinstance(widget, QGroupBox):
        return widget.title()
    if isinstance(widget, QLineEdit):
        return widget.text() or widget.placeholderText()
    if isinstance(widget, QLabel | QAbstractButton):
        return widget.text()
    return ""


def _visible(window: QWidget) -> Iterator[QWidget]:
    """Go through what can be seen, itself included; not what Qt makes for its own use."""
    for widget in [window, *window.findChildren(QWidget)]:
        seen = (
            widget.isVisible() and widget.window() is window and widget.width() and widget.height()
        )
        if seen and widget.objectName() != "qt_focus_ring":
            yield widget


# Text that is cut


def cut_texts(window: QWidget) -> list[str]:
    """Return every text that has less room than it needs."""
    return [output for widget in _visible(window) for output in _cut(widget)]


def _cut(widget: QWidget) -> Iterator[str]:
    for kind, check in _CHECKS:
        if isinstance(widget, kind):
            yield from check(widget)
            return


def _short(widget: QWidget, have: int, need: int, what: str) -> Iterator[str]:
    if have + SLACK < need:
        yield f"cut: {name_of(widget)}: {what} {have}, needs {need}"


def _label(label: QLabel) -> Iterator[str]:
    if not label.text():
        return
    if label.wordWrap():
        yield from _short(label, label.height(), label.heightForWidth(label.width()), "height")
        if label.textFormat() is Qt.TextFormat.PlainText:
            yield from _short(label, label.contentsRect().width(), _word(label), "width")
        return
    yield from _size(label)


def _word(label: QLabel) -> int:
    """Return the width of the longest piece that Qt cannot break."""
    metrics = label.fontMetrics()
    pieces = label.text().replace("-", "- ").replace("/", "/ ").replace("\N{ZERO WIDTH SPACE}", " ")
    return max((metrics.horizontalAdvance(word) for word in pieces.split(" ")), default=0)


def _size(widget: QWidget) -> Iterator[str]:
    hint = widget.sizeHint()
    yield from _short(widget, widget.width(), hint.width(), "width")
    yield from _short(widget, widget.height(), hint.height(), "height")


def _button(button: QAbstractButton) -> Iterator[str]:
    if button.text():
        yield from _size(button)


def _line(edit: QLineEdit) -> Iterator[str]:
    if isinstance(edit.parentWidget(), QComboBox | QAbstractSpinBox):
        return
    yield from _short(edit, edit.height(), edit.minimumSizeHint().height(), "height")
    text = edit.placeholderText() if not edit.text() else edit.text() if edit.isReadOnly() else ""
    room = edit.contentsRect().width() - 4
    yield from _short(edit, room, edit.fontMetrics().horizontalAdvance(text), "width")


def _combo(box: QComboBox) -> Iterator[str]:
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    room = box.style().subControlRect(
        QStyle.ComplexControl.CC_ComboBox,
        option,
        QStyle.SubControl.SC_ComboBoxEditField,
        box,
    )
    need = box.fontMetrics().horizontalAdvance(box.currentText())
    yield from _short(box, room.width(), need, "width")


def _tabs(bar: QTabBar) -> Iterator[str]:
    for number in range(bar.count()):
        need = bar.fontMetrics().horizontalAdvance(bar.tabText(number).replace("&", ""))
        yield from _short(bar, bar.tabRect(number).width(), need, bar.tabText(number))


def _header(view: QHeaderView) -> Iterator[str]:
    model = view.model()
    for number in range(view.count()):
        if view.isSectionHidden(number) or not view.sectionSize(number):
            continue
        hint = view.sectionSizeFromContents(number)
        text = model.headerData(number, view.orientation()) if model else ""
        if view.orientation() is Qt.Orientation.Horizontal and text:
            yield from _short(view, view.sectionSize(number), hint.width(), str(text))


def _menus(bar: QMenuBar) -> Iterator[str]:
    for action in bar.actions():
        if action.isVisible() and bar.actionGeometry(action).isEmpty():
            yield f"cut: {name_of(bar)}: no room for {action.text()}"


def _group(box: QGroupBox) -> Iterator[str]:
    yield from _short(
        box, box.width() - 8, box.fontMetrics().horizontalAdvance(box.title()), "width"
    )


def _progress(bar: QProgressBar) -> Iterator[str]:
    if bar.isTextVisible() and bar.maximum() > bar.minimum():
        yield from _short(
            bar, bar.width(), bar.fontMetrics().horizontalAdvance(bar.text()), "width"
        )


def _view(view: QAbstractItemView) -> Iterator[str]:
    seen = view.viewport().rect()
    for index in _cells(view):
        box = view.visualRect(index)
        if not box.intersects(seen):
            continue
        need = view.sizeHintForIndex(index)
        text = str(index.data() or "")
        if not text:
            continue
        wide = box.width() if view.horizontalScrollBar().isVisible() else (box & seen).width()
        if wide + SLACK < need.width() and not _wraps(view):
            yield f"cut: {name_of(view)}: {text!r} width {wide}, needs {need.width()}"
        if box.height() + SLACK < need.height():
            yield f"cut: {name_of(view)}: {text!r} height {box.height()}, needs {need.height()}"


def _wraps(view: QAbstractItemView) -> bool:
    wraps = getattr(view, "wordWrap", None)
    return bool(wraps and wraps())


def _cells(view: QAbstractItemView) -> Iterator[QModelIndex]:
    """Go through every cell of a model, also below what is folded out."""
    model = view.model()
    if model is None:
        return
    waiting = [view.rootIndex()]
    while waiting:
        parent = waiting.pop()
        for row in range(model.rowCount(parent)):
            for column in range(1 if isinstance(view, QListView) else model.columnCount(parent)):
                yield model.index(row, column, parent)
            waiting.append(model.index(row, 0, parent))


type _Check = Callable[..., Iterator[str]]

_CHECKS: tuple[tuple[type[QWidget], _Check], ...] = (
    (QLabel, _label),
    (QTabBar, _tabs),
    (QHeaderView, _header),
    (QMenuBar, _menus),
    (QComboBox, _combo),
    (QLineEdit, _line),
    (QGroupBox, _group),
    (QProgressBar, _progress),
    (QAbstractButton, _button),
    (QAbstractItemView, _view),
)

# Where things are


def outside(window: QWidget) -> list[str]:
    """Return what reaches out of its parent (unless it can be scrolled to) or off the screen."""
    found = []
    room: QSize = window.screen().availableSize()
    if window.frameGeometry().width() > room.width() or window.height() > room.height():
        found.append(f"outside: the window {window.size().toTuple()} on {room.toTuple()}")
    for widget in _visible(window):
        parent = widget.parentWidget()
        if widget is window or parent is None or _scrolled(widget) or _own(widget):
            continue
        if not parent.rect().adjusted(-SLACK, -SLACK, SLACK, SLACK).contains(widget.geometry()):
            found.append(
                f"outside: {name_of(widget)}: {widget.geometry().getRect()}"
                f" in {parent.size().toTuple()}"
            )
    return found


def _scrolled(widget: QWidget) -> bool:
    above = widget.parentWidget()
    area = above.parentWidget() if above is not None else None
    return isinstance(area, QAbstractScrollArea) and area.viewport() is above


def _own(widget: QWidget) -> bool:
    """Tell what Qt itself makes and places."""
    above = widget.parentWidget()
    return (
        isinstance(widget, QSizeGrip | QScrollBar | QSplitterHandle | QHeaderView)
        or widget.objectName().startswith("qt_")
        or isinstance(above, QComboBox | QAbstractSpinBox | QTabBar | QMenuBar)
        or (isinstance(above, QAbstractScrollArea) and not isinstance(above, QScrollArea))
    )


def overlaps(window: QWidget) -> list[str]:
    """Return the pairs of neighbours that lie on each other."""
    found = []
    for parent in _visible(window):
        if isinstance(parent, QAbstractScrollArea | QStackedWidget | QComboBox):
            continue
        inside = [
            widget
            for widget in parent.findChildren(
                QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly
            )
            if widget.isVisible() and not widget.isWindow() and not _own(widget)
        ]
        for place, first in enumerate(inside):
            for second in inside[place + 1 :]:
                common = first.geometry().intersected(second.geometry())
                if common.width() > SLACK and common.height() > SLACK:
                    found.append(f"overlap: {name_of(first)} and {name_of(second)}")
    return found


def sideways(window: QWidget) -> list[str]:
    """Return what must be scrolled to the right to be read; texts that keep their lines may."""
    return [
        f"sideways: {name_of(widget)}: {hidden} pixels are hidden at the right"
        for widget in _visible(window)
        if isinstance(widget, QAbstractScrollArea) and not isinstance(widget, QPlainTextEdit)
        if (hidden := widget.horizontalScrollBar().maximum()) > 0
    ]


# Text and its colours


def boxes_of_text(window: QWidget) -> Iterator[tuple[str, QRect]]:
    """Return each text that is alive, with its box in the window."""
    for widget in _visible(window):
        if not widget.isEnabled():
            continue
        if isinstance(widget, QAbstractItemView):
            yield from _boxes_of_cells(widget, window)
        elif text_of(widget) and not _is_picture(widget):
            box = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
            if isinstance(widget, QGroupBox):
                box.setHeight(widget.fontMetrics().height() + 4)
            seen = _seen(widget, box, window)
            if seen.height() == box.height():  # not half scrolled away
                yield name_of(widget), seen


def _is_picture(widget: QWidget) -> bool:
    return isinstance(widget, QLabel) and not widget.pixmap().isNull()


def _boxes_of_cells(view: QAbstractItemView, window: QWidget) -> Iterator[tuple[str, QRect]]:
    corner = view.viewport().mapTo(window, QPoint(0, 0))
    alive = Qt.ItemFlag.ItemIsEnabled
    for index in _cells(view):
        box = view.visualRect(index).intersected(view.viewport().rect())
        if not index.data() or not index.flags() & alive or box.height() <= 8:
            continue
        whole = box.translated(corner)
        seen = _seen(view, whole, window)
        if seen.height() == whole.height():
            yield f"{name_of(view)} {index.data()!r}", seen


def _seen(widget: QWidget, box: QRect, window: QWidget) -> QRect:
    """Cut a box to what the scroll areas above leave of it."""
    above = widget.parentWidget()
    while above is not None and above is not window:
        box = box.intersected(QRect(above.mapTo(window, QPoint(0, 0)), above.size()))
        above = above.parentWidget()
    return box.intersected(window.rect())


_PAIRS = (
    ("WindowText", "Window"),
    ("Text", "Base"),
    ("Text", "AlternateBase"),
    ("ButtonText", "Button"),
    ("HighlightedText", "Highlight"),
    ("ToolTipText", "ToolTipBase"),
    ("PlaceholderText", "Base"),
    ("Link", "Base"),
    ("Link", "Window"),
    ("LinkVisited", "Base"),
)


def palette_pairs() -> Iterator[tuple[str, QColor, QColor]]:
    """Return the pairs of colours in which the application writes."""
    palette = QApplication.palette()
    for ink, paper in _PAIRS:
        roles = QPalette.ColorRole
        yield f"{ink} on {paper}", palette.color(roles[ink]), palette.color(roles[paper])
