# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A complete CRL (RFC 5280 section 5), verified and indexed by serial number.

The structure and the signature are checked by ``cryptography``; the entries, which may be many
hundred thousands, are indexed by a scan of our own that keeps their places only.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from caducee.base.errors import TrustError
from caducee.spec import oids
from caducee.trust.x509 import UNREADABLE, View, header, same_name, verify_bytes

__all__ = ["MAX_CRL", "CrlEntry", "CrlIndex"]

MAX_CRL: Final = 128 * 1024 * 1024
"""Largest list taken, in bytes; a list of a million entries has about 35 MB."""

_SAFE_HASHES: Final = frozenset({"sha256", "sha384", "sha512"})
_UNDERSTOOD: Final = frozenset({oids.AUTHORITY_KEY_IDENTIFIER, oids.CRL_NUMBER})
_CRITICAL: Final = bytes.fromhex("01 01 FF")
"""BOOLEAN TRUE, DER: a critical extension."""

_INTEGER: Final = 0x02
_SEQUENCE: Final = 0x30
_UTC_TIME: Final = 0x17
_TIME: Final = 0x18
_EXTENSIONS: Final = 0xA0
_SHORT: Final = 0x80


@dataclass(frozen=True, slots=True)
class CrlEntry:
    """What a list says of one certificate."""

    revoked_at: dt.datetime | None
    """``None`` when the list writes the date in a way that RFC 5280 does not admit."""

    reason: str | None
    """Name of the reason code, ``None`` when it is not said."""


