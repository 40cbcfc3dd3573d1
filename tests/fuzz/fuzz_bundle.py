# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Status bundles: any bytes, also signed by the maker, are read or refused."""

import atheris

from caducee.testing.fuzz import run

with atheris.instrument_imports():
    import datetime as dt

    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    from caducee.base.errors import TrustError
    from caducee.testing.pki import NOW, chain_of_three, issue, usage
    from caducee.trust.bundle import BundleSource, make
    from caducee.trust.crl import CrlIndex
    from caducee.trust.x509 import view

WORLD = chain_of_three()
MAKER = issue("BUNDLES", extensions=[(usage("digital_signature"), True)])


def check(data: bytes) -> None:
    """Take bytes as a bundle, as they are and with a signature that is right."""
    _read(data)
    if isinstance(MAKER.key, ec.EllipticCurvePrivateKey):
        signature = MAKER.key.sign(data, ec.ECDSA(hashes.SHA256()))
        _read(data + len(signature).to_bytes(2) + signature)


def _read(data: bytes) -> None:
    try:
        source = BundleSource.read(data, MAKER.certificate)
        answer = source.status(WORLD.leaf.certificate, WORLD.issuing.certificate, NOW)
    except TrustError as error:
        assert error.sentence()
        return
    assert answer.code


def _seed() -> bytes:
    issuing = WORLD.issuing
    index = CrlIndex.read(issuing.crl(1, 2, 3), [view(issuing.certificate)])
    lists = [(issuing.certificate, index)]
    return make(lists, MAKER.key, created=NOW, expires=NOW + dt.timedelta(days=9))


if __name__ == "__main__":
    run(check, [_seed(), _seed()[: 42 + 73 + 21]])
