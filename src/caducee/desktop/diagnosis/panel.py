# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The diagnosis as a part of a window: the first cause on top, the checks below, buttons.

No call to a reader, a service or a disk is made in the thread of the window.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import (
    QFileDialog,
    QMenu,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from caducee.base.errors import CpsError
from caducee.base.i18n import gettext as _
from caducee.base.secret import Secret
from caducee.desktop.diagnosis.box import FindingBox
from caducee.desktop.diagnosis.bridge import BackgroundTask, DiagnosisRunner
from caducee.desktop.diagnosis.cure import Cures, CureView, failed
from caducee.desktop.diagnosis.save import FORMS, BundleFormat, save
from caducee.desktop.diagnosis.sentence import Sentence
from caducee.desktop.diagnosis.tree import CheckTree
from caducee.desktop.diagnosis.view import DiagnosisView, FindingView, Phase
from caducee.desktop.flow import Flow
from caducee.desktop.parts import announce
from caducee.diagnosis.checks import CHECKS
from caducee.diagnosis.job import DiagnosisEvent, DiagnosisJob
from caducee.diagnosis.session import DiagnosisOptions, run_checks

if TYPE_CHECKING:
    from caducee.desktop.pin_dialog import PinDialog

__all__ = ["DiagnosisPanel"]

_HUNDRED = 100


class DiagnosisPanel(QWidget):
    """Runs diagnoses and shows them."""

    changed = Signal()
    """What can be done now (stop, save, copy) may be different."""

    def __init__(
        self,
        options: DiagnosisOptions,
        parent: QWidget | None = None,
        *,
        make: Callable[..., DiagnosisJob] = DiagnosisJob,
        cures: Cures | None = None,
    ) -> None:
        super().__init__(parent)
        checks = [(check.name, check.title) for check in CHECKS]
        self.view = DiagnosisView(checks, options.support)
        self._options = options
        self._cures = cures or Cures(look=partial(run_checks, options))
        self._shown: FindingView | None = None
        self._busy = False
        self._runner = DiagnosisRunner(self, make)
        self._runner.heard.connect(self._hear)
        self._compose()
        self._show_all()

    # Building

    def _compose(self) -> None:
        self._heading = Sentence("heading")
        self._headline = Sentence("headline", bold=True)
        font = self._headline.font()
        font.setPointSizeF(font.pointSizeF() * 1.2)
        self._headline.setFont(font)
        self._bar = QProgressBar()
        self._bar.setObjectName("progress")
        self._bar.setRange(0, _HUNDRED)
        self._bar.setAccessibleName(_("Progress of the checks"))
        self._first = FindingBox("first")
        self._other = FindingBox("other")
        self._tree = CheckTree()
        self._tree.chosen.connect(self._choose)
        for box in (self._first, self._other):
            box.wanted.connect(self._treat)
        self._said = Sentence("said")
        layout = QVBoxLayout(self)
        for widget in (self._heading, self._headline, self._bar):
            layout.addWidget(widget)
        layout.addWidget(self._first)
        layout.addWidget(self._tree, 1)
        layout.addWidget(self._other)
        layout.addWidget(self._said)
        layout.addLayout(self._buttons())

    def _buttons(self) -> Flow:
        box = Flow()
        self.again = _button(box, "again", _("Try a&gain"), self.begin)
        self.coder = _button(box, "code", _("Chec&k with the PIN…"), self.ask_code)
        self.halt = _button(box, "halt", _("S&top"), self.stop)
        self.copier = _button(box, "copy", _("Co&py all"), self.copy)
        self.saver = _button(box, "save", _("Sav&e"), None)
        self.saver.setMenu(self._forms())
        self.opener = _button(box, "open", _("Open &a report…"), self.ask_which)
        return box

    def _forms(self) -> QMenu:
        menu = QMenu(self)
        menu.setObjectName("forms")
        self.savers = []
        for form in FORMS:
            action = QAction(_(form.menu), self)
            action.triggered.connect(partial(self._ask_where, form))
            menu.addAction(action)
            self.savers.append(action)
        return menu

    # What the user asks for

    def ask_which(self) -> None:
        """Ask which report of another machine to open, and open it."""
        kinds = f"{_('Support reports')} (*.jsonl);;{_('All files')} (*)"
        path, _kind = QFileDialog.getOpenFileName(self, _("Open a report"), "", kinds)
        if path:
            self.open_bundle(Path(path))

    def _ask_where(self, form: BundleFormat, _checked: bool = False) -> None:
        kinds = f"{_(form.kind)} (*{form.suffix})"
        proposed = f"caducee-diag{form.suffix}"
        path, _kind = QFileDialog.getSaveFileName(self, _("Save the report"), proposed, kinds)
        if path:
            self.save(form, Path(path))

    def begin(self) -> None:
        """Diagnose this machine."""
        self._begin(self._options, "")

    def ask_code(self) -> None:
        """Ask for the code of the card, and diagnose with it: keys are tried, logins made."""
        from caducee.desktop.pin_dialog import PinDialog
        from caducee.desktop.pin_view import PinView
        from caducee.middleware.pin_entry import PinKind, PinQuestion, PinRequest

        why = _("to test the keys of the card and log in to the given portals")
        request = PinRequest(PinKind.LOGIN, reader=self._options.reader, for_what=why)
        dialog = PinDialog(PinView(PinQuestion(request)), self)
        dialog.entered.connect(partial(self._begin_with, dialog))
        dialog.open()

    def _begin_with(self, dialog: "PinDialog", code: str, _new: str) -> None:
        dialog.finish()
        self._begin(self._options.with_pin(Secret.of(code)), "")

    def open_bundle(self, path: Path) -> None:
        """Diagnose the bundle of another computer."""
        self._begin(self._options.of(path), path.name)

    def _begin(self, options: DiagnosisOptions, origin: str) -> None:
        self.view.begin(origin)
        self._said.say("")
        self._show_all()
        self._runner.begin(options)
        self._tree.setFocus()

    def stop(self) -> None:
        """Stop; what was found so far stays on the screen."""
        if not self.view.running:
            return
        self._runner.stop()
        self.view.stop()
        self._end()

    def copy(self) -> None:
        """Put every finding and every check on the clipboard, as text."""
        from caducee.diagnosis.plain import report_as_text

        if self.view.report is not None:
            QGuiApplication.clipboard().setText(report_as_text(self.view.report))
            self._say(_("Copied."))

    def save(self, form: BundleFormat, path: Path) -> None:
        """Write the report into a file."""
        session = self.view.session
        if session is None:
            return

        def done() -> str:
            save(session, form, path)
            return _("Saved: {path}").format(path=path)

        self._do(done, _("Saving…"))

    @property
    def can_save(self) -> bool:
        """Whether there is something to write down."""
        return self.view.session is not None and not self._busy

    # What comes

    def _hear(self, event: DiagnosisEvent) -> None:
        changed = self.view.hear(event)
        self._show_state()
        if changed >= 0:
            self._tree.show_row(changed, self.view.rows[changed])
            self._show_first()
        else:
            self._end()

    def _end(self) -> None:
        self._show_all()
        place = self.view.place_of_first()
        if place is not None:
            self._tree.stand_on(*place)
        first = self.view.first
        announce(
            self._said, " ".join([self.view.headline, first.cause if first is not None else ""])
        )

    def _choose(self, row: int, number: int) -> None:
        self._shown = self.view.finding(row, number)
        self._show_other()

    def _treat(self, cure: CureView) -> None:
        self._do(lambda: self._cures.toggle(cure), cure.title + " …")

    def _do(self, work: Callable[[], object], saying: str) -> None:
        """Do a chore off this thread, one at a time."""
        if self._busy:
            return
        self._set_busy(True)
        self._say(saying)
        chore = BackgroundTask(work, self)
        chore.succeeded.connect(partial(self._did, chore))
        chore.failed.connect(partial(self._did_not, chore))
        chore.start()

    def _did(self, chore: BackgroundTask, said: object) -> None:
        self._over(chore, str(said))

    def _did_not(self, chore: BackgroundTask, error: CpsError) -> None:
        self._over(chore, failed(error))

    def _over(self, chore: BackgroundTask, said: str) -> None:
        chore.deleteLater()
        self._set_busy(False)
        self._show_first()
        self._show_other()
        self._say(said)

    # What is shown

    def _show_all(self) -> None:
        self._tree.show_rows(self.view.rows)
        self._shown = None
        self._show_state()
        self._show_first()
        self._show_other()

    def _show_state(self) -> None:
        view = self.view
        self._heading.say(view.heading)
        self._headline.say(view.headline)
        self._bar.setVisible(view.running)
        self._bar.setValue(int(view.part * _HUNDRED))
        self.halt.setEnabled(view.running)
        idle = view.phase is Phase.IDLE
        self.again.setText(_("Run &now") if idle else _("Try a&gain"))
        for button in (self.again, self.coder):
            button.setEnabled(not view.running)
        self.copier.setEnabled(view.report is not None)
        self._enable()

    def _enable(self) -> None:
        self.saver.setEnabled(self.can_save)
        self.opener.setEnabled(not self.view.running)
        for saver in self.savers:
            saver.setEnabled(self.can_save)
        self.changed.emit()

    def _show_first(self) -> None:
        self._show_in(self._first, self.view.first)

    def _show_other(self) -> None:
        shown = self._shown if self._shown != self.view.first else None
        self._show_in(self._other, shown)

    def _show_in(self, box: FindingBox, finding: FindingView | None) -> None:
        box.show_finding(finding, self._cure_of(finding))

    def _cure_of(self, finding: FindingView | None) -> CureView | None:
        """Return the cure; of another machine's fault none is applied here."""
        if finding is None or self.view.origin or self.view.running:
            return None
        try:
            return self._cures.view(finding.cure)
        except CpsError as error:
            self._say(failed(error))
            return None

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        for box in (self._first, self._other):
            box.set_busy(busy)
        self._enable()

    def _say(self, text: str) -> None:
        self._said.say(text)
        announce(self._said, text)

    def close_down(self) -> None:
        """End what runs; called when the window closes."""
        self._runner.stop()
        if self.view.phase is Phase.RUNNING:
            self.view.stop()


def _button(box: Flow, name: str, text: str, press: Callable[[], None] | None) -> QPushButton:
    made = QPushButton(text)
    made.setObjectName(name)
    box.addWidget(made)
    if press is not None:
        made.clicked.connect(lambda _checked=False: press())
    return made
