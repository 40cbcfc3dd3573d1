# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""SELECT, READ BINARY, UPDATE BINARY and the file control parameters."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.unit.virtualcard.conftest import Host

from caducee.codec.fcp import EfMode, Fcp
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import DataFile
from caducee.virtualcard.store import FileStore

SERIAL = "5A0A8025000001290099525F 9000"
SERIAL_CONTROL = "62188002000C8201018302D0038801E0A1058C0303FF008A0105 9000"
PIN = "002000010431323334"
IN_EVERY_DIRECTORY = pytest.mark.parametrize(
    "first", ["3F00", "3F000001", "3F000002", "3F0000015031"]
)

type Insert = Callable[[CardImage], Host]


def _select(path: str, p1: str = "09", p2: str = "0C", le: str = "") -> str:
    return f"00A4{p1}{p2}{len(path) // 2:02X}{path}{le}"


@IN_EVERY_DIRECTORY
@pytest.mark.parametrize("p1", ["00", "02", "08", "09"])
@pytest.mark.parametrize("path", ["3F00D003", "3F0000015031", "3F00", "3F000001"])
def test_a_path_from_the_master_file_is_found_from_everywhere(
    host: Host, first: str, p1: str, path: str
) -> None:
    host.send(_select(first))
    answer = host.send(_select(path, p1, "04", "00"))
    assert answer.endswith("9000")
    assert path[-4:] == f"{Fcp.from_bytes(bytes.fromhex(answer[:-5])).file_id:04X}"


@IN_EVERY_DIRECTORY
@pytest.mark.parametrize("path", ["D003", "00015031"])
@pytest.mark.parametrize("p1", ["08", "09"])
def test_a_path_may_leave_the_master_file_out(host: Host, first: str, path: str, p1: str) -> None:
    host.send(_select(first))
    assert host.send(_select(path, p1)) == "9000"


def test_a_path_from_the_current_directory_comes_before_one_from_the_master_file(
    host: Host,
) -> None:
    host.send(_select("3F000001"))
    assert host.send(_select("5031")) == "9000"
    assert host.data("00B0000002") == bytes.fromhex("A80A")


@pytest.mark.parametrize("p1", ["00", "02"])
def test_one_identifier_is_looked_for_under_the_current_directory(host: Host, p1: str) -> None:
    host.send(_select("3F000001"))
    assert host.send(_select("7001", p1)) == "9000"
    host.send(_select("3F00"))
    assert host.send(_select("7001", p1)) == "6A82"


def test_an_identifier_alone_also_finds_the_directory_its_parent_and_its_siblings(
    host: Host,
) -> None:
    host.send(_select("3F000001"))
    for identifier in ("0001", "0002", "D003", "3F00"):
        host.send(_select("3F000001"))
        assert host.send(_select(identifier, "00")) == "9000"


def test_an_elementary_file_is_asked_for_as_one(host: Host) -> None:
    assert host.send(_select("0001", "02")) == "6A82"
    assert host.send(_select("D003", "01")) == "6A82"
    assert host.send(_select("0001", "01")) == "9000"


def test_the_directory_above_can_be_selected_until_the_master_file(host: Host) -> None:
    host.send(_select("3F000001"))
    assert host.send("00A4030C02D003") == "6700"
    assert host.send("00A4030C") == "9000"
    assert host.send("00A4030C") == "6A82"


def test_a_selection_without_data_is_the_master_file(host: Host) -> None:
    host.send(_select("3F000001"))
    assert host.send("00A4000C") == "9000"
    assert host.send(_select("D003", "02")) == "9000"


def test_an_application_is_found_by_its_name_and_by_the_start_of_it(host: Host) -> None:
    whole = "E828BD080F8025000001FF0010"
    for size in (5, 10, 13):
        name = whole[: 2 * size]
        answer = host.send(_select(name, "04", "04", "00"))
        assert answer.startswith(f"621F82013883020001840D{whole}8A0105A1048C020200")


def test_next_goes_from_one_application_to_the_other(host: Host) -> None:
    start = "E828BD080F"
    assert "840DE828BD080F8025000001FF0010" in host.send(_select(start, "04", "06", "00"))
    assert "840DE828BD080F8025000001FF0020" in host.send(_select(start, "04", "06", "00"))
    assert host.send(_select(start, "04", "06", "00")) == "6A82"


@pytest.mark.parametrize("name", ["", "E8" * 17])
def test_a_name_has_one_to_sixteen_bytes(host: Host, name: str) -> None:
    command = "00A4040C" if not name else _select(name, "04")
    assert host.send(command) == "6700"


def test_an_unknown_application_is_not_found(host: Host) -> None:
    assert host.send(_select("A0000000031010", "04")) == "6A82"


def test_p2_chooses_the_template_of_the_answer(host: Host) -> None:
    assert host.send(_select("3F00D003", "09", "04", "00")) == SERIAL_CONTROL
    assert host.send(_select("3F00D003", "09", "00", "00")) == "6F" + SERIAL_CONTROL[2:]
    assert host.send(_select("3F00D003", "09", "0C")) == "9000"


@pytest.mark.parametrize(
    ("p1", "p2"), [("05", "0C"), ("09", "08"), ("09", "02"), ("04", "01"), ("0A", "00")]
)
def test_other_forms_of_selection_are_refused(host: Host, p1: str, p2: str) -> None:
    assert host.send(_select("3F00", p1, p2)) == "6A86"


