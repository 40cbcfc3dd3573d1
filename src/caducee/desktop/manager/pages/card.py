# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The card in the reader: whose it is, what it holds, where its codes stand."""

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from caducee.base.i18n import N_
from caducee.desktop.manager.context import Context
from caducee.desktop.manager.model.live import ReaderNow
from caducee.desktop.manager.model.words import reader_line

__all__ = ["CardPage"]


class CardPage(QWidget):
    """Shows the card of the reader in use."""

    title = N_("Card")

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._headline = QLabel()
        self._headline.setObjectName("headline")
        layout = QVBoxLayout(self)
        layout.addWidget(self._headline)
        layout.addStretch()
        context.reader_changed.connect(self._show)
        self._show(context.reader)

    def perform(self, action: str) -> None:
        """Do what a menu asks."""

    def _show(self, now: ReaderNow | None) -> None:
        self._headline.setText(reader_line(now))
