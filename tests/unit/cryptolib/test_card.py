# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, utils
from tests.unit.cryptolib.conftest import NOW

from caducee.base.errors import (
    CardError,
    CardRemovedError,
    NotACpsError,
    PinBlockedError,
    WrongPinError,
)
from caducee.base.secret import Secret
from caducee.cryptolib import CpsCard, Hash, KeyUse, open_card, open_transport
from caducee.cryptolib.digest_info import digest_info
from caducee.reader.exchange import Wrapper
from caducee.reader.transport import Ending, Transport
from caducee.spec.instructions import Instruction
from caducee.spec.nomenclatures import CardFamily
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.personalise import PersonalisationData, cps3

PIN = "1234"
PUK = "12345678"
WRONG = "9999"
INFO = digest_info(hashlib.sha256(b"login").digest(), "sha256")


def test_holder_reports_what_the_public_objects_say(card: CpsCard) -> None:
    holder = card.holder()
    assert (holder.family_name, holder.given_name) == ("DOC0000012", "PRENOM")
    assert holder.ps_idnat == "899700000012"
    assert holder.family is CardFamily.CPS
    assert holder.is_test is True
    assert holder.card_number == "2900995235"
    assert (holder.issued, holder.expires) == (dt.date(2026, 1, 15), dt.date(2029, 1, 15))


def test_holder_takes_profession_and_specialties_from_certificate_and_card(card: CpsCard) -> None:
    holder = card.holder()
    assert holder.profession == "10"
    assert holder.specialties == ("SM36", "SM26")


def test_identity_comes_from_serial_file_and_token_label(card: CpsCard) -> None:
    assert card.serial == "29009952"
    assert card.token_label == "CPS3v3-2900995235"
    assert card.card_number == "2900995235"


def test_languages_come_in_card_order(card: CpsCard) -> None:
    assert card.languages() == ("fr", "en")


def test_activities_need_the_pin(card: CpsCard) -> None:
    with pytest.raises(CardError) as caught:
        card.activities()
    assert caught.value.code == "cryptolib.pin_needed"


def test_activities_come_in_card_order_with_their_numbers(card: CpsCard) -> None:
    card.verify(Secret.of(PIN))
    found = card.activities()
    assert [item.number for item in found] == [1, 3]
    assert found[0].structure_name == "CABINET M DOC0000012"
    assert found[0].structure_idnat == "499700000012008"
    assert (found[0].sector, found[1].sector) == ("SA07", "SA01")
    assert found[0].raw[0] == 0xEE


def test_certificates_belong_to_their_keys(card: CpsCard, keys: Any) -> None:
    for use, key in ((KeyUse.SIGNATURE, keys.sign), (KeyUse.AUTHENTICATION, keys.auth)):
        assert card.certificate(use).public_key() == key.public_key()


@pytest.mark.parametrize(
    ("days", "code"), [(-2, "not_yet_valid"), (-1, ""), (1095, ""), (1096, "expired")]
)
def test_certificate_that_is_not_valid_is_reported_with_its_dates(
    card: CpsCard, days: int, code: str
) -> None:
    at = NOW + dt.timedelta(days=days)
    if not code:
        card.check_validity(KeyUse.SIGNATURE, at)
        return
    with pytest.raises(CardError) as caught:
        card.check_validity(KeyUse.SIGNATURE, at)
    assert caught.value.code == f"cryptolib.certificate_{code}"
    assert caught.value.facts == {
        "use": "signature",
        "not_before": "2026-01-14",
        "not_after": "2029-01-14",
    }


def test_data_objects_hold_public_bytes_and_name_private_ones(card: CpsCard) -> None:
    found = {data_object.label: data_object for data_object in card.data_objects()}
    assert found["CPS_ID_CARD"].value is not None
    assert found["CPS_ID_CARD"].value[:1] == b"\xe3"
    private = found["CPS_ACTIVITY_01_PS"]
    assert private.private and private.value is None
    assert found["CPS_DATA"].modifiable and not found["CPS_NAME_PS"].modifiable


def test_data_objects_hold_private_bytes_after_the_pin(card: CpsCard) -> None:
    card.verify(Secret.of(PIN))
    assert all(
        data_object.value is not None
        for data_object in card.data_objects()
        if "ACTIVITY" in data_object.label
    )


# The code


def test_pin_state_reports_tries_and_lengths(card: CpsCard) -> None:
    state = card.pin_state()
    assert (state.tries_left, state.tries_max) == (3, 3)
    assert (state.min_length, state.max_length) == (4, 8)
    assert not state.verified and not state.blocked


