# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Variants of card behaviour, and rare answers."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest

from caducee.base.errors import CardError, MuteCardError, NotACpsError, PinBlockedError
from caducee.base.secret import Secret
from caducee.codec.apdu import CommandApdu
from caducee.codec.pkcs15 import AlgorithmInfo, PinEntry, TokenInfo
from caducee.cryptolib import CpsCard, Hash
from caducee.cryptolib.channel import Channel
from caducee.cryptolib.digest_info import digest_info
from caducee.cryptolib.drivers.cps3_contact import Cps3Contact
from caducee.cryptolib.drivers.cps4 import Cps4
from caducee.cryptolib.layout import CardPin
from caducee.reader.transport import Apdu, CardProtocol, Ending
from caducee.spec.algorithms import Mechanism
from caducee.spec.instructions import Instruction
from caducee.spec.pkcs15 import Operations, PinFlags
from caducee.virtualcard.personalise import cps4

T1_ATR = bytes.fromhex("3BAC00412A001225006480000310009000")
INFO = digest_info(bytes(32), "sha256")
OK = b"\x90\x00"


def test_card_that_refuses_reading_beyond_the_end_is_asked_for_sizes(bench: Any) -> None:
    def change(command: bytes, answer: bytes) -> bytes:
        return b"\x67\x00" if answer.endswith(b"\x62\x82") else answer

    bench.chip.change = change
    card = bench.open()
    assert card.holder().family_name == "DOC0000012"
    assert card.languages() == ("fr", "en")


def test_file_of_exactly_one_piece_ends_at_the_wrong_offset(bench: Any) -> None:
    def change(command: bytes, answer: bytes) -> bytes:
        beyond = command[1] == Instruction.READ_BINARY and command[2:4] == b"\x00\xe7"
        return b"\x6b\x00" if beyond else answer

    card = bench.open()
    bench.chip.change = change
    assert len(card.read_data()) == 0xE7


@pytest.mark.parametrize("face", ["contact", "contactless", "cps4"])
def test_card_that_requires_the_exact_length_of_its_answer_gets_it(
    make_bench: Any, content: Any, cps4_content: Any, face: str
) -> None:
    """ISO 7816-3 section 10.3.2: ``6Cxx`` holds the right length."""
    four = face == "cps4"
    variant = {"personalise": cps4} if four else {"face": face}
    bench = make_bench(cps4_content if four else content, **variant)
    bench.chip.atr = T1_ATR if face == "contact" else None
    bench.reader.insert(bench.chip)

    def change(command: bytes, answer: bytes) -> bytes:
        size = len(answer) - 2
        asked = len(command) == 5 or (len(command) > 5 and len(command) == 6 + command[4])
        exact = not size or not asked or command[-1] == size % 256
        return answer if exact else bytes((0x6C, size % 256))

    bench.chip.change = change
    card = bench.open()
    for use in card.uses:
        card.certificate(use)
    assert card.read_data().startswith(b"hello")
    assert card.token_label


def test_algorithm_numbers_come_from_the_token_info(bench: Any) -> None:
    """TokenInfo says other numbers than every CPS3 has: they are the ones that are sent."""
    new = {0x12: 0x71, 0x42: 0x72, 0x02: 0x73, 0x1A: 0x74, 0x10: 0x75, 0x40: 0x76}
    named = TokenInfo.build(
        "L", TokenInfo.from_bytes(token_info()).flags, algorithms=renumbered(new)
    )
    back = {value: key for key, value in new.items()}

    class Translated:
        def __init__(self, inner: Any) -> None:
            self.inner = inner
            self.selected = b""
            self.seen: list[int] = []

        def __getattr__(self, name: str) -> Any:
            return getattr(self.inner, name)

        def transmit(self, command: Apdu) -> bytes:
            if command[1] == Instruction.SELECT:
                self.selected = bytes(command[5 : 5 + command[4]])
            if command[1] == Instruction.READ_BINARY and self.selected.endswith(b"\x50\x32"):
                return named.to_bytes() + b"\x62\x82"
            if command[1] == Instruction.MANAGE_SECURITY_ENVIRONMENT:
                assert command[5:7] == b"\x80\x01"
                self.seen.append(command[7])
                command = command[:7] + bytes((back[command[7]],)) + command[8:]
            return bytes(self.inner.transmit(command))

    chip = Translated(bench.chip)
    bench.reader.insert(chip)
    card = bench.open()
    card.verify(Secret.of("1234"))
    card.sign(b"text")
    card.sign(b"text", Hash.SHA1)
    card.sign(b"text", last_round_on_card=True)
    card.authenticate(INFO)
    assert chip.seen == [0x72, 0x71, 0x76, 0x72, 0x73]


