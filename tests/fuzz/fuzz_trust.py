# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Certificates and revocation lists from outside: read or refused, and never trusted."""

import atheris

from caducee.testing.fuzz import run

with atheris.instrument_imports():
    from cryptography import x509

    from caducee.base.errors import TrustError
    from caducee.spec import oids
    from caducee.testing.pki import LEAF, NOW, chain_of_three, private
    from caducee.trust import CardCertificate, CertificatePurpose, CrlSource, validate
    from caducee.trust.x509 import load_certificate

WORLD = chain_of_three()
SOURCE = CrlSource([WORLD.root.certificate, WORLD.issuing.certificate])
TRUE = {WORLD.leaf.certificate, WORLD.issuing.certificate, WORLD.root.certificate}


def check(data: bytes) -> None:
    """Take bytes as a card certificate, as a leaf, as an intermediate and as a list."""
    try:
        CardCertificate.read(data)
    except TrustError:
        pass
    try:
        SOURCE.load(data)
    except TrustError:
        pass
    try:
        certificate = load_certificate(data)
    except TrustError:
        return
    _judge(certificate)


def _judge(certificate: x509.Certificate) -> None:
    for leaf, between in (
        (certificate, [WORLD.issuing.certificate]),
        (WORLD.leaf.certificate, [certificate]),
        (certificate, [certificate]),
    ):
        result = validate(
            leaf,
            between,
            anchors=[WORLD.root.certificate],
            at=NOW,
            purpose=CertificatePurpose.ANY,
            revocation=SOURCE,
        )
        for item in result.checks:
            assert item.sentence()
        if result.chain[-1] == WORLD.root.certificate:
            assert set(result.chain) <= TRUE | SEEDS


CARD = WORLD.issuing.issue(
    "899700218896",
    extensions=[
        *LEAF,
        private(oids.PRODUCT_CATEGORY, "040180"),
        private(oids.CARD_TYPE, "020100"),
        private(oids.CARD_ID, "1315" + b"8025000001/2800636234".hex()),
        private(oids.PROFESSION, "02010A"),
        private(oids.SPECIALTIES, "30060C04534D3236"),
    ],
)
SEEDS = {CARD.certificate}

if __name__ == "__main__":
    run(check, [CARD.der, WORLD.issuing.der, WORLD.issuing.crl(1, 2, 2**120), WORLD.root.crl()])