def test_pin_state_is_verified_once_the_card_accepted_the_pin(card: CpsCard) -> None:
    card.keep_pin(Secret.of(PIN))
    assert not card.pin_state().verified
    card.authenticate(INFO)
    assert card.pin_state().verified


def test_wrong_pin_reports_the_tries_left(card: CpsCard) -> None:
    with pytest.raises(WrongPinError) as caught:
        card.verify(Secret.of(WRONG))
    assert caught.value.facts["tries_left"] == 2
    assert card.pin_state().tries_left == 2


def test_right_pin_gives_the_tries_back(card: CpsCard) -> None:
    with pytest.raises(WrongPinError):
        card.verify(Secret.of(WRONG))
    card.verify(Secret.of(PIN))
    assert card.pin_state().tries_left == 3


def test_third_wrong_pin_blocks(card: CpsCard) -> None:
    for _ in range(2):
        with pytest.raises(WrongPinError):
            card.verify(Secret.of(WRONG))
    with pytest.raises(PinBlockedError):
        card.verify(Secret.of(WRONG))
    with pytest.raises(PinBlockedError):
        card.verify(Secret.of(PIN))
    assert card.pin_state().blocked


def test_refused_pin_is_not_kept(card: CpsCard) -> None:
    card.keep_pin(Secret.of(WRONG))
    with pytest.raises(WrongPinError):
        card.authenticate(INFO)
    with pytest.raises(CardError) as caught:
        card.authenticate(INFO)
    assert caught.value.code == "cryptolib.pin_needed"
    assert card.pin_state().tries_left == 2


MALFORMED = [
    ("", "cryptolib.pin_length"),
    ("123", "cryptolib.pin_length"),
    ("123456789", "cryptolib.pin_length"),
    ("12a4", "cryptolib.pin_digits"),
    ("12 4", "cryptolib.pin_digits"),
    ("١٢", "cryptolib.pin_digits"),
]


@pytest.mark.parametrize(("text", "code"), MALFORMED)
def test_malformed_pin_costs_no_try_and_no_command(card: CpsCard, text: str, code: str) -> None:
    before = card.apdu_count
    with pytest.raises(CardError) as caught:
        card.verify(Secret.of(text))
    assert caught.value.code == code
    with pytest.raises(CardError):
        card.change(Secret.of(PIN), Secret.of(text))
    with pytest.raises(CardError):
        card.unblock(Secret.of(PUK), Secret.of(text))
    assert card.apdu_count == before


def test_malformed_puk_costs_no_try_and_no_command(card: CpsCard) -> None:
    before = card.apdu_count
    with pytest.raises(CardError) as caught:
        card.unblock(Secret.of("1234567"), Secret.of(PIN))
    assert caught.value.code == "cryptolib.pin_length"
    assert card.apdu_count == before


def test_change_sets_the_new_pin_and_keeps_it(card: CpsCard) -> None:
    card.change(Secret.of(PIN), Secret.of("87654321"))
    card.authenticate(INFO)
    with pytest.raises(WrongPinError):
        card.verify(Secret.of(PIN))
    card.verify(Secret.of("87654321"))


def test_change_with_a_wrong_old_pin_costs_a_try(card: CpsCard) -> None:
    with pytest.raises(WrongPinError) as caught:
        card.change(Secret.of(WRONG), Secret.of("4321"))
    assert caught.value.facts["tries_left"] == 2
    card.verify(Secret.of(PIN))


def test_unblock_gives_a_blocked_card_a_new_pin(card: CpsCard) -> None:
    for _ in range(3):
        with pytest.raises((WrongPinError, PinBlockedError)):
            card.verify(Secret.of(WRONG))
    card.unblock(Secret.of(PUK), Secret.of("4321"))
    assert card.pin_state().tries_left == 3
    card.verify(Secret.of("4321"))


def test_wrong_puk_is_distinguished(card: CpsCard) -> None:
    with pytest.raises(WrongPinError) as caught:
        card.unblock(Secret.of("00000000"), Secret.of("4321"))
    assert caught.value.code == "cryptolib.puk_wrong"
    assert caught.value.facts["tries_left"] == 2
    assert card.pin_state().tries_left == 3


def test_puk_without_tries_blocks_for_good(card: CpsCard) -> None:
    for _ in range(3):
        with pytest.raises((WrongPinError, PinBlockedError)):
            card.unblock(Secret.of("00000000"), Secret.of("4321"))
    with pytest.raises(PinBlockedError) as caught:
        card.unblock(Secret.of(PUK), Secret.of("4321"))
    assert caught.value.code == "cryptolib.puk_blocked"


