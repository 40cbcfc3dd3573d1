# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Index files from a folder that somebody else may have written: read or refused, never believed
beyond their bytes; and any entries, signed by an authority, indexed or refused."""

import hashlib

import atheris

from caducee.testing.fuzz import run

with atheris.instrument_imports():
    from caducee.base.errors import TrustError
    from caducee.testing.pki import authority
    from caducee.trust.crl import VerifiedList
    from caducee.trust.index import RevocationIndex, build
    from caducee.trust.x509 import view

ISSUING = authority("ISSUING")
PLAIN = VerifiedList.read(ISSUING.crl(1, 2**70, 2**126), [view(ISSUING.certificate)])


def check(data: bytes) -> None:
    """Take bytes as an index whose digest is right, and as the entries of a signed list."""
    _open(data[:8] + hashlib.sha256(data[40:]).digest() + data[40:])
    listed = VerifiedList(
        PLAIN.issuer,
        PLAIN.number,
        PLAIN.base,
        PLAIN.scope,
        PLAIN.this_update,
        PLAIN.next_update,
        data,
        0,
        len(data),
    )
    try:
        whole = build(listed)
    except TrustError:
        return
    _open(whole)


def _open(data: bytes) -> None:
    try:
        index = RevocationIndex(data, "fuzzed")
        for serial in (1, 2**70, 2**126, -1):
            index.entry(serial)
    except TrustError as error:
        assert error.sentence()


if __name__ == "__main__":
    run(check, [build(PLAIN), PLAIN.der[PLAIN.start : PLAIN.end]])
