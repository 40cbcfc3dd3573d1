# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How the values of an attribute are compared: each rule gives a key, equal for equal values."""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from caducee.base.errors import CpsError, FormatError
from caducee.codec.ldap.names import Dn
from caducee.codec.stringprep import prepared
from caducee.directory.ldap.schema import MatchingRule, attribute_type, class_oid
from caducee.trust.x509 import header, load_certificate

__all__ = ["asked_key", "stored_key", "text_key"]

_EXACT = re.compile(
    r'\{\s*serialNumber\s+(\d{1,60})\s*,\s*issuer\s+rdnSequence:"((?:[^"]|"")*)"\s*\}',
    re.IGNORECASE,
)
_VERSION = 0xA0
_OLD_EXACT = re.compile(r"\s*(\d{1,60})\s*\$(.*)", re.DOTALL)


def text_key(value: bytes) -> str | None:
    """Return a text as it is compared; none when it is not a text, or not one to compare."""
    try:
        return prepared(value.decode())
    except UnicodeDecodeError:
        return None


def _exact_key(value: bytes) -> str | None:
    """Return a text as it is compared where case counts (RFC 4518)."""
    try:
        return " ".join(unicodedata.normalize("NFKC", value.decode()).split())
    except UnicodeDecodeError:
        return None


def _object_id(value: bytes) -> str | None:
    """Return the OID; one that is not known is not compared (RFC 4517 section 4.2.26)."""
    name = value.decode("ascii", "replace")
    kind = attribute_type(name)
    return class_oid(name) if kind is None else kind.oid


def _name(value: bytes) -> str | None:
    try:
        return _name_key(value.decode())
    except UnicodeDecodeError:
        return None


@lru_cache(128)
def _name_key(written: str) -> str | None:
    try:
        return "\x00".join(Dn.parse(written).keys())
    except CpsError:
        return None


def _boolean(value: bytes) -> str | None:
    return value.decode() if value in (b"TRUE", b"FALSE") else None


def _certificate(value: bytes) -> str | None:
    """Return serial number and issuer, by which a certificate is known (RFC 4523 section 2.6.1)."""
    try:
        serial, issuer = _serial_and_issuer(value)
    except (FormatError, IndexError):
        return None
    key = _ISSUERS.get(issuer)
    if key is None:  # so many certificates, so few issuers: their names are read once
        try:
            key = _name_key(load_certificate(value).issuer.rfc4514_string())
        except CpsError:
            key = None
        if key is None:
            return None
        if len(_ISSUERS) >= _MOST_ISSUERS:
            _ISSUERS.clear()
        _ISSUERS[issuer] = key
    return f"{serial}${key}"


_ISSUERS: dict[bytes, str] = {}
_MOST_ISSUERS = 1024


def _serial_and_issuer(der: bytes) -> tuple[int, bytes]:
    """Return serial number and issuer (DER) of a certificate (RFC 5280 section 4.1).

    Raises `IndexError` or `FormatError` for truncated bytes.
    """
    place = header(der, header(der, 0)[0])[0]
    if der[place] == _VERSION:
        start, size = header(der, place)
        place = start + size
    start, size = header(der, place)
    serial = int.from_bytes(der[start : start + size], signed=True)
    start, size = header(der, start + size)
    place = start + size
    start, size = header(der, place)
    return serial, der[place : start + size]


def _certificate_asked(value: bytes) -> str | None:
    try:
        written = value.decode()
    except UnicodeDecodeError:
        return None
    if (exact := _EXACT.fullmatch(written.strip())) is not None:
        number, issuer = exact[1], exact[2].replace('""', '"')
    elif (old := _OLD_EXACT.fullmatch(written)) is not None:
        number, issuer = old.groups()
    else:
        return None
    key = _name_key(issuer)
    return None if key is None else f"{int(number)}${key}"


_STORED: dict[MatchingRule, Callable[[bytes], str | None]] = {
    MatchingRule.CASE_IGNORE: text_key,
    MatchingRule.CASE_EXACT: _exact_key,
    MatchingRule.CASE_IGNORE_IA5: text_key,
    MatchingRule.CASE_EXACT_IA5: _exact_key,
    MatchingRule.OBJECT_ID: _object_id,
    MatchingRule.NAME: _name,
    MatchingRule.BOOLEAN: _boolean,
    MatchingRule.CERTIFICATE: _certificate,
}


def stored_key(rule: MatchingRule, value: bytes) -> str | None:
    """Return the key of a value of an entry; none when it cannot be compared."""
    return _STORED[rule](value)


def asked_key(rule: MatchingRule, value: bytes) -> str | None:
    """Return the key of the value of a filter; none when it has not the form of the rule.

    A certificate is asked for by serial number and issuer:
    ``{ serialNumber 17, issuer rdnSequence:"cn=CA,c=FR" }``, or ``17$cn=CA,c=FR`` as of old.
    """
    if rule is MatchingRule.CERTIFICATE:
        return _certificate_asked(value)
    return _STORED[rule](value)
