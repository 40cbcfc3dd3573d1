# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The authority's memory: serials once, revocations once, list numbers only up."""

import datetime as dt
import subprocess
import sys

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from caducee.authority.records import AuthorityRecords
from caducee.base.errors import IssueError, StateError
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.model import DeltaList
from caducee.directory.registry import Registry

CA = "TEST AC IGC-SANTE FORT PERSONNES"
PREFIX = bytes.fromhex("63DAFFCFC8034BDC")
AT = dt.datetime(2026, 11, 24, 21, 30, 5, tzinfo=dt.UTC)
LOST = x509.ReasonFlags.key_compromise
END = AT.replace(year=2029)
KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def records(registry: Registry) -> AuthorityRecords:
    return RegistryRecords(registry)


def certificate(serial: int, end: dt.datetime = END) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "X")])
    return (
        x509.CertificateBuilder(name, name, KEY.public_key(), serial)
        .not_valid_before(AT.replace(year=2020))
        .not_valid_after(end)
        .sign(KEY, hashes.SHA256())
    )


def test_serials_have_the_prefix_and_the_length(records: AuthorityRecords) -> None:
    for serial in records.reserve_serials(CA, PREFIX, 16, 5):
        assert serial.to_bytes(16)[:8] == PREFIX


def test_a_certificate_is_kept_whole(registry: Registry, records: AuthorityRecords) -> None:
    made = certificate(0x1120CE19F9346F9456FF270023D8529037B5)
    records.record_issued(CA, made, use="signature")
    found = registry.certificates.get(CA, made.serial_number)
    assert found is not None
    assert x509.load_der_x509_certificate(found.der) == made
    assert (found.not_before, found.not_after) == (
        made.not_valid_before_utc,
        made.not_valid_after_utc,
    )
    assert (found.subject, found.use, found.revoked_at) == ("CN=X", "signature", None)


def test_a_serial_of_an_issuer_is_recorded_once(records: AuthorityRecords) -> None:
    records.record_issued(CA, certificate(7))
    records.record_issued("another", certificate(7))
    with pytest.raises(StateError) as caught:
        records.record_issued(CA, certificate(7))
    assert caught.value.code == "directory.reference_broken"


def test_a_certificate_is_revoked_once_and_its_first_date_stays(records: AuthorityRecords) -> None:
    records.record_issued(CA, certificate(7))
    assert records.revoke(CA, 7, AT, LOST)
    assert not records.revoke(CA, 7, AT + dt.timedelta(days=1), x509.ReasonFlags.superseded)
    assert [(item.serial, item.at) for item in records.revoked(CA, AT)] == [(7, AT)]


def test_an_unknown_certificate_cannot_be_revoked(records: AuthorityRecords) -> None:
    records.record_issued("another", certificate(255))
    with pytest.raises(IssueError) as caught:
        records.revoke(CA, 255, AT, LOST)
    assert caught.value.code == "authority.certificate_unknown"
    assert caught.value.facts["serial"] == "FF"


def test_revoked_lists_one_issuer_without_the_long_expired(records: AuthorityRecords) -> None:
    records.record_issued(CA, certificate(1))
    records.record_issued(CA, certificate(2, AT.replace(year=2025)))
    records.record_issued(CA, certificate(3))
    records.record_issued("another", certificate(4))
    for issuer, serial in ((CA, 1), (CA, 2), ("another", 4)):
        records.revoke(issuer, serial, AT, LOST)
    assert [item.serial for item in records.revoked(CA, AT)] == [1]
    assert [item.serial for item in records.revoked(CA, AT.replace(year=2024))] == [1, 2]


def test_list_numbers_grow_for_each_issuer(records: AuthorityRecords) -> None:
    assert [records.next_crl_number(CA) for _ in range(3)] == [1, 2, 3]
    assert records.next_crl_number("another") == 1


def test_an_older_list_never_replaces_a_newer_one(records: AuthorityRecords) -> None:
    assert records.newest_crl(CA) is None
    item, two, three = (records.next_crl_number(CA) for _ in range(3))
    next_update = AT + dt.timedelta(days=6)
    records.record_crl(CA, two, AT, next_update, b"two")
    records.record_crl(CA, item, AT, next_update, b"one")
    kept = records.newest_crl(CA)
    assert kept is not None
    assert (kept.number, kept.der, kept.this_update, kept.next_update) == (
        2,
        b"two",
        AT,
        next_update,
    )
    records.record_crl(CA, three, AT, next_update, b"three")
    newest = records.newest_crl(CA)
    assert newest is not None
    assert newest.der == b"three"


def test_records_join_the_transaction_of_the_registry(
    registry: Registry, records: AuthorityRecords
) -> None:
    with pytest.raises(KeyError), registry.transaction():
        records.record_issued(CA, certificate(9))
        records.next_crl_number(CA)
        raise KeyError
    assert registry.certificates.get(CA, 9) is None
    assert records.next_crl_number(CA) == 1


DRAW = """
import sys
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.registry import Registry
registry = Registry(sys.argv[1])
records = RegistryRecords(registry)
for _ in range(25):
    with registry.transaction():
        registry.persons.all()
        print(records.next_crl_number("x"), registry.draw("y", 3)[0],
              *records.reserve_serials("x", bytes.fromhex("63DA"), 3, 1))
"""


def test_two_processes_at_once_never_draw_the_same(registry: Registry, registry_url: str) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", DRAW, registry_url], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    lines = [
        line.split() for item in running for line in item.communicate(timeout=60)[0].splitlines()
    ]
    assert [item.returncode for item in running] == [0, 0]
    assert len({line[2] for line in lines}) == 50
    assert sorted(int(line[0]) for line in lines) == list(range(1, 51))
    assert sorted(int(line[1]) for line in lines) == list(range(1, 151, 3))


def delta(number: int, der: bytes) -> DeltaList:
    return DeltaList(CA, number, 1, AT, AT + dt.timedelta(hours=6), der)


def test_an_older_delta_list_never_replaces_a_newer_one(records: AuthorityRecords) -> None:
    assert records.newest_delta(CA) is None
    item, two, three = (records.next_crl_number(CA) for _ in range(3))
    records.record_delta(CA, delta(two, b"two"))
    records.record_delta(CA, delta(item, b"one"))
    assert records.newest_delta(CA) == delta(two, b"two")
    records.record_delta(CA, delta(three, b"three"))
    assert records.newest_delta(CA) == delta(three, b"three")


def test_status_distinguishes_issued_revoked_and_never_issued(records: AuthorityRecords) -> None:
    records.record_issued(CA, certificate(1))
    assert records.status(CA, 2) is None
    assert records.status("another", 1) is None
    good = records.status(CA, 1)
    assert good is not None
    assert good.revoked_at is None
    assert records.revocations(CA) == 0
    records.revoke(CA, 1, AT, LOST)
    stopped = records.status(CA, 1)
    assert stopped is not None
    assert stopped.revoked_at == AT
    assert (records.revocations(CA), records.revocations("another")) == (1, 0)


def test_a_status_is_that_of_the_transaction_under_way(
    registry: Registry, records: AuthorityRecords
) -> None:
    with registry.transaction():
        records.record_issued(CA, certificate(1), use="signature")
        assert records.status(CA, 1) is not None
    assert records.status(CA, 1) is not None
