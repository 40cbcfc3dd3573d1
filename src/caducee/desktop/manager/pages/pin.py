# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The codes of the card: try, change, unblock; for the card that is shown and for no other."""

import itertools
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QGroupBox,
    QMessageBox,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from caducee.base.errors import CpsError, PinBlockedError, WrongPinError
from caducee.base.i18n import N_, language
from caducee.base.i18n import gettext as _
from caducee.cryptolib.pin_tasks import (
    PinStatus,
    PinTask,
    perform,
    perform_at_reader,
    read_pin_status,
)
from caducee.desktop.flow import Flow
from caducee.desktop.manager.context import Context
from caducee.desktop.manager.model.card_view import Mark
from caducee.desktop.manager.model.live import ReaderSnapshot
from caducee.desktop.manager.model.pin_page import TITLES, PinPageView, failure_text, outcome
from caducee.desktop.manager.model.reader_texts import prompt, reader_line
from caducee.desktop.manager.pages.pin_form import PinForm
from caducee.desktop.manager.widgets import NoteBox, button
from caducee.desktop.manager.worker import Job, Work
from caducee.desktop.parts import announce, busy_bar, text_label

if TYPE_CHECKING:
    from caducee.cryptolib import CpsCard
    from caducee.middleware.pin_entry import EnteredPins

__all__ = ["PinPage"]

type _Key = tuple[str, int]
"""A reader, and how often a card came or went there: one stay of one card."""


