# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""National identifiers: every published sample, keys, test forms, refusals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import FormatError
from caducee.codec.identifiers import (
    Adeli,
    AdeliRank,
    Finess,
    Identifier,
    PsIdNat,
    Rpps,
    RppsRang,
    Siren,
    Siret,
    StructIdNat,
    luhn_key,
)
from caducee.spec.nomenclatures import PersonIdType, StructureIdType

PERSONS = """
    00B6087510 00B6077602 00B1022322 00B2800585 00B2127377 00B1058698 00B1058706 00B1058110
    0012800736 899700218896 899700427885 899700366240 899700367909 899700367917 899700024450
    899700075064 899700041983 899900063480 899900038839 899700735741
    30B0057881/CPET0002 30B0037750/CPET0001 500000000021550/CPAT0001 112345678901/00001
""".split()
"""Published PS_IdNat: test certificates, test identities, and an example of the object model."""

STRUCTURES = """
    10B0057881 318751275100020 499700024450014 499700367909006 499900063480001 10B0172805
    10B0307377 499700735741008 10B0007712 10B0041968 300000000077081 499700234190004
    499700343942006 10B0039129 2187512751
""".split()
"""Published Struct_IdNat (the last: the SIREN of the ANS)."""


@pytest.mark.parametrize("text", PERSONS)
def test_every_published_person_identifier_reads_and_comes_back(text: str) -> None:
    assert str(PsIdNat.parse(text)) == text


@pytest.mark.parametrize("text", STRUCTURES)
def test_every_published_structure_identifier_reads_and_comes_back(text: str) -> None:
    assert str(StructIdNat.parse(text)) == text


@pytest.mark.parametrize("text", PERSONS)
def test_every_published_test_person_is_known_as_test(text: str) -> None:
    real = {"0012800736", "112345678901/00001"}
    assert PsIdNat.parse(text).is_test is (text not in real)


def test_the_example_of_the_object_model_fails_its_key() -> None:
    with pytest.raises(FormatError) as caught:
        PsIdNat.parse("810005678901")
    assert caught.value.code == "codec.identifier_key"


@pytest.mark.parametrize(
    ("order", "text"), [(21889, "99700218896"), (42788, "99700427885"), (2445, "99700024450")]
)
def test_a_test_rpps_is_997_order_and_key(order: int, text: str) -> None:
    made = Rpps.test(order)
    assert made.text == text
    assert made.is_test
    assert made.key == text[-1]


def test_a_test_adeli_holds_department_profession_and_order() -> None:
    made = Adeli.test("28", 58)
    assert made.text == "0B2800585"
    assert made.profession == "28"
    assert made.is_test


def test_a_test_finess_and_siret_follow_the_published_ones() -> None:
    assert Finess.test(5788).text == "0B0057881"
    assert Siret.test(7708).text == "00000000077081"
    assert Siret.test(7708).is_test
    assert Siret.test(7708).siren.is_test


def test_a_practice_adds_rank_and_key_to_its_holder() -> None:
    practice = RppsRang.of(Rpps.parse("99700735741"), 0)
    assert practice.text == "99700735741008"
    assert practice.rpps == Rpps.parse("99700735741")
    assert practice.rank == 0
    assert practice.is_test


def test_a_practice_of_a_wrong_holder_is_refused() -> None:
    body = "9970073574200"
    with pytest.raises(FormatError) as caught:
        RppsRang.parse(body + luhn_key(body))
    assert caught.value.facts["kind"] == "RPPS"


@pytest.mark.parametrize(("order", "digits"), [(-1, 7), (10_000_000, 7)])
def test_an_order_that_does_not_fit_is_refused(order: int, digits: int) -> None:
    with pytest.raises(FormatError) as caught:
        Rpps.test(order)
    assert caught.value.code == "codec.identifier_order"
    assert caught.value.facts["digits"] == digits


def test_letters_of_departments_count_by_their_place_in_the_alphabet() -> None:
    assert luhn_key("0B608751") == "0"
    assert luhn_key("2A000001") == luhn_key("21000001")


def test_sites_of_the_post_office_may_use_their_own_key() -> None:
    assert Siret.parse("35600000049837").key == "7"
    assert not Siret.parse("35600000000048").is_test
    with pytest.raises(FormatError):
        Siret.parse("35600000049838")


def test_an_adeli_practice_has_no_key() -> None:
    assert AdeliRank.parse("12345678901").key == ""
    assert AdeliRank.parse("0B123456701").is_test


