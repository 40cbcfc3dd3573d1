# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The diagnosis against injected faults: one thing is broken, and its code must be the first."""

from typing import Any

import pytest
from tests.unit.diagnosis.faults import FAULTS, NOTES, UNCHECKED
from tests.unit.diagnosis.world import READER, Break, change, healthy

from caducee.base import catalogue
from caducee.base.catalogue import Severity
from caducee.base.i18n import use_language
from caducee.diagnosis.checks import CHECKS
from caducee.diagnosis.context import CheckContext
from caducee.diagnosis.engine import run
from caducee.diagnosis.facts import PinFacts
from caducee.diagnosis.model import Check, CheckOutcome, Report, found
from caducee.diagnosis.page import report_as_page
from caducee.diagnosis.plain import SIGNS, report_as_plain, report_as_text, summary
from caducee.diagnosis.probes import (
    NAMES,
    RecordedProbes,
    RecordingProbes,
    answer_from_json,
)

OUTSIDE = {"service_clock", "probe_failed", "report_damaged", "report_silent"}


def diagnose(*breaks: Break, reader: str = "") -> Report:
    answers = healthy()
    for item in breaks:
        item(answers)
    return run(CheckContext(RecordedProbes(answers), reader), CHECKS)


def outcomes(report: Report) -> dict[str, CheckOutcome]:
    return {result.check: result.outcome for result in report.results}


def test_on_a_healthy_machine_every_check_passes_and_nothing_is_found() -> None:
    report = diagnose()
    assert set(outcomes(report).values()) == {CheckOutcome.PASSED}
    assert report.findings == ()
    assert report.healthy
    assert report.first is None


@pytest.mark.parametrize("name", FAULTS)
def test_the_first_code_names_what_was_broken(name: str) -> None:
    broken, code = FAULTS[name]
    report = diagnose(broken)
    assert report.first is not None
    assert report.first.code == f"diag.{code}"
    assert "{" not in report.first.sentence() + report.first.advice()
    assert report.healthy is (report.first.severity is not Severity.ERROR)


@pytest.mark.parametrize("name", NOTES)
def test_a_note_is_reported_and_is_no_fault(name: str) -> None:
    change_it, code = NOTES[name]
    report = diagnose(change_it)
    assert report.first is None
    assert report.healthy
    assert [finding.code for finding in report.findings] == [f"diag.{code}"]


@pytest.mark.parametrize("name", UNCHECKED)
def test_what_matters_and_was_not_checked_is_a_result_of_its_own(name: str) -> None:
    change_it, code = UNCHECKED[name]
    report = diagnose(change_it)
    assert report.first is not None
    assert (report.first.code, report.first.severity) == (f"diag.{code}", Severity.UNCHECKED)
    assert CheckOutcome.UNCHECKED in outcomes(report).values()
    assert report.healthy is None


@pytest.mark.parametrize("name", UNCHECKED)
def test_no_form_says_that_nothing_is_wrong_while_something_was_not_checked(name: str) -> None:
    report = diagnose(UNCHECKED[name][0])
    plain = report_as_plain(report)
    assert (plain["healthy"], plain["unchecked"]) == (None, [f"diag.{UNCHECKED[name][1]}"])
    assert "unchecked" in {item["outcome"] for item in plain["checks"]}
    for text in (report_as_text(report), report_as_page(report, "")):
        assert "No problem found." not in text
        assert "not everything was checked" in text
        assert "Not checked: " in text and SIGNS[CheckOutcome.UNCHECKED] in text


def test_a_revoked_card_is_not_called_healthy_when_no_lists_are_named() -> None:
    report = diagnose(UNCHECKED["no revocation lists"][0])
    assert summary(report) != "No problem found."
    assert "--crl" in report.findings[0].advice()


def test_an_error_goes_before_what_was_not_checked() -> None:
    report = diagnose(FAULTS["the code is blocked"][0], UNCHECKED["no services"][0])
    assert [finding.code for finding in report.findings] == [
        "diag.code_blocked",
        "diag.services_unnamed",
    ]
    assert report.healthy is False
    assert summary(report) == "Errors: 1, warnings: 0, not checked: 1."


def test_the_matrix_breaks_at_least_a_hundred_things_and_meets_every_code() -> None:
    met = {code for _, code in (*FAULTS.values(), *NOTES.values(), *UNCHECKED.values())} | OUTSIDE
    given = {code.removeprefix("diag.") for check in CHECKS for code in check.codes}
    assert len(FAULTS) >= 100
    assert given - met == {"reader_unknown"}  # a test of its own: it needs an option


def test_a_reader_that_is_not_there_is_reported_with_those_that_are() -> None:
    first = diagnose(reader="Other").first
    assert first is not None
    assert (first.code, first.facts["readers"]) == ("diag.reader_unknown", READER)


