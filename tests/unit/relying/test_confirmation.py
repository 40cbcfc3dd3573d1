# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A confirmation by a card, judged: who is admitted, and each refusal by its code."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.relying.conftest import PS_IDNAT, der

from caducee.base.clock import FixedClock
from caducee.base.errors import LoginRefusedError
from caducee.codec.card_request import Confirmation, RequestMessage, Statement
from caducee.codec.origin_token import TokenAlgorithm, signed_bytes
from caducee.relying.policy import CardPolicy
from caducee.relying.registry import MemoryHolders
from caducee.relying.verdict import CheckName, CheckOutcome, Verdict
from caducee.relying.verifier import Verifier
from caducee.trust.revocation import CrlSource

if TYPE_CHECKING:
    from tests.unit.relying.conftest import World

DAY = dt.timedelta(days=1)
ASK = RequestMessage(service="Portail", binding_message="42", nonce="n" * 43, seconds=60)


@pytest.fixture
def verifier(world: "World", holders: MemoryHolders, clock: FixedClock) -> Verifier:
    source = CrlSource([world.root.certificate, world.issuing.certificate])
    now = clock.now()
    source.load(world.root.crl(now - DAY, now + 40 * DAY))
    source.load(world.issuing.crl(now - DAY, now + 6 * DAY))
    return Verifier(
        [world.root.certificate],
        [world.issuing.certificate],
        source,
        holders,
        CardPolicy.test_cards(),
        clock,
    )


type Make = Callable[..., str]


@pytest.fixture
def made(world: "World", clock: FixedClock) -> Make:
    """Make a confirmation of ASK by the card of the world; keywords change what it says."""

    def make(key: rsa.RSAPrivateKey | None = None, **changes: Any) -> str:
        now = int(clock.now().timestamp())
        plain = Statement("Portail", "42", "n" * 43, now, now + 60, der(world.leaf))
        statement = replace(plain, **changes)
        signer = key or world.card_key
        signed = signer.sign(statement.signed_bytes(), padding.PKCS1v15(), hashes.SHA256())
        return Confirmation(statement, signed).to_compact()

    return make


def refusals(verdict: Verdict) -> dict[str, str]:
    return {
        str(check.name): check.code
        for check in verdict.checks
        if check.outcome is CheckOutcome.FAILED
    }


def test_the_holder_who_confirmed_is_admitted(verifier: Verifier, made: Make) -> None:
    verdict = verifier.verify_confirmation(made(), ASK)
    assert refusals(verdict) == {}
    assert verdict.require().ps_idnat == PS_IDNAT
    names = [str(check.name) for check in verdict.checks][:5]
    assert names == ["token", "origin", "nonce", "signature", "certificate"]


@pytest.mark.parametrize(
    ("changes", "check", "member"),
    [
        ({"service": "Autre"}, "origin", "service"),
        ({"nonce": "m" * 43}, "nonce", "nonce"),
        ({"binding_message": "43"}, "nonce", "binding_message"),
    ],
)
def test_a_confirmation_of_another_request_is_refused(
    verifier: Verifier, made: Make, changes: dict[str, Any], check: str, member: str
) -> None:
    verdict = verifier.verify_confirmation(made(**changes), ASK)
    assert refusals(verdict) == {check: "request.other_request"}
    (found,) = [item for item in verdict.checks if str(item.name) == check]
    assert found.facts["member"] == member
    with pytest.raises(LoginRefusedError):
        verdict.require()


@pytest.mark.parametrize("seconds", [-181, 181])
def test_a_confirmation_of_another_time_is_refused(
    verifier: Verifier, made: Make, clock: FixedClock, seconds: int
) -> None:
    text = made()
    clock.advance(dt.timedelta(seconds=seconds))
    found = refusals(verifier.verify_confirmation(text, ASK))
    assert found["nonce"] == "request.other_request"


@pytest.mark.parametrize("seconds", [-119, 60, 179])
def test_clocks_may_be_two_minutes_apart(
    verifier: Verifier, made: Make, clock: FixedClock, seconds: int
) -> None:
    text = made()
    clock.advance(dt.timedelta(seconds=seconds))
    assert "nonce" not in refusals(verifier.verify_confirmation(text, ASK))


def test_a_card_cannot_make_its_confirmation_last_longer(
    verifier: Verifier, made: Make, clock: FixedClock
) -> None:
    text = made(until=int(clock.now().timestamp()) + 3600)
    found = refusals(verifier.verify_confirmation(text, ASK))
    assert found == {"nonce": "request.other_request"}


def test_another_key_is_refused(verifier: Verifier, made: Make) -> None:
    text = made(key=rsa.generate_private_key(65537, 2048))
    found = refusals(verifier.verify_confirmation(text, ASK))
    assert found == {"signature": "request.signature_invalid"}


def test_a_login_token_of_the_same_card_is_no_confirmation(
    verifier: Verifier, world: "World", made: Make
) -> None:
    """The signature of another protocol cannot stand in for this one."""
    signed = world.card_key.sign(
        signed_bytes(TokenAlgorithm.RS256, "https://portail.test", ASK.nonce),
        padding.PKCS1v15(),
        hashes.SHA256(),
    )
    said = Confirmation.from_compact(made()).statement
    text = Confirmation(said, signed).to_compact()
    assert "signature" in refusals(verifier.verify_confirmation(text, ASK))


def test_another_holder_than_the_expected_one_is_refused(verifier: Verifier, made: Make) -> None:
    ask = msgspec.structs.replace(ASK, login_hint="899700000000")
    found = refusals(verifier.verify_confirmation(made(), ask))
    assert found == {"holder": "request.other_holder"}
    ask = msgspec.structs.replace(ASK, login_hint=PS_IDNAT)
    assert verifier.verify_confirmation(made(), ask).ok


def test_a_confirmation_that_is_none_is_refused_with_every_check(verifier: Verifier) -> None:
    verdict = verifier.verify_confirmation("x.y.z", ASK)
    assert refusals(verdict) == {"token": "request.confirmation"}
    assert {check.name for check in verdict.checks} >= {CheckName.SIGNATURE, CheckName.CARD}


def test_a_certificate_that_is_none_is_refused(verifier: Verifier, made: Make) -> None:
    verdict = verifier.verify_confirmation(made(certificate=b"nothing"), ASK)
    assert not verdict.ok and verdict.identity is None


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_no_changed_confirmation_is_admitted(
    verifier: Verifier, made: Make, data: st.DataObject
) -> None:
    text = made()
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("ABCabc019-_.").filter(lambda it: it != text[place]))
    assert not verifier.verify_confirmation(text[:place] + other + text[place + 1 :], ASK).ok
