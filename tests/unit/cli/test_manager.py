# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee manager`` as a program: it opens, reads the card, and ends as it is reported."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.cli.card_reader import Insert, Run, insert, run, sockets

from caducee.cli.exits import Exit

__all__ = ["insert", "run", "sockets"]

WAIT = 120.0


@pytest.fixture
def place(sockets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the user's own, where the option for the four files is on."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        folder = tmp_path / name
        folder.mkdir(mode=0o700)
        monkeypatch.setenv(name, str(folder))
    settings = tmp_path / "XDG_CONFIG_HOME" / "caducee" / "manager.json"
    settings.parent.mkdir()
    settings.write_text('{"save_traces_at_exit": true}')
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.delenv("CADUCEE_SANDBOX")
    return tmp_path


@pytest.fixture
def manager(place: Path, insert: Insert) -> Iterator[subprocess.Popen[str]]:
    insert()
    command = [sys.executable, "-m", "caducee", "manager"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as child:
        yield child
        child.kill()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=lambda item: item.name)
def test_it_reads_the_card_and_a_signal_ends_it_as_its_menu_does(
    manager: subprocess.Popen[str], place: Path, how: signal.Signals
) -> None:
    read_when = time.monotonic() + WAIT
    while not list((place / "cache").rglob("*")) or not any(
        path.is_file() for path in (place / "cache").rglob("*")
    ):
        assert manager.poll() is None, manager.communicate()
        assert time.monotonic() < read_when, "the card was not read"
        time.sleep(0.05)
    manager.send_signal(how)
    _out, errors = manager.communicate(timeout=WAIT)
    assert manager.returncode == Exit.OK, errors
    logs = place / "XDG_STATE_HOME" / "caducee" / "manager"
    assert "A card was inserted" in (logs / "CPS-JOUR.TXT").read_text("utf-8")
    assert "->" in (logs / "CPS-TRAC.TXT").read_text("utf-8")


def test_without_a_screen_it_says_so_and_names_the_commands(
    run: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    status, _, err = run("manager")
    assert status == Exit.FAILURE
    assert "[desktop.no_screen]" in err and "caducee card --help" in err


def test_without_qt_it_says_how_to_install_it(
    run: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "caducee.desktop.manager.app", None)
    status, _, err = run("manager")
    assert status == Exit.FAILURE and "[desktop.qt_missing]" in err


def test_a_page_that_there_is_not_is_refused(run: Run, place: Path) -> None:
    status, _, err = run("manager", "--page", "kitchen")
    assert status == Exit.USAGE and "card, pin" in err
