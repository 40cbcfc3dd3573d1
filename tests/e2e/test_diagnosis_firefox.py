# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether a running Firefox has our module in its memory, asked of a real one."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from tests.e2e.browsers import Desk
from tests.e2e.marionette import firefox

from caducee.diagnosis.machine.programs import browsers
from caducee.diagnosis.machine.root import MachineRoot
from caducee.middleware.module import find_module

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("browser")]

INI = "[Profile0]\nName=default\nIsRelative=1\nPath=x.default\nDefault=1\n"
CODE = "diag.firefox_not_loaded"


def found(desk: Desk) -> dict[str, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "caducee", "diag", "--json"],
        env=desk.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return {load["code"]: load for load in json.loads(done.stdout)["findings"]}


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """A profile of Firefox in a home that knows nothing of us yet."""
    folder = tmp_path / "home/.mozilla/firefox/x.default"
    folder.mkdir(parents=True)
    (folder.parent / "profiles.ini").write_text(INI)
    return folder


def test_a_firefox_that_was_started_before_the_module_was_registered_is_reported(
    profile: Path,
) -> None:
    home = profile.parents[2]
    bare = Desk(home)
    with firefox(profile, bare.environment()) as running:
        running.goto("about:blank")
        desk = Desk.set_up(home, find_module())
        output = found(desk)
        assert CODE in output
        assert output[CODE]["facts"]["path"].endswith("x.default")
    assert CODE not in found(desk)  # nobody runs


def test_a_firefox_that_has_loaded_the_module_is_no_finding(profile: Path) -> None:
    home = profile.parents[2]
    with firefox(profile, Desk(home).environment()) as running:
        running.goto("about:blank")  # the profile has its databases from now on
    desk = Desk.set_up(home, find_module())
    with firefox(profile, desk.environment()) as running:
        running.goto("about:blank")
        output = found(desk)
        with patch.dict(os.environ, desk.environment(), clear=True):
            (seen,) = [
                browser for browser in browsers(MachineRoot(home)) if browser.path == str(profile)
            ]
    assert not [code for code in output if code.startswith("diag.firefox_")]
    assert seen.process > 0 and seen.loaded
