# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Start of the card manager and of the diagnosis: from the process to its first painted window.

Beside it, in turn, a bare window of PySide6 with one label. Both paint without a screen (Qt's
``offscreen``), so that the X server does not count.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

from benchmarks.report import report

ROUNDS = 11
_PAINTED = """
from PySide6.QtCore import QEvent, QObject, QTimer
class First(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            window.removeEventFilter(self)
            sys.stdout.write("painted\\n")
            sys.stdout.flush()
            turn.start(0)
        return False
def look():
    if getattr(window, "page", "none"):
        sys.stdout.write("page\\n")
        sys.stdout.flush()
        os._exit(0)
turn = QTimer()
turn.timeout.connect(look)
first = First()
window.installEventFilter(first)
QApplication.instance().exec()
"""
BARE = f"""
import os, sys
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow
application = QApplication(["bare"])
window = QMainWindow()
window.setCentralWidget(QLabel("bare"))
window.show()
{_PAINTED}
"""
OURS = f"""
import os, sys
from functools import partial
from caducee.cli.manager import make_ports
from caducee.desktop.manager.app import make_window, prepare
from PySide6.QtWidgets import QApplication
prepare()
window = make_window(partial(make_ports, None))
{_PAINTED}
"""

DIAGNOSIS = f"""
import os, sys
sys.argv = ["caducee", "diag"]
from PySide6.QtWidgets import QApplication
application = QApplication(["caducee"])
from caducee.diagnosis.session import DiagnosisOptions
from caducee.desktop.diagnosis.window import DiagnosisWindow
from caducee.desktop.look import dress
dress(application)
window = DiagnosisWindow(DiagnosisOptions())
window.show()
{_PAINTED}
"""


def _milliseconds(program: str, environment: dict[str, str]) -> tuple[float, float]:
    """Return when the window was painted, and when its first page was there."""
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
    ) as child:
        assert child.stdout is not None
        reported = []
        for line in ("painted\n", "page\n"):
            if child.stdout.readline() != line:
                raise SystemExit(f"a window did not tell {line!r}")
            reported.append((time.perf_counter() - start) * 1000)
    return reported[0], reported[1]


def main() -> None:
    """Run all in turn, so that they meet the same machine."""
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"HOME": home, "QT_QPA_PLATFORM": "offscreen"}
        for program in (BARE, OURS, DIAGNOSIS):
            _milliseconds(program, environment)  # fills the caches of files and bytecode
        rounds = [
            tuple(_milliseconds(item, environment) for item in (OURS, DIAGNOSIS, BARE))
            for _ in range(ROUNDS)
        ]
    manager, diagnosis, bare = zip(*rounds, strict=True)
    beside = "bare window of PySide6"
    peer = statistics.median(painted for painted, _ in bare)
    for name, times in (("card manager", manager), ("diagnosis", diagnosis)):
        median = statistics.median(painted for painted, _ in times)
        report(f"{name}, first window", median, "ms", beside, peer)
        report(f"{name}, slowest first window", max(painted for painted, _ in times), "ms")
    page = statistics.median(shown for _, shown in manager)
    report("card manager, first page", page, "ms", beside, peer)


if __name__ == "__main__":
    main()
