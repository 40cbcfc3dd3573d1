# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a cure is, and what it works with."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from caducee.desktop.diagnosis.machine.place import Place

__all__ = ["Cure", "Workshop", "command"]

_SECONDS = 60


def command(*words: str) -> None:
    """Run a program. Raises `OSError` with what it said when it fails or does not end."""
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise OSError(f"{words[0]} does not end") from None
    if done.returncode:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise OSError(lines[-1] if lines else f"{words[0]}: {done.returncode}")


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where cures work; tests have a place of their own and a command that only listens."""

    place: Place
    command: Callable[..., None] = command
    python: str = sys.executable
    root: bool = field(default_factory=lambda: os.geteuid() == 0)

    @property
    def journal(self) -> Path:
        """Where it is written down what was applied."""
        return self.place.home / ".local/state/caducee/cures.json"


type Kept = Mapping[str, str]
"""What a cure has to know to be undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cure:
    """One cure. Both functions raise `OSError` or `CpsError` when they do not succeed."""

    name: str
    title: str
    """What it does; an English message id."""

    apply: Callable[[Workshop], Kept]
    undo: Callable[[Workshop, Kept], None] | None = None
    """None: it leaves nothing that could be undone."""

    needs_root: bool = False
