# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import os
import pwd
from collections.abc import Callable
from pathlib import Path

import pytest

from caducee.base.runtime import (
    cache_folder,
    config_folder,
    runtime_folder,
    state_folder,
    user_socket,
)


def test_the_folder_of_the_variable_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert runtime_folder() == tmp_path / "caducee"
    assert user_socket("CADUCEE_SOME_SOCKET", "a.sock") == tmp_path / "caducee" / "a.sock"


def test_a_named_socket_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADUCEE_SOME_SOCKET", "/elsewhere/a.sock")
    assert user_socket("CADUCEE_SOME_SOCKET", "a.sock") == Path("/elsewhere/a.sock")


@pytest.mark.parametrize("value", ["", "relative", "/does/not/exist"])
def test_without_a_folder_of_the_variable_root_uses_run(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", value)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert runtime_folder() == Path("/run/caducee")


def test_without_the_variable_a_user_has_a_folder_below_tmp(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert runtime_folder() == Path("/tmp/caducee-1000")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")
@pytest.mark.parametrize("link", [False, True])
def test_root_does_not_use_the_folder_or_link_of_another_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: bool
) -> None:
    place = tmp_path / "run"
    if link:
        place.symlink_to(tmp_path)
    else:
        place.mkdir()
    os.lchown(place, 65534, 65534)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place))
    assert runtime_folder() == Path("/run/caducee")


_FOLDERS = pytest.mark.parametrize(
    ("variable", "folder", "default"),
    [
        ("XDG_CONFIG_HOME", config_folder, ".config"),
        ("XDG_STATE_HOME", state_folder, ".local/state"),
        ("XDG_CACHE_HOME", cache_folder, ".cache"),
    ],
)


@_FOLDERS
def test_settings_state_and_cache_follow_the_xdg_variables(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    folder: Callable[[], Path],
    default: str,
) -> None:
    monkeypatch.setenv(variable, str(tmp_path / "to" / "come"))
    assert folder() == tmp_path / "to" / "come" / "caducee"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(variable, "relative")
    assert folder() == tmp_path / default / "caducee"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")
@pytest.mark.parametrize("below", ["", "to/come"])
@_FOLDERS
def test_root_does_not_follow_an_xdg_variable_into_the_folder_of_another_user(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    folder: Callable[[], Path],
    default: str,
    below: str,
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    os.lchown(theirs, 65534, 65534)
    monkeypatch.setenv(variable, str(theirs / below))
    monkeypatch.setenv("HOME", str(theirs))
    assert folder() == Path(pwd.getpwuid(0).pw_dir) / default / "caducee"
