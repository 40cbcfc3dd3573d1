# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The test services on virtual cards: each step judged, none passed by a card that lies."""

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.cryptolib.conftest import NOW, Bench, Keys, MakeBench

from caducee.base.clock import FixedClock
from caducee.base.errors import CpsError, ReaderError
from caducee.base.i18n import use_language
from caducee.base.secret import Secret
from caducee.cryptolib import CpsCard, open_card
from caducee.cryptolib.portal import PortalAddress
from caducee.diagnosis.trial import keys as keys_module
from caducee.diagnosis.trial.model import TITLES, StepOutcome, StepReport, TrialReport
from caducee.diagnosis.trial.run import TrialPlan, run_trial
from caducee.reader.cancelling import CancellableReader, CancelToken
from caducee.virtualcard.personalise import PersonalisationData
from caducee.virtualcard.plug.pinpad import SimulatedPinPad as Firmware

PIN = "1234"


def tried(opened: CpsCard, code: str | None = PIN, **plan: object) -> TrialReport:
    secret = Secret.of(code) if code else None
    return run_trial(opened, TrialPlan(secret, **plan), FixedClock(NOW))  # type: ignore[arg-type]


def outcomes(report: TrialReport) -> dict[str, str]:
    return {item.name: item.outcome.value for item in report.steps}


def step(report: TrialReport, name: str) -> StepReport:
    (found,) = [item for item in report.steps if item.name == name]
    return found


ON_CARD = ("card", "random", "pin", "signature", "authentication", "decipherment")
LOGINS = ("portal", "login-certificate", "logout-certificate", "login-token", "logout-token")


def test_a_cps3_passes_everything_that_the_card_does_alone(card: CpsCard) -> None:
    report = tried(card)
    assert report.ok
    assert outcomes(report) == dict.fromkeys(ON_CARD, "passed") | dict.fromkeys(LOGINS, "skipped")
    assert list(outcomes(report)) == [title for title in TITLES if title != "technical"]


def test_a_cps4_signs_with_both_paddings(cps4_card: CpsCard) -> None:
    report = tried(cps4_card)
    assert report.ok
    for name in ("signature", "authentication"):
        algorithm = dict(step(report, name).facts)["algorithm"]
        assert algorithm == "RSA PKCS#1 v1.5, SHA-256; RSA-PSS, SHA-256"


def test_without_contacts_there_is_the_technical_key_alone(contactless_card: CpsCard) -> None:
    report = tried(contactless_card)
    assert report.ok
    found = outcomes(report)
    assert found["technical"] == "passed"
    assert {found[name] for name in ("pin", "signature", "authentication")} == {"skipped"}


def test_without_a_code_only_what_needs_none_is_tried(bench: Bench) -> None:
    report = tried(bench.open(), None)
    found = outcomes(report)
    assert (found["random"], found["pin"], found["signature"]) == ("passed", "skipped", "skipped")
    assert bench.chip.sent(0x20) == 0


def test_each_step_that_was_not_tried_says_why_and_what_it_needs(
    bench: Bench, contactless_card: CpsCard
) -> None:
    def why(report: TrialReport, name: str) -> str:
        found = step(report, name).problem
        assert found is not None and found.advice
        return found.code.removeprefix("desktop.step_")

    bare, wrong, other = tried(bench.open(), None), tried(bench.open(), "9999"), contactless_card
    assert {why(bare, item) for item in ("pin", "signature")} == {"no_pin"}
    assert why(bare, "portal") == why(tried(bench.open()), "login-token") == "no_portal"
    assert why(wrong, "signature") == "after"
    assert {why(tried(other), item) for item in ("pin", "signature")} == {"other_side"}
    assert "portal" in bare.to_json()["untried"]
    assert "No PIN was given" in bare.to_text()


def test_a_wrong_code_is_reported_with_its_tries_and_costs_one(bench: Bench) -> None:
    card = bench.open()
    report = tried(card, "9999")
    assert not report.ok
    wrong = step(report, "pin")
    assert wrong.outcome is StepOutcome.FAILED and wrong.problem is not None
    assert wrong.problem.code == "cryptolib.pin_wrong" and "2" in wrong.problem.sentence
    assert {outcomes(report)[name] for name in ("signature", "authentication")} == {"skipped"}
    assert card.pin_state().tries_left == 2


def test_a_code_that_is_entered_at_the_reader_opens_the_keys_and_the_card_closes(
    bench: Bench,
) -> None:
    bench.reader.pin_pad = Firmware(bench.chip, lambda _prompt: PIN)
    card = bench.open()
    report = tried(card, None, at_reader=True)
    assert report.ok
    found = outcomes(report)
    assert {found[item] for item in ON_CARD} == {"passed"}
    with open_card(bench.reader) as other, pytest.raises(CpsError):
        other.activities()


def test_the_card_forgets_the_code_at_the_end(bench: Bench) -> None:
    card = bench.open()
    tried(card)
    with pytest.raises(CpsError):
        card.activities()
    assert bench.chip.resets


def test_the_code_is_not_sent_to_another_card_than_it_was_entered_for(
    bench: Bench, cps4_card: CpsCard
) -> None:
    report = tried(bench.open(), card=cps4_card.identity)
    assert [item.name for item in report.steps] == ["card"]
    trouble = report.steps[0].problem
    assert trouble is not None and trouble.code == "cryptolib.card_exchanged"
    assert bench.chip.sent(0x20) == 0


def test_a_key_that_does_not_belong_to_its_certificate_fails(
    make_bench: MakeBench, content: PersonalisationData, keys: Keys
) -> None:
    report = tried(make_bench(replace(content, sign_key=keys.other)).open())
    assert outcomes(report)["signature"] == "failed"
    assert outcomes(report)["authentication"] == "passed"
    assert not report.ok


