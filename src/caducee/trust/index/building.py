# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""From verified lists to the file of an index, without an object for each entry."""

import hashlib
import struct
from array import array
from bisect import bisect_right
from typing import Final

from caducee.base.errors import FormatError, TrustError
from caducee.trust.crl import VerifiedList
from caducee.trust.crl_entry import CRITICAL, entry_issuer, read_entry
from caducee.trust.crl_scope import CrlScope
from caducee.trust.index.file import HEADER, MAGIC, NO_NUMBER, RevocationIndex, owner_of
from caducee.trust.x509 import UNREADABLE, ParsedCertificate, header

__all__ = ["build", "lay_over"]

_SHORT: Final = 0x80
_KEY: Final = 8
_RECORD: Final = 12
"""Key, most significant byte first so that records sort as keys do, and place."""

_FEW: Final = 1024
_INTEGER: Final = 0x02

_DIGEST_END: Final = len(MAGIC) + hashlib.sha256().digest_size


def build(complete: VerifiedList, delta: VerifiedList | None = None) -> bytes:
    """Return the index of a complete list, with a delta list laid over it or without.

    Raises `TrustError`: ``trust.crl_unsupported`` (an indirect list, or one of a part),
    ``trust.crl_delta`` (the first is a delta list, or the second does not change it),
    ``trust.crl_unreadable``.
    """
    _check(complete)
    if complete.base is not None:
        raise TrustError("trust.crl_delta", issuer=complete.issuer.label)
    entries = memoryview(complete.der)[complete.start : complete.end]
    return _build(complete, entries, complete.number, delta)


def lay_over(index: RevocationIndex, signer: ParsedCertificate, delta: VerifiedList) -> bytes:
    """Return the index of an index's complete list with another delta list laid over it.

    ``signer`` is the certificate of whoever signed the complete list. Raises as `build`.
    """
    complete = VerifiedList(
        signer,
        index.info.complete_number,
        None,
        CrlScope(),
        index.info.this_update,
        index.info.next_update,
        index.complete_entries(),
        0,
        index.complete_size,
    )
    return build(complete, delta)


def _check(verified_list: VerifiedList) -> None:
    if verified_list.scope != CrlScope():
        reason = "issuingDistributionPoint"
        raise TrustError("trust.crl_unsupported", issuer=verified_list.issuer.label, reason=reason)


def _build(
    complete: VerifiedList,
    entries: memoryview,
    number: int | None,
    delta: VerifiedList | None,
) -> bytes:
    try:
        records = _records(complete.der, complete.start, complete.end, 0, complete.issuer)
        latest, ends, changed = complete, complete.next_update, b""
        if delta is not None:  # the complete list holds until its own end, whatever the delta's
            latest, ends = delta, max(ends, delta.next_update)
            changed = _lay(records, complete, delta)
    except (FormatError, *UNREADABLE):
        raise TrustError("trust.crl_unreadable") from None
    records.sort()
    keys, places = _columns(records)
    fields = (
        owner_of(complete.issuer),
        len(records),
        len(entries) + len(changed),
        len(entries),
        int(latest.this_update.timestamp()),
        int(ends.timestamp()),
        _number(latest.number),
        _number(number),
    )
    del records
    start = HEADER.pack(MAGIC, bytes(32), *fields)[_DIGEST_END:]
    parts = (start, keys, places, entries, changed)
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return b"".join((MAGIC, digest.digest(), *parts))


def _records(
    der: bytes, start: int, end: int, shift: int, issuer: ParsedCertificate
) -> list[bytes]:
    """Return a record for each entry: key and place, in the order of the list.

    One loop without calls for what nearly every entry is: short, with a serial of eight bytes or
    more. Places count from ``start``, ``shift`` added.
    """
    shift -= start
    records = _uniform(der, start, end, shift)
    if records:
        _refuse_critical(der, start, end, shift, records, issuer)
        return records
    add = records.append
    place = start
    while place < end:
        size = der[place + 1]
        serial = place + 4
        if size >= _SHORT:
            value, size = header(der, place)
            serial = value + 2
        length = der[serial - 1]
        after = serial + length
        if after >= end:
            raise ValueError("an entry goes beyond the list")
        key = der[after - _KEY : after] if length >= _KEY else der[serial:after].rjust(_KEY, b"\0")
        add(key + (place + shift).to_bytes(4))
        place = serial - 2 + size
    if place != end:
        raise ValueError("entries do not end where the list does")
    _refuse_critical(der, start, end, shift, records, issuer)
    return records


