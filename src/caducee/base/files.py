# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Files that are written whole or not at all."""

import contextlib
import os
import tempfile
from pathlib import Path

from caducee.base.errors import StateError

__all__ = ["make_folder", "write_atomic"]


def write_atomic(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Replace a file by ``data``: a reader, or a kill at any moment, meets the old or the new.

    The bytes reach the disk before the name changes, and the name reaches the disk before this
    returns. Raises `StateError` (``base.file_unwritable``); the old file then stands unchanged.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                os.fchmod(file.fileno(), mode)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
        _sync_folder(path.parent)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StateError("base.file_unwritable", path=str(path), reason=reason) from error


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, of mode 0700; one that is there stays as it is.

    Raises `StateError` (``base.file_unwritable``).
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StateError("base.file_unwritable", path=str(folder), reason=reason) from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
