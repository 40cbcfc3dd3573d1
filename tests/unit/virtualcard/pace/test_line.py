# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Seconds on the line, against figures worked out by hand from the standards."""

import pytest

from caducee.spec import atrs
from caducee.spec.atrs import CardFace
from caducee.virtualcard.pace.line import Frames, T0Line, T1Line, line_of

ATRS = {item.name: item.atr for item in atrs.KNOWN}
CPS3, CONTACTLESS, CPS4 = (ATRS[name] for name in ("CPS3 contact", "CPS3 contactless", "CPS4"))

SELECT = bytes.fromhex("00A40904043F00D003")
READ = bytes.fromhex("00B00000E7")
OK = b"\x90\x00"

BYTE_372 = 12 * 372 / 4_000_000
BYTE_31 = 12 * 31 / 4_000_000


def test_a_cps3_takes_about_1_1_ms_a_byte() -> None:
    line = line_of(CPS3)
    assert isinstance(line, T0Line)
    assert line.character == pytest.approx(0.0011, rel=0.02)


def test_a_cps4_is_twelve_times_as_fast_and_takes_blocks() -> None:
    line = line_of(CPS4)
    assert isinstance(line, T1Line)
    assert line.character == pytest.approx(BYTE_372 / 12)
    assert (line.to_card, line.from_card) == (32, 254)


def test_a_cps4_of_t0_alone_takes_characters() -> None:
    line = line_of(ATRS["CPS4 T=0"])
    assert isinstance(line, T0Line)
    assert line.character == pytest.approx(BYTE_31)  # TC1 = FF adds nothing on T=0


@pytest.mark.parametrize(
    "atr", [CONTACTLESS, bytes.fromhex("3B8F8001804F0CA0000003060300010000000068")]
)
def test_a_contactless_card_is_known_by_the_answer_that_its_reader_makes(atr: bytes) -> None:
    line = line_of(atr)
    assert isinstance(line, Frames)
    assert line.byte == pytest.approx(9 / 105_937.5)
    assert line.activation() == 0


@pytest.mark.parametrize(
    ("command", "answer", "characters"),
    [
        ("00200001", OK, 5 + 2),  # header alone
        ("00B00000E7", bytes(231) + OK, 5 + 1 + 231 + 2),  # data come
        ("002000010431323334", OK, 5 + 1 + 4 + 2),  # data go
        ("00A40904043F00D003", b"\x61\x1a", 5 + 1 + 4 + 2),  # and wait to be fetched
        ("00A40904043F00D00300", bytes(26) + OK, (5 + 1 + 4 + 2) + (5 + 1 + 26 + 2)),
        ("00", b"", 5 + 2),  # an invalid command is still sent
    ],
)
def test_t0_counts_header_procedure_byte_data_and_status(
    command: str, answer: bytes, characters: int
) -> None:
    seconds = line_of(CPS3).exchange(bytes.fromhex(command), answer)
    assert seconds == pytest.approx(characters * BYTE_372)


@pytest.mark.parametrize(
    ("command", "answer", "blocks"),
    [
        (bytes(32), OK, 2),
        (bytes(33), OK, 4),  # two blocks there, one acknowledged, one back
        (bytes(5), bytes(252) + OK, 2),
        (bytes(5), bytes(253) + OK, 4),
        (bytes(97), bytes(256) + OK, 7 + 3),
    ],
)
def test_t1_counts_blocks_their_frames_and_the_guard_between_them(
    command: bytes, answer: bytes, blocks: int
) -> None:
    characters = len(command) + len(answer) + 4 * blocks
    seconds = characters * BYTE_31 + blocks * 22 * 31 / 4_000_000
    assert line_of(CPS4).exchange(command, answer) == pytest.approx(seconds)


@pytest.mark.parametrize(("size", "frames"), [(5, 2), (253, 2), (254, 4)])
def test_contactless_counts_frames_and_the_pause_after_each(size: int, frames: int) -> None:
    seconds = (size + 2 + 3 * frames) * 9 * 128 / 13_560_000 + frames * 0.0005
    assert line_of(CONTACTLESS).exchange(bytes(size), OK) == pytest.approx(seconds)


def test_the_answer_to_reset_comes_at_the_default_rate_and_pps_after_it() -> None:
    assert line_of(CPS3).activation() == pytest.approx(17 * BYTE_372)
    fast = line_of(ATRS["CPS4 T=0"])
    assert fast.activation() == pytest.approx((17 + 8) * BYTE_372)


def test_a_t1_card_is_reported_the_size_of_the_readers_blocks() -> None:
    setting = 2 * (5 * BYTE_31 + 22 * 31 / 4_000_000)
    assert line_of(CPS4).activation() == pytest.approx((17 + 8) * BYTE_372 + setting)


def test_the_block_size_of_a_card_is_read_from_ta3_of_t1() -> None:
    line = line_of(bytes.fromhex("3BF91300008131FE454A434F503234325233A2"))
    assert isinstance(line, T1Line)
    assert line.to_card == 0xFE


@pytest.mark.parametrize("junk", [b"", b"\x00", b"\x3b\xff", bytes(40)])
def test_what_is_no_answer_to_reset_leads_to_the_default_line(junk: bytes) -> None:
    line = line_of(junk)
    assert isinstance(line, T0Line)
    assert line.character == pytest.approx(BYTE_372)


@pytest.mark.parametrize("face", CardFace)
def test_every_face_has_a_pace_with_its_source(face: CardFace) -> None:
    from caducee.spec.pace import chip, pace

    found = chip(face)
    assert found.rsa > found.command > 0
    assert found.rsa_source.partition(":")[0] in pace().sources
