# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A CRL (RFC 5280 section 5), complete or delta, verified and indexed by serial number.

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

from caducee.base.errors import FormatError, TrustError
from caducee.spec import oids
from caducee.trust.crl_entry import CRITICAL, CrlEntry, entry_issuer, read_entry
from caducee.trust.crl_scope import CrlScope
from caducee.trust.loading import MAX_NAME
from caducee.trust.names import Directory, normal, same_name
from caducee.trust.strength import SAFE, Strength
from caducee.trust.x509 import UNREADABLE, ParsedCertificate, header, verify_bytes

__all__ = [
    "MAX_CRL",
    "CrlIndex",
    "VerifiedList",
    "content_of",
]

MAX_CRL: Final = 128 * 1024 * 1024
"""Largest list taken, in bytes; a list of a million entries has about 35 MB."""

_MOST_NUMBER_BITS: Final = 159
"""A CRLNumber has 20 bytes at most, one bit of them for the sign (RFC 5280 5.2.3)."""

_MAX_EXTENSIONS: Final = 65_536
"""Largest extensions of a list that are decoded, in bytes; usual ones have about 100."""

_UNDERSTOOD: Final = frozenset(
    {
        oids.AUTHORITY_KEY_IDENTIFIER,
        oids.CRL_NUMBER,
        oids.DELTA_CRL_INDICATOR,
        oids.ISSUING_DISTRIBUTION_POINT,
    }
)
_INTEGER: Final = 0x02
_SEQUENCE: Final = 0x30
_UTC_TIME: Final = 0x17
_TIME: Final = 0x18
_EXTENSIONS: Final = 0xA0
_SHORT: Final = 0x80


@dataclass(frozen=True, slots=True, eq=False)
class VerifiedList:
    """A list whose signature was verified and whose entries are still to be read."""

    issuer: ParsedCertificate
    """A certificate of the key that signed the list."""

    number: int | None
    base: int | None
    scope: CrlScope
    this_update: dt.datetime
    next_update: dt.datetime
    der: bytes = field(repr=False)
    start: int
    """Where the entries start in ``der``."""

    end: int

    @classmethod
    def read(
        cls, data: bytes, issuers: Iterable[ParsedCertificate], strength: Strength = SAFE
    ) -> Self:
        """Read and verify a list of one of the issuers. Raises `TrustError` (``trust.crl_*``).

        With a strict strength it must keep the rules of RFC 5280 5.2 (``trust.crl_rules``).
        """
        if len(data) > MAX_CRL:
            raise TrustError("trust.crl_too_large", size=len(data), most=MAX_CRL)
        crl, der = _loaded(data)
        try:
            issuer = _issuer(crl, der, issuers, strength)
            said = _extensions(crl, issuer)
            if strength.strict:
                _check_rules(said, issuer)
            ends = crl.next_update_utc
            if ends is None:
                raise TrustError("trust.crl_unsupported", issuer=issuer.label, reason="nextUpdate")
            start, end = _entries(der)
            return cls(
                issuer,
                said.number,
                said.base,
                said.scope,
                crl.last_update_utc,
                ends,
                der,
                start,
                end,
            )
        except (FormatError, *UNREADABLE):
            raise TrustError("trust.crl_unreadable") from None


type _Places = dict[bytes, int]
"""Where the entry of a serial (content of its INTEGER) starts."""


