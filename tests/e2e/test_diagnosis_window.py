# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee diag --window`` on a real X server, from the command to its end; a picture."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.screen import Screen, screen
from tests.unit.diagnosis.faults import FAULTS
from tests.unit.diagnosis.world import NOW, healthy

from caducee.base.clock import FixedClock
from caducee.diagnosis.bundle import bundle

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("windows")]

TITLES = {
    "en": "Diagnosis of the card and this computer.*",
    "fr": "Diagnostic de la carte et du poste.*",
}
PAINT = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from caducee.diagnosis.session import DiagnosisOptions
from caducee.desktop.diagnosis import app
from caducee.desktop.diagnosis.cure import Cures
from pathlib import Path
application = QApplication([])
def look():
    window = next(one for one in application.topLevelWidgets() if one.objectName() == "diagnosis")
    panel = window.panel
    if panel.view.running or panel.view.report is None:
        return
    timer.stop()
    panel.view.origin = ""  # as on the machine itself: with the cure
    panel._cures = Cures(root=False, pkexec="/usr/bin/pkexec")
    panel._show_all()
    panel._tree.stand_on(*panel.view.place_of_first())
    QTimer.singleShot(300, lambda: (window.grab().save(sys.argv[2]), window.close()))
timer = QTimer()
timer.timeout.connect(look)
timer.start(50)
sys.exit(app.run(DiagnosisOptions(replay=Path(sys.argv[1]))))
"""


@pytest.fixture(scope="module")
def glass() -> Iterator[Screen]:
    with screen() as made:
        yield made


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """The report of a machine whose pcscd was killed."""
    answers = healthy()
    FAULTS["pcscd was killed"][0](answers)
    path = tmp_path / "report.jsonl"
    path.write_bytes(bundle(answers, (), FixedClock(NOW)))
    return path


def environment(glass: Screen, home: Path, language: str) -> dict[str, str]:
    kept = {"HOME": str(home), "LANGUAGE": language, "QT_QPA_PLATFORM": "xcb"}
    return glass.environment | kept


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_command_opens_the_window_and_ends_with_it(
    glass: Screen, report: Path, tmp_path: Path, language: str
) -> None:
    command = [sys.executable, "-m", "caducee", "diag", "--window", "--replay", str(report)]
    process = subprocess.Popen(command, env=environment(glass, tmp_path, language))
    try:
        window = glass.wait_for(TITLES[language])
        for keys in (("windowactivate", "--sync", window), ("key", "ctrl+w")):
            subprocess.run(["xdotool", *keys], env=glass.environment, check=True, timeout=60)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()


def test_without_a_screen_the_command_says_so_instead_of_dying(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "caducee", "diag", "--window"],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANGUAGE": "en"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "desktop.no_screen" in done.stderr


def test_a_picture_of_the_window_is_made(glass: Screen, report: Path, tmp_path: Path) -> None:
    target = tmp_path / "window.png"
    subprocess.run(
        [sys.executable, "-c", PAINT, str(report), str(target)],
        env=environment(glass, tmp_path, "en"),
        check=True,
        timeout=120,
    )
    assert target.read_bytes().startswith(b"\x89PNG")
    assert target.stat().st_size > 10_000
