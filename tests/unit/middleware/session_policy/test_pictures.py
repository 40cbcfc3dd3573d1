# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures, tables and code of the session policy agree."""

from itertools import product
from xml.etree import ElementTree as ET

import pytest
from tools.session_policy_lanes import TWO_CARDS, Keys, Lanes
from tools.session_policy_pictures import DOCS, OTHERS, PICTURES, Picture

from caducee.cryptolib.key_purpose import KEYS, KeyPurpose
from caducee.cryptolib.model import KeyUse
from caducee.middleware.session_policy.activity import ACTIVITY_RULES
from caducee.middleware.session_policy.states import (
    RULES,
    USABLE,
    WITH_SESSION,
    Effect,
    SessionEvent,
    SessionState,
)
from caducee.relying.session_policy import SITE_RULES, SiteState

GUIDE = (DOCS / "guide" / "session-policy.md").read_text(encoding="utf-8")
NAMES = [item.name for item in PICTURES]


@pytest.mark.parametrize("picture", [*PICTURES, *OTHERS], ids=lambda item: str(item.name))
def test_a_picture_of_the_guide_follows_its_table(picture: Picture | Keys | Lanes) -> None:
    drawn = picture.path.read_text(encoding="utf-8")
    assert drawn == picture.svg(), "python -m tools.session_policy_pictures draws it"
    assert f"../pictures/{picture.path.name}" in GUIDE


@pytest.mark.parametrize("picture", PICTURES, ids=NAMES)
def test_every_row_of_a_picture_stands_in_it_and_in_the_table(picture: Picture) -> None:
    texts = ["".join(item.itertext()) for item in ET.fromstring(picture.svg()).iter()]
    known = (*RULES, *SITE_RULES, *ACTIVITY_RULES)
    for row in picture.rows:
        assert row in known
        assert {row.before.value, row.after.value} <= set(texts)
        conditions = f" [{', '.join(row.when)}]" if row.when else ""
        assert f"{row.event}{conditions}" in texts


def test_every_row_of_a_table_is_in_a_picture() -> None:
    drawn = {row for picture in PICTURES for row in picture.rows}
    assert [row for row in (*RULES, *SITE_RULES, *ACTIVITY_RULES) if row not in drawn] == []


def test_the_picture_of_the_keys_has_every_purpose_with_its_one_key() -> None:
    assert set(KEYS) == set(KeyPurpose)
    assert KEYS[KeyPurpose.LOGIN] is KeyUse.AUTHENTICATION
    assert [purpose for purpose, use in KEYS.items() if use is KeyUse.SIGNATURE] == [
        KeyPurpose.DOCUMENT
    ]
    texts = ["".join(item.itertext()) for item in ET.fromstring(Keys().svg()).iter()]
    assert {member.value for member in KeyPurpose} | {
        f"{key.value} key" for key in KEYS.values()
    } <= set(texts)


def test_the_picture_of_the_cards_says_what_the_engine_does() -> None:
    """What comes of each step is written here by hand, from the rules in words."""
    anne = "present open open open open locked locked locked open open open".split()
    bruno = "absent absent present open open open open open open locked absent".split()
    found = [states for _, states in TWO_CARDS.states()]
    assert [(str(item), str(other)) for item, other in found] == list(zip(anne, bruno, strict=True))


def test_certificates_are_listed_exactly_while_their_card_is_there() -> None:
    for row in RULES:
        shows, withdraws = Effect.SHOW_CERTIFICATES, Effect.WITHDRAW_CERTIFICATES
        assert (shows in row.effects) == (row.event is SessionEvent.INSERTED), row
        assert (withdraws in row.effects) == (row.event is SessionEvent.REMOVED), row


def test_every_state_event_and_effect_is_used() -> None:
    assert {item for row in RULES for item in (row.before, row.after)} == set(SessionState)
    assert {row.event for row in RULES} == set(SessionEvent)
    assert {effect for row in RULES for effect in row.effects} == set(Effect)
    assert {item for row in SITE_RULES for item in (row.before, row.after)} == set(SiteState)


def test_a_row_without_conditions_stands_last_and_once() -> None:
    for state, event in product(SessionState, SessionEvent):
        rows = [row for row in RULES if (row.before, row.event) == (state, event)]
        assert all(row.when for row in rows[:-1]), (state, event)
    for rule in SITE_RULES:
        found = [row for row in SITE_RULES if (row.before, row.event) == (rule.before, rule.event)]
        assert all(row.when for row in found[:-1]), rule


def test_effects_stand_in_their_order_and_no_session_ends_with_its_code() -> None:
    order = list(Effect)
    for row in RULES:
        assert sorted(row.effects, key=order.index) == list(row.effects), row
        ends = row.before in WITH_SESSION and row.after not in WITH_SESSION
        assert ends == (Effect.END_SESSION in row.effects), row
        assert not ends or Effect.WIPE_PIN in row.effects, row


def test_what_locks_and_what_resumes_agrees_with_the_states() -> None:
    for row in RULES:
        if row.before in WITH_SESSION and row.after in WITH_SESSION:
            locks = row.before in USABLE and row.after not in USABLE
            assert locks == (Effect.LOCK_SESSION in row.effects), row
            resumes = row.before not in USABLE and row.after in USABLE
            assert not resumes or Effect.RESUME_SESSION in row.effects, row