@dataclass(frozen=True, slots=True, eq=False)
class CrlIndex:
    """A list that was verified."""

    issuer: View
    number: int | None
    this_update: dt.datetime
    next_update: dt.datetime
    _entries: bytes = field(repr=False)
    """The entries, DER, one after the other."""

    _places: dict[bytes, int] = field(repr=False)
    """Where the entry of a serial (content of its INTEGER) starts."""

    @classmethod
    def read(cls, data: bytes, issuers: Iterable[View]) -> Self:
        """Read and verify a list of one of the issuers. Raises `TrustError` (``trust.crl_*``)."""
        if len(data) > MAX_CRL:
            raise TrustError("trust.crl_too_large", size=len(data), most=MAX_CRL)
        crl, der = _loaded(data)
        try:
            return cls._verified(crl, der, issuers)
        except UNREADABLE:
            raise TrustError("trust.crl_unreadable") from None

    @classmethod
    def _verified(
        cls, crl: x509.CertificateRevocationList, der: bytes, issuers: Iterable[View]
    ) -> Self:
        issuer = _issuer(crl, der, issuers)
        number = _extensions(crl, issuer)
        ends = crl.next_update_utc
        if ends is None:
            raise TrustError("trust.crl_unsupported", issuer=issuer.label, reason="nextUpdate")
        entries = _entries(der)
        places = _scan(entries, issuer)
        return cls(issuer, number, crl.last_update_utc, ends, entries, places)

    def __len__(self) -> int:
        return len(self._places)

    def older_than(self, other: "CrlIndex") -> bool:
        """Tell whether another list of the same issuer is newer."""
        if self.number is not None and other.number is not None:
            return self.number < other.number
        return self.this_update < other.this_update

    def entry(self, serial: int) -> CrlEntry | None:
        """Return what the list says of a serial number, ``None`` if it does not name it."""
        key = serial.to_bytes(serial.bit_length() // 8 + 1, signed=True)
        place = self._places.get(key)
        return None if place is None else _entry(self._entries, place)


def _loaded(data: bytes) -> tuple[x509.CertificateRevocationList, bytes]:
    """Load a list, DER or PEM; return it and its DER."""
    try:
        if data[:11] == b"-----BEGIN ":
            crl = x509.load_pem_x509_crl(data)
            return crl, crl.public_bytes(serialization.Encoding.DER)
        return x509.load_der_x509_crl(data), bytes(data)
    except UNREADABLE:
        raise TrustError("trust.crl_unreadable") from None


def _issuer(crl: x509.CertificateRevocationList, der: bytes, issuers: Iterable[View]) -> View:
    """Return the issuer that the list names and whose key signed it."""
    name = crl.issuer.public_bytes()
    named = [one for one in issuers if same_name(name, one.subject)]
    key_id = _authority_key(crl)
    if key_id is not None:
        named = [one for one in named if one.key_id in (None, key_id)]
    if not named:
        raise TrustError("trust.crl_issuer_unknown", issuer=crl.issuer.rfc4514_string()[:256])
    for one in named:
        if _signed(crl, der, one):
            return one
    raise TrustError("trust.crl_signature", issuer=named[0].label)


def _authority_key(crl: x509.CertificateRevocationList) -> bytes | None:
    try:
        found = crl.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    except x509.ExtensionNotFound:
        return None
    return found.value.key_identifier


def _signed(crl: x509.CertificateRevocationList, der: bytes, issuer: View) -> bool:
    digest = crl.signature_hash_algorithm
    if digest is not None and digest.name not in _SAFE_HASHES:
        raise TrustError("trust.signature_weak", certificate=issuer.label, algorithm=digest.name)
    if issuer.key_usage is not None and "crl_sign" not in issuer.key_usage:
        return False
    try:
        verify_bytes(issuer.certificate.public_key(), crl, der)
    except (InvalidSignature, *UNREADABLE):
        return False
    return True


def _extensions(crl: x509.CertificateRevocationList, issuer: View) -> int | None:
    """Return the CRL number. Partial lists and critical extensions are refused."""
    number = None
    for extension in crl.extensions:
        oid = extension.oid.dotted_string
        if oid == oids.DELTA_CRL_INDICATOR:
            raise TrustError("trust.crl_delta", issuer=issuer.label)
        if oid == oids.ISSUING_DISTRIBUTION_POINT or (
            extension.critical and oid not in _UNDERSTOOD
        ):
            reason = oids.NAMES.get(oid, oid)
            raise TrustError("trust.crl_unsupported", issuer=issuer.label, reason=reason)
        if isinstance(extension.value, x509.CRLNumber):
            number = extension.value.crl_number
    return number


def _entries(der: bytes) -> bytes:
    """Return the content of revokedCertificates, empty if it is left out (RFC 5280 5.1.2.6).

    The encoding was checked on loading: version, algorithm, issuer, one or two moments, then the
    entries.
    """
    place, size = header(der, header(der, 0)[0])
    end = place + size
    if der[place] == _INTEGER:
        place = _end(der, place)
    place = _end(der, _end(der, place))
    while place < end and der[place] in (_UTC_TIME, _TIME):
        place = _end(der, place)
    if place >= end or der[place] != _SEQUENCE:
        return b""
    start, size = header(der, place)
    return der[start : start + size]


def _end(data: bytes, place: int) -> int:
    start, size = header(data, place)
    return start + size


def _scan(entries: bytes, issuer: View) -> dict[bytes, int]:
    """Return the place of each entry by the content of its serial.

    One loop without calls for what nearly every entry is: short, a serial and a date. A longer
    one has extensions; a critical one among them, the certificate's issuer of an indirect list,
    would change the meaning of the entries, and the list is refused.
    """
    places: dict[bytes, int] = {}
    place, end = 0, len(entries)
    while place < end:
        size = entries[place + 1]
        start = place + 2
        if size >= _SHORT:
            start, size = header(entries, place)
        serial = start + 2
        date = serial + entries[start + 1]
        places[entries[serial:date]] = place
        after = date + 2 + entries[date + 1]
        place = start + size
        if after < place and _CRITICAL in entries[after:place]:
            raise TrustError(
                "trust.crl_unsupported", issuer=issuer.label, reason="critical entry extension"
            )
    return places


def _entry(entries: bytes, place: int) -> CrlEntry:
    """Read one entry: serial, date, extensions."""
    start, size = header(entries, place)
    end = start + size
    date = _end(entries, start)
    value, length = header(entries, date)
    text = entries[value : value + length].decode("ascii", "replace")
    return CrlEntry(_moment(entries[date], text), _reason(entries[value + length : end]))


def _moment(tag: int, text: str) -> dt.datetime | None:
    """Read UTCTime or GeneralizedTime; years of two digits by RFC 5280 4.1.2.5.1."""
    if tag == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    try:
        return dt.datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=dt.UTC)
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
