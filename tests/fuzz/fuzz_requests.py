# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""OCSP and signing requests: read or refused with a code, never anything else."""

import atheris

from caducee.testing.fuzz import run

with atheris.instrument_imports():
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import ocsp

    from caducee.authority.csr import read_request
    from caducee.authority.ocsp.requests import read_question
    from caducee.base.errors import FormatError, IssueError


def check(data: bytes) -> None:
    """Take bytes as a question and as a signing request."""
    try:
        question = read_question(data)
    except FormatError as error:
        assert error.code == "authority.ocsp_malformed"
    else:
        for certificate in question.certificates:
            assert certificate.serial >= 0
            assert certificate.encoded in data
    try:
        assert read_request(data).public_key.key_size == 2048
    except IssueError as error:
        assert error.code.startswith("authority.csr_")


def _seeds() -> list[bytes]:
    plain = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        bytes(20), bytes(20), 0x63DA, hashes.SHA1()
    )
    fresh = plain.add_extension(x509.OCSPNonce(bytes(16)), critical=False)
    key = rsa.generate_private_key(65537, 2048)
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return [
        *(item.build().public_bytes(Encoding.DER) for item in (plain, fresh)),
        request.sign(key, hashes.SHA256()).public_bytes(Encoding.DER),
    ]


if __name__ == "__main__":
    run(check, _seeds())
