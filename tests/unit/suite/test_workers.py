# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A run whose worker crashes: it ends, names the test and what was left, and runs the others."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
CONFTEST = """
pytest_plugins = ("tests.plugins.namespaces", "tests.plugins.skips", "tests.plugins.workers")
"""
CRASH = """
import os, subprocess, time
import pytest

pytestmark = pytest.mark.xdist_group("crash")


@pytest.mark.parametrize("number", range(6))
def test_crash(number):
    if number == 2:
        subprocess.run(["sh", "-c", "sleep 777 & exit"])
        pytest.skip("as an example")
    if number == 3:
        if os.fork() == 0:
            time.sleep(300)
        os.kill(os.getpid(), 9)
"""
OTHERS = """
import pytest


@pytest.mark.parametrize("number", range(9))
def test_other(number):
    pass
"""


def test_a_crash_names_its_test_and_the_run_ends(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "pytest.ini").write_text(f"[pytest]\npythonpath = {ROOT}\nmarkers = xdist_group\n")
    (tmp_path / "test_crash.py").write_text(CRASH)
    (tmp_path / "test_others.py").write_text(OTHERS)
    workers = ("-n", "2", "--dist", "loadgroup", "--max-worker-restart", "3")
    environment = {name: os.environ[name] for name in os.environ if "PYTEST" not in name}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *workers],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert "crashed while running 'test_crash.py::test_crash[3]'" in done.stdout
    assert "1 failed, 13 passed, 1 skipped" in done.stdout
    assert "1  as an example: test_crash.py" in done.stdout
    assert "sleep 777" in done.stdout.partition("processes that tests left behind")[2]
