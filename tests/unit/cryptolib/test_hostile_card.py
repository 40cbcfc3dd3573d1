# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Whatever a card answers: an error of the tree, after a bounded number of commands."""

import contextlib
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.utils import CryptographyDeprecationWarning
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caducee.base.errors import CardError, CpsError, NotACpsError
from caducee.base.secret import Secret
from caducee.codec.pkcs15 import CertificateEntry, DataEntry, OdfEntry, PinEntry
from caducee.codec.tlv import Tlv, build
from caducee.cryptolib import CpsCard, KeyUse, open_card
from caducee.cryptolib.digest_info import digest_info
from caducee.reader.memory import Chip, MemoryReader
from caducee.spec.aids import CPS3_CONTACT
from caducee.spec.instructions import Instruction
from caducee.spec.pkcs15 import DirectoryKind, ObjectFlags, PinFlags
from caducee.spec.tags import DirTag

ATR = bytes.fromhex("3BAC00402A001225006480000310009000")
OK = b"\x90\x00"
MANY = 20_000
"""No session with a card takes so many commands; a real one takes some 150."""

REUSED_FIXTURE = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150
)


class Hostile:
    """A chip that gives prepared answers, and counts."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self.answer = answer
        self.count = 0
        self.resets = 0

    def power_on(self) -> bytes:
        return ATR

    def power_off(self) -> None:
        pass

    def reset(self) -> bytes:
        self.resets += 1
        return ATR

    def transmit(self, command: bytes) -> bytes:
        self.count += 1
        assert self.count < MANY
        return self.answer(command)


def operations(card: CpsCard) -> Iterator[Callable[[], object]]:
    code, new = Secret.of("1234"), Secret.of("4321")
    yield lambda: card.token_label + card.serial + card.card_number
    yield card.holder
    yield card.languages
    yield card.pin_state
    yield lambda: card.certificate(KeyUse.SIGNATURE)
    yield lambda: card.verify(code)
    yield card.activities
    yield card.data_objects
    yield lambda: card.sign(b"data" * 100)
    yield lambda: card.sign(b"data" * 100, last_round_on_card=True)
    yield lambda: card.authenticate(digest_info(bytes(32), "sha256"))
    yield lambda: card.authenticate(digest_info(bytes(32), "sha256"), KeyUse.TECHNICAL)
    yield lambda: card.sign_pss(bytes(32))
    yield lambda: card.sign_pss(bytes(64), "sha512")
    yield lambda: card.decipher(bytes(256))
    yield card.billing
    yield card.puk_state
    yield lambda: card.random(20)
    yield card.read_data
    yield lambda: card.write_data(b"data")
    yield lambda: card.change(code, new)
    yield lambda: card.unblock(Secret.of("12345678"), code)


def use(chip: Chip) -> None:
    """Do everything that can be done with a card; errors of the tree are fair."""
    reader = MemoryReader()
    reader.insert(chip)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        try:
            card = open_card(reader)
        except CpsError:
            return
        with card:
            for operation in operations(card):
                with contextlib.suppress(CpsError):
                    operation()


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=40))
def test_random_answers(answers: list[bytes]) -> None:
    turn = iter(range(MANY))
    use(Hostile(lambda command: answers[next(turn) % len(answers)]))


def serial_then(answer: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """A card that is a CPS by its serial number, and then does as it likes."""
    serial = bytes.fromhex("5A0A80250000012900995 29F".replace(" ", "")) + OK
    begun = [b"\x90\x00", serial]
    return lambda command: begun.pop(0) if begun else answer(command)


@pytest.mark.parametrize("sw", ["6101", "61FF", "6100", "6C01", "6C00", "9FFF"], ids=str)
@pytest.mark.parametrize("data", [0, 1, 256], ids=lambda it: f"{it} bytes")
def test_endless_announcements(sw: str, data: int) -> None:
    chip = Hostile(serial_then(lambda command: bytes(data) + bytes.fromhex(sw)))
    use(chip)


def test_endless_announcements_are_named() -> None:
    reader = MemoryReader()
    reader.insert(Hostile(serial_then(lambda command: b"\x00\x61\x10")))
    with pytest.raises(CardError) as caught:
        open_card(reader)
    assert caught.value.code == "cryptolib.answer_endless"


@pytest.mark.parametrize("size", [0, 1, 2, 257, 300, 65_535, 70_000])
def test_answers_of_any_length(size: int) -> None:
    use(Hostile(serial_then(lambda command: bytes(size) + OK)))


def card_of(files: dict[str, bytes], fcp: Callable[[bytes], bytes] | None = None) -> Hostile:
    """A card that serves files by path, whatever they hold."""
    selected = [b""]

    def answer(command: bytes) -> bytes:
        if command[1] == Instruction.SELECT:
            selected[0] = command[5 : 5 + command[4]]
            known = selected[0].hex().upper() in files
            return (fcp(selected[0]) if fcp else b"") + OK if known else b"\x6a\x82"
        if command[1] == Instruction.READ_BINARY:
            content = files.get(selected[0].hex().upper(), b"")
            offset = int.from_bytes(command[2:4])
            part = content[offset : offset + command[4]]
            return part + (OK if len(part) == command[4] else b"\x62\x82")
        return OK

    return Hostile(answer)


FOLDER = bytes.fromhex("3F000001")
DIRECTORY = build(
    Tlv.build(DirTag.APPLICATION, Tlv(DirTag.AID, CPS3_CONTACT), Tlv(DirTag.PATH, FOLDER))
)
TOKEN_INFO = bytes.fromhex("300C 020100 8003 434C4F 03020470".replace(" ", ""))


def files_of(*odf: OdfEntry, **more: bytes) -> dict[str, bytes]:
    known = {
        "3F00": b"",
        "3F000001": b"",
        "3F00D003": bytes.fromhex("5A0A8025000001290099529F"),
        "3F002F00": DIRECTORY,
        "3F0000015031": build(*(item.tlv for item in odf)),
        "3F0000015032": TOKEN_INFO,
    }
    return known | {name.removeprefix("f"): content for name, content in more.items()}


def opening(chip: Hostile) -> str:
    """Return the code of the error, or nothing when the card opened."""
    reader = MemoryReader()
    reader.insert(chip)
    try:
        open_card(reader).close()
    except CpsError as error:
        return error.code
    return ""


def odf(kind: DirectoryKind, path: str) -> OdfEntry:
    return OdfEntry.build(kind, bytes.fromhex(path))


DATA_FILE = odf(DirectoryKind.DATA_OBJECTS, "3F0000017006")


def test_plain_card_of_this_file_opens() -> None:
    assert opening(card_of(files_of(DATA_FILE, f3F0000017006=b""))) == ""


def test_directory_with_thousands_of_entries_is_refused() -> None:
    entry = DataEntry.build("X", bytes.fromhex("D100"), application="").to_bytes()
    chip = card_of(files_of(DATA_FILE, f3F0000017006=entry * 900))
    assert opening(chip) == "cryptolib.too_much"


def test_directory_of_many_directories_is_refused() -> None:
    chip = card_of(files_of(*[DATA_FILE] * 40, f3F0000017006=b""))
    assert opening(chip) == "cryptolib.too_much"


def test_directory_that_names_itself_ends() -> None:
    own = odf(DirectoryKind.DATA_OBJECTS, "3F0000015031")
    chip = card_of(files_of(own))
    assert opening(chip) == ""
    assert chip.count < 20


def test_endless_file_ends() -> None:
    chip = card_of(files_of(DATA_FILE, f3F0000017006=b"\x04\x82\xff\xff" * 0x4000))
    assert opening(chip).startswith("cryptolib.")
    assert chip.count < 200


@pytest.mark.parametrize(
    "item",
    ["30 84 FFFFFFFF", "30 83 010000", "30 80", "1F FFFFFFFFFF", "00 30", "BF8181818101 00"],
)
def test_lying_lengths_and_tags_in_a_directory_are_refused(item: str) -> None:
    chip = card_of(files_of(DATA_FILE, f3F0000017006=bytes.fromhex(item)))
    assert opening(chip) == "cryptolib.directory_invalid"


@pytest.mark.parametrize("path", ["3F", "3F000001D1", "3F00" + "0001" * 20, ""])
def test_object_with_a_path_that_is_none_does_not_hide_the_others(path: str) -> None:
    sound = DataEntry.build("SOUND", bytes.fromhex("3F000001D100"), application="")
    broken = DataEntry.build("BROKEN", bytes.fromhex(path), application="")
    files = files_of(
        DATA_FILE, f3F0000017006=build(broken.tlv, sound.tlv), f3F000001D100=b"\xe4\x00"
    )
    reader = MemoryReader()
    reader.insert(card_of(files))
    found = {
        data_object.label: data_object.value for data_object in open_card(reader).data_objects()
    }
    assert found["SOUND"] == b"\xe4\x00"
    assert found.get("BROKEN") is None


def test_entries_deep_inside_each_other_are_survived() -> None:
    nested = b""
    for _ in range(2000):
        nested = b"\x30\x84" + len(nested).to_bytes(4) + nested
    chip = card_of(files_of(DATA_FILE, f3F0000017006=nested))
    assert opening(chip) == ""


@pytest.mark.parametrize("size", [0, 1, 0x7FFF, 0x8001, 0xFFFF_FFFF])
def test_file_control_parameters_that_lie_about_sizes(size: int) -> None:
    def fcp(path: bytes) -> bytes:
        return Tlv.build(0x62, Tlv(0x80, size.to_bytes(4))).to_bytes()

    chip = card_of(files_of(DATA_FILE, f3F0000017006=b""), fcp)
    use(chip)
    assert chip.count < 500


def test_file_larger_than_any_is_refused_before_it_is_read() -> None:
    chip = card_of(files_of(), lambda path: bytes.fromhex("6206 8004 7FFFFFFF".replace(" ", "")))
    assert opening(chip) == "cryptolib.too_much"


def test_certificate_that_is_none_is_an_error(bench: Any) -> None:
    card = bench.open()
    bench.chip.change = lambda command, answer: (
        b"\x30\x03\x02\x01\x05" + OK if command[1] == Instruction.READ_BINARY else answer
    )
    with pytest.raises(CardError) as caught:
        card.certificate(KeyUse.AUTHENTICATION)
    assert caught.value.code == "cryptolib.certificate_invalid"


def test_certificate_of_another_key_is_found_by_the_signature(
    make_bench: Any, content: Any
) -> None:
    from dataclasses import replace

    swapped = replace(content, auth_certificate=content.sign_certificate)
    try:
        card = make_bench(swapped).open()
    except CpsError:
        return  # such a card cannot even be made
    card.verify(Secret.of("1234"))
    with pytest.raises(CardError) as caught:
        card.authenticate(digest_info(bytes(32), "sha256"))
    assert caught.value.code == "cryptolib.signature_wrong"


def test_private_flag_wins_when_two_objects_name_one_file() -> None:
    path = bytes.fromhex("3F000001D100")
    public = DataEntry.build("CPS_NAME_PS", path, application="CPS")
    private = DataEntry.build(
        "CPS_SIT_FACT", path, application="CPS", flags=ObjectFlags.PRIVATE, auth_id=b"\x01"
    )
    files = files_of(
        DATA_FILE, f3F0000017006=build(public.tlv, private.tlv), f3F000001D100=b"\xe4\x00"
    )
    reader = MemoryReader()
    reader.insert(card_of(files))
    card = open_card(reader)
    card.holder()
    assert path not in vars(card)["_files"].__dict__["_known"]


def test_pin_that_a_public_operation_needed_is_reset_too() -> None:
    """On this card the holder's name is behind the code, which no CPS does."""
    path = bytes.fromhex("3F000001D100")
    name = DataEntry.build(
        "CPS_NAME_PS", path, application="CPS", flags=ObjectFlags.PRIVATE, auth_id=b"\x01"
    )
    pin = PinEntry.build("PIN", b"\x01", 1, PinFlags.INITIALIZED, (4, 8, 8))
    files = files_of(
        DATA_FILE,
        odf(DirectoryKind.AUTHENTICATION_OBJECTS, "3F0000017001"),
        f3F0000017006=name.to_bytes(),
        f3F0000017001=pin.to_bytes(),
        f3F000001D100=b"\xe4\x03\x84\x01N",
    )
    chip = card_of(files)
    reader = MemoryReader()
    reader.insert(chip)
    card = open_card(reader)
    card.holder()
    assert chip.resets == 0
    card.keep_pin(Secret.of("1234"))
    assert card.holder().family_name == "N"
    assert chip.resets == 1


