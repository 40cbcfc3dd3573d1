# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The readers: what is in each, which one is in use, a test of each, and what happens, live."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGroupBox,
    QHeaderView,
    QListWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from caducee.base.dates import local_time
from caducee.base.errors import CpsError, ReaderError
from caducee.base.i18n import N_
from caducee.base.i18n import gettext as _
from caducee.desktop.flow import Flow
from caducee.desktop.manager.context import Context
from caducee.desktop.manager.model.card_view import Mark
from caducee.desktop.manager.model.live import SlotContent
from caducee.desktop.manager.model.reader_texts import prompt
from caducee.desktop.manager.model.readers import (
    ReaderEvent,
    ReaderHistory,
    ReaderRow,
    checkup_lines,
    rows,
    step_text,
)
from caducee.desktop.manager.progress import ProgressPanel
from caducee.desktop.manager.widgets import NoteBox, ValueLabel, button
from caducee.desktop.manager.worker import Job, Work
from caducee.desktop.parts import announce, plain, text_label, wrapping_form
from caducee.reader.cancelling import CancellableReader, named
from caducee.reader.checkup import COMMANDS, Checkup, CheckupStep, check_reader

if TYPE_CHECKING:
    from caducee.cryptolib.presence import PresenceEvent

__all__ = ["ReadersPage"]

_COLUMNS = (N_("Reader"), N_("In use"), N_("Content"), N_("Side"), N_("Location"))


