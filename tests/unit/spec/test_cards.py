# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import doctest

import pytest

from caducee.spec import aids, atrs, files, labels
from caducee.spec.atrs import CardFace, face_of, resembles
from caducee.spec.files import FileId, path

CPS3 = bytes.fromhex("3BAC00402A001225006480000310009000")


@pytest.mark.parametrize("module", [atrs, files])
def test_examples_of_the_documentation_hold(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


def test_application_identifiers_are_made_of_provider_and_issuer() -> None:
    assert aids.CPS3_CONTACT.hex() == "e828bd080f8025000001ff0010"
    assert aids.CPS3_CONTACTLESS.hex() == "e828bd080f8025000001ff0020"
    assert aids.CPS4_CHIPDOC.hex() == "8025000001ff0100"
    assert aids.CPS2TER_APPLET.hex() == "8025000001ff0002"


def test_each_known_answer_to_reset_names_its_face_and_matches_itself() -> None:
    for known in atrs.KNOWN:
        assert face_of(known.atr) == resembles(known.atr) == known.face
        assert known.matches(known.atr)
        assert len(known.atr) == len(known.mask)
    assert {known.face for known in atrs.KNOWN} == set(CardFace)


def test_a_face_is_recognised_byte_for_byte_and_a_likeness_under_the_mask() -> None:
    other_batch = CPS3[:11] + b"\x04" + CPS3[12:]
    assert face_of(other_batch) is None
    assert resembles(other_batch) == CardFace.CPS3_CONTACT
    assert resembles(CPS3[:-1] + b"\x01") is None
    assert resembles(CPS3[:-1]) is None
    assert resembles(CPS3 + b"\x00") is None


def test_a_path_is_two_bytes_for_each_file() -> None:
    assert path() == b""
    assert path(FileId.MF, FileId.CONTACT, 0xD107).hex() == "3f000001d107"


def test_practice_situations_are_numbered_in_their_labels() -> None:
    assert labels.activity(1) == "CPS_ACTIVITY_01_PS"
    for number in range(1, files.ACTIVITIES + 1):
        assert labels.activity_number(labels.activity(number)) == number


@pytest.mark.parametrize(
    "label",
    [
        "",
        "CPS_DATA",
        "CPS_ACTIVITY_1_PS",
        "CPS_ACTIVITY_01",
        "CPS_ACTIVITY__PS",
        "CPS_ACTIVITY_0²_PS",
        "XCPS_ACTIVITY_01_PS",
        "CPS2TER_ACTIVITY_01_PS",
        "CPS_ACTIVITY_01_PS_PS",
    ],
)
def test_other_labels_are_no_practice_situation(label: str) -> None:
    assert labels.activity_number(label) is None


def test_token_labels_end_with_the_card_number() -> None:
    assert labels.token(labels.TokenPrefix.CPS3, "2900995235") == "CPS3v3-2900995235"
    assert labels.token(labels.TokenPrefix.CPS4, "3100603746") == "CPS4v1-3100603746"
