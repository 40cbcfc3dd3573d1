# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a cure is, and what it works with."""

import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from caducee.base.i18n import gettext as _
from caducee.base.installation import only_root_changes, own_code
from caducee.base.processes import ProcessFacts, failure_of, process_facts, run
from caducee.diagnosis.machine.root import MachineRoot, output_of
from caducee.middleware.browsers import BrowserLocations

__all__ = [
    "Cure",
    "CureContext",
    "command",
    "command_line",
    "end_process",
    "only_root_changes",
    "own_code",
]

_SECONDS = 60
_TIMEOUT = 3.0
_ROOTS_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where sudo looks for programs (secure_path of Debian's sudoers)."""


def command(*words: str) -> None:
    """Run a program. Raises `OSError` with what it said when it fails or does not end."""
    try:
        done = run(words, _SECONDS)
    except subprocess.TimeoutExpired:
        raise OSError(f"{words[0]} does not end") from None
    if done.returncode:
        raise OSError(failure_of(done))


def end_process(process: ProcessFacts) -> None:
    """End a process and wait for its last thread; one that does not end in time is killed.

    A descriptor holds the process (pidfd_open(2)): a later process with its number gets no signal.
    """
    with suppress(ProcessLookupError), open(os.pidfd_open(process.pid), "rb") as handle:
        if process_facts(process.pid) != process:
            return
        ended = select.poll()
        ended.register(handle, select.POLLIN)  # readable once no thread holds a socket or lock
        for number in (signal.SIGTERM, signal.SIGKILL):
            signal.pidfd_send_signal(handle.fileno(), number)
            if ended.poll(_TIMEOUT * 1000):
                return


def command_line(option: str, name: str, *, needs_root: bool) -> str:
    """Return what a person types to apply or undo a cure (``option``). sudo does not look into the
    folders of an environment or of a home: there the whole path stands. Root is never asked to run
    a program that another user can change: that user would become root.
    """
    words = f"caducee diag {option} {name}"
    if not needs_root:
        return words
    found = shutil.which("caducee", path=_ROOTS_PATH)
    if found is not None and only_root_changes(Path(found)):
        return f"sudo {words}"
    beside = Path(sys.executable).with_name("caducee")
    if found is None and beside.is_file() and only_root_changes(beside, *own_code()):
        return f"sudo {beside} diag {option} {name}"
    text = _("{command}, as root, of an installation that only root can change")
    return text.format(command=words)


@dataclass(frozen=True, slots=True)
class CureContext:
    """Where cures work; tests have a place of their own and a command that only listens."""

    place: MachineRoot
    command: Callable[..., None] = command
    ask: Callable[..., str] = output_of
    """Returns what a program says, empty when it fails."""

    python: str = sys.executable
    root: bool = field(default_factory=lambda: os.geteuid() == 0)

    @property
    def journal(self) -> Path:
        """Where it is written down what this user applied."""
        return self.place.home / ".local/state/caducee/cures.json"

    @property
    def policy_journal(self) -> Path:
        """Where it is written down which files of policies were made for everybody."""
        return BrowserLocations(self.place.home, system=True, root=self.place.root).journal

    @property
    def root_journal(self) -> Path:
        """Where it is written down what root applied; everybody may read it."""
        return self.place.under("/var/lib/caducee/cures.json")


type UndoData = Mapping[str, str]
"""What a cure has to know to be undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cure:
    """One cure. Both functions raise `OSError` or `CpsError` when they do not succeed."""

    name: str
    title: str
    """What it does; an English message id."""

    changes: str
    """What is different on the machine afterwards; an English message id. Facts are what it kept;
    ``files`` names them, for a cure that keeps the content of files."""

    apply: Callable[[CureContext], UndoData]
    undo: Callable[[CureContext, UndoData], None] | None = None
    """None: it leaves nothing that could be undone."""

    needs_root: bool = False
    settles: float = 0.0
    """Seconds that it may take to show."""