@dataclass(frozen=True, slots=True, eq=False)
class CrlIndex:
    """A list that was verified."""

    issuer: ParsedCertificate
    """A certificate of the key that signed the list."""

    number: int | None
    base: int | None
    """For a delta list, the number of the complete list that it changes."""

    scope: CrlScope
    this_update: dt.datetime
    next_update: dt.datetime
    _entries: bytes = field(repr=False)
    """The entries, DER, one after the other."""

    _places: _Places = field(repr=False)
    _others: dict[Directory | bytes, _Places] = field(repr=False)
    """Entries of an indirect list for certificates of other issuers, by issuer."""

    @classmethod
    def read(
        cls, data: bytes, issuers: Iterable[ParsedCertificate], strength: Strength = SAFE
    ) -> Self:
        """Read and verify a list of one of the issuers. Raises `TrustError` (``trust.crl_*``)."""
        found = VerifiedList.read(data, issuers, strength)
        entries = found.der[found.start : found.end]
        try:
            if found.scope.indirect:
                places, others = _scan_indirect(entries, found.issuer)
            else:
                places, others = _scan(entries, found.issuer), {}
        except (FormatError, *UNREADABLE):
            raise TrustError("trust.crl_unreadable") from None
        return cls(
            found.issuer,
            found.number,
            found.base,
            found.scope,
            found.this_update,
            found.next_update,
            entries,
            places,
            others,
        )

    def __len__(self) -> int:
        return len(self._places) + sum(len(other) for other in self._others.values())

    def contents(self) -> Iterable[bytes]:
        """Return the serial numbers, each the content of its INTEGER, of the list's own issuer."""
        return self._places.keys()

    @property
    def is_delta(self) -> bool:
        """Whether the list holds only what changed since another."""
        return self.base is not None

    def older_than(self, other: "CrlIndex") -> bool:
        """Tell whether another list of the same issuer and scope is newer."""
        if self.number is not None and other.number is not None:
            return self.number < other.number
        return self.this_update < other.this_update

    def changes(self, complete: "CrlIndex") -> bool:
        """Tell whether this delta list may be laid over a complete one (RFC 5280 5.2.4)."""
        if self.base is None or complete.number is None or self.number is None:
            return False
        return (
            self.issuer.spki == complete.issuer.spki
            and self.scope == complete.scope
            and self.base <= complete.number < self.number
        )

    def entry(self, serial: int, issuer: bytes | None = None) -> CrlEntry | None:
        """Return what the list says of a serial number, ``None`` if it does not name it.

        ``issuer`` is the name of who issued the certificate, DER; without it, the list's own.
        """
        places = self._places
        if issuer is not None and not same_name(issuer, self.issuer.subject):
            places = self._others.get(normal(issuer), {})
        place = places.get(content_of(serial))
        return None if place is None else read_entry(self._entries, place)


