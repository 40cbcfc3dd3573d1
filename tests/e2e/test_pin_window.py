# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The window for the code on a real X server: a screen reader reads and drives it; a picture."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from caducee.middleware.pin_entry import EnteredPins, PinKind, PinQuestion, PinRequest, PinRequester
from caducee.middleware.pin_entry.protocol import answer_of

pytestmark = pytest.mark.system

HERE = Path(__file__).parent
PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "pin-window.png"
QUESTION = PinQuestion(
    PinRequest(PinKind.LOGIN, "CPS3v3-2900995235", "KIT DOC0073574", "Lecteur 00 00", 1, 4, 8),
    PinRequester("/usr/lib/firefox-esr/firefox-esr", 4242, "https://portail.test"),
    "fr",
)
BUS = """
/usr/libexec/at-spi-bus-launcher --launch-immediately &
launcher=$!
"$1" -m caducee.desktop.pin_entry <"$3" >"$4" &
window=$!
/usr/bin/python3 "$2" 1234
kill -0 $window && sleep 0.5
kill $window $launcher
"""


@pytest.fixture
def display() -> Iterator[str]:
    """An X server of its own."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as output:
        number = output.readline().strip()
    yield f":{number}"
    server.send_signal(signal.SIGTERM)
    server.wait(20)


@pytest.fixture
def environment(display: str, tmp_path: Path) -> dict[str, str]:
    keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    return keep | {
        "DISPLAY": display,
        "QT_QPA_PLATFORM": "xcb",
        "QT_ACCESSIBILITY": "1",
        "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        "XDG_RUNTIME_DIR": str(runtime),
    }


def test_a_screen_reader_reads_and_drives_the_window(
    environment: dict[str, str], tmp_path: Path
) -> None:
    asked, answered = tmp_path / "asked", tmp_path / "answered"
    os.mkfifo(asked)
    script = ["dbus-run-session", "--", "bash", "-c", BUS, "bash", sys.executable]
    script += [str(HERE / "at_spi_reader.py"), str(asked), str(answered)]
    session = subprocess.Popen(script, env=environment, stdout=subprocess.PIPE, text=True)
    with asked.open("wb", buffering=0) as lines:  # stays open: the end of it closes the window
        lines.write(b"".join(line.to_bytes() for line in QUESTION.to_lines()))
        printed, _ = session.communicate(timeout=60)
    output = json.loads(printed.splitlines()[-1])
    assert output["title"].startswith("Code de la carte")
    assert output["role"] == "dialog"
    nodes = [item for item in output["nodes"] if item["showing"]]
    (code,) = [node for node in nodes if node["role"] == "password text"]
    assert (code["name"], code["description"]) == ("Code", "4 à 8 chiffres")
    buttons = {node["name"] for node in nodes if "button" in node["role"]}
    assert {"OK", "Annuler"} <= buttons
    said = " | ".join(node["name"] for node in nodes)
    for words in ("KIT DOC0073574", "https://portail.test", "firefox-esr", "seul essai"):
        assert words in said, said
    found = answer_of(answered.read_bytes())
    assert isinstance(found, EnteredPins) and found.old is not None
    assert found.old.reveal() == b"1234"


def test_a_picture_of_the_window_is_made(environment: dict[str, str], tmp_path: Path) -> None:
    """The picture of the guide: `docs/pictures/pin-window.png`."""
    target = PICTURE if os.environ.get("CADUCEE_PICTURES") else tmp_path / "window.png"
    code = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from caducee.base.i18n import use_language
from caducee.middleware.pin_entry import PinRequester, PinKind, PinRequest, PinQuestion
from caducee.desktop.pin_dialog import PinDialog
from caducee.desktop.pin_view import PinView
application = QApplication([])
request = PinRequest(PinKind.LOGIN, "CPS3v3-2900995235", "KIT DOC0073574", "Reader 00 00", 1)
asker = PinRequester("/usr/lib/firefox-esr/firefox-esr", 4242, "https://portal.test")
with use_language("en"):
    dialog = PinDialog(PinView(PinQuestion(request, asker, wrong=True)))
    dialog.show()
QTimer.singleShot(500, lambda: (dialog.grab().save(sys.argv[1]), application.quit()))
application.exec()
"""
    subprocess.run([sys.executable, "-c", code, str(target)], env=environment, check=True)
    assert target.read_bytes().startswith(b"\x89PNG")
    assert target.stat().st_size > 5_000
