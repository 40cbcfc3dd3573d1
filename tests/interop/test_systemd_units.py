# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The units of the user's service manager, judged by systemd-analyze."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "packaging" / "systemd"

pytestmark = pytest.mark.system


def test_systemd_finds_no_fault_in_the_units(tmp_path: Path) -> None:
    program = tmp_path / "caducee"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for unit in UNITS.iterdir():
        text = unit.read_text().replace("/usr/bin/caducee", str(program))
        (tmp_path / unit.name).write_text(text)
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    judge = shutil.which("systemd-analyze")
    assert judge
    names = [str(tmp_path / one.name) for one in sorted(UNITS.iterdir())]
    done = subprocess.run(
        [judge, "verify", "--user", *names],
        env=os.environ | {"XDG_RUNTIME_DIR": str(runtime), "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_socket_is_where_programs_look_for_it() -> None:
    text = (UNITS / "caducee-cryptolibd.socket").read_text()
    assert "ListenStream=%t/caducee/cryptolibd.sock\n" in text
