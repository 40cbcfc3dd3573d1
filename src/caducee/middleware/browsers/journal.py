# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Remembers which files and folders the installer made, so that it takes away no others."""

import json
from contextlib import suppress
from pathlib import Path

from caducee.base.errors import StateError
from caducee.base.files import make_folder, write_atomic

__all__ = ["InstallJournal"]


class InstallJournal:
    """The paths that did not exist before us."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def makes(self, path: Path) -> None:
        """Note that a path is about to be made, with each missing folder above it."""
        wanted = (path, *path.parents, *self._path.parents)  # the journal has folders, too
        self._write(self._read() | {str(item) for item in wanted if not item.exists()})

    def made(self, path: Path) -> bool:
        """Tell whether a path was made by us."""
        return str(path) in self._read()

    def forget(self, path: Path) -> None:
        """Take away the folders of ours above a path that are empty now, and the notes of them.

        The path itself must be gone.
        """
        left = self._read() - {str(path)}
        for folder in path.parents:
            if str(folder) not in left:
                break
            try:
                folder.rmdir()
            except OSError:
                break
            left.discard(str(folder))
        self._write(left)

    def _read(self) -> set[str]:
        try:
            found = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return set()
        except (OSError, ValueError) as error:
            path, reason = str(self._path), str(error)
            raise StateError("browser.journal_broken", path=path, reason=reason) from error
        return (
            {item for item in found if isinstance(item, str)} if isinstance(found, list) else set()
        )

    def _write(self, paths: set[str]) -> None:
        if paths - {str(parent) for parent in self._path.parents}:
            make_folder(self._path.parent)
            write_atomic(self._path, json.dumps(sorted(paths), indent=1).encode())
            return
        self._path.unlink(missing_ok=True)
        for folder in self._path.parents:
            if str(folder) not in paths:
                break
            with suppress(OSError):  # other things may lie there by now
                folder.rmdir()
