# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The window of the diagnosis with the real pcscd and a card at the pace of a real one."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from caducee.desktop.diagnosis.panel import DiagnosisPanel
from caducee.desktop.diagnosis.view import Phase, State
from caducee.desktop.diagnosis.window import DiagnosisWindow
from caducee.diagnosis.job import DiagnosisJob
from caducee.diagnosis.session import DiagnosisOptions, DiagnosisSession
from caducee.reader.cancelling import CancelToken
from caducee.reader.pcsc import PcscContext
from caducee.reader.transport import Ending
from caducee.testing.pcscd import InsertCard
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.pace.chip import PacedChip
from caducee.virtualcard.store import MemoryStore

pytestmark = pytest.mark.system

CARDS = Path(__file__).parents[1] / "vectors" / "cards"
MILLISECONDS = 120_000
TICK = 20


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)


def chip() -> VirtualCard:
    return VirtualCard(MemoryStore(CardImage.load(CARDS / "cps3.json")))


class Jobs:
    """Makes jobs on this machine and keeps them."""

    def __init__(self) -> None:
        self.made: list[DiagnosisJob] = []
        self.sessions: list[DiagnosisSession] = []

    def session(self, options: DiagnosisOptions, cancel: CancelToken) -> DiagnosisSession:
        self.sessions.append(DiagnosisSession(options, cancel))
        return self.sessions[-1]

    def job(self, options: DiagnosisOptions, hear: Callable[..., None]) -> DiagnosisJob:
        self.made.append(DiagnosisJob(options, hear, self.session))
        return self.made[-1]

    def spoken(self) -> int:
        """How many lines of the dialogue with the card there are."""
        machine = self.sessions[-1]._machine if self.sessions else None
        return len(machine.dialogue.records) if machine is not None else 0


def state(window: DiagnosisWindow, check: str) -> State:
    return next(row.state for row in window.panel.view.rows if row.name == check)


def opened(qtbot: QtBot, jobs: Jobs) -> DiagnosisWindow:
    window = DiagnosisWindow(
        DiagnosisOptions(), panel=DiagnosisPanel(DiagnosisOptions(), make=jobs.job)
    )
    qtbot.addWidget(window)
    window.show()
    window.panel.begin()
    return window


def test_a_card_in_a_real_reader_is_shown_with_what_it_is(
    qtbot: QtBot, inserted_card: InsertCard
) -> None:
    name = inserted_card(chip())
    jobs = Jobs()
    window = opened(qtbot, jobs)
    qtbot.waitUntil(lambda: not window.panel.view.running, timeout=MILLISECONDS)
    assert window.panel.view.phase is Phase.DONE
    assert state(window, "card-kind") is State.PASSED
    row = next(item for item in window.panel.view.rows if item.name == "card-kind")
    assert ("Reader", name) in row.observations
    assert jobs.made[0].join(10)


def test_while_a_slow_card_is_read_the_window_lives_and_a_stop_frees_the_card(
    qtbot: QtBot, inserted_card: InsertCard
) -> None:
    name = inserted_card(PacedChip(chip()))
    jobs = Jobs()
    window = opened(qtbot, jobs)
    ticks: list[int] = []
    timer = QTimer(window)
    timer.timeout.connect(lambda: ticks.append(jobs.spoken()))
    timer.start(TICK)
    qtbot.waitUntil(lambda: len(set(ticks)) > 8, timeout=MILLISECONDS)
    assert window.panel.view.running  # the window lived through eight steps of the dialogue
    assert len(ticks) > len(set(ticks))
    window.panel.stop()
    said = jobs.spoken()
    assert window.panel.view.phase is Phase.STOPPED
    assert State.CANCELLED in {row.state for row in window.panel.view.rows}
    assert jobs.made[0].join(MILLISECONDS / 1000)
    assert jobs.spoken() <= said + 4  # it ended between two commands
    with PcscContext() as context:
        transport = context.reader(name).connect()
        with transport.transaction(Ending.LEAVE):
            assert transport.atr
        transport.close()
