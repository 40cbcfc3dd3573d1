# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The checks as a tree: a line each, below it what was found and what was looked at."""

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from caducee.base.i18n import gettext as _
from caducee.desktop.diagnosis.box import sign_of
from caducee.desktop.diagnosis.view import FindingView, Row, State
from caducee.desktop.icons import sign_icon

__all__ = ["CheckTree"]

_CODE = Qt.ItemDataRole.UserRole
_SIGN = Qt.ItemDataRole.UserRole + 1
_EVERY = Qt.MatchFlag.MatchContains | Qt.MatchFlag.MatchRecursive
_MARGIN = 4
_LINES = 10
"""The least height, in lines of text."""

_FIRST_COLUMN = 0.45
"""The most of the width that titles take."""

type _Index = QModelIndex | QPersistentModelIndex


class _Wrapping(QStyledItemDelegate):
    """Gives a line the height that its words need at the width of their column."""

    def __init__(self, tree: "CheckTree") -> None:
        super().__init__(tree)
        self._tree = tree

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the size of a cell."""
        size = super().sizeHint(option, index)
        text = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        width = self._tree.columnWidth(index.column()) - 2 * _MARGIN
        if index.column() == 0:
            width -= self._tree.before(index)
        metrics = QFontMetrics(option.font)
        flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft
        needed = metrics.boundingRect(0, 0, max(width, 1), 1 << 20, flags, text).height()
        return QSize(min(size.width(), width), max(size.height(), needed + 2 * _MARGIN))


class CheckTree(QTreeWidget):
    """Shows rows; by keyboard alone as every tree: arrows, plus and minus, letters."""

    chosen = Signal(int, int)
    """Row, and number of the finding in it; -1 for none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("checks")
        self.setColumnCount(2)
        self.setMinimumHeight(_LINES * self.fontMetrics().lineSpacing())
        self.setHeaderLabels([_("Check"), _("State")])
        self.setAccessibleName(_("Checks and their results"))
        self.setUniformRowHeights(False)
        self.setWordWrap(True)
        self.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAllColumnsShowFocus(True)
        header = self.header()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.sectionResized.connect(self.scheduleDelayedItemsLayout)
        self.setItemDelegate(_Wrapping(self))
        self.currentItemChanged.connect(self._tell)

    def before(self, index: _Index) -> int:
        """Return what stands before the words of a line: its steps, its icon, air."""
        steps, above = 1, index.parent()
        while above.isValid():
            steps, above = steps + 1, above.parent()
        has_icon = index.data(Qt.ItemDataRole.DecorationRole) is not None
        return steps * self.indentation() + (self._icon if has_icon else 0) + 4 * _MARGIN

    @property
    def _icon(self) -> int:
        return self.style().pixelMetric(QStyle.PixelMetric.PM_SmallIconSize)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tell a screen reader the line, not the tree alone."""
        super().focusInEvent(event)
        QTimer.singleShot(0, self, self._announce_line)  # Qt informs the tree after this event

    def _announce_line(self) -> None:
        self.currentChanged(self.currentIndex(), self.currentIndex())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width between titles and states."""
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        items = (self.topLevelItem(at) for at in range(self.topLevelItemCount()))
        texts = [item.text(0) for item in items if item is not None]
        metrics = self.fontMetrics()
        widest = max((metrics.horizontalAdvance(text) for text in texts), default=0)
        most = int(self.viewport().width() * _FIRST_COLUMN)
        before = 3 * self.indentation() + self._icon + 4 * _MARGIN  # of the deepest line
        self.setColumnWidth(0, min(widest + before + 2 * _MARGIN, most))
        self.scheduleDelayedItemsLayout()

    def show_rows(self, rows: list[Row]) -> None:
        """Show all rows anew; who stood on a line stands there still."""
        before = self._place(self.currentItem())
        self.blockSignals(True)
        self.clear()
        for row in rows:
            self.addTopLevelItem(QTreeWidgetItem())
            self._fill(self.topLevelItem(self.topLevelItemCount() - 1), row)
        self.blockSignals(False)
        self._share()
        self.stand_on(*(before or (0, -1)))

    def show_row(self, number: int, row: Row) -> None:
        """Show one row anew."""
        item = self.topLevelItem(number)
        if item is not None:
            self._fill(item, row)

    def stand_on(self, row: int, number: int = -1) -> None:
        """Go to a row, or to a finding in it."""
        item = self.topLevelItem(row)
        if item is None:
            return
        inner = item.child(number) if number >= 0 else None
        if inner is not None:
            item.setExpanded(True)
            inner.setExpanded(True)
        self.setCurrentItem(inner or item)
        self.scrollToItem(inner or item)

    def _fill(self, item: QTreeWidgetItem | None, row: Row) -> None:
        assert item is not None  # noqa: S101 (made above)
        item.takeChildren()
        item.setText(0, row.title)
        item.setText(1, row.word)
        self._give_sign(item, row.state)
        item.setData(0, Qt.ItemDataRole.AccessibleTextRole, row.spoken)
        for finding in row.findings:
            item.addChild(self._finding(finding))
        for label, value in row.observations:
            item.addChild(QTreeWidgetItem([label, value]))
        if row.state in (State.FAILED, State.WARNED, State.UNCHECKED):
            item.setExpanded(True)

    def _finding(self, view: FindingView) -> QTreeWidgetItem:
        made = QTreeWidgetItem([view.word, view.cause])
        self._give_sign(made, view.severity)
        made.setData(0, Qt.ItemDataRole.AccessibleTextRole, view.line)
        made.setData(0, _CODE, view.code)
        for label, text in view.rest:
            made.addChild(QTreeWidgetItem([label, text]))
        return made

    def _give_sign(self, item: QTreeWidgetItem, kind: str) -> None:
        item.setData(0, _SIGN, sign_of(kind))
        self._draw(item)

    def _draw(self, item: QTreeWidgetItem) -> None:
        name = item.data(0, _SIGN)
        item.setIcon(0, sign_icon(name, self._icon, self.palette(), self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        """Draw the signs anew in other colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for item in self.findItems("", _EVERY):
                if item.data(0, _SIGN):
                    self._draw(item)

    def _place(self, item: QTreeWidgetItem | None) -> tuple[int, int] | None:
        """Return the row of a line, and the finding that it belongs to."""
        number = -1
        while item is not None:
            above = item.parent()
            if item.data(0, _CODE) and above is not None:
                number = above.indexOfChild(item)
            if above is None:
                return self.indexOfTopLevelItem(item), number
            item = above
        return None

    def _tell(self, item: QTreeWidgetItem | None) -> None:
        place = self._place(item)
        if place is not None:
            self.chosen.emit(*place)
