# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How far the work with a card is, and the button that ends it."""

from collections.abc import Callable

from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from caducee.base.i18n import gettext as _
from caducee.desktop.flow import Flow
from caducee.desktop.manager.widgets import button
from caducee.desktop.parts import text_label

__all__ = ["ProgressPanel"]


class ProgressPanel(QWidget):
    """Hidden while nothing is done."""

    def __init__(self, spoken: str, cancel: Callable[[], object]) -> None:
        """``spoken``: what a screen reader calls the bar."""
        super().__init__()
        self._doing = text_label("doing")
        self._bar = QProgressBar()
        self._bar.setObjectName("progress")
        self._bar.setAccessibleName(spoken)
        buttons = Flow()
        buttons.addWidget(button("stop", _("Cance&l"), cancel))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._doing)
        layout.addWidget(self._bar)
        layout.addLayout(buttons)
        self.hide()

    def begin(self, text: str = "") -> None:
        """Show that work has begun."""
        self.tell(text, None)
        self.show()

    def say(self, text: str) -> None:
        """Tell something else of the same work."""
        self._doing.setText(text)

    def tell(self, text: str, share: float | None) -> None:
        """Tell what is being done, and which share of all is done; None when nobody knows."""
        self._doing.setText(text)
        self._bar.setRange(0, 0 if share is None else 100)
        if share is not None:
            self._bar.setValue(round(100 * share))
