# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.virtualcard.conftest import key, pem

from caducee.base.errors import StateError
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.store import FileStore


@pytest.fixture
def document(image: CardImage) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(image.to_json())
    return found


def _refused(document: object) -> StateError:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(StateError) as caught:
        CardImage.from_json(data, origin="card.json")
    assert caught.value.facts["path"] == "card.json"
    return caught.value


def _file(document: dict[str, Any], name: str) -> tuple[int, dict[str, Any]]:
    return next((at, item) for at, item in enumerate(document["files"]) if item["name"] == name)


def test_an_image_comes_back_from_its_file(image: CardImage, tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    image.save(path)
    assert CardImage.load(path).to_json() == image.to_json()


def test_only_the_owner_reads_an_image_file(image: CardImage, tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    image.save(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_person_can_read_an_image_file(document: dict[str, Any]) -> None:
    _, serial = _file(document, "EF.SN.ICC")
    assert serial["content"] == "5A0A8025 00000129 0099525F"
    assert serial["path"] == "3F00/D003"
    assert document["codes"][0]["value"] == "1234"
    assert document["keys"][0]["private_key"].startswith("-----BEGIN PRIVATE KEY-----\n")
    _, info = _file(document, "EF.TokenInfo")
    assert [len(line) for line in info["content"][:-1]] == [71] * (len(info["content"]) - 1)


def test_no_pin_and_no_key_shows_in_the_text_form_of_an_image(image: CardImage) -> None:
    assert "1234" not in repr(image.pins)
    assert "PRIVATE KEY" not in repr(image.keys)


def test_an_unknown_key_is_refused_with_its_place(document: dict[str, Any]) -> None:
    document["files"][3]["colour"] = "blue"
    error = _refused(document)
    assert error.code == "card.image_wrong"
    assert error.facts["place"] == "$.files[3]"
    assert "colour" in str(error.facts["reason"])


def test_a_wrong_value_is_refused_with_its_place(document: dict[str, Any]) -> None:
    document["files"][1]["content"] = "5A0Z"
    assert _refused(document).facts["place"] == "$.files[1].content"


def test_a_refused_pin_does_not_show_in_the_error(document: dict[str, Any]) -> None:
    document["codes"][0]["value"] = "98765432109"
    error = _refused(document)
    assert error.facts["place"] == "$.codes[0].value"
    assert "98765432109" not in str(error)


@pytest.mark.parametrize("version", [0, 2, "1", None, 1.5])
def test_another_version_is_refused_before_anything_else(
    document: dict[str, Any], version: object
) -> None:
    document["version"] = version
    document["news"] = []
    assert _refused(document).code == "card.image_version"


@pytest.mark.parametrize("data", [b"{}", b'{"format": "x"}', b'{"version": 1}'])
def test_a_file_that_is_no_image_is_named_so(data: bytes) -> None:
    assert _refused(data).code == "card.image_foreign"


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"[]", b"null", b'{"format": "caducee'],
    ids=["empty", "open", "no UTF-8", "deep", "list", "null", "cut"],
)
def test_broken_json_is_refused(data: bytes) -> None:
    assert _refused(data).code == "card.image_unreadable"


def test_deep_nesting_inside_an_image_is_refused(image: CardImage) -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    data = image.to_json().replace(b'"files": [', b'"files": [' + deep + b",", 1)
    assert _refused(data).code == "card.image_unreadable"


def test_an_image_cannot_be_larger_than_a_mebibyte(image: CardImage, tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    path.write_bytes(image.to_json() + b" " * (1 << 20))
    with pytest.raises(StateError) as caught:
        CardImage.load(path)
    assert caught.value.code == "card.image_unreadable"


@pytest.mark.parametrize("what", ["missing", "folder"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, what: str) -> None:
    path = tmp_path if what == "folder" else tmp_path / "nothing.json"
    with pytest.raises(StateError) as caught:
        CardImage.load(path)
    assert caught.value.code == "card.image_unreadable"


def _change(document: dict[str, Any], place: str, value: object) -> None:
    *way, last = place.split(".")
    target: Any = document
    for step in way:
        target = target[int(step)] if step.isdigit() else target[step]
    if last.isdigit():
        target[int(last)] = value
    else:
        target[last] = value


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [
        ("contact.atr", "3B", "ATR"),
        ("contact.generation", "CPS5", "CPS5"),
        ("contactless.atr", "3B", "ATR"),
        ("contactless.uid", "0102030405", "4 or 7 bytes"),
        ("contactless.generation", "CPS4", "CPS4"),
        ("files.0.path", "3F00/0003", "master file"),
        ("files.5.side", "CPS2ter", "not on this side"),
        ("files.1.side", "elsewhere", "elsewhere"),
        ("files.1.state", "corrupt", "CPS2ter side"),
        ("files.1.contactless", "SE 1", "SE 1"),
        ("keys.0.uses.sign_pss", "SE 3", "environment 3"),
        ("files.1.path", "3F00/2F00", "twice"),
        ("files.1.path", "3F00/0009/D003", "no directory 3F00/0009"),
        ("files.1.path", "3F00/3F00", "master file alone"),
        ("files.1.path", "3F00/d003", "regex"),
        ("files.1.content", ["00" * 0x4000, "00" * 0x4000], "32767"),
        ("files.1.sfi", 30, "twice"),
        ("files.1.sfi", 31, "<= 30"),
        ("files.1.read", "SE 2", "environment 2"),
        ("files.1.read", "perhaps", "regex"),
        ("files.4.aid", "E828", "5 to 16 bytes"),
        ("codes.0.reference", 2, "twice"),
        ("codes.0.value", "abcd", "digits"),
        ("codes.0.tries_left", 4, "4 of 3"),
        ("codes.0.max_tries", 16, "<= 15"),
        ("codes.0.unblocked_by", 1, "no other PIN"),
        ("codes.0.unblocked_by", 9, "no other PIN"),
        ("environments.0.code", 9, "no PIN 9"),
        ("keys.0.directory", "3F00/0009", "no directory"),
        ("keys.0.reference", 2, "twice"),
        ("keys.0.uses.sign", "SE 3", "environment 3"),
        ("keys.0.private_key", "-----BEGIN", "PEM"),
        ("keys.0.private_key", "é", "ASCII"),
        ("keys.0.private_key", "A" * 5000, "4096"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(
    document: dict[str, Any], place: str, value: object, reason: str
) -> None:
    _change(document, place, value)
    error = _refused(document)
    assert error.code == "card.image_wrong"
    assert reason in str(error.facts["reason"])


def test_two_environments_of_one_number_are_refused(document: dict[str, Any]) -> None:
    document["environments"] *= 2
    assert "twice" in str(_refused(document).facts["reason"])


def test_a_key_that_is_not_rsa_is_refused(document: dict[str, Any]) -> None:
    document["keys"][0]["private_key"] = pem(ec.generate_private_key(ec.SECP256R1())).decode()
    assert "RSA" in str(_refused(document).facts["reason"])


def test_a_key_of_a_size_that_no_card_has_is_refused(document: dict[str, Any]) -> None:
    document["keys"][0]["private_key"] = pem(rsa.generate_private_key(65537, 3072)).decode()
    assert "1024 or 2048" in str(_refused(document).facts["reason"])


def test_a_key_whose_numbers_do_not_belong_together_is_refused(document: dict[str, Any]) -> None:
    first, second = key("signature").private_numbers(), key("authentication").private_numbers()
    mixed = rsa.RSAPrivateNumbers(
        first.p, first.q, second.d, first.dmp1, first.dmq1, first.iqmp, first.public_numbers
    )
    made = mixed.private_key(unsafe_skip_rsa_key_validation=True)
    document["keys"][0]["private_key"] = pem(made).decode()
    assert "belong together" in str(_refused(document).facts["reason"])


def test_an_image_in_use_cannot_be_opened_again(image: CardImage, tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    image.save(path)
    with FileStore(path):
        for attempt in (lambda: FileStore(path), lambda: image.save(path)):
            with pytest.raises(StateError) as caught:
                attempt()
            assert caught.value.code == "card.image_in_use"
        assert CardImage.load(path).name == image.name
    FileStore(path).close()


def test_a_store_that_was_closed_writes_nothing(image: CardImage, tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    image.save(path)
    store = FileStore(path)
    store.close()
    store.close()
    with pytest.raises(StateError) as caught:
        store.save(image)
    assert caught.value.code == "card.store_closed"


def test_opening_an_image_removes_what_a_killed_process_left(
    image: CardImage, tmp_path: Path
) -> None:
    path = tmp_path / "card.json"
    image.save(path)
    left = tmp_path / ".card.json.abc_1234"
    other = tmp_path / ".card.json.backup"
    for item in (left, other):
        item.write_text("half")
    FileStore(path).close()
    assert not left.exists()
    assert other.exists()


def test_a_lock_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    with pytest.raises(StateError) as caught:
        FileStore(tmp_path / "no folder" / "card.json")
    assert caught.value.code == "card.image_unreadable"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@given(st.data())
def test_any_value_anywhere_loads_or_is_refused_with_its_pin(
    image: CardImage, data: st.DataObject
) -> None:
    document = json.loads(image.to_json())
    target: Any = document
    while True:
        keys = list(target) if isinstance(target, dict) else list(range(len(target)))
        at = data.draw(st.sampled_from(keys))
        if not isinstance(target[at], dict | list) or not target[at] or data.draw(st.booleans()):
            target[at] = data.draw(json_values)
            break
        target = target[at]
    try:
        CardImage.from_json(json.dumps(document).encode())
    except StateError as error:
        assert error.code.startswith("card.image_")


def test_an_image_is_found_by_the_text_of_its_path_too(tmp_path: Path, image: CardImage) -> None:
    place = str(tmp_path / "card.json")
    image.save(place)
    assert CardImage.load(place).to_json() == image.to_json()
    with FileStore(place) as store:
        assert store.load().to_json() == image.to_json()
