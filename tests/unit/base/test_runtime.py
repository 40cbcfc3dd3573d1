# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import os
from pathlib import Path

import pytest

from caducee.base.runtime import runtime_folder, user_socket


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
