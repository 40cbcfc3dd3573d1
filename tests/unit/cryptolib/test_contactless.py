# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A CPS3 held to a contactless reader: the technical key at once, and nothing of the contacts."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from caducee.base.errors import CardError, NotACpsError
from caducee.base.secret import Secret
from caducee.cryptolib import CpsCard, KeyUse, open_card
from caducee.cryptolib.channel import Channel
from caducee.cryptolib.digest_info import digest_info
from caducee.cryptolib.drivers.cps3_contactless import Cps3Contactless
from caducee.cryptolib.key import CardPrivateKey
from caducee.spec.aids import CPS3_CONTACTLESS
from caducee.spec.atrs import CardFace
from caducee.spec.instructions import Instruction
from caducee.virtualcard.personalise import PersonalisationData

PIN, OTHER, PUK = Secret.of("1234"), Secret.of("4321"), Secret.of("12345678")
INFO = digest_info(bytes(32), "sha256")
TECHNICAL = KeyUse.TECHNICAL


@pytest.fixture
def card(contactless_card: CpsCard) -> CpsCard:
    return contactless_card


@pytest.fixture
def bench(contactless_bench: Any) -> Any:
    return contactless_bench


def test_card_has_its_serial_and_the_label_without_a_number(card: CpsCard) -> None:
    assert card.identity.face is CardFace.CPS3_CONTACTLESS
    assert (card.serial, card.token_label, card.card_number) == ("29009952", "CPS3v3_CL", "")


def test_only_key_is_the_technical_one(card: CpsCard, keys: Any) -> None:
    assert card.uses == (TECHNICAL,)
    assert card.certificate(TECHNICAL).public_key() == keys.other.public_key()


def test_technical_key_signs_a_digest_info_without_a_pin(bench: Any, card: CpsCard) -> None:
    made = card.authenticate(INFO, TECHNICAL)
    key: Any = card.certificate(TECHNICAL).public_key()
    assert key.recover_data_from_signature(made, padding.PKCS1v15(), None) == INFO
    assert bench.chip.sent(Instruction.VERIFY) == 0
    assert bench.chip.resets == 0


def test_technical_key_is_a_private_key_of_cryptography(card: CpsCard) -> None:
    key = CardPrivateKey(card, TECHNICAL)
    made = key.sign(b"data", padding.PKCS1v15(), hashes.SHA256())
    key.public_key().verify(made, b"data", padding.PKCS1v15(), hashes.SHA256())


def test_signature_goes_as_the_issuers_library_sends_it(bench: Any, card: CpsCard) -> None:
    card.certificate(TECHNICAL)
    bench.chip.commands.clear()
    card.authenticate(INFO, TECHNICAL)
    assert [command.hex().upper() for command in bench.chip.commands] == [
        "00A4090C043F000001",
        "002241A406800102840183",
        "0088000033" + INFO.hex().upper() + "00",
    ]


@pytest.mark.parametrize("use", [KeyUse.AUTHENTICATION, KeyUse.SIGNATURE])
def test_keys_of_the_contacts_are_named_as_on_the_other_side(card: CpsCard, use: KeyUse) -> None:
    before = card.apdu_count
    for ask in (card.certificate, lambda item: CardPrivateKey(card, item)):
        with pytest.raises(CardError) as caught:
            ask(use)
        assert caught.value.code == "cryptolib.key_not_on_face"
        assert caught.value.facts == {"face": "cps3-contactless", "use": use.value}
        assert "contacts" in caught.value.advice()
    assert card.apdu_count == before


def test_technical_key_is_named_as_on_the_other_side_of_the_contacts(
    make_bench: Any, content: PersonalisationData
) -> None:
    card = make_bench(content).open()
    assert card.uses == (KeyUse.AUTHENTICATION, KeyUse.SIGNATURE)
    with pytest.raises(CardError) as caught:
        card.authenticate(INFO, TECHNICAL)
    assert caught.value.code == "cryptolib.key_not_on_face"
    assert caught.value.facts == {"face": "cps3-contact", "use": "technical"}


def test_signature_key_never_authenticates(make_bench: Any, content: PersonalisationData) -> None:
    card = make_bench(content).open()
    with pytest.raises(CardError) as caught:
        card.authenticate(INFO, KeyUse.SIGNATURE)
    assert caught.value.code == "cryptolib.key_missing"


