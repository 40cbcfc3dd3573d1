# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Certificates are found by what a person knows of them."""

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from caducee.directory.certificates import find_certificates
from caducee.directory.records import RegistryRecords
from caducee.directory.registry import Registry

KEY = ec.generate_private_key(ec.SECP256R1())
START = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)


@pytest.fixture
def filled(registry: Registry) -> Registry:
    """Two certificates of one person, and one whose name has signs of patterns."""
    records = RegistryRecords(registry)
    for serial, name in ((0x63DA01, "DOC0042788"), (0x63DA02, "DOC0042788"), (7, "100%_\\o")):
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        builder = x509.CertificateBuilder(
            issuer_name=subject,
            subject_name=subject,
            public_key=KEY.public_key(),
            serial_number=serial,
            not_valid_before=START.replace(tzinfo=None) + dt.timedelta(days=serial % 16),
            not_valid_after=START.replace(tzinfo=None) + dt.timedelta(days=1000),
        )
        records.record_issued("CA", builder.sign(KEY, hashes.SHA256()))
    return registry


@pytest.mark.parametrize(
    "text", ["63DA01", "63da01", "0x63DA01", "63:da:01", " 63 DA 01 ", "063DA01"]
)
def test_a_serial_number_is_found_however_it_is_written(filled: Registry, text: str) -> None:
    assert [one.serial for one in find_certificates(filled, text)] == [0x63DA01]


@pytest.mark.parametrize("text", ["doc0042788", "DOC", "0042788"])
def test_a_part_of_the_subject_is_found_the_newest_first(filled: Registry, text: str) -> None:
    assert [one.serial for one in find_certificates(filled, text)] == [0x63DA02, 0x63DA01]


@pytest.mark.parametrize(("text", "found"), [("%", 1), ("_", 1), ("0%0", 0), ("D_C", 0), ("'", 0)])
def test_signs_of_patterns_stand_for_themselves(filled: Registry, text: str, found: int) -> None:
    assert len(find_certificates(filled, text)) == found


@pytest.mark.parametrize("text", ["", "  ", "\t"])
def test_a_blank_text_finds_nothing(filled: Registry, text: str) -> None:
    assert find_certificates(filled, text) == ()


def test_no_more_than_asked_for_are_returned(filled: Registry) -> None:
    assert len(find_certificates(filled, "DOC", most=1)) == 1