def test_certificates_without_keys_are_no_certificates_of_the_holder() -> None:
    entry = CertificateEntry.build("X", b"\x01", bytes.fromhex("3F000001A001"))
    listed = odf(DirectoryKind.CERTIFICATES, "3F0000017005")
    reader = MemoryReader()
    reader.insert(card_of(files_of(listed, f3F0000017005=entry.to_bytes())))
    card = open_card(reader)
    with pytest.raises(CardError) as caught:
        card.certificate(KeyUse.AUTHENTICATION)
    assert caught.value.code == "cryptolib.key_missing"


def test_card_without_the_application_says_so() -> None:
    chip = card_of(files_of() | {"3F002F00": b""})
    assert opening(chip) == "cryptolib.application_missing"


def test_serial_number_that_is_none_says_so() -> None:
    chip = card_of(files_of() | {"3F00D003": bytes(12)})
    reader = MemoryReader()
    reader.insert(chip)
    with pytest.raises(NotACpsError):
        open_card(reader)


# A real card whose answers are spoiled on the way

CHANGES: list[Callable[[bytes, int], bytes]] = [
    lambda answer, n: answer[: n % (len(answer) + 1)],
    lambda answer, n: answer[:-2] + n.to_bytes(2),
    lambda answer, n: answer[:-2] + bytes(n % 300) + answer[-2:],
    lambda answer, n: (
        answer[: n % len(answer)] + bytes((n >> 8,)) + answer[n % len(answer) + 1 :]
        if answer
        else answer
    ),
    lambda answer, n: bytes((n >> 8,)) * (n % 256) + OK,
    lambda answer, n: OK,
]


