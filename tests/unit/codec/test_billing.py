# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The billing side: what is made comes back, the unknown is kept, the wrong is refused."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import FormatError
from caducee.codec.billing import (
    BillingSituation,
    SituationObject,
    SituationsObject,
    billing_key,
)
from caducee.codec.tlv import Tlv
from caducee.spec.nomenclatures import Table
from caducee.spec.ours import table
from caducee.testing.strategies import spoiled, tlvs

FULL = BillingSituation(
    activity=3,
    structure_name="CABINET M DOC0073574",
    struct_idnat="499700735741008",
    sector="SA07",
    section="A",
    mode="04",
    status="1",
    number="0B100073",
    key=billing_key("0B100073"),
    convention="1",
    specialty="01",
    tariff_zone="30",
    travel="2",
    agreements=("01", "04", "99"),
    sign_fse=True,
    sign_batches=False,
    replaced="899700218896",
)
OWN = table("billing")


def tag(name: str) -> int:
    return OWN.integer(name)


def situation(*items: Tlv) -> SituationObject:
    return SituationObject(Tlv.build(tag("situation_tag"), *items))


def test_every_fact_of_a_situation_comes_back() -> None:
    assert all(getattr(FULL, field.name) not in (None, ()) for field in fields(FULL))
    assert SituationObject.from_bytes(SituationObject.make(FULL).to_bytes()).situation == FULL


def test_a_situation_that_says_nothing_is_empty() -> None:
    made = SituationObject.make(BillingSituation())
    assert made.to_bytes() == bytes((tag("situation_tag"), 0))
    assert made.situation == BillingSituation()
    assert list(made.situation.coded()) == []


def test_a_card_holds_situations_in_their_order_or_none() -> None:
    other = replace(FULL, activity=16, sign_fse=False, agreements=())
    read = SituationsObject.from_bytes(SituationsObject.make([FULL, other]).to_bytes())
    assert read.situations == (FULL, other)
    assert SituationsObject.make([]).situations == ()


def test_codes_have_the_labels_of_their_tables() -> None:
    found = {(item.field, item.code): (item.table, item.labels) for item in FULL.coded()}
    assert found["convention", "1"] == (Table.CONVENTIONS, ("Conventionné",))
    assert found["specialty", "01"] == (Table.INSURANCE_SPECIALTIES, ("Médecine générale",))
    assert found["tariff_zone", "30"] == (Table.TARIFF_ZONES, ("Zone C", "Zone B"))
    assert found["travel", "2"][1] == ("Indemnités kilométriques montagne",)
    assert found["agreements", "04"][1] == ("Agrément K",)
    assert found["mode", "04"][1] == ("Remplaçant",)
    assert found["sector", "SA07"][1] == ("Cabinet individuel",)
    assert found["section", "A"][1] == ("Pharmacien titulaire d'officine",)
    assert len(found) == 10


def test_an_unknown_code_passes_through_without_a_label() -> None:
    strange = BillingSituation(convention="77", agreements=("ZZ",))
    read = SituationObject.from_bytes(SituationObject.make(strange).to_bytes()).situation
    assert read == strange
    assert [item.labels for item in read.coded()] == [(), ()]


def test_unknown_objects_are_kept_and_passed_over() -> None:
    inner = situation(Tlv(0x9F7F, b"?"), Tlv(tag("convention"), b"1"), Tlv(0xC0, b""))
    assert inner.situation == BillingSituation(convention="1")
    outer = SituationsObject(Tlv.build(tag("list_tag"), Tlv(0xC0, b"!"), inner.whole))
    data = outer.to_bytes()
    read = SituationsObject.from_bytes(data)
    assert read.situations == (BillingSituation(convention="1"),)
    assert read.to_bytes() == data


def test_texts_of_old_cards_are_latin() -> None:
    read = situation(Tlv(tag("structure_name"), b"H\xd4PITAL"), Tlv(tag("agreement"), b"\xe9"))
    assert read.situation.structure_name == "HÔPITAL"
    assert read.situation.agreements == ("é",)


