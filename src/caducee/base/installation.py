# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Who can change the programs that root, or everybody, is given to run."""

import os
import stat
import sys
import sysconfig
from pathlib import Path

import caducee

__all__ = ["only_root_changes", "own_code"]


def own_code() -> tuple[Path, ...]:
    """Return where the interpreter, this package and its libraries are."""
    libraries = Path(sysconfig.get_path("purelib"))
    return Path(sys.executable), Path(caducee.__file__).parent, libraries


def only_root_changes(*paths: Path) -> bool:
    """Tell whether nobody but root can change files or replace a component of the way to them."""
    return all(_only_root_changes(path.absolute()) for path in paths)


def _only_root_changes(path: Path) -> bool:
    try:
        real = path.resolve(strict=True)
        found = [item.lstat() for way in (path, real) for item in (way, *way.parents)]
    except OSError:
        return False
    return all(item.st_uid == 0 and (stat.S_ISLNK(item.st_mode) or _closed(item)) for item in found)


def _closed(found: os.stat_result) -> bool:
    sticky = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
    return bool(sticky) or not found.st_mode & 0o022
