# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Signs a PDF with the signature key of the card.

    pip install pyhanko python-pkcs11
    python sign_pdf.py MODULE LETTER.pdf SIGNED.pdf

MODULE is what `caducee pkcs11 path` prints. The code is asked, or read from standard input. The
signature is PKCS#1 v1.5, which both generations of cards make.
"""

import getpass
import sys
from pathlib import Path

import pkcs11
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, sign_pdf
from pyhanko.sign.pkcs11 import PKCS11Signer


def main(module: str, letter: str, signed: str) -> None:
    """Log in to the first card, and sign."""
    code = getpass.getpass("Code: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    token = next(iter(pkcs11.lib(module).get_slots(token_present=True))).get_token()
    facts = PdfSignatureMetadata(field_name="CPS", md_algorithm="sha256")
    with token.open(user_pin=code) as session, Path(letter).open("rb") as source:
        signer = PKCS11Signer(
            session, cert_label="Certificat de Signature CPS", key_label="CPS_PRIV_SIG"
        )
        made = sign_pdf(IncrementalPdfFileWriter(source), facts, signer)
    Path(signed).write_bytes(made.getvalue())


if __name__ == "__main__":
    main(*sys.argv[1:])
