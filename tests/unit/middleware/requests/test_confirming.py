# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the card signs for a request: by the authentication key, and only with the code."""

import datetime as dt

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from tests.unit.cryptolib.conftest import Bench

from caducee.base.errors import CardError, CpsError, StateError, WrongPinError
from caducee.base.secret import Secret
from caducee.codec.card_request import RequestMessage
from caducee.cryptolib import CpsCard, KeyUse
from caducee.middleware.requests import confirm
from caducee.middleware.requests.pending import PendingRequest, Requester
from caducee.spec.instructions import Instruction

NOW = dt.datetime(2026, 1, 15, 12, tzinfo=dt.UTC)
PIN = Secret.of("1234")


def waiting(hint: str = "") -> PendingRequest:
    ask = RequestMessage(
        service="Portail", binding_message="42", nonce="n" * 43, seconds=60, login_hint=hint
    )
    return PendingRequest(1, ask, Requester(1), NOW, NOW + dt.timedelta(seconds=60))


def signed_by(card: CpsCard, use: KeyUse, signature: bytes, data: bytes) -> bool:
    key = card.certificate(use).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    try:
        key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def verifies(bench: Bench) -> int:
    return bench.chip.sent(Instruction.VERIFY)


def test_the_authentication_key_signs_what_was_shown(card: CpsCard) -> None:
    made = confirm(card, waiting(), PIN, NOW)
    said = made.statement
    assert (said.service, said.binding_message, said.nonce) == ("Portail", "42", "n" * 43)
    assert (said.made, said.until) == (int(NOW.timestamp()), int(NOW.timestamp()) + 60)
    assert signed_by(card, KeyUse.AUTHENTICATION, made.signature, said.signed_bytes())


def test_the_signature_key_never_signs_a_request(card: CpsCard) -> None:
    made = confirm(card, waiting(), PIN, NOW)
    assert not signed_by(card, KeyUse.SIGNATURE, made.signature, made.statement.signed_bytes())


def test_a_cps4_confirms_too(cps4_card: CpsCard) -> None:
    made = confirm(cps4_card, waiting(), PIN, NOW)
    signed = made.statement.signed_bytes()
    assert signed_by(cps4_card, KeyUse.AUTHENTICATION, made.signature, signed)


def test_the_code_is_asked_for_each_time_even_after_a_login(bench: Bench) -> None:
    card = bench.open()
    card.verify(PIN)
    before = verifies(bench)
    with pytest.raises(WrongPinError):
        confirm(card, waiting(), Secret.of("9999"), NOW)
    assert verifies(bench) == before + 1


def test_a_card_that_is_exchanged_at_any_command_confirms_nothing_and_the_other_hears_no_code(
    bench: Bench, cps4_bench: Bench
) -> None:
    other = cps4_bench.chip
    card = bench.open()
    before = len(bench.chip.commands)
    confirm(card, waiting(), PIN, NOW)
    for number in range(1, len(bench.chip.commands) - before + 1):
        card, end = bench.open(), len(bench.chip.commands) + number

        def exchange(command: bytes, answer: bytes, end: int = end) -> bytes:
            if len(bench.chip.commands) == end:
                bench.reader.insert(other)
                return b""
            return answer

        bench.chip.change = exchange
        with pytest.raises(CpsError):
            confirm(card, waiting(), PIN, NOW)
        bench.chip.change = None
        bench.reader.insert(bench.chip)
    assert not any(item[1] == Instruction.VERIFY and len(item) > 5 for item in other.commands)


def test_nothing_of_the_code_is_kept(card: CpsCard) -> None:
    confirm(card, waiting(), PIN, NOW)
    assert not card.pin_state().verified
    with pytest.raises(CardError) as caught:
        card.activities()
    assert caught.value.code == "cryptolib.pin_needed"


def test_a_request_that_is_over_costs_no_try(bench: Bench) -> None:
    card, late = bench.open(), NOW + dt.timedelta(seconds=60)
    with pytest.raises(StateError) as caught:
        confirm(card, waiting(), Secret.of("9999"), late)
    assert caught.value.code == "request.expired"
    assert verifies(bench) == 0


def test_another_holder_is_reported_before_any_try_is_spent(bench: Bench) -> None:
    with pytest.raises(CardError) as caught:
        confirm(bench.open(), waiting("899700999999"), Secret.of("9999"), NOW)
    assert caught.value.code == "request.other_holder"
    assert caught.value.facts == {"expected": "899700999999", "found": "899700000012"}
    assert verifies(bench) == 0


def test_the_holder_who_is_expected_confirms(card: CpsCard) -> None:
    assert confirm(card, waiting("899700000012"), PIN, NOW).signature


def test_the_side_without_a_code_confirms_nothing(contactless_card: CpsCard) -> None:
    with pytest.raises(CardError) as caught:
        confirm(contactless_card, waiting(), PIN, NOW)
    assert caught.value.code == "request.no_code"
