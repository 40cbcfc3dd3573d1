# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Revocation by indexes in a folder: one process writes them, all read them."""

import datetime as dt
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509

from caducee.base.errors import TrustError
from caducee.base.files import unwritable, write_atomic
from caducee.trust.crl import VerifiedList
from caducee.trust.crl_signers import CrlSigners
from caducee.trust.dates import day
from caducee.trust.index.building import build, lay_over
from caducee.trust.index.file import IndexInfo, RevocationIndex, owner_of
from caducee.trust.names import same_name
from caducee.trust.revocation import (
    SKEW,
    RevocationAnswer,
    RevocationState,
    not_revoked,
    revoked,
    unknown,
)
from caducee.trust.strength import SAFE, Strength
from caducee.trust.x509 import ParsedCertificate, view

__all__ = ["IndexSource"]

_MODE: Final = 0o644
"""An index holds what its authority publishes anyway."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """An index, and the file it was mapped from."""

    index: RevocationIndex
    stamp: tuple[int, int, int]


class IndexSource:
    """Revocation by the indexes of a folder, for lists that are large or shared.

    A list or a delta that any process takes in is seen by all at their next question. Safe to
    use from several threads. Lists of a part, and indirect ones, belong into a `CrlSource`.
    """

    def __init__(
        self,
        issuers: Iterable[x509.Certificate],
        folder: Path,
        *,
        grace: dt.timedelta = dt.timedelta(),
        strength: Strength = SAFE,
    ) -> None:
        """Take the CA certificates whose lists are wanted and those above them, as `CrlSource`.

        ``folder`` exists and may be written to only by who may decide on revocation.
        """
        self._issuers = tuple(view(issuer) for issuer in issuers)
        self._crl_signers = CrlSigners(self._issuers)
        self._folder = folder
        self._grace = grace
        self._strength = strength
        self._opened: dict[Path, _Opened] = {}
        self._lock = threading.Lock()

    def load(self, crl: bytes, delta: bytes | None = None) -> IndexInfo:
        """Take in a complete list, DER or PEM, with a delta list or without.

        Raises `TrustError`: as `CrlSource.load`, ``trust.crl_unsupported`` also for a list of a
        part and an indirect one, ``trust.crl_delta`` for a delta list that does not change the
        complete one; `StateError` when the file cannot be written. What was there stays then.
        """
        found = VerifiedList.read(crl, self._issuers, self._strength)
        changes = None
        if delta is not None:
            changes = VerifiedList.read(delta, self._issuers, self._strength)
        whole = build(found, changes)
        latest = changes or found
        with self._writing(found.issuer) as path:
            known = self._peek(path)
            if known is not None and _older(found, latest, known.info):
                raise _is_older(latest, known.info)
            write_atomic(path, whole, _MODE)
        return self._reopened(path).info

    def load_delta(self, delta: bytes) -> IndexInfo:
        """Lay a delta list over the complete list that is there. Raises as `load`."""
        found = VerifiedList.read(delta, self._issuers, self._strength)
        with self._writing(found.issuer) as path:
            known = self._peek(path)
            if known is None or found.base is None:
                raise TrustError("trust.crl_delta", issuer=found.issuer.label)
            if _before(found.number, known.info.number):
                raise _is_older(found, known.info)
            write_atomic(path, lay_over(known, found.issuer, found), _MODE)
        return self._reopened(path).info

    def infos(self) -> tuple[IndexInfo, ...]:
        """Return what the indexes that are there say of themselves."""
        found = (self._peek(self._path(issuer)) for issuer in self._issuers)
        return tuple(item.info for item in found if item is not None)

    def status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: dt.datetime
    ) -> RevocationAnswer:
        """Tell what the index of its issuer says of a certificate."""
        return self._status(view(certificate), view(issuer), at, frozenset())

    def _status(
        self,
        own: ParsedCertificate,
        issuer: ParsedCertificate,
        at: dt.datetime,
        asking: frozenset[bytes],
    ) -> RevocationAnswer:
        def is_good(
            item: ParsedCertificate, above: ParsedCertificate, asked: frozenset[bytes]
        ) -> bool:
            return self._status(item, above, at, asked).state is RevocationState.GOOD

        reserve = unknown("trust.crl_missing", issuer=issuer.label)
        for signer in self._signers(issuer):
            try:
                index = self._index(signer)
                if not self._crl_signers.trusts(signer, issuer, at, asking, is_good):
                    continue
                answer = self._answer(index, own, signer, at)
            except TrustError as error:
                if error.code != "trust.index_missing":
                    reserve = RevocationAnswer(RevocationState.UNKNOWN, error.code, error.facts)
                continue
            if answer.state is not RevocationState.UNKNOWN:
                return answer
            reserve = answer
        return reserve

    def _signers(self, issuer: ParsedCertificate) -> Iterator[ParsedCertificate]:
        """Yield the authorities whose lists may speak of what an issuer issued: its own first."""
        yield issuer
        for item in self._issuers:
            if item.spki != issuer.spki and same_name(item.subject, issuer.subject):
                yield item

    def _answer(
        self,
        index: RevocationIndex,
        own: ParsedCertificate,
        signer: ParsedCertificate,
        at: dt.datetime,
    ) -> RevocationAnswer:
        info = index.info
        if at < info.this_update - SKEW:
            starts = day(info.this_update)
            return unknown("trust.crl_not_yet", issuer=signer.label, this_update=starts)
        entry = index.entry(own.serial_number)
        if entry is not None:
            return revoked(entry)
        if at > info.next_update + self._grace:
            ends = day(info.next_update)
            return unknown("trust.crl_stale", issuer=signer.label, next_update=ends)
        times = info.this_update, info.next_update
        return not_revoked(at, *times, late=self._grace, crl_number=info.number)

    def _path(self, signer: ParsedCertificate) -> Path:
        return self._folder / f"{owner_of(signer).hex()[:32]}.idx"

    def _index(self, signer: ParsedCertificate) -> RevocationIndex:
        """Return the index of a signer as it stands now. Raises `TrustError`."""
        path = self._path(signer)
        opened = self._opened.get(path)
        if opened is not None and opened.stamp == _stamp(path):
            return opened.index
        return self._reopened(path)

    def _reopened(self, path: Path) -> RevocationIndex:
        with self._lock:
            stamp = _stamp(path)
            opened = self._opened.get(path)
            if opened is None or opened.stamp != stamp:
                index = RevocationIndex.open(path)
                if index.owner.hex()[:32] != path.stem:
                    raise TrustError("trust.index_broken", path=str(path), reason="owner")
                opened = self._opened[path] = _Opened(index, stamp)
            return opened.index

    def _peek(self, path: Path) -> RevocationIndex | None:
        """Return the index that is there; a broken one counts as none."""
        try:
            return self._reopened(path)
        except TrustError:
            return None

    @contextmanager
    def _writing(self, signer: ParsedCertificate) -> Iterator[Path]:
        """Keep other writers away from an index; readers are not held up."""
        path = self._path(signer)
        try:
            handle = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, _MODE)
        except OSError as error:
            raise unwritable(path, error) from error
        try:
            _hold(handle)
            yield path
        finally:
            os.close(handle)


def _hold(handle: int) -> None:
    """Wait for the lock of a file; it ends when the file is closed, also by a kill."""
    try:
        import fcntl
    except ImportError:
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
        return
    fcntl.flock(handle, fcntl.LOCK_EX)


def _stamp(path: Path) -> tuple[int, int, int]:
    """Tell one file under a name from the next. Raises `TrustError` when there is none."""
    try:
        found = os.stat(path)
    except OSError:
        raise TrustError("trust.index_missing", path=str(path)) from None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _older(found: VerifiedList, latest: VerifiedList, known: IndexInfo) -> bool:
    """Tell whether a complete list, with its delta, is older than what is there."""
    if found.number is None or known.complete_number is None:
        return latest.this_update < known.this_update
    return _before(latest.number, known.number)


def _before(number: int | None, known: int | None) -> bool:
    return number is not None and known is not None and number < known


def _is_older(found: VerifiedList, known: IndexInfo) -> TrustError:
    return TrustError(
        "trust.crl_older", issuer=found.issuer.label, number=found.number, known=known.number
    )