def test_no_error_carries_a_pin(card: CpsCard) -> None:
    with pytest.raises(WrongPinError) as caught:
        card.verify(Secret.of(WRONG))
    message = f"{caught.value!r} {caught.value} {caught.value.advice()} {dict(caught.value.facts)}"
    assert WRONG not in message
    assert PIN not in repr(vars(card))


# Who may use an open card


def test_card_forgets_the_pin_at_the_end_of_each_operation(bench: Any) -> None:
    card = bench.open()
    card.verify(Secret.of(PIN))
    card.authenticate(INFO)
    other = bench.open()
    with pytest.raises(CardError) as caught:
        other.authenticate(INFO)
    assert caught.value.code == "cryptolib.pin_needed"


@pytest.mark.parametrize("code", [PIN, WRONG])
def test_card_is_reset_after_every_operation_with_the_pin(bench: Any, code: str) -> None:
    card = bench.open()
    before = bench.chip.resets
    try:
        card.verify(Secret.of(code))
    except WrongPinError:
        pass
    assert bench.chip.resets == before + 1


def test_public_reading_resets_nothing(bench: Any) -> None:
    card = bench.open()
    card.holder()
    card.pin_state()
    card.read_data()
    assert bench.chip.resets == 0


def test_transaction_presents_the_pin_once(bench: Any) -> None:
    card = bench.open()
    with card.transaction():
        card.verify(Secret.of(PIN))
        card.authenticate(INFO)
        card.sign(b"text")
        card.activities()
    assert bench.chip.sent(Instruction.VERIFY) == 1
    assert bench.chip.resets == 1


def test_another_pin_in_a_transaction_is_presented_too(bench: Any) -> None:
    card = bench.open()
    with card.transaction():
        card.verify(Secret.of(PIN))
        with pytest.raises(WrongPinError):
            card.verify(Secret.of(WRONG))


def test_logout_forgets_the_pin(card: CpsCard) -> None:
    card.verify(Secret.of(PIN))
    card.logout()
    with pytest.raises(CardError) as caught:
        card.authenticate(INFO)
    assert caught.value.code == "cryptolib.pin_needed"


def test_logout_inside_a_transaction_closes_the_card(card: CpsCard) -> None:
    with card.transaction():
        card.verify(Secret.of(PIN))
        card.logout()
        with pytest.raises(CardError) as caught:
            card.authenticate(INFO)
    assert caught.value.code == "cryptolib.pin_needed"


def kept_code(card: CpsCard) -> Secret:
    found = vars(card)["_kept_pin"]
    assert isinstance(found, Secret)
    return found


@pytest.mark.parametrize("end", [CpsCard.logout, CpsCard.close])
def test_kept_pin_is_wiped_at_the_end(card: CpsCard, end: Callable[[CpsCard], None]) -> None:
    card.verify(Secret.of(PIN))
    kept = kept_code(card)
    end(card)
    assert len(kept) == 0


def test_removal_wipes_the_pin_and_ends_the_card(bench: Any) -> None:
    card = bench.open()
    card.verify(Secret.of(PIN))
    kept = kept_code(card)
    bench.reader.eject()
    with pytest.raises(CardRemovedError):
        card.authenticate(INFO)
    assert len(kept) == 0
    with pytest.raises(CardRemovedError) as caught:
        card.holder()
    assert caught.value.code == "cryptolib.closed"


def test_reinserted_card_is_a_new_one(bench: Any) -> None:
    card = bench.open()
    card.verify(Secret.of(PIN))
    bench.reader.eject()
    bench.reader.insert(bench.chip)
    with pytest.raises(CardRemovedError):
        card.authenticate(INFO)
    again = bench.open()
    assert not again.pin_state().verified


def test_the_callers_pin_is_not_wiped_with_the_kept_one(card: CpsCard) -> None:
    code = Secret.of(PIN)
    card.verify(code)
    card.logout()
    card.verify(code)


# The keys


