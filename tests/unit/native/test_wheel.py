# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The wheel of ``caducee-native``: what it holds, and that it works where it is installed."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from tests.unit.native.facade import Facade
from tests.unit.native.test_life import STARTED, Startable
from tools import native, native_wheel

from caducee.spec.pkcs11 import Ckr


def _install(wheel: str, folder: Path) -> Path:
    """Make an environment, install into it, and return the folder of the package."""
    venv.create(folder, symlinks=True, with_pip=False)
    python = folder / "bin" / "python"
    install = ["install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), *install, wheel], check=True
    )
    where = "import caducee_native; print(caducee_native.__path__[0])"
    done = subprocess.run([str(python), "-c", where], check=True, capture_output=True, text=True)
    return Path(done.stdout.strip())


def test_a_wheel_is_the_same_bytes_whenever_it_is_written(tmp_path: Path) -> None:
    first = native_wheel.write(native.host(), tmp_path / "a")
    second = native_wheel.write(native.host(), tmp_path / "b")
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()


def test_a_wheel_holds_no_time_and_no_user(tmp_path: Path) -> None:
    with zipfile.ZipFile(native_wheel.write(native.host(), tmp_path)) as wheel:
        assert {item.date_time for item in wheel.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert all(str(Path.home()).encode() not in wheel.read(item) for item in wheel.namelist())
        assert wheel.testzip() is None


def test_the_installed_module_is_found_and_starts_its_own_daemon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = native_wheel.write(native.host(), tmp_path / "dist")
    package = _install(str(wheel), tmp_path / "env")
    library = package / native.host().library
    run = tmp_path / "run"
    run.mkdir(mode=0o700)
    monkeypatch.setenv("CADUCEE_CRYPTOLIBD_SOCKET", str(run / "cryptolibd.sock"))
    script = tmp_path / "daemon.py"
    script.write_text(STARTED.format(paths=[item for item in sys.path if item]))
    program = tmp_path / "env" / "bin" / "caducee"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {script} {run} 0 "$@"\n')
    program.chmod(0o755)
    facade = Facade(library)
    assert facade.C_Initialize(None) == Ckr.OK
    assert facade.C_Finalize(None) == Ckr.OK
    state = eval((run / "state").read_text())
    assert state["arguments"] == ["0", "cryptolibd", "--detach"]
    Startable.stop_in(run)


@pytest.mark.system
@pytest.mark.xdist_group("zig")
def test_pip_builds_the_project_of_this_machine(tmp_path: Path) -> None:
    command = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(tmp_path)]
    project = str(native_wheel.PROJECT)
    subprocess.run([sys.executable, "-m", "pip", *command, project], check=True)
    (made,) = tmp_path.iterdir()
    same = native_wheel.write(native.host(), tmp_path / "same")
    assert made.name == same.name
    assert made.read_bytes() == same.read_bytes()


@pytest.mark.system
@pytest.mark.xdist_group("zig")
@pytest.mark.timeout(900)
def test_every_target_has_a_wheel(tmp_path: Path) -> None:
    for target in native.TARGETS.values():
        with zipfile.ZipFile(native_wheel.write(target, tmp_path)) as wheel:
            assert f"caducee_native/{target.library}" in wheel.namelist()
    assert len(list(tmp_path.iterdir())) == len(native.TARGETS)


def test_the_tool_refuses_other_targets() -> None:
    assert native_wheel.main(["z80-cpm"]) == 2
