# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Revocation lists: version 2, AKI and CRLNumber, entries of serial and date alone.

Periods and content follow the published lists of June 2019: six days for an issuing CA, forty-five
for a root, no reason codes. A delta CRL also has the number of the full CRL that it goes
beyond (RFC 5280 5.2.4).
"""

import datetime as dt
from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.authority.keys import SignedKey, signing_hash
from caducee.authority.records import RevokedRecord

__all__ = ["build_crl"]


def build_crl(
    signer: SignedKey,
    number: int,
    validity: tuple[dt.datetime, dt.datetime],
    revoked: Iterable[RevokedRecord],
    *,
    base: int | None = None,
) -> bytes:
    """Return a signed list, DER. ``validity`` is thisUpdate and nextUpdate, UTC.

    With ``base``, the number of a full list, it is a delta list: ``revoked`` then holds what that
    full list does not.
    """
    entries = [x509.RevokedCertificateBuilder(item.serial, item.at).build() for item in revoked]
    builder = x509.CertificateRevocationListBuilder(
        issuer_name=signer.certificate.subject,
        last_update=validity[0],
        next_update=validity[1],
        extensions=[],
        # One list at once: adding entry by entry copies the list each time.
        revoked_certificates=entries,
    )
    aki = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(signer.key_id)
    builder = builder.add_extension(aki, critical=False)
    builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    if base is not None:
        builder = builder.add_extension(x509.DeltaCRLIndicator(base), critical=True)
    made = builder.sign(signer.key, signing_hash(signer.key))
    return made.public_bytes(Encoding.DER)
