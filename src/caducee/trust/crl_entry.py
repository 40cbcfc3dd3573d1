# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One entry of a CRL (RFC 5280 section 5.3): serial number, date and extensions, in DER."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from cryptography import x509

from caducee.base.errors import TrustError
from caducee.codec.tlv import Tlv
from caducee.trust.names import Directory, directory
from caducee.trust.x509 import ParsedCertificate, header

__all__ = ["CRITICAL", "CrlEntry", "entry_issuer", "read_entry"]

CRITICAL: Final = bytes.fromhex("01 01 FF")
"""BOOLEAN TRUE, DER: a critical extension."""

_UTC_TIME: Final = 0x17


@dataclass(frozen=True, slots=True)
class CrlEntry:
    """What a list says of one certificate."""

    revoked_at: dt.datetime | None
    """``None`` when the list writes the date in a way that RFC 5280 does not admit."""

    reason: str | None
    """Name of the reason code, ``None`` when it is not said."""


_CERTIFICATE_ISSUER: Final = bytes.fromhex("55 1D 1D")
_ENTRY_UNDERSTOOD: Final = frozenset(
    {
        bytes.fromhex("55 1D 15"),  # cRLReason
        bytes.fromhex("55 1D 18"),  # invalidityDate
        _CERTIFICATE_ISSUER,
    }
)


def entry_issuer(
    extensions: bytes, issuer: ParsedCertificate, *, indirect: bool
) -> Directory | bytes | None:
    """Return whose certificate an entry speaks of, if its extensions say so.

    One that is critical and unknown would change the meaning of the entries, and the list is
    refused; so is certificateIssuer, critical, in a list that is not indirect.
    """
    if not extensions:
        return None
    named = None
    for child in Tlv.from_bytes(extensions).children():
        parts = child.children()
        oid = parts[0].value
        critical = len(parts) == 3 and parts[1].to_bytes() == CRITICAL
        known = oid in _ENTRY_UNDERSTOOD and (indirect or oid != _CERTIFICATE_ISSUER)
        if critical and not known:
            raise TrustError(
                "trust.crl_unsupported", issuer=issuer.label, reason="critical entry extension"
            )
        if oid == _CERTIFICATE_ISSUER and indirect:
            named = _directory_in(parts[-1].value)
    return named


_DIRECTORY_NAME: Final = 0xA4


def _directory_in(names: bytes) -> Directory | bytes:
    """Return the one directoryName among GeneralNames, DER."""
    for child in Tlv.from_bytes(names).children():
        if child.tag == _DIRECTORY_NAME:
            return directory(x509.Name.from_bytes(child.value))
    raise ValueError("certificateIssuer without a directoryName")


def read_entry(entries: bytes, place: int) -> CrlEntry:
    """Read one entry: serial, date, extensions."""
    start, size = header(entries, place)
    end = start + size
    date = start + 2 + entries[start + 1]
    value, length = date + 2, entries[date + 1]
    text = entries[value : value + length].decode("ascii", "replace")
    after = value + length
    reason = _reason(entries[after:end]) if after < end else None
    return CrlEntry(_moment(entries[date], text), reason)


def _moment(tag: int, text: str) -> dt.datetime | None:
    """Read UTCTime or GeneralizedTime; years of two digits by RFC 5280 4.1.2.5.1."""
    if tag == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    if len(text) != 15 or text[14] != "Z" or not text[:14].isdigit():
        return None
    try:
        return dt.datetime.fromisoformat(f"{text[:8]}T{text[8:]}")
    except ValueError:
        return None


_REASON: Final = bytes.fromhex("06 03 55 1D 15 04 03 0A 01")
"""The extension cRLReason up to its value: OID, OCTET STRING, ENUMERATED of one byte."""

_REASONS: Final = {
    1: "keyCompromise",
    2: "cACompromise",
    3: "affiliationChanged",
    4: "superseded",
    5: "cessationOfOperation",
    6: "certificateHold",
    8: "removeFromCRL",
    9: "privilegeWithdrawn",
    10: "aACompromise",
}
"""RFC 5280 section 5.3.1."""


def _reason(extensions: bytes) -> str | None:
    place = extensions.find(_REASON)
    if place < 0 or place + len(_REASON) >= len(extensions):
        return None
    return _REASONS.get(extensions[place + len(_REASON)])
