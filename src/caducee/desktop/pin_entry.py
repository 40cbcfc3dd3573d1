# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The program that asks for the code with a window: ``python -m caducee.desktop.pin_entry``.

It speaks the lines of `caducee.middleware.pin_entry.protocol` on standard input and output. The
code is written there and nowhere else.
"""

import sys
import threading
from typing import BinaryIO

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from caducee.base.errors import FormatError
from caducee.base.i18n import set_language
from caducee.base.memory import protect_memory
from caducee.base.secret import Secret
from caducee.desktop.look import dress
from caducee.desktop.pin_dialog import PinDialog
from caducee.desktop.pin_view import PinView
from caducee.middleware.pin_entry import EnteredPins, PinKind, PinQuestion, PinRequest
from caducee.middleware.pin_entry.protocol import MAX_LINE, PinEntryLine, Verb, pin_line

__all__ = ["PinProgram", "main"]


class PinProgram(QObject):
    """Between the lines and the window. Everything but the reading is in Qt's thread."""

    came = Signal(bytes)
    """A line of the daemon; empty at the end."""

    def __init__(self, come: BinaryIO, go: BinaryIO) -> None:
        super().__init__()
        self._come = come
        self._go = go
        self._question = PinQuestion(PinRequest(PinKind.LOGIN))
        self.dialog: PinDialog | None = None
        self.came.connect(self._take)

    def start(self) -> None:
        """Read lines in a thread until the end."""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while line := self._come.readline(MAX_LINE):
            self.came.emit(line.rstrip(b"\n"))
        self.came.emit(b"")

    def _take(self, raw: bytes) -> None:
        try:
            line = PinEntryLine.from_bytes(raw) if raw else PinEntryLine(Verb.DONE)
            if line.verb == Verb.DONE:
                return self._finish()
            if line.verb == Verb.ASK:
                return self._ask()
            self._question = self._question.after(line)
            if line.verb == Verb.LANGUAGE:
                set_language(line.text)
        except FormatError:
            self._finish()
        return None

    def _ask(self) -> None:
        view = PinView(self._question)
        if self.dialog is None:
            self.dialog = PinDialog(view)
            self.dialog.entered.connect(self._entered)
            self.dialog.declined.connect(self._declined)
            self.dialog.show()
        else:
            self.dialog.ask(view)
        self._question = PinQuestion(
            self._question.request,
            self._question.asker,
            self._question.language,
            self._question.seconds,
        )

    def _entered(self, old: str, new: str) -> None:
        codes = EnteredPins(Secret.of(old) if old else None, Secret.of(new) if new else None)
        line = pin_line(codes)
        codes.wipe()
        self._write(line)
        line[:] = bytes(len(line))

    def _declined(self, why: str) -> None:
        self._write(PinEntryLine(Verb.TIMEOUT if why == "timeout" else Verb.CANCEL).to_bytes())

    def _write(self, line: bytes | bytearray) -> None:
        try:
            self._go.write(line)
            self._go.flush()
        except OSError:
            self._finish()

    def _finish(self) -> None:
        if self.dialog is not None:
            self.dialog.finish()
        application = QApplication.instance()
        if application is not None:
            application.quit()


def main() -> int:
    """Ask on standard input and output."""
    protect_memory()
    application = QApplication(sys.argv[:1])
    application.setApplicationName("caducee")
    application.setApplicationDisplayName("caducee")
    application.setQuitOnLastWindowClosed(False)
    dress(application)
    program = PinProgram(sys.stdin.buffer, sys.stdout.buffer)
    program.start()
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
