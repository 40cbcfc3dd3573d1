# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Business data objects: the bytes found by trial, unknown tags kept, refusals."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import FormatError
from caducee.codec.carddata import (
    ActivityPs,
    CardObject,
    EfActua,
    IdCard,
    InfoPs,
    LangPs,
    NamePs,
    SerialNumber,
)
from caducee.codec.tlv import Tlv
from caducee.spec.card_data import ActivityTag, Container, InfoTag
from caducee.spec.nomenclatures import CardFamily, ProductCategory
from caducee.spec.ours import table

PANEL_ID = bytes.fromhex("E319 800100 81052900995235 820180 830420260115 840420290731")
PANEL_INFO = bytes.fromhex(
    "ED1F 800100 810C 383939373030303030303132 820100 830100 8406 5052454E4F4D"
)
PANEL_NAME = bytes.fromhex("E405 8403 4E4F4D")
"""The panel that the issuer's card manager shows completely (found by trial)."""


def test_the_card_of_the_panel_reads_as_the_card_manager_shows_it() -> None:
    card = IdCard.from_bytes(PANEL_ID)
    assert card.number == "2900995235"
    assert card.category is ProductCategory.TEST_CARD
    assert card.is_test
    assert card.issued == dt.date(2026, 1, 15)
    assert card.expires == dt.date(2029, 7, 31)


def test_the_holder_of_the_panel_reads_as_the_card_manager_shows_it() -> None:
    info = InfoPs.from_bytes(PANEL_INFO)
    assert info.family is CardFamily.CPS
    assert info.ps_idnat == "899700000012"
    assert info.given_name == "PRENOM"
    assert info.specialties == ()
    assert NamePs.from_bytes(PANEL_NAME).surname == "NOM"


def test_what_is_made_is_the_panel_byte_for_byte() -> None:
    made = IdCard.make(
        "2900995235", ProductCategory.TEST_CARD, dt.date(2026, 1, 15), dt.date(2029, 7, 31)
    )
    assert made.to_bytes() == PANEL_ID
    assert InfoPs.make(CardFamily.CPS, "899700000012", "PRENOM").to_bytes() == PANEL_INFO
    assert NamePs.make("NOM").to_bytes() == PANEL_NAME


def test_the_specialty_ends_the_object_and_is_known_by_its_value() -> None:
    made = InfoPs.make(CardFamily.CPS, "899900063480", "MAX", "SM26")
    assert made.to_bytes().endswith(b"SM26")
    assert made.specialties == ("SM26",)
    elsewhere = Tlv.build(Container.INFO, Tlv(0x9F01, b"SM26"), Tlv(0x84, b"SM36"))
    assert InfoPs(elsewhere).specialties == ("SM26",)


def test_a_practice_reads_as_on_a_test_card() -> None:
    made = ActivityPs.make("CABINET M DOC0073574", "499700735741008", "SA07")
    assert made.to_bytes().endswith(bytes.fromhex("8604") + b"SA07")
    read = ActivityPs.from_bytes(made.to_bytes())
    assert read.structure_name == "CABINET M DOC0073574"
    assert read.struct_idnat == "499700735741008"
    assert read.sector == "SA07"


def test_languages_are_known_by_their_code_whatever_the_tags() -> None:
    assert LangPs.make(["fr", "en"]).codes == ("fr", "en")
    other = Tlv.build(0xE9, Tlv.build(0xA1, Tlv(0x95, b"FR"), Tlv(0x80, b"\x01")), Tlv(4, b"de"))
    assert LangPs(other).codes == ("fr", "de")


def test_unknown_objects_are_kept_in_order() -> None:
    data = bytes.fromhex("E310 9F7F020102 8105 2900995235 C0810155")
    card = IdCard.from_bytes(data)
    assert card.number == "2900995235"
    assert [item.tag for item in card.items] == [0x9F7F, 0x81, 0xC0]
    assert card.to_bytes() == data


def test_a_known_tag_is_found_below_another_object() -> None:
    nested = Tlv.build(Container.NAME, Tlv.build(0xA0, Tlv(0x84, b"NOM")))
    assert NamePs(nested).surname == "NOM"


def test_a_known_tag_at_the_top_wins_over_one_below() -> None:
    nested = Tlv.build(Container.NAME, Tlv.build(0xA0, Tlv(0x84, b"LOW")), Tlv(0x84, b"TOP"))
    assert NamePs(nested).surname == "TOP"


def test_an_inner_object_that_cannot_be_opened_is_a_leaf() -> None:
    broken = Tlv.build(Container.NAME, Tlv(0xA0, b"\x84\x7f"), Tlv(0xA1, b""))
    assert NamePs(broken).surname is None


