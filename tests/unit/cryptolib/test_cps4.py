# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A CPS4 as applications see it, and the commands that go to it."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, utils
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.base.errors import CardError, NotACpsError, PinBlockedError, WrongPinError
from caducee.base.secret import Secret
from caducee.cryptolib import CpsCard, Hash, KeyUse, open_card
from caducee.cryptolib.digest_info import digest_info
from caducee.cryptolib.key import CardPrivateKey
from caducee.spec.atrs import CardFace
from caducee.spec.instructions import Instruction
from caducee.virtualcard.personalise import PersonalisationData, cps4

PIN, OTHER, WRONG, PUK = (Secret.of(name) for name in ("1234", "4321", "9999", "12345678"))
INFO = digest_info(hashlib.sha256(b"login").digest(), "sha256")
DIGEST = hashlib.sha256(b"text").digest()
PKCS1 = padding.PKCS1v15()
CHIPDOC = "01A4040C088025000001FF0100"
MANAGER = "01A4040C07A0000001510000"
APPLET = "00A4040C088025000001FF0002"
ATRS = [
    "3B9B188001001225006480040100009044",
    "3B9B188001001225006480000401009044",
    "3BDC18FF00001225006480000401009000",
]


@pytest.fixture
def bench(cps4_bench: Any) -> Any:
    return cps4_bench


@pytest.fixture
def card(cps4_card: CpsCard) -> CpsCard:
    return cps4_card


@pytest.fixture
def quiet(bench: Any, card: CpsCard) -> CpsCard:
    """A card whose certificates were read, with the code at hand and nothing noted yet."""
    for use in card.uses:
        card.certificate(use)
    card.keep_pin(PIN)
    bench.chip.commands.clear()
    return card


def sent(bench: Any) -> list[str]:
    return [command.hex().upper() for command in bench.chip.commands]


def pss(hash: hashes.HashAlgorithm) -> padding.PSS:
    return padding.PSS(padding.MGF1(hash), padding.PSS.DIGEST_LENGTH)


# What applications see


def test_card_has_its_serial_label_and_holder(card: CpsCard) -> None:
    assert card.identity.face is CardFace.CPS4
    assert (card.serial, card.token_label) == ("31006037", "CPS4v1-3100603746")
    assert card.card_number == "3100603746"
    holder = card.holder()
    assert (holder.family_name, holder.ps_idnat) == ("DOC0000012", "899700000012")
    assert card.languages() == ("fr", "en")
    assert card.uses == (KeyUse.AUTHENTICATION, KeyUse.SIGNATURE)


@pytest.mark.parametrize("atr", ATRS)
@pytest.mark.parametrize("use", [KeyUse.AUTHENTICATION, KeyUse.SIGNATURE])
def test_every_answer_to_reset_of_a_cps4_logs_in_and_signs(
    make_bench: Any, cps4_content: PersonalisationData, atr: str, use: KeyUse
) -> None:
    bench = make_bench(replace(cps4_content, atr=bytes.fromhex(atr)), personalise=cps4)
    card = bench.open()
    card.verify(PIN)
    key = CardPrivateKey(card, use)
    key.public_key().verify(
        key.sign(b"text", PKCS1, hashes.SHA256()), b"text", PKCS1, hashes.SHA256()
    )
    with_pss = key.sign(b"text", pss(hashes.SHA256()), hashes.SHA256())
    key.public_key().verify(with_pss, b"text", pss(hashes.SHA256()), hashes.SHA256())


@pytest.mark.parametrize("hash", list(Hash))
@pytest.mark.parametrize("use", [KeyUse.AUTHENTICATION, KeyUse.SIGNATURE])
def test_pss_signature_has_a_salt_as_long_as_the_digest(
    card: CpsCard, use: KeyUse, hash: Hash
) -> None:
    card.verify(PIN)
    digest = hashlib.new(hash, b"text").digest()
    made = card.sign_pss(digest, hash, use)
    algorithm = {Hash.SHA1: hashes.SHA1(), Hash.SHA256: hashes.SHA256()}[hash]
    key: Any = card.certificate(use).public_key()
    key.verify(made, digest, pss(algorithm), utils.Prehashed(algorithm))


@pytest.mark.parametrize("algorithm", [hashes.SHA224(), hashes.SHA384(), hashes.SHA512()])
def test_hashes_that_the_card_does_not_know_are_padded_here(
    card: CpsCard, algorithm: hashes.HashAlgorithm
) -> None:
    card.verify(PIN)
    key = CardPrivateKey(card, KeyUse.AUTHENTICATION)
    made = key.sign(b"text", pss(algorithm), algorithm)
    key.public_key().verify(made, b"text", pss(algorithm), algorithm)
    with pytest.raises(CardError) as caught:
        card.sign_pss(hashlib.new(algorithm.name, b"").digest(), algorithm.name, KeyUse.SIGNATURE)
    assert caught.value.code == "cryptolib.hash_not_supported"


