# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What faults make of an image, and that the image itself stays whole."""

import msgspec
import pytest
from cryptography import x509

from caducee.codec.carddata import EfActua
from caducee.codec.tlv import Tlv
from caducee.virtualcard.faults.content import active, carried, shown
from caducee.virtualcard.faults.names import FaultName
from caducee.virtualcard.faults.pins import restored, settled
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import DataFile, Fault, Hex

CERTIFICATES = ("3F00/0001/A001", "3F00/0001/A002", "3F00/0001/A003")
ACTUA = "3F00/D010"


def having(image: CardImage, *names: FaultName, **details: object) -> CardImage:
    faults = tuple(msgspec.convert({"name": name, **details}, Fault) for name in names)
    return msgspec.structs.replace(image, faults=faults)


def content(image: CardImage, path: str) -> bytes:
    (found,) = (file for file in image.files if file.path == path)
    assert isinstance(found, DataFile)
    return found.content


def tries(image: CardImage) -> list[int]:
    return [code.tries_left for code in image.pins]


def test_an_image_without_faults_has_no_word_of_them_and_is_shown_as_it_is(
    image: CardImage,
) -> None:
    assert b'"faults"' not in image.to_json()
    assert active(image) == ()
    assert shown(image) is image


def test_an_image_keeps_its_faults_in_its_file(image: CardImage) -> None:
    replaced = Fault(name=FaultName.EXPIRED, certificates={CERTIFICATES[0]: Hex(b"\x30\x00")})
    faults = (Fault(name=FaultName.TORN, after=7), Fault(name=FaultName.SLOW, delay=5), replaced)
    text = msgspec.structs.replace(image, faults=faults).to_json()
    read = active(CardImage.from_json(text))
    assert [(item.name, item.after, item.delay, item.certificates) for item in read] == [
        ("torn", 7, 1000, {}),
        ("slow", 1, 5, {}),
        ("expired", 1, 1000, {CERTIFICATES[0]: b"\x30\x00"}),
    ]


@pytest.mark.parametrize("path", CERTIFICATES)
def test_wrong_unused_bits_spoil_one_byte_that_openssl_refuses(image: CardImage, path: str) -> None:
    before = content(image, path)
    after = content(shown(having(image, FaultName.UNUSED_BITS)), path)
    differing = [
        at for at, pair in enumerate(zip(before, after, strict=True)) if len(set(pair)) > 1
    ]
    assert len(differing) == 1
    assert Tlv.from_bytes(after).children()[-1].value[0] == 7
    with pytest.raises(ValueError):
        x509.load_der_x509_certificate(after)


def test_wrong_unused_bits_leave_what_is_no_certificate(image: CardImage) -> None:
    places = {item.path: at for at, item in enumerate(image.files)}
    for path, junk in zip(CERTIFICATES, (b"", b"\x30\x02\x02\x00", b"junk"), strict=True):
        image = image.with_content(places[path], junk)
    found = shown(having(image, FaultName.UNUSED_BITS))
    assert [content(found, path) for path in CERTIFICATES] == [b"", b"\x30\x02\x02\x00", b"junk"]


def test_an_update_that_began_has_no_end(image: CardImage) -> None:
    actua = EfActua.from_file(content(shown(having(image, FaultName.UPDATE_INCOMPLETE)), ACTUA))
    assert not actua.complete


@pytest.mark.parametrize("there", [False, True])
def test_the_file_of_updates_is_replaced_or_comes_last(image: CardImage, there: bool) -> None:
    made = DataFile(name="EF_ACTUA", path=ACTUA, content=Hex(b"\xec\x00"))
    files = (made, *image.files) if there else image.files
    image = msgspec.structs.replace(image, files=files)
    found = shown(having(image, FaultName.UPDATE_EMPTY))
    assert content(found, ACTUA) == b""
    expected = [file.path for file in files] + ([] if there else [ACTUA])
    assert [file.path for file in found.files] == expected


def test_exchanged_keys_stand_in_each_others_place_and_the_third_stays(image: CardImage) -> None:
    before = [key.private_key.reveal() for key in image.keys]
    after = [
        key.private_key.reveal() for key in shown(having(image, FaultName.KEYS_EXCHANGED)).keys
    ]
    assert after == [before[1], before[0], before[2]]
    assert len(set(before)) == 3


def test_keys_without_their_certificates_are_not_exchanged(image: CardImage) -> None:
    at = [file.path for file in image.files].index(CERTIFICATES[1])
    spoiled = having(image.with_content(at, b"junk"), FaultName.KEYS_EXCHANGED)
    assert shown(spoiled).keys is spoiled.keys


@pytest.mark.parametrize(
    "name", [FaultName.EXPIRED, FaultName.NOT_YET_VALID, FaultName.OTHER_HOLDER]
)
def test_other_certificates_replace_those_of_their_files_alone(
    image: CardImage, name: FaultName
) -> None:
    there = {CERTIFICATES[0]: Hex(b"other"), "3F00/0001/EEEE": Hex(b"nowhere")}
    faulty = msgspec.structs.replace(image, faults=(Fault(name=name, certificates=there),))
    found = shown(faulty)
    assert content(found, CERTIFICATES[0]) == b"other"
    assert content(found, CERTIFICATES[1]) == content(image, CERTIFICATES[1])
    assert len(found.files) == len(image.files)


@pytest.mark.parametrize(
    ("name", "left"),
    [
        (FaultName.LAST_TRY, [1, 3]),
        (FaultName.BLOCKED, [0, 3]),
        (FaultName.BLOCKED_FOR_EVER, [0, 0]),
    ],
)
def test_faults_of_pins_are_done_once_and_named_no_more(
    image: CardImage, name: FaultName, left: list[int]
) -> None:
    found = settled(having(image, FaultName.SLOW, name))
    assert tries(found) == left
    assert [item.name for item in active(found)] == ["slow"]
    assert settled(found) is found


def test_taking_faults_away_gives_every_pin_its_tries_and_changes_nothing_else(
    image: CardImage,
) -> None:
    faulty = settled(having(image, FaultName.BLOCKED_FOR_EVER, FaultName.UNUSED_BITS))
    assert restored(faulty).to_json() == image.to_json()
    assert restored(image) is image


def test_what_a_card_changes_is_carried_and_what_a_fault_changed_is_not(image: CardImage) -> None:
    faulty = having(image, FaultName.UNUSED_BITS, FaultName.UPDATE_EMPTY)
    before = shown(faulty)
    at = [file.path for file in before.files].index("3F00/0001/D107")
    code = msgspec.structs.replace(before.pins[0], tries_left=2)
    found = carried(faulty, before, before.with_content(at, b"written").with_pin(code))
    assert content(found, "3F00/0001/D107") == b"written"
    assert tries(found) == [2, 3]
    assert [content(found, certificate) for certificate in CERTIFICATES] == [
        content(image, certificate) for certificate in CERTIFICATES
    ]
    assert len(found.files) == len(image.files)
