# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import doctest
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import FormatError
from caducee.codec import tlv
from caducee.codec.tlv import (
    INDEFINITE,
    MAX_DEPTH,
    Tlv,
    build,
    encode,
    every,
    find,
    first,
    first_value,
    parse_all,
    parse_padded,
    read_tag,
    require,
)
from caducee.testing.strategies import spoiled, tlvs


def code_of(data: bytes) -> str:
    with pytest.raises(FormatError) as caught:
        Tlv.from_bytes(data)
    return caught.value.code


def test_example_of_the_documentation_holds() -> None:
    assert doctest.testmod(tlv).failed == 0


@given(tlvs())
def test_what_is_written_is_read_again(item: Tlv) -> None:
    assert Tlv.from_bytes(item.to_bytes()) == item
    assert hash(Tlv.from_bytes(item.to_bytes())) == hash(item)


@given(tlvs())
def test_the_quick_way_writes_the_same_as_an_object(item: Tlv) -> None:
    halves = item.value[: len(item.value) // 2], item.value[len(item.value) // 2 :]
    assert encode(item.tag, *halves) == Tlv(item.tag, item.value).to_bytes()


@pytest.mark.parametrize("size", [0, 0x7F, 0x80, 0xFF, 0x100, 0xFFFF, 0x10000])
@pytest.mark.parametrize("tag", [0x04, 0x5F24, 0x7F49])
def test_the_quick_way_knows_every_form_of_length(tag: int, size: int) -> None:
    assert encode(tag, bytes(size)) == Tlv(tag, bytes(size)).to_bytes()


@given(st.lists(tlvs(), max_size=4))
def test_many_objects_are_read_again_in_their_order(items: list[Tlv]) -> None:
    assert parse_all(build(*items)) == tuple(items)


@given(spoiled(tlvs().map(Tlv.to_bytes)) | st.binary(max_size=40))
def test_what_is_accepted_comes_back_byte_for_byte_and_all_else_is_a_format_error(
    data: bytes,
) -> None:
    try:
        items = parse_all(data)
    except FormatError as error:
        assert error.code.startswith("codec.tlv_")
    else:
        assert build(*items) == data


@pytest.mark.parametrize(
    "text",
    [
        "5A00",
        "7F4900",
        "BF810100",
        "9FFFFF7F00",
        "04820001AA",
        "048400000001AA",
        "308004000000",
        "3080308000000000",
        "3080BF01800000048101AA0000",
        "FF4100",
    ],
)
def test_every_form_of_tag_and_length_comes_back(text: str) -> None:
    assert Tlv.from_bytes(bytes.fromhex(text)).to_bytes() == bytes.fromhex(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "codec.tlv_truncated"),
        ("5A", "codec.tlv_truncated"),
        ("7F", "codec.tlv_truncated"),
        ("BF81", "codec.tlv_truncated"),
        ("5A01", "codec.tlv_truncated"),
        ("5A81", "codec.tlv_truncated"),
        ("5A8200", "codec.tlv_truncated"),
        ("5A84FFFFFFFF", "codec.tlv_truncated"),
        ("3080", "codec.tlv_truncated"),
        ("308000", "codec.tlv_tag"),
        ("308004", "codec.tlv_truncated"),
        ("30800405AA0000", "codec.tlv_truncated"),
        ("0000", "codec.tlv_tag"),
        ("30800001", "codec.tlv_tag"),
        ("BF8181810100", "codec.tlv_tag"),
        ("5A850000000001AA", "codec.tlv_length"),
        ("5AFF", "codec.tlv_length"),
        ("04800000", "codec.tlv_length"),
        ("3080048000000000", "codec.tlv_length"),
        ("5A00AA", "codec.tlv_trailing"),
        ("5A0000", "codec.tlv_trailing"),
    ],
)
def test_what_does_not_follow_the_format_is_refused_with_its_cause(text: str, code: str) -> None:
    assert code_of(bytes.fromhex(text)) == code


@pytest.mark.parametrize(
    ("text", "offset"),
    [("5A0004800000", 3), ("5A0030800480000000", 5), ("5A005A02AA", 5), ("5A005A85", 3)],
)
def test_a_refusal_names_the_place(text: str, offset: int) -> None:
    with pytest.raises(FormatError) as caught:
        parse_all(bytes.fromhex(text))
    assert caught.value.facts["offset"] == offset


def test_indefinite_lengths_nest_to_a_limit_and_no_further() -> None:
    def nested(depth: int) -> bytes:
        return b"\x30\x80" * depth + b"\x00\x00" * depth

    assert Tlv.from_bytes(nested(MAX_DEPTH)).form == INDEFINITE
    assert code_of(nested(MAX_DEPTH + 1)) == "codec.tlv_depth"
    assert code_of(nested(1_000_000)) == "codec.tlv_depth"


def test_definite_lengths_nest_as_deep_as_they_like_since_nothing_is_opened_unasked() -> None:
    data = b""
    for _ in range(sys.getrecursionlimit() * 2):
        data = Tlv(0x30, data).to_bytes()
    assert Tlv.from_bytes(data).to_bytes() == data


