# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The verdict: what admits, what refuses, and with which code."""

import json
from types import MappingProxyType

import pytest

from caducee.base import catalogue
from caducee.base.errors import LoginRefusedError
from caducee.relying.verdict import (
    Check,
    CheckName,
    CheckOutcome,
    Identity,
    Verdict,
    failed,
    passed,
    skipped,
)

ALWAYS = (
    CheckName.CERTIFICATE,
    CheckName.CHAIN,
    CheckName.VALIDITY,
    CheckName.USAGE,
    CheckName.REVOCATION,
    CheckName.FAMILY,
    CheckName.CATEGORY,
    CheckName.HOLDER,
)
GOOD = tuple(passed(name, "relying.holder_active", ps_idnat="8") for name in ALWAYS)


def code_of(verdict: Verdict) -> str:
    with pytest.raises(LoginRefusedError) as caught:
        verdict.require()
    return caught.value.code


def test_a_verdict_whose_checks_all_passed_admits(identity: Identity) -> None:
    verdict = Verdict(GOOD, identity)
    assert verdict.ok
    assert verdict.require() is identity


def test_the_first_failed_check_names_the_refusal_with_its_facts(identity: Identity) -> None:
    bad = failed(CheckName.CARD, "relying.card_opposed", card_id="8025000001/1")
    later = failed(CheckName.FRONT, "relying.front_verify_failed", verify_code=23, reason="")
    with pytest.raises(LoginRefusedError) as caught:
        Verdict((*GOOD, bad, later), identity).require()
    assert caught.value.code == "relying.card_opposed"
    assert caught.value.facts == {"card_id": "8025000001/1"}


@pytest.mark.parametrize("outcome", [CheckOutcome.FAILED, CheckOutcome.UNKNOWN])
def test_a_check_that_failed_or_could_not_be_decided_refuses(
    identity: Identity, outcome: CheckOutcome
) -> None:
    bad = Check(CheckName.CARD, outcome, "relying.card_unknown", MappingProxyType({}))
    verdict = Verdict((*GOOD, bad), identity)
    assert not verdict.ok
    assert verdict.failures == (bad,)
    assert code_of(verdict) == "relying.card_unknown"


def test_a_skipped_check_alone_refuses_too(identity: Identity) -> None:
    verdict = Verdict((*GOOD, skipped(CheckName.CARD, "holder")), identity)
    assert not verdict.ok
    assert code_of(verdict) == "relying.verdict_incomplete"


@pytest.mark.parametrize("missing", ALWAYS)
def test_a_verdict_that_lacks_a_check_refuses(identity: Identity, missing: CheckName) -> None:
    verdict = Verdict(tuple(item for item in GOOD if item.name is not missing), identity)
    assert code_of(verdict) == "relying.verdict_incomplete"


def test_a_verdict_without_identity_refuses() -> None:
    assert not Verdict(GOOD).ok
    assert code_of(Verdict(GOOD)) == "relying.verdict_incomplete"


def test_an_empty_verdict_refuses(identity: Identity) -> None:
    assert code_of(Verdict((), identity)) == "relying.verdict_incomplete"


def test_a_verdict_is_plain_json(identity: Identity) -> None:
    plain = json.loads(json.dumps(Verdict(GOOD, identity).to_dict()))
    assert plain["ok"] is True
    assert plain["identity"]["family"] == "CPS"
    assert plain["identity"]["category"] == "TEST_CARD"
    assert plain["identity"]["activities"][0]["structure_id"] == "10B0007712"
    assert plain["checks"][0] == {
        "name": "certificate",
        "outcome": "passed",
        "code": "relying.holder_active",
        "facts": {"ps_idnat": "8"},
        "sentence": {
            "en": "The holder 8 is in the directory and active.",
            "fr": "Le titulaire 8 figure dans l’annuaire et est en activité.",
        },
        "advice": {"en": "", "fr": ""},
    }


def test_every_refusal_of_the_area_has_a_sentence_and_an_advice() -> None:
    entries = [entry for entry in catalogue.entries() if entry.code.startswith("relying.")]
    assert len(entries) > 50
    assert all(entry.sentence for entry in entries)
    refusals = [entry for entry in entries if not entry.advice]
    assert {refusal.code for refusal in refusals} == {
        "relying.card_active",
        "relying.card_not_asked",
        "relying.category_admitted",
        "relying.certificate_read",
        "relying.chain_accepted",
        "relying.family_admitted",
        "relying.front_accepted",
        "relying.holder_active",
        "relying.individual",
        "relying.individual_not_asked",
        "relying.nonce_fresh",
        "relying.origin_right",
        "relying.profession_admitted",
        "relying.revocation_good",
        "relying.token_accepted",
        "relying.token_signature_valid",
        "relying.transport_proven",
        "relying.usage_authentication",
        "relying.validity_current",
    }
