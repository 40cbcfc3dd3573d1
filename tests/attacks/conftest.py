# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Attackers and victims: other users of this machine, played by children of root."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

type RunAs = Callable[..., subprocess.CompletedProcess[str]]

ATTACKER, VICTIM = 61235, 61234
"""User ids that no account of the machine has."""


@pytest.fixture
def run_as() -> RunAs:
    """Run Python text as another user: ``run_as(UID, text, *arguments, **environment)``.

    What the first line imports is loaded before root is left, for the other user may be unable
    to read this working copy.
    """

    def run(uid: int, text: str, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        first, _, rest = text.strip().partition("\n")
        code = f"import os, sys\n{first}\nos.setgroups([]); os.setgid({uid}); os.setuid({uid})\n"
        command = [sys.executable, "-c", code + rest, *arguments]
        return subprocess.run(
            command,
            env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **env},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def attacker() -> int:
    """The user id of whoever attacks."""
    return ATTACKER


@pytest.fixture
def victim() -> int:
    """The user id of another ordinary user."""
    return VICTIM


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder where every user may make files, as ``/tmp``."""
    folder = Path(tempfile.mkdtemp(prefix="caducee-attack-"))
    folder.chmod(0o1777)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def process() -> Iterator[Callable[[int], "subprocess.Popen[bytes]"]]:
    """Start processes of a user that only sleep; they end with the test."""
    made: list[subprocess.Popen[bytes]] = []

    def start(uid: int) -> "subprocess.Popen[bytes]":
        popen = subprocess.Popen(["/bin/sleep", "600"], user=uid, group=uid, extra_groups=[])
        made.append(popen)
        return popen

    yield start
    for item in made:
        item.kill()
        item.wait()
