# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the real probes look; tests have a root and a home of their own."""

import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from caducee.base.processes import run
from caducee.base.runtime import user_home
from caducee.reader.cancelling import CancelToken

__all__ = [
    "MachineRoot",
    "errors_of",
    "first_line",
    "in_time",
    "open_files",
    "output_of",
    "read_text",
]

_SECONDS = 10.0
_GLANCE = 0.05
"""Seconds between two looks whether the answer is still wanted."""


@dataclass(frozen=True, slots=True)
class MachineRoot:
    """This machine, as one user sees it."""

    home: Path
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    root: Path = Path("/")
    """What stands above ``proc``, ``sys``, ``etc``, ``usr``."""

    @classmethod
    def here(cls) -> Self:
        """Return that of this process."""
        return cls(user_home())

    def under(self, path: str) -> Path:
        """Return a path of the system below the root."""
        return self.root / path.lstrip("/")

    def program(self, name: str) -> str:
        """Return where a program is, folders for root included; empty when it is not there."""
        folders = [*self.environ.get("PATH", "").split(":"), "/usr/sbin", "/sbin", "/usr/bin"]
        for folder in filter(None, folders):
            found = self.under(folder) / name
            if os.path.isfile(found) and os.access(found, os.X_OK):
                return str(found)
        return ""


def read_text(path: Path) -> str:
    """Return a file as text; empty when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def first_line(path: Path) -> str:
    """Return the first line of a file; empty when it cannot be read."""
    return read_text(path).partition("\n")[0].strip()


def open_files(folder: Path) -> set[str]:
    """Return what a process has open; its folder is ``/proc/PID``. Empty for another user's."""
    found = set()
    try:
        for path in (folder / "fd").iterdir():
            try:
                found.add(os.readlink(path))
            except OSError:
                continue
    except OSError:
        return set()
    return found


def output_of(*command: str) -> str:
    """Return what a program says; empty when it fails, or does not end in time."""
    done = _run(command)
    return done.stdout if done is not None else ""


def errors_of(*command: str) -> str:
    """Return what a program says of its errors; empty when it does not end in time."""
    done = _run(command)
    return done.stderr if done is not None else ""


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str] | None:
    try:
        return run(command, _SECONDS, os.environ | {"LC_ALL": "C"})
    except (OSError, subprocess.TimeoutExpired):
        return None


def in_time[T](ask: Callable[[], T], seconds: float, cancel: CancelToken | None = None) -> T | None:
    """Return an answer, or None when it does not come in time or was cancelled: the thread
    that waits is left.

    Calls of PC/SC wait without end for a service that hangs, or for another's transaction.
    """
    answer: list[T] = []
    asking = threading.Thread(
        target=lambda: answer.append(ask()), name="diagnosis-question", daemon=True
    )
    asking.start()
    end = time.monotonic() + seconds
    while asking.is_alive() and (left := end - time.monotonic()) > 0:
        if cancel is not None and cancel.cancelled:
            break
        asking.join(left if cancel is None else min(left, _GLANCE))
    return answer[0] if answer else None
