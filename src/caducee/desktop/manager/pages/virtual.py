# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Virtual cards of a sandbox: make, insert, take out, delete, give faults and take them away."""

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from caducee.base.errors import CpsError
from caducee.base.i18n import N_
from caducee.base.i18n import gettext as _
from caducee.desktop.flow import Flow
from caducee.desktop.manager.context import Context
from caducee.desktop.manager.model.card_view import Mark
from caducee.desktop.manager.model.virtual import (
    FAULTS_NOT_TAKEN_BACK,
    CardFault,
    CardKind,
    InsertionMethod,
    IssuedTestCard,
    VirtualCard,
    VirtualCards,
    applied_text,
    card_line,
    faces_text,
    fits,
    kind_line,
    made_text,
    way_text,
)
from caducee.desktop.manager.progress import ProgressPanel
from caducee.desktop.manager.widgets import NoteBox, button
from caducee.desktop.manager.worker import Job, Work
from caducee.desktop.parts import announce, name_of, text_label, wrapping_form

__all__ = ["VirtualPage"]

_LANE: Final = "virtual cards"
_DATA: Final = Qt.ItemDataRole.UserRole
_LIMITS: Final = {"after": (1, 1_000_000, 3), "delay": (0, 600_000, 500)}
_OPTIONS: Final = {
    "after": N_("After this number of &commands"),
    "delay": N_("&Milliseconds before each answer"),
}


