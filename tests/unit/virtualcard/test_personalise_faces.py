# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What personalisation puts on the faces beyond the contacts of a CPS3."""

from dataclasses import replace

import pytest
from tests.unit.virtualcard.conftest import CPS2TER, vector_content, vector_content_cps4

from caducee.base.errors import IssueError
from caducee.codec.pkcs15 import (
    CertificateEntry,
    DataEntry,
    DirRecord,
    ObjectFlags,
    OdfEntry,
    PrivateKeyEntry,
    PublicKeyEntry,
    TokenInfo,
    read_entries,
)
from caducee.spec import atrs
from caducee.spec.labels import Cps2terLabel
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import DataFile
from caducee.virtualcard.personalise import ContactlessChip, Cps2terData, cps3, cps4

AID = bytes.fromhex("E828BD080F8025000001FF0010")


def _content(image: CardImage, path: str) -> bytes:
    found = next(file for file in image.files if file.path == path)
    assert isinstance(found, DataFile)
    return found.content


@pytest.fixture
def new(cards: dict[str, CardImage]) -> CardImage:
    return cards["cps4"]


def test_a_cps4_is_named_by_its_token_label(new: CardImage) -> None:
    assert new.name == "CPS4v1-3100603746"
    assert TokenInfo.from_bytes(_content(new, "3F00/0001/5032")).label == new.name


def test_a_cps4_has_one_application_and_no_contactless_face(new: CardImage) -> None:
    (record,) = read_entries(DirRecord, _content(new, "3F00/2F00"))
    assert isinstance(record, DirRecord)
    assert (record.aid, record.path) == (AID, bytes.fromhex("3F000001"))
    assert new.contactless is None
    assert not any("/0002" in file.path or "/71" in file.path for file in new.files)


def test_the_keys_of_a_cps4_end_in_10_and_20(new: CardImage) -> None:
    def ids(kind: type, file: str) -> list[bytes]:
        return [entry.id for entry in read_entries(kind, _content(new, f"3F00/0001/{file}"))]  # type: ignore[attr-defined]

    expected = [AID + b"\x10", AID + b"\x20"]
    for kind, file in (
        (PrivateKeyEntry, "7002"),
        (PublicKeyEntry, "7004"),
        (CertificateEntry, "7005"),
    ):
        assert ids(kind, file) == expected
    keys = read_entries(PrivateKeyEntry, _content(new, "3F00/0001/7002"))
    assert [key.reference for key in keys] == [0x10, 0x20]  # type: ignore[union-attr]
    assert [key.reference for key in new.keys] == [0x10, 0x20]


def test_a_cps4_lists_the_objects_of_its_cps2ter_side(new: CardImage) -> None:
    entries = read_entries(DataEntry, _content(new, "3F00/0001/7006"))
    found = {entry.label: entry for entry in entries if isinstance(entry, DataEntry)}
    assert list(found)[7:] == [
        "CPS_SIT_FACT",
        "CPS2TER_ACTIVITY_01_PS",
        "CPS2TER_ACTIVITY_03_PS",
        *sorted(Cps2terLabel),
    ]
    assert found["CPS_SIT_FACT"].path == bytes.fromhex("3F007F014000")
    assert found["CPS2TER_ACTIVITY_03_PS"].path == bytes.fromhex("3F004012")
    for label in ("CPS_SIT_FACT", "CPS2TER_ACTIVITY_01_PS"):
        assert (found[label].flags, found[label].auth_id) == (ObjectFlags.PRIVATE, b"\x01")
    assert found["CPS2TER_ICC"].flags is ObjectFlags.NONE
    paths = {file.path.replace("/", "") for file in new.files}
    assert all(
        item.path is not None and item.path.hex().upper() in paths for item in found.values()
    )


def test_every_path_of_a_cps4_leads_to_a_file(new: CardImage) -> None:
    paths = {file.path.replace("/", "") for file in new.files}
    for entry in read_entries(OdfEntry, _content(new, "3F00/0001/5031")):
        assert isinstance(entry, OdfEntry) and entry.path is not None
        assert entry.path.hex().upper() in paths


@pytest.mark.parametrize("known", [item for item in atrs.KNOWN if item.face is atrs.CardFace.CPS4])
def test_a_cps4_may_have_each_answer_to_reset(known: atrs.KnownAtr) -> None:
    image = cps4(replace(vector_content_cps4(), atr=known.atr))
    assert image.contact.atr == known.atr


