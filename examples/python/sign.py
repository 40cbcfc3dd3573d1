# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Tells whose card it is, signs a document with it, and verifies the signature.

    pip install python-pkcs11 cryptography
    python sign.py MODULE DOCUMENT SIGNATURE

MODULE is what `caducee pkcs11 path` prints. The code is asked, or read from standard input.
"""

import getpass
import sys
from pathlib import Path

import pkcs11
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

CERTIFICATE = "Certificat de Signature CPS"
KEY = "CPS_PRIV_SIG"


def certificate_of(session: pkcs11.Session) -> x509.Certificate:
    """Return the certificate of the signature key; no login is needed."""
    sought = {
        pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
        pkcs11.Attribute.LABEL: CERTIFICATE,
    }
    found = next(iter(session.get_objects(sought)))
    return x509.load_der_x509_certificate(found[pkcs11.Attribute.VALUE])


def holder(certificate: x509.Certificate) -> str:
    """Return family name, given name and number of the holder."""
    names = NameOID.SURNAME, NameOID.GIVEN_NAME, NameOID.COMMON_NAME
    parts = [item for name in names for item in certificate.subject.get_attributes_for_oid(name)]
    return " ".join(str(part.value) for part in parts)


def main(module: str, document: str, signature: str) -> None:
    """List the holder, log in, sign, verify."""
    slot = next(iter(pkcs11.lib(module).get_slots(token_present=True)))
    token = slot.get_token()
    print("Card:", token.label)
    with token.open() as session:
        certificate = certificate_of(session)
    print("Holder:", holder(certificate))
    code = getpass.getpass("Code: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    data = Path(document).read_bytes()
    with token.open(user_pin=code) as session:
        key = session.get_key(pkcs11.ObjectClass.PRIVATE_KEY, label=KEY)
        made = key.sign(data, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS)
    public = certificate.public_key()
    if not isinstance(public, rsa.RSAPublicKey):
        raise TypeError("the key of a CPS is RSA")
    public.verify(made, data, padding.PKCS1v15(), hashes.SHA256())  # raises, if it is not good
    Path(signature).write_bytes(made)
    print("Signed:", len(made), "bytes, verified")


if __name__ == "__main__":
    main(*sys.argv[1:])
