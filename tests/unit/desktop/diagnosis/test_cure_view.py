# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Cures as buttons: root is output before, and applied and undone are two faces of one button."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from caducee.base import installation
from caducee.base.errors import StateError
from caducee.desktop.diagnosis.cure import ApplyMethod, Cures, CureView, failed
from caducee.diagnosis.model import Check, CheckOutcome, CheckResult, Report, found


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    return tmp_path


def nothing(checks: Sequence[Check]) -> Report:
    """Find nothing."""
    return Report(())


@pytest.fixture(autouse=True)
def installation_of_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this working copy pass for an installation that only root can change."""
    monkeypatch.setattr(installation, "only_root_changes", lambda *paths: True)


def viewed(cures: Cures, name: str) -> CureView:
    found = cures.view(name)
    assert found is not None
    return found


def test_root_is_reported_before_the_button_is_pressed() -> None:
    user = Cures(root=False, pkexec="/usr/bin/pkexec")
    assert "requires administrator rights" in viewed(user, "pcscd-restart").button
    assert "administrator" in viewed(user, "pcscd-restart").hint
    assert "requires administrator rights" not in viewed(user, "cache-clear").button


def test_what_can_only_be_done_by_hand_has_its_command() -> None:
    item = viewed(Cures(root=False, pkexec=""), "pcscd-restart")
    assert item.way is ApplyMethod.BY_HAND
    assert "sudo " in item.hint
    assert "caducee diag --apply pcscd-restart" in item.hint
    with pytest.raises(StateError) as caught:
        Cures(root=False, pkexec="").toggle(item)
    assert caught.value.code == "diag.cure_needs_root"


def test_a_cure_is_applied_and_the_same_button_undoes_it(home: Path) -> None:
    folder = home / ".cache/caducee/cards"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    cures = Cures(root=False, pkexec="")
    item = viewed(cures, "cache-folder")
    assert item.button == "Appl&y"
    assert "Applied" in cures.toggle(item)
    assert folder.stat().st_mode & 0o777 == 0o700
    again = viewed(cures, "cache-folder")
    assert again.button == "&Undo"
    assert "Undone" in cures.toggle(again)
    assert folder.stat().st_mode & 0o777 == 0o777
    assert viewed(cures, "cache-folder").button == "Appl&y"


def test_root_is_reached_by_pkexec_with_this_python() -> None:
    asked: list[list[str]] = []

    def run(words: list[str]) -> tuple[int, str]:
        asked.append(words)
        return 0, ""

    cures = Cures(root=False, pkexec="/usr/bin/pkexec", run=run, look=nothing)
    cures.toggle(viewed(cures, "clock-sync"))
    assert viewed(cures, "clock-sync").applied
    cures.toggle(viewed(cures, "clock-sync"))
    assert not viewed(cures, "clock-sync").applied
    program = ["/usr/bin/pkexec", sys.executable, "-I", "-m", "caducee", "diag"]
    assert asked == [[*program, "--apply", "clock-sync"], [*program, "--undo", "clock-sync"]]


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        (126, "dismissed", "diag.cure_needs_root"),
        (127, "not authorised", "diag.cure_needs_root"),
        (1, "first\nno timedatectl", "diag.cure_failed"),
    ],
)
def test_what_pkexec_refuses_is_reported(status: int, said: str, code: str) -> None:
    cures = Cures(
        root=False, pkexec="/usr/bin/pkexec", run=lambda words: (status, said), look=nothing
    )
    with pytest.raises(StateError) as caught:
        cures.toggle(viewed(cures, "clock-sync"))
    assert caught.value.code == code
    assert not viewed(cures, "clock-sync").applied
    assert code in failed(caught.value)
    if code == "diag.cure_failed":
        assert "no timedatectl" in failed(caught.value)


def test_a_cure_by_root_is_checked_again_as_this_user() -> None:
    def refused(checks: Sequence[Check]) -> Report:
        findings = (found("diag.pcscd_stopped"),)
        return Report((CheckResult("pcsc-service", "", CheckOutcome.FAILED, findings),))

    cures = Cures(root=False, pkexec="/usr/bin/pkexec", run=lambda words: (0, ""), look=refused)
    output = cures.toggle(viewed(cures, "pcscd-start"))
    assert "The cure did not help" in output and "[diag.pcscd_stopped]" in output


def test_a_cure_that_did_not_help_root_is_judged_by_this_user() -> None:
    cures = Cures(root=False, pkexec="/usr/bin/pkexec", run=lambda words: (1, ""), look=nothing)
    assert "Applied" in cures.toggle(viewed(cures, "pcscd-start"))


def test_a_finding_without_a_cure_has_no_button() -> None:
    assert Cures().view("") is None
