# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Programs that are run to their end, and signals for a process that was seen before.

A process number is used again; user, start time and command line together are not
(proc_pid_stat(5), proc_pid_status(5), proc_pid_cmdline(5)).
"""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ProcessFacts", "failure_of", "process_facts", "run", "signal_process"]

_PROC = Path("/proc")
_START_TIME = 19
"""Place of field 22 of proc_pid_stat(5), counted from the state, which is field 3."""


def run(
    words: Sequence[str], seconds: float, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program without input. Raises `OSError`, ``subprocess.TimeoutExpired``."""
    return subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=seconds,
        check=False,
        env=environ,
    )


def failure_of(done: subprocess.CompletedProcess[str]) -> str:
    """Return the last line of a program that failed, else its exit status; empty on success."""
    if not done.returncode:
        return ""
    lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return lines[-1] if lines else f"{Path(done.args[0]).name}: {done.returncode}"


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """What identifies one process on this machine."""

    pid: int
    start: int
    """Ticks since the machine started."""

    user: int | None
    """None when it runs under several user ids, as a set-user-ID program does."""

    command: tuple[str, ...]
    """Its command line, which the process can change."""


def process_facts(pid: int) -> ProcessFacts | None:
    """Return what the system reports about a process; None for an ended one or a zombie."""
    if pid <= 0:
        return None
    folder = _PROC / str(pid)
    try:
        fields = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        status = (folder / "status").read_text("utf-8", "replace")
        command = (folder / "cmdline").read_text("utf-8", "surrogateescape")
    except OSError:
        return None
    if not fields or fields[0] in "ZX":
        return None
    words = tuple(command.removesuffix("\0").split("\0"))
    return ProcessFacts(pid, int(fields[_START_TIME]), _user(status), words)


def _user(status: str) -> int | None:
    for line in status.splitlines():
        if line.startswith("Uid:"):
            users = {int(word) for word in line.split()[1:]}
            return users.pop() if len(users) == 1 else None
    return None


def signal_process(seen: ProcessFacts, number: int) -> bool:
    """Send a signal if the process is the one that was seen; tell whether it was sent.

    It is held by a descriptor meanwhile where the system has one, so that the signal reaches no
    later process with its number. Raises `PermissionError`.
    """
    try:
        handle = os.pidfd_open(seen.pid) if hasattr(os, "pidfd_open") else None
    except ProcessLookupError:
        return False
    try:
        if process_facts(seen.pid) != seen:
            return False
        if handle is None:
            os.kill(seen.pid, number)
        else:
            signal.pidfd_send_signal(handle, number)
    except ProcessLookupError:
        return False
    finally:
        if handle is not None:
            os.close(handle)
    return True