def test_what_is_absent_is_none() -> None:
    card = IdCard(Tlv.build(Container.ID_CARD))
    assert (card.number, card.category, card.issued, card.expires) == (None,) * 4
    assert not card.is_test
    info = InfoPs(Tlv.build(Container.INFO))
    assert (info.family, info.ps_idnat, info.given_name) == (None,) * 3


def test_codes_nobody_knows_stay_numbers() -> None:
    assert IdCard(Tlv.build(Container.ID_CARD, Tlv(0x82, b"\x7f"))).category == 0x7F
    assert not IdCard(Tlv.build(Container.ID_CARD, Tlv(0x82, b"\x7f"))).is_test
    assert InfoPs(Tlv.build(Container.INFO, Tlv(0x80, b"\x09"))).family == 9


def test_old_texts_are_read_as_latin() -> None:
    assert NamePs(Tlv.build(Container.NAME, Tlv(0x84, b"L\xc9ON"))).surname == "LÉON"
    assert NamePs.make("LÉON").surname == "LÉON"


@pytest.mark.parametrize("value", ["20261301", "2026", "2A000000"])
def test_a_wrong_date_is_refused(value: str) -> None:
    card = IdCard(Tlv.build(Container.ID_CARD, Tlv(0x83, bytes.fromhex(value))))
    with pytest.raises(FormatError) as caught:
        _ = card.issued
    assert caught.value.code == "codec.bcd_date"


def test_a_category_of_two_bytes_is_refused() -> None:
    with pytest.raises(FormatError) as caught:
        _ = IdCard(Tlv.build(Container.ID_CARD, Tlv(0x82, b"\x80\x00"))).category
    assert caught.value.code == "codec.card_object_value"
    assert caught.value.facts == {"object": "IdCard", "tag": "82"}


def test_another_object_is_refused() -> None:
    with pytest.raises(FormatError) as caught:
        NamePs.from_bytes(PANEL_ID)
    assert caught.value.code == "codec.card_object_tag"
    assert caught.value.facts == {"tag": "E3", "expected": "E4"}


def test_a_file_may_have_filler_after_its_object() -> None:
    assert IdCard.from_file(PANEL_ID + bytes(40)).to_bytes() == PANEL_ID
    assert IdCard.from_file(PANEL_ID + b"\xff" * 40).to_bytes() == PANEL_ID
    with pytest.raises(FormatError):
        IdCard.from_bytes(PANEL_ID + bytes(40))


