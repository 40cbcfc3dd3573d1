# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Revocation lists: what they hold, when a new one comes, and that numbers only grow."""

import datetime as dt

import pytest
from cryptography import x509
from tests.unit.authority.conftest import NOW, Issue, Requests

from caducee.authority.authority import Authority
from caducee.base.clock import FixedClock
from caducee.base.errors import IssueError
from caducee.spec import igc
from caducee.trust.certificate import CertificateUse

FORT = igc.ca(igc.Range.FORT)
FORT_PP = igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)
START = NOW.replace(microsecond=0)
AUTH = CertificateUse.AUTHENTICATION


def parsed(der: bytes) -> x509.CertificateRevocationList:
    return x509.load_der_x509_crl(der)


def number(der: bytes) -> int:
    return parsed(der).extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def serials(der: bytes) -> list[int]:
    return [item.serial_number for item in parsed(der)]


def test_a_list_is_signed_by_its_issuer_and_has_aki_and_number(authority: Authority) -> None:
    crl = parsed(authority.crl(FORT_PP))
    issuer = authority.certificate(FORT_PP)
    assert crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]  # RSA
    assert crl.issuer == issuer.subject
    assert [(extension.oid.dotted_string, extension.critical) for extension in crl.extensions] == [
        ("2.5.29.35", False),
        ("2.5.29.20", False),
    ]
    aki = crl.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    ski = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    assert aki.key_identifier == ski.digest
    assert crl.signature_algorithm_oid == x509.SignatureAlgorithmOID.RSA_WITH_SHA256


@pytest.mark.parametrize(("ca", "days"), [(FORT_PP, 6), (FORT, 45)])
def test_a_list_holds_as_long_as_the_real_ones(
    authority: Authority, ca: igc.CaFacts, days: int
) -> None:
    crl = parsed(authority.crl(ca))
    assert crl.last_update_utc == START
    assert crl.next_update_utc == START + dt.timedelta(days=days)


def test_a_revoked_certificate_stands_in_the_next_list(
    authority: Authority, issue: Issue, requests: Requests, clock: FixedClock
) -> None:
    first, second = (issue(requests("olivier", AUTH)) for _ in range(2))
    assert serials(authority.crl(FORT_PP)) == []
    clock.advance(dt.timedelta(minutes=5))
    authority.revoke(FORT_PP, first.serial_number, x509.ReasonFlags.key_compromise)
    assert serials(authority.crl(FORT_PP)) == []  # the list in force does not change
    der = authority.new_crl(FORT_PP)
    assert serials(der) == [first.serial_number]
    assert authority.crl(FORT_PP) == der
    entry = parsed(der).get_revoked_certificate_by_serial_number(first.serial_number)
    assert entry is not None
    assert entry.revocation_date_utc == START + dt.timedelta(minutes=5)
    assert list(entry.extensions) == []
    assert second.serial_number not in serials(der)


def test_list_numbers_grow_and_each_issuer_has_its_own(authority: Authority) -> None:
    assert [number(authority.new_crl(FORT_PP)) for _ in range(3)] == [1, 2, 3]
    assert number(authority.crl(FORT)) == 1


def test_the_list_stays_until_the_next_is_due(authority: Authority, clock: FixedClock) -> None:
    first = authority.crl(FORT_PP)
    root = authority.crl(FORT)
    clock.advance(dt.timedelta(hours=23))
    assert authority.crl(FORT_PP) == first
    clock.advance(dt.timedelta(hours=1))
    assert number(authority.crl(FORT_PP)) == 2
    assert authority.crl(FORT) == root
    clock.advance(dt.timedelta(days=30))
    assert number(authority.crl(FORT)) == 2


def test_a_clock_moved_back_gets_a_list_of_that_time(
    authority: Authority, clock: FixedClock
) -> None:
    authority.crl(FORT_PP)
    clock.advance(dt.timedelta(days=-100))
    crl = authority.crl(FORT_PP)
    assert parsed(crl).last_update_utc == START - dt.timedelta(days=100)
    assert number(crl) == 2


def test_an_expired_certificate_stands_in_one_more_list_and_then_leaves(
    authority: Authority, issue: Issue, requests: Requests, clock: FixedClock
) -> None:
    made = issue(requests("olivier", AUTH))
    authority.revoke(FORT_PP, made.serial_number)
    clock.advance(made.not_valid_after_utc - clock.now() + dt.timedelta(days=1))
    assert serials(authority.new_crl(FORT_PP)) == [made.serial_number]
    clock.advance(dt.timedelta(days=7))
    assert serials(authority.new_crl(FORT_PP)) == []


def test_revoking_twice_changes_nothing(
    authority: Authority, issue: Issue, requests: Requests
) -> None:
    made = issue(requests("olivier", AUTH))
    assert authority.revoke(FORT_PP, made.serial_number)
    assert not authority.revoke(FORT_PP, made.serial_number)
    assert serials(authority.new_crl(FORT_PP)) == [made.serial_number]


def test_a_serial_that_was_never_issued_cannot_be_revoked(authority: Authority) -> None:
    with pytest.raises(IssueError) as caught:
        authority.revoke(FORT_PP, 0x63DA)
    assert caught.value.code == "authority.certificate_unknown"


def test_an_issuing_ca_can_be_revoked_by_its_root(authority: Authority) -> None:
    issuing = authority.certificate(FORT_PP)
    authority.revoke(FORT, issuing.serial_number)
    assert serials(authority.new_crl(FORT)) == [issuing.serial_number]


def test_lists_of_all_authorities_that_exist(authority: Authority) -> None:
    authority.certificate(FORT_PP)
    issuers = [parsed(crl).issuer for crl in authority.crls()]
    assert issuers == [authority.certificate(FORT).subject, authority.certificate(FORT_PP).subject]
