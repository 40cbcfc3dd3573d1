# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The address of a running portal is known while it runs, and not after."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from caducee.sandbox.running import find_portal, portal_noted
from caducee.services.web.settings import PortalAddresses

ADDRESSES = PortalAddresses("https://localhost:1", "https://localhost:2", "https://localhost:3")


def test_a_portal_is_found_while_it_runs(tmp_path: Path) -> None:
    assert find_portal(tmp_path) is None
    with portal_noted(tmp_path, ADDRESSES, Path("root.pem")):
        found = find_portal(tmp_path)
        assert found is not None
        assert (found.open, found.process) == ("https://localhost:1", os.getpid())
        assert Path(found.server_root).is_absolute()
    assert find_portal(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_the_note_of_a_process_that_is_gone_is_passed_over(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    with portal_noted(tmp_path, ADDRESSES, Path("root.pem")):
        path = tmp_path / "running.json"
        text = path.read_text()
        path.write_text(text.replace(f'"process":{os.getpid()}', f'"process":{gone.pid}'))
        assert find_portal(tmp_path) is None


def test_the_end_of_one_run_leaves_the_note_of_another(tmp_path: Path) -> None:
    with portal_noted(tmp_path, ADDRESSES, Path("root.pem")):
        later = portal_noted(tmp_path, replace(ADDRESSES, open="https://localhost:9"), Path("r"))
        later.__enter__()
    found = find_portal(tmp_path)
    assert found is not None and found.open == "https://localhost:9"
    later.__exit__(None, None, None)
    assert find_portal(tmp_path) is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"process": "x"}', '{"process": -1}', "x" * 99999]
)
def test_a_damaged_note_is_no_portal(tmp_path: Path, text: str) -> None:
    (tmp_path / "running.json").write_text(text)
    assert find_portal(tmp_path) is None
