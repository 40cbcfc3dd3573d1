# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Which card is in the reader: of which generation and side, or none of the family."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from caducee.base.errors import CardError, MuteCardError, NotACpsError
from caducee.base.secret import Secret
from caducee.cryptolib import KeyUse, open_card
from caducee.cryptolib.digest_info import digest_info
from caducee.cryptolib.presence import identify
from caducee.reader.memory import MemoryReader
from caducee.spec.atrs import STORAGE_CARD
from caducee.spec.foreign_cards import PAYMENT, VITALE
from caducee.virtualcard.personalise import ContactlessChip, PersonalisationData, cps3, cps4

PIN = Secret.of("1234")
INFO = digest_info(bytes(32), "sha256")


class Badge:
    """A chip that a contactless reader shows as a storage card."""

    def __init__(self, answer: bytes, atr: bytes = STORAGE_CARD) -> None:
        self.answer, self.atr = answer, atr
        self.commands: list[bytes] = []

    def power_on(self) -> bytes:
        return self.atr

    def power_off(self) -> None:
        pass

    def reset(self) -> bytes:
        return self.atr

    def transmit(self, command: bytes) -> bytes:
        self.commands.append(command)
        return self.answer


def reader_with(chip: Any) -> MemoryReader:
    reader = MemoryReader()
    reader.insert(chip)
    return reader


def test_card_before_december_2020_only_identifies(
    make_bench: Any, content: PersonalisationData
) -> None:
    old = replace(content, contactless=ContactlessChip.IDENTIFICATION, two_applications=False)
    bench = make_bench(old, face="contactless")
    for ask in (open_card, identify):
        with pytest.raises(NotACpsError) as caught:
            ask(bench.reader)
        assert caught.value.code == "cryptolib.identifies_only"
        assert caught.value.facts["size"] == 4
        assert len(str(caught.value.facts["uid"])) == 8
    assert {command.hex() for command in bench.chip.commands} == {"ffca000000"}


@pytest.mark.parametrize("size", [4, 7, 10])
def test_identifier_of_a_badge_is_reported_with_its_length(size: int) -> None:
    uid = bytes(range(1, size + 1))
    badge = Badge(uid + b"\x90\x00", STORAGE_CARD[:13] + b"\x00\x02" + bytes(5))
    with pytest.raises(NotACpsError) as caught:
        open_card(reader_with(badge))
    assert caught.value.facts == {"uid": uid.hex().upper(), "size": size}


@pytest.mark.parametrize(
    "answer", ["9000", "01029000", "6A81", "0102030463C1", "00" * 300 + "9000"]
)
def test_reader_that_does_not_tell_the_identifier_leaves_a_card_that_is_no_cps(answer: str) -> None:
    with pytest.raises(NotACpsError) as caught:
        open_card(reader_with(Badge(bytes.fromhex(answer))))
    assert caught.value.code == "cryptolib.not_a_cps"


@pytest.mark.parametrize(
    "atr", [VITALE, PAYMENT, bytes.fromhex("3B00"), b""], ids=["vitale", "payment", "short", "mute"]
)
def test_foreign_card_is_reported_without_a_command(atr: bytes) -> None:
    badge = Badge(b"\x90\x00", atr)
    error = NotACpsError if atr else MuteCardError
    with pytest.raises(error) as caught:
        open_card(reader_with(badge))
    assert caught.value.advice()
    assert badge.commands == []


def test_likeliest_driver_says_why_a_card_is_none(bench: Any) -> None:
    bench.chip.atr = bytes.fromhex("3BAC00402A001225006480000410009000")
    bench.chip.change = lambda command, answer: (
        bytes(12) + b"\x90\x00" if command[1] == 0xB0 else answer
    )
    bench.reader.insert(bench.chip)
    with pytest.raises(NotACpsError) as caught:
        open_card(bench.reader)
    assert caught.value.code == "cryptolib.serial_invalid"