@pytest.mark.parametrize("kind", [Rpps, RppsRang, Adeli, AdeliRank, Finess, Siren, Siret])
@pytest.mark.parametrize("text", ["", " ", "1", "1" * 40, "٣" * 11, "9970021889x", "ABCDEFGHI"])
def test_a_wrong_shape_is_refused_with_its_kind(kind: type[Identifier], text: str) -> None:
    with pytest.raises(FormatError) as caught:
        kind.parse(text)
    assert caught.value.code == "codec.identifier_shape"
    assert caught.value.facts["kind"] == kind.name


def test_an_error_repeats_little_of_a_hostile_text() -> None:
    with pytest.raises(FormatError) as caught:
        Rpps.parse("\x1b[31m" + "9" * 1000)
    assert caught.value.facts["value"] == "?[31m" + "9" * 19


@pytest.mark.parametrize("text", ["", "7", "x", "7123", "10000", "é"])
def test_an_unknown_type_digit_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        PsIdNat.parse(text)
    with pytest.raises(FormatError):
        StructIdNat.parse("9" + text)


@pytest.mark.parametrize(
    "text",
    [
        "30B0057881",
        "30B0057881/",
        "30B0057881/CP T",
        "899700218896/1",
        "212345/1",
        "30B0057881/a/b",
    ],
)
def test_a_register_number_stands_where_it_belongs_and_nowhere_else(text: str) -> None:
    with pytest.raises(FormatError) as caught:
        PsIdNat.parse(text)
    assert caught.value.code == "codec.identifier_register"


def test_the_closed_registers_keep_their_number() -> None:
    student = PsIdNat.parse("9123456")
    assert student.kind is PersonIdType.STUDENT
    assert student.person is None
    assert student.structure is None
    assert not student.is_test
    with pytest.raises(FormatError) as caught:
        PsIdNat.parse("2+")
    assert caught.value.code == "codec.identifier_shape"


def test_a_person_identifier_knows_what_it_is_made_of() -> None:
    holder = PsIdNat.of(Rpps.test(1))
    assert holder.kind is PersonIdType.RPPS
    assert holder.person == Rpps.test(1)
    nurse = PsIdNat.of(Adeli.test("60", 8751))
    assert str(nurse) == "00B6087510"
    staff = PsIdNat.in_register(Finess.test(5788), "CPET0002")
    assert str(staff) == "30B0057881/CPET0002"
    assert staff.structure == Finess.test(5788)
    assert staff.person is None


def test_a_structure_identifier_refuses_the_type_of_another() -> None:
    assert StructIdNat.of(Siret.test(1)).kind is StructureIdType.SIRET
    assert StructIdNat.of(Siret.test(1)).is_test
    with pytest.raises(FormatError) as caught:
        StructIdNat(StructureIdType.FINESS, Siret.test(1))
    assert caught.value.code == "codec.identifier_type"


@pytest.mark.parametrize(
    ("text", "upn"),
    [
        ("899700041983", "8.99700041983@carte-cps.fr"),
        ("00B1058110", "0.0B1058110@carte-cps.fr"),
        ("30B0057881/CPET0002", "30B0057881/CPET0002@carte-cps.fr"),
    ],
)
def test_the_logon_name_is_that_of_the_published_certificates(text: str, upn: str) -> None:
    assert PsIdNat.parse(text).upn == upn


@given(st.integers(0, 9_999_999), st.integers(0, 99))
def test_made_identifiers_come_back(order: int, rank: int) -> None:
    rpps = Rpps.test(order)
    practice = RppsRang.of(rpps, rank)
    assert Rpps.parse(str(rpps)) == rpps
    assert StructIdNat.parse(str(StructIdNat.of(practice))).identifier == practice
    assert PsIdNat.parse(str(PsIdNat.of(rpps))).person == rpps


@given(st.sampled_from(PERSONS[:20]), st.integers(1, 9), st.data())
def test_one_wrong_digit_is_always_noticed(text: str, by: int, data: st.DataObject) -> None:
    digits = [place for place in range(1, len(text)) if text[place].isdigit()]
    place = data.draw(st.sampled_from(digits))
    changed = str((int(text[place]) + by) % 10)
    with pytest.raises(FormatError):
        PsIdNat.parse(text[:place] + changed + text[place + 1 :])


@given(st.text(max_size=40))
def test_any_text_is_read_whole_or_refused(text: str) -> None:
    try:
        read = PsIdNat.parse(text)
    except FormatError:
        return
    assert str(read) == text
