# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A diagnosis in a thread: what is output, and how it is stopped while a check hangs."""

import threading
from pathlib import Path

import pytest
from tests.unit.diagnosis.faults import FAULTS
from tests.unit.diagnosis.slow import PATIENCE, Place, heard
from tests.unit.diagnosis.world import READER, healthy

from caducee.base.i18n import use_language
from caducee.diagnosis.checks import CHECKS
from caducee.diagnosis.context import CheckContext
from caducee.diagnosis.engine import run
from caducee.diagnosis.facts import DriverFacts, ModuleFacts
from caducee.diagnosis.job import (
    CheckEnded,
    CheckStarted,
    DiagnosisDone,
    DiagnosisFailed,
    DiagnosisJob,
)
from caducee.diagnosis.machine import MachineProbes
from caducee.diagnosis.machine.root import in_time
from caducee.diagnosis.model import CheckOutcome
from caducee.diagnosis.probes import RecordedProbes
from caducee.diagnosis.session import DiagnosisOptions
from caducee.reader.cancelling import CancelToken


def test_each_check_is_reported_as_it_begins_and_as_it_ends_and_the_report_comes_last() -> None:
    events, hear = heard()
    place = Place()
    job = place.job(DiagnosisOptions(), hear)
    job.start()
    assert job.join(PATIENCE)
    assert [type(event) for event in events] == [CheckStarted, CheckEnded] * len(CHECKS) + [
        DiagnosisDone
    ]
    results = [event.result for event in events if isinstance(event, CheckEnded)]
    last = events[-1]
    assert isinstance(last, DiagnosisDone)
    assert last.report.results == tuple(results)
    assert not last.report.cancelled
    assert place.sessions[0].closed == "diagnosis"


def test_it_speaks_the_language_of_who_began_it() -> None:
    events, hear = heard()
    with use_language("fr"):
        job = Place().job(DiagnosisOptions(), hear)
        job.start()
    assert job.join(PATIENCE)
    titles = [event.title for event in events if isinstance(event, CheckStarted)]
    assert "Horloge" in titles


def test_after_a_stop_nothing_more_is_heard_and_the_thread_gives_the_readers_up_itself() -> None:
    events, hear = heard()
    place = Place(slow=True)
    job = place.job(DiagnosisOptions(), hear)
    job.start()
    assert place.slow.asked.wait(PATIENCE)
    job.cancel()  # the question still hangs: this returns all the same
    before = list(events)
    assert place.sessions[0].closed == ""
    place.slow.answer.set()
    assert job.join(PATIENCE)
    assert events == before
    assert not any(isinstance(event, DiagnosisDone) for event in events)
    assert place.sessions[0].closed == "diagnosis"


def test_a_cancelled_check_counts_no_more_and_no_further_one_begins() -> None:
    cancel = CancelToken()
    answers = healthy()

    class Cancelling(RecordedProbes):
        def drivers(self) -> DriverFacts:
            cancel.cancel()
            raise RuntimeError("gave up")

        def module(self) -> ModuleFacts:
            raise AssertionError("a check began after the stop")

    report = run(CheckContext(Cancelling(answers)), CHECKS, cancel=cancel)
    outcomes = {result.check: result.outcome for result in report.results}
    assert report.cancelled
    assert report.findings == ()
    assert outcomes["pcsc-access"] is CheckOutcome.PASSED
    assert outcomes["readers"] is CheckOutcome.CANCELLED
    assert outcomes["module"] is CheckOutcome.CANCELLED
    assert len(report.results) == len(CHECKS)


def test_who_waits_for_a_card_is_let_go_by_a_stop() -> None:
    never, cancel = threading.Event(), CancelToken()
    threading.Timer(0.1, cancel.cancel).start()
    assert in_time(lambda: never.wait(PATIENCE), PATIENCE, cancel) is None
    assert cancel.cancelled
    never.set()


def test_a_stop_ends_the_dialogue_with_a_card_between_two_commands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from caducee.reader.memory import MemoryReader
    from caducee.virtualcard.card import VirtualCard
    from caducee.virtualcard.image import CardImage
    from caducee.virtualcard.store import MemoryStore

    cards = Path(__file__).parents[2] / "vectors" / "cards"
    cancel = CancelToken()
    reader = MemoryReader(READER)
    reader.insert(VirtualCard(MemoryStore(CardImage.load(cards / "cps3.json"))))
    probes = MachineProbes(cancel=cancel)
    monkeypatch.setattr(MachineProbes, "_context", type("C", (), {"reader": lambda _, n: reader})())
    assert probes.card(READER).code == ""
    spoken = len(probes.dialogue.records)
    cancel.cancel()
    assert probes.card(READER).code in ("reader.cancelled", "reader.card_in_use")
    assert (
        len([record for record in probes.dialogue.records[spoken:] if record.kind == "apdu"]) == 0
    )


@pytest.mark.parametrize("kind", ["bundle", "authorities"])
def test_what_cannot_be_read_is_reported_as_an_error(kind: str, tmp_path: Path) -> None:
    events, hear = heard()
    missing = tmp_path / "x"
    options = (
        DiagnosisOptions(replay=missing)
        if kind == "bundle"
        else DiagnosisOptions(anchors=(missing,))
    )
    job = DiagnosisJob(options, hear)
    job.start()
    assert job.join(PATIENCE)
    (failed,) = events
    assert isinstance(failed, DiagnosisFailed)
    assert failed.error.code in ("trace.unreadable", "diag.work_failed")


def test_the_report_rereported_has_the_same_codes_and_no_names() -> None:
    events, hear = heard()
    place = Place(FAULTS["the portal is silent"][0])
    job = place.job(DiagnosisOptions(names=("Durandal",)), hear)
    place.probes.answers["module"] = healthy()["module"].__class__(
        path="/home/durandal/lib.so", loads=False, reason="Durandal"
    )
    job.start()
    assert job.join(PATIENCE)
    done = events[-1]
    assert isinstance(done, DiagnosisDone)
    again = done.session.anonymous_report()
    assert [finding.code for finding in again.findings] == [
        finding.code for finding in done.report.findings
    ]
    assert "urandal" in str(done.report) and "urandal" not in str(again)
