# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Revocation by the lists at the addresses that certificates name, fetched before they are needed.

A question is answered by the lists that are there. Those that are due are fetched behind it, so
that nobody waits for a server; only where no list is good enough the question waits for one.
"""

import datetime as dt
import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, Protocol

from cryptography import x509

from caducee.base.errors import CpsError, FormatError, TrustError
from caducee.trust.fetch.fetcher import Fetcher
from caducee.trust.names import UNREADABLE
from caducee.trust.revocation import RevocationAnswer, RevocationState, SourceProblem
from caducee.trust.x509 import header

__all__ = ["FetchedLists", "ListStore", "in_background"]

_MOST_URLS: Final = 8
"""Most addresses that are tried for one list, and most lists of one certificate."""

_SEQUENCE: Final = b"\x30"
_HEAD: Final = 6
"""Most bytes of a header that are looked at; no list is shorter."""

_MOST_LISTS: Final = 256
"""Most lists that are kept up to date."""


class ListStore(Protocol):
    """Takes lists in and answers by them: a `CrlSource`."""

    def load(self, crl: bytes) -> object:
        """Take in a complete or delta list, DER. Raises `TrustError`."""

    def status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: dt.datetime
    ) -> RevocationAnswer:
        """Tell the state of a certificate at a moment."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one list stands."""

    urls: tuple[str, ...]
    """Addresses of one and the same list, in the order in which they are tried."""

    delta: bool


@dataclass(slots=True)
class _Kept:
    """What is known of one list."""

    due: dt.datetime
    """When it is to be fetched again."""

    asked_at: dt.datetime
    problem: SourceProblem | None = None
    """Why nothing new could be had the last time."""

    taken: bytes = b""
    """Digest of what was taken in last."""

    def is_due(self, at: dt.datetime) -> bool:
        """Tell whether to fetch it again; also after a clock was set back."""
        return at >= self.due or at < self.asked_at


def in_background(work: Callable[[], None]) -> None:
    """Do something in a thread that holds nobody up, not even the end of the process."""
    try:
        threading.Thread(target=work, name="caducee-lists", daemon=True).start()
    except RuntimeError:  # there are too many already
        work()


