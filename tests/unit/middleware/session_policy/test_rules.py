# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Each rule of the session policy has its picture and its tests: of the engine, of the PKCS#11
module with its process, and of the portal where a site can keep the rule.
"""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
GUIDE = (ROOT / "docs" / "guide" / "session-policy.md").read_text(encoding="utf-8")
ENGINE = tuple(
    f"tests/unit/middleware/session_policy/test_{item}.py" for item in ("workstation", "pictures")
)
ACTIVITY = (
    "tests/unit/middleware/session_policy/test_activity.py",
    "tests/unit/cli/test_policy.py",
)
MODULE = ("tests/interop/test_session_policy.py",)
PORTAL = (
    "tests/e2e/test_session_policy.py",
    "tests/unit/portal/test_logins.py",
    "tests/unit/relying/test_verifier.py",
)


@dataclass(frozen=True)
class Row:
    """Where one rule is shown and tested; an empty name: the rule has no such half."""

    rule: str
    picture: str
    engine: str
    module: str
    portal: str


ROWS = (
    Row(
        "presence throughout",
        "removal",
        "built_in_removal_ends_the_session_at_once_and_nothing_resumes",
        "built_in_the_session_ends_with_its_card_and_its_certificates_leave_the_lists",
        "a_session_lives_with_its_card_alone",
    ),
    Row(
        "presence only at the start",
        "at-start",
        "a_card_that_counts_at_the_start_may_leave",
        "a_card_that_counts_at_the_start_may_leave_and_is_asked_again_when_it_is_needed",
        "",  # a site that needs no new proof: SitePolicy as it stands built in
    ),
    Row(
        "removal ends sessions",
        "removal",
        "built_in_removal_ends_the_session_at_once_and_nothing_resumes",
        "built_in_the_session_ends_with_its_card_and_its_certificates_leave_the_lists",
        "built_in_a_removal_ends_the_session",
    ),
    Row(
        "grace time",
        "removal",
        "grace_lets_the_session_go_on_without_what_needs_the_card",
        "the_same_card_brings_the_session_back_without_its_code",
        "a_session_by_token_shows_its_card_again_or_ends",
    ),
    Row(
        "reinsertion without the code",
        "return",
        "the_same_card_resumes_without_its_code_in_time",
        "the_same_card_brings_the_session_back_without_its_code",
        "a_page_says_that_the_card_left_and_the_same_card_brings_the_session_back",
    ),
    Row(
        "reinsertion with the code",
        "return",
        "the_same_card_resumes_with_its_code_in_time",
        "the_same_card_brings_the_session_back_and_the_code_is_asked",
        "a_login_by_token_of_the_same_card_resumes_the_locked_session",
    ),
    Row(
        "another holder never inherits",
        "end",
        "the_card_of_another_holder_in_the_reader_ends_what_was_left_there",
        "the_card_of_another_holder_in_the_same_reader_inherits_nothing",
        "the_card_of_another_holder_never_inherits_a_session",
    ),
    Row(
        "roaming",
        "roaming",
        "a_tap_resumes_for_the_time_after_a_login_with_contacts",
        "a_tap_opens_nothing_and_has_the_code_forgotten",
        "a_touch_brings_a_session_back_and_is_refused_for_strong_operations",
    ),
    Row(
        "the code late, once, with whom and why",
        "pin",
        "the_code_is_asked_at_the_first_operation_with_whom_and_why",
        "the_code_is_asked_late_and_once_with_whom_and_why",
        "",  # a site asks for no code
    ),
    Row(
        "choice of the activity, remembered",
        "activity",
        "of_several_activities_one_is_chosen_remembered_for_the_service_and_forgotten",
        "",  # PKCS#11 knows no activities
        "an_activity_is_remembered_for_the_next_login_and_may_be_forgotten",
    ),
    Row(
        "keys never crossed",
        "keys",
        "the_picture_of_the_keys_has_every_purpose_with_its_one_key",
        "keys_are_kept_apart",
        "a_signature_certificate_is_refused",
    ),
    Row(
        "certificates withdrawn",
        "pin",
        "certificates_are_listed_exactly_while_their_card_is_there",
        "built_in_the_session_ends_with_its_card_and_its_certificates_leave_the_lists",
        "",  # a site lists none
    ),
    Row(
        "two cards in two readers",
        "cards",
        "two_cards_in_two_readers_know_nothing_of_each_other",
        "two_cards_that_change_readers_keep_their_holders",
        "two_cards_have_a_session_each_and_know_nothing_of_each_other",
    ),
    Row(
        "a Vitale card beside a CPS",
        "cards",
        "a_vitale_card_ends_nothing_and_opens_nothing",
        "a_vitale_card_beside_a_cps_and_in_its_place_ends_nothing_and_opens_nothing",
        "",  # a site sees no other card
    ),
    Row(
        "what a site knows",
        "site",
        "",  # another table
        "",
        "a_locked_session_is_over_when_its_card_does_not_come",
    ),
)


@cache
def named_in(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.rule))
def test_a_rule_is_shown_and_tested_at_every_level(row: Row) -> None:
    assert f"](../pictures/session-policy-{row.picture}.svg)" in GUIDE
    for name, files in (
        (row.engine, (*ENGINE, *ACTIVITY)),
        (row.module, MODULE),
        (row.portal, PORTAL),
    ):
        assert not name or any(f"test_{name}" in named_in(file) for file in files), name


def test_no_picture_of_the_guide_is_without_a_rule() -> None:
    shown = {word.partition(".svg")[0] for word in GUIDE.split("](../pictures/session-policy-")[1:]}
    assert shown == {row.picture for row in ROWS}