def test_r3v3_is_opened_and_no_identifier_is_asked(contactless_bench: Any) -> None:
    contactless_bench.open()
    assert not any(command[0] == 0xFF for command in contactless_bench.chip.commands)


def test_sides_of_one_card_tell_one_serial(make_bench: Any, content: PersonalisationData) -> None:
    image = cps3(content)
    sides = [identify(make_bench(image, face=face).reader) for face in ("contact", "contactless")]
    assert sides[0].icc == sides[1].icc
    assert sides[0].face is not sides[1].face


# Certificates and keys that do not fit each other

PERSONALISE: dict[str, Callable[[PersonalisationData], Any]] = {"cps3": cps3, "cps4": cps4}


@pytest.fixture(params=PERSONALISE)
def generation(request: Any) -> str:
    return str(request.param)


def exchanged(content: PersonalisationData, personalise: Any) -> Any:
    """A sound image in which the two private keys change places."""
    image = personalise(content)
    item, other, *rest = image.keys
    keys = [
        msgspec.structs.replace(item, private_key=other.private_key),
        msgspec.structs.replace(other, private_key=item.private_key),
        *rest,
    ]
    return msgspec.structs.replace(image, keys=keys)


def test_exchanged_keys_are_found_and_named(
    make_bench: Any,
    content: PersonalisationData,
    cps4_content: PersonalisationData,
    generation: str,
) -> None:
    mine = content if generation == "cps3" else cps4_content
    card = make_bench(exchanged(mine, PERSONALISE[generation])).open()
    card.verify(PIN)
    acts: list[tuple[Callable[[], object], str, str]] = [
        (lambda: card.authenticate(INFO), "authentication", "signature"),
        (lambda: card.sign(b"text"), "signature", "authentication"),
    ]
    for act, use, fits in acts:
        with pytest.raises(CardError) as caught:
            act()
        assert caught.value.code == "cryptolib.signature_wrong"
        assert caught.value.facts == {"use": use, "fits": fits}


def test_certificate_of_another_holder_is_found(
    make_bench: Any,
    content: PersonalisationData,
    cps4_content: PersonalisationData,
    keys: Any,
    generation: str,
) -> None:
    mine = content if generation == "cps3" else cps4_content
    image = PERSONALISE[generation](mine)
    other_key = keys.other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    sign, auth, *rest = image.keys
    auth = msgspec.structs.replace(auth, private_key=Secret(other_key))
    image = msgspec.structs.replace(image, keys=[sign, auth, *rest])
    card = make_bench(image).open()
    card.verify(PIN)
    with pytest.raises(CardError) as caught:
        card.authenticate(INFO)
    assert caught.value.code == "cryptolib.signature_wrong"
    assert caught.value.facts == {"use": "authentication", "fits": None}


@pytest.mark.parametrize("unused", [1, 7, 255])
def test_wrong_unused_bits_are_repaired_on_every_side(
    make_bench: Any, content: PersonalisationData, cps4_content: PersonalisationData, unused: int
) -> None:
    def spoiled(der: bytes) -> bytes:
        return der[:-257] + bytes((unused,)) + der[-256:]

    technical = content.technical_certificate or b""
    for bench, whole, use in (
        (make_bench(content, face="contactless"), technical, KeyUse.TECHNICAL),
        (
            make_bench(cps4_content, personalise=cps4),
            cps4_content.auth_certificate,
            KeyUse.AUTHENTICATION,
        ),
    ):
        bench.chip.change = _replacing(spoiled(whole))
        card = bench.open()
        assert card.certificate(use).serial_number


def _replacing(whole: bytes) -> Callable[[bytes, bytes], bytes]:
    """Give the last piece of a certificate as the spoiled one has it."""
    sound = whole[:-257] + b"\x00" + whole[-256:]

    def change(command: bytes, answer: bytes) -> bytes:
        place = sound.find(answer[:-2]) if command[1] == 0xB0 and len(answer) > 30 else -1
        return whole[place : place + len(answer) - 2] + answer[-2:] if place >= 0 else answer

    return change
