# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Cures within what belongs to the user: our process, cache, settings, module."""

import os
import socket
import stat
import subprocess
import time
from itertools import count
from pathlib import Path
from typing import Final

from caducee.base.errors import StateError
from caducee.base.files import write_atomic
from caducee.cryptolib.cache import PublicDataCache
from caducee.diagnosis.cures.model import Kept, Workshop, end_process
from caducee.middleware.browsers import Installer, Outcome, Part, Surroundings
from caducee.middleware.daemon.peers import peer_of
from caducee.middleware.daemon.place import socket_path
from caducee.middleware.daemon.settings import settings_path
from caducee.middleware.module import find_module

__all__ = [
    "aside",
    "back",
    "clear_cache",
    "close_cache",
    "close_run",
    "daemon_pid",
    "register_browsers",
    "register_kit",
    "restart_daemon",
    "start_daemon",
    "stop_daemon",
    "stop_scdaemon",
    "unregister_browsers",
    "unregister_kit",
    "widen",
]

_PATIENCE = 3.0
_PAUSE = 0.05
_KIT_FILE: Final = ".config/pkcs11/modules/caducee.module"
_SYSTEM_KIT_FILE: Final = "/etc/pkcs11/modules/caducee.module"


def daemon_pid() -> int:
    """Return the process that listens at the socket, when it is this user's; else 0."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(1.0)
        try:
            link.connect(str(socket_path()))
            return peer_of(link).pid
        except (OSError, StateError):
            return 0


def stop_daemon(shop: Workshop, kept: Kept) -> None:
    """End the daemon; one that hangs is killed."""
    end_process(daemon_pid())


def start_daemon(shop: Workshop) -> Kept:
    """Start the daemon as a module does, and wait until it listens."""
    with Path(os.devnull).open("r+b") as nothing:
        subprocess.Popen(
            [shop.python, "-m", "caducee", "cryptolibd"],
            stdin=nothing,
            stdout=nothing,
            stderr=nothing,
            start_new_session=True,
        )
    deadline = time.monotonic() + 4 * _PATIENCE
    while not daemon_pid():
        if time.monotonic() > deadline:
            raise OSError("it does not listen")
        time.sleep(_PAUSE)
    return {}


def restart_daemon(shop: Workshop) -> Kept:
    """End the daemon and start it."""
    stop_daemon(shop, {})
    return start_daemon(shop)


def _close(folder: Path) -> Kept:
    mode = stat.S_IMODE(folder.stat().st_mode)
    folder.chmod(0o700)
    return {"folder": str(folder), "mode": f"{mode:o}"}


def close_run(shop: Workshop) -> Kept:
    """Give the folder of the socket mode 0700."""
    return _close(socket_path().parent)


def close_cache(shop: Workshop) -> Kept:
    """Give the folder of the cache mode 0700."""
    return _close(PublicDataCache().folder)


def widen(shop: Workshop, kept: Kept) -> None:
    """Give a folder the mode that it had."""
    Path(kept["folder"]).chmod(int(kept["mode"], 8))


def clear_cache(shop: Workshop) -> Kept:
    """Forget all cards."""
    PublicDataCache().clear()
    return {}


def aside(shop: Workshop) -> Kept:
    """Move the settings aside."""
    path = settings_path()
    names = (path.with_name(f"{path.name}.aside{n or ''}") for n in count())
    other = next(name for name in names if not os.path.lexists(name))
    path.rename(other)
    return {"path": str(path), "aside": str(other)}


def back(shop: Workshop, kept: Kept) -> None:
    """Move the settings back, unless there are new ones."""
    path = Path(kept["path"])
    if path.exists():
        raise FileExistsError(17, "File exists")
    Path(kept["aside"]).rename(path)


def _installer(shop: Workshop) -> Installer:
    place = Surroundings(shop.place.home, system=False, root=shop.place.root, python=shop.python)
    return Installer(place, find_module())


def register_browsers(shop: Workshop) -> Kept:
    """Make the user's browsers know us: all of them, or none."""
    done = _installer(shop).install()
    begun = (Outcome.ADDED, Outcome.CHANGED, Outcome.FAILED)
    kept = {"parts": "\n".join(_line(item.part) for item in done if item.outcome in begun)}
    failed = [item for item in done if item.outcome is Outcome.FAILED]
    if failed:
        unregister_browsers(shop, kept)
        raise failed[0].error or OSError(str(failed[0].part.path))
    return kept


def unregister_browsers(shop: Workshop, kept: Kept) -> None:
    """Take out of the user's browsers what was put in; what was there before stays."""
    parts = kept["parts"].splitlines()
    _installer(shop).remove(lambda part: _line(part) in parts)


def _line(part: Part) -> str:
    return f"{part.kind.value} {part.browser} {part.path}"


def register_kit(shop: Workshop) -> Kept:
    """Make p11-kit know our module: for this user, or, as root, whose home p11-kit does not read,
    for everybody.
    """
    path = shop.place.under(_SYSTEM_KIT_FILE) if shop.root else shop.place.home / _KIT_FILE
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    write_atomic(path, f"module: {find_module()}\n".encode(), 0o644)
    return {"before": before, "path": str(path)}


def unregister_kit(shop: Workshop, kept: Kept) -> None:
    """Put back what p11-kit knew."""
    path = Path(kept["path"])
    if kept["before"]:
        write_atomic(path, kept["before"].encode(), 0o644)
    else:
        path.unlink(missing_ok=True)


def stop_scdaemon(shop: Workshop) -> Kept:
    """Let GnuPG give the card back; it starts again when it is needed."""
    shop.command("gpgconf", "--kill", "scdaemon")
    return {}