CODES: dict[str, Callable[[CpsCard], object]] = {
    "verify": lambda card: card.verify(PIN),
    "keep": lambda card: card.keep_pin(PIN),
    "change": lambda card: card.change(PIN, OTHER),
    "unblock": lambda card: card.unblock(PUK, PIN),
    "state": lambda card: card.pin_state(),
    "state of the unblocking code": lambda card: card.puk_state(),
}


@pytest.mark.parametrize("ask", CODES.values(), ids=CODES.keys())
def test_pins_are_refused_before_a_command(card: CpsCard, ask: Callable[[CpsCard], object]) -> None:
    before = card.apdu_count
    with pytest.raises(CardError) as caught:
        ask(card)
    assert caught.value.code == "cryptolib.no_pin_on_face"
    assert caught.value.facts["face"] == "cps3-contactless"
    assert card.apdu_count == before


def test_free_area_is_read_and_not_written(card: CpsCard) -> None:
    assert card.read_data().startswith(b"hello")
    before = card.apdu_count
    with pytest.raises(CardError) as caught:
        card.write_data(b"data")
    assert caught.value.code == "cryptolib.not_on_face"
    assert card.apdu_count == before


def test_billing_is_refused_before_a_command(card: CpsCard) -> None:
    before = card.apdu_count
    with pytest.raises(CardError) as caught:
        card.billing()
    assert caught.value.code == "cryptolib.not_on_face"
    assert card.apdu_count == before


def test_holder_is_who_the_data_objects_tell_which_is_nobody(card: CpsCard) -> None:
    before = card.apdu_count
    holder = card.holder()
    assert (holder.family_name, holder.ps_idnat, holder.profession) == ("", "", None)
    assert card.languages() == ()
    assert card.activities() == ()
    assert card.apdu_count == before


def test_file_of_the_contacts_is_refused_by_name(bench: Any) -> None:
    driver = Cps3Contactless(Channel(bench.reader.connect()))
    with pytest.raises(CardError) as caught:
        driver.read(bytes.fromhex("3F000001D100"))
    assert caught.value.code == "cryptolib.not_on_face"
    assert "3F000001D100" in str(caught.value.facts["what"])


DRIVER: dict[str, Callable[[Any], object]] = {
    "sign": lambda it: it.sign(None, None, b"", None),
    "last round": lambda it: it.sign_last_round(None, None, b"", None),
    "decipher": lambda it: it.decipher(None, b"", None),
    "write": lambda it: it.write(b"", b""),
    "pss": lambda it: it.sign_pss(None, "sha256", b"", None),
    "tries": lambda it: it.tries(None),
    "verify": lambda it: it.verify(None, PIN, b""),
    "change": lambda it: it.change(None, PIN, OTHER),
    "unblock": lambda it: it.unblock(None, PUK, None, PIN),
}


@pytest.mark.parametrize("ask", DRIVER.values(), ids=DRIVER.keys())
def test_driver_refuses_what_the_side_does_not_do(bench: Any, ask: Callable[[Any], object]) -> None:
    channel = Channel(bench.reader.connect())
    with pytest.raises(CardError):
        ask(Cps3Contactless(channel))
    assert channel.count == 0


def test_pss_is_refused_as_on_every_cps3(card: CpsCard) -> None:
    assert card.supports_pss is False
    with pytest.raises(CardError) as caught:
        card.sign_pss(bytes(32), use=TECHNICAL)
    assert caught.value.code == "cryptolib.padding_not_supported"


def test_update_file_is_not_consulted(bench: Any) -> None:
    bench.open()
    assert not any(command[5:].startswith(b"\x3f\x00\xd0\x10") for command in bench.chip.commands)


def test_application_is_the_contactless_one(bench: Any) -> None:
    """On a card whose EF.DIR names the contactless application elsewhere, that place is taken."""
    bench.chip.change = lambda command, answer: answer.replace(CPS3_CONTACTLESS, bytes(13))
    with pytest.raises(CardError) as caught:
        open_card(bench.reader)
    assert caught.value.code == "cryptolib.application_missing"


def test_card_of_another_issuer_with_this_answer_to_reset_is_no_cps(bench: Any) -> None:
    bench.chip.change = lambda command, answer: answer.replace(b"\x80\x25", b"\x80\x26")
    with pytest.raises(NotACpsError):
        open_card(bench.reader)


def test_later_batches_are_taken_by_the_mask(bench: Any) -> None:
    bench.chip.atr = bytes.fromhex("3B8F80010031B86400B4ECC1739401808290000E")
    bench.reader.insert(bench.chip)
    assert bench.open().token_label == "CPS3v3_CL"


def test_random_comes_from_the_card(card: CpsCard) -> None:
    assert len(card.random(20)) == 20