@pytest.mark.parametrize(
    "scheme",
    [
        padding.PSS(padding.MGF1(hashes.SHA256()), 20),
        padding.PSS(padding.MGF1(hashes.SHA1()), 32),
        padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.MAX_LENGTH),
    ],
    ids=["salt", "mask", "longest"],
)
def test_other_forms_of_pss_are_refused(card: CpsCard, scheme: padding.PSS) -> None:
    card.verify(PIN)
    with pytest.raises(CardError) as caught:
        CardPrivateKey(card, KeyUse.AUTHENTICATION).sign(b"text", scheme, hashes.SHA256())
    assert caught.value.code == "cryptolib.padding_unknown"


def test_authentication_takes_what_fits_into_the_modulus(card: CpsCard) -> None:
    card.verify(PIN)
    key: Any = card.certificate(KeyUse.AUTHENTICATION).public_key()
    for size in (0, 1, 51, 245):
        made = card.authenticate(b"x" * size)
        assert key.recover_data_from_signature(made, PKCS1, None) == b"x" * size
    with pytest.raises(CardError) as caught:
        card.authenticate(bytes(246))
    assert caught.value.code == "cryptolib.data_too_long"


@pytest.mark.parametrize("message", [b"", b"m", b"\x00" * 20, b"x" * 245])
def test_decipher_takes_the_padding_off(card: CpsCard, message: bytes) -> None:
    card.verify(PIN)
    key: Any = card.certificate(KeyUse.AUTHENTICATION).public_key()
    assert card.decipher(key.encrypt(message, PKCS1)) == message


def test_cryptogram_for_nobody_is_an_error(card: CpsCard) -> None:
    card.verify(PIN)
    with pytest.raises(CardError) as caught:
        card.decipher(b"\x01" * 256)
    assert caught.value.code == "cryptolib.padding_wrong"


def test_digest_is_never_made_on_the_card(card: CpsCard) -> None:
    card.verify(PIN)
    with pytest.raises(CardError) as caught:
        card.sign(b"text", last_round_on_card=True)
    assert caught.value.code == "cryptolib.hash_on_card_not_supported"


def test_free_area_is_written_with_the_pin(card: CpsCard) -> None:
    with pytest.raises(CardError) as caught:
        card.write_data(b"data")
    assert caught.value.code == "cryptolib.pin_needed"
    card.verify(PIN)
    card.write_data(b"\xaa" * 256)
    assert card.read_data() == b"\xaa" * 256


def test_technical_key_is_none_that_a_cps4_has(card: CpsCard) -> None:
    with pytest.raises(CardError) as caught:
        card.certificate(KeyUse.TECHNICAL)
    assert caught.value.code == "cryptolib.key_missing"


# Codes


def test_state_of_both_pins_is_reported_and_costs_no_try(card: CpsCard) -> None:
    for _ in range(5):
        assert card.pin_state().tries_left == card.puk_state().tries_left == 3
    with pytest.raises(WrongPinError) as caught:
        card.verify(WRONG)
    assert caught.value.facts["tries_left"] == 2
    assert (card.pin_state().tries_left, card.puk_state().tries_left) == (2, 3)


def test_last_wrong_pin_blocks_and_unblocking_gives_the_tries_back(card: CpsCard) -> None:
    for _ in range(2):
        with pytest.raises(WrongPinError):
            card.verify(WRONG)
    with pytest.raises(PinBlockedError):
        card.verify(WRONG)
    assert card.pin_state().blocked
    card.unblock(PUK, OTHER)
    assert card.pin_state().tries_left == 3
    card.verify(OTHER)


def test_wrong_puk_is_distinguished_and_sets_nothing(card: CpsCard) -> None:
    with pytest.raises(WrongPinError) as caught:
        card.unblock(Secret.of("87654321"), OTHER)
    assert caught.value.code == "cryptolib.puk_wrong"
    assert card.puk_state().tries_left == 2
    card.verify(PIN)


def test_change_with_a_wrong_old_pin_costs_a_try_and_sets_nothing(card: CpsCard) -> None:
    with pytest.raises(WrongPinError):
        card.change(WRONG, OTHER)
    assert card.pin_state().tries_left == 2
    card.verify(PIN)


# The commands


def test_detection(bench: Any, card: CpsCard) -> None:
    assert sent(bench)[:3] == [CHIPDOC, "01A4080002D00300", "01B000000C"]
    assert sent(bench)[3:5] == ["01A40800022F0000", "01B0000021"]


def test_every_command_is_on_channel_1(bench: Any, quiet: CpsCard) -> None:
    quiet.authenticate(INFO)
    quiet.activities()
    quiet.billing()
    assert {command[0] & ~0x10 for command in bench.chip.commands} == {0x01}