def test_each_tag_is_looked_at_a_bounded_number_of_times(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = 0
    genuine = tlv.read_tag

    def counting(data: bytes, offset: int = 0) -> tuple[int, int]:
        nonlocal looked
        looked += 1
        return genuine(data, offset)

    monkeypatch.setattr(tlv, "read_tag", counting)
    data = (b"\x30\x80" * 8 + b"\x00\x00" * 8) * 500
    parse_all(data)
    assert looked <= len(data)


def test_a_claimed_length_reserves_no_memory() -> None:
    assert code_of(bytes.fromhex("5A84FFFFFFFF00")) == "codec.tlv_truncated"


def test_the_shortest_form_is_one_value_however_it_is_given() -> None:
    assert Tlv(0x04, bytes(200), 1) == Tlv(0x04, bytes(200))
    assert Tlv(0x04, bytes(300), 2).form == 0
    assert Tlv(0x04, b"", 1).form == 1


@pytest.mark.parametrize(
    ("tag", "value", "form", "code"),
    [
        (0, b"", 0, "codec.tlv_tag"),
        (-1, b"", 0, "codec.tlv_tag"),
        (0x5A5A, b"", 0, "codec.tlv_tag"),
        (0x1F, b"", 0, "codec.tlv_tag"),
        (0xBF81818101, b"", 0, "codec.tlv_tag"),
        (0x04, bytes(300), 1, "codec.tlv_length"),
        (0x04, b"", 5, "codec.tlv_length"),
        (0x04, b"", -2, "codec.tlv_length"),
        (0x04, b"", INDEFINITE, "codec.tlv_length"),
        (0x30, b"\x00\x00", INDEFINITE, "codec.tlv_length"),
    ],
)
def test_what_could_not_be_read_again_cannot_be_made(
    tag: int, value: bytes, form: int, code: str
) -> None:
    with pytest.raises(FormatError) as caught:
        Tlv(tag, value, form)
    assert caught.value.code == code


def test_build_makes_constructed_objects_only() -> None:
    assert Tlv.build(0x30, Tlv(0x04, b"\x01"), Tlv(0x05)).to_bytes().hex() == "30050401010500"
    with pytest.raises(FormatError) as caught:
        Tlv.build(0x04, Tlv(0x05))
    assert caught.value.code == "codec.tlv_primitive"


def test_a_primitive_object_has_no_children() -> None:
    assert not Tlv(0x04).constructed
    with pytest.raises(FormatError) as caught:
        Tlv(0x04, b"\x05\x00").children()
    assert caught.value.code == "codec.tlv_primitive"
    assert caught.value.facts["tag"] == "04"


def test_filler_after_the_last_object_is_dropped_only_on_request() -> None:
    for filler in (b"\x00", b"\xff"):
        assert parse_padded(b"\x04\x01\x07" + filler * 100) == (Tlv(0x04, b"\x07"),)
        assert parse_padded(filler * 3) == ()
        with pytest.raises(FormatError):
            parse_all(b"\x04\x01\x07" + filler * 100)
    assert parse_padded(b"") == ()


def test_a_value_that_ends_like_filler_is_kept_whole() -> None:
    assert parse_padded(b"\x04\x02\x00\x00") == (Tlv(0x04, b"\x00\x00"),)
    assert parse_padded(b"\x04\x02\xff\xff\xff") == (Tlv(0x04, b"\xff\xff"),)
    assert parse_padded(b"\x30\x80\x00\x00\x00") == (Tlv(0x30, b"", INDEFINITE),)


def test_filler_between_objects_is_refused() -> None:
    with pytest.raises(FormatError):
        parse_padded(b"\x04\x00\x00\x00\x04\x00\x00")
    with pytest.raises(FormatError):
        parse_padded(b"\x04\x00\xff\x00")


def test_objects_are_found_by_tag_and_by_path() -> None:
    inner = (Tlv(0x9A, b"\x03"), Tlv(0x9B, b"\x02"), Tlv(0x9A, b"\x09"))
    items = (Tlv(0x5A), Tlv.build(0x70, Tlv.build(0xA0, *inner)))
    assert first(inner, 0x9A) == inner[0]
    assert first_value(inner, 0x9B) == b"\x02"
    assert first_value(inner, 0x9D) is None
    assert every(inner, 0x9A) == (inner[0], inner[2])
    assert find(items, 0x70, 0xA0, 0x9B) == inner[1]
    assert find(items, 0x70, 0xA1, 0x9B) is None
    assert find(items) is None
    assert require(inner, 0x9B) == inner[1]
    with pytest.raises(FormatError) as caught:
        require(inner, 0x7F41)
    assert (caught.value.code, caught.value.facts["tag"]) == ("codec.tlv_missing", "7F41")


def test_a_tag_alone_is_read_from_a_header_list() -> None:
    request = bytes.fromhex("7006BF810102A080")
    assert read_tag(request, 2) == (0xBF8101, 5)
    assert read_tag(request, 6) == (0xA0, 7)


def test_text_form_names_tag_value_and_an_unusual_length() -> None:
    assert repr(Tlv(0x04, b"\xab")) == "Tlv(0x04, 'ab')"
    assert repr(Tlv(0x04, b"\xab", 2)) == "Tlv(0x04, 'ab', form=2)"