@pytest.mark.parametrize("answer", [b"\x00", b"\x07"])
def test_random_numbers_that_are_none_fail(bench: Bench, answer: bytes) -> None:
    bench.chip.change = lambda command, given: (
        answer * (len(given) - 2) + given[-2:] if command[1] == 0x84 else given
    )
    report = tried(bench.open())
    trouble = step(report, "random").problem
    assert trouble is not None and trouble.code == "cryptolib.random_poor"


def test_random_numbers_that_repeat_fail(bench: Bench) -> None:
    bench.chip.change = lambda command, given: (
        bytes(range(len(given) - 2)) + given[-2:] if command[1] == 0x84 else given
    )
    assert outcomes(tried(bench.open()))["random"] == "failed"


@pytest.mark.parametrize(
    ("name", "patched"),
    [("signature", "sign"), ("authentication", "authenticate"), ("decipherment", "decipher")],
)
def test_a_cryptolib_that_is_wrong_is_found_out(
    card: CpsCard, monkeypatch: pytest.MonkeyPatch, name: str, patched: str
) -> None:
    """The judge is apart: what the Cryptolib returns is checked from the data that was signed."""
    right: Callable[..., bytes] = getattr(card, patched)
    monkeypatch.setattr(
        card, patched, lambda *a, **k: bytes([right(*a, **k)[0] ^ 1]) + right(*a)[1:]
    )
    trouble = step(tried(card), name).problem
    assert trouble is not None and trouble.code == "cryptolib.proof_wrong"


def test_a_judge_that_accepts_everything_would_be_found_out(
    card: CpsCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys_module, "_fits", lambda *_: True)
    assert outcomes(tried(card))["signature"] == "failed"


def test_each_step_reports_its_time_and_its_commands(card: CpsCard) -> None:
    ticks = itertools.count(0, 0.25)
    report = run_trial(card, TrialPlan(Secret.of(PIN)), FixedClock(NOW), timer=lambda: next(ticks))
    passed = [item for item in report.steps if item.outcome is StepOutcome.PASSED]
    assert {item.ms for item in passed} == {250.0}
    assert all(dict(item.facts)["commands"] for item in passed)
    assert not any(item.took for item in report.steps if item.outcome is StepOutcome.SKIPPED)


def test_it_can_be_ended_between_two_steps(bench: Bench) -> None:
    def begin(name: str) -> None:
        if name == "signature":
            raise ReaderError("reader.cancelled")

    report: list[StepReport] = []
    card = bench.open()
    with pytest.raises(ReaderError):
        run_trial(
            card, TrialPlan(Secret.of(PIN)), FixedClock(NOW), on_step=report.append, begin=begin
        )
    assert [item.name for item in report] == ["card", "random", "pin"]
    with pytest.raises(CpsError):
        card.activities()  # the code is forgotten all the same


def test_a_card_that_is_not_wanted_any_more_ends_it_in_the_middle_of_a_step(bench: Bench) -> None:
    token = CancelToken()
    report: list[StepReport] = []

    def begin(name: str) -> None:
        if name == "signature":
            token.cancel()

    with open_card(CancellableReader(bench.reader, token)) as card, pytest.raises(ReaderError):
        run_trial(
            card, TrialPlan(Secret.of(PIN)), FixedClock(NOW), on_step=report.append, begin=begin
        )
    assert [item.name for item in report] == ["card", "random", "pin"]


def test_a_card_that_leaves_fails_the_step_it_leaves_in(bench: Bench) -> None:
    card = bench.open()

    def begin(name: str) -> None:
        if name == "authentication":
            bench.reader.eject()

    report = run_trial(card, TrialPlan(Secret.of(PIN)), FixedClock(NOW), begin=begin)
    trouble = step(report, "authentication").problem
    assert trouble is not None and trouble.code == "reader.card_removed"
    assert not report.ok


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://localhost:1", "cryptolib.portal_address"),
        ("localhost", "cryptolib.portal_address"),
        ("https://localhost:1", "cryptolib.portal_unreachable"),
    ],
)
def test_a_portal_that_is_not_there_skips_the_logins(
    card: CpsCard, address: str, code: str
) -> None:
    report = tried(card, portal=PortalAddress(address))
    trouble = step(report, "portal").problem
    assert trouble is not None and trouble.code == code
    assert {outcomes(report)[login] for login in LOGINS[1:]} == {"skipped"}
    assert outcomes(report)["authentication"] == "passed"


def test_a_root_that_is_none_is_named(card: CpsCard, tmp_path: Path) -> None:
    bad = tmp_path / "root.pem"
    bad.write_text("no certificate")
    for root in (bad, tmp_path / "absent.pem"):
        report = tried(card, portal=PortalAddress("https://localhost:1", root))
        trouble = step(report, "portal").problem
        assert trouble is not None and trouble.code == "cryptolib.portal_root"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_results_hold_no_code_and_can_be_kept(card: CpsCard, language: str) -> None:
    code = "1234"
    with use_language(language):
        report = tried(card, code, reader="Reader A")
        kept, text = json.loads(json.dumps(report.to_json())), report.to_text()
    assert kept["version"] == 1 and kept["ok"] is True
    assert kept["at"] == NOW.isoformat()
    assert [item["name"] for item in kept["steps"]] == [item.name for item in report.steps]
    assert kept["steps"][0]["facts"]["reader"] == "Reader A"
    facts = [value for item in kept["steps"] for value in item["facts"].values()]
    assert code not in facts and "31323334" not in text
    assert len(text.splitlines()) > len(report.steps)


def test_nothing_that_was_tried_is_no_success() -> None:
    skipped = TrialReport(NOW, (StepReport("card", StepOutcome.SKIPPED),))
    assert not skipped.ok
