# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The four files of CPS Gestion, written when the window closes and the option is on."""

from pathlib import Path
from typing import Final

from caducee.base.files import make_folder, write_atomic
from caducee.base.i18n import gettext as _

__all__ = ["NAMES", "save"]

NAMES: Final = ("CPS-INFO.TXT", "CPS-JOUR.TXT", "CPS-TRAC.TXT", "CPS-DIAG.TXT")
"""Data of the card, journal, traces, incidents; the names are those of the issuer's program."""


def save(folder: Path, texts: tuple[str, str, str, str]) -> tuple[Path, ...]:
    """Write data, journal, traces and incidents into a folder, mode 0600; return the files.

    What is empty is written with one line that says so: a file of another day would mislead.
    Raises `StateError` (``base.file_unwritable``).
    """
    make_folder(folder)
    empty = _("Nothing to report.") + "\n"
    for name, text in zip(NAMES, texts, strict=True):
        write_atomic(folder / name, (text or empty).encode())
    return tuple(folder / name for name in NAMES)