@pytest.mark.parametrize("data", [b"", bytes(20), PANEL_ID * 2])
def test_a_file_holds_exactly_one_object(data: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        IdCard.from_file(data)
    assert caught.value.code == "codec.card_object_count"


@pytest.mark.parametrize("number", ["12a4", "٣٣"])
def test_a_card_number_has_digits_alone(number: str) -> None:
    with pytest.raises(FormatError) as caught:
        IdCard.make(number, ProductCategory.CARD, dt.date.min, dt.date.max)
    assert caught.value.code == "codec.bcd_digits"


def test_an_update_that_ended_is_twenty_bytes() -> None:
    start = dt.datetime(2026, 11, 24, 7, 5, 0, tzinfo=dt.UTC)
    end = start + dt.timedelta(seconds=59)
    made = EfActua.make(start, end)
    assert made.to_bytes().hex() == "ec12810720261124070500820720261124070559"
    assert (made.start, made.end, made.complete) == (start, end, True)


def test_an_update_without_an_end_is_not_complete() -> None:
    half = EfActua(Tlv.build(Container.ACTUA, Tlv(0x81, bytes.fromhex("20261124070500"))))
    assert half.end is None
    assert not half.complete
    zeros = EfActua.from_bytes(bytes.fromhex("EC12 8107 20261124070500 8207 00000000000000"))
    assert not zeros.complete


def test_the_serial_number_reads_as_the_library_does() -> None:
    read = SerialNumber.from_bytes(bytes.fromhex("5A0A8025000001290099525F"))
    assert (read.issuer, read.serial) == ("8025000001", "29009952")
    assert read.is_ans
    made = SerialNumber.make("29009952")
    assert made.to_bytes()[:-1] == bytes.fromhex("5A0A802500000129009952")
    assert made.to_bytes()[-1] == 0x9F
    assert not SerialNumber(bytes(10)).is_ans


@pytest.mark.parametrize(
    "data", ["5B0A8025000001290099525F", "5A810A8025000001290099525F", "5A09802500000129009952", ""]
)
def test_a_serial_number_of_another_shape_is_refused(data: str) -> None:
    with pytest.raises(FormatError):
        SerialNumber.from_bytes(bytes.fromhex(data))


@pytest.mark.parametrize("serial", ["2900995", "290099523", "2900995X"])
def test_a_serial_has_eight_digits(serial: str) -> None:
    with pytest.raises(FormatError):
        SerialNumber.make(serial)


def test_the_invented_values_come_from_the_one_file() -> None:
    chosen = table("card_data")
    assert InfoPs.make(CardFamily.CPS, "", "", "SM26").items[-1].tag == chosen.integer(
        "info_specialty_tag"
    )
    assert LangPs.make([]).whole.tag == chosen.integer("lang_container_tag")


TEXT = st.text(st.characters(codec="utf-8"), max_size=40)


@given(st.text("0123456789", min_size=10, max_size=10), st.sampled_from(ProductCategory))
def test_made_card_identities_come_back(number: str, category: ProductCategory) -> None:
    made = IdCard.make(number, category, dt.date(2026, 1, 15), dt.date(2029, 1, 15))
    read = IdCard.from_bytes(made.to_bytes())
    assert read == made
    assert (read.number, read.category) == (number, category)


@given(TEXT, TEXT, TEXT)
def test_made_texts_come_back(text: str, two: str, three: str) -> None:
    practice = ActivityPs.from_bytes(ActivityPs.make(text, two, three).to_bytes())
    assert (practice.structure_name, practice.struct_idnat, practice.sector) == (text, two, three)
    holder = InfoPs.from_bytes(InfoPs.make(CardFamily.CPE, text, two).to_bytes())
    assert (holder.ps_idnat, holder.given_name) == (text, two or None)
    assert NamePs.from_bytes(NamePs.make(three).to_bytes()).surname == (three or None)


CODES = st.none() | st.text(st.characters(codec="utf-8"), max_size=6)


@given(CODES, CODES, CODES, CODES)
def test_made_codes_come_back(
    text: str | None, two: str | None, three: str | None, four: str | None
) -> None:
    made = InfoPs.make(
        CardFamily.CPS,
        "899700218896",
        "KIT",
        "SM26",
        civility=text,
        profession=two,
        future_profession=three,
        responsibility=four,
    )
    read = InfoPs.from_bytes(made.to_bytes())
    assert (read.civility, read.profession) == (text, two)
    assert (read.future_profession, read.responsibility) == (three, four)
    assert (read.given_name, read.value(0x85)) == ("KIT", b"SM26")
    assert made.to_bytes().endswith(b"SM26")
    practice = ActivityPs.make("CABINET", "499", "SA07", section=text, mode=two, status=three)
    practice = ActivityPs.from_bytes(practice.to_bytes())
    assert (practice.section, practice.mode, practice.status) == (text, two, three)
    assert practice.to_bytes().endswith(b"SA07")


def test_a_code_that_does_not_exist_is_a_fault_of_the_caller() -> None:
    with pytest.raises(LookupError):
        ActivityPs.make("CABINET", "499", "SA07", colour="red")


def test_a_card_that_names_nobody_has_empty_objects() -> None:
    assert NamePs.make("").to_bytes() == bytes.fromhex("E400")
    info = InfoPs.make(CardFamily.CPE, "30B0057881/CPET0002", "")
    assert info.given_name is None
    assert info.value(0x84) is None


def test_the_tags_of_ours_meet_none_of_the_issuers() -> None:
    chosen = table("card_data")
    ours = [
        chosen.integer(f"{name}_tag")
        for name in ("civility", "profession", "future_profession", "responsibility")
    ] + [chosen.integer(f"{name}_tag") for name in ("section", "mode", "status")]
    assert len(set(ours)) == len(ours)
    assert not set(ours) & {*InfoTag, *ActivityTag, chosen.integer("info_specialty_tag")}


@given(st.datetimes(), st.datetimes())
def test_made_updates_come_back(start: dt.datetime, end: dt.datetime) -> None:
    whole = [
        item.replace(microsecond=0, tzinfo=dt.UTC, year=item.year % 1000 + 1000)
        for item in (start.replace(day=1), end.replace(day=1))
    ]
    made = EfActua.make(whole[0], whole[1])
    assert EfActua.from_bytes(made.to_bytes()).start == whole[0]
    assert EfActua.from_bytes(made.to_bytes()).end == whole[1]


@given(st.binary(min_size=10, max_size=10))
def test_serial_numbers_come_back(number: bytes) -> None:
    made = SerialNumber(number)
    assert SerialNumber.from_bytes(made.to_bytes()) == made


KINDS = [IdCard, NamePs, LangPs, InfoPs, ActivityPs, EfActua]


@given(st.sampled_from(KINDS), st.binary(max_size=120))
def test_any_bytes_are_read_or_refused_with_a_code(kind: type[CardObject], body: bytes) -> None:
    outer = kind.container or 0xE5
    for data in (body, Tlv(outer, body).to_bytes()):
        try:
            read = kind.from_bytes(data)
        except FormatError:
            continue
        assert read.to_bytes() == data
        for name in vars(kind):
            if isinstance(getattr(kind, name), property):
                try:
                    getattr(read, name)
                except FormatError as error:
                    assert error.code.startswith("codec.")
