# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The card in the reader: whose it is, what it holds, where its codes stand."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from caducee.base.errors import CpsError, ReaderError
from caducee.base.i18n import N_
from caducee.base.i18n import gettext as _
from caducee.desktop.flow import Flow
from caducee.desktop.manager.card_face import CardFace
from caducee.desktop.manager.context import Context
from caducee.desktop.manager.file_formats import AskPath, FileFormat, ask_path
from caducee.desktop.manager.model.answer import answer, valid_until
from caducee.desktop.manager.model.card import ValidationState
from caducee.desktop.manager.model.card_view import Mark, Section, headline, sections
from caducee.desktop.manager.model.live import ReaderSnapshot, SlotContent
from caducee.desktop.manager.model.reader_texts import looking, prompt
from caducee.desktop.manager.pages.card_work import (
    CardSnapshot,
    judge,
    judged,
    look,
    look_again,
    look_behind,
    rejoined,
)
from caducee.desktop.manager.pages.pin_prompt import PinPrompt
from caducee.desktop.manager.progress import ProgressPanel
from caducee.desktop.manager.saving import REPORT_FORMATS, certificate_name, write
from caducee.desktop.manager.widgets import NoteBox, SectionBox, button
from caducee.desktop.manager.worker import Job
from caducee.desktop.parts import announce, text_label

if TYPE_CHECKING:
    from caducee.base.secret import Secret
    from caducee.cryptolib import KeyUse
    from caducee.diagnosis.model import Finding
    from caducee.trust.path import PathResult

__all__ = ["CardPage"]


