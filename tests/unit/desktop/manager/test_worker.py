# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Work off the thread of the windows: order, progress, cancel, faults of ours."""

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from caducee.base.errors import CpsError, ReaderError
from caducee.base.i18n import gettext, use_language
from caducee.desktop.manager.worker import Work, Worker


@pytest.fixture
def worker(qtbot: QtBot) -> Iterator[Worker]:
    made = Worker()
    yield made
    made.close()


def test_the_result_comes_in_the_thread_of_the_windows(worker: Worker, qtbot: QtBot) -> None:
    heard: list[threading.Thread] = []
    job = worker.run(lambda _work: threading.current_thread())
    job.done.connect(lambda _result: heard.append(threading.current_thread()))
    with qtbot.waitSignal(job.done) as output:
        pass
    assert output.args is not None and output.args[0] is not threading.main_thread()
    assert heard == [threading.main_thread()]


def test_operations_of_a_lane_keep_their_order_and_lanes_run_side_by_side(
    worker: Worker, qtbot: QtBot
) -> None:
    gate = threading.Event()
    done: list[str] = []
    slow = worker.run(lambda _work: gate.wait(20), "A")
    second = worker.run(lambda _work: "A2", "A")
    other = worker.run(lambda _work: "B", "B")
    second.done.connect(done.append)
    other.done.connect(done.append)
    qtbot.waitUntil(lambda: done == ["B"])
    gate.set()
    with qtbot.waitSignal(second.ended):
        pass
    assert done == ["B", "A2"]
    assert slow.over


def test_a_cancelled_operation_fails_at_its_next_step(worker: Worker, qtbot: QtBot) -> None:
    begun, gate = threading.Event(), threading.Event()
    failed: list[CpsError] = []

    def operation(work: Work) -> None:
        begun.set()
        gate.wait(20)
        work.progress("next", 0.5)

    job = worker.run(operation)
    job.failed.connect(failed.append)
    begun.wait(20)
    job.cancel()
    gate.set()
    with qtbot.waitSignal(job.ended):
        pass
    assert [item.code for item in failed] == ["reader.cancelled"]


def test_an_operation_that_waits_and_is_cancelled_never_begins(
    worker: Worker, qtbot: QtBot
) -> None:
    gate = threading.Event()
    ran: list[str] = []
    worker.run(lambda _work: gate.wait(20), "A")
    second = worker.run(lambda _work: ran.append("second"), "A")
    second.cancel()
    gate.set()
    with qtbot.waitSignal(second.failed):
        pass
    assert ran == []


def test_progress_is_reported_in_order(worker: Worker, qtbot: QtBot) -> None:
    output: list[tuple[str, object]] = []

    def operation(work: Work) -> None:
        work.progress("one", 0.1)
        work.progress("two")

    job = worker.run(operation)
    job.progressed.connect(lambda *values: output.append(values))
    with qtbot.waitSignal(job.ended):
        pass
    assert output == [("one", 0.1), ("two", None)]


def test_every_failure_is_reported_once_for_the_journal(worker: Worker, qtbot: QtBot) -> None:
    def operation(_work: Work) -> None:
        raise ReaderError("reader.no_reader")

    with qtbot.waitSignal(worker.failed) as output:
        worker.run(operation, "Reader A")
    assert output.args is not None
    assert output.args[0] == "Reader A" and output.args[1].code == "reader.no_reader"


def test_an_internal_error_is_reported_and_the_next_job_runs(worker: Worker, qtbot: QtBot) -> None:
    failed: list[CpsError] = []

    def operation(_work: Work) -> None:
        raise ZeroDivisionError

    with qtbot.capture_exceptions() as raised:
        job = worker.run(operation, "A")
        job.failed.connect(failed.append)
        with qtbot.waitSignal(job.ended):
            pass
    assert [item[0] for item in raised] == [ZeroDivisionError]
    assert [item.code for item in failed] == ["desktop.fault"]
    following = worker.run(lambda _work: 7, "A")
    with qtbot.waitSignal(following.done) as output:
        pass
    assert output.args == [7]


def test_the_language_of_the_window_goes_with_the_work(worker: Worker, qtbot: QtBot) -> None:
    with use_language("fr"):
        job = worker.run(lambda _work: gettext("Reader"))
    with qtbot.waitSignal(job.done) as output:
        pass
    assert output.args == ["Lecteur"]


def test_the_event_loop_turns_while_an_operation_blocks(worker: Worker, qtbot: QtBot) -> None:
    gate = threading.Event()
    turns: list[int] = []
    timer = QTimer()
    timer.timeout.connect(lambda: turns.append(1))
    timer.start(0)
    job = worker.run(lambda _work: gate.wait(20))
    qtbot.waitUntil(lambda: len(turns) > 50)
    assert not job.over and worker.busy
    gate.set()
    with qtbot.waitSignal(job.ended):
        pass
    assert not worker.busy


def test_closing_cancels_what_runs_and_waits_for_it(qtbot: QtBot) -> None:
    worker = Worker()
    begun, ended = threading.Event(), threading.Event()

    def operation(work: Work) -> None:
        begun.set()
        try:
            while True:
                work.check()
        finally:
            ended.set()

    worker.run(operation)
    assert begun.wait(20)
    worker.close()
    assert ended.is_set()
