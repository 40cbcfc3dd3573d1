# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import FormatError
from caducee.codec import fcp
from caducee.codec.fcp import AccessRule, Fcp, read_rules, write_rules
from caducee.codec.tlv import Tlv
from caducee.spec.access import ALWAYS, NEVER, USER_BY_FIRST_SE, DfMode, EfMode, KeyMode, PinMode
from caducee.spec.aids import CPS3_CONTACT
from caducee.spec.files import FileId
from caducee.spec.tags import FcpTag
from caducee.testing.strategies import spoiled, tlvs

SERIAL = bytes.fromhex("62188002000C8201018302D0038801E0A1058C0303FF008A0105")
FOLDER = bytes.fromhex("621F8201388302000184 0DE828BD080F8025000001FF00108A0105A1048C020200")
PUBLIC_READ = AccessRule(EfMode.UPDATE | EfMode.READ, (NEVER, ALWAYS))

RULES = st.integers(0, 255).flatmap(
    lambda modes: st.builds(
        AccessRule,
        st.just(modes),
        st.tuples(*[st.integers(0, 255)] * (modes & 0x7F).bit_count()),
    )
)
FILES = st.builds(
    Fcp.ef,
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFF),
    st.lists(RULES, max_size=3),
    short_id=st.integers(0, 30),
    template=st.sampled_from((0x62, 0x6F)),
)
STRANGE = st.builds(
    lambda known, more: Tlv.build(known.tlv.tag, *known.tlv.children(), *more),
    FILES,
    st.lists(tlvs(max_leaves=3), max_size=3),
)


def refused(data: bytes) -> str:
    with pytest.raises(FormatError) as caught:
        Fcp.from_bytes(data)
    return caught.value.code


def test_example_of_the_documentation_holds() -> None:
    assert doctest.testmod(fcp).failed == 0


@given(FILES)
def test_every_file_is_read_again(item: Fcp) -> None:
    assert Fcp.from_bytes(item.to_bytes()) == item


@given(spoiled(FILES.map(Fcp.to_bytes) | STRANGE.map(Tlv.to_bytes)))
def test_what_is_accepted_comes_back_byte_for_byte_and_all_else_is_a_format_error(
    data: bytes,
) -> None:
    try:
        found = Fcp.from_bytes(data)
    except FormatError as error:
        assert error.code.startswith(("codec.fcp_", "codec.tlv_"))
    else:
        assert found.to_bytes() == data


@given(st.lists(RULES, max_size=4))
def test_every_access_rule_is_read_again(rules: list[AccessRule]) -> None:
    assert read_rules(write_rules(rules)) == tuple(rules)


def test_the_serial_number_file_is_written_as_the_card_does() -> None:
    made = Fcp.ef(FileId.SERIAL, 12, (PUBLIC_READ,), short_id=0x1C)
    assert made.to_bytes() == SERIAL
    assert (made.size, made.file_id, made.short_id, made.life_cycle) == (12, 0xD003, 0x1C, 5)
    assert made.descriptor == b"\x01"
    assert not made.is_df


def test_the_application_folder_is_written_as_the_card_does() -> None:
    made = Fcp.df(FileId.CONTACT, (AccessRule(DfMode.CREATE_EF, (ALWAYS,)),), name=CPS3_CONTACT)
    assert made.to_bytes() == FOLDER
    assert (made.name, made.size, made.is_df) == (CPS3_CONTACT, None, True)


def test_a_folder_without_a_name_has_none() -> None:
    assert Fcp.df(FileId.MF, ()).name is None


def test_a_file_without_a_short_id_says_so_with_an_empty_value() -> None:
    made = Fcp.ef(0x7001, 16, ())
    assert b"\x88\x00" in made.to_bytes()
    assert made.short_id is None


def test_conditions_are_found_by_mode() -> None:
    found = Fcp.from_bytes(SERIAL)
    assert found.condition(EfMode.READ) == ALWAYS
    assert found.condition(EfMode.UPDATE) == NEVER
    assert found.condition(EfMode.DELETE) is None


def test_rules_about_other_commands_do_not_answer_for_the_known_modes() -> None:
    rules = (AccessRule(0x80 | EfMode.READ, (NEVER,)), AccessRule(EfMode.READ, (ALWAYS,)))
    assert Fcp.ef(0x7001, 16, rules).condition(EfMode.READ) == ALWAYS


def test_the_access_maps_of_keys_and_codes_are_those_found_by_trial() -> None:
    (key,) = read_rules(bytes.fromhex("73FF1111FF00"))
    assert key.condition(KeyMode.SIGN) == NEVER
    assert key.condition(KeyMode.AUTHENTICATE) == USER_BY_FIRST_SE
    assert key.condition(KeyMode.DECIPHER) == USER_BY_FIRST_SE
    assert key.condition(KeyMode.PUT) == NEVER
    assert key.condition(KeyMode.GET) == ALWAYS
    (code,) = read_rules(bytes.fromhex("670000000000"))
    assert [code.condition(mode) for mode in PinMode] == [ALWAYS] * 5


def test_access_rules_are_found_without_their_template_too() -> None:
    bare = Tlv.build(FcpTag.FCP, Tlv(FcpTag.COMPACT_CONTACT, bytes.fromhex("0111")))
    assert Fcp(bare).condition(EfMode.READ) == USER_BY_FIRST_SE


def test_unknown_objects_are_kept() -> None:
    data = bytes.fromhex("6F0B8002000C 8501AA C60101".replace(" ", ""))
    data = bytes((0x6F, len(data) - 2)) + data[2:]
    assert Fcp.from_bytes(data).to_bytes() == data


def test_shareable_folders_are_folders() -> None:
    assert Fcp.from_bytes(bytes.fromhex("6203820178")).is_df
    assert not Fcp.from_bytes(bytes.fromhex("6203820139")).is_df
    assert not Fcp.from_bytes(bytes.fromhex("6200")).is_df


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("6100", "codec.fcp_template"),
        ("62028000", "codec.fcp_value"),
        ("620780050000000001", "codec.fcp_value"),
        ("6203830100", "codec.fcp_value"),
        ("62058303000001", "codec.fcp_value"),
        ("62028400", "codec.fcp_value"),
        ("620488020000", "codec.fcp_value"),
        ("62028A00", "codec.fcp_value"),
        ("6203A1018C", "codec.tlv_truncated"),
        ("6205A1038C0103", "codec.fcp_access"),
        ("6201", "codec.tlv_truncated"),
        ("620000", "codec.tlv_trailing"),
    ],
)
def test_wrong_values_are_refused_with_their_cause(text: str, code: str) -> None:
    assert refused(bytes.fromhex(text)) == code


@pytest.mark.parametrize(
    ("modes", "conditions"), [(0x03, (0,)), (0x100, ()), (0x01, (256,)), (0x01, (-1,))]
)
def test_an_impossible_access_rule_cannot_be_made(modes: int, conditions: tuple[int, ...]) -> None:
    with pytest.raises(FormatError) as caught:
        AccessRule(modes, conditions)
    assert caught.value.code == "codec.fcp_access"


@pytest.mark.parametrize(("file_id", "size", "short_id"), [(0x10000, 1, 0), (1, -1, 0), (1, 1, 32)])
def test_numbers_that_do_not_fit_cannot_be_written(file_id: int, size: int, short_id: int) -> None:
    with pytest.raises(FormatError) as caught:
        Fcp.ef(file_id, size, (), short_id=short_id)
    assert caught.value.code == "codec.fcp_value"
