# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A program of the same user reads the memory of one that a PIN passes through."""

import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from caducee.spec.native_messaging import FIREFOX_EXTENSION

if TYPE_CHECKING:
    from tests.attacks.conftest import RunAs

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")

PROGRAMS = {
    "daemon": ("caducee", "cryptolibd"),
    "native host": ("caducee.middleware.webhost", "/manifest.json", FIREFOX_EXTENSION),
    "PIN window": ("caducee.desktop.pin_entry",),
    "PIN from a file": ("caducee.middleware.pin_entry.headless", "/nonexistent"),
    "card manager": ("caducee", "manager"),
    "command": ("caducee", "policy", "watch"),
}
READ = """
import sys
open(f"/proc/{sys.argv[1]}/mem", "rb")
"""


@pytest.fixture(params=PROGRAMS)
def program(
    request: pytest.FixtureRequest, shared: Path, victim: int
) -> Iterator["subprocess.Popen[bytes]"]:
    """A program of the victim, who lets programs write core files."""
    home = shared / "home"
    home.mkdir(0o700)
    os.chown(home, victim, victim)
    (home / "cryptolib.toml").write_text("[readers]\npcsc = false\n")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "CADUCEE_CRYPTOLIB_CONFIG": str(home / "cryptolib.toml"),
        "QT_QPA_PLATFORM": "offscreen",
    }
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    made = subprocess.Popen(
        [sys.executable, "-m", *PROGRAMS[request.param]],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment,
        cwd="/",
        user=victim,
        group=victim,
        extra_groups=[],
    )
    resource.setrlimit(resource.RLIMIT_CORE, before)
    with made:
        yield made
        made.kill()


def belongs_to_root(process: "subprocess.Popen[bytes]") -> bool:
    """Tell whether the system keeps the memory of a process of another user for root."""
    assert process.poll() is None, process.stderr and process.stderr.read().decode()
    return Path(f"/proc/{process.pid}/environ").stat().st_uid == 0


def test_no_program_of_the_same_user_reads_it_and_no_core_file_holds_it(
    program: "subprocess.Popen[bytes]", victim: int, run_as: "RunAs"
) -> None:
    while not belongs_to_root(program):
        time.sleep(0.02)
    done = run_as(victim, READ, str(program.pid))
    assert "PermissionError" in done.stderr
    limits = Path(f"/proc/{program.pid}/limits").read_text()
    assert re.search(r"^Max core file size +0 ", limits, re.MULTILINE)
