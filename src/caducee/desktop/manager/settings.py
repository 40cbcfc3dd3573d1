# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the manager remembers: one small JSON file of the user."""

from pathlib import Path
from typing import Any

import msgspec

from caducee.base.errors import StateError
from caducee.base.files import make_folder, write_atomic
from caducee.base.runtime import config_folder, state_folder

__all__ = ["ManagerSettings", "Remembered", "default_logs", "default_path"]

_MAX_SIZE = 1 << 16


class ManagerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The options of the window. A key that this version does not know is left out."""

    save_traces_at_exit: bool = False
    """Write CPS-INFO.TXT, CPS-JOUR.TXT, CPS-TRAC.TXT and CPS-DIAG.TXT when the window closes."""

    show_card_type: bool = True
    """Name the type of card (CPS3, CPS4, side) beside the reader."""

    pin_pad: bool = msgspec.field(default=False, name="keypad")
    """Show the on-screen PIN pad beside PIN fields."""

    pin_pad_shuffled: bool = msgspec.field(default=False, name="keypad_shuffled")
    reader: str = ""
    """The reader in use; empty: whichever has a card."""

    expiry_days: int = 60
    """Warn so many days before a card or certificate expires."""


def default_path() -> Path:
    """Return ``caducee/manager.json`` under ``XDG_CONFIG_HOME`` or ``~/.config``."""
    return config_folder() / "manager.json"


def default_logs() -> Path:
    """Return ``caducee/manager`` under ``XDG_STATE_HOME`` or ``~/.local/state``."""
    return state_folder() / "manager"


class Remembered:
    """The settings in use, and their file. Damage of the file costs the settings, no more."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.now = self._read()

    def set(self, **values: Any) -> StateError | None:  # noqa: ANN401 (the fields)
        """Change settings and write them; return what kept them from being written."""
        self.now = msgspec.structs.replace(self.now, **values)
        if self._path is None:
            return None
        try:
            make_folder(self._path.parent)
            write_atomic(self._path, msgspec.json.encode(self.now))
        except StateError as error:
            return error
        return None

    def _read(self) -> ManagerSettings:
        try:
            if self._path is None or self._path.stat().st_size > _MAX_SIZE:
                return ManagerSettings()
            return msgspec.json.decode(self._path.read_bytes(), type=ManagerSettings)
        except (OSError, msgspec.DecodeError):
            return ManagerSettings()
