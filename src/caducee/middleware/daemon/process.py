# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The daemon as a process: where it logs, how it lets go of its parent, how many files it opens."""

import logging
import logging.handlers
import os
import resource
import sys
from pathlib import Path

from caducee.base.errors import StateError
from caducee.base.files import make_folder
from caducee.base.runtime import state_folder

__all__ = ["detach", "log_path", "log_to", "open_many_files"]

_LOG_BYTES, _LOG_FILES = 256 * 1024, 2


def log_path() -> Path:
    """Return the daemon's own log: ``caducee/cryptolibd.log`` under ``XDG_STATE_HOME``."""
    return state_folder() / "cryptolibd.log"


def detach() -> None:
    """Let go of the program that started this process: session, folder, and open files.

    A façade in any program may be the parent; what it had open stays no longer open here.
    """
    if os.getsid(0) != os.getpid():
        try:
            os.setsid()
        except PermissionError:
            pass  # leader of a group: it was started on its own already
    os.chdir("/")
    nothing = os.open(os.devnull, os.O_RDWR)
    for place in (0, 1, 2):
        os.dup2(nothing, place)
    os.closerange(3, min(os.sysconf("SC_OPEN_MAX"), 1 << 16))


def log_to(path: Path | None) -> None:
    """Log warnings to standard error, and to a bounded file of mode 0600 when one is named."""
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if path is not None:
        try:
            make_folder(path.parent)
            path.touch(mode=0o600)
            handlers.append(
                logging.handlers.RotatingFileHandler(
                    path, maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8"
                )
            )
        except (OSError, StateError):
            logging.getLogger(__name__).warning("no log at %s", path)
    form = "%(asctime)s cryptolibd[%(process)d] %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=logging.WARNING, format=form, handlers=handlers, force=True)
    logging.raiseExceptions = False  # a full disk disturbs no call


def open_many_files() -> None:
    """Raise the number of open files to what this process may have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(most, 1 << 16) if most != resource.RLIM_INFINITY else 1 << 16
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