class FetchedLists:
    """A `RevocationSource` that keeps its lists up to date. Safe to use from several threads."""

    def __init__(
        self,
        store: ListStore,
        fetcher: Fetcher,
        *,
        deltas: Fetcher | None = None,
        start: Callable[[Callable[[], None]], None] = in_background,
    ) -> None:
        """Take who answers by the lists, and who fetches them.

        ``deltas`` fetches delta lists, which come more often; without it there are none.
        ``start`` begins work that nobody waits for.
        """
        self._store = store
        self._fetcher = fetcher
        self._deltas = deltas
        self._start = start
        self._kept: dict[_Place, _Kept] = {}
        self._working = threading.Lock()

    def status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: dt.datetime
    ) -> RevocationAnswer:
        """Tell what the lists say of a certificate, and which of them could not be renewed."""
        try:
            places = tuple(_places(certificate, deltas=self._deltas is not None))
        except UNREADABLE:
            places = ()
        answer = self._store.status(certificate, issuer, at)
        if self._is_due(places, at):
            if answer.state is RevocationState.UNKNOWN or answer.is_late:
                with self._working:
                    self._renew(places, at)
                answer = self._store.status(certificate, issuer, at)
            else:
                self._renew_behind(places, at)
        return replace(answer, problems=(*answer.problems, *self._problems(places)))

    def keep(self, certificate: x509.Certificate, at: dt.datetime) -> None:
        """Fetch the lists that would speak of a certificate, if they are due; do not wait."""
        try:
            places = tuple(_places(certificate, deltas=self._deltas is not None))
        except UNREADABLE:
            return
        if self._is_due(places, at):
            self._renew_behind(places, at)

    def _is_due(self, places: tuple[_Place, ...], at: dt.datetime) -> bool:
        return any(item is None or item.is_due(at) for item in map(self._kept.get, places))

    def _problems(self, places: tuple[_Place, ...]) -> Iterator[SourceProblem]:
        for place in places:
            kept = self._kept.get(place)
            if kept is not None and kept.problem is not None:
                yield kept.problem

    def _renew_behind(self, places: tuple[_Place, ...], at: dt.datetime) -> None:
        """Renew lists, unless somebody is at it."""
        if not self._working.acquire(blocking=False):
            return

        def work() -> None:
            try:
                self._renew(places, at)
            finally:
                self._working.release()

        self._start(work)

    def _renew(self, places: tuple[_Place, ...], at: dt.datetime) -> None:
        for place in places:
            kept = self._kept.get(place)
            if kept is None or kept.is_due(at):
                if len(self._kept) >= _MOST_LISTS and kept is None:
                    del self._kept[next(iter(self._kept))]
                self._kept[place] = self._fetched(place, at, b"" if kept is None else kept.taken)

    def _fetched(self, place: _Place, at: dt.datetime, taken: bytes) -> _Kept:
        """Take in a list from the first of its addresses that gives it."""
        fetcher = self._deltas if place.delta and self._deltas else self._fetcher
        due: list[dt.datetime] = []
        problem: SourceProblem | None = None
        for url in place.urls:
            failure, taken = self._from(fetcher, url, taken)
            due.append(fetcher.due(url))
            if failure is None:
                return _Kept(min(due), at, None, taken)
            problem = problem or SourceProblem(url[:256], failure)
        return _Kept(min(due, default=at), at, problem, taken)

    def _from(self, fetcher: Fetcher, url: str, taken: bytes) -> tuple[str | None, bytes]:
        """Take in what an address gives, or gave before; return why it gave nothing new."""

        def load(data: bytes) -> None:
            nonlocal taken
            digest = hashlib.sha256(data).digest()
            if digest != taken:
                self._load_each(data)
                taken = digest

        try:
            found = fetcher.get(url, check=load)
        except CpsError as error:
            return error.code, taken
        failure = None
        if found.failures:
            failure = "trust.fetch_failed" if found.failure is None else found.failure.code
        try:
            load(found.body)
        except TrustError as error:
            failure = failure or error.code
        return failure, taken

    def _load_each(self, data: bytes) -> None:
        """Take in one list, or several. Raises `TrustError` when none of them is taken."""
        refusal: TrustError | None = None
        taken = 0
        for item in _split(data):
            try:
                self._store.load(item)
                taken += 1
            except TrustError as error:
                refusal = refusal or error
        if refusal is not None and not taken:
            raise refusal


def _split(data: bytes) -> Iterator[bytes]:
    """Yield lists that stand one after the other; what is none is left as it is, to be refused.

    The entry of an authority with several keys in a directory has a list of each.
    """
    place = 0
    while data[place : place + 1] == _SEQUENCE and len(data) - place > _HEAD:
        try:
            start, size = header(data, place)
        except FormatError:
            break
        yield data[place : start + size]
        place = start + size
    if place < len(data) or not data:
        yield data[place:]


def _places(certificate: x509.Certificate, *, deltas: bool) -> Iterator[_Place]:
    """Yield the lists that would speak of a certificate, by their addresses.

    Points without reasons and without an issuer of their own are places of one and the same list
    (RFC 5280 4.2.1.13); each other point has a list of its own.
    """
    extensions = certificate.extensions
    same: list[str] = []
    for point in _points(extensions, x509.CRLDistributionPoints):
        urls = _urls(point)
        if point.reasons is None and point.crl_issuer is None:
            same += urls
        elif urls:
            yield _Place(urls, delta=False)
    if same:
        yield _Place(tuple(same[:_MOST_URLS]), delta=False)
    if deltas:
        newest = [url for point in _points(extensions, x509.FreshestCRL) for url in _urls(point)]
        if newest:
            yield _Place(tuple(newest[:_MOST_URLS]), delta=True)


def _points(
    extensions: x509.Extensions, kind: type[x509.CRLDistributionPoints] | type[x509.FreshestCRL]
) -> tuple[x509.DistributionPoint, ...]:
    try:
        return tuple(islice(extensions.get_extension_for_class(kind).value, _MOST_URLS))
    except x509.ExtensionNotFound:
        return ()


def _urls(point: x509.DistributionPoint) -> tuple[str, ...]:
    return tuple(
        item.value
        for item in (point.full_name or ())[:_MOST_URLS]
        if isinstance(item, x509.UniformResourceIdentifier)
    )