@pytest.mark.parametrize("algorithm", list(Hash))
@pytest.mark.parametrize("on_card", [False, True])
@pytest.mark.parametrize("size", [0, 1, 55, 56, 63, 64, 65, 119, 128, 1000])
def test_signature_fits_the_certificate(
    card: CpsCard, algorithm: Hash, on_card: bool, size: int
) -> None:
    card.verify(Secret.of(PIN))
    data = bytes(range(256)) * 4
    made = card.sign(data[:size], algorithm, last_round_on_card=on_card)
    key: Any = card.certificate(KeyUse.SIGNATURE).public_key()
    hashed = {Hash.SHA1: hashes.SHA1, Hash.SHA256: hashes.SHA256}[algorithm]()
    key.verify(made, data[:size], padding.PKCS1v15(), hashed)


def test_signed_digest_fits_the_certificate(card: CpsCard) -> None:
    card.verify(Secret.of(PIN))
    digest = hashlib.sha256(b"text").digest()
    made = card.sign_digest(digest)
    key: Any = card.certificate(KeyUse.SIGNATURE).public_key()
    key.verify(made, digest, padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))


def test_digest_of_another_length_is_refused(card: CpsCard) -> None:
    with pytest.raises(CardError) as caught:
        card.sign_digest(bytes(20), Hash.SHA256)
    assert caught.value.code == "cryptolib.digest_invalid"


def test_authentication_pads_what_it_is_given(card: CpsCard) -> None:
    card.verify(Secret.of(PIN))
    key: Any = card.certificate(KeyUse.AUTHENTICATION).public_key()
    made = card.authenticate(b"any block")
    assert key.recover_data_from_signature(made, padding.PKCS1v15(), None) == b"any block"


@pytest.mark.parametrize(("size", "fits"), [(102, True), (103, False)])
def test_authentication_takes_forty_percent_of_the_key(
    card: CpsCard, size: int, fits: bool
) -> None:
    card.verify(Secret.of(PIN))
    if fits:
        assert len(card.authenticate(bytes(size))) == 256
        return
    with pytest.raises(CardError) as caught:
        card.authenticate(bytes(size))
    assert caught.value.code == "cryptolib.data_too_long"


@pytest.mark.parametrize("message", [b"", b"a key", bytes(245)])
def test_decipher_returns_the_message_alone(card: CpsCard, message: bytes) -> None:
    card.verify(Secret.of(PIN))
    key: Any = card.certificate(KeyUse.AUTHENTICATION).public_key()
    assert card.decipher(key.encrypt(message, padding.PKCS1v15())) == message


@pytest.mark.parametrize("size", [0, 255, 257])
def test_cryptogram_of_another_length_is_refused(card: CpsCard, size: int) -> None:
    with pytest.raises(CardError) as caught:
        card.decipher(bytes(size))
    assert caught.value.code == "cryptolib.data_too_long"


def test_signature_that_does_not_fit_the_certificate_is_an_error(bench: Any) -> None:
    card = bench.open()
    card.verify(Secret.of(PIN))
    bench.chip.change = lambda command, answer: (
        bytes(256) + b"\x90\x00" if len(answer) > 200 and command[1] in (0x88, 0xC0) else answer
    )
    card.certificate(KeyUse.AUTHENTICATION)
    with pytest.raises(CardError) as caught:
        card.authenticate(INFO)
    assert caught.value.code == "cryptolib.signature_wrong"


@pytest.mark.parametrize("size", [0, 1, 8, 20])
def test_random_has_the_size_asked_for(card: CpsCard, size: int) -> None:
    assert len(card.random(size)) == size


def test_random_is_bounded(card: CpsCard) -> None:
    with pytest.raises(CardError):
        card.random(5000)


# CPS_DATA


def test_data_comes_whole(card: CpsCard) -> None:
    found = card.read_data()
    assert found == b"hello".ljust(256, b"\x00")


@pytest.mark.parametrize("size", [0, 3, 255, 256])
def test_written_data_are_filled_with_zeros(card: CpsCard, size: int) -> None:
    card.verify(Secret.of(PIN))
    card.write_data(b"\xaa" * size)
    assert card.read_data() == (b"\xaa" * size).ljust(256, b"\x00")


def test_data_longer_than_the_file_are_refused_unwritten(card: CpsCard) -> None:
    card.verify(Secret.of(PIN))
    with pytest.raises(CardError) as caught:
        card.write_data(bytes(257))
    assert caught.value.code == "cryptolib.data_too_long"
    assert card.read_data()[:5] == b"hello"


def test_free_area_that_all_may_write_needs_no_pin(
    make_bench: Any, content: PersonalisationData, tmp_path: Path
) -> None:
    cps3(content).save(tmp_path / "card.json")
    image = json.loads((tmp_path / "card.json").read_text())
    (area,) = (file for file in image["files"] if file["path"].endswith("D107"))
    area["update"] = "always"
    bench = make_bench(CardImage.from_json(json.dumps(image).encode()))
    card = bench.open()
    card.write_data(b"\xaa" * 256)
    assert card.read_data() == b"\xaa" * 256
    assert bench.chip.sent(Instruction.VERIFY) == 0


