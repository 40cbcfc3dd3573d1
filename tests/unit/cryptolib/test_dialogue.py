# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The bytes that go to the card, as the issuer's library sends them (found by trial)."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding

from caducee.base.secret import Secret
from caducee.cryptolib import CpsCard, Hash, KeyUse
from caducee.cryptolib.digest_info import digest_info
from caducee.spec.instructions import Instruction

PIN = "1234"
T1_ATR = bytes.fromhex("3BAC00412A001225006480000310009000")


@pytest.fixture
def card(bench: Any) -> CpsCard:
    made: CpsCard = bench.open()
    for use in made.uses:
        made.certificate(use)
    made.keep_pin(Secret.of(PIN))
    bench.chip.commands.clear()
    return made


def sent(bench: Any) -> list[str]:
    return [command.hex().upper() for command in bench.chip.commands]


def test_pin_is_presented_as_its_digits(bench: Any, card: CpsCard) -> None:
    card.verify(Secret.of(PIN))
    assert sent(bench)[-1] == "002000010431323334"


def test_authentication(bench: Any, card: CpsCard) -> None:
    block = digest_info(bytes(32), "sha256")
    card.authenticate(block)
    assert sent(bench) == [
        "00A4090C043F000001",
        "002000010431323334",
        "002241A406800102840182",
        "0088000033" + block.hex().upper(),
        "00C0000000",
    ]


@pytest.mark.parametrize(("algorithm", "number"), [(Hash.SHA256, "42"), (Hash.SHA1, "12")])
def test_signature_of_a_digest(bench: Any, card: CpsCard, algorithm: Hash, number: str) -> None:
    digest = bytes(32 if algorithm is Hash.SHA256 else 20)
    card.sign_digest(digest, algorithm)
    assert sent(bench)[2:] == [
        f"002241B6068001{number}840181",
        f"002A9E9A{len(digest):02X}" + digest.hex(),
        "00C0000000",
    ]


def test_signature_with_the_last_round_on_the_card(bench: Any, card: CpsCard) -> None:
    card.sign(b"a" * 106, last_round_on_card=True)
    first, second, *rest = sent(bench)[2:]
    assert first == "002241AA03800140"
    assert second.startswith("002A90A0569028")
    assert second.endswith("0000000000000200802A" + "61" * 42)
    assert rest == ["002241B606800142840181", "002A9E9A00"]


def test_short_message_has_no_state(bench: Any, card: CpsCard) -> None:
    card.sign(b"hello", Hash.SHA1, last_round_on_card=True)
    assert sent(bench)[2:4] == ["002241AA03800110", "002A90A0099000800568656C6C6F"]


def test_decipherment_in_a_chain(bench: Any, card: CpsCard) -> None:
    key: Any = card.certificate(KeyUse.AUTHENTICATION).public_key()
    cryptogram = key.encrypt(b"message", padding.PKCS1v15())
    card.decipher(cryptogram)
    whole = cryptogram.hex().upper()
    assert sent(bench)[2:5] == [
        "002241B80680011A840182",
        "102A8086FF81" + whole[: 254 * 2],
        "002A808602" + whole[254 * 2 :],
    ]


def test_counters_of_the_pin(bench: Any, card: CpsCard) -> None:
    card.pin_state()
    assert sent(bench)[:2] == ["00A4090C023F00", "00CB3FFF0A4D087006BF810102A080"]


def test_change_and_unblocking(bench: Any, card: CpsCard) -> None:
    card.change(Secret.of(PIN), Secret.of("4321"))
    assert sent(bench) == ["00A4090C023F00", "00240001083132333434333231"]
    bench.chip.commands.clear()
    card.unblock(Secret.of("12345678"), Secret.of(PIN))
    assert sent(bench) == [
        "00A4090C023F00",
        "00200002083132333435363738",
        "002C02010431323334",
    ]


def test_files_are_read_in_pieces_of_e7(bench: Any, card: CpsCard) -> None:
    bench.open().certificate(KeyUse.SIGNATURE)
    reads = [command for command in sent(bench) if command.startswith("00B0")]
    assert {"00B00000E7", "00B000E7E7", "00B001CEE7"} <= set(reads)
    assert all(command[4] <= 0xE7 for command in bench.chip.commands if command[1] == 0xB0)


def test_t0_commands_with_data_have_no_le(bench: Any, card: CpsCard) -> None:
    card.authenticate(bytes(20))
    for command in bench.chip.commands:
        if command[1] in (Instruction.INTERNAL_AUTHENTICATE, Instruction.SELECT):
            assert len(command) == 5 + command[4]


def test_t1_commands_have_le_and_need_no_get_response(bench: Any) -> None:
    """Under T=1 the card answers at once: FCP tell the sizes."""
    bench.chip.atr = T1_ATR
    bench.reader.insert(bench.chip)
    card = bench.open()
    assert card.holder().family_name == "DOC0000012"
    card.keep_pin(Secret.of(PIN))
    card.authenticate(bytes(20))
    card.sign(b"text")
    card.sign(b"text", last_round_on_card=True)
    selections = [command for command in bench.chip.commands if command[1] == Instruction.SELECT]
    assert all(
        selection[3] == 0x0C or len(selection) == 6 + selection[4] for selection in selections
    )
    authentication = next(
        command
        for command in bench.chip.commands
        if command[1] == Instruction.INTERNAL_AUTHENTICATE
    )
    assert authentication.endswith(b"\x00")
    assert bench.chip.sent(Instruction.GET_RESPONSE) == 0