class PinPage(QWidget):
    """Asks for codes and sends them to the card that it names."""

    title = N_("PIN and PUK")

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._key: _Key | None = None
        self._standing: PinStatus | None = None
        self._task = PinTask.ENTER
        self._job: Job | None = None
        self._question: QMessageBox | None = None
        self._compose()
        context.reader_changed.connect(self._reader_changed)
        self._absent(None)
        self._reader_changed(context.reader)

    # Building

    def _compose(self) -> None:
        layout = QVBoxLayout(self)
        self._card = text_label("card", bold=True)
        self._status = NoteBox("status")
        layout.addWidget(self._card)
        layout.addWidget(self._status)
        layout.addWidget(self._choices())
        self._rules = text_label("rules")
        layout.addWidget(self._rules)
        self._form = PinForm(self._context)
        self._form.finished.connect(self._enter)
        self._form.typed.connect(lambda: self._say(""))
        layout.addWidget(self._form)
        self._pad = text_label("pinpad", bold=True)
        layout.addWidget(self._pad)
        self._here = QCheckBox(_("Enter the PIN on this computer, &without the PIN pad"))
        self._here.setObjectName("here")
        self._here.toggled.connect(lambda _on: self._show())
        layout.addWidget(self._here)
        layout.addLayout(self._buttons())
        self._busy = busy_bar(_("Verifying the PIN"))
        layout.addWidget(self._busy)
        self._outcome = text_label("outcome", bold=True)
        self._outcome.hide()
        layout.addWidget(self._outcome)
        layout.addStretch()

    def _choices(self) -> QGroupBox:
        self._group = QGroupBox(_("What to do"))
        self._group.setObjectName("tasks")
        column = QVBoxLayout(self._group)
        self._radios: dict[PinTask, QRadioButton] = {}
        for task, title in TITLES.items():
            radio = QRadioButton(_(title))
            radio.setObjectName(task.value)
            radio.toggled.connect(partial(self._toggled, task))
            column.addWidget(radio)
            self._radios[task] = radio
        return self._group

    def _buttons(self) -> Flow:
        row = Flow()
        self._send = button("send", _("Send &to the card"), self._enter)
        self._cancel = button("cancel", _("Cance&l"), self._give_up)
        for item in (self._send, self._cancel):
            row.addWidget(item)
        return row

    # Which card, which task

    def perform(self, action: str) -> None:
        """Begin what a menu asks: ``enter``, ``change`` or ``unblock``."""
        self._choose(PinTask(action))
        self._form.begin()

    def _toggled(self, task: PinTask, on: bool) -> None:
        if on and task is not self._task:
            self._say("")
            self._choose(task)

    def _choose(self, task: PinTask) -> None:
        self._task = task
        self._show()

    def _reader_changed(self, now: ReaderSnapshot | None) -> None:
        key = (now.name, now.changes) if now is not None and now.card is not None else None
        if key is not None and key == self._key:
            return
        if self._form.dirty or self._question is not None:
            self._say(_("Card removed: the entries were erased and nothing was sent."))
        self._forget()
        self._key, self._standing = key, None
        if key is None:
            self._absent(now)
        else:
            self._look()

    def _look(self) -> None:
        assert self._key is not None  # noqa: S101 (a card is there)
        key = self._key
        job = self._context.with_card(_look, key[0])
        job.done.connect(partial(self._looked, key))
        job.failed.connect(partial(self._not_looked, key))

    def _looked(self, key: _Key, found: PinStatus) -> None:
        if key == self._key:
            self._standing = found
            self._show()

    def _not_looked(self, key: _Key, error: CpsError) -> None:
        if key == self._key:
            self._absent(self._context.reader, error)

    def _absent(self, now: ReaderSnapshot | None, error: CpsError | None = None) -> None:
        """Say why no code can be entered."""
        error = error or (now.error if now is not None else None)
        self._card.setText(reader_line(now, self._context.settings.show_card_type))
        if error is not None:
            self._warn(Mark.BAD, error.sentence(), error.advice())
        else:
            self._warn(Mark.NOTE, prompt(now))
        for widget in (self._group, self._rules, self._form, self._pad, self._here):
            widget.hide()
        self._send.hide()
        self._cancel.hide()

    # What is shown

    @property
    def _view(self) -> PinPageView | None:
        if self._standing is None:
            return None
        return PinPageView(self._standing, self._task, self._here.isChecked())

    def _show(self) -> None:
        view = self._view
        if view is None:
            return
        self._card.setText(view.card)
        self._warn(*view.status)
        able = view.standing.tasks
        self._group.setVisible(bool(able))
        for task, radio in self._radios.items():
            radio.setEnabled(task in able)
            if task is view.chosen:
                self._task = task
                radio.setChecked(True)
            # Tab stops at the choice that is made, arrow keys go on from there.
            stop = Qt.FocusPolicy.StrongFocus if radio.isChecked() else Qt.FocusPolicy.ClickFocus
            radio.setFocusPolicy(stop)
        self._rules.setText("\n".join(f"• {rule}" for rule in view.rules))
        self._rules.setVisible(bool(view.rules))
        self._form.show_view(view)
        self._form.setVisible(bool(view.fields))
        self._pad.setText(view.pad_prompt)
        self._pad.setVisible(view.at_reader)
        self._here.setVisible(view.has_pinpad)
        self._send.setText(_("S&tart on the PIN pad") if view.at_reader else _("Send &to the card"))
        for item in (self._send, self._cancel):
            item.setVisible(view.chosen is not None)
        stops = [*self._radios.values(), *self._form.stops, self._here, self._send, self._cancel]
        for before, after in itertools.pairwise(stops):
            self.setTabOrder(before, after)

    def _warn(self, mark: Mark, sentence: str, advice: str = "") -> None:
        if sentence != self._status.text:
            announce(self._status, f"{sentence} {advice}".strip())
        self._status.say(mark, sentence, advice)

    def _say(self, text: str) -> None:
        self._outcome.setText(text)
        self._outcome.setVisible(bool(text))
        announce(self._outcome, text)

    # Sending

    def _enter(self) -> None:
        view = self._view
        if view is None or self._job is not None or self._question is not None:
            return
        self._say("")
        if not self._form.check():
            return
        if view.confirmation:
            self._ask(view.confirmation)
        else:
            self._go()

    def _ask(self, text: str) -> None:
        """Ask whether the last try shall be used; doing nothing is the way that Return goes."""
        box = QMessageBox(QMessageBox.Icon.Warning, _("The last try"), text, parent=self)
        box.setObjectName("last-try")
        box.setTextFormat(Qt.TextFormat.PlainText)
        use = box.addButton(_("&Use the last try"), QMessageBox.ButtonRole.AcceptRole)
        leave = box.addButton(_("Cance&l"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(leave)
        box.setEscapeButton(leave)
        self._question = box

        def answered() -> None:
            if self._question is box:
                self._question = None
                self._go() if box.clickedButton() is use else self._give_up()
            box.deleteLater()

        box.finished.connect(answered)
        box.open()

    def _go(self) -> None:
        standing, key, view = self._standing, self._key, self._view
        if standing is None or key is None or view is None or view.chosen is None:
            return
        task, codes = view.chosen, self._form.take()
        operation = _operation(standing, task, codes)
        if view.at_reader:
            self._say(view.pad_prompt)
            operation = _at_reader(standing, task)
        self._job = job = self._context.with_card(operation, key[0])
        job.done.connect(partial(self._done, key, task))
        job.failed.connect(partial(self._failed, key))
        job.ended.connect(lambda: codes.wipe())  # noqa: PLW0108 (slots are held weakly)
        job.ended.connect(self._ended)
        self._work(True)

    def _done(self, key: _Key, task: PinTask, found: PinStatus) -> None:
        self._say(outcome(task))
        self._context.note(outcome(task), key[0])
        self._looked(key, found)

    def _failed(self, key: _Key, error: CpsError) -> None:
        if not isinstance(error, WrongPinError | PinBlockedError) or key != self._key:
            self._say(failure_text(error))
        else:
            self._say(error.sentence())
        if key == self._key:
            self._look()

    def _ended(self) -> None:
        self._job = None
        self._work(False)
        self._form.begin()

    def _work(self, busy: bool) -> None:
        self._busy.setVisible(busy)
        self._send.setEnabled(not busy)
        self._group.setEnabled(not busy)
        self._here.setEnabled(not busy)
        self._form.lock(busy)

    def _give_up(self) -> None:
        """Forget what was entered; end what the card does, between two commands."""
        if self._job is not None:
            self._job.cancel()
            view = self._view
            if view is not None and view.at_reader:
                self._say(_("Press the cancel key of the PIN pad."))
        self._forget()

    def _forget(self) -> None:
        self._form.wipe()
        question, self._question = self._question, None
        if question is not None:
            question.reject()


def _look(card: "CpsCard", work: Work) -> PinStatus:
    work.progress(_("Reading the PIN status"))
    return read_pin_status(card)


def _operation(
    seen: PinStatus, task: PinTask, codes: "EnteredPins"
) -> "Callable[[CpsCard, Work], PinStatus]":
    """Return what does a task with codes, and wipes them, on the card that is open then."""

    def operation(card: "CpsCard", work: Work) -> PinStatus:
        try:
            work.progress(_("Verifying the PIN"))
            return perform(card, seen, task, codes)
        finally:
            codes.wipe()

    return operation


def _at_reader(seen: PinStatus, task: PinTask) -> "Callable[[CpsCard, Work], PinStatus]":
    """Return what lets the holder enter the codes of a task at the reader."""

    def operation(card: "CpsCard", work: Work) -> PinStatus:
        work.progress(_("Waiting for PIN entry on the PIN pad"))
        return perform_at_reader(card, seen, task, language())

    return operation
