# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The example project and a wheel of this tree are installed outside of it, and its tests run."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
_LOCAL = ("--no-deps", "--no-index", "--no-build-isolation")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with ``.venv``: caducee from a wheel, other libraries from this environment."""
    pytest.importorskip("uv_build", reason="uv-build of the group dev is not installed")
    folder = tmp_path_factory.mktemp("outside") / "practice"
    shutil.copytree(ROOT / "examples" / "pytest", folder)
    tree = folder.parent / "caducee"
    shutil.copytree(ROOT / "src", tree / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    venv.create(folder / ".venv", symlinks=True, with_pip=False)
    python = folder / ".venv" / "bin" / "python"
    libraries = next((folder / ".venv").glob("lib/python*/site-packages"))
    (libraries / "shared.pth").write_text(sysconfig.get_path("purelib") + "\n")
    for source in (tree, folder):
        _run(*_PIP, "wheel", *_LOCAL, "--wheel-dir", str(folder / "dist"), str(source))
    wheels = sorted(str(item) for item in (folder / "dist").glob("*.whl"))
    _run(*_PIP, "--python", str(python), "install", *_LOCAL, "--ignore-installed", *wheels)
    return folder


def _run(*command: str, folder: Path | None = None) -> str:
    # Settings of this run (pytest-xdist and others) are not for that one.
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    path = {**clean, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        command, cwd=folder, env=path, capture_output=True, text=True, check=False, timeout=250
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_tests_of_the_example_pass_where_only_wheels_are_installed(project: Path) -> None:
    python = str(project / ".venv" / "bin" / "python")
    where = _run(python, "-c", "import caducee; print(caducee.__file__)", folder=project)
    assert Path(where.strip()).is_relative_to(project / ".venv")
    said = _run(python, "-m", "pytest", "-rA", "-p", "no:schemathesis", folder=project)
    assert "5 passed" in said
