# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import gc
import subprocess
import sys
from pathlib import Path

import pytest

from caducee.base.errors import StateError
from caducee.middleware.daemon import launch, process, run

HEAVY = {
    "caducee.authority",
    "caducee.base.catalogue.diag",
    "caducee.base.catalogue.ordering",
    "caducee.cli",
    "caducee.diagnosis",
    "caducee.directory",
    "caducee.services",
    "caducee.spec.igc",
    "caducee.trust",
    "click",
    "csv",
    "http",
    "importlib.resources",
    "multiprocessing",
    "sqlite3",
    "tempfile",
    "urllib.request",
}
"""What the daemon needs for no first signature."""

STARTED = """
import runpy, sys
from caducee.middleware.daemon import process, run
process.detach = process.log_path = lambda: None
def serve(make_engine, settings):
    from caducee.middleware.pkcs11.functions import load
    load()
    print(*sys.modules)
run.run = serve
sys.argv[1:] = ["cryptolibd", "--detach"]
runpy.run_module("caducee", run_name="__main__")
"""


def test_a_daemon_that_a_module_starts_imports_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STARTED], capture_output=True, text=True, check=True, timeout=60
    )
    imported = set(done.stdout.split())
    assert "caducee.middleware.pkcs11.engine" in imported
    assert imported.isdisjoint(HEAVY), imported & HEAVY


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "protect_memory", lambda: None)
    for name in ("detach", "log_path", "open_many_files"):
        monkeypatch.setattr(process, name, lambda: None)
    monkeypatch.setattr(process, "log_to", lambda path: None)


def refusing(code: str) -> object:
    def serve(make_engine: object, settings: Path | None) -> None:
        assert gc.isenabled()
        raise StateError(code, place="here")

    return serve


@pytest.mark.usefixtures("quiet")
def test_a_second_daemon_ends_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "run", refusing("daemon.running"))
    launch.program()


@pytest.mark.usefixtures("quiet")
def test_a_daemon_that_cannot_listen_logs_why_and_fails(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(run, "run", refusing("base.folder_unsafe"))
    with pytest.raises(SystemExit, match="1"):
        launch.program()
    assert "base.folder_unsafe" in caplog.text