class CardPage(QWidget):
    """Shows the card of the reader in use."""

    title = N_("Card")

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._now: ReaderSnapshot | None = None
        self._seen: CardSnapshot | None = None
        self._job: Job | None = None
        self._judging: Job | None = None
        self._later: list[str] = []
        self._question: PinPrompt | None = None
        self.ask_path: AskPath = ask_path
        """Asks the user where a file goes: tests answer instead."""

        self._compose()
        context.reader_changed.connect(self._reader_changed)
        context.settings_changed.connect(self._show_seen)
        self._reader_changed(context.reader)

    # Building

    def _compose(self) -> None:
        layout = QVBoxLayout(self)
        self._face = CardFace()
        self._answer = text_label("answer")
        layout.addWidget(self._face)
        layout.addWidget(self._answer)
        layout.addLayout(self._buttons())
        self._progress = ProgressPanel(_("Reading progress"), self.cancel)
        layout.addWidget(self._progress)
        self._message = NoteBox("message")
        layout.addWidget(self._message)
        self._notes = QVBoxLayout()
        layout.addLayout(self._notes)
        self._sections = QVBoxLayout()
        layout.addLayout(self._sections)
        layout.addStretch()

    def _buttons(self) -> Flow:
        row = Flow()
        self._rest = button("rest", _("Sho&w protected data…"), self.ask_code)
        self._rest.setToolTip(_("Activities and billing situations are protected by the PIN."))
        self._again = button("again", _("R&efresh"), self.read)
        self._copy = button("copy", _("Co&py all"), self.copy)
        self._save = button("save", _("Save repor&t…"), self.save_report)
        for item in (self._rest, self._again, self._copy, self._save):
            row.addWidget(item)
        return row

    # What a menu or a person asks

    def perform(self, action: str) -> None:
        """Do what a menu asks: ``insert``, ``read``, ``show``, ``rest``, ``save-…``."""
        match action:
            case "insert":
                self._say(prompt(self._context.reader))
            case "read":
                self.read()
            case "rest" | "save-authentication" | "save-signature" if self._seen is None:
                if self._job is not None:
                    self._later.append(action)
                else:
                    self._say(prompt(self._context.reader))
            case "rest":
                self.ask_code()
            case "save-authentication" | "save-signature":
                from caducee.cryptolib import KeyUse

                self.save_certificate(KeyUse(action.removeprefix("save-")))

    def read(self) -> None:
        """Read the card again from its beginning."""
        self._forget()
        self._now = None
        self._reader_changed(self._context.reader)

    def cancel(self) -> None:
        """End the reading, or the question to the authorities; the card can be used at once."""
        if self._job is not None:
            self._job.cancel()
        elif self._judging is not None:
            self._give_up_judging()

    def copy(self) -> None:
        """Put the whole report on the clipboard as text."""
        if self._seen is not None:
            QGuiApplication.clipboard().setText(self._seen.text())
            self._say(_("Copied."))

    def save_report(self) -> None:
        """Ask where the report goes, and write it there: PDF, JSON or text, by its ending."""
        if self._seen is None:
            return
        form, path = self.ask_path(self, self._seen.stem, REPORT_FORMATS)
        if path is not None:
            self._write(form, path, self._seen)

    def save_certificate(self, use: "KeyUse") -> None:
        """Ask where a certificate goes, and write it there."""
        from caducee.desktop.manager.saving import CERTIFICATE_FORMATS

        if self._seen is None:
            return
        try:
            found = self._seen.data.certificate(use)
        except CpsError as error:
            self._trouble(error)
            return
        name = certificate_name(self._seen.stem, use)
        form, path = self.ask_path(self, name, CERTIFICATE_FORMATS)
        if path is not None:
            self._write(form, path, found)

    def _write(self, form: FileFormat, path: Path, what: Any) -> None:  # noqa: ANN401 (of the form)
        job = self._context.worker.run(lambda _work: write(form, path, what), "files")
        job.done.connect(lambda _done: self._say(_("Saved: {path}").format(path=path)))
        job.failed.connect(self._trouble)

    # Reading

    def _reader_changed(self, now: ReaderSnapshot | None) -> None:
        if _stay(now) == _stay(self._now) and now is not None:
            return
        self._now = now
        self._forget()
        if not self._context.looked:
            self._message.say(Mark.NOTE, looking())
        elif now is None:
            error = self._context.trouble or ReaderError("reader.no_reader")
            self._message.say(Mark.WARNING, error.sentence(), error.advice(), self._cures())
        elif now.inside is SlotContent.EMPTY:
            error = ReaderError("reader.no_card", reader=now.name)
            self._message.say(Mark.NOTE, prompt(now), error.advice())
        elif now.inside is SlotContent.LOOKING:
            self._progressed("looking", None)
        elif now.error is not None:
            self._look_at_trouble(now.error)
        else:
            work = partial(look, self._context, now.name)
            self._begin(self._context.with_card(work, now.name, unfinished=True))

    def _forget(self) -> None:
        """Show nothing of the card that was there."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        if self._judging is not None:
            self._judging.cancel()
            self._judging = None
        if self._question is not None:
            self._question.withdraw()
            self._question = None
        self._later.clear()
        self._seen = None
        self._message.say(Mark.NONE, "")
        self._progress.hide()
        self._show_seen()

    def _begin(self, job: Job) -> None:
        self._job = job
        self._progressed("looking", None)
        job.progressed.connect(partial(self._if_current, job, self._progressed))
        job.done.connect(partial(self._if_current, job, self._read))
        job.failed.connect(partial(self._if_current, job, self._failed))

    def _if_current(self, job: Job, hear: Any, *values: object) -> None:  # noqa: ANN401 (a method)
        if job is self._job:
            hear(*values)

    def _progressed(self, what: str, share: float | None) -> None:
        self._progress.tell(_(_DOING.get(what, what)), share)
        self._progress.show()

    def _read(self, seen: CardSnapshot) -> None:
        self._job = None
        self._context.info = seen.text()
        self._progress.hide()
        self._seen = seen
        self._judge(seen)
        self._show_seen()
        announce(self, headline(seen.data))
        later, self._later = self._later, []
        for action in later:
            self.perform(action)

    def _judge(self, seen: CardSnapshot) -> None:
        """Let the authorities judge the certificates: off the card's lane, it may take long."""
        if self._context.ports.judge is None:
            return
        self._seen = replace(seen, data=seen.data.with_judging(ValidationState.RUNNING))
        work = partial(judge, self._context, seen.data)
        self._judging = job = self._context.worker.run(work, "judge")
        job.progressed.connect(partial(self._if_judging, job, self._progressed))
        job.done.connect(partial(self._if_judging, job, self._judged))
        job.failed.connect(partial(self._if_judging, job, self._not_judged))

    def _if_judging(self, job: Job, hear: Any, *values: object) -> None:  # noqa: ANN401 (a method)
        if job is self._judging:
            hear(*values)

    def _judged(self, results: "dict[KeyUse, PathResult]") -> None:
        """Show what the authorities said, also of a card whose rest was read meanwhile."""
        self._judging = None
        self._progress.hide()
        if self._seen is not None:
            self._seen = judged(self._seen, results)
            self._context.info = self._seen.text()
            self._show_seen()

    def _not_judged(self, error: CpsError) -> None:
        self._judged({})
        self._trouble(error)

    def _give_up_judging(self) -> None:
        """Go on without the authorities; what runs ends by itself."""
        if self._judging is not None and self._seen is not None:
            self._judging.cancel()
            self._judging = None
            self._progress.hide()
            data = self._seen.data.with_judging(ValidationState.CANCELLED)
            self._seen = replace(self._seen, data=data)
            self._show_seen()

    def _failed(self, error: CpsError) -> None:
        self._job = None
        self._progress.hide()
        if error.code == "reader.cancelled":
            again = button("again-here", _("R&efresh"), self.read)
            self._message.say(Mark.NOTE, _("The reading was cancelled."), "", [again])
            return
        self._look_at_trouble(error)

    def _look_at_trouble(self, error: CpsError) -> None:
        """Say what the diagnosis says of this card; it is asked off this thread."""
        name = self._now.name if self._now is not None else ""
        job = self._context.worker.run(partial(look_again, self._context, name, error), "notes")
        self._job = job
        job.done.connect(partial(self._if_current, job, self._tell_trouble))
        job.failed.connect(partial(self._if_current, job, self._trouble))

    def _tell_trouble(self, found: "tuple[Finding, ...]") -> None:
        self._job = None
        self._message.say_finding(found[0], self._cures())
        announce(self, found[0].sentence())

    def _cures(self) -> list[QPushButton]:
        """Return the buttons that help where no card can be read."""
        wanted = self._context.page_wanted
        return [
            button("again-here", _("Try a&gain"), self.read),
            button("diagnose", _("&Diagnosis…"), lambda: wanted.emit("diagnosis", "")),
        ]

    def _trouble(self, error: CpsError) -> None:
        self._message.say_error(error)

    def _say(self, text: str) -> None:
        self._context.said.emit(text)
        announce(self, text)

    # The rest, behind the code

    def ask_code(self) -> None:
        """Ask for the code and show what stands behind it; one question at a time."""
        seen = self._seen
        if seen is None or seen.data.pin is None or self._question is not None:
            return
        if seen.data.pin.blocked:
            self._context.page_wanted.emit("pin", "unblock")
            return
        what = _("Show activities and billing")
        self._question = PinPrompt(seen.data, what, self._context.settings, self)
        self._question.entered.connect(partial(self._present, seen))
        self._question.ended.connect(self._question_over)
        self._question.ask()

    def _question_over(self) -> None:
        self._question = None

    def _present(self, seen: CardSnapshot, code: "Secret") -> None:
        question = self._question
        if question is None:
            code.wipe()
            return
        job = self._context.with_card(
            partial(look_behind, self._context, seen, code), seen.data.reader, unfinished=True
        )
        question.ended.connect(job.cancel)
        job.done.connect(partial(self._behind, question))
        job.failed.connect(partial(self._not_behind, question))

    def _behind(self, question: PinPrompt, seen: CardSnapshot) -> None:
        if question is self._question and self._seen is not None:
            self._seen = rejoined(seen, self._seen)
            question.withdraw()
            self._show_seen()

    def _not_behind(self, question: PinPrompt, error: CpsError) -> None:
        if question is not self._question:
            return
        if question.again(error):
            return
        question.withdraw()
        if error.code != "reader.cancelled":
            self.read()
            self._trouble(error)

    # Showing

    def _show_seen(self) -> None:
        seen, reading = self._seen, self._place()
        _empty(self._notes)
        _empty(self._sections)
        for item in (self._rest, self._copy, self._save, self._again, self._face, self._answer):
            item.setVisible(seen is not None)
        if seen is None:
            self._face.clear()
            return
        self._rest.setVisible(seen.data.pin is not None and seen.data.rest is None)
        self._show_face(seen)
        for finding in seen.findings:
            box = NoteBox(finding.code)
            self._notes.addWidget(box)  # first: it would be a window of its own
            box.say_finding(finding, self._offers(finding.code))
        now, days = self._context.clock.now(), self._context.settings.expiry_days
        for section in sections(seen.data, now, days):
            shown = self._box(section)
            self._sections.addWidget(shown)
            shown.show()
        if (there := self.findChild(QWidget, reading) if reading else None) is not None:
            there.setFocus()

    def _show_face(self, seen: CardSnapshot) -> None:
        now = self._context.clock.now()
        self._face.headline.setText(headline(seen.data))
        self._face.subline.setText(seen.subline())
        self._face.until.setText(valid_until(seen.data, now))
        self._answer.setText(answer(seen.data, seen.findings, now))

    def _place(self) -> str:
        """Return which value or button of a section has the focus: it gets it back."""
        now = self.focusWidget()
        above = now.parentWidget() if now is not None else None
        while above is not None and not isinstance(above, SectionBox):
            above = above.parentWidget()
        return now.objectName() if now is not None and above is not None else ""

    def _box(self, section: Section) -> SectionBox:
        box = SectionBox(section)
        if section.saves is not None:
            press = partial(self.save_certificate, section.saves)
            save = button(f"save {section.key}", _("Save…"), press)
            save.setAccessibleName(_("Save: {title}").format(title=section.title))
            box.form.addRow("", save)
        return box

    def _offers(self, code: str) -> list[QPushButton]:
        if code != "diag.code_blocked":
            return []
        wanted = self._context.page_wanted
        return [button("unblock", _("&Unblock…"), lambda: wanted.emit("pin", "unblock"))]


_DOING = {
    "looking": N_("Reading the card…"),
    "holder": N_("Reading the holder…"),
    "certificates": N_("Reading the certificates…"),
    "codes": N_("Reading the PIN and PUK status…"),
    "files": N_("Reading the files…"),
    "code": N_("Verifying the PIN…"),
    "activities": N_("Reading the activities…"),
    "billing": N_("Reading the billing situations…"),
    "judge": N_("Querying the authorities about the certificates…"),
}


def _stay(now: ReaderSnapshot | None) -> tuple[str, int, SlotContent] | None:
    """Return what stays the same while one card stays in one reader."""
    return None if now is None else (now.name, now.changes, now.inside)


def _empty(layout: QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (old := item.widget()) is not None:
            old.hide()
            old.setParent(None)  # gone at once for who looks for values
            old.deleteLater()