def _uniform(der: bytes, start: int, end: int, shift: int) -> list[bytes]:
    """Return the records of entries that are all of one shape; nothing when they are not.

    An authority whose serial numbers have one length writes such lists: their columns are taken
    as they stand, without a step for each entry.
    """
    if end - start < _FEW or der[start + 1] >= _SHORT or der[start + 3] < _KEY:
        return []
    stride = 2 + der[start + 1]
    count, rest = divmod(end - start, stride)
    alike = (
        der[start + index : end : stride] == der[start + index : start + index + 1] * count
        for index in range(4)
    )
    if rest or der[start + 2] != _INTEGER or not all(alike):
        return []
    joined = bytearray(_RECORD * count)
    key = start + 4 + der[start + 3] - _KEY
    for byte in range(_KEY):
        joined[byte::_RECORD] = der[key + byte : end : stride]
    first = start + shift
    places = array("I", range(first, first + count * stride, stride)).tobytes()
    for byte in range(4):
        joined[_RECORD - 1 - byte :: _RECORD] = places[byte::4]
    return [item for (item,) in struct.iter_unpack(f"{_RECORD}s", joined)]


def _refuse_critical(
    der: bytes, start: int, end: int, shift: int, records: list[bytes], issuer: ParsedCertificate
) -> None:
    """Look at the entries in which a critical extension may stand (RFC 5280 5.3).

    The three bytes that mark one are searched for in all entries at once: they are rare.
    """
    found = der.find(CRITICAL, start, end)
    if found < 0:
        return
    places = [int.from_bytes(record[_KEY:]) - shift for record in records]
    while found >= 0:
        place = places[bisect_right(places, found) - 1]
        value, size = header(der, place)
        after = value
        for _ in range(2):  # the serial number and the date
            inner, length = header(der, after)
            after = inner + length
        entry_issuer(der[after : value + size], issuer, indirect=False)
        found = der.find(CRITICAL, value + size, end)


def _lay(records: list[bytes], complete: VerifiedList, delta: VerifiedList) -> bytes:
    """Change the records as a delta list says; return its entries."""
    _check(delta)
    fits = (
        delta.base is not None
        and delta.number is not None
        and complete.number is not None
        and delta.base <= complete.number < delta.number
        and delta.issuer.spki == complete.issuer.spki
    )
    if not fits:
        raise TrustError("trust.crl_delta", issuer=delta.issuer.label)
    size = complete.end - complete.start
    changes = _records(delta.der, delta.start, delta.end, size, delta.issuer)
    entries = delta.der[delta.start : delta.end]
    named = {_serial(entries, int.from_bytes(change[_KEY:]) - size) for change in changes}
    keys = {change[:_KEY] for change in changes}
    records[:] = [
        record
        for record in records
        if record[:_KEY] not in keys
        or _serial(complete.der, complete.start + int.from_bytes(record[_KEY:])) not in named
    ]
    records += [
        change
        for change in changes
        if read_entry(entries, int.from_bytes(change[_KEY:]) - size).reason != "removeFromCRL"
    ]
    return entries


def _serial(data: bytes, place: int) -> bytes:
    start, _ = header(data, place)
    value, length = header(data, start)
    return data[value : value + length]


def _columns(records: list[bytes]) -> tuple[bytes, bytes]:
    """Return the keys and the places of sorted records, each number little-endian."""
    joined = b"".join(records)
    count = len(records)
    keys, places = bytearray(_KEY * count), bytearray(4 * count)
    for byte in range(_KEY):
        keys[byte::_KEY] = joined[_KEY - 1 - byte :: _RECORD]
    for byte in range(4):
        places[byte::4] = joined[_RECORD - 1 - byte :: _RECORD]
    return bytes(keys), bytes(places)


def _number(number: int | None) -> bytes:
    return NO_NUMBER if number is None else b"\x01" + number.to_bytes(20)
