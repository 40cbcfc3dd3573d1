# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A CPS3 without contacts, and a chip that only identifies."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, utils
from tests.unit.virtualcard.conftest import Host, key

from caducee.spec import atrs
from caducee.virtualcard.image import CardImage

type Insert = Callable[..., Host]

DIGEST_INFO = "3031300D060960864801650304020105000420" + "11" * 32


@pytest.fixture
def chip(insert: Insert, image: CardImage) -> Host:
    return insert(image, "contactless")


def _select(path: str) -> str:
    return f"00A40904{len(path) // 2:02X}{path}00"


def test_the_antenna_has_its_own_answer_to_reset(chip: Host) -> None:
    assert atrs.face_of(chip.card.reset()) is atrs.CardFace.CPS3_CONTACTLESS


def test_the_technical_key_signs_without_a_pin(chip: Host) -> None:
    chip.send("00A4090C043F000001")
    chip.send("002241A406800102840183")
    made = chip.data(f"0088000033{DIGEST_INFO}00")
    key("technical").public_key().verify(
        made, bytes.fromhex("11" * 32), padding.PKCS1v15(), utils.Prehashed(hashes.SHA256())
    )


@pytest.mark.parametrize("reference", ["01", "02", "81", "82"])
def test_the_keys_of_the_contacts_cannot_be_named(chip: Host, reference: str) -> None:
    chip.send("00A4090C043F000001")
    assert chip.send(f"002241A4068001028401{reference}") == "6A88"


@pytest.mark.parametrize(
    "command",
    [
        "0020000100",
        "002000010431323334",
        "00200002083132333435363738",
        "00240001083132333434333231",
        "002C02010434333231",
        "002A9E9A00",
        "002A808602AABB",
    ],
)
def test_commands_of_pins_and_of_the_other_keys_are_not_there(chip: Host, command: str) -> None:
    assert chip.send(command) == "6D00"


@pytest.mark.parametrize("reference", ["01", "02"])
def test_pins_are_not_shown(chip: Host, reference: str) -> None:
    assert chip.send(f"00CB3FFF0A4D087006BF81{reference}02A080") == "6A88"
    assert chip.send("00CB3FFF0A4D087006BFFB01027B80") == "6A88"


@pytest.mark.parametrize(
    "path",
    ["3F00D003", "3F002F00", "3F002F01", "3F0000025031", "3F0000025032"]
    + [f"3F000001{name}" for name in ("7102", "7104", "7105", "7106", "A003", "D107")],
)
def test_the_files_of_the_application_are_read(chip: Host, path: str) -> None:
    fcp = chip.data(_select(path))
    assert fcp.endswith(bytes.fromhex("8C0303FF008A0105"))
    assert len(chip.data("00B0000008")) == 8


@pytest.mark.parametrize(
    "file",
    "5031 5032 7001 7002 7004 7005 7006 A001 A002 D100 D101 D102 D103 D120".split(),
)
def test_the_files_of_the_contacts_are_not_read(chip: Host, file: str) -> None:
    fcp = chip.data(_select(f"3F000001{file}"))
    assert fcp.endswith(bytes.fromhex("8C0303FFFF8A0105"))
    assert chip.send("00B0000008") == "6982"


def test_cps_data_is_read_and_not_written(chip: Host) -> None:
    chip.data(_select("3F000001D107"))
    assert chip.send("00B0000002") == "0000 9000"
    assert chip.send("00D60000024142") == "6982"
    assert chip.send("00B0000002") == "0000 9000"


def test_data_come_at_once_whatever_le_says(chip: Host) -> None:
    for end in ("", "00"):
        answer = chip.send(f"00A40904043F00D003{end}")
        assert answer.endswith(" 9000") and answer.startswith("62")


def test_the_reader_gives_seven_bytes_of_uid(chip: Host, image: CardImage) -> None:
    assert image.contactless is not None
    assert chip.data("FFCA000000") == image.contactless.uid
    assert len(image.contactless.uid) == 7


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("FFCA000004", "6C07"),
        ("FFCA000008", "04290099523580 6282"),
        ("FFCA010000", "6A81"),
        ("FFCA00000100", "6700"),
        ("FF82000000", "6D00"),
        ("FFC0000000", "6D00"),
        ("FF", "6700"),
    ],
)
def test_other_commands_to_the_reader_are_refused(chip: Host, command: str, answer: str) -> None:
    assert chip.send(command) == answer


def test_the_contacts_know_no_command_to_a_reader(host: Host) -> None:
    assert host.send("FFCA000000") == "6E00"


def test_an_old_chip_gives_four_bytes_of_uid_and_nothing_else(
    insert: Insert, cards: dict[str, CardImage]
) -> None:
    chip = insert(cards["cps3-identification"], "contactless")
    assert chip.card.reset() == atrs.STORAGE_CARD
    assert atrs.resembles(atrs.STORAGE_CARD) is None
    assert len(chip.data("FFCA000000")) == 4
    for command in ("00A40904043F00D00300", "0084000008", "01A4040C00", "A0A40000023F00"):
        assert chip.send(command) == "6E00"


def test_an_old_chip_has_the_contacts_of_any_cps3(
    insert: Insert, cards: dict[str, CardImage]
) -> None:
    host = insert(cards["cps3-identification"])
    assert host.send("002000010431323334") == "9000"
