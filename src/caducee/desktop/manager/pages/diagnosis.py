# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The diagnosis as a page: the same panel as ``caducee diag --window``."""

from dataclasses import replace

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from caducee.base.i18n import N_
from caducee.desktop.diagnosis.panel import DiagnosisPanel
from caducee.desktop.manager.context import Context
from caducee.diagnosis.session import DiagnosisOptions

__all__ = ["DiagnosisPage"]


def _options(context: Context) -> DiagnosisOptions:
    ports = context.ports
    return replace(ports.diagnosis, reader=context.readers.wished, judge=ports.judge)


class DiagnosisPage(QWidget):
    """Diagnoses this machine when it is first shown; the chosen reader before others."""

    title = N_("Diagnosis")

    def __init__(self, context: Context, panel: DiagnosisPanel | None = None) -> None:
        super().__init__()
        self.panel = panel or DiagnosisPanel(_options(context))
        self._begun = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.panel)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin, once."""
        super().showEvent(event)
        if not self._begun:
            self._begun = True
            self.panel.begin()
