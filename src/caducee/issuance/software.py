# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Certificates of persons whose key is kept by software (IGC-Santé ELEMENTAIRE PERSONNES)."""

from cryptography import x509

from caducee.authority.authority import Authority
from caducee.authority.keys import PublicKey
from caducee.authority.requests import SoftwareRequest
from caducee.directory.model import Person
from caducee.directory.registry import Registry
from caducee.issuance.checking import check
from caducee.issuance.order import CardOrder, name_for
from caducee.trust.certificate import CertificateUse

__all__ = ["issue_software"]


def issue_software(
    registry: Registry,
    authority: Authority,
    person: Person,
    public_key: PublicKey,
    *,
    use: CertificateUse = CertificateUse.SIGNATURE,
    email: str | None = None,
) -> x509.Certificate:
    """Certify a professional's key that no card holds; recorded with the person.

    ``email`` stands in the certificate when it is given, as do the person's specialties. Raises
    `FormatError` and `IssueError` as `caducee.issuance.issue_card` does.
    """
    order = CardOrder(person=person)
    check(order)
    request = SoftwareRequest(
        use=use,
        subject=name_for(order),
        public_key=public_key,
        profession=person.profession,
        specialties=tuple(qualification.code for qualification in person.qualifications),
        email=email,
    )
    with registry.transaction():
        registry.persons.put(person)
        return authority.issue(request)
