# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The diagnosis as a part of a window: the first cause on top, the checks below, buttons.

No call to a reader, a service or a disk is made in the thread of the window.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFrame,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from caducee.base.errors import CpsError
from caducee.base.i18n import gettext as _
from caducee.desktop.diagnosis.checks import CHECKS
from caducee.desktop.diagnosis.job import Event, Job
from caducee.desktop.diagnosis.session import Wishes
from caducee.desktop.diagnosis.window.box import FindingBox
from caducee.desktop.diagnosis.window.bridge import Chore, Runner
from caducee.desktop.diagnosis.window.cure import Cures, CureView, failed
from caducee.desktop.diagnosis.window.save import Form, save
from caducee.desktop.diagnosis.window.tree import CheckTree
from caducee.desktop.diagnosis.window.view import DiagnosisView, FindingView, Phase

__all__ = ["DiagnosisPanel"]

_HUNDRED = 100


class DiagnosisPanel(QWidget):
    """Runs diagnoses and shows them."""

    changed = Signal()
    """What can be done now (stop, save, copy) may be different."""

    def __init__(
        self,
        wishes: Wishes,
        parent: QWidget | None = None,
        *,
        make: Callable[..., Job] = Job,
        cures: Cures | None = None,
    ) -> None:
        super().__init__(parent)
        self.view = DiagnosisView([(one.name, one.title) for one in CHECKS])
        self._wishes = wishes
        self._cures = cures or Cures()
        self._shown: FindingView | None = None
        self._busy = False
        self._runner = Runner(self, make)
        self._runner.heard.connect(self._hear)
        self._compose()
        self._show_all()

    # Building

    def _compose(self) -> None:
        self._heading = _label("heading")
        self._headline = _label("headline")
        font = self._headline.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.2)
        self._headline.setFont(font)
        self._bar = QProgressBar()
        self._bar.setObjectName("progress")
        self._bar.setRange(0, _HUNDRED)
        self._bar.setAccessibleName(_("Part of the checks that is done"))
        self._first = FindingBox("first")
        self._other = FindingBox("other")
        self._tree = CheckTree()
        self._tree.chosen.connect(self._choose)
        for box in (self._first, self._other):
            box.wanted.connect(self._treat)
        self._said = _label("said")
        self._areas = {one.objectName(): _scrolling(one) for one in (self._first, self._other)}
        layout = QVBoxLayout(self)
        for one in (self._heading, self._headline, self._bar):
            layout.addWidget(one)
        layout.addWidget(self._areas["first"])
        layout.addWidget(self._tree, 1)
        layout.addWidget(self._areas["other"])
        layout.addWidget(self._said)
        layout.addWidget(self._buttons())

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox()
        self.again = _button(box, "again", _("Look a&gain"), self.begin)
        self.halt = _button(box, "halt", _("S&top"), self.stop)
        self.copier = _button(box, "copy", _("&Copy everything"), self.copy)
        return box

    # What the reader of the window wants

    def begin(self) -> None:
        """Diagnose this machine."""
        self._begin(self._wishes, "")

    def open_bundle(self, path: Path) -> None:
        """Diagnose what the bundle of another machine tells."""
        self._begin(self._wishes.of(path), path.name)

    def _begin(self, wishes: Wishes, origin: str) -> None:
        self.view.begin(origin)
        self._said.clear()
        self._show_all()
        self._runner.begin(wishes)
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
        from caducee.desktop.diagnosis.plain import report_as_text

        if self.view.report is not None:
            QGuiApplication.clipboard().setText(report_as_text(self.view.report))
            self._say(_("Copied."))

    def save(self, form: Form, path: Path) -> None:
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

    def _hear(self, event: Event) -> None:
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
        self._say_aloud(" ".join([self.view.headline, first.cause if first is not None else ""]))

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
        chore = Chore(work, self)
        chore.succeeded.connect(partial(self._did, chore))
        chore.failed.connect(partial(self._did_not, chore))
        chore.start()

    def _did(self, chore: Chore, said: object) -> None:
        self._over(chore, str(said))

    def _did_not(self, chore: Chore, error: CpsError) -> None:
        self._over(chore, failed(error))

    def _over(self, chore: Chore, said: str) -> None:
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
        self._heading.setText(view.heading)
        self._headline.setText(view.headline)
        self._bar.setVisible(view.running)
        self._bar.setValue(int(view.part * _HUNDRED))
        self.halt.setEnabled(view.running)
        self.again.setEnabled(not view.running)
        self.copier.setEnabled(view.report is not None)
        self.changed.emit()

    def _show_first(self) -> None:
        self._show_in(self._first, self.view.first)

    def _show_other(self) -> None:
        shown = self._shown if self._shown != self.view.first else None
        self._show_in(self._other, shown)

    def _show_in(self, box: FindingBox, finding: FindingView | None) -> None:
        box.show_finding(finding, self._cure_of(finding))
        area = self._areas[box.objectName()]
        area.setVisible(finding is not None)
        area.setAccessibleName(finding.told if finding is not None else "")
        area.fit()

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
        self.changed.emit()

    def _say(self, text: str) -> None:
        self._said.setText(text)
        self._say_aloud(text)

    def _say_aloud(self, text: str) -> None:
        event = QAccessibleAnnouncementEvent(self._said, text)
        QAccessible.updateAccessibility(event)

    def close_down(self) -> None:
        """End what runs; called when the window closes."""
        self._runner.stop()
        if self.view.phase is Phase.RUNNING:
            self.view.stop()


def _label(name: str) -> QLabel:
    made = QLabel()
    made.setObjectName(name)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    return made


class _Area(QScrollArea):
    """Takes the height that its box wants at this width, at most a part of the window."""

    _MOST = 0.45

    def fit(self) -> None:
        """Measure the box anew."""
        box, window = self.widget(), self.window()
        layout = box.layout() if box is not None else None
        if layout is None or not self.isVisible():
            return
        wanted = max(layout.totalHeightForWidth(self.width()), layout.totalMinimumSize().height())
        self.setFixedHeight(min(wanted + 2, int(window.height() * self._MOST)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Measure the box at the new width."""
        super().resizeEvent(event)
        self.fit()


def _scrolling(inside: QWidget) -> _Area:
    """Return an area in which a box of any height can be read."""
    made = _Area()
    made.setObjectName(f"{inside.objectName()} area")
    made.setWidgetResizable(True)
    made.setFrameShape(QFrame.Shape.NoFrame)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # the arrows move what does not fit
    made.setWidget(inside)
    return made


def _button(box: QDialogButtonBox, name: str, text: str, press: Callable[[], None]) -> QPushButton:
    made = box.addButton(text, QDialogButtonBox.ButtonRole.ActionRole)
    made.setObjectName(name)
    made.clicked.connect(lambda _checked=False: press())
    return made