def content_of(serial: int) -> bytes:
    """Return the content of the INTEGER of a serial number, DER, also of a negative one."""
    return serial.to_bytes((serial if serial >= 0 else ~serial).bit_length() // 8 + 1, signed=True)


def _loaded(data: bytes) -> tuple[x509.CertificateRevocationList, bytes]:
    """Load a list, DER or PEM; return it and its DER."""
    try:
        if data[:11] == b"-----BEGIN ":
            crl = x509.load_pem_x509_crl(data)
            der = crl.public_bytes(serialization.Encoding.DER)
        else:
            crl, der = x509.load_der_x509_crl(data), bytes(data)
        _check_sizes(der)
    except UNREADABLE:
        raise TrustError("trust.crl_unreadable") from None
    return crl, der


def _check_sizes(der: bytes) -> None:
    """Refuse a list whose issuer or extensions are too large: both are decoded before it is known
    who signed it. Raises ``ValueError``."""
    tbs, size = header(der, header(der, 0)[0])
    place = _end(der, tbs) if der[tbs] == _INTEGER else tbs
    issuer = _end(der, place)
    extensions = _entries(der)[1]
    if _end(der, issuer) - issuer > MAX_NAME or tbs + size - extensions > _MAX_EXTENSIONS:
        raise ValueError


def _issuer(
    crl: x509.CertificateRevocationList,
    der: bytes,
    issuers: Iterable[ParsedCertificate],
    strength: Strength,
) -> ParsedCertificate:
    """Return the issuer that the list names and whose key signed it."""
    name = crl.issuer.public_bytes()
    named = [issuer for issuer in issuers if same_name(name, issuer.subject)]
    key_id = _authority_key(crl)
    if key_id is not None:
        named = [entry for entry in named if entry.key_id in (None, key_id)]
    if not named:
        raise TrustError("trust.crl_issuer_unknown", issuer=crl.issuer.rfc4514_string()[:256])
    for item in named:
        if _signed(crl, der, item, strength):
            return item
    raise TrustError("trust.crl_signature", issuer=named[0].label)


def _authority_key(crl: x509.CertificateRevocationList) -> bytes | None:
    try:
        found = crl.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    except x509.ExtensionNotFound:
        return None
    return found.value.key_identifier


def _signed(
    crl: x509.CertificateRevocationList, der: bytes, issuer: ParsedCertificate, strength: Strength
) -> bool:
    digest = crl.signature_hash_algorithm
    if digest is not None and digest.name not in strength.hashes:
        raise TrustError("trust.signature_weak", certificate=issuer.label, algorithm=digest.name)
    if issuer.key_usage is not None and "crl_sign" not in issuer.key_usage:
        return False
    try:
        verify_bytes(issuer.certificate.public_key(), crl, der)
    except (InvalidSignature, *UNREADABLE):
        return False
    return True


@dataclass(slots=True)
class _Said:
    """What the extensions of a list say."""

    number: int | None = None
    base: int | None = None
    scope: CrlScope = field(default_factory=CrlScope)
    key_named: bool = False
    """Whether the list has an authorityKeyIdentifier."""

    critical: frozenset[str] = frozenset()
    """Dotted OIDs."""


def _check_rules(said: _Said, issuer: ParsedCertificate) -> None:
    """Refuse a list that is not as RFC 5280 5.2 has it. Raises `TrustError`."""
    reason = None
    if said.number is None:
        reason = "CRLNumber missing"
    elif not 0 <= said.number < 1 << _MOST_NUMBER_BITS or oids.CRL_NUMBER in said.critical:
        reason = "CRLNumber"
    elif not said.key_named or oids.AUTHORITY_KEY_IDENTIFIER in said.critical:
        reason = "authorityKeyIdentifier"
    elif said.base is not None and oids.DELTA_CRL_INDICATOR not in said.critical:
        reason = "deltaCRLIndicator"
    elif said.scope != CrlScope() and oids.ISSUING_DISTRIBUTION_POINT not in said.critical:
        reason = "issuingDistributionPoint"
    if reason is not None:
        raise TrustError("trust.crl_rules", issuer=issuer.label, reason=reason)


def _extensions(crl: x509.CertificateRevocationList, issuer: ParsedCertificate) -> _Said:
    """Read the extensions of a list. One that is critical and unknown refuses it."""
    said = _Said()
    said.critical = frozenset(item.oid.dotted_string for item in crl.extensions if item.critical)
    for extension in crl.extensions:
        oid, value = extension.oid.dotted_string, extension.value
        if extension.critical and oid not in _UNDERSTOOD:
            reason = oids.NAMES.get(oid, oid)
            raise TrustError("trust.crl_unsupported", issuer=issuer.label, reason=reason)
        if isinstance(value, x509.CRLNumber):
            said.number = value.crl_number
        elif isinstance(value, x509.DeltaCRLIndicator):
            said.base = value.crl_number
        elif isinstance(value, x509.AuthorityKeyIdentifier):
            said.key_named = value.key_identifier is not None
        elif isinstance(value, x509.IssuingDistributionPoint):
            said.scope = CrlScope.of(value, crl.issuer.public_bytes())
    return said


def _entries(der: bytes) -> tuple[int, int]:
    """Return where revokedCertificates starts and ends; nothing if left out (RFC 5280 5.1.2.6).

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
        return place, place
    start, size = header(der, place)
    return start, start + size


def _end(data: bytes, place: int) -> int:
    start, size = header(data, place)
    return start + size


def _scan(entries: bytes, issuer: ParsedCertificate) -> _Places:
    """Return the place of each entry by the content of its serial.

    One loop without calls for what nearly every entry is: short, a serial and a date. A longer
    one has extensions; those of them that are critical are looked at.
    """
    places: _Places = {}
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
        if after < place and CRITICAL in entries[after:place]:
            entry_issuer(entries[after:place], issuer, indirect=False)
    return places


def _scan_indirect(
    entries: bytes, issuer: ParsedCertificate
) -> tuple[_Places, dict[Directory | bytes, _Places]]:
    """Return the places in an indirect list, of its own issuer and of the others.

    An entry without certificateIssuer has the issuer of the one before (RFC 5280 5.3.3).
    """
    found: dict[Directory | bytes, _Places] = {}
    own = current = normal(issuer.subject)
    place, end = 0, len(entries)
    while place < end:
        start, size = header(entries, place)
        serial, length = header(entries, start)
        after = _end(entries, serial + length)
        named = entry_issuer(entries[after : start + size], issuer, indirect=True)
        current = current if named is None else named
        found.setdefault(current, {})[entries[serial : serial + length]] = place
        place = start + size
    return found.pop(own, {}), found