def test_nothing_of_the_card_is_asked_when_pcscd_does_not_run() -> None:
    report = diagnose(FAULTS["pcscd was killed"][0])
    found_ = outcomes(report)
    skipped = {name for name, outcome in found_.items() if outcome is CheckOutcome.SKIPPED}
    assert {"readers", "card-present", "card-kind", "certificates", "logins"} <= skipped
    assert not skipped & {"module", "browsers", "daemon", "services", "clock"}
    assert {result.stopped_by for result in report.results if result.check in skipped} == {
        "pcsc-service"
    }


def test_a_wrong_clock_is_reported_instead_of_expired_certificates() -> None:
    report = diagnose(FAULTS["the clock is a year behind"][0])
    assert outcomes(report)["dates"] is CheckOutcome.SKIPPED
    assert {finding.code for finding in report.findings} == {"diag.clock_behind"}


def test_errors_stand_before_warnings_and_each_in_the_order_of_the_checks() -> None:
    report = diagnose(
        FAULTS["the cache cannot be written"][0],
        FAULTS["the portal is silent"][0],
        FAULTS["the code is blocked"][0],
    )
    codes = [finding.code for finding in report.findings]
    assert codes == ["diag.code_blocked", "diag.service_silent", "diag.cache_closed"]


def test_a_probe_that_fails_hides_no_other_result() -> None:
    report = diagnose(lambda world: world.update(java=RuntimeError("jvm")))
    assert report.first is not None
    assert report.first.code == "diag.probe_failed"
    assert report.first.facts == {"check": "java", "reason": "RuntimeError: jvm"}
    assert outcomes(report)["services"] is CheckOutcome.PASSED


def test_the_good_card_is_looked_at_when_a_foreign_one_lies_in_another_reader() -> None:
    def two(world: dict[str, Any]) -> None:
        FAULTS["a Vitale card"][0](world)
        foreign = world.pop(f"card:{READER}")
        world["readers"] = (
            world["readers"][0],
            healthy()["readers"][0].__class__(name="B", present=True),
        )
        world |= {f"card:{READER}": foreign, "card:B": healthy()[f"card:{READER}"]}
        world["authorities:B"] = world[f"authorities:{READER}"]
        world["logins:B"] = world[f"logins:{READER}"]

    assert diagnose(two).first is None
    assert diagnose(two, change(f"card:{READER}", code="x")).first is None


def test_checks_stand_after_what_they_need() -> None:
    seen: set[str] = set()
    for check in CHECKS:
        assert set(check.needs) <= seen, check.name
        assert check.name not in seen
        seen.add(check.name)


def test_a_code_that_a_check_does_not_declare_is_a_fault_of_the_check() -> None:
    check = Check(
        name="x", title="X", look=lambda context: [found("diag.java_bits", path="")], codes=()
    )
    with pytest.raises(LookupError, match=r"diag\.java_bits"):
        run(CheckContext(RecordedProbes({})), [check])


def test_progress_names_each_check_and_never_goes_back() -> None:
    heard: list[tuple[str, float]] = []
    run(
        CheckContext(RecordedProbes(healthy())),
        CHECKS,
        lambda title, part: heard.append((title, part)),
    )
    assert len(heard) == len(CHECKS)
    assert [part for _, part in heard] == sorted(part for _, part in heard)


DIAGNOSIS = [entry for entry in catalogue.entries() if entry.code.startswith("diag.")]


def test_there_are_more_than_a_hundred_codes() -> None:
    assert len(DIAGNOSIS) >= 150


@pytest.mark.parametrize("entry", DIAGNOSIS, ids=lambda item: item.code)
def test_every_code_has_cause_consequence_and_cure_in_both_languages(
    entry: catalogue.Entry,
) -> None:
    from caducee.base.i18n import gettext

    texts = (entry.sentence, entry.consequence, entry.advice)
    assert all(texts)
    with use_language("fr"):
        assert all(gettext(text) != text for text in texts)


def test_answers_are_the_same_after_they_were_written_down() -> None:
    import msgspec

    recording = RecordingProbes(RecordedProbes(healthy()))
    report = run(CheckContext(recording), CHECKS)
    assert {item.partition(":")[0] for item in recording.answers} == set(NAMES)
    read = {
        question: answer_from_json(question, msgspec.json.encode(answer).decode())
        for question, answer in recording.answers.items()
    }
    assert read == recording.answers
    assert run(CheckContext(RecordedProbes(read)), CHECKS) == report


def test_a_card_without_tries_left_is_dead_only_when_both_codes_are() -> None:
    alive = diagnose(change(f"card:{READER}", pin=PinFacts(left=0, most=3))).first
    assert alive is not None
    assert alive.facts == {"puk": 3}
