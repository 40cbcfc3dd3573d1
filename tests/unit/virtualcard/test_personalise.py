# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
import datetime as dt
from dataclasses import replace

import pytest
from tests.unit.virtualcard.conftest import vector_content

from caducee.base.errors import IssueError
from caducee.base.secret import Secret
from caducee.codec.carddata import ActivityPs, EfActua
from caducee.codec.pkcs15 import (
    CertificateEntry,
    DataEntry,
    DirRecord,
    ObjectFlags,
    OdfEntry,
    PinEntry,
    PrivateKeyEntry,
    PublicKeyEntry,
    TokenInfo,
    read_entries,
)
from caducee.virtualcard.content import PersonalisationData
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import DataFile
from caducee.virtualcard.personalise import cps3

AID = bytes.fromhex("E828BD080F8025000001FF0010")


def _content(image: CardImage, path: str) -> bytes:
    return _find(image, path).content


def _hex(*parts: str) -> bytes:
    return bytes.fromhex("".join(parts))


def _find(image: CardImage, path: str) -> DataFile:
    return next(file for file in image.files if file.path == path and isinstance(file, DataFile))


def test_the_card_is_named_by_its_token_label(image: CardImage) -> None:
    assert image.name == "CPS3v3-2900995235"
    assert TokenInfo.from_bytes(_content(image, "3F00/0001/5032")).label == image.name


def test_small_files_have_the_bytes_that_both_middlewares_accept(image: CardImage) -> None:
    assert _content(image, "3F00/D003").hex() == "5a0a8025000001290099525f"
    assert _content(image, "3F00/2F00").hex() == (
        "611f4f0de828bd080f8025000001ff00105008415349502043505351043f000001"
        "61224f0de828bd080f8025000001ff0020500b415349502043505320434c51043f000002"
    )
    assert _content(image, "3F00/2F01").hex() == (
        "804301b8460404b0ecc14703940180e0100202010402020104020201000202010082029000"
    )
    assert _content(image, "3F00/0001/5031").hex() == "".join(
        f"{tag}0a300804063f000001{file}"
        for tag, file in (
            ("a8", "7001"),
            ("a0", "7002"),
            ("a1", "7004"),
            ("a4", "7005"),
            ("a7", "7006"),
        )
    )


def test_token_info_lists_the_algorithms_that_opensc_needs(image: CardImage) -> None:
    data = _content(image, "3F00/0001/5032")
    assert bytes.fromhex("03020470") in data
    rows = (
        ("01", "0220", "0102", "10"),
        ("02", "0250", "0102", "40"),
        ("03", "06", "0640", "12"),
        ("04", "40", "0640", "42"),
        ("05", "01", "0640", "02"),
        ("06", "01", "0204", "1a"),
    )
    parts = [
        f"0201{number}02{len(mechanism) // 2:02x}{mechanism}05000302{operation}0201{algorithm}"
        for number, mechanism, operation, algorithm in rows
    ]
    listed = "".join(f"30{len(part) // 2:02x}{part}" for part in parts)
    assert data.hex().endswith(f"a2{len(listed) // 2:02x}{listed}")


def test_pins_stand_in_the_directory_as_found_by_trial(image: CardImage) -> None:
    pin = _hex(
        "303C 3015 0C0C 436F646520706F7274657572 030206C0 040102 3003 040101",
        "A11E 301C 03020388 0A0101 020104 020104 020104 800101 0401FF 3004 04023F00",
    )
    puk = _hex(
        "303E 3017 0C11 436F6465206465206465626C6F63616765 030206C0 3003 040102",
        "A11E 301C 0302008B 0A0101 020108 020108 020108 800102 0401FF 3004 04023F00",
    )
    assert _content(image, "3F00/0001/7001") == pin + puk


def test_the_pin_lengths_of_the_directory_are_those_of_the_card() -> None:
    image = cps3(vector_content(digits=8))
    pin = read_entries(PinEntry, _content(image, "3F00/0001/7001"))[0]
    assert isinstance(pin, PinEntry)
    assert (pin.min_length, pin.stored_length, pin.max_length) == (4, 8, 8)
    assert (image.pins[0].min_length, image.pins[0].max_length) == (4, 8)


def test_keys_stand_in_the_directory_as_found_by_trial(image: CardImage) -> None:
    sign, auth = read_entries(PrivateKeyEntry, _content(image, "3F00/0001/7002"))
    assert sign.to_bytes() == _hex(
        "3046 3015 0C0C 435053 5F 50524956 5F 534947 03020780 040101",
        f"301D 040E {AID.hex()} 01 0303062040 030203B8 02020081",
        "A10E 300C 3006 0404 3F000001 02020800",
    )
    assert _hex(f"301C 040E {AID.hex()} 02 03020264 030203B8 02020082") in auth.to_bytes()
    assert len(_content(image, "3F00/0001/7002")) == 143
    assert len(_content(image, "3F00/0001/7004")) == 194
    assert len(_content(image, "3F00/0001/7005")) == 136


def test_key_public_key_and_certificate_share_an_id(image: CardImage) -> None:
    def ids(kind: type, file: str) -> list[bytes]:
        return [entry.id for entry in read_entries(kind, _content(image, f"3F00/0001/{file}"))]  # type: ignore[attr-defined]

    expected = [AID + b"\x01", AID + b"\x02"]
    assert ids(PrivateKeyEntry, "7002") == expected
    assert ids(PublicKeyEntry, "7004") == expected
    assert ids(CertificateEntry, "7005") == expected
    assert ids(CertificateEntry, "7105") == [AID + b"\x03"]


