# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The window for the code: one dialog, by keyboard alone, with names for screen readers."""

from typing import Literal

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from caducee.base.i18n import gettext as _
from caducee.desktop.parts import (
    PinEdit,
    announce,
    busy_bar,
    name_of,
    plain,
    text_label,
    wrapping_form,
)
from caducee.desktop.pin_pad import PinPadPanel
from caducee.desktop.pin_view import PinView, judge

__all__ = ["PinDialog"]

type _Why = Literal["cancel", "timeout"]


class PinDialog(QDialog):
    """Shows a question, and reports what the holder did. It stays until `finish` or its end."""

    entered = Signal(str, str)
    """The code and the new one; an empty text for one that is not asked."""

    declined = Signal(str)
    """``cancel`` or ``timeout``."""

    def __init__(self, view: PinView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._edits: dict[str, PinEdit] = {}
        self._pad: PinPadPanel | None = None
        self._ended = False
        self.setWindowTitle(_("Card PIN"))
        self.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint)
        self._left = QTimer(self)
        self._left.setSingleShot(True)
        self._left.timeout.connect(lambda: self._end("timeout"))
        self._compose()
        self.ask(view)

    # Building

    def _compose(self) -> None:
        inside = QWidget()
        layout = QVBoxLayout(inside)
        self._headline = text_label("headline", bold=True)
        layout.addWidget(self._headline)
        layout.addLayout(self._facts())
        self._tries = text_label("tries")
        self._warning = text_label("warning", bold=True)
        layout.addWidget(self._tries)
        layout.addWidget(self._warning)
        layout.addLayout(self._lines())
        self._place = QVBoxLayout()
        layout.addLayout(self._place)
        self._busy = busy_bar(_("Verifying the PIN"))
        layout.addWidget(self._busy)
        layout.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        outer = QVBoxLayout(self)
        outer.addWidget(scroll)
        outer.addWidget(self._buttons())
        self._inside = inside

    def _facts(self) -> QFormLayout:
        form = wrapping_form()
        for name, value in self._view.facts:
            shown = text_label(f"fact {name}")
            shown.setText(value)
            head = _("{name}:").format(name=name)
            shown.setAccessibleName(f"{head} {value}")
            form.addRow(plain(head), shown)
        return form

    def _lines(self) -> QFormLayout:
        form = wrapping_form()
        for field in self._view.fields:
            edit = PinEdit(field.name, self._view.question.request.max_length)
            edit.setAccessibleDescription(self._view.hint)
            edit.setPlaceholderText(self._view.hint)
            form.addRow(name_of(edit, field.label), edit)
            self._edits[field.name] = edit
        return form

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox()
        self._ok = box.addButton(self._view.accept, QDialogButtonBox.ButtonRole.AcceptRole)
        self._cancel = box.addButton(_("Cance&l"), QDialogButtonBox.ButtonRole.RejectRole)
        # Consent is never given by a Return that was meant for another window.
        (self._ok if self._edits else self._cancel).setDefault(True)
        box.accepted.connect(self._enter)
        box.rejected.connect(self.reject)
        return box

    def offer_pin_pad(self, *, shuffled: bool) -> None:
        """Show digits on the screen, too; shuffled anew before each code, if wanted."""
        self._pad = PinPadPanel(shuffled=shuffled)
        self._pad.serve(self._edits.values())
        self._place.addWidget(self._pad)
        self._pad.show()
        self._fit()

    # The question

    def ask(self, view: PinView) -> None:
        """Show a question, or the same one again after a wrong code."""
        self._view = view
        self._headline.setText(view.headline)
        self._tries.setText(view.tries)
        self._tries.setVisible(bool(view.tries))
        self._warn(view.warning)
        self._wait(False)
        self._clear()
        self._left.start(view.question.seconds * 1000)
        next(iter(self._edits.values()), self._cancel).setFocus()
        self._fit()
        if self.isVisible():  # a wrong code: the holder may have gone to another window
            self._come_forward()

    def finish(self) -> None:
        """Close: the code was right, or nobody waits for it any more."""
        self._ended = True
        self._clear()
        self.accept()

    def _enter(self) -> None:
        values = {name: edit.text() for name, edit in self._edits.items()}
        name, why = judge(self._view, values)
        if why:
            self._warn(why)
            self._edits[name].setFocus()
            self._edits[name].selectAll()
            return
        self._left.stop()
        self._warn("")
        self._clear()
        self._wait(True)
        self.entered.emit(values.get("old", ""), values.get("new", ""))

    def reject(self) -> None:
        """Escape, Cancel, or the window's own button: the holder does not want."""
        self._end("cancel")

    def showEvent(self, event: QShowEvent) -> None:
        """Come to the front with the first field in focus, whoever shows the window."""
        super().showEvent(event)
        self._come_forward()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Take the window's button for Cancel."""
        event.ignore()
        self._end("cancel")

    def _end(self, why: _Why) -> None:
        if self._ended:
            return
        self._ended = True
        self._left.stop()
        self._clear()
        self.declined.emit(why)
        self.done(QDialog.DialogCode.Rejected)

    # How it looks

    def _warn(self, text: str) -> None:
        self._warning.setText(text)
        self._warning.setVisible(bool(text))
        announce(self._warning, text)

    def _wait(self, busy: bool) -> None:
        self._busy.setVisible(busy)
        self._ok.setEnabled(not busy)
        for edit in self._edits.values():
            edit.setEnabled(not busy)
        if not busy and self._edits:
            self._ok.setDefault(True)  # while it was disabled, Qt made Cancel the default

    def _clear(self) -> None:
        for edit in self._edits.values():
            edit.wipe()
        if self._pad is not None:
            self._pad.pad.mix()

    def _come_forward(self) -> None:
        """Ask for the focus; a window system that refuses it marks the window instead."""
        self.raise_()
        self.activateWindow()
        QApplication.alert(self)

    def _fit(self) -> None:
        """Be as large as the text needs, and not larger than the screen."""
        width = max(28 * self.fontMetrics().averageCharWidth() * 2, self.minimumWidth())
        room = self.screen().availableGeometry()
        width = min(width, room.width())
        inner = self._inside.layout()
        assert inner is not None  # noqa: S101 (made above)
        height = inner.totalHeightForWidth(width - 24) if inner.hasHeightForWidth() else 0
        height = max(height, inner.totalSizeHint().height()) + 2 * self._ok.sizeHint().height() + 24
        self.resize(width, min(height, room.height()))
