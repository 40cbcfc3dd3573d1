# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The PIN window of the manager, with an on-screen PIN pad if the settings say so."""

from PySide6.QtWidgets import QWidget

from caducee.desktop.manager.settings import ManagerSettings
from caducee.desktop.pin_dialog import PinDialog
from caducee.desktop.pin_view import PinView

__all__ = ["pin_window"]


def pin_window(view: PinView, settings: ManagerSettings, parent: QWidget) -> PinDialog:
    """Return the window for a question, not shown yet."""
    made = PinDialog(view, parent)
    if settings.pin_pad and view.fields:
        made.offer_pin_pad(shuffled=settings.pin_pad_shuffled)
    return made
