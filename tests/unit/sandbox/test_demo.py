# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
import contextlib
from pathlib import Path
from typing import Any

import pytest

from caducee.base.errors import ReaderError
from caducee.base.i18n import use_language
from caducee.cli.main import main
from caducee.sandbox.demo import run as steps
from caducee.sandbox.demo.model import Demonstration, LoginOutcome
from caducee.sandbox.demo.report import render
from caducee.services.portal import texts as portal

CHECK = {"name": "chain", "outcome": "passed", "code": "relying.chain_accepted", "sentence": "<b>"}


def _login(ok: bool) -> LoginOutcome:
    outcome = "passed" if ok else "failed"
    return LoginOutcome(
        "certificate", {"given_name": "A", "family_name": "<B>"}, [CHECK | {"outcome": outcome}], ok
    )


def _story(*logins: bool) -> Demonstration:
    ticks = iter(range(100))
    story = Demonstration(timer=lambda: next(ticks) / 1000)
    with story.step("read", "Reading") as step:
        step.fact("Holder", "A <B>")
    story.logins += [_login(login) for login in logins]
    return story


@pytest.mark.parametrize(
    ("logins", "ok"), [((), False), ((True,), True), ((True, False), False), ((False,), False)]
)
def test_it_is_well_only_when_there_was_a_login_and_all_were_admitted(
    logins: tuple[bool, ...], ok: bool
) -> None:
    assert _story(*logins).ok is ok
    assert _story(*logins).to_json()["ok"] is ok


def test_a_refusal_that_was_right_is_well_without_a_login() -> None:
    story = _story()
    story.refusal = "cryptolib.no_pin_on_face"
    assert story.ok and story.to_json()["refusal"] == "cryptolib.no_pin_on_face"
    story.logins.append(_login(False))
    assert not story.ok


def test_every_kind_of_card_has_a_profile_and_a_choice_on_the_command_line() -> None:
    from caducee.cli.demo import demo
    from caducee.issuance.profiles import profile
    from caducee.sandbox.demo.cards import KINDS

    (choice,) = (param.type for param in demo.params if param.name == "card")
    assert list(getattr(choice, "choices")) == list(KINDS)  # noqa: B009
    assert all(profile(kind.profile) for kind in KINDS.values())


def test_a_step_that_fails_is_noted_and_spoils_the_whole() -> None:
    story = _story(True)
    with contextlib.suppress(RuntimeError), story.step("x", "X"):
        raise RuntimeError("no")
    assert story.steps[-1].failure == "no"
    assert not story.ok


def test_times_are_counted_from_the_first_step() -> None:
    story = _story(True)
    with story.step("b", "B"):
        pass
    first, second = story.steps
    assert [first.began, first.ms, second.began, second.ms] == pytest.approx([0, 1, 2, 1])


def test_what_comes_from_outside_is_escaped_in_the_report() -> None:
    page = render(_story(True, False))
    assert "<b>" not in page and "<B>" not in page
    assert "&lt;B&gt;" in page


def test_a_failed_check_ends_the_command_with_an_error_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> tuple[Demonstration, None]:
        return _story(True, False), None

    monkeypatch.setattr(steps, "demonstrate", refused)
    report = tmp_path / "demo.html"
    with pytest.raises(SystemExit) as ended:
        main(["demo", "--report", str(report)])
    assert ended.value.code == 1
    assert report.is_file()


def test_without_pcscd_a_reader_of_pcscd_cannot_be_had_and_memory_takes_its_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from caducee.sandbox.demo.readers import DemoReaderKind, card_in
    from caducee.virtualcard.image import CardImage
    from caducee.virtualcard.plug import pcscd

    def absent(*_: Any, **__: Any) -> Any:
        raise ReaderError("reader.pcscd_absent")

    monkeypatch.setattr(pcscd, "private_service", absent)
    vectors = Path(__file__).parents[2] / "vectors"
    CardImage.load(vectors / "cards" / "cps3.json").save(tmp_path / "card.json")
    with card_in(DemoReaderKind.AUTO, tmp_path / "card.json") as (reader, what):
        assert what == "memory"
        assert reader.status().present
    with pytest.raises(ReaderError), card_in(DemoReaderKind.PCSC, tmp_path / "card.json"):
        pass


def test_the_report_calls_a_check_as_the_portal_does() -> None:
    with use_language("en"):
        assert portal.check("chain") in render(_story(True))