def test_free_area_that_needs_the_pin_says_so(card: CpsCard) -> None:
    with pytest.raises(CardError) as caught:
        card.write_data(b"data")
    assert caught.value.code == "cryptolib.pin_needed"


# Other cards


def test_foreign_card_is_distinguished_without_a_command(bench: Any) -> None:
    bench.chip.atr = bytes.fromhex("3B7513000040 0901A0".replace(" ", ""))
    bench.reader.insert(bench.chip)
    with pytest.raises(NotACpsError) as caught:
        open_card(bench.reader)
    assert caught.value.code == "cryptolib.not_a_cps"
    assert bench.chip.commands == []


def test_card_of_another_issuer_is_no_cps(bench: Any) -> None:
    other = bytes.fromhex("5A0A 8025000002 29009952 9F 9000")
    bench.chip.change = lambda command, answer: other if command[1] == 0xB0 else answer
    with pytest.raises(NotACpsError):
        bench.open()


def test_card_without_serial_file_is_no_cps(bench: Any) -> None:
    bench.chip.change = lambda command, answer: b"\x6a\x82"
    with pytest.raises(NotACpsError):
        bench.open()


@pytest.mark.parametrize(
    "atr",
    ["3B9B188001001225006480040100009044", "3B8F80010031B86404B0ECC1739401808290000E"],
)
def test_card_that_is_not_what_its_answer_to_reset_says_is_refused(bench: Any, atr: str) -> None:
    bench.chip.atr = bytes.fromhex(atr)
    bench.chip.change = lambda command, answer: b"\x6e\x00"
    bench.reader.insert(bench.chip)
    with pytest.raises(NotACpsError) as caught:
        bench.open()
    assert caught.value.code == "cryptolib.not_a_cps"


@pytest.mark.parametrize(
    "actua", ["", "EC09 8107 20260115120000", "EC12 8107 20260115120000 8207 00000000000000"]
)
def test_card_with_an_update_that_did_not_end_is_unusable(bench: Any, actua: str) -> None:
    def change(command: bytes, answer: bytes) -> bytes:
        if bench.chip.commands[-2:-1] and bench.chip.commands[-2].endswith(b"\xd0\x10"):
            return bytes.fromhex(actua) + b"\x90\x00"
        return b"\x90\x00" if command.endswith(b"\xd0\x10") else answer

    bench.chip.change = change
    with pytest.raises(CardError) as caught:
        bench.open()
    assert caught.value.code == "cryptolib.update_incomplete"


def test_unexpected_status_is_a_fact(bench: Any) -> None:
    card = bench.open()
    bench.chip.change = lambda command, answer: b"\x6f\x42"
    with pytest.raises(CardError) as caught:
        card.random(8)
    assert caught.value.code == "cryptolib.status"
    assert caught.value.facts["sw"] == "6F42"


def test_malformed_pin_does_not_forget_the_kept_one(card: CpsCard) -> None:
    card.verify(Secret.of(PIN))
    with pytest.raises(CardError):
        card.change(Secret.of(PIN), Secret.of("1"))
    with pytest.raises(CardError):
        card.unblock(Secret.of("1"), Secret.of(PIN))
    with pytest.raises(CardError):
        card.verify(Secret.of("1"))
    card.authenticate(INFO)


class NotedEndings(Wrapper):
    """Notes how each transaction is to end."""

    def __init__(self, inner: Transport) -> None:
        super().__init__(inner)
        self.endings: list[Ending] = []

    def transaction(self, ending: Ending = Ending.RESET) -> AbstractContextManager[None]:
        self.endings.append(ending)
        return super().transaction(ending)


def test_transaction_that_may_present_the_pin_ends_with_a_reset(bench: Any) -> None:
    transport = NotedEndings(bench.reader.connect())
    card = open_transport(transport)
    card.holder()
    assert set(transport.endings) == {Ending.LEAVE}
    card.keep_pin(Secret.of(PIN))
    transport.endings.clear()
    card.authenticate(INFO)
    card.sign(b"text")
    card.activities()
    assert transport.endings == [Ending.RESET] * 3
    transport.endings.clear()
    card.holder()
    card.pin_state()
    assert set(transport.endings) == {Ending.LEAVE}
    card.close()