@pytest.mark.parametrize(
    "changes",
    [
        {"activity": 0},
        {"activity": 17},
        {"number": "0B10007"},
        {"number": "0B1000735"},
        {"number": "XB100073"},
        {"number": "0Z100073"},
        {"key": "A"},
        {"key": ""},
        {"key": "10"},
        {"agreements": ("00",) * 4},
    ],
)
def test_what_no_situation_can_hold_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(FormatError) as caught:
        replace(FULL, **changes)  # type: ignore[arg-type]  # wrong on purpose
    assert caught.value.code == "codec.card_object_value"
    assert caught.value.facts == {"object": "BillingSituation", "tag": next(iter(changes))}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sign_fse", b"\x02"),
        ("sign_batches", b"\xff"),
        ("sign_fse", b"\x00\x01"),
        ("activity", b""),
    ],
)
def test_a_number_or_right_of_another_form_is_refused(name: str, value: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        _ = situation(Tlv(tag(name), value)).situation
    assert caught.value.code == "codec.card_object_value"


def test_one_object_is_not_taken_for_the_other() -> None:
    for kind, other in (
        (SituationObject, SituationsObject.make([])),
        (SituationsObject, SituationObject.make(FULL)),
    ):
        with pytest.raises(FormatError) as caught:
            kind.from_bytes(other.to_bytes())
        assert caught.value.code == "codec.card_object_tag"


@pytest.mark.parametrize(
    ("number", "key"), [("0B280058", "5"), ("0B608751", "0"), ("0B607760", "2"), ("0B212737", "7")]
)
def test_the_key_of_a_billing_number_is_that_of_the_adeli_number(number: str, key: str) -> None:
    assert billing_key(number) == key


def test_every_tag_stands_once() -> None:
    tags = [tag(name) for name in OWN if name != "insurance_copy"]
    assert len(set(tags)) == len(tags)


TEXT = st.none() | st.text(st.characters(codec="utf-8"), max_size=20)
RIGHT = st.none() | st.booleans()
SITUATIONS = st.builds(
    BillingSituation,
    activity=st.none() | st.integers(1, 16),
    number=st.none() | st.from_regex("[0-9][0-9A-I][0-9]{6}", fullmatch=True),
    key=st.none() | st.sampled_from("0123456789"),
    agreements=st.lists(st.text(st.characters(codec="utf-8"), max_size=4), max_size=3).map(tuple),
    sign_fse=RIGHT,
    sign_batches=RIGHT,
    structure_name=TEXT,
    struct_idnat=TEXT,
    sector=TEXT,
    section=TEXT,
    mode=TEXT,
    status=TEXT,
    convention=TEXT,
    specialty=TEXT,
    tariff_zone=TEXT,
    travel=TEXT,
    replaced=TEXT,
)


@given(st.lists(SITUATIONS, max_size=3))
def test_made_situations_come_back(made: list[BillingSituation]) -> None:
    data = SituationsObject.make(made).to_bytes()
    read = SituationsObject.from_bytes(data)
    assert read.situations == tuple(made)
    assert read.to_bytes() == data


@given(
    spoiled(
        st.lists(SITUATIONS, max_size=2).map(SituationsObject.make).map(lambda it: it.to_bytes())
    )
    | st.lists(tlvs(), max_size=3).map(
        lambda items: Tlv(tag("list_tag"), b"".join(item.to_bytes() for item in items)).to_bytes()
    )
)
def test_any_bytes_are_read_or_refused_with_a_code(data: bytes) -> None:
    try:
        read = SituationsObject.from_bytes(data)
    except FormatError as error:
        assert error.code.startswith("codec.")
        return
    assert read.to_bytes() == data
    try:
        assert all(list(item.coded()) is not None for item in read.situations)
    except FormatError as error:
        assert error.code.startswith("codec.")
