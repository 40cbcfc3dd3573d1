# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The window of the diagnosis: the panel, with menus and files around it."""

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from caducee.base.i18n import gettext as _
from caducee.desktop.diagnosis.panel import DiagnosisPanel
from caducee.desktop.scroll import scrolled
from caducee.diagnosis.session import DiagnosisOptions

__all__ = ["DiagnosisWindow"]

_LETTERS = QSize(110, 44)
"""Width and height in letters and lines: the window grows with the text."""


class DiagnosisWindow(QMainWindow):
    """A window of its own; `panel` can stand in another one, too."""

    def __init__(
        self,
        options: DiagnosisOptions,
        parent: QWidget | None = None,
        panel: DiagnosisPanel | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("diagnosis")
        self.setWindowTitle(_("Diagnosis of the card and this computer"))
        self.panel = panel or DiagnosisPanel(options)
        self.setCentralWidget(scrolled(self.panel))
        self._menus()
        self.panel.changed.connect(self._enable)
        self._enable()
        self._fit()

    def _fit(self) -> None:
        """Be as large as the letters want, and not larger than the screen."""
        metrics = self.fontMetrics()
        wanted = QSize(
            metrics.averageCharWidth() * _LETTERS.width(),
            metrics.lineSpacing() * _LETTERS.height(),
        )
        self.resize(wanted.boundedTo(self.screen().availableGeometry().size()))

    def _menus(self) -> None:
        menu = self.menuBar().addMenu(_("&Diagnosis"))
        key = QKeySequence.StandardKey
        self._add(menu, _("Try a&gain"), QKeySequence(key.Refresh), self.panel.begin)
        self._add(menu, _("Chec&k with the PIN…"), QKeySequence(), self.panel.ask_code)
        self._stop = self._add(menu, _("S&top"), QKeySequence("Esc"), self.panel.stop)
        menu.addSeparator()
        self._add(
            menu,
            _("&Open a report from another computer…"),
            QKeySequence(key.Open),
            self.panel.ask_which,
        )
        self.panel.savers[0].setShortcut(QKeySequence(key.Save))
        menu.addActions(self.panel.savers)
        menu.addSeparator()
        self._copy = self._add(menu, _("Cop&y all"), QKeySequence("Ctrl+Shift+C"), self.panel.copy)
        menu.addSeparator()
        self._add(menu, _("&Close"), QKeySequence(key.Close), self.close)

    def _add(self, menu: QMenu, text: str, keys: QKeySequence, do: Callable[[], object]) -> QAction:
        made = QAction(text, self)
        made.setShortcut(keys)
        made.triggered.connect(lambda _checked=False: do())
        menu.addAction(made)
        return made

    def _enable(self) -> None:
        self._stop.setEnabled(self.panel.view.running)
        self._copy.setEnabled(self.panel.view.report is not None)

    def closeEvent(self, event: QCloseEvent) -> None:
        """End what runs, and close."""
        self.panel.close_down()
        event.accept()