def test_data_objects_are_listed_with_their_rights(image: CardImage) -> None:
    entries = read_entries(DataEntry, _content(image, "3F00/0001/7006"))
    found = [entry for entry in entries if isinstance(entry, DataEntry)]
    assert [item.label for item in found] == [
        "CPS_DATA",
        "CPS_ID_CARD",
        "CPS_NAME_PS",
        "CPS_LANG_PS",
        "CPS_INFO_PS",
        "CPS_ACTIVITY_01_PS",
        "CPS_ACTIVITY_03_PS",
    ]
    assert found[0].to_bytes() == _hex(
        "3023 300E 0C08 4350535F44415441 03020640",
        "3005 0C03 435053 A10A 3008 0406 3F000001D107",
    )
    assert [item.flags for item in found[1:5]] == [ObjectFlags.NONE] * 4
    assert [(item.flags, item.auth_id) for item in found[5:]] == [
        (ObjectFlags.PRIVATE, b"\x01")
    ] * 2
    assert found[6].path == bytes.fromhex("3F000001D122")


def test_every_path_of_every_directory_leads_to_a_file(image: CardImage) -> None:
    paths = {item.path.replace("/", "") for item in image.files}
    for odf in ("3F00/0001/5031", "3F00/0002/5031"):
        for entry in read_entries(OdfEntry, _content(image, odf)):
            assert isinstance(entry, OdfEntry) and entry.path is not None
            assert entry.path.hex().upper() in paths
    for kind, files in ((CertificateEntry, ("7005", "7105")), (DataEntry, ("7006", "7106"))):
        for file in files:
            for read_entry in read_entries(kind, _content(image, f"3F00/0001/{file}")):
                assert read_entry.path.hex().upper() in paths  # type: ignore[union-attr]
    for record in read_entries(DirRecord, _content(image, "3F00/2F00")):
        assert isinstance(record, DirRecord) and record.path is not None
        assert record.path.hex().upper() in paths


def test_one_application_leaves_no_trace_of_the_other() -> None:
    image = cps3(vector_content(two_applications=False))
    paths = {file.path for file in image.files}
    assert not any(path.startswith("3F00/0002") or "/71" in path for path in paths)
    assert len(_content(image, "3F00/2F00")) == 33
    assert "3F00/0001/A003" in paths


def test_a_card_may_have_no_technical_key() -> None:
    content = replace(
        vector_content(two_applications=False), technical_key=None, technical_certificate=None
    )
    image = cps3(content)
    assert len(image.keys) == 2
    assert "3F00/0001/A003" not in {file.path for file in image.files}


def test_the_last_update_stands_on_the_card_after_the_first_one(
    content: PersonalisationData,
) -> None:
    assert "3F00/D010" not in {file.path for file in cps3(content).files}
    moment = dt.datetime(2026, 3, 1, 12, 30, tzinfo=dt.UTC)
    actua = EfActua.make(moment, moment)
    image = cps3(replace(content, data=replace(content.data, actua=actua)))
    assert _content(image, "3F00/D010").hex() == "ec12810720260301123000820720260301123000"


def test_cps_data_is_filled_with_zeros(content: PersonalisationData) -> None:
    image = cps3(replace(content, data=replace(content.data, cps_data=b"mine")))
    assert _content(image, "3F00/0001/D107") == b"mine" + bytes(252)


def test_the_image_is_accepted_by_its_own_rules(image: CardImage) -> None:
    assert CardImage.from_json(image.to_json()).to_json() == image.to_json()


ACTIVITY = ActivityPs.make("CABINET", "499700000012008", "SA07")


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"card_number": "290099523"}, "card_number"),
        ({"card_number": "29009952３５"}, "card_number"),
        ({"pin": Secret.of("123")}, "pin"),
        ({"pin": Secret.of("12a4")}, "pin"),
        ({"puk": Secret.of("1234567")}, "puk"),
        ({"pin_lengths": (5, 4)}, "pin_lengths"),
        ({"technical_key": None}, "technical_key"),
        ({"technical_key": None, "technical_certificate": None}, "technical_key"),
    ],
)
def test_content_that_no_card_can_hold_is_refused(
    content: PersonalisationData, changes: dict[str, object], part: str
) -> None:
    with pytest.raises(IssueError) as caught:
        cps3(replace(content, **changes))  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.facts["part"]) == ("card.content_wrong", part)


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"activities": {0: ACTIVITY}}, "activities"),
        ({"activities": {17: ACTIVITY}}, "activities"),
        ({"cps_data": bytes(257)}, "cps_data"),
    ],
)
def test_data_that_no_card_can_hold_are_refused(
    content: PersonalisationData, changes: dict[str, object], part: str
) -> None:
    with pytest.raises(IssueError) as caught:
        cps3(replace(content, data=replace(content.data, **changes)))  # type: ignore[arg-type]
    assert caught.value.facts["part"] == part


def test_a_refused_pin_does_not_show(content: PersonalisationData) -> None:
    with pytest.raises(IssueError) as caught:
        cps3(replace(content, pin=Secret.of("987654321")))
    assert "987654321" not in str(caught.value)
