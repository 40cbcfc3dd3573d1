# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The same as sign.py by another library, which verifies by the card's public key.

pip install PyKCS11 cryptography
python sign_pykcs11.py MODULE DOCUMENT SIGNATURE
"""

import getpass
import sys
from pathlib import Path

import PyKCS11
from cryptography import x509
from cryptography.x509.oid import NameOID

CERTIFICATE = "Certificat de Signature CPS"
KEY = "CPS_PRIV_SIG"


def main(module: str, document: str, signature: str) -> None:
    """List the holder, log in, sign, verify."""
    library = PyKCS11.PyKCS11Lib()
    library.load(module)
    slot = library.getSlotList(tokenPresent=True)[0]
    print("Card:", library.getTokenInfo(slot).label.strip())
    session = library.openSession(slot)

    sought = [(PyKCS11.CKA_CLASS, PyKCS11.CKO_CERTIFICATE), (PyKCS11.CKA_LABEL, CERTIFICATE)]
    found = session.findObjects(sought)[0]
    number, value = session.getAttributeValue(found, [PyKCS11.CKA_ID, PyKCS11.CKA_VALUE])
    subject = x509.load_der_x509_certificate(bytes(value)).subject
    names = NameOID.SURNAME, NameOID.GIVEN_NAME, NameOID.COMMON_NAME
    parts = [item for name in names for item in subject.get_attributes_for_oid(name)]
    print("Holder:", *(part.value for part in parts))

    code = getpass.getpass("Code: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    session.login(code)
    private = session.findObjects([(PyKCS11.CKA_LABEL, KEY)])[0]
    public = session.findObjects(
        [(PyKCS11.CKA_CLASS, PyKCS11.CKO_PUBLIC_KEY), (PyKCS11.CKA_ID, number)]
    )[0]
    mechanism = PyKCS11.Mechanism(PyKCS11.CKM_SHA256_RSA_PKCS, None)
    data = Path(document).read_bytes()
    made = session.sign(private, data, mechanism)
    if not session.verify(public, data, made, mechanism):
        raise ValueError("the signature is not good")
    Path(signature).write_bytes(bytes(made))
    print("Signed:", len(made), "bytes, verified")
    session.logout()
    session.closeSession()


if __name__ == "__main__":
    main(*sys.argv[1:])
