# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Where programs of one user meet: the run-time folder of this user.

Whoever makes or reads something there opens the folder by `caducee.base.private_folder`.
"""

import os
import stat
import sys
from pathlib import Path

__all__ = ["runtime_folder", "user_home", "user_socket"]

_ROOTS = "/var/run" if sys.platform == "darwin" else "/run"


def runtime_folder() -> Path:
    """Return the folder of this user: ``caducee`` under ``XDG_RUNTIME_DIR``.

    Where the variable names none, it is ``/tmp/caducee-UID``, for root ``/run/caducee``. For root
    a folder of another user, or one that does not exist, is none: the variable may come from the
    user who became root.
    """
    root = os.geteuid() == 0
    base = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(base) and (not root or _belongs_to_root(base)):
        return Path(base) / "caducee"
    if root:
        return Path(_ROOTS) / "caducee"
    return Path(f"/tmp/caducee-{os.geteuid()}")  # noqa: S108 (checked by who uses it)


def _belongs_to_root(folder: str) -> bool:
    try:
        found = os.lstat(folder)
    except (OSError, ValueError):
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == 0


def user_home() -> Path:
    """Return the home of this user; for root never the folder of another user, which ``HOME`` may
    name when a user became root: programs that root runs would load what lies there.
    """
    home = Path.home()
    if os.name == "nt" or os.geteuid() != 0 or _belongs_to_root(str(home)):
        return home
    import pwd

    return Path(pwd.getpwuid(0).pw_dir)


def user_socket(variable: str, name: str) -> Path:
    """Return the path of a socket: what an environment variable names, else in `runtime_folder`.

    An empty value of the variable names nothing.
    """
    named = os.environ.get(variable, "") if variable else ""
    return Path(named) if named else runtime_folder() / name
