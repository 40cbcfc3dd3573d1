# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Asks an HTTPS server for a page, with the card as client certificate.

    pip install sslcontext
    python tls_login.py MODULE https://localhost:8443/login/certificate [CA.pem]

The code of the card is asked, or read from standard input. A CPS4 speaks TLS 1.2 and 1.3; with a
CPS3 the library keeps its signatures to PKCS#1 v1.5, which TLS 1.2 alone allows.
"""

import getpass
import ssl
import sys
import urllib.request

from sslcontext import load_identity
from sslcontext.backends import PKCS11Backend

AUTHENTICATION = "Certificat d'Authentification CPS"


def main(module: str, url: str, authority: str | None = None) -> None:
    """Log in to the card, then to the server; print what it answers."""
    code = getpass.getpass("Code: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    found = PKCS11Backend(module, pin=code).identities()
    identity = next(item for item in found if item.label == AUTHENTICATION)
    context = ssl.create_default_context(cafile=authority)
    load_identity(context, identity)
    request = urllib.request.Request(url, headers={"Accept": "application/json"})
    with urllib.request.urlopen(request, context=context) as answer:
        print(answer.read().decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
