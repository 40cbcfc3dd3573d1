# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Answers of OCSP responders from outside: read or refused, and never believed unsigned."""

import atheris

from caducee.testing.fuzz import run

with atheris.instrument_imports():
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import ocsp

    from caducee.base.clock import SystemClock
    from caducee.base.errors import TrustError
    from caducee.testing.pki import chain_of_three
    from caducee.trust.ocsp import read
    from caducee.trust.revocation import RevocationState
    from caducee.trust.x509 import view

WORLD = chain_of_three()
NOW = SystemClock().now()  # the builder dates its answers by it


def check(data: bytes) -> None:
    """Take bytes as an answer; only what the issuer signed may pass."""
    try:
        found = read(data, view(WORLD.leaf.certificate), view(WORLD.issuing.certificate), NOW)
    except TrustError as error:
        assert error.sentence()
        return
    assert found.state is RevocationState.GOOD


def _answer(signer: x509.Certificate) -> bytes:
    builder = ocsp.OCSPResponseBuilder().add_response(
        WORLD.leaf.certificate,
        WORLD.issuing.certificate,
        hashes.SHA1(),
        ocsp.OCSPCertStatus.GOOD,
        NOW,
        None,
        None,
        None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer).certificates([signer])
    return builder.sign(WORLD.issuing.key, hashes.SHA256()).public_bytes(Encoding.DER)


if __name__ == "__main__":
    run(check, [_answer(WORLD.issuing.certificate)])
