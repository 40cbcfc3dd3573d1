# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Where a file is saved, and in which format."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from caducee.base.i18n import gettext as _

__all__ = ["AskPath", "FileFormat", "ask_path"]


@dataclass(frozen=True, slots=True)
class FileFormat:
    """One form of file."""

    name: str
    kind: str
    """What the dialog of files calls it: an English message id."""

    suffix: str


type AskPath = Callable[[QWidget, str, Sequence[FileFormat]], tuple[FileFormat, Path | None]]
"""Asks where a file goes; see `ask_path`."""


def ask_path(
    parent: QWidget, stem: str, forms: Sequence[FileFormat]
) -> tuple[FileFormat, Path | None]:
    """Ask where a file goes; a file that is there is replaced only after a yes.

    Returns no path when the person changes their mind.
    """
    filters = {f"{_(item.kind)} (*{item.suffix})": item for item in forms}
    path, chosen = QFileDialog.getSaveFileName(
        parent, _("Save"), f"{stem}{forms[0].suffix}", ";;".join(filters)
    )
    form = filters.get(chosen, forms[0])
    if not path:
        return form, None
    by_suffix = {item.suffix: item for item in reversed(forms)}
    found = Path(path)
    if form.suffix != found.suffix and found.suffix in by_suffix:
        form = by_suffix[found.suffix]
    return form, found if found.suffix else found.with_name(f"{found.name}{form.suffix}")
