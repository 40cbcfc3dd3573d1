# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether windows can be opened here."""

import os
import sys

from caducee.base.errors import StateError

__all__ = ["need_screen"]


def need_screen() -> None:
    """Refuse where Qt would abort the process: no display and no platform was chosen.

    Raises `StateError` (``desktop.no_screen``).
    """
    named = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    if sys.platform == "linux" and not named:
        raise StateError("desktop.no_screen", reason="DISPLAY, WAYLAND_DISPLAY")
