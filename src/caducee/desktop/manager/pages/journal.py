# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Journal and traces: what happened, and what was said to cards; both can be copied and saved."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QTabWidget, QVBoxLayout, QWidget

from caducee.base.errors import CpsError
from caducee.base.files import write_atomic
from caducee.base.i18n import N_
from caducee.base.i18n import gettext as _
from caducee.desktop.flow import Flow
from caducee.desktop.manager.context import Context
from caducee.desktop.manager.file_formats import AskPath, FileFormat, ask_path
from caducee.desktop.manager.widgets import button
from caducee.desktop.parts import announce, text_label

__all__ = ["JournalPage"]

_TEXT = (FileFormat("text", N_("Plain text"), ".txt"),)


class JournalPage(QWidget):
    """Shows the journal as it grows, and the traces when they are looked at."""

    title = N_("Journal and traces")

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.ask_path: AskPath = ask_path
        """Asks the user where a file goes: tests answer instead."""

        self._tabs = QTabWidget()
        self._tabs.setObjectName("tabs")
        self._texts = {
            "journal": _text("journal text", _("Journal")),
            "traces": _text("traces text", _("Traces")),
        }
        self._tabs.addTab(self._journal(), _("&Journal"))
        self._tabs.addTab(self._traces(), _("&Traces"))
        self._tabs.currentChanged.connect(self._show)
        layout = QVBoxLayout(self)
        layout.addWidget(self._tabs)
        layout.addLayout(self._buttons())
        context.journal_grew.connect(self._grow)
        self._show()

    def _journal(self) -> QWidget:
        return self._texts["journal"]

    def _traces(self) -> QWidget:
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 0, 0, 0)
        hint = text_label("traces hint")
        hint.setText(
            _(
                "Commands sent to cards by this window, PINs masked. Holder data read "
                "from the card is not masked. Programs that use the module write their "
                "own traces with CADUCEE_TRACE=apdus."
            )
        )
        layout.addWidget(hint)
        layout.addWidget(self._texts["traces"])
        return inside

    def _buttons(self) -> Flow:
        row = Flow()
        self._again = button("refresh", _("R&efresh"), self._show)
        row.addWidget(self._again)
        row.addWidget(button("copy", _("Co&py all"), self.copy))
        row.addWidget(button("save", _("Save to f&ile…"), self.save))
        return row

    def perform(self, action: str) -> None:
        """Show what a menu asks: ``journal`` or ``traces``."""
        self._tabs.setCurrentIndex(list(self._texts).index(action))
        self._show()
        self._texts[action].setFocus()

    @property
    def _shown(self) -> str:
        return list(self._texts)[self._tabs.currentIndex()]

    def _whole(self) -> str:
        context = self._context
        return context.journal.as_text() if self._shown == "journal" else context.traces

    def _show(self) -> None:
        self._again.setVisible(self._shown == "traces")
        self._texts[self._shown].setPlainText(self._whole())
        bar = self._texts[self._shown].verticalScrollBar()
        bar.setValue(bar.maximum())

    def _grow(self, line: str) -> None:
        self._texts["journal"].appendPlainText(line)

    def copy(self) -> None:
        """Put what is shown on the clipboard, whole."""
        QGuiApplication.clipboard().setText(self._whole())
        self._say(_("Copied."))

    def save(self) -> None:
        """Ask where what is shown goes, and write it there."""
        stem = "CPS-JOUR" if self._shown == "journal" else "CPS-TRAC"
        _form, path = self.ask_path(self, stem, _TEXT)
        if path is None:
            return
        data = self._whole().encode()
        job = self._context.worker.run(lambda _work: write_atomic(path, data), "files")
        job.done.connect(lambda _done: self._say(_("Saved: {path}").format(path=path)))
        job.failed.connect(self._failed)

    def _failed(self, error: CpsError) -> None:
        self._say(f"{error.sentence()} {error.advice()}")

    def _say(self, text: str) -> None:
        self._context.said.emit(text)
        announce(self, text)


def _text(name: str, title: str) -> QPlainTextEdit:
    made = QPlainTextEdit()
    made.setObjectName(name)
    made.setAccessibleName(title)
    made.setReadOnly(True)
    made.setTabChangesFocus(True)
    made.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse
        | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    made.setMaximumBlockCount(6000)
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPointSizeF(made.font().pointSizeF())
    made.setFont(font)
    return made
