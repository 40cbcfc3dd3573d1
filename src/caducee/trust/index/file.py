# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The file of a revocation index, and how it is asked.

::

    header │ keys, sorted: 8 bytes each │ places: 4 bytes each │ entries, DER

A key is the last eight bytes of a serial number; its place says where the entry stands among the
entries, which are those of the lists, byte for byte. All numbers are little-endian. The header
holds the SHA-256 of what follows it, so that a file cut short or damaged is not believed. It does
not say who wrote the file: whoever may write into its folder decides who is revoked.
"""

import datetime as dt
import hashlib
import mmap
import struct
import sys
from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from caducee.base.errors import TrustError
from caducee.trust.crl import content_of
from caducee.trust.crl_entry import CrlEntry, read_entry
from caducee.trust.x509 import UNREADABLE, ParsedCertificate, header

__all__ = ["HEADER", "MAGIC", "NO_NUMBER", "IndexInfo", "RevocationIndex", "owner_of", "read_info"]

MAGIC: Final = b"CPSIDX\x01\x00"

HEADER: Final = struct.Struct("<8s32s32sQQQqq21s21s6x")
"""Magic, digest, owner (SHA-256 of the signer's name and key), number of keys, size of the
entries, size of those of the complete list, start and end of validity (seconds since 1970),
number of the latest and of the complete list."""

NO_NUMBER: Final = bytes(21)
"""For a list without a number; others are 01 followed by 20 bytes (RFC 5280 5.2.3)."""

_DIGEST_END: Final = 8 + 32
_SHORT: Final = 0x80


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """What an index says of itself."""

    entries: int
    number: int | None
    """Number of the latest list in it, complete or delta."""

    complete_number: int | None
    this_update: dt.datetime
    next_update: dt.datetime

    @property
    def has_delta(self) -> bool:
        """Whether a delta list was laid over the complete one."""
        return self.number != self.complete_number


class RevocationIndex:
    """An index that is open. Reads from it may go on while another file takes its place."""

    def __init__(self, data: "mmap.mmap | bytes", path: str) -> None:
        """Take the whole file. Raises `TrustError` (``trust.index_broken``)."""
        self._data = data
        self._path = path
        try:
            self._open(data)
        except (struct.error, OverflowError, ValueError) as error:
            raise TrustError("trust.index_broken", path=path, reason=str(error)) from None

    def _open(self, data: "mmap.mmap | bytes") -> None:
        fields = HEADER.unpack_from(data)
        magic, digest, owner, count, size, complete, starts, ends, number, base = fields
        if magic != MAGIC or sys.byteorder != "little":
            raise ValueError("magic")
        keys = HEADER.size
        places = keys + 8 * count
        self._entries = places + 4 * count
        if self._entries + size != len(data) or complete > size:
            raise ValueError("size")
        whole = memoryview(data)
        if hashlib.sha256(whole[_DIGEST_END:]).digest() != digest:
            raise ValueError("digest")
        self.owner: bytes = owner
        self.complete_size: int = complete
        self.info = read_info(count, starts, ends, number, base)
        self._keys = whole[keys:places].cast("Q")
        self._places = whole[places : self._entries].cast("I")
        self._count: int = count

    @classmethod
    def open(cls, path: Path) -> Self:
        """Map a file. Raises `TrustError` (``trust.index_missing``, ``trust.index_broken``)."""
        try:
            with path.open("rb") as file:
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except FileNotFoundError:
            raise TrustError("trust.index_missing", path=str(path)) from None
        except (OSError, ValueError) as error:
            raise TrustError("trust.index_broken", path=str(path), reason=str(error)) from None
        return cls(data, str(path))

    def __len__(self) -> int:
        return self._count

    def complete_entries(self) -> bytes:
        """Return the entries of the complete list alone, DER."""
        return self._data[self._entries : self._entries + self.complete_size]

    def entry(self, serial: int) -> CrlEntry | None:
        """Return what the list says of a serial number, ``None`` if it does not name it.

        Raises `TrustError` (``trust.index_broken``).
        """
        try:
            found = self.find(serial)
            return None if found is None else read_entry(found, 0)
        except UNREADABLE as error:
            reason = type(error).__name__
            raise TrustError("trust.index_broken", path=self._path, reason=reason) from None

    def find(self, serial: int) -> bytes | None:
        """Return the entry of a serial number, DER. May raise on a file made to mislead."""
        content = content_of(serial)
        key = int.from_bytes(content[-8:])
        keys, count = self._keys, self._count
        place = bisect_left(keys, key)
        data = self._data
        while place < count and keys[place] == key:
            start = self._entries + self._places[place]
            value, size = start + 2, data[start + 1]
            if size >= _SHORT:
                value, size = header(data, start)
            number = value + 2
            if data[number : number + data[number - 1]] == content:
                return data[start : value + size]
            place += 1
        return None


def owner_of(signer: ParsedCertificate) -> bytes:
    """Return what names a signer in an index: a list belongs to a name and a key."""
    return hashlib.sha256(signer.subject + signer.spki).digest()


def read_info(count: int, starts: int, ends: int, number: bytes, complete: bytes) -> IndexInfo:
    """Read the part of the header that people ask for. Raises ``ValueError``, ``OverflowError``."""
    try:
        begin, end = (dt.datetime.fromtimestamp(item, dt.UTC) for item in (starts, ends))
    except OSError as error:
        raise ValueError("time") from error
    return IndexInfo(count, _number(number), _number(complete), begin, end)


def _number(field: bytes) -> int | None:
    return None if field == NO_NUMBER else int.from_bytes(field[1:])
