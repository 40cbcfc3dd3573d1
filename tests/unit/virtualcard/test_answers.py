# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Classes, lengths, chains, GET RESPONSE: what holds for every command."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from tests.unit.virtualcard.conftest import Host

from caducee.virtualcard.image import CardImage

CONTROL = "62188002000C8201018302D0038801E0A1058C0303FF008A0105"
SELECT = "00A4090404 3F00D003"
PIN = "002000010431323334"

type Insert = Callable[[CardImage], Host]


def _with(image: CardImage, **options: str) -> CardImage:
    return replace(image, contact=replace(image.contact, **options))


def test_an_answer_nobody_gave_room_for_waits(host: Host) -> None:
    assert host.send(SELECT) == "611A"
    assert host.send("00C000001A") == f"{CONTROL} 9000"


def test_an_answer_may_be_fetched_in_pieces(host: Host) -> None:
    host.send(SELECT)
    assert host.send("00C0000002") == "6218 6118"
    assert host.send("00C0000018") == f"{CONTROL[4:]} 9000"


@pytest.mark.parametrize("le", ["00", "1B", "FF"])
def test_asking_for_more_than_waits_gets_what_waits(host: Host, le: str) -> None:
    host.send(SELECT)
    assert host.send(f"00C00000{le}") == f"{CONTROL} 9000"
    assert host.send(f"00C00000{le}") == "6985"


def test_two_hundred_and_fifty_six_waiting_bytes_are_61_00(host: Host) -> None:
    host.send(PIN)
    host.send("00A4090C043F000001")
    host.send("002241B606800142840181")
    assert host.send(f"002A9E9A20{'11' * 32}") == "6100"
    assert len(host.data("00C0000000")) == 256


def test_any_other_command_drops_what_waits(host: Host) -> None:
    host.send(SELECT)
    host.send("00200001")
    assert host.send("00C000001A") == "6985"


def test_a_reset_drops_what_waits(host: Host) -> None:
    host.send(SELECT)
    host.card.reset()
    assert host.send("00C000001A") == "6985"


@pytest.mark.parametrize("command", ["00C0010010", "00C00001 01 AA"])
def test_get_response_has_one_form(host: Host, command: str) -> None:
    host.send(SELECT)
    assert host.send(command) == "6A86"
    host.send(SELECT)
    assert host.send("00C00000 01 AA") == "6700"


def test_less_room_than_the_answer_needs_is_reported(host: Host) -> None:
    assert host.send(f"{SELECT}10") == f"{CONTROL[:32]} 610A"
    assert host.send("00C000000A") == f"{CONTROL[32:]} 9000"


def test_an_image_may_answer_at_once(insert: Insert, image: CardImage) -> None:
    host = insert(_with(image, answers="direct"))
    assert host.send(SELECT) == f"{CONTROL} 9000"
    assert host.send(f"{SELECT}00") == f"{CONTROL} 9000"


def test_an_image_may_insist_on_the_right_length(insert: Insert, image: CardImage) -> None:
    host = insert(_with(image, wrong_le="6Cxx"))
    assert host.send(SELECT) == "611A"
    assert host.send("00C000001B") == "6C1A"
    assert host.send("00C000001A") == f"{CONTROL} 9000"
    assert host.send("00B0000010") == "6C0C"
    assert host.send("00B000000C").endswith("9000")
    assert host.send("00B0000000").endswith("9000")


@pytest.mark.parametrize(
    ("cla", "answer"),
    [
        ("04", "6882"),
        ("08", "6882"),
        ("0C", "6882"),
        ("1C", "6882"),
        ("0D", "6882"),
        ("60", "6882"),
        ("01", "6881"),
        ("03", "6881"),
        ("11", "6881"),
        ("40", "6881"),
        ("4F", "6881"),
        ("20", "6E00"),
        ("80", "6E00"),
        ("A0", "6E00"),
        ("FF", "6E00"),
    ],
)
def test_other_classes_are_refused(host: Host, cla: str, answer: str) -> None:
    assert host.send(f"{cla}A4000C023F00") == answer


@pytest.mark.parametrize("ins", ["00", "0E", "21", "70", "82", "B1", "CA", "DA", "E0", "FE"])
def test_unknown_instructions_are_refused(host: Host, ins: str) -> None:
    assert host.send(f"00{ins}0000") == "6D00"


@pytest.mark.parametrize(
    "command",
    [
        "",
        "00",
        "00A400",
        "00A4000C033F00",
        "00A4000C023F000000",
        "00A4000C0000023F00",
        "00A4000C0000023F000000",
        "00B00000000010",
        "00A4000C00FFFF",
        "00A4000C000000",
    ],
)
def test_lengths_that_do_not_add_up_and_extended_ones_are_refused(host: Host, command: str) -> None:
    assert host.send(command) == "6700"


def test_a_mebibyte_is_refused_like_any_other_wrong_length(host: Host) -> None:
    assert host.card.transmit(bytes.fromhex("00A4000C") + b"\xff" * (1 << 20)) == b"\x67\x00"


@pytest.mark.parametrize("ins", ["20", "A4", "B0", "D6", "CB", "C0"])
def test_commands_that_need_no_chain_refuse_one(host: Host, ins: str) -> None:
    assert host.send(f"10{ins}0000023F00") == "6884"


def test_a_chain_has_an_end(host: Host) -> None:
    part = f"102A8086FF{'81' * 255}"
    assert [host.send(part) for _ in range(5)] == ["9000"] * 4 + ["6700"]
    assert host.send(part) == "9000"


def test_another_command_ends_a_chain(host: Host) -> None:
    host.send(PIN)
    host.send("00A4090C043F000001")
    host.send("002241B80680011A840182")
    for between in ("00200001", "102A90A001AA", "00B0000000"):
        host.send(f"102A8086FF{'81' * 255}")
        host.send(between)
        assert host.send("002A8086028181") == "6700"
        assert host.card._core.session.chain is None


def test_a_card_without_current_is_mute(image: CardImage, insert: Insert) -> None:
    host = insert(image)
    host.card.power_off()
    assert host.card.transmit(bytes.fromhex("00A4000C")) == b""
    assert host.card.power_on() == image.contact.atr
    assert host.send("00A4000C") == "9000"


def test_current_taken_away_forgets_everything_but_the_image(host: Host) -> None:
    host.send(PIN)
    host.send("00A4090C043F00D003")
    host.card.power_off()
    host.card.power_on()
    assert host.send("00200001") == "63C3"
    assert host.send("00B0000001") == "6986"


def test_a_failure_inside_is_a_status_word(
    host: Host, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_size: int) -> bytes:
        raise ZeroDivisionError

    monkeypatch.setattr(host.card._core, "random", fail)
    assert host.send("0084000008") == "6F00"
    assert "ZeroDivisionError" in caplog.text
    assert host.send("00A4000C") == "9000"