@pytest.mark.parametrize("p1", ["00", "02", "08", "09"])
def test_half_an_identifier_is_refused(host: Host, p1: str) -> None:
    assert host.send(_select("3F00D0", p1)) == "6700"
    assert host.send(f"00A4{p1}0C01D0") == "6700"


def test_a_refused_selection_changes_nothing(host: Host) -> None:
    host.send(_select("3F00D003"))
    for refused in (_select("3F00FFFF"), _select("FFFF", "00"), "00A4090C033F00D0"):
        assert not host.send(refused).endswith("9000")
        assert host.send("00B000000C") == SERIAL


def test_every_file_says_its_size_and_who_may_use_it(host: Host, image: CardImage) -> None:
    for file in image.files:
        if not isinstance(file, DataFile):
            continue
        path = file.path.replace("/", "")
        control = Fcp.from_bytes(host.data(_select(path, "09", "04", "00")))
        conditions = {"always": 0x00, "never": 0xFF, "SE 1": 0x11}
        assert control.size == len(file.content)
        assert control.short_id == file.sfi
        assert control.condition(EfMode.READ) == conditions[file.read]
        assert control.condition(EfMode.UPDATE) == conditions[file.update]


def test_a_file_without_short_identifier_has_an_empty_object_for_it(host: Host) -> None:
    answer = host.send(_select("3F0000015031", "09", "04", "00"))
    assert answer == "62178002003C8201018302503188 00A1058C0303FF008A0105 9000".replace(" ", "", 1)


def test_reading_needs_a_selected_file(host: Host) -> None:
    assert host.send("00B0000001") == "6986"
    host.send(_select("3F00D003"))
    host.send(_select("3F000001"))
    assert host.send("00B0000001") == "6986"


def test_reading_at_the_end_warns_unless_all_was_asked_for(host: Host) -> None:
    host.send(_select("3F00D003"))
    assert host.send("00B000000C") == SERIAL
    assert host.send("00B0000000") == SERIAL
    assert host.send("00B0000010") == SERIAL[:-4] + "6282"
    assert host.send("00B0000B05") == "5F 6282"


@pytest.mark.parametrize("offset", ["000C", "0100", "7FFF"])
def test_reading_after_the_end_is_refused(host: Host, offset: str) -> None:
    host.send(_select("3F00D003"))
    assert host.send(f"00B0{offset}01") == "6B00"


def test_a_short_identifier_selects_the_file_it_reads(host: Host) -> None:
    assert host.send("00B09C00C0") == SERIAL[:-4] + "6282"
    assert host.send("00B0000002") == "5A0A 9000"
    assert host.send("00B08500C0") == "6A82"
    assert host.send("00B0FC00C0") == "6A86"


def test_reading_takes_no_data(host: Host) -> None:
    host.send(_select("3F00D003"))
    assert host.send("00B000000100") == "6700"


def test_an_activity_is_read_after_the_pin_only(host: Host) -> None:
    host.send(_select("3F000001D120"))
    assert host.send("00B0000000") == "6982"
    host.send(PIN)
    assert host.send("00B0000000").startswith("EE")
    host.card.reset()
    host.send(_select("3F000001D120"))
    assert host.send("00B0000000") == "6982"


def test_cps_data_is_written_after_the_pin_and_stays(host: Host) -> None:
    host.send(_select("3F000001D107"))
    assert host.send("00D6000002AABB") == "6982"
    host.send(PIN)
    assert host.send("00D6000002AABB") == "9000"
    host.card.power_off()
    host.card.power_on()
    host.send(_select("3F000001D107"))
    assert host.send("00B0000003") == "AABB00 9000"


def test_an_update_that_does_not_fit_changes_nothing(host: Host) -> None:
    host.send(PIN)
    host.send(_select("3F000001D107"))
    assert host.send("00D600FF02AABB") == "6A84"
    assert host.send("00D6010001AA") == "6B00"
    assert host.send("00D60000") == "6700"
    assert host.data("00B0000000") == bytes(256)


@pytest.mark.parametrize("path", ["3F00D003", "3F0000015031", "3F000001A001", "3F000001D100"])
def test_nobody_writes_the_other_files(host: Host, path: str) -> None:
    host.send(PIN)
    host.send(_select(path))
    assert host.send("00D600000100") == "6982"


def test_an_image_may_let_everyone_write(insert: Insert, image: CardImage) -> None:
    files = tuple(
        replace(file, update="always") if file.name == "CPS_DATA" else file for file in image.files
    )
    host = insert(replace(image, files=files))
    host.send(_select("3F000001D107"))
    assert host.send("00D6000001AA") == "9000"


def test_a_card_on_a_file_keeps_what_was_written(image: CardImage, tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    image.save(path)
    for expected in (bytes(2), b"\xaa\xbb"):
        with FileStore(path) as store:
            host = Host(VirtualCard(store))
            host.card.power_on()
            host.send(PIN)
            host.send(_select("3F000001D107"))
            assert host.data("00B0000002") == expected
            assert host.send("00D6000002AABB") == "9000"


def test_a_disk_that_is_gone_refuses_and_keeps_the_content(
    image: CardImage, tmp_path: Path
) -> None:
    path = tmp_path / "folder" / "card.json"
    path.parent.mkdir()
    image.save(path)
    with FileStore(path) as store:
        host = Host(VirtualCard(store))
        host.card.power_on()
        host.send(PIN)
        host.send(_select("3F000001D107"))
        path.parent.rename(tmp_path / "elsewhere")
        assert host.send("00D6000002AABB") == "6581"
        assert host.data("00B0000002") == bytes(2)
