# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A user waits for the moment when an administrator runs something of theirs as root."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from caducee.base import installation
from caducee.base.installation import only_root_changes
from caducee.desktop.diagnosis.cure import ApplyMethod, Cures
from caducee.diagnosis.cures import model
from caducee.diagnosis.cures.model import command_line

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
OTHER = 65534


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The command beside an interpreter, in an environment of root's."""
    folder = tmp_path / "environment" / "bin"
    folder.mkdir(parents=True)
    for name in ("caducee", "python"):
        (folder / name).touch(0o755)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.setattr(shutil, "which", lambda name, path: None)
    for module in (model, installation):
        monkeypatch.setattr(module, "own_code", lambda: (folder / "python",))
    return folder / "caducee"


def test_sudo_is_asked_for_on_a_program_of_roots(program: Path) -> None:
    assert command_line("--apply", "x", needs_root=True) == f"sudo {program} diag --apply x"


@pytest.mark.parametrize("place", ["caducee", "python", "."])
def test_sudo_is_not_asked_for_on_a_program_that_a_user_owns(program: Path, place: str) -> None:
    os.chown(program.parent / place, OTHER, OTHER)
    assert "sudo" not in command_line("--apply", "x", needs_root=True)


@pytest.mark.parametrize("place", ["caducee", "python", ".", ".."])
@pytest.mark.parametrize("mode", [0o775, 0o757])
def test_sudo_is_not_asked_for_on_a_program_that_a_user_can_write(
    program: Path, place: str, mode: int
) -> None:
    (program.parent / place).chmod(mode)
    assert "sudo" not in command_line("--apply", "x", needs_root=True)


def test_sudo_is_not_asked_for_on_a_program_behind_a_link_of_a_user(program: Path) -> None:
    (program.parent.parent / "real").touch(0o755)
    program.unlink()
    program.symlink_to("../real")
    assert only_root_changes(program)
    os.lchown(program, OTHER, OTHER)
    assert "sudo" not in command_line("--apply", "x", needs_root=True)


def test_sudo_is_not_asked_for_on_a_program_of_the_path_that_a_user_can_write(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, path: str(program))
    assert command_line("--undo", "x", needs_root=True) == "sudo caducee diag --undo x"
    program.chmod(0o777)
    assert "sudo" not in command_line("--undo", "x", needs_root=True)


def test_the_window_does_not_start_as_root_what_a_user_can_write(program: Path) -> None:
    def way() -> ApplyMethod:
        view = Cures(root=False, pkexec="/usr/bin/pkexec").view("clock-sync")
        assert view is not None
        return view.way

    assert way() is ApplyMethod.PKEXEC
    os.chown(program.with_name("python"), OTHER, OTHER)
    assert way() is ApplyMethod.BY_HAND
