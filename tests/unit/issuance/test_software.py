# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Certificates in software: the decoded profile, recorded, and belonging to no card."""

from dataclasses import replace

import pytest
from cryptography import x509

from caducee.authority.authority import Authority
from caducee.base.errors import IssueError, TrustError
from caducee.directory.model import Qualification
from caducee.directory.registry import Registry
from caducee.issuance import identities
from caducee.issuance.software import issue_software
from caducee.spec import igc
from caducee.testing.keys import SharedKeys
from caducee.trust.certificate import CardCertificate, CertificateUse

CA = igc.ca(igc.Range.ELEMENTAIRE, igc.Domain.PERSONNES)
KIT = replace(identities.person(42788), qualifications=(Qualification("SM26"),))


def test_a_certificate_in_software_is_recorded_without_a_card(
    registry: Registry, authority: Authority, keys: SharedKeys
) -> None:
    public = keys.card_key().public_key()
    made = issue_software(registry, authority, KIT, public)
    kept = registry.certificates.get(CA.common_name, made.serial_number)
    assert kept is not None
    assert (kept.card_number, kept.use) == (None, "signature")
    assert registry.persons.get(KIT.ps_idnat) == KIT
    assert registry.cards.all() == ()
    assert made.public_key() == public
    made.verify_directly_issued_by(authority.certificate(CA))


def test_a_verifier_of_cards_refuses_it(
    registry: Registry, authority: Authority, keys: SharedKeys
) -> None:
    made = issue_software(registry, authority, KIT, keys.card_key().public_key())
    with pytest.raises(TrustError) as caught:
        CardCertificate.read(made)
    assert caught.value.code == "trust.not_a_card_certificate"


@pytest.mark.parametrize(
    ("use", "usage", "extended"),
    [
        (CertificateUse.SIGNATURE, "content_commitment", ["1.3.6.1.5.5.7.3.4"]),
        (CertificateUse.AUTHENTICATION, "digital_signature", ["1.3.6.1.5.5.7.3.2"]),
    ],
)
def test_uses_and_address(
    registry: Registry,
    authority: Authority,
    keys: SharedKeys,
    use: CertificateUse,
    usage: str,
    extended: list[str],
) -> None:
    public = keys.card_key().public_key()
    made = issue_software(registry, authority, KIT, public, use=use, email="kit@example.test")
    found = made.extensions
    assert getattr(found.get_extension_for_class(x509.KeyUsage).value, usage)
    purposes = found.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [purpose.dotted_string for purpose in purposes] == extended
    names = found.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.RFC822Name) == ["kit@example.test"]


def test_staff_have_no_certificate_in_software(
    registry: Registry, authority: Authority, keys: SharedKeys
) -> None:
    person = identities.staff(identities.hospital(5788), 2)
    with pytest.raises(IssueError):
        issue_software(registry, authority, person, keys.card_key().public_key())
    assert registry.persons.all() == ()
