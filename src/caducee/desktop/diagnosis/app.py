# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The diagnosis as a program: ``caducee diag --window``."""

import sys

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from caducee.desktop.diagnosis.window import DiagnosisWindow
from caducee.desktop.look import dress
from caducee.diagnosis.session import DiagnosisOptions

__all__ = ["run"]


def run(options: DiagnosisOptions) -> int:
    """Show the window, begin once it is on the screen, and return when it is closed.

    A bundle in ``options.replay`` is shown instead of this machine.
    """
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(sys.argv[:1])
    application.setApplicationName("caducee")
    application.setApplicationDisplayName("caducee")
    dress(application)
    here, bundle = options.here(), options.replay
    window = DiagnosisWindow(here)
    window.show()
    begin = window.panel.begin if bundle is None else lambda: window.panel.open_bundle(bundle)
    QTimer.singleShot(0, begin)
    return application.exec()
