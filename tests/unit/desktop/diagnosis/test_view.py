# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the window of the diagnosis says, without Qt."""

import pytest
from tests.unit.diagnosis.faults import FAULTS, NOTES, UNCHECKED
from tests.unit.diagnosis.slow import PATIENCE, Place, heard
from tests.unit.diagnosis.world import Break

from caducee.base.errors import StateError
from caducee.base.i18n import use_language
from caducee.desktop.diagnosis.view import DiagnosisView, Phase, State
from caducee.diagnosis.checks import CHECKS
from caducee.diagnosis.job import CheckEnded, CheckStarted, DiagnosisFailed
from caducee.diagnosis.session import DiagnosisOptions

NAMES = [check.name for check in CHECKS]


def fresh() -> DiagnosisView:
    return DiagnosisView([(check.name, check.title) for check in CHECKS])


def shown(*breaks: Break) -> DiagnosisView:
    """The window after a diagnosis of a machine with faults."""
    events, hear = heard()
    job = Place(*breaks).job(DiagnosisOptions(), hear)
    job.start()
    assert job.join(PATIENCE)
    view = fresh()
    view.begin()
    for event in events:
        view.hear(event)
    return view


def test_before_the_first_diagnosis_every_check_waits() -> None:
    view = fresh()
    assert view.phase is Phase.IDLE
    assert [row.name for row in view.rows] == NAMES
    assert {row.state for row in view.rows} == {State.WAITING}
    assert view.first is None and view.session is None


def test_a_check_under_way_is_marked_and_named_with_the_part_that_is_done() -> None:
    view = fresh()
    view.begin()
    assert view.hear(CheckStarted("Clock", 0.25)) == 0
    assert view.rows[0].state is State.RUNNING
    assert (view.headline, view.part) == ("Checking: Clock", 0.25)


def test_a_healthy_machine_is_reported_in_one_line() -> None:
    view = shown()
    assert (view.phase, view.headline) == (Phase.DONE, "No problem found.")
    assert view.first is None
    assert view.place_of_first() is None
    assert {row.state for row in view.rows} == {State.PASSED}


@pytest.mark.parametrize("name", FAULTS)
def test_the_window_shows_first_what_was_broken(name: str) -> None:
    broken, code = FAULTS[name]
    view = shown(broken)
    assert view.first is not None
    assert view.first.code == f"diag.{code}"
    place = view.place_of_first()
    assert place is not None
    assert view.finding(*place) == view.first
    assert view.rows[place[0]].state in (State.FAILED, State.WARNED)
    assert "Start with this one" in view.headline


@pytest.mark.parametrize("name", NOTES)
def test_a_note_is_not_what_one_begins_with(name: str) -> None:
    view = shown(NOTES[name][0])
    assert view.first is None
    assert view.headline == "No problem found."


@pytest.mark.parametrize("name", UNCHECKED)
def test_the_window_never_says_that_nothing_is_wrong_while_something_was_not_checked(
    name: str,
) -> None:
    view = shown(UNCHECKED[name][0])
    assert view.headline == (
        "No error was found, but not everything was checked. Not checked: 1. Start with this one:"
    )
    assert view.first is not None
    assert (view.first.code, view.first.word) == (f"diag.{UNCHECKED[name][1]}", "Not checked")
    assert State.UNCHECKED in {row.state for row in view.rows}
    assert "not checked" in {row.word for row in view.rows}


def test_a_check_that_was_not_looked_at_says_because_of_which() -> None:
    view = shown(FAULTS["pcscd was killed"][0])
    row = view.rows[NAMES.index("card-kind")]
    assert row.state is State.SKIPPED
    assert row.spoken == "Card type: skipped because of: PC/SC: service"


def test_what_was_looked_at_is_reported_with_the_answer_to_reset_and_the_kind() -> None:
    row = shown().rows[NAMES.index("card-kind")]
    assert ("Answer to reset", "3BAC00402A001225006480000310009000") in row.observations
    assert "Card type" in dict(row.observations)


def test_everything_is_in_the_language_of_the_reader() -> None:
    with use_language("fr"):
        view = shown(FAULTS["the code is blocked"][0])
        assert view.first is not None
        assert view.first.word == "Erreur"
        assert view.headline.startswith("Erreurs")
        words = {row.word for row in view.rows}
    assert "en ordre" in words and "good" not in words


def test_after_a_stop_what_was_found_counts_and_the_rest_is_marked() -> None:
    events, hear = heard()
    place = Place(FAULTS["the disk is full"][0], slow=True)
    job = place.job(DiagnosisOptions(), hear)
    view = fresh()
    view.begin()
    job.start()
    assert place.slow.asked.wait(PATIENCE)
    job.cancel()
    for event in events:
        view.hear(event)
    view.stop()
    place.slow.answer.set()
    assert job.join(PATIENCE)
    assert view.phase is Phase.STOPPED
    assert view.first is not None and view.first.code == "diag.disk_full"
    states = {row.name: row.state for row in view.rows}
    assert states["disk"] is State.FAILED
    assert {states["readers"], states["logins"]} == {State.CANCELLED}
    assert view.report is not None and view.report.cancelled
    assert view.session is None  # half a diagnosis is written nowhere


def test_a_diagnosis_that_could_not_begin_says_why() -> None:
    view = fresh()
    view.begin("report.jsonl")
    assert view.hear(DiagnosisFailed(StateError("diag.work_failed", reason="x"))) == -1
    assert view.phase is Phase.FAILED
    assert view.first is not None
    assert (view.first.code, view.first.cure) == ("diag.work_failed", "")


def test_another_diagnosis_begins_with_nothing_of_the_one_before() -> None:
    view = shown(FAULTS["the code is blocked"][0])
    view.begin("report.jsonl")
    assert view.first is None and view.session is None
    assert {row.state for row in view.rows} == {State.WAITING}
    assert view.heading == "Report from another computer: report.jsonl"


def test_the_support_is_named_for_this_machine_alone() -> None:
    view = DiagnosisView([], "01 99 00 12 34")
    assert view.heading == "This machine. Support: 01 99 00 12 34"
    view.begin("report.jsonl")
    assert "Support" not in view.heading


def test_results_come_in_the_order_of_the_checks() -> None:
    events, hear = heard()
    job = Place().job(DiagnosisOptions(), hear)
    job.start()
    assert job.join(PATIENCE)
    view = fresh()
    view.begin()
    changed = [view.hear(event) for event in events if isinstance(event, CheckEnded)]
    assert changed == list(range(len(CHECKS)))
