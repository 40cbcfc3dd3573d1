# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The headers of a front: RFC 9440, nginx's escaped PEM, verify codes, and nonsense."""

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import CpsError, FormatError
from caducee.relying.headers import parse_certificate, parse_chain, parse_verify

DER = bytes(range(200))
TEXT = base64.b64encode(DER).decode()
PEM = f"-----BEGIN CERTIFICATE-----\n{TEXT[:64]}\n{TEXT[64:]}\n-----END CERTIFICATE-----\n"


def test_a_byte_sequence_of_rfc_9440_is_read() -> None:
    assert parse_certificate(f":{TEXT}:") == DER


def test_an_empty_byte_sequence_means_no_certificate() -> None:
    assert parse_certificate("::") is None


def test_the_escaped_pem_of_nginx_is_read() -> None:
    assert parse_certificate(quote(PEM, safe="")) == DER
    assert parse_certificate(quote(PEM)) == DER


def test_a_chain_is_a_list_of_byte_sequences() -> None:
    assert parse_chain(f":{TEXT}:, :AQID:") == (DER, b"\x01\x02\x03")
    assert parse_chain("") == ()


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        ":",
        ":A:",
        ":AQID",
        ":AQ ID:",
        f":{TEXT}:;x=1",
        "-----BEGIN CERTIFICATE-----",
        "-----BEGIN%20CERTIFICATE-----%0A*-----END%20CERTIFICATE-----",
        "%",
        "%ff%ff",
        ":" + "A" * 70_000 + ":",
        "-----BEGIN CERTIFICATE-----" + " " * 60_000,
    ],
)
def test_what_is_no_certificate_is_refused_with_its_code(value: str) -> None:
    with pytest.raises(FormatError) as caught:
        parse_certificate(value)
    assert caught.value.code == "relying.front_certificate_invalid"


@pytest.mark.parametrize("value", [":AQID:,", "AQID", ",".join([":AQID:"] * 11)])
def test_a_wrong_or_endless_chain_is_refused(value: str) -> None:
    with pytest.raises(FormatError) as caught:
        parse_chain(value)
    assert caught.value.code == "relying.front_certificate_invalid"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("0", 0),
        ("10", 10),
        ("23", 23),
        ("SUCCESS", 0),
        ("FAILED:certificate has expired", 10),
        ("FAILED:certificate is not yet valid", 9),
        ("FAILED:certificate revoked", 23),
        ("FAILED:unable to get certificate CRL", -1),
    ],
)
def test_verify_codes_come_as_numbers_or_in_the_words_of_nginx(value: str, code: int) -> None:
    assert parse_verify(value)[0] == code


@pytest.mark.parametrize("value", ["", "NONE", "OK", "-1", "0x0", "٣", "1" * 50, "SUCCESS "])
def test_any_other_verify_code_is_refused(value: str) -> None:
    with pytest.raises(FormatError) as caught:
        parse_verify(value)
    assert caught.value.code == "relying.front_verify_missing"


@given(st.text() | st.binary().map(lambda item: item.decode("latin-1")))
def test_no_header_makes_a_parser_raise_anything_but_an_error_of_the_tree(value: str) -> None:
    for parse in (parse_certificate, parse_chain, parse_verify):
        try:
            parse(value)
        except CpsError:
            continue