@REUSED_FIXTURE
@given(
    st.lists(
        st.tuples(st.integers(0, 140), st.sampled_from(CHANGES), st.integers(0, 0xFFFF)),
        min_size=1,
        max_size=6,
    )
)
def test_spoiled_answers_of_a_real_dialogue(
    make_bench: Any, content: Any, changes: list[tuple[int, Callable[[bytes, int], bytes], int]]
) -> None:
    spoil = {place: (change, number) for place, change, number in changes}
    chip = make_bench(content).chip

    def change(command: bytes, answer: bytes) -> bytes:
        assert len(chip.commands) < MANY
        if len(chip.commands) in spoil:
            how, number = spoil[len(chip.commands)]
            return how(answer, number)
        return answer

    chip.change = change
    use(chip)


@REUSED_FIXTURE
@given(st.integers(0, 40), st.binary(max_size=600))
def test_spoiled_files_of_a_real_card(make_bench: Any, content: Any, nth: int, data: bytes) -> None:
    """One READ BINARY, the nth, gives other bytes; the rest of the card is sound."""
    chip = make_bench(content).chip
    seen = iter(range(MANY))

    def change(command: bytes, answer: bytes) -> bytes:
        if command[1] == Instruction.READ_BINARY and next(seen) == nth:
            return data[: command[4]] + OK
        return answer

    chip.change = change
    use(chip)
