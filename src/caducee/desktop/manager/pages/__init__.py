# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The pages of the card manager, in their order; each is imported when it is first shown."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from caducee.base.i18n import N_

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from caducee.desktop.manager.context import Context

__all__ = ["PAGES", "PageEntry"]


@dataclass(frozen=True, slots=True)
class PageEntry:
    """One line of the list at the left of the window."""

    name: str
    """Stable; also the objectName of the page."""

    title: str
    """As the list shows it: an English message id. The class of the page has the same."""

    place: str
    """``module:Class``; the class is made as ``Class(context)``."""

    wanted: Callable[["Context"], bool] = lambda _context: True
    """Whether the page is there at all, asked once when the window is made."""

    def make(self, context: "Context") -> "QWidget":
        """Import and make the page."""
        module, _, kind = self.place.partition(":")
        made: QWidget = getattr(importlib.import_module(module), kind)(context)
        made.setObjectName(self.name)
        return made


PAGES: tuple[PageEntry, ...] = (
    PageEntry("card", N_("Card"), "caducee.desktop.manager.pages.card:CardPage"),
    PageEntry("pin", N_("PIN and PUK"), "caducee.desktop.manager.pages.pin:PinPage"),
    PageEntry(
        "services", N_("Test services"), "caducee.desktop.manager.pages.services:ServicesPage"
    ),
    PageEntry("readers", N_("Readers"), "caducee.desktop.manager.pages.readers:ReadersPage"),
    PageEntry("virtual", N_("Virtual cards"), "caducee.desktop.manager.pages.virtual:VirtualPage"),
    PageEntry("requests", N_("Requests"), "caducee.desktop.manager.pages.requests:RequestsPage"),
    PageEntry(
        "diagnosis", N_("Diagnosis"), "caducee.desktop.manager.pages.diagnosis:DiagnosisPage"
    ),
    PageEntry(
        "journal", N_("Journal and traces"), "caducee.desktop.manager.pages.journal:JournalPage"
    ),
)
