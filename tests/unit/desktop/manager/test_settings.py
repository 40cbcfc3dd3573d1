# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the manager remembers outlives damage, and costs nobody their card."""

from pathlib import Path

import pytest

from caducee.desktop.manager.settings import (
    ManagerSettings,
    Remembered,
    default_logs,
    default_path,
)


def test_what_was_set_is_there_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "manager.json"
    assert Remembered(path).set(pin_pad=True, reader="Reader B") is None
    assert Remembered(path).now == ManagerSettings(pin_pad=True, reader="Reader B")
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"keypad": 7}', b"\xff\xfe", b'{"x":' + b"1" * 70_000 + b"}"]
)
def test_a_damaged_file_means_the_usual_settings(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "manager.json"
    path.write_bytes(content)
    assert Remembered(path).now == ManagerSettings()


def test_a_key_of_a_later_version_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "manager.json"
    path.write_text('{"keypad": true, "of_tomorrow": 1}')
    assert Remembered(path).now.pin_pad


def test_a_file_that_cannot_be_written_is_reported_and_the_setting_counts(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    remembered = Remembered(tmp_path / "file" / "manager.json")
    trouble = remembered.set(pin_pad=True)
    assert trouble is not None and trouble.code == "base.file_unwritable"
    assert remembered.now.pin_pad


def test_without_a_file_nothing_is_kept() -> None:
    remembered = Remembered(None)
    assert remembered.set(pin_pad=True) is None and remembered.now.pin_pad


def test_the_places_follow_the_desktop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "s"))
    assert default_path() == tmp_path / "c" / "caducee" / "manager.json"
    assert default_logs() == tmp_path / "s" / "caducee" / "manager"
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_path() == tmp_path / ".config" / "caducee" / "manager.json"
