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
    for one in [window, *window.findChildren(QWidget)]:
        seen = one.isVisible() and one.window() is window and one.width() and one.height()
        if seen and one.objectName() != "qt_focus_ring":
            yield one


# Text that is cut


def cut_texts(window: QWidget) -> list[str]:
    """Return every text that has less room than it needs."""
    return [told for one in _visible(window) for told in _cut(one)]


def _cut(one: QWidget) -> Iterator[str]:
    for kind, check in _CHECKS:
        if isinstance(one, kind):
            yield from check(one)
            return


def _short(one: QWidget, have: int, need: int, what: str) -> Iterator[str]:
    if have + SLACK < need:
        yield f"cut: {name_of(one)}: {what} {have}, needs {need}"


def _label(one: QLabel) -> Iterator[str]:
    if not one.text():
        return
    if one.wordWrap():
        yield from _short(one, one.height(), one.heightForWidth(one.width()), "height")
        if one.textFormat() is Qt.TextFormat.PlainText:
            yield from _short(one, one.contentsRect().width(), _word(one), "width")
        return
    yield from _size(one)


def _word(label: QLabel) -> int:
    """Return the width of the longest piece that Qt cannot break."""
    metrics = label.fontMetrics()
    pieces = label.text().replace("-", "- ").replace("/", "/ ").replace("\N{ZERO WIDTH SPACE}", " ")
    return max((metrics.horizontalAdvance(one) for one in pieces.split(" ")), default=0)


def _size(one: QWidget) -> Iterator[str]:
    hint = one.sizeHint()
    yield from _short(one, one.width(), hint.width(), "width")
    yield from _short(one, one.height(), hint.height(), "height")


def _button(one: QAbstractButton) -> Iterator[str]:
    if one.text():
        yield from _size(one)


def _line(one: QLineEdit) -> Iterator[str]:
    if isinstance(one.parentWidget(), QComboBox | QAbstractSpinBox):
        return
    yield from _short(one, one.height(), one.minimumSizeHint().height(), "height")
    text = one.placeholderText() if not one.text() else one.text() if one.isReadOnly() else ""
    room = one.contentsRect().width() - 4
    yield from _short(one, room, one.fontMetrics().horizontalAdvance(text), "width")


def _combo(one: QComboBox) -> Iterator[str]:
    option = QStyleOptionComboBox()
    one.initStyleOption(option)
    room = one.style().subControlRect(
        QStyle.ComplexControl.CC_ComboBox,
        option,
        QStyle.SubControl.SC_ComboBoxEditField,
        one,
    )
    need = one.fontMetrics().horizontalAdvance(one.currentText())
    yield from _short(one, room.width(), need, "width")


def _tabs(one: QTabBar) -> Iterator[str]:
    for number in range(one.count()):
        need = one.fontMetrics().horizontalAdvance(one.tabText(number).replace("&", ""))
        yield from _short(one, one.tabRect(number).width(), need, one.tabText(number))


def _header(one: QHeaderView) -> Iterator[str]:
    model = one.model()
    for number in range(one.count()):
        if one.isSectionHidden(number) or not one.sectionSize(number):
            continue
        hint = one.sectionSizeFromContents(number)
        text = model.headerData(number, one.orientation()) if model else ""
        if one.orientation() is Qt.Orientation.Horizontal and text:
            yield from _short(one, one.sectionSize(number), hint.width(), str(text))


def _menus(one: QMenuBar) -> Iterator[str]:
    for action in one.actions():
        if action.isVisible() and one.actionGeometry(action).isEmpty():
            yield f"cut: {name_of(one)}: no room for {action.text()}"


def _group(one: QGroupBox) -> Iterator[str]:
    yield from _short(
        one, one.width() - 8, one.fontMetrics().horizontalAdvance(one.title()), "width"
    )


def _progress(one: QProgressBar) -> Iterator[str]:
    if one.isTextVisible() and one.maximum() > one.minimum():
        yield from _short(
            one, one.width(), one.fontMetrics().horizontalAdvance(one.text()), "width"
        )


def _view(one: QAbstractItemView) -> Iterator[str]:
    seen = one.viewport().rect()
    for index in _cells(one):
        box = one.visualRect(index)
        if not box.intersects(seen):
            continue
        need = one.sizeHintForIndex(index)
        text = str(index.data() or "")
        if not text:
            continue
        wide = box.width() if one.horizontalScrollBar().isVisible() else (box & seen).width()
        if wide + SLACK < need.width() and not _wraps(one):
            yield f"cut: {name_of(one)}: {text!r} width {wide}, needs {need.width()}"
        if box.height() + SLACK < need.height():
            yield f"cut: {name_of(one)}: {text!r} height {box.height()}, needs {need.height()}"


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
    for one in _visible(window):
        parent = one.parentWidget()
        if one is window or parent is None or _scrolled(one) or _own(one):
            continue
        if not parent.rect().adjusted(-SLACK, -SLACK, SLACK, SLACK).contains(one.geometry()):
            found.append(
                f"outside: {name_of(one)}: {one.geometry().getRect()} in {parent.size().toTuple()}"
            )
    return found


def _scrolled(one: QWidget) -> bool:
    above = one.parentWidget()
    area = above.parentWidget() if above is not None else None
    return isinstance(area, QAbstractScrollArea) and area.viewport() is above


def _own(one: QWidget) -> bool:
    """Tell what Qt itself makes and places."""
    above = one.parentWidget()
    return (
        isinstance(one, QSizeGrip | QScrollBar | QSplitterHandle | QHeaderView)
        or one.objectName().startswith("qt_")
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
            one
            for one in parent.findChildren(
                QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly
            )
            if one.isVisible() and not one.isWindow() and not _own(one)
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
        f"sideways: {name_of(one)}: {hidden} pixels are hidden at the right"
        for one in _visible(window)
        if isinstance(one, QAbstractScrollArea) and not isinstance(one, QPlainTextEdit)
        if (hidden := one.horizontalScrollBar().maximum()) > 0
    ]


# Text and its colours


def boxes_of_text(window: QWidget) -> Iterator[tuple[str, QRect]]:
    """Return each text that is alive, with its box in the window."""
    for one in _visible(window):
        if not one.isEnabled():
            continue
        if isinstance(one, QAbstractItemView):
            yield from _boxes_of_cells(one, window)
        elif text_of(one) and not _is_picture(one):
            box = QRect(one.mapTo(window, QPoint(0, 0)), one.size())
            if isinstance(one, QGroupBox):
                box.setHeight(one.fontMetrics().height() + 4)
            seen = _seen(one, box, window)
            if seen.height() == box.height():  # not half scrolled away
                yield name_of(one), seen


def _is_picture(one: QWidget) -> bool:
    return isinstance(one, QLabel) and not one.pixmap().isNull()


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


def _seen(one: QWidget, box: QRect, window: QWidget) -> QRect:
    """Cut a box to what the scroll areas above leave of it."""
    above = one.parentWidget()
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