def test_a_cps4_answers_at_once_unless_it_has_t0_alone() -> None:
    found = {
        item.name: cps4(replace(vector_content_cps4(), atr=item.atr)).contact.answers
        for item in atrs.KNOWN
        if item.face is atrs.CardFace.CPS4
    }
    assert found == {"CPS4": "direct", "CPS4 release candidate": "direct", "CPS4 T=0": "61xx"}


def test_a_cps3_lists_nothing_of_its_cps2ter_side(cards: dict[str, CardImage]) -> None:
    with_side, without = cards["cps3-cps2ter"], cards["cps3"]
    assert _content(with_side, "3F00/0001/7006") == _content(without, "3F00/0001/7006")
    added = {file.path: file.side for file in with_side.files if file not in without.files}
    paths = {file.path for file in with_side.files} - {file.path for file in without.files}
    assert paths == {"3F00/7F01", "3F00/7F01/4000", "3F00/4010", "3F00/4012"}
    assert {added[path] for path in paths} == {"CPS2ter"}


def test_a_card_may_have_situations_alone() -> None:
    image = cps3(replace(vector_content(), cps2ter=Cps2terData(activities={16: b"x"})))
    assert _content(image, "3F00/401F") == b"x"
    assert "3F00/7F01" not in {file.path for file in image.files}


def test_the_contactless_chip_has_the_uid_of_its_kind() -> None:
    content = vector_content()
    with_application = cps3(content).contactless
    old = cps3(replace(content, contactless=ContactlessChip.IDENTIFICATION)).contactless
    assert with_application is not None and old is not None
    assert (with_application.generation, with_application.uid.hex()) == ("CPS3", "04290099523580")
    assert (old.generation, old.uid.hex()) == ("identification", "c5e9aca3")
    assert old.atr == atrs.STORAGE_CARD
    given = cps3(replace(content, uid=bytes(7))).contactless
    assert given is not None and given.uid == bytes(7)


def test_a_card_may_have_no_contactless_chip() -> None:
    assert cps3(replace(vector_content(), contactless=ContactlessChip.NONE)).contactless is None
    assert cps3(vector_content(two_applications=False)).contactless is None


def test_only_the_technical_key_is_there_without_contacts(image: CardImage) -> None:
    found = {key.name: key.uses.contactless for key in image.keys}
    assert found == {
        "CPS_PRIV_SIG": "never",
        "CPS_PRIV_AUT": "never",
        "CPS_PRIV_TECH_AUT": "always",
    }


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"two_applications": False, "contactless": ContactlessChip.APPLICATION}, "contactless"),
        ({"uid": bytes(4)}, "uid"),
        ({"uid": bytes(7), "contactless": ContactlessChip.IDENTIFICATION}, "uid"),
        ({"uid": bytes(4), "contactless": ContactlessChip.NONE}, "uid"),
        ({"cps2ter": Cps2terData(objects={Cps2terLabel.ID: b"x"})}, "cps2ter"),
        ({"cps2ter": Cps2terData(activities={17: b"x"})}, "cps2ter"),
        ({"atr": atrs.KNOWN[0].atr}, "atr"),
    ],
)
def test_content_that_no_cps3_can_hold_is_refused(changes: dict[str, object], part: str) -> None:
    with pytest.raises(IssueError) as caught:
        cps3(replace(vector_content(), **changes))  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.facts["part"]) == ("card.content_wrong", part)


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"contactless": ContactlessChip.IDENTIFICATION}, "contactless"),
        ({"uid": bytes(7)}, "contactless"),
        ({"atr": atrs.KNOWN[0].atr}, "atr"),
        ({"card_number": "31"}, "card_number"),
        ({"cps2ter": Cps2terData(activities={0: b"x"})}, "cps2ter"),
    ],
)
def test_content_that_no_cps4_can_hold_is_refused(changes: dict[str, object], part: str) -> None:
    with pytest.raises(IssueError) as caught:
        cps4(replace(vector_content_cps4(), **changes))  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.facts["part"]) == ("card.content_wrong", part)


def test_a_technical_key_finds_no_place_on_a_cps4() -> None:
    content = replace(vector_content_cps4(), technical_key=vector_content().technical_key)
    assert len(cps4(content).keys) == 2


def test_data_of_the_cps2ter_side_are_there_or_not() -> None:
    assert CPS2TER
    assert not Cps2terData()
    assert Cps2terData(sit_fact=b"")


@pytest.mark.parametrize(
    "name", ["cps3", "cps3-one-application", "cps3-cps2ter", "cps3-identification", "cps4"]
)
def test_each_image_is_accepted_by_its_own_rules(cards: dict[str, CardImage], name: str) -> None:
    image = cards[name]
    assert CardImage.from_json(image.to_json()).to_json() == image.to_json()