def token_info() -> bytes:
    return TokenInfo.build(
        "L", TokenInfo.from_bytes(bytes.fromhex("300702010003020470")).flags
    ).to_bytes()


def renumbered(new: dict[int, int]) -> list[AlgorithmInfo]:
    sign, hashing = Operations.COMPUTE_SIGNATURE, Operations.HASH
    usual = [
        (Mechanism.SHA1, hashing, 0x10),
        (Mechanism.SHA256, hashing, 0x40),
        (Mechanism.SHA1_RSA_PKCS, sign, 0x12),
        (Mechanism.SHA256_RSA_PKCS, sign, 0x42),
        (Mechanism.RSA_PKCS, sign, 0x02),
        (Mechanism.RSA_PKCS, Operations.DECIPHER, 0x1A),
    ]
    return [
        AlgorithmInfo.build(place, mechanism, operation, new[number])
        for place, (mechanism, operation, number) in enumerate(usual)
    ]


def test_algorithm_numbers_are_the_usual_ones_without_a_list(bench: Any) -> None:
    def change(command: bytes, answer: bytes) -> bytes:
        return token_info() + OK if answer[2:6].startswith(b"\x8d\x02\x01\x00") else answer

    bench.chip.change = change
    card = bench.open()
    card.verify(Secret.of("1234"))
    card.authenticate(INFO)
    card.sign(b"text")


def test_pin_that_is_not_known_in_the_folder_is_presented_at_home(bench: Any) -> None:
    refused: list[bytes] = []

    def change(command: bytes, answer: bytes) -> bytes:
        if command[1] == Instruction.VERIFY and not refused:
            refused.append(command)
            return b"\x6a\x88"
        return answer

    card = bench.open()
    bench.chip.change = change
    card.verify(Secret.of("1234"))
    card.authenticate(INFO)
    assert len(refused) == 1


def test_counters_come_from_an_empty_verify_where_get_data_is_refused(bench: Any) -> None:
    def change(command: bytes, answer: bytes) -> bytes:
        if command[1] == Instruction.GET_DATA:
            return b"\x6a\x88"
        return b"\x63\xc2" if command == bytes.fromhex("00200001") else answer

    card = bench.open()
    bench.chip.change = change
    state = card.pin_state()
    assert (state.tries_left, state.tries_max) == (2, None)


@pytest.mark.parametrize(
    ("answer", "left"),
    [("63C0", 0), ("6983", 0), ("6984", 0), ("63C3", 3), ("9000", None), ("6D00", None)],
)
def test_empty_verify_reports_what_it_can(bench: Any, answer: str, left: int | None) -> None:
    card = bench.open()
    bench.chip.change = lambda command, own: (
        bytes.fromhex(answer) if command[1] in (0xCB, 0x20) else own
    )
    assert card.pin_state().tries_left == left


@pytest.mark.parametrize(
    ("attributes", "left"),
    [
        ("9A0103 9B0102 9D02FFFF", 2),
        ("9B0102", 2),
        ("9A0103 9B0103 9D020000", 0),
        ("9A0103 9B0100", 0),
    ],
)
def test_counters_are_read_from_the_attributes(bench: Any, attributes: str, left: int) -> None:
    inner = bytes.fromhex(attributes)
    a0 = bytes((0xA0, len(inner))) + inner
    pin = bytes.fromhex("BF8101") + bytes((len(a0),)) + a0
    card = bench.open()
    bench.chip.change = lambda command, own: (
        bytes((0x70, len(pin))) + pin + OK if command[1] == 0xCB else own
    )
    assert card.pin_state().tries_left == left


@pytest.mark.parametrize("sw", ["63C0", "6983", "6984"])
def test_pin_without_tries_is_blocked(bench: Any, sw: str) -> None:
    card = bench.open()
    bench.chip.change = lambda command, own: (
        bytes.fromhex(sw) if command[1] == Instruction.VERIFY else own
    )
    with pytest.raises(PinBlockedError) as caught:
        card.verify(Secret.of("1234"))
    assert caught.value.facts["tries_left"] == 0


def test_card_that_goes_mute_ends(bench: Any) -> None:
    card: CpsCard = bench.open()
    card.verify(Secret.of("1234"))
    kept = vars(card)["_kept_pin"]
    bench.chip.change = lambda command, own: b""
    with pytest.raises(MuteCardError):
        card.authenticate(INFO)
    assert len(kept) == 0


