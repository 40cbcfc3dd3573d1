# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The PIN lines: tries left beside them, faults below them, the on-screen PIN pad after them."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from caducee.base.i18n import gettext as _
from caducee.desktop.manager.context import Context
from caducee.desktop.manager.model.pin_page import PinPageView, faults, pins_of
from caducee.desktop.parts import PinEdit, announce, name_of, text_label, wrapping_form
from caducee.desktop.pin_fields import PinField
from caducee.desktop.pin_pad import PinPadPanel
from caducee.middleware.pin_entry import EnteredPins

__all__ = ["PinForm"]

_WIDE: Final = 20
"""Width of a line, in characters."""


class PinForm(QWidget):
    """Asks for the codes of one view. Codes leave it by `take` alone, and stay nowhere."""

    typed = Signal()
    """Something was entered."""

    finished = Signal()
    """Return was pressed in the last line."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._view: PinPageView | None = None
        self._edits: dict[str, PinEdit] = {}
        self._faults: dict[str, QLabel] = {}
        self._tries: dict[str, QLabel] = {}
        self._pad: PinPadPanel | None = None
        self._compose()
        context.settings_changed.connect(self._set_pin_pad)
        self._set_pin_pad()

    # Building

    def _compose(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._lines = QWidget()
        layout.addWidget(self._lines)
        self._show_pad_box = QCheckBox(_("On-screen PIN pa&d"))
        self._show_pad_box.setObjectName("show-pin-pad")
        self._show_pad_box.toggled.connect(lambda on: self._remember(pin_pad=on))
        self._shuffle_box = QCheckBox(_("Shu&ffled digits"))
        self._shuffle_box.setObjectName("shuffle-pin-pad")
        self._shuffle_box.toggled.connect(lambda on: self._remember(pin_pad_shuffled=on))
        layout.addWidget(self._show_pad_box)
        layout.addWidget(self._shuffle_box)

    def show_view(self, view: PinPageView) -> None:
        """Ask for what a view asks; lines that stay the same keep what was entered."""
        if self._view is None or _asked(self._view) != _asked(view):
            self._rebuild(view)
        self._view = view
        for name, label in self._tries.items():
            label.setText(view.tries(name))
            label.setVisible(bool(label.text()))
            edit = self._edits[name]
            described = ". ".join(filter(None, (view.hint(name), label.text())))
            edit.setAccessibleDescription(described)

    def _rebuild(self, view: PinPageView) -> None:
        self.wipe()
        there = self.window().focusWidget()
        had = there in self._edits.values()
        self._edits, self._faults, self._tries = {}, {}, {}
        lines = QWidget()
        form = wrapping_form(lines)
        form.setContentsMargins(0, 0, 0, 0)
        for field in view.fields:
            form.addRow(name_of(self._line(view, field), field.label), self._beside(field.name))
        self.layout().replaceWidget(self._lines, lines)  # type: ignore[union-attr]
        self._lines.hide()
        self._lines.setParent(None)  # gone at once for who looks for lines
        self._lines.deleteLater()
        self._lines = lines
        lines.show()
        for before, after in zip(self._edits.values(), [*self._edits.values()][1:], strict=False):
            before.returnPressed.connect(after.setFocus)
        if self._edits:
            self._edits[view.fields[-1].name].returnPressed.connect(self.finished)
        self._set_pin_pad()
        if self._pad is not None:
            self._pad.serve(self._edits.values())
        if had:
            self.begin()

    def _line(self, view: PinPageView, field: PinField) -> PinEdit:
        edit = PinEdit(field.name, view.lengths(field.name)[1])
        edit.setPlaceholderText(view.hint(field.name))
        edit.setFixedWidth(_WIDE * edit.fontMetrics().averageCharWidth())
        edit.textEdited.connect(self._judge)
        self._edits[field.name] = edit
        return edit

    def _beside(self, name: str) -> QWidget:
        """Return the line with the tries that are left beside it, and room for a fault below."""
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.addWidget(self._edits[name])
        tries = text_label(f"tries {name}")
        row.addWidget(tries, 1)
        row.addStretch()
        column.addLayout(row)
        fault = text_label(f"fault {name}", bold=True)
        fault.hide()
        column.addWidget(fault)
        self._tries[name], self._faults[name] = tries, fault
        return whole

    @property
    def stops(self) -> list[QWidget]:
        """What Tab reaches here, in order."""
        found: list[QWidget] = [*self._edits.values(), self._show_pad_box, self._shuffle_box]
        return found if self._pad is None else [*found, self._pad.pad.keys[0][0]]

    # What is entered

    @property
    def dirty(self) -> bool:
        """Whether anything is entered."""
        return any(edit.text() for edit in self._edits.values())

    def check(self) -> bool:
        """Tell whether everything was entered and can be right; else show why not, and go there."""
        found = self._show_faults(whole=True)
        for name in found:
            self._edits[name].setFocus()
            self._edits[name].selectAll()
            announce(self._faults[name], found[name])
            return False
        return True

    def take(self) -> EnteredPins:
        """Return what was entered, as secrets, and forget it. The caller wipes them."""
        codes = pins_of({name: edit.text() for name, edit in self._edits.items()})
        self.wipe()
        return codes

    def wipe(self) -> None:
        """Forget what was entered; the PIN pad is shuffled."""
        for edit in self._edits.values():
            edit.wipe()
        for fault in self._faults.values():
            fault.hide()
        if self._pad is not None:
            self._pad.pad.mix()

    def begin(self) -> None:
        """Give the first line the keyboard."""
        for edit in self._edits.values():
            edit.setFocus()
            return

    def lock(self, locked: bool) -> None:
        """Let nothing be entered while the card works."""
        for edit in (*self._edits.values(), self._pad):
            if edit is not None:
                edit.setEnabled(not locked)

    def _judge(self) -> None:
        self._show_faults(whole=False)
        self.typed.emit()

    def _show_faults(self, *, whole: bool) -> dict[str, str]:
        if self._view is None:
            return {}
        values = {name: edit.text() for name, edit in self._edits.items()}
        found = faults(self._view, values, whole=whole)
        for name, label in self._faults.items():
            why = found.get(name, "")
            if why and why != label.text() and not whole:
                announce(label, why)
            label.setText(why)
            label.setVisible(bool(why))
        return found

    # The PIN pad

    def _remember(self, **values: bool) -> None:
        if any(getattr(self._context.settings, name) != on for name, on in values.items()):
            self._context.set(**values)

    def _set_pin_pad(self) -> None:
        settings = self._context.settings
        self._show_pad_box.setChecked(settings.pin_pad)
        self._shuffle_box.setChecked(settings.pin_pad_shuffled)
        self._show_pad_box.setVisible(bool(self._edits))
        shown = settings.pin_pad and bool(self._edits)
        self._shuffle_box.setVisible(shown)
        if shown and self._pad is None:
            self._pad = PinPadPanel(shuffled=settings.pin_pad_shuffled)
            self._pad.typed.connect(self._judge)
            self._pad.serve(self._edits.values())
            self.layout().addWidget(self._pad)  # type: ignore[union-attr]
        elif self._pad is not None:
            self._pad.pad.set_shuffled(settings.pin_pad_shuffled)
        if self._pad is not None:
            self._pad.setVisible(shown)


def _asked(view: PinPageView) -> tuple[object, ...]:
    """Return what decides which lines there are."""
    return tuple((field, view.lengths(field.name)) for field in view.fields)