class ReadersPage(QWidget):
    """Lists the readers, lets one be chosen or tested, and shows what happens."""

    title = N_("Readers")

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._happenings = ReaderHistory()
        self._job: Job | None = None
        self._compose()
        context.readers_changed.connect(self._readers_changed)
        context.card_event.connect(self._card_event)
        context.reader_changed.connect(lambda _now: self._show())
        context.readers_failed.connect(self._show_trouble)
        self._readers_changed()
        self._show_trouble(context.trouble)

    # Building

    def _compose(self) -> None:
        layout = QVBoxLayout(self)
        self._prompt = text_label("prompt", bold=True)
        layout.addWidget(self._prompt)
        self._message = NoteBox("readers-message")
        layout.addWidget(self._message)
        layout.addWidget(self._table())
        layout.addLayout(self._buttons())
        self._progress = ProgressPanel(_("Measured commands"), self.cancel)
        layout.addWidget(self._progress)
        self._result = QGroupBox(_("Test of the reader"))
        self._result.setObjectName("result")
        self._lines = QVBoxLayout(self._result)
        self._result.hide()
        layout.addWidget(self._result)
        head = plain(_("&Events:"))
        layout.addWidget(head)
        self._events = QListWidget()
        self._events.setObjectName("events")
        self._events.setAccessibleName(_("Events"))
        self._events.setWordWrap(True)
        self._events.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._events.setMinimumHeight(6 * self.fontMetrics().height())
        head.setBuddy(self._events)
        layout.addWidget(self._events, 1)

    def _table(self) -> QTableWidget:
        self._readers = table = QTableWidget(0, len(_COLUMNS))
        table.setObjectName("readers-table")
        table.setAccessibleName(_("Readers"))
        table.setHorizontalHeaderLabels([_(column) for column in _COLUMNS])
        table.verticalHeader().hide()
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)  # Tab leaves the table; the arrows move in it
        table.setWordWrap(True)
        rows, columns = table.verticalHeader(), table.horizontalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for wide in (0, 2, 4):  # the long ones share the room, and wrap
            columns.setSectionResizeMode(wide, QHeaderView.ResizeMode.Stretch)
        columns.setMinimumSectionSize(12 * self.fontMetrics().averageCharWidth())
        table.setMinimumHeight(7 * self.fontMetrics().height())
        table.itemSelectionChanged.connect(self._set_buttons)
        return table

    def _buttons(self) -> Flow:
        row = Flow()
        self._use = button("use", _("&Use this reader"), self.use)
        self._any = button("any", _("Use the reader &with a card"), self.use_any)
        self._test = button("test", _("&Test this reader"), self.test)
        for item in (self._use, self._any, self._test):
            row.addWidget(item)
        return row

    # What a menu or a person asks

    def perform(self, action: str) -> None:
        """Do what a menu asks: ``test``, ``choose``."""
        self._readers.setFocus()
        if action == "test":
            self.test()

    @property
    def selected(self) -> str:
        """The reader whose line is marked; empty when none is."""
        row = self._readers.currentRow()
        item = self._readers.item(row, 0) if row >= 0 else None
        return str(item.data(Qt.ItemDataRole.UserRole)) if item is not None else ""

    def use(self) -> None:
        """Use the marked reader from now on."""
        if self.selected:
            self._context.choose(self.selected)
            self._context.said.emit(_("Reader in use: {reader}").format(reader=self.selected))

    def use_any(self) -> None:
        """Use whichever reader has a card."""
        self._context.choose("")

    def test(self) -> None:
        """Try the marked reader out, with the card in it."""
        name = self.selected
        now = self._context.readers.get(name)
        if now is None or self._job is not None:
            return
        if now.inside is SlotContent.EMPTY:
            error = ReaderError("reader.no_card", reader=name)
            self._message.say(Mark.NOTE, prompt(now), error.advice())
            return
        self._message.say(Mark.NONE, "")
        self._result.hide()
        self._progress.begin()
        cards = self._context.ports.cards

        def work(work: Work) -> Checkup:
            def tell(step: CheckupStep, number: int) -> None:
                work.progress(step_text(step, name), number / COMMANDS)

            found = named(cards.readers().readers(), name)
            return check_reader(CancellableReader(found, work.token), tell)

        self._job = job = self._context.worker.run(work, name)
        job.progressed.connect(self._progress.tell)
        job.done.connect(self._show_result)
        job.failed.connect(self._message.say_error)
        job.ended.connect(self._end)
        self._set_buttons()

    def cancel(self) -> None:
        """End the test; the reader can be used at once."""
        if self._job is not None:
            self._job.cancel()

    # Results of the test

    def _show_result(self, found: Checkup) -> None:
        while (item := self._lines.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        inside = QWidget()
        form = wrapping_form(inside)
        form.setContentsMargins(0, 0, 0, 0)
        lines = checkup_lines(found)
        for number, (name, value) in enumerate(lines):
            shown = ValueLabel(name, value)
            shown.setObjectName(f"result {number}")
            form.addRow(plain(_("{name}:").format(name=name)), shown)
        self._lines.addWidget(inside)
        self._result.show()
        mark = Mark.GOOD if found.same else Mark.BAD
        text = _("The reader {reader} works.") if found.same else ""
        text = text or _("Reader {reader}: another card responds after the reset.")
        self._message.say(mark, text.format(reader=found.reader))
        announce(self._message, self._message.text)

    def _end(self) -> None:
        self._job = None
        self._progress.hide()
        self._set_buttons()

    # What the readers tell

    def _readers_changed(self) -> None:
        names = [entry.name for entry in self._context.readers.all]
        if self._context.readers.known and (names or self._context.trouble is None):
            for reader in self._happenings.readers_now(names, self._context.clock.now()):
                self._tell(reader)
        self._show()

    def _card_event(self, event: "PresenceEvent") -> None:
        self._tell(self._happenings.card(event, self._context.clock.now()))

    def _tell(self, event: ReaderEvent) -> None:
        self._events.insertItem(0, f"{local_time(event.at)}  {event.text}")
        while self._events.count() > len(self._happenings.all):
            self._events.takeItem(self._events.count() - 1)
        announce(self._events, event.text)

    def _show_trouble(self, error: CpsError | None) -> None:
        if error is None:
            self._message.say(Mark.NONE, "")
        else:
            self._message.say(Mark.BAD, error.sentence(), error.advice())

    def _show(self) -> None:
        self._prompt.setText(prompt(self._context.reader))
        kept, found = self.selected, rows(self._context.readers)
        self._readers.blockSignals(True)
        self._readers.setRowCount(len(found))
        for place, item in enumerate(found):
            self._show_row(place, item)
        names = [entry.name for entry in found]
        used = next((place for place, entry in enumerate(found) if entry.in_use), 0)
        if found:
            self._readers.selectRow(names.index(kept) if kept in names else used)
        self._readers.blockSignals(False)
        self._set_buttons()

    def _show_row(self, place: int, row: ReaderRow) -> None:
        texts = (row.name, row.used, f"{row.mark} {row.inside}", row.side, row.place)
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            item.setData(Qt.ItemDataRole.UserRole, row.name)
            item.setToolTip(text)
            spoken = row.inside if column == 2 else text
            head = _(_COLUMNS[column])
            item.setData(
                Qt.ItemDataRole.AccessibleTextRole,
                _("{name}: {value}").format(name=head, value=spoken or "-"),
            )
            if row.in_use:
                font = QFont(self._readers.font())
                font.setBold(True)
                item.setFont(font)
            self._readers.setItem(place, column, item)

    def _set_buttons(self) -> None:
        name = self.selected
        current = self._context.reader
        self._use.setEnabled(bool(name) and self._context.readers.wished != name)
        self._any.setEnabled(bool(self._context.readers.wished))
        self._test.setEnabled(bool(name) and self._job is None and current is not None)
