# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the page for the codes says, without a window."""

from dataclasses import replace

import pytest

from caducee.base.errors import (
    CardError,
    CardRemovedError,
    CpsError,
    PinBlockedError,
    ReaderError,
    WrongPinError,
)
from caducee.base.i18n import use_language
from caducee.cryptolib.model import CardIdentity, PinState
from caducee.cryptolib.pin_tasks import PinStatus, PinTask
from caducee.desktop.manager.model.card_view import Mark
from caducee.desktop.manager.model.pin_page import (
    PinPageView,
    failure_text,
    faults,
    outcome,
    pins_of,
)
from caducee.spec.atrs import CardFace

CARD = CardIdentity(bytes.fromhex("5A0A80250000012900995235"), CardFace.CPS3_CONTACT, b"\x3b")


def state(left: int | None, most: int | None = 3, least: int = 4) -> PinState:
    return PinState(left, most, False, least, 8)


GOOD, UNBLOCKING = state(3), state(5, 5, 8)


def standing(pin: PinState | None = GOOD, puk: PinState | None = UNBLOCKING) -> PinStatus:
    return PinStatus(
        CARD, "CPS3v3-2900995235", "KIT DOC0073574", pin, puk, ("2900995235", "899700735741")
    )


def view(
    task: PinTask = PinTask.ENTER,
    left: int | None = 3,
    puk: PinState | None = UNBLOCKING,
    *,
    at_reader: frozenset[PinTask] = frozenset(),
    here: bool = False,
) -> PinPageView:
    return PinPageView(replace(standing(state(left), puk), at_reader=at_reader), task, here)


@pytest.mark.parametrize(
    ("task", "names"),
    [
        (PinTask.ENTER, ["old"]),
        (PinTask.CHANGE, ["old", "new", "again"]),
        (PinTask.UNBLOCK, ["old", "new", "again"]),
    ],
)
def test_every_task_asks_for_its_codes(task: PinTask, names: list[str]) -> None:
    assert [field.name for field in view(task).fields] == names


def test_the_keys_of_the_fields_differ() -> None:
    for task in PinTask:
        marks = [
            label[label.index("&") + 1].lower() for label in (f.label for f in view(task).fields)
        ]
        assert len(set(marks)) == len(marks)


def test_the_tries_that_are_left_stand_beside_the_field() -> None:
    assert view(left=2).tries("old") == "Tries left: 2 of 3"
    assert view(PinTask.UNBLOCK).tries("old") == "Tries left: 5 of 5"
    assert view(PinTask.CHANGE).tries("new") == ""


def test_tries_that_the_card_does_not_tell_are_said_to_be_unknown() -> None:
    silent = PinPageView(standing(state(None, None)), PinTask.ENTER)
    assert silent.tries("old") == "Tries left: not stated by the card"
    assert silent.status == (Mark.NONE, "", "") and not silent.confirmation
    partly = PinPageView(standing(state(2, None)), PinTask.ENTER)
    assert partly.tries("old") == "Tries left: 2"


def test_the_last_try_is_warned_of_and_confirmed() -> None:
    last = view(left=1)
    assert last.status[0] is Mark.WARNING and "One try left" in last.status[1]
    assert "blocks the card" in last.confirmation
    assert not view(left=2).confirmation and view(left=2).status[0] is Mark.NONE


def test_the_last_try_of_the_unblocking_code_is_confirmed_with_what_it_costs() -> None:
    last = view(PinTask.UNBLOCK, puk=state(1, 5, 8))
    assert "permanently" in last.confirmation
    assert not view(PinTask.ENTER, puk=state(1, 5, 8)).confirmation


def test_a_blocked_card_is_unblocked_whatever_was_wanted() -> None:
    for task in PinTask:
        blocked = view(task, left=0)
        assert blocked.chosen is PinTask.UNBLOCK
        assert blocked.status[0] is Mark.BAD
        assert "blocked" in blocked.status[1] and "PUK" in blocked.status[2]


def test_a_card_that_is_blocked_for_ever_says_so_and_asks_for_nothing() -> None:
    lost = view(left=0, puk=state(0, 5, 8))
    assert lost.status[0] is Mark.BAD
    assert "blocked permanently" in lost.status[1] and "replacement" in lost.status[2]
    assert lost.chosen is None and not lost.fields and not lost.rules


def test_a_blocked_card_without_unblocking_code_names_the_way_out() -> None:
    lost = view(left=0, puk=None)
    assert lost.chosen is None
    assert "no tries left" in lost.status[1] and "replacement" in lost.status[2]


def test_a_side_without_a_code_says_where_there_is_one() -> None:
    bare = PinPageView(replace(standing(None, None)), PinTask.ENTER)
    assert (
        bare.chosen is None and bare.status[0] is Mark.NOTE and "contact reader" in bare.status[2]
    )


def test_the_rules_are_stated_before_anything_is_typed() -> None:
    change = " ".join(view(PinTask.CHANGE).rules)
    assert "4 to 8 digits" in change and "3 consecutive wrong PINs" in change and "year" in change
    unblock = " ".join(view(PinTask.UNBLOCK).rules)
    assert "8 digits" in unblock and "permanently" in unblock
    assert "year" not in " ".join(view(PinTask.ENTER).rules)


