# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The test services: random numbers, both keys, a login end to end; results to keep."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFormLayout,
    QGroupBox,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from caducee.base.errors import CpsError
from caducee.base.files import write_atomic
from caducee.base.i18n import N_, language
from caducee.base.i18n import gettext as _
from caducee.base.secret import Secret
from caducee.cryptolib.pin_tasks import PinStatus, PinTask, read_pin_status
from caducee.cryptolib.portal import PortalAddress
from caducee.desktop.flow import Flow
from caducee.desktop.manager.context import Context
from caducee.desktop.manager.file_formats import AskPath, FileFormat, ask_path
from caducee.desktop.manager.model.card_view import Mark
from caducee.desktop.manager.model.live import ReaderSnapshot
from caducee.desktop.manager.model.pin_page import PinPageView
from caducee.desktop.manager.model.reader_texts import prompt, reader_line
from caducee.desktop.manager.model.services import (
    as_json,
    needs_pin,
    pin_request,
    place_of,
    section,
    share,
    summary,
)
from caducee.desktop.manager.pin_window import pin_window
from caducee.desktop.manager.progress import ProgressPanel
from caducee.desktop.manager.widgets import NoteBox, SectionBox, button
from caducee.desktop.manager.worker import Job, Work
from caducee.desktop.parts import announce, name_of, text_label, wrapping_form
from caducee.desktop.pin_dialog import PinDialog
from caducee.desktop.pin_view import PinView
from caducee.diagnosis.trial.model import TITLES, StepReport, TrialReport
from caducee.diagnosis.trial.run import TrialPlan, run_trial
from caducee.middleware.pin_entry import PinQuestion

if TYPE_CHECKING:
    from caducee.base.clock import Clock
    from caducee.cryptolib import CpsCard

__all__ = ["ServicesPage"]

_FORMS = (
    FileFormat("json", N_("Results for programs, JSON"), ".json"),
    FileFormat("text", N_("Results, plain text"), ".txt"),
)
_WAYS = {"certificate": N_("by TLS certificat&e"), "token": N_("by toke&n")}


