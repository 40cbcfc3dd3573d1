# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One finding as a box: cause, consequence, cure, and the button that applies the cure."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from caducee.base.i18n import gettext as _
from caducee.desktop.diagnosis.cure import ApplyMethod, CureView
from caducee.desktop.diagnosis.sentence import Sentence
from caducee.desktop.diagnosis.view import FindingView
from caducee.desktop.icons import sign

__all__ = ["FindingBox", "sign_of"]

_SIGNS = {
    "error": "bad",
    "failed": "bad",
    "warning": "warning",
    "warned": "warning",
    "unchecked": "unknown",
    "note": "note",
    "noted": "note",
    "passed": "good",
}


def sign_of(kind: str) -> str:
    """Return the sign of a severity or a state; a word stands beside it always."""
    return _SIGNS.get(kind, kind)


class FindingBox(QFrame):
    """Shows a finding; empty, it takes no room."""

    wanted = Signal(object)
    """The cure, a `CureView`, that is to be applied or undone."""

    _severity = ""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._cure: CureView | None = None
        self._icon = QLabel()
        self._icon.setObjectName(f"{name} icon")
        self._texts = {
            part: Sentence(f"{name} {part}", bold=part == "cause")
            for part in ("cause", "consequence", "cure")
        }
        self._button = QPushButton()
        self._button.setObjectName(f"{name} button")
        self._button.setAutoDefault(True)
        self._button.clicked.connect(self._press)
        self._hint = Sentence(f"{name} hint")
        self._compose()
        self.show_finding(None, None)

    def _compose(self) -> None:
        outer = QHBoxLayout(self)
        outer.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        inner = QVBoxLayout()
        for text in self._texts.values():
            inner.addWidget(text)
        inner.addWidget(self._button, 0, Qt.AlignmentFlag.AlignLeft)
        inner.addWidget(self._hint)
        inner.addStretch(1)
        outer.addLayout(inner, 1)

    def _press(self) -> None:
        if self._cure is not None:
            self.wanted.emit(self._cure)

    def show_finding(self, finding: FindingView | None, cure: CureView | None) -> None:
        """Show a finding with its cure, or nothing."""
        self.setVisible(finding is not None)
        if finding is None:
            return
        self._severity = finding.severity
        self._draw()
        self._icon.setAccessibleName(finding.word)
        self._texts["cause"].say(finding.line)
        self._texts["consequence"].say(
            finding.consequence and _("Consequence: {text}").format(text=finding.consequence)
        )
        advice = f"{finding.advice} [{finding.code}]"
        self._texts["cure"].say(_("What to do: {text}").format(text=advice))
        self.show_cure(cure)

    def _draw(self) -> None:
        size = self.style().pixelMetric(QStyle.PixelMetric.PM_LargeIconSize)
        paper, pixels = self.palette().color(QPalette.ColorRole.Window), self.devicePixelRatioF()
        self._icon.setPixmap(sign(sign_of(self._severity), size, paper, pixels))

    def changeEvent(self, event: QEvent) -> None:
        """Draw the sign anew in other colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._severity:
            self._draw()

    def show_cure(self, cure: CureView | None) -> None:
        """Show the cure alone anew: after it was applied, or undone."""
        self._cure = cure
        self._button.setVisible(cure is not None)
        self._hint.setVisible(cure is not None)
        if cure is None:
            return
        self._button.setText(cure.button)
        self._button.setEnabled(cure.way is not ApplyMethod.BY_HAND)
        self._button.setAccessibleDescription(cure.hint)
        self._hint.say(cure.hint)

    def set_busy(self, busy: bool) -> None:
        """Take no press while a cure is under way."""
        by_hand = self._cure is not None and self._cure.way is ApplyMethod.BY_HAND
        self._button.setEnabled(not busy and not by_hand)
