# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The activity to work in: asked when there are several, remembered for a service, forgotten."""

from pathlib import Path

import pytest

from caducee.base.errors import CardError
from caducee.cryptolib.model import CardActivity
from caducee.middleware.session_policy.activity import ActivityMemory, activity_key, choose_activity

OFFICE = CardActivity(1, "CABINET", "499700000012008", "SA07")
HOSPITAL = CardActivity(3, "HOPITAL", "10B0307377", "SA01")
BOTH = (OFFICE, HOSPITAL)
ICC, OTHER = b"A" * 12, b"B" * 12


@pytest.fixture
def memory(tmp_path: Path) -> ActivityMemory:
    return ActivityMemory(tmp_path / "state" / "activities.json")


def test_an_only_activity_needs_no_word() -> None:
    assert choose_activity([OFFICE]) is OFFICE
    assert choose_activity([]) is None


def test_of_several_the_holder_is_asked() -> None:
    assert choose_activity(BOTH) is None


def test_a_default_is_taken_while_the_card_has_it() -> None:
    assert choose_activity(BOTH, default=activity_key(HOSPITAL)) is HOSPITAL
    assert choose_activity(BOTH, default="10B0307377/SA99") is None


def test_what_is_said_now_goes_before_the_default_and_must_be_theirs() -> None:
    key = activity_key(OFFICE)
    assert choose_activity(BOTH, wanted=key, default=activity_key(HOSPITAL)) is OFFICE
    with pytest.raises(CardError) as caught:
        choose_activity([OFFICE], wanted=activity_key(HOSPITAL))
    assert caught.value.code == "session_policy.activity_unknown"


def test_a_choice_is_remembered_for_one_card_and_one_service(memory: ActivityMemory) -> None:
    memory.remember(ICC, "DMP", "x")
    memory.remember(ICC, "MSSanté", "y")
    assert [memory.default(ICC, name) for name in ("DMP", "MSSanté", "INSi")] == ["x", "y", ""]
    assert memory.default(OTHER, "DMP") == ""


def test_a_choice_is_forgotten_for_one_service_or_for_all(memory: ActivityMemory) -> None:
    memory.remember(ICC, "DMP", "x")
    memory.remember(ICC, "MSSanté", "y")
    memory.remember(OTHER, "DMP", "z")
    assert memory.forget(ICC, "DMP") and not memory.forget(ICC, "DMP")
    assert (memory.default(ICC, "DMP"), memory.default(ICC, "MSSanté")) == ("", "y")
    assert memory.forget(ICC) and not memory.forget(ICC)
    assert memory.default(OTHER, "DMP") == "z"


def test_the_memory_names_no_card_and_is_the_users_own(
    memory: ActivityMemory, tmp_path: Path
) -> None:
    memory.remember(ICC, "DMP", "x")
    path = tmp_path / "state" / "activities.json"
    assert ICC.hex() not in path.read_text() and ICC.decode() not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"a": 1}', '{"a": {"DMP": 1}}', "\udcff", "[" * 100_000]
)
def test_a_damaged_memory_is_no_memory(tmp_path: Path, text: str) -> None:
    path = tmp_path / "activities.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    memory = ActivityMemory(path)
    assert memory.default(ICC, "DMP") == "" and not memory.forget(ICC)
    memory.remember(ICC, "DMP", "x")
    assert memory.default(ICC, "DMP") == "x"


def test_cards_that_chose_long_ago_are_forgotten_first(memory: ActivityMemory) -> None:
    for number in range(300):
        memory.remember(number.to_bytes(12), "DMP", "x")
    kept = [memory.default(number.to_bytes(12), "DMP") for number in range(300)]
    assert kept == [""] * 44 + ["x"] * 256


def test_a_card_that_chose_again_is_no_longer_the_oldest(memory: ActivityMemory) -> None:
    for number in (0, 1, 0, *range(2, 257)):
        memory.remember(number.to_bytes(12), "DMP", "x")
    kept = [memory.default(number.to_bytes(12), "DMP") for number in (0, 1, 2, 256)]
    assert kept == ["x", "", "x", "x"]