def test_paths_are_given_without_the_master_file(bench: Any, card: CpsCard) -> None:
    card.holder()
    paths = [item for item in sent(bench) if item.startswith("01A408")]
    assert paths and not any(path[10:14] == "3F00" for path in paths)
    assert all(path[6:8] == "00" and path.endswith("00") for path in paths)


def test_files_are_read_in_pieces_of_256(bench: Any, card: CpsCard) -> None:
    size = len(card.certificate(KeyUse.SIGNATURE).public_bytes(Encoding.DER))
    reads = [item for item in sent(bench) if item.startswith("01B0")][-4:]
    assert reads == ["01B0000000", "01B0010000", "01B0020000", f"01B00300{size - 768:02X}"]


@pytest.mark.parametrize(("use", "key"), [(KeyUse.SIGNATURE, "90"), (KeyUse.AUTHENTICATION, "A0")])
def test_pss_signature(bench: Any, quiet: CpsCard, use: KeyUse, key: str) -> None:
    quiet.sign_pss(DIGEST, use=use)
    assert sent(bench) == [
        "012000010431323334",
        f"012281B60491022C{key}",
        "012A9E9A20" + DIGEST.hex().upper() + "00",
    ]


@pytest.mark.parametrize(("hash", "number"), [(Hash.SHA256, "28"), (Hash.SHA1, "0A")])
def test_pkcs1_signature(bench: Any, quiet: CpsCard, hash: Hash, number: str) -> None:
    digest = hashlib.new(hash, b"").digest()
    quiet.sign_digest(digest, hash)
    assert sent(bench)[1:] == [
        f"012281B6049102{number}90",
        f"012A9E9A{len(digest):02X}" + digest.hex().upper() + "00",
    ]


def test_authentication_is_raw_rsa_in_a_chain(bench: Any, quiet: CpsCard) -> None:
    quiet.authenticate(INFO)
    padded = b"\x00\x01" + b"\xff" * (253 - len(INFO)) + b"\x00" + INFO
    assert sent(bench) == [
        "012000010431323334",
        "012241B803830120",
        "112A8086FF" + padded[:255].hex().upper(),
        "012A808601" + padded[255:].hex().upper() + "00",
    ]
    assert bench.chip.sent(Instruction.INTERNAL_AUTHENTICATE) == 0


def test_states_of_pins_are_empty_verify_of_four_bytes(bench: Any, quiet: CpsCard) -> None:
    quiet.pin_state()
    quiet.puk_state()
    assert sent(bench) == ["01200001", "01200002"]


def test_change_and_unblocking(bench: Any, quiet: CpsCard) -> None:
    quiet.change(PIN, OTHER)
    assert sent(bench) == ["012000010431323334", "012401010434333231"]
    bench.chip.commands.clear()
    quiet.unblock(PUK, PIN)
    assert sent(bench) == [
        CHIPDOC,
        "01200002083132333435363738",
        "012C0381",
        "012401010431323334",
    ]


# Finding ChipDoc again


def test_application_is_selected_again_after_a_reset_and_not_before(
    bench: Any, quiet: CpsCard
) -> None:
    quiet.pin_state()
    quiet.languages()
    assert CHIPDOC not in sent(bench)
    quiet.authenticate(INFO)
    quiet.pin_state()
    assert sent(bench).count(CHIPDOC) == 1


@pytest.mark.parametrize("away", [MANAGER, "reset"])
def test_program_that_moved_the_channel_is_noticed(bench: Any, quiet: CpsCard, away: str) -> None:
    for operation in (quiet.pin_state, quiet.read_data, lambda: quiet.authenticate(INFO)):
        if away == "reset":
            bench.chip.inner.reset()
        else:
            bench.chip.inner.transmit(bytes.fromhex(away))
        operation()


RECOVERY = {
    "6985": [MANAGER, APPLET, CHIPDOC],
    "6E00": [CHIPDOC],
    "6A86": [CHIPDOC],
    "6881": [CHIPDOC],
    "6D00": [CHIPDOC],
}


@pytest.mark.parametrize(("sw", "recovery"), RECOVERY.items())
def test_first_command_of_a_transaction_is_repeated_after_a_recovery(
    bench: Any, quiet: CpsCard, sw: str, recovery: list[str]
) -> None:
    refused: list[bytes] = []

    def change(command: bytes, answer: bytes) -> bytes:
        if not refused:
            refused.append(command)
            return bytes.fromhex(sw)
        return answer

    bench.chip.change = change
    assert quiet.pin_state().tries_left == 3
    assert sent(bench) == ["01200001", *recovery, "01200001"]


