# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The private extensions of card certificates."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import FormatError
from caducee.codec import card_extensions as ext
from caducee.codec.card_extensions import CardExtension

PRINTABLE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1)


@pytest.mark.parametrize(
    ("extension", "content", "value"),
    [
        (ext.PRODUCT_CATEGORY, "040180", 0x80),
        (ext.CARD_TYPE, "020102", 2),
        (ext.CARD_ID, "1315" + b"8025000001/2800636234".hex(), "8025000001/2800636234"),
        (ext.PROFESSION, "02010A", "10"),
        (ext.PROFESSION, "020100", "00"),
        (ext.FUTURE_PROFESSION, "020128", "40"),
        (ext.SPECIALTIES, "300C0C04534D33360C04534D3236", ("SM36", "SM26")),
        (ext.SPECIALTIES, "3000", ()),
    ],
)
def test_an_extension_is_read_and_built_as_published(
    extension: CardExtension[Any], content: str, value: object
) -> None:
    assert extension.read(bytes.fromhex(content)) == value
    assert extension.build(value) == bytes.fromhex(content)


@pytest.mark.parametrize(
    ("extension", "content"),
    [
        (ext.PRODUCT_CATEGORY, "0400"),
        (ext.PRODUCT_CATEGORY, "020100"),
        (ext.CARD_TYPE, "0200"),
        (ext.CARD_TYPE, "0211" + "01" * 17),
        (ext.CARD_TYPE, "020100FF"),
        (ext.CARD_ID, "1300"),
        (ext.CARD_ID, "1302C3A9"),
        (ext.CARD_ID, "13021B5B"),
        (ext.PROFESSION, ""),
        (ext.PROFESSION, "3003020132"),
        (ext.SPECIALTIES, "0C04534D3336"),
        (ext.SPECIALTIES, "30060C04"),
        (ext.SPECIALTIES, "30030C01FF"),
    ],
)
def test_another_form_is_refused(extension: CardExtension[Any], content: str) -> None:
    with pytest.raises(FormatError):
        extension.read(bytes.fromhex(content))


def test_texts_of_another_type_are_passed_over() -> None:
    assert ext.SPECIALTIES.read(bytes.fromhex("30090C04534D33360201FF")) == ("SM36",)


@pytest.mark.parametrize(("content", "value"), [("3003020132", "50"), ("0C0131", "49")])
def test_a_value_of_another_type_is_read_when_asked_for(content: str, value: str) -> None:
    assert ext.PROFESSION.read(bytes.fromhex(content), strict=False) == value


@pytest.mark.parametrize("content", ["3000", "0C00", "3003"])
def test_nothing_is_made_of_no_value(content: str) -> None:
    with pytest.raises(FormatError):
        ext.PROFESSION.read(bytes.fromhex(content), strict=False)


@given(st.integers(0, 255), st.integers(0), PRINTABLE, st.lists(st.text(max_size=9)))
def test_what_is_built_is_read(category: int, code: int, name: str, texts: list[str]) -> None:
    assert ext.PRODUCT_CATEGORY.read(ext.PRODUCT_CATEGORY.build(category)) == category
    code %= 1 << 120
    assert ext.CARD_TYPE.read(ext.CARD_TYPE.build(code)) == code
    assert ext.CARD_ID.read(ext.CARD_ID.build(name)) == name
    assert ext.SPECIALTIES.read(ext.SPECIALTIES.build(tuple(texts))) == tuple(texts)