class ServicesPage(QWidget):
    """Tries what the card and a portal do together; shows each step as it ends."""

    title = N_("Test services")

    _stepped = Signal(int, object)
    """From the thread of the card: number of the run, and a step that ended."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._job: Job | None = None
        self._question: PinDialog | None = None
        self._stay: object = None
        """Which stay of which card the question is for."""

        self._run = 0
        self._steps: list[StepReport] = []
        self._report: TrialReport | None = None
        self._box: SectionBox | None = None
        self.ask_path: AskPath = ask_path
        """Asks the user where a file goes: tests answer instead."""

        self._compose()
        self._stepped.connect(self._step, Qt.ConnectionType.QueuedConnection)
        context.reader_changed.connect(self._reader_changed)
        self._reader_changed(context.reader)
        self.find_portal()

    # Building

    def _compose(self) -> None:
        layout = QVBoxLayout(self)
        self._headline = text_label("headline", bold=True)
        layout.addWidget(self._headline)
        layout.addWidget(self._portal())
        layout.addLayout(self._buttons())
        self._progress = ProgressPanel(_("Progress of the tests"), self.cancel)
        layout.addWidget(self._progress)
        self._message = NoteBox("services-message")
        layout.addWidget(self._message)
        self._results = QVBoxLayout()
        layout.addLayout(self._results)
        layout.addStretch()

    def _portal(self) -> QGroupBox:
        self._login = QGroupBox(_("Lo&g in to a portal"))
        self._login.setObjectName("login")
        self._login.setCheckable(True)
        form = wrapping_form(self._login)
        self._address = self._field(form, "address", _("&Address"))
        self._address.setPlaceholderText("https://localhost:4433")
        self._root = self._field(form, "root", _("Issuer certificate (&PEM)"))
        self._root.setPlaceholderText(_("empty: certificates trusted by this computer"))
        buttons = Flow()
        buttons.addWidget(button("find", _("San&dbox portal"), self.find_portal))
        buttons.addWidget(button("choose-root", _("C&hoose a file…"), self.choose_root))
        form.addRow(buttons)
        self._ways: dict[str, QCheckBox] = {}
        row = Flow()
        for way, text in _WAYS.items():
            box = QCheckBox(_(text))
            box.setObjectName(f"way-{way}")
            box.setChecked(True)
            self._ways[way] = box
            row.addWidget(box)
        form.addRow(row)
        return self._login

    @staticmethod
    def _field(form: QFormLayout, name: str, text: str) -> QLineEdit:
        edit = QLineEdit()
        edit.setObjectName(name)
        form.addRow(name_of(edit, text), edit)
        return edit

    def _buttons(self) -> Flow:
        row = Flow()
        self._with = button("with-pin", _("&Test with PIN…"), self.test)
        self._without = button("without-pin", _("Test witho&ut PIN"), self.test_without)
        self._copy = button("copy", _("Cop&y results"), self.copy)
        self._save = button("save", _("Save to f&ile…"), self.save)
        for item in (self._with, self._without, self._copy, self._save):
            row.addWidget(item)
        return row

    # What a menu or a person asks

    def perform(self, action: str) -> None:
        """Do what a menu asks: ``test``."""
        if action == "test":
            self.test()

    def find_portal(self) -> None:
        """Fill in where the portal of the sandbox runs, when it does."""
        ask = self._context.ports.portal
        if ask is None:
            return
        job = self._context.worker.run(lambda _work: ask(), "portal")
        job.done.connect(self._found)

    def _found(self, place: PortalAddress | None) -> None:
        if place is None:
            return
        self._address.setText(place.address)
        self._root.setText(str(place.root) if place.root is not None else "")

    def choose_root(self) -> None:
        """Ask for the file with the certificate of the portal's issuer."""
        path, _kind = QFileDialog.getOpenFileName(
            self, _("Issuer certificate"), "", _("Certificates (*.pem *.crt)")
        )
        if path:
            self._root.setText(path)

    def test(self) -> None:
        """Ask for the code, then try everything."""
        if self._job is not None or self._question is not None:
            return
        if not self._present:
            self._message.say(Mark.NOTE, prompt(self._context.reader))
            return
        self._begin(_look)
        assert self._job is not None  # noqa: S101 (begun)
        self._job.done.connect(self._ask)

    def test_without(self) -> None:
        """Try what needs no code."""
        if self._job is None and self._question is None:
            if self._present:
                self._go(None, None)
            else:
                self._message.say(Mark.NOTE, prompt(self._context.reader))

    @property
    def _present(self) -> bool:
        now = self._context.reader
        return now is not None and now.card is not None

    def _ask(self, standing: PinStatus) -> None:
        if not needs_pin(standing):
            self._go(standing, None)
            return
        if PinTask.ENTER in standing.at_reader:
            self._go(standing, None, at_reader=True)
            self._message.say(Mark.NOTE, PinPageView(standing, PinTask.ENTER).pad_prompt)
            return
        reader = self._context.reader
        request = pin_request(standing, reader.name if reader is not None else "")
        view = PinView(PinQuestion(request, language=language()))
        self._question = dialog = pin_window(view, self._context.settings, self)
        dialog.entered.connect(lambda code, _new: self._entered(standing, code))
        dialog.declined.connect(lambda _why: self._withdraw())
        dialog.open()

    def _entered(self, standing: PinStatus, code: str) -> None:
        self._withdraw()
        self._go(standing, Secret.of(code))

    def _withdraw(self) -> None:
        dialog, self._question = self._question, None
        if dialog is not None:
            dialog.finish()
            dialog.deleteLater()

    # The run

    def _go(
        self, standing: PinStatus | None, code: Secret | None, *, at_reader: bool = False
    ) -> None:
        reader = self._context.reader
        wanted = self._login.isChecked()
        plan = TrialPlan(
            pin=code,
            portal=place_of(self._address.text(), self._root.text()) if wanted else None,
            methods=tuple(way for way, box in self._ways.items() if box.isChecked()),
            card=standing.card if standing is not None else None,
            reader=reader.name if reader is not None else "",
            at_reader=at_reader,
        )
        self._run += 1
        self._steps, self._report = [], None
        self._show_steps()
        on_step = partial(self._stepped.emit, self._run)
        self._begin(_trial(plan, self._context.clock, on_step))
        assert self._job is not None  # noqa: S101 (begun)
        self._job.done.connect(self._done)
        if code is not None:  # also when the run is cancelled before it begins
            self._job.ended.connect(lambda: code.wipe())  # noqa: PLW0108 (slots are held weakly)

    def _begin(self, operation: "Callable[[CpsCard, Work], object]") -> None:
        self._message.say(Mark.NONE, "")
        self._progress.begin()
        self._job = job = self._context.with_card(operation)
        job.progressed.connect(self._progress.tell)
        job.failed.connect(self._failed)
        job.ended.connect(partial(self._ended, job))
        self._set_buttons()

    def cancel(self) -> None:
        """End the run between two steps; the card forgets the code and can be used at once."""
        if self._job is not None:
            self._job.cancel()
            self._progress.say(_("The test stops after this step."))

    def _step(self, run: int, step: StepReport) -> None:
        if run == self._run:
            self._steps.append(step)
            self._show_steps()

    def _done(self, report: TrialReport) -> None:
        self._report = report
        self._steps = list(report.steps)
        self._show_steps()
        mark, text = summary(report)
        self._message.say(mark, text)
        self._context.note(_("Test services: {verdict}").format(verdict=text), report.reader)
        announce(self._message, text)

    def _failed(self, error: CpsError) -> None:
        cancelled = error.code == "reader.cancelled"
        self._message.say(Mark.NOTE if cancelled else Mark.BAD, error.sentence(), error.advice())
        announce(self._message, error.sentence())

    def _ended(self, job: Job) -> None:
        if self._job is job:
            self._job = None
            self._progress.hide()
            self._set_buttons()

    # What is shown

    def _set_buttons(self) -> None:
        idle = self._job is None
        for item in (self._with, self._without):
            item.setEnabled(idle and self._present)
        for item in (self._copy, self._save):
            item.setEnabled(idle and self._report is not None)

    def _reader_changed(self, now: ReaderSnapshot | None) -> None:
        stay = (now.name, now.changes) if now is not None else None
        if stay != self._stay and self._question is not None:
            self._withdraw()
            self._message.say(Mark.NOTE, _("Card removed: no test was run."))
        self._stay = stay
        self._headline.setText(reader_line(now, self._context.settings.show_card_type))
        self._set_buttons()

    def _show_steps(self) -> None:
        before, self._box = self._box, None
        if self._steps:
            self._box = SectionBox(section(self._steps), stacked=True)
            self._results.addWidget(self._box)
        if before is not None:
            self._results.removeWidget(before)
            before.hide()
            before.setParent(None)
            before.deleteLater()

    # Keeping

    def copy(self) -> None:
        """Put the results on the clipboard as text."""
        if self._report is not None:
            QGuiApplication.clipboard().setText(self._report.to_text())
            self._context.said.emit(_("The results were copied."))

    def save(self) -> None:
        """Write the results into a file."""
        if self._report is None:
            return
        form, path = self.ask_path(self, _("card-test"), _FORMS)
        if path is None:
            return
        text = as_json(self._report) if form.name == "json" else self._report.to_text() + "\n"
        try:
            write_atomic(path, text.encode())
        except CpsError as error:
            self._failed(error)
            return
        self._context.said.emit(_("Saved: {path}").format(path=path))


def _look(card: "CpsCard", work: Work) -> PinStatus:
    work.progress(_("Reading the PIN status"))
    return read_pin_status(card)


def _trial(
    plan: TrialPlan, clock: "Clock", on_step: "Callable[[StepReport], None]"
) -> "Callable[[CpsCard, Work], TrialReport]":
    """Return what tries a plan, and wipes its code, on the card that is open then."""

    def operation(card: "CpsCard", work: Work) -> TrialReport:
        def begin(name: str) -> None:
            work.progress(_(TITLES[name]), share(name))

        try:
            return run_trial(card, plan, clock, on_step=on_step, begin=begin)
        finally:
            if plan.pin is not None:
                plan.pin.wipe()

    return operation