def test_update_file_that_may_not_be_read_is_an_error(bench: Any) -> None:
    bench.chip.change = lambda command, own: b"\x69\x82" if command.endswith(b"\xd0\x10") else own
    with pytest.raises(CardError) as caught:
        bench.open()
    assert not isinstance(caught.value, NotACpsError)


def test_challenge_of_another_length_is_an_error(bench: Any) -> None:
    card = bench.open()
    bench.chip.change = lambda command, own: b"\x01\x02" + OK
    with pytest.raises(CardError) as caught:
        card.random(8)
    assert caught.value.code == "cryptolib.answer_invalid"


def test_file_without_a_size_is_not_written(bench: Any) -> None:
    card = bench.open()
    bench.chip.change = lambda command, own: OK
    with pytest.raises(CardError) as caught:
        card.write_data(b"data")
    assert caught.value.code == "cryptolib.answer_invalid"


def test_chain_that_is_refused_ends(bench: Any) -> None:
    card = bench.open()
    card.verify(Secret.of("1234"))
    bench.chip.change = lambda command, own: b"\x68\x84" if command[0] == 0x10 else own
    with pytest.raises(CardError) as caught:
        card.decipher(bytes(256))
    assert caught.value.facts["sw"] == "6884"


class Scripted:
    """A transport that notes commands and gives prepared answers."""

    atr = bytes.fromhex("3BAC00402A001225006480000310009000")
    protocol = CardProtocol.T0

    def __init__(self, answer: bytes = OK) -> None:
        self.answer = answer
        self.sent: list[str] = []

    def transmit(self, command: Apdu) -> bytes:
        self.sent.append(command.hex().upper())
        return self.answer

    def reset(self) -> bytes:
        return self.atr

    def transaction(self, ending: Ending = Ending.RESET) -> AbstractContextManager[None]:
        return nullcontext()

    def undisturbed(self) -> bool:
        return True

    def shared(self) -> bool:
        return False

    def leave(self, *, verified: bool = False) -> None:
        pass

    def rest(self) -> None:
        pass

    def control(self, code: int, data: bytes = b"", *, whole: bool = False) -> bytes:
        return b""

    def close(self) -> None:
        pass


FOLDER, HOME = bytes.fromhex("3F000001"), bytes.fromhex("3F000007")


@pytest.mark.parametrize(
    ("reference", "flags", "where"),
    [
        (0x01, PinFlags.INITIALIZED, FOLDER),
        (0x81, PinFlags.INITIALIZED, HOME),
        (0x01, PinFlags.LOCAL, HOME),
    ],
)
def test_pin_of_a_folder_is_presented_there(reference: int, flags: PinFlags, where: bytes) -> None:
    entry = PinEntry.build("PIN", b"\x01", reference, flags, (4, 8, 8))
    transport = Scripted()
    driver = Cps3Contact(Channel(transport))
    driver.verify(CardPin(entry, HOME), Secret.of("1234"), FOLDER)
    selected, verified = transport.sent
    assert selected == "00A4090C04" + where.hex().upper()
    assert verified == f"002000{reference:02X}0431323334"


@pytest.mark.parametrize("answer", [b"", b"\x90", bytes(0x10003)])
def test_answer_that_is_none_is_an_error(answer: bytes) -> None:
    channel = Channel(Scripted(answer))
    for send in (channel.exchange, channel.send):
        with pytest.raises(CardError) as caught:
            send(CommandApdu(0, Instruction.GET_CHALLENGE, 0, 0, le=8))
        assert caught.value.code == "cryptolib.answer_invalid"


class ScriptedCps4(Scripted):
    """A CPS4 that knows no code."""

    def transmit(self, command: Apdu) -> bytes:
        super().transmit(command)
        return b"\x6a\x88" if command[1] == Instruction.VERIFY else OK


@pytest.mark.parametrize(
    ("reference", "flags", "tried"),
    [(0x01, PinFlags.INITIALIZED, 2), (0x81, PinFlags.INITIALIZED, 1), (0x01, PinFlags.LOCAL, 1)],
)
def test_pin_of_a_cps4_is_presented_once_in_each_place(
    reference: int, flags: PinFlags, tried: int
) -> None:
    entry = PinEntry.build("PIN", b"\x01", reference, flags, (4, 8, 8))
    transport = ScriptedCps4()
    with pytest.raises(CardError) as caught:
        Cps4(Channel(transport)).verify(CardPin(entry, HOME), Secret.of("1234"), FOLDER)
    assert caught.value.facts["sw"] == "6A88"
    chipdoc, *rest = transport.sent
    assert chipdoc == "01A4040C088025000001FF0100"
    verified = f"012000{reference:02X}0431323334"
    assert rest == [verified] * (tried - 1) + ["01A40800020007", verified]
