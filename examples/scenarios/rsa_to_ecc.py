# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A hierarchy goes from RSA to elliptic curves.

First the authorities get keys on P-384, then an organisation certifies a key on P-256. Cards keep
their RSA keys, and those that are in use go on: chains are mixed for as long as they last. Lists
and OCSP answers are signed on the curve too.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.authority.keys import FreshKeys, KeyKind
from caducee.issuance import CardKeySource, CardOrder, IssuedCard, identities
from caducee.issuance.organisations import OrganisationOrder, issue_organisation
from caducee.sandbox.world import Sandbox
from caducee.spec import igc
from caducee.spec.igc import OrganisationUse
from caducee.trust import CertificatePurpose, validate

EXPECTED = (
    ("a card, all in RSA", ()),
    ("the same card, once the authorities have keys on a curve", ()),
    ("a new card: an RSA key, certified on a curve", ()),
    ("an organisation's key on a curve, before its authority changed: a mixed chain", ()),
    ("an organisation's key on a curve, certified on a curve", ()),
    ("the same, revoked: lists and OCSP answers are signed on a curve", ("trust.revoked",)),
)
"""Each step, with the codes of the checks that fail; none: the holder is admitted."""

CURVE = FreshKeys(KeyKind.EC_P384)
PERSONS = igc.ca(igc.Range.FORT), igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)
ORGANISATIONS = (
    igc.ca(igc.Range.ELEMENTAIRE),
    igc.ca(igc.Range.ELEMENTAIRE, igc.Domain.ORGANISATIONS),
)


def scenario(world: Sandbox, keys: CardKeySource | None = None) -> Iterator[tuple[str, ...]]:
    """Play it; yields the codes of the checks that fail at each step."""
    authority = world.authority

    def login(card: IssuedCard) -> tuple[str, ...]:
        verdict = world.verifier().verify([card.authentication.public_bytes(Encoding.DER)])
        return tuple(check.code for check in verdict.failures)

    def client(certificate: x509.Certificate) -> tuple[str, ...]:
        result = validate(
            certificate,
            authority.intermediates(),
            anchors=authority.anchors(),
            at=world.clock.now(),
            purpose=CertificatePurpose.CLIENT_AUTHENTICATION,
            revocation=world.status(),
        )
        return tuple(check.code for check in result.failures())

    def application() -> x509.Certificate:
        order = OrganisationOrder(
            structure=identities.body(7708, department="21"),
            name="INSI-AUTO",
            use=OrganisationUse.AUTH_CLI,
        )
        key = KeyKind.EC_P256.make().public_key()
        return issue_organisation(world.registry, authority, order, key)

    old = world.issue(CardOrder(person=identities.person(42788)), keys=keys)
    yield login(old)
    for person in PERSONS:
        world.renew_key(person, CURVE)
    yield login(old)
    yield login(world.issue(CardOrder(person=identities.person(42789)), keys=keys))
    yield client(application())
    for organisation in ORGANISATIONS:
        world.renew_key(organisation, CURVE)
    last = application()
    yield client(last)
    authority.revoke(ORGANISATIONS[1], last.serial_number)
    authority.publish(ORGANISATIONS[1])
    yield client(last)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name, Sandbox.create(Path(name) / "world") as made:
        for (step, _), codes in zip(EXPECTED, scenario(made), strict=True):
            print(f"{step}: {', '.join(codes) or 'admitted'}")
