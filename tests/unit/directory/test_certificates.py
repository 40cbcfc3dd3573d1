# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Certificates are found by what a person knows of them."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from caducee.directory.authority_records import RegistryRecords
from caducee.directory.certificates import find_certificates
from caducee.directory.model import Card, Person, PersonIdentifier
from caducee.directory.registry import Registry
from caducee.spec.nomenclatures import CardFamily, ProductCategory
from caducee.testing import pki

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
    assert [certificate.serial for certificate in find_certificates(filled, text)] == [0x63DA01]


@pytest.mark.parametrize("text", ["doc0042788", "DOC", "cn=doc", "dôc0042788 cn"])
def test_beginnings_of_words_of_the_subject_are_found_the_newest_first(
    filled: Registry, text: str
) -> None:
    assert [certificate.serial for certificate in find_certificates(filled, text)] == [
        0x63DA02,
        0x63DA01,
    ]


@pytest.mark.parametrize(
    ("text", "found"), [("100%", 1), ("%", 0), ("_", 0), ("0%0", 0), ("D_C", 0), ("'", 0)]
)
def test_signs_of_patterns_stand_for_themselves(filled: Registry, text: str, found: int) -> None:
    assert len(find_certificates(filled, text)) == found


@pytest.mark.parametrize("text", ["", "  ", "\t"])
def test_a_blank_text_finds_nothing(filled: Registry, text: str) -> None:
    assert find_certificates(filled, text) == ()


def test_no_more_than_asked_for_are_returned(filled: Registry) -> None:
    assert len(find_certificates(filled, "DOC", most=1)) == 1


@pytest.mark.parametrize(
    "text", ["DOC", "kit doc", "Docteur Kît", "899700427885", "99700427885", "2800000001", "11"]
)
def test_the_certificates_of_a_card_are_found_by_their_holder(
    registry: Registry, text: str
) -> None:
    known = PersonIdentifier("8", "99700427885")
    registry.persons.put(Person("899700427885", "DOCTEUR", "KIT", "10", identifiers=(known,)))
    registry.persons.put(Person("899700000013", "AUTRE", "KIT", "10"))
    for number, ps_idnat in (("2800000001", "899700427885"), ("2800000002", "899700000013")):
        of = (CardFamily.CPS, ProductCategory.TEST_CARD)
        registry.cards.put(Card(number, *of, ps_idnat, START, START + dt.timedelta(days=1000)))
    certificate = pki.authority("AC").issue("cn", serial=0x11)
    RegistryRecords(registry).record_issued("AC", certificate.certificate, card_number="2800000001")
    assert [item.serial for item in find_certificates(registry, text)] == [0x11]


TABLES = ("certificate", "certificate_word", "card", "person", "identifier")


def test_a_search_of_certificates_reads_indexes_alone(tmp_path: Path) -> None:
    with Registry(f"sqlite:///{tmp_path}/registry.db") as registry:
        asked: list[tuple[str, Any]] = []

        def listen(*event: Any) -> None:
            asked.append((event[2], event[3]))

        with registry.reading() as connection:
            sa.event.listen(connection, "before_cursor_execute", listen)
            find_certificates(registry, "DOC 11")
            sa.event.remove(connection, "before_cursor_execute", listen)
            assert len(asked) == 4
            for statement, values in asked:
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                steps = [str(line[3]) for line in plan]
                assert not [step for step in steps if step in {f"SCAN {name}" for name in TABLES}]
