# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Strings are prepared by RFC 4518, and names of directories and certificates agree on it."""

import doctest
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from caducee.codec import stringprep
from caducee.codec.ldap.names import Ava, Dn
from caducee.codec.stringprep import comparable, prepared, transcoded
from caducee.spec.tags import Universal
from caducee.trust.names import same_name

FILE = Path(__file__).parents[2] / "vectors" / "string-preparation.toml"
type Same = Callable[[str, str], bool]

VECTORS = tomllib.loads(FILE.read_text())["vector"]


def test_the_examples_of_the_documentation_hold() -> None:
    assert doctest.testmod(stringprep).failed == 0


@pytest.mark.parametrize("vector", VECTORS, ids=lambda item: item["section"])
def test_a_vector_is_prepared(vector: dict[str, str]) -> None:
    assert prepared(vector["text"]) == vector.get("prepared")


def in_directory(text: str, other: str) -> bool:
    return Dn(((Ava("cn", text),),)).same(Dn(((Ava("CN", other),),)))


def in_certificate(value: str, other: str) -> bool:
    names = (
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text or " ")])
        for text in (value, other)
    )
    return same_name(*(name.public_bytes() for name in names))


@pytest.mark.parametrize("same", [in_directory, in_certificate])
@pytest.mark.parametrize("vector", VECTORS, ids=lambda item: item["section"])
def test_names_of_directories_and_certificates_compare_alike(
    vector: dict[str, str], same: Same
) -> None:
    text, expected = vector["text"], vector.get("prepared")
    assert same(text, text)
    assert not same(text, text + "x")
    assert expected is None or same(text, expected)


@pytest.mark.parametrize("same", [in_directory, in_certificate])
def test_prohibited_texts_equal_themselves_alone(same: Same) -> None:
    assert same("\ufffd A", "\ufffd A")
    assert not same("\ufffd A", "\ufffd a")
    assert not same("\ufffd", r"\ufffd")


def test_a_nul_in_a_value_does_not_reach_what_is_compared() -> None:
    assert comparable("a\x00b") == "ab"
    assert "\x00" not in comparable("\x00\ufffd")


@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_what_is_prepared_stays(text: str) -> None:
    found = prepared(text)
    assert found is None or prepared(found) == found


@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_directories_and_certificates_agree_on_any_text(text: str) -> None:
    other = text.swapcase()
    assert in_directory(text, other) == in_certificate(text or " ", other or " ")


@pytest.mark.parametrize(
    ("tag", "content", "text"),
    [
        (Universal.UTF8_STRING, "é".encode(), "é"),
        (Universal.T61_STRING, "é".encode(), "é"),
        (Universal.T61_STRING, b"\xe9", "é"),
        (Universal.BMP_STRING, b"\x00\xe9", "é"),
        (Universal.UNIVERSAL_STRING, b"\x00\x00\x00\xe9", "é"),
        (Universal.NUMERIC_STRING, b"17", "17"),
        (Universal.INTEGER, b"\x11", None),
    ],
)
def test_strings_are_transcoded_by_their_type(tag: int, content: bytes, text: str | None) -> None:
    assert transcoded(tag, content) == text


def test_a_string_that_does_not_fit_its_type_is_refused() -> None:
    with pytest.raises(UnicodeDecodeError):
        transcoded(Universal.PRINTABLE_STRING, b"\xe9")


@pytest.mark.parametrize("code", [index for index in range(0x180) if chr(index).isprintable()])
def test_plain_letters_are_prepared_as_by_every_step(code: int) -> None:
    slow = prepared(f"a{chr(code)}b\u00ad")  # a soft hyphen is not plain
    assert prepared(f"a{chr(code)}b") == slow


def test_what_was_met_is_forgotten_in_time() -> None:
    for code in range(0x100, 0x3000):
        prepared(chr(code))
    assert len(stringprep._MAPPING) <= 4096
