# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The window for the code as the manager shows it: with a keypad where the user wants one."""

from PySide6.QtWidgets import QWidget

from caducee.desktop.manager.settings import ManagerSettings
from caducee.desktop.pin_dialog import PinDialog
from caducee.desktop.pin_view import PinView

__all__ = ["pin_window"]


def pin_window(view: PinView, settings: ManagerSettings, parent: QWidget) -> PinDialog:
    """Return the window for a question, not shown yet."""
    made = PinDialog(view, parent)
    if settings.keypad and view.fields:
        made.offer_keypad(shuffled=settings.keypad_shuffled)
    return made