def test_whose_card_it_is_stands_first() -> None:
    assert view().card == "KIT DOC0073574, card CPS3v3-2900995235"
    assert PinPageView(replace(standing(), holder="", label=""), PinTask.ENTER).card == "29009952"


BOTH = frozenset((PinTask.ENTER, PinTask.CHANGE))


def test_a_reader_with_keys_asks_for_nothing_here() -> None:
    pad = view(PinTask.CHANGE, at_reader=BOTH)
    assert not pad.fields and "on the PIN pad" in pad.pad_prompt and "twice" in pad.pad_prompt
    assert "Tries left: 3 of 3" in pad.pad_prompt
    assert view(PinTask.ENTER, at_reader=BOTH).at_reader


def test_who_needs_to_type_here_does_though_the_reader_has_keys() -> None:
    typed = view(PinTask.CHANGE, at_reader=BOTH, here=True)
    assert typed.has_pinpad and not typed.at_reader
    assert typed.fields and not typed.pad_prompt


def test_what_the_keys_of_the_reader_cannot_do_is_typed_here() -> None:
    assert view(PinTask.UNBLOCK, at_reader=BOTH).fields
    assert not view(PinTask.UNBLOCK, at_reader=BOTH).has_pinpad
    assert view(PinTask.CHANGE, at_reader=frozenset((PinTask.ENTER,))).fields
    blocked = view(PinTask.ENTER, left=0, at_reader=BOTH)
    assert blocked.chosen is PinTask.UNBLOCK and blocked.fields


def test_the_last_try_is_confirmed_at_a_reader_with_keys_too() -> None:
    assert view(left=1, at_reader=BOTH).confirmation


@pytest.mark.parametrize(
    ("values", "output"),
    [
        ({}, []),
        ({"old": "12"}, []),
        ({"old": "12a"}, ["old"]),
        ({"old": "1234", "new": "58"}, []),
        ({"old": "1234", "new": "5871"}, []),
        ({"old": "1234", "new": "5678"}, ["new"]),
        ({"old": "7291", "new": "7291"}, ["new"]),
        ({"old": "1234", "new": "9952"}, ["new"]),
        ({"old": "1234", "new": "1985"}, ["new"]),
        ({"old": "1234", "new": "5871", "again": "58"}, []),
        ({"old": "1234", "new": "5871", "again": "59"}, ["again"]),
        ({"old": "1234", "new": "5871", "again": "5871"}, []),
        ({"old": "1234", "new": "5871", "again": "58712"}, ["again"]),
    ],
)
def test_while_typing_only_what_cannot_become_right_is_reported(
    values: dict[str, str], output: list[str]
) -> None:
    assert list(faults(view(PinTask.CHANGE), values, whole=False)) == output


@pytest.mark.parametrize(
    ("values", "output"),
    [
        ({}, ["old", "new", "again"]),
        ({"old": "123", "new": "5871", "again": "5871"}, ["old"]),
        ({"old": "1234", "new": "587", "again": "587"}, ["new", "again"]),
        ({"old": "1234", "new": "5871", "again": ""}, ["again"]),
        ({"old": "1234", "new": "5871", "again": "5872"}, ["again"]),
        ({"old": "1234", "new": "5871", "again": "5871"}, []),
    ],
)
def test_when_it_is_entered_everything_must_be_there(
    values: dict[str, str], output: list[str]
) -> None:
    assert list(faults(view(PinTask.CHANGE), values, whole=True)) == output


def test_the_unblocking_code_must_be_whole_and_no_part_of_it_is_a_new_code() -> None:
    values = {"old": "46047813", "new": "6047", "again": "6047"}
    assert list(faults(view(PinTask.UNBLOCK), values, whole=True)) == ["new"]
    short = {"old": "1234567", "new": "5871", "again": "5871"}
    assert list(faults(view(PinTask.UNBLOCK), short, whole=True)) == ["old"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_reason_quotes_a_code(language: str) -> None:
    values = {"old": "7291", "new": "7291", "again": "7294"}
    with use_language(language):
        for task in PinTask:
            for why in faults(view(task), values, whole=True).values():
                assert not any(value in why for value in values.values())


def test_codes_are_secrets_as_soon_as_they_leave_the_fields() -> None:
    made = pins_of({"old": "1234", "new": "5871"})
    assert "1234" not in repr(made) and "5871" not in repr(made)
    assert made.old is not None and made.old.reveal() == b"1234"
    assert pins_of({"old": "1234"}).new is None


@pytest.mark.parametrize("task", list(PinTask))
def test_every_success_is_reported(task: PinTask) -> None:
    assert outcome(task)


@pytest.mark.parametrize(
    ("error", "looks"),
    [
        (WrongPinError("cryptolib.pin_wrong", tries_left=2), False),
        (PinBlockedError("cryptolib.pin_blocked", tries_left=0), False),
        (CardError("cryptolib.card_exchanged"), False),
        (CardError("cryptolib.pin_date"), False),
        (CardRemovedError("reader.card_removed", reader="A"), True),
        (ReaderError("pin.cancelled"), False),
        (ReaderError("pin.timeout"), False),
    ],
)
def test_a_failure_in_the_middle_asks_to_look_at_the_tries(error: CpsError, looks: bool) -> None:
    """A card that left during the operation may have got the code; whoever refused it is known."""
    assert ("Check the tries left" in failure_text(error)) is looks
    assert error.sentence() in failure_text(error)