class VirtualPage(QWidget):
    """A developer tries a program without hardware. Without a sandbox, one sentence."""

    title = N_("Virtual cards")

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._cards: tuple[VirtualCard, ...] = ()
        self._all_kinds: tuple[CardKind, ...] = ()
        self._job: Job | None = None
        self.sure: Callable[[str], bool] = self._sure
        """Asks before something that nothing takes back: tests answer instead."""

        layout = QVBoxLayout(self)
        self._message = NoteBox("virtual-message")
        layout.addWidget(self._message)
        self._port: VirtualCards | None = context.ports.virtual
        if self._port is None:
            self._message.say(
                Mark.NOTE,
                _("No sandbox is configured: virtual cards are not available."),
                _("Start the card manager with --sandbox FOLDER, or set CADUCEE_SANDBOX."),
            )
        else:
            self._compose(layout, self._port)
            self._begin(_facts_of(self._port), self._fill)
        layout.addStretch()

    # Building

    def _compose(self, layout: QVBoxLayout, port: VirtualCards) -> None:
        place = text_label("place")
        place.setText(_("Sandbox: {folder}").format(folder=port.place))
        layout.addWidget(place)
        self._progress = ProgressPanel(_("Virtual card operation in progress"), self.cancel)
        layout.addWidget(self._progress)
        layout.addWidget(self._making())
        layout.addWidget(self._having())
        layout.addWidget(self._faulty())

    def _making(self) -> QGroupBox:
        box = QGroupBox(_("Create a card"))
        box.setObjectName("making")
        inner = QVBoxLayout(box)
        form = wrapping_form()
        self._words = QLineEdit()
        self._words.setObjectName("words")
        self._words.setClearButtonEnabled(True)
        self._words.textChanged.connect(self._show_kinds)
        form.addRow(name_of(self._words, _("&Words to search for")), self._words)
        inner.addLayout(form)
        self._kinds = _list("kinds", _("Predefined profiles"), self, 6)
        self._kinds.currentItemChanged.connect(lambda *_: self._set_buttons())
        inner.addWidget(self._kinds)
        row = Flow()
        self._make = button("make", _("Creat&e"), self.make)
        row.addWidget(self._make)
        inner.addLayout(row)
        return box

    def _having(self) -> QGroupBox:
        box = QGroupBox(_("Cards of the sandbox"))
        box.setObjectName("having")
        inner = QVBoxLayout(box)
        self._list = _list("cards", _("Cards of the sandbox"), self, 6)
        self._list.currentItemChanged.connect(lambda *_: self._card_chosen())
        inner.addWidget(self._list)
        form = wrapping_form()
        self._way, self._faces = QComboBox(), QComboBox()
        self._way.setObjectName("way")
        self._faces.setObjectName("faces")
        form.addRow(name_of(self._way, _("Destinatio&n")), self._way)
        form.addRow(name_of(self._faces, _("Si&de")), self._faces)
        inner.addLayout(form)
        row = Flow()
        self._insert = button("insert", _("&Insert"), self.insert)
        self._remove = button("remove", _("E&ject"), self.remove)
        self._delete = button("delete", _("De&lete…"), self.delete)
        self._again = button("again", _("Refres&h"), self.look)
        for item in (self._insert, self._remove, self._delete, self._again):
            row.addWidget(item)
        inner.addLayout(row)
        return box

    def _faulty(self) -> QGroupBox:
        box = QGroupBox(_("Faults of the card"))
        box.setObjectName("faulty")
        inner = QVBoxLayout(box)
        form = wrapping_form()
        self._fault = QComboBox()
        self._fault.setObjectName("fault")
        self._fault.currentIndexChanged.connect(lambda _row: self._fault_chosen())
        form.addRow(name_of(self._fault, _("&Fault")), self._fault)
        self._numbers: dict[str, QSpinBox] = {}
        self._labels: dict[str, QLabel] = {}
        for name, (least, most, usual) in _LIMITS.items():
            spin = QSpinBox()
            spin.setObjectName(name)
            spin.setRange(least, most)
            spin.setValue(usual)
            head = name_of(spin, _(_OPTIONS[name]))
            self._numbers[name], self._labels[name] = spin, head
            form.addRow(head, spin)
        inner.addLayout(form)
        self._does = text_label("does")
        inner.addWidget(self._does)
        row = Flow()
        self._apply = button("apply", _("&Apply the fault"), self.apply)
        self._clear = button("clear", _("Clear all fa&ults"), self.clear)
        row.addWidget(self._apply)
        row.addWidget(self._clear)
        inner.addLayout(row)
        return box

    # What a person asks

    def perform(self, action: str) -> None:
        """Do what a menu asks: ``look``."""
        if self._port is not None:
            self.look()

    @property
    def card(self) -> VirtualCard | None:
        """The card that is marked."""
        item = self._list.currentItem()
        number = item.data(_DATA) if item is not None else None
        return next((entry for entry in self._cards if entry.number == number), None)

    def make(self) -> None:
        """Make a card of the marked profile."""
        item = self._kinds.currentItem()
        if item is None or self._port is None:
            return
        port, name = self._port, item.data(_DATA).name
        self._begin(lambda work: port.make(name, work.progress), self._made)

    def insert(self) -> None:
        """Put the marked card into a reader."""
        card, port = self.card, self._port
        if card is None or port is None:
            return
        faces, way = tuple(self._faces.currentData()), InsertionMethod(self._way.currentData())

        def work(work: Work) -> tuple[str, ...]:
            return port.insert(card.number, faces, way, work.progress)

        self._begin(work, self._inserted)

    def remove(self) -> None:
        """Take the marked card out of every reader."""
        self._with_card(lambda port, card: port.remove(card.number), _("Card {number} ejected."))

    def delete(self) -> None:
        """Remove the file of the marked card, after asking."""
        if self.card is None:
            return
        text = _("Permanently delete card {number}? Its keys exist only in this file.")
        if self.sure(text.format(number=self.card.number)):
            self._with_card(
                lambda port, card: port.delete(card.number), _("Card {number} deleted.")
            )

    def apply(self) -> None:
        """Give the marked card the chosen fault, after asking where nothing takes it back."""
        fault = self._chosen_fault()
        if fault is None or self.card is None:
            return
        text = _("Revoke card {number}? This cannot be undone.")
        if fault.name in FAULTS_NOT_TAKEN_BACK and not self.sure(
            text.format(number=self.card.number)
        ):
            return
        options = {name: self._numbers[name].value() for name in fault.options}
        self._with_card(
            lambda port, card: port.apply(card.number, fault.name, options),
            applied_text(self.card, fault.name),
        )

    def clear(self) -> None:
        """Take every fault of the marked card away."""
        self._with_card(
            lambda port, card: port.clear(card.number),
            _("All faults of card {number} cleared."),
        )

    def look(self) -> None:
        """Read the list of cards again."""
        if self._port is not None:
            port = self._port
            self._begin(lambda _work: port.cards(), self._show_cards)

    def _with_card(self, act: Callable[[VirtualCards, VirtualCard], None], done: str) -> None:
        card, port = self.card, self._port
        if card is None or port is None:
            return
        text = done.format(number=card.number)

        def finish(_result: object) -> None:
            self._say(text)
            self.look()

        self._begin(lambda _work: act(port, card), finish)

    def _sure(self, text: str) -> bool:
        kind = QMessageBox.StandardButton
        asked = QMessageBox.question(self, _(self.title), text, kind.Yes | kind.Cancel, kind.Cancel)
        return asked == kind.Yes

    # Work and its results

    def _begin(self, work: Callable[[Work], object], done: Callable[..., None]) -> None:
        self._progress.begin()
        self._job = job = self._context.worker.run(work, _LANE)
        job.progressed.connect(self._progress.tell)
        job.done.connect(done)
        job.failed.connect(self._fail)
        job.ended.connect(partial(self._ended, job))

    def cancel(self) -> None:
        """End what is done, between two steps of it."""
        if self._job is not None:
            self._job.cancel()
            self._progress.say(_("The test stops after this step."))

    def _fail(self, error: CpsError) -> None:
        if error.code == "reader.cancelled":
            self._say(error.sentence())
        else:
            self._message.say_error(error)

    def _ended(self, job: Job) -> None:
        if job is self._job:
            self._job = None
            self._progress.hide()

    def _fill(self, found: "_Facts") -> None:
        kinds, faults, ways, cards = found
        self._all_kinds = kinds
        for way in ways:
            self._way.addItem(way_text(way), way.value)
        for fault in faults:
            self._fault.addItem(fault.name, fault)  # what it does stands below
            row = self._fault.count() - 1
            self._fault.setItemData(row, fault.does, Qt.ItemDataRole.ToolTipRole)
        for combo in (self._way, self._fault, self._faces):
            policy = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            combo.setSizeAdjustPolicy(policy)
            combo.setMinimumContentsLength(16)
            combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._show_kinds()
        self._show_cards(cards)

    def _show_kinds(self) -> None:
        words = self._words.text()
        self._kinds.clear()
        for kind in self._all_kinds:
            if fits(kind, words):
                item = QListWidgetItem(kind_line(kind))
                item.setData(_DATA, kind)
                self._kinds.addItem(item)
        if self._kinds.count():
            self._kinds.setCurrentRow(0)
        self._set_buttons()

    def _show_cards(self, cards: tuple[VirtualCard, ...]) -> None:
        kept = self.card.number if self.card is not None else ""
        self._cards = cards
        self._list.blockSignals(True)
        self._list.clear()
        for card in cards:
            item = QListWidgetItem(card_line(card))
            item.setData(_DATA, card.number)
            self._list.addItem(item)
        numbers = [entry.number for entry in cards]
        if cards:
            self._list.setCurrentRow(numbers.index(kept) if kept in numbers else 0)
        self._list.blockSignals(False)
        self._card_chosen()

    def _made(self, made: IssuedTestCard) -> None:
        self._cards = (*self._cards, made.card)
        self._show_cards(tuple(sorted(self._cards, key=lambda card: card.number)))
        for row, item in enumerate(self._cards):
            if item.number == made.card.number:
                self._list.setCurrentRow(row)
        self._say(made_text(made))

    def _inserted(self, readers: tuple[str, ...]) -> None:
        self._say(_("The card is in the reader {reader}.").format(reader=", ".join(readers)))
        self.look()

    def _say(self, text: str) -> None:
        self._message.say(Mark.NOTE, text)
        announce(self._message, text)

    # What is chosen

    def _card_chosen(self) -> None:
        card, before = self.card, self._faces.currentIndex()
        self._faces.clear()
        if card is not None:
            for face in card.faces:
                self._faces.addItem(faces_text((face,)), (face,))
            if len(card.faces) > 1:
                self._faces.addItem(faces_text(card.faces), card.faces)
            self._faces.setCurrentIndex(before if 0 <= before < self._faces.count() else 0)
        self._set_buttons()

    def _chosen_fault(self) -> CardFault | None:
        found = self._fault.currentData()
        return found if isinstance(found, CardFault) else None

    def _fault_chosen(self) -> None:
        fault = self._chosen_fault()
        for name, spin in self._numbers.items():
            wanted = fault is not None and name in fault.options
            spin.setVisible(wanted)
            self._labels[name].setVisible(wanted)
        self._does.setText(fault.does if fault is not None else "")
        self._set_buttons()

    def _set_buttons(self) -> None:
        card = self.card
        self._make.setEnabled(self._kinds.currentItem() is not None)
        self._insert.setEnabled(card is not None and bool(card.faces) and not card.readers)
        self._remove.setEnabled(card is not None and bool(card.readers))
        self._delete.setEnabled(card is not None)
        self._apply.setEnabled(card is not None and self._chosen_fault() is not None)
        self._clear.setEnabled(card is not None and bool(card.faults or card.tries))


type _Facts = tuple[
    tuple[CardKind, ...],
    tuple[CardFault, ...],
    tuple[InsertionMethod, ...],
    tuple[VirtualCard, ...],
]


def _facts_of(port: VirtualCards) -> Callable[[Work], _Facts]:
    def work(_work: Work) -> _Facts:
        return port.kinds(), port.faults(), port.ways(), port.cards()

    return work


def _list(name: str, spoken: str, page: QWidget, lines: int) -> QListWidget:
    made = QListWidget()
    made.setObjectName(name)
    made.setAccessibleName(spoken)
    made.setWordWrap(True)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setMinimumHeight(lines * page.fontMetrics().height())
    return made
