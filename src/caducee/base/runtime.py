# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Where programs of one user meet: sockets in a folder of this user."""

import os
from pathlib import Path

__all__ = ["user_socket"]


def user_socket(variable: str, name: str) -> Path:
    """Return the path of a socket: what the environment variable names, else ``caducee/NAME``.

    An empty name of a variable names nothing. ``caducee`` is a folder under ``XDG_RUNTIME_DIR``,
    or where there is none, ``/tmp/caducee-UID``.
    """
    named = os.environ.get(variable, "") if variable else ""
    if named:
        return Path(named)
    base = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(base):
        return Path(base) / "caducee" / name
    return Path(f"/tmp/caducee-{os.geteuid()}") / name  # noqa: S108 (checked by who uses it)
