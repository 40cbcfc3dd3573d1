# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The CPS2ter side: class A0, on a CPS3 and in the applet of a CPS4."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from tests.unit.virtualcard.conftest import CPS2TER, Host

from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import DataFile

type Insert = Callable[..., Host]

PIN, WRONG = "002000010431323334", "002000010430303030"
SITUATION = ("A0A40000023F00", "A0A40000027F01", "A0A40000024000")


@pytest.fixture
def side(insert: Insert, cards: dict[str, CardImage]) -> Host:
    """A CPS3 with the CPS2ter side."""
    return insert(cards["cps3-cps2ter"])


def _go(host: Host, *files: str) -> str:
    return [host.send(f"A0A4000002{file}") for file in files][-1]


@pytest.mark.parametrize(
    ("files", "header"),
    [
        (("3F00",), "850800003F0001000000"),
        (("7F01",), "850800007F0102000000"),
        (("7F01", "4000"), "8508000E400004000000"),
        (("4010",), "8508000F401004000000"),
    ],
)
def test_a_selected_file_has_its_header_fetched(
    side: Host, files: tuple[str, ...], header: str
) -> None:
    assert _go(side, *files) == "9F0A"
    assert side.send("A0C000000A") == f"{header} 9000"
    assert side.send("A0C000000A") == "6985"


def test_a_header_is_fetched_by_the_class_that_selected(side: Host) -> None:
    _go(side, "3F00")
    assert side.send("00C000000A") == "6985"
    side.send("00A40904043F00D003")
    assert side.send("A0C000000A") == "6985"


def test_part_of_a_header_leaves_the_rest(side: Host) -> None:
    _go(side, "3F00")
    assert side.send("A0C0000002") == "8508 9F08"
    assert side.send("A0C0000008") == "00003F0001000000 9000"


def test_files_are_found_from_where_one_is(side: Host) -> None:
    assert _go(side, "4000") == "9404"
    assert _go(side, "7F01", "4000") == "9F0A"
    assert _go(side, "4010") == "9F0A"
    assert _go(side, "4011") == "9404"
    assert side.send("A0C000000A") == "6985"


def test_the_pin_of_the_other_side_counts(side: Host) -> None:
    _go(side, "7F01", "4000")
    assert side.send("A0B000000E") == "9804"
    side.send(PIN)
    assert side.data("A0B000000E") == CPS2TER.sit_fact
    side.card.reset()
    _go(side, "7F01", "4000")
    assert side.send("A0B000000E") == "9804"


def test_a_blocked_pin_is_reported(side: Host) -> None:
    for _ in range(3):
        side.send(WRONG)
    _go(side, "4010")
    assert side.send("A0B0000001") == "9840"


def test_nothing_is_read_beyond_the_end(side: Host) -> None:
    side.send(PIN)
    _go(side, "4010")
    assert side.data("A0B000000F") == CPS2TER.activities[1]
    assert side.data("A0B0000D02") == CPS2TER.activities[1][13:]
    for command in ("A0B0000010", "A0B0000E02", "A0B0000F01", "A0B0000000", "A0B0FFFF01"):
        assert side.send(command) == "9402"


def test_a_directory_has_no_content(side: Host) -> None:
    side.send(PIN)
    assert side.send("A0B0000001") == "9408"
    _go(side, "7F01")
    assert side.send("A0B0000001") == "9408"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("A0A40400023F00", "6B00"),
        ("A0A4000C023F00", "6B00"),
        ("A0A40000013F", "6700"),
        ("A0A40000", "6700"),
        ("A0B00000", "6700"),
        ("A0B0000002AABB", "6700"),
        ("A0200001083132333400000000", "6D00"),
        ("A0D6000001AA", "6D00"),
        ("B0A40000023F00", "6E00"),
    ],
)
def test_other_forms_are_refused(side: Host, command: str, answer: str) -> None:
    assert side.send(command) == answer


def test_each_side_has_a_selection_of_its_own(side: Host) -> None:
    side.send(PIN)
    side.send("00A4090C043F00D003")
    _go(side, "4010")
    assert side.data("00B0000002") == b"\x5a\x0a"
    assert side.data("A0B0000002") == b"\xee\x0d"


def test_the_other_side_of_a_cps3_does_not_find_the_files(side: Host) -> None:
    for path in ("3F007F014000", "3F004010", "3F007F01"):
        assert side.send(f"00A40904{len(path) // 2:02X}{path}") == "6A82"
    assert _go(side, "D003") == "9404"
    assert _go(side, "0001") == "9404"


def test_a_cps3_without_such_files_knows_no_class_a0(host: Host) -> None:
    assert host.send("A0A40000023F00") == "6E00"


@pytest.mark.parametrize(
    ("state", "select", "read"), [("corrupt", "9240", "9408"), ("invalidated", "9F0A", "9810")]
)
def test_a_damaged_file_is_reported(
    insert: Insert, cards: dict[str, CardImage], state: str, select: str, read: str
) -> None:
    image = cards["cps3-cps2ter"]
    files = tuple(
        replace(file, state=state)
        if isinstance(file, DataFile) and file.path == "3F00/4010"
        else file
        for file in image.files
    )
    host = insert(replace(image, files=files))
    host.send(PIN)
    assert _go(host, "4010") == select
    assert host.send("A0B0000001") == read


@pytest.fixture
def cps4(insert: Insert, cards: dict[str, CardImage]) -> Host:
    host = insert(cards["cps4"])
    host.send("01A4040C088025000001FF0100")
    return host


def test_a_cps4_has_the_class_after_select_of_its_applet(cps4: Host) -> None:
    assert _go(cps4, "3F00") == "6E00"
    assert cps4.send("00A4040C088025000001FF0002") == "9000"
    assert _go(cps4, "7F01", "4000") == "9F0A"
    assert cps4.send("A0C000000A") == "8508000E400004000000 9000"
    assert cps4.send("A0B000000E") == "9804"
    cps4.send("012000010431323334")
    assert cps4.data("A0B000000E") == CPS2TER.sit_fact


def test_selecting_the_applet_again_begins_at_the_root(cps4: Host) -> None:
    cps4.send("00A4040C088025000001FF0002")
    _go(cps4, "7F01")
    assert _go(cps4, "4000") == "9F0A"
    cps4.send("00A4040C088025000001FF0002")
    assert _go(cps4, "4000") == "9404"


def test_the_card_manager_on_channel_0_ends_the_class(cps4: Host) -> None:
    cps4.send("00A4040C088025000001FF0002")
    assert cps4.send("00A4040C07A0000001510000") == "9000"
    assert _go(cps4, "3F00") == "6E00"


def test_chipdoc_finds_the_same_files_by_the_paths_of_its_directory(cps4: Host) -> None:
    cps4.send("01A40800047F01400000")
    assert cps4.send("01B000000E") == "6982"
    cps4.send("012000010431323334")
    assert cps4.data("01B000000E") == CPS2TER.sit_fact
    cps4.send("01A4080002401200")
    assert cps4.data("01B000000E") == CPS2TER.activities[3]
    cps4.card.reset()
    cps4.send("01A4040C088025000001FF0100")
    cps4.send("01A4080002400700")
    assert cps4.data("01B0000000") == b"CPS2TER_DIRAMO"
