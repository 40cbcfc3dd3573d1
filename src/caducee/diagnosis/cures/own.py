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
from caducee.base.processes import ProcessFacts, process_facts
from caducee.cryptolib.cache import PublicDataCache
from caducee.diagnosis.cures.model import CureContext, UndoData, end_process
from caducee.middleware.browsers import BrowserLocations, Component, Installer, InstallOutcome
from caducee.middleware.daemon.endpoint import socket_path
from caducee.middleware.daemon.peers import peer_of
from caducee.middleware.daemon.settings import settings_path
from caducee.middleware.module import find_module

__all__ = [
    "aside",
    "back",
    "clear_cache",
    "close_cache",
    "close_run",
    "daemon_process",
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

_TIMEOUT = 3.0
_PAUSE = 0.05
_KIT_FILE: Final = ".config/pkcs11/modules/caducee.module"
_SYSTEM_KIT_FILE: Final = "/etc/pkcs11/modules/caducee.module"


def daemon_process() -> ProcessFacts | None:
    """Return the process that listens on the socket, if it runs as this user alone."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(1.0)
        try:
            link.connect(str(socket_path()))
            peer = peer_of(link)
        except (OSError, StateError):
            return None
    found = process_facts(peer.pid)
    if found is None or (found.start, found.user) != (peer.start, os.geteuid()):
        return None
    return found


def stop_daemon(context: CureContext, kept: UndoData) -> None:
    """End the daemon; one that hangs is killed."""
    if (daemon := daemon_process()) is not None:
        end_process(daemon)


def start_daemon(context: CureContext) -> UndoData:
    """Start the daemon as a module does, and wait until it listens."""
    with Path(os.devnull).open("r+b") as nothing:
        subprocess.Popen(
            [context.python, "-m", "caducee", "cryptolibd"],
            stdin=nothing,
            stdout=nothing,
            stderr=nothing,
            start_new_session=True,
        )
    deadline = time.monotonic() + 4 * _TIMEOUT
    while daemon_process() is None:
        if time.monotonic() > deadline:
            raise OSError("the daemon does not listen")
        time.sleep(_PAUSE)
    return {}


def restart_daemon(context: CureContext) -> UndoData:
    """End the daemon and start it."""
    stop_daemon(context, {})
    return start_daemon(context)


def _close(folder: Path) -> UndoData:
    mode = stat.S_IMODE(folder.stat().st_mode)
    folder.chmod(0o700)
    return {"folder": str(folder), "mode": f"{mode:o}"}


def close_run(context: CureContext) -> UndoData:
    """Give the folder of the socket mode 0700."""
    return _close(socket_path().parent)


def close_cache(context: CureContext) -> UndoData:
    """Give the folder of the cache mode 0700."""
    return _close(PublicDataCache().folder)


def widen(context: CureContext, kept: UndoData) -> None:
    """Give a folder the mode that it had."""
    Path(kept["folder"]).chmod(int(kept["mode"], 8))


def clear_cache(context: CureContext) -> UndoData:
    """Forget all cards."""
    PublicDataCache().clear()
    return {}


def aside(context: CureContext) -> UndoData:
    """Move the settings aside."""
    path = settings_path()
    names = (path.with_name(f"{path.name}.aside{n or ''}") for n in count())
    other = next(name for name in names if not os.path.lexists(name))
    path.rename(other)
    return {"path": str(path), "aside": str(other)}


def back(context: CureContext, kept: UndoData) -> None:
    """Move the settings back, unless there are new ones."""
    path = Path(kept["path"])
    if path.exists():
        raise FileExistsError(17, "File exists")
    Path(kept["aside"]).rename(path)


def _installer(context: CureContext) -> Installer:
    place = BrowserLocations(
        context.place.home, system=False, root=context.place.root, python=context.python
    )
    return Installer(place, find_module())


def register_browsers(context: CureContext) -> UndoData:
    """Make the user's browsers know us: all of them, or none."""
    done = _installer(context).install()
    begun = (InstallOutcome.ADDED, InstallOutcome.CHANGED, InstallOutcome.FAILED)
    kept = {"parts": "\n".join(_line(item.part) for item in done if item.outcome in begun)}
    failed = [item for item in done if item.outcome is InstallOutcome.FAILED]
    if failed:
        unregister_browsers(context, kept)
        raise failed[0].error or OSError(str(failed[0].part.path))
    return kept


def unregister_browsers(context: CureContext, kept: UndoData) -> None:
    """Take out of the user's browsers what was put in; what was there before stays."""
    parts = kept["parts"].splitlines()
    _installer(context).remove(lambda part: _line(part) in parts)


def _line(part: Component) -> str:
    return f"{part.kind.value} {part.browser} {part.path}"


def register_kit(context: CureContext) -> UndoData:
    """Make p11-kit know our module: for this user, or, as root, whose home p11-kit does not read,
    for everybody.
    """
    path = context.place.under(_SYSTEM_KIT_FILE) if context.root else context.place.home / _KIT_FILE
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    write_atomic(path, f"module: {find_module()}\n".encode(), 0o644)
    return {"before": before, "path": str(path)}


def unregister_kit(context: CureContext, kept: UndoData) -> None:
    """Put back what p11-kit knew."""
    path = Path(kept["path"])
    if kept["before"]:
        write_atomic(path, kept["before"].encode(), 0o644)
    else:
        path.unlink(missing_ok=True)


def stop_scdaemon(context: CureContext) -> UndoData:
    """Let GnuPG give the card back; it starts again when it is needed."""
    context.command("gpgconf", "--kill", "scdaemon")
    return {}