@pytest.mark.parametrize("sw", RECOVERY)
def test_command_that_stays_refused_is_repeated_once(bench: Any, quiet: CpsCard, sw: str) -> None:
    bench.chip.change = lambda command, answer: (
        bytes.fromhex(sw) if command[1] == Instruction.GET_CHALLENGE else answer
    )
    with pytest.raises(CardError) as caught:
        quiet.random(8)
    assert caught.value.facts["sw"] == sw
    assert bench.chip.sent(Instruction.GET_CHALLENGE) == 2


def test_later_refusal_in_a_transaction_is_the_cards_last_word(bench: Any, quiet: CpsCard) -> None:
    """A signature that is refused is not tried again: the environment would be gone."""
    bench.chip.change = lambda command, answer: (
        b"\x69\x85" if command[1] == Instruction.PERFORM_SECURITY_OPERATION else answer
    )
    with pytest.raises(CardError) as caught:
        quiet.sign_pss(DIGEST)
    assert caught.value.facts["sw"] == "6985"
    assert bench.chip.sent(Instruction.PERFORM_SECURITY_OPERATION) == 1


def test_application_that_is_refused_at_first_is_found_by_the_long_way(bench: Any) -> None:
    refused: list[bytes] = []

    def change(command: bytes, answer: bytes) -> bytes:
        if command == bytes.fromhex(CHIPDOC) and not refused:
            refused.append(command)
            return b"\x6a\x82"
        return answer

    bench.chip.change = change
    assert bench.open().serial == "31006037"
    assert sent(bench)[:5] == [CHIPDOC, MANAGER, APPLET, CHIPDOC, "01A4080002D00300"]


def test_card_without_the_application_is_no_cps(bench: Any) -> None:
    bench.chip.change = lambda command, answer: b"\x6a\x82" if command[2] == 0x04 else answer
    with pytest.raises(NotACpsError) as caught:
        open_card(bench.reader)
    assert caught.value.code == "cryptolib.not_a_cps"
    assert len(bench.chip.commands) == 4


@pytest.mark.parametrize(
    "atr", ["3BAC00402A001225006480000401009000", "3BDC18FF00001225006480000501009000"]
)
def test_card_whose_answer_to_reset_may_be_of_both_generations_is_asked(
    bench: Any, atr: str
) -> None:
    """The mask of the CPS3 covers it; it is none, and then found to be a CPS4."""
    bench.chip.atr = bytes.fromhex(atr)
    bench.reader.insert(bench.chip)
    assert bench.open().identity.face is CardFace.CPS4


OPERATIONS: dict[str, Callable[[CpsCard], object]] = {
    "authenticate": lambda card: card.authenticate(INFO),
    "sign": lambda card: card.sign(b"text"),
    "pss": lambda card: card.sign_pss(DIGEST),
    "decipher": lambda card: card.decipher(bytes(256)),
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
def test_keys_need_the_pin(card: CpsCard, operation: Callable[[CpsCard], object]) -> None:
    with pytest.raises(CardError) as caught:
        operation(card)
    assert caught.value.code == "cryptolib.pin_needed"


@pytest.mark.parametrize(
    ("times", "folders"), [(1, ["01A4080002000100"]), (2, ["01A4080002000100", "01A40000023F0000"])]
)
def test_key_that_is_not_known_where_the_card_stands_is_looked_for_where_it_may_be(
    bench: Any, quiet: CpsCard, times: int, folders: list[str]
) -> None:
    refused: list[bytes] = []

    def change(command: bytes, answer: bytes) -> bytes:
        if command[1] == Instruction.MANAGE_SECURITY_ENVIRONMENT and len(refused) < times:
            refused.append(command)
            return b"\x6a\x88"
        return answer

    bench.chip.change = change
    quiet.sign_pss(DIGEST)
    environment = sent(bench)[1]
    asked = [item for folder in folders for item in (folder, environment)]
    assert sent(bench)[1:-1] == [environment, *asked]


def test_key_that_is_nowhere_is_an_error(bench: Any, quiet: CpsCard) -> None:
    bench.chip.change = lambda command, answer: (
        b"\x6a\x88" if command[1] == Instruction.MANAGE_SECURITY_ENVIRONMENT else answer
    )
    with pytest.raises(CardError) as caught:
        quiet.sign_pss(DIGEST)
    assert caught.value.facts == {"action": "MSE SET", "sw": "6A88"}
    assert bench.chip.sent(Instruction.MANAGE_SECURITY_ENVIRONMENT) == 3


def test_pin_that_is_not_known_where_the_card_stands_is_presented_at_home(
    bench: Any, quiet: CpsCard
) -> None:
    refused: list[bytes] = []

    def change(command: bytes, answer: bytes) -> bytes:
        if command[1] == Instruction.VERIFY and not refused:
            refused.append(command)
            return b"\x6a\x88"
        return answer

    bench.chip.change = change
    quiet.verify(PIN)
    assert sent(bench) == ["012000010431323334", "01A40000023F0000", "012000010431323334"]
