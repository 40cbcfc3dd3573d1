# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A compact signed status bundle: revocation for verifiers that are offline.

One file says for several authorities which of their certificates are revoked, seven bytes for each.
All numbers are unsigned and big-endian, times in seconds since 1970, UTC::

    "CPSBDL1\\n"
    salt 16 │ created 8 │ expires 8 │ number of authorities 2
    for each authority: id 32 │ thisUpdate 8 │ nextUpdate 8 │ list number 21 │ revoked 4
    for each authority: its marks, 7 bytes each, sorted, none twice
    size of the signature 2 │ signature

The id is the SHA-256 of the authority's subject and SubjectPublicKeyInfo, DER. A mark is the start
of SHA-256 of salt, id and the content of the serial number's INTEGER: of 1.5 million certificates
beside 500,000 revoked ones, a good one bears the mark of a revoked one in one bundle of 100,000,
and the next bundle, with another salt, parts them. The list number is 01 and 20 bytes, or zeros
without one. The signature, over all before its size, is ECDSA with SHA-256 or RSA PKCS#1 v1.5 with
SHA-256. Nothing may follow it.
"""

import datetime as dt
import hashlib
import operator
import os
import struct
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from caducee.base.errors import Fact, TrustError
from caducee.trust.crl import CrlIndex, content_of
from caducee.trust.crl_scope import CrlScope
from caducee.trust.dates import day
from caducee.trust.index.file import NO_NUMBER, IndexInfo, owner_of, read_info
from caducee.trust.revocation import (
    SKEW,
    RevocationAnswer,
    RevocationState,
    not_revoked,
    unknown,
)
from caducee.trust.strength import SAFE, Strength
from caducee.trust.x509 import UNREADABLE, ParsedCertificate, view

__all__ = ["MAX_BUNDLE", "BundleSource", "Signer", "make"]

MAX_BUNDLE: Final = 64 * 1024 * 1024
"""Largest bundle taken, in bytes; 500,000 revoked certificates take 3.5 MB."""

_MAGIC: Final = b"CPSBDL1\n"
_HEAD: Final = struct.Struct(">8s16sQQH")
_AUTHORITY: Final = struct.Struct(">32sQQ21sI")
_SIZE: Final = struct.Struct(">H")
_MARK: Final = 7
_MOST_AUTHORITIES: Final = 64

type Signer = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def make(
    lists: Iterable[tuple[x509.Certificate, CrlIndex]],
    signer: Signer,
    *,
    created: dt.datetime,
    expires: dt.datetime,
    salt: bytes | None = None,
) -> bytes:
    """Return a bundle of some authorities and the complete list that speaks for each.

    Whoever makes it answers for that. ``salt``: 16 bytes, else random ones. Raises `TrustError`
    (``trust.crl_unsupported`` for a list of a part, ``trust.crl_delta``,
    ``trust.bundle_broken`` for more than fit).
    """
    salt = os.urandom(16) if salt is None else salt
    rows, marks = [], []
    for authority, index in lists:
        _check(index)
        owner = owner_of(view(authority))
        own = sorted({_mark(salt, owner, content) for content in index.contents()})
        number = NO_NUMBER if index.number is None else b"\x01" + index.number.to_bytes(20)
        times = int(index.this_update.timestamp()), int(index.next_update.timestamp())
        rows.append(_AUTHORITY.pack(owner, *times, number, len(own)))
        marks.extend(own)
    if len(rows) > _MOST_AUTHORITIES or len(marks) * _MARK > MAX_BUNDLE // 2:
        raise TrustError("trust.bundle_broken", reason="size")
    times = int(created.timestamp()), int(expires.timestamp())
    body = b"".join((_HEAD.pack(_MAGIC, salt, *times, len(rows)), *rows, *marks))
    signature = _sign(signer, body)
    return body + _SIZE.pack(len(signature)) + signature


def _check(index: CrlIndex) -> None:
    label = index.issuer.label
    if index.is_delta:
        raise TrustError("trust.crl_delta", issuer=label)
    if index.scope != CrlScope():
        raise TrustError("trust.crl_unsupported", issuer=label, reason="issuingDistributionPoint")


def _mark(salt: bytes, owner: bytes, content: bytes) -> bytes:
    return hashlib.sha256(salt + owner + content).digest()[:_MARK]


def _sign(signer: Signer, body: bytes) -> bytes:
    if isinstance(signer, rsa.RSAPrivateKey):
        return signer.sign(body, padding.PKCS1v15(), hashes.SHA256())
    return signer.sign(body, ec.ECDSA(hashes.SHA256()))


@dataclass(frozen=True, slots=True)
class _Part:
    """What a bundle says of one authority."""

    info: IndexInfo
    marks: memoryview
    """Sorted, 8 bytes each, as numbers."""


class BundleSource:
    """Revocation by a bundle. What it does not speak of is unknown."""

    def __init__(
        self,
        data: bytes,
        signer: ParsedCertificate,
        salt: bytes,
        times: tuple[dt.datetime, dt.datetime],
        parts: dict[bytes, _Part],
    ) -> None:
        self.size = len(data)
        self._signer = signer
        self._salt = salt
        self.created, self.expires = times
        self._parts = parts

    @classmethod
    def read(cls, data: bytes, signer: x509.Certificate, strength: Strength = SAFE) -> Self:
        """Read and verify a bundle. ``signer`` is the certificate of whoever makes bundles here.

        Raises `TrustError`: ``trust.bundle_broken``, ``trust.bundle_signature``,
        ``trust.key_weak``.
        """
        own = view(signer)
        weak = strength.weak_key(own)
        if weak is not None:
            raise TrustError("trust.key_weak", certificate=own.label, key=weak)
        if len(data) > MAX_BUNDLE:
            raise TrustError("trust.bundle_broken", reason="size")
        data = bytes(data)
        try:
            head, rows, end = _shape(data)
            _verify(own, data, end)
            _, salt, created, expires, _ = head
            times = _moment(created), _moment(expires)
            return cls(data, own, salt, times, _parts(data, rows))
        except (struct.error, *UNREADABLE) as error:
            raise TrustError("trust.bundle_broken", reason=str(error)[:128]) from None

    @property
    def infos(self) -> tuple[IndexInfo, ...]:
        """What the lists in the bundle say of themselves."""
        return tuple(part.info for part in self._parts.values())

    def status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: dt.datetime
    ) -> RevocationAnswer:
        """Tell whether the bundle calls a certificate revoked."""
        own, above = view(certificate), view(issuer)
        owner = owner_of(above)
        part = self._parts.get(owner)
        if part is None:
            return unknown("trust.crl_missing", issuer=above.label)
        if at < max(part.info.this_update, self.created) - SKEW:
            starts = day(max(part.info.this_update, self.created))
            return unknown("trust.crl_not_yet", issuer=above.label, this_update=starts)
        if self._has(part, owner, own):
            facts: dict[str, Fact] = {"this_update": day(part.info.this_update)}
            return RevocationAnswer(
                RevocationState.REVOKED, "trust.revoked_by_bundle", MappingProxyType(facts)
            )
        if at > self.expires or not self._signer.not_before <= at <= self._signer.not_after:
            return unknown("trust.bundle_expired", expires=day(self.expires))
        info = part.info
        return not_revoked(at, info.this_update, info.next_update, crl_number=info.number)

    def _has(self, part: _Part, owner: bytes, own: ParsedCertificate) -> bool:
        mark = int.from_bytes(_mark(self._salt, owner, content_of(own.serial_number)))
        place = bisect_left(part.marks, mark)
        return place < len(part.marks) and part.marks[place] == mark


type _Head = tuple[bytes, bytes, int, int, int]
type _Row = tuple[bytes, int, int, bytes, int]


def _shape(data: bytes) -> tuple[_Head, list[_Row], int]:
    """Return head, authorities, and where the signature begins; every byte has its place."""
    head: _Head = _HEAD.unpack_from(data)
    if head[0] != _MAGIC or head[-1] > _MOST_AUTHORITIES:
        raise ValueError("magic")
    rows: list[_Row] = []
    for row in range(head[-1]):
        rows.append(_AUTHORITY.unpack_from(data, _HEAD.size + row * _AUTHORITY.size))
    end = _HEAD.size + _AUTHORITY.size * len(rows) + _MARK * sum(row[-1] for row in rows)
    (size,) = _SIZE.unpack_from(data, end)
    if end + _SIZE.size + size != len(data):
        raise ValueError("size")
    return head, rows, end


def _verify(signer: ParsedCertificate, data: bytes, end: int) -> None:
    usage = signer.key_usage
    key = signer.certificate.public_key()
    body, signature = data[:end], data[end + _SIZE.size :]
    try:
        if usage is not None and not usage & {"digital_signature", "content_commitment"}:
            raise InvalidSignature
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, body, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, body, ec.ECDSA(hashes.SHA256()))
        else:
            raise InvalidSignature
    except InvalidSignature:
        raise TrustError("trust.bundle_signature", signer=signer.label) from None


def _parts(data: bytes, rows: list[_Row]) -> dict[bytes, _Part]:
    found: dict[bytes, _Part] = {}
    place = _HEAD.size + _AUTHORITY.size * len(rows)
    for owner, starts, ends, number, count in rows:
        if owner in found:
            raise ValueError("an authority stands twice")
        marks = _marks(data[place : place + _MARK * count], count)
        found[owner] = _Part(read_info(count, starts, ends, number, number), marks)
        place += _MARK * count
    return found


def _marks(packed: bytes, count: int) -> memoryview:
    """Return marks as numbers of eight bytes, which can be searched; they must be in order."""
    wide = bytearray(8 * count)
    for byte in range(_MARK):
        wide[_MARK - 1 - byte :: 8] = packed[byte::_MARK]
    marks = memoryview(bytes(wide)).cast("Q")
    numbers = marks.tolist()
    if not all(map(operator.lt, numbers, numbers[1:])):
        raise ValueError("marks are not in order")
    return marks


def _moment(seconds: int) -> dt.datetime:
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC)
    except OSError as error:
        raise ValueError("time") from error
