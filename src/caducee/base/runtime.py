# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The folders of this user: run time, where programs meet; settings, state and cache.

Whoever makes or reads something there opens the folder by `caducee.base.private_folder`.
"""

import os
import stat
import sys
from pathlib import Path

__all__ = [
    "cache_folder",
    "config_folder",
    "runtime_folder",
    "state_folder",
    "user_home",
    "user_socket",
]

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
    if _not_root() or _belongs_to_root(str(home)):
        return home
    import pwd

    return Path(pwd.getpwuid(0).pw_dir)


def config_folder() -> Path:
    """Return where settings are: ``caducee`` under ``XDG_CONFIG_HOME``, else ``~/.config``."""
    return _base_folder("XDG_CONFIG_HOME", ".config")


def state_folder() -> Path:
    """Return the folder of this user's logs and state: ``caducee`` under ``XDG_STATE_HOME``,
    ``~/.local/state``.
    """
    return _base_folder("XDG_STATE_HOME", ".local/state")


def cache_folder() -> Path:
    """Return where the cache is: ``caducee`` under ``XDG_CACHE_HOME``, else ``~/.cache``."""
    return _base_folder("XDG_CACHE_HOME", ".cache")


def _base_folder(variable: str, default: str) -> Path:
    """Follow the XDG base directory specification: a path that is not absolute is ignored.

    For root, so is the folder of another user: under ``sudo -E`` the variable is that user's, who
    could put links and settings there.
    """
    named = os.environ.get(variable, "")
    if os.path.isabs(named) and (_not_root() or _belongs_to_root(_existing(named))):
        return Path(named) / "caducee"
    return user_home() / default / "caducee"


def _existing(folder: str) -> str:
    """Return the folder, or the nearest above it that exists: its owner may create the rest."""
    path = Path(folder)
    return str(next((above for above in (path, *path.parents) if os.path.lexists(above)), path))


def _not_root() -> bool:
    return os.name == "nt" or os.geteuid() != 0


def user_socket(variable: str, name: str) -> Path:
    """Return the path of a socket: what an environment variable names, else in `runtime_folder`.

    An empty value of the variable names nothing.
    """
    named = os.environ.get(variable, "") if variable else ""
    return Path(named) if named else runtime_folder() / name
