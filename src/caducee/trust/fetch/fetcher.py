# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Fetches addresses politely and keeps what it got on the disk."""

import datetime as dt
import hashlib
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from caducee.base.clock import Clock
from caducee.base.errors import CpsError, TrustError
from caducee.base.files import write_atomic
from caducee.trust.fetch.http import HttpResponse, get
from caducee.trust.fetch.schedule import FetchRecord, FetchSchedule, conditions, due, remember

__all__ = ["Fetched", "Fetcher"]

type Check = Callable[[bytes], object]
"""Looks at what a server gives, and raises `CpsError` if it may not take the place of what is
held."""

type Send = Callable[[str, Mapping[str, str]], HttpResponse]
"""Fetches an address with some headers. Raises `TrustError`."""

_OK: Final = 200
_TEXTS: Final = ("url", "etag", "last_modified")
_TIMES: Final = ("fetched_at", "asked_at", "wait_until")
_MOST_HEAD: Final = 8192


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave, now or before."""

    body: bytes
    fetched_at: dt.datetime
    """When the server last confirmed it."""

    fresh: bool
    """Whether the server gave or confirmed it just now."""

    failure: CpsError | None = None
    """Why the server could not be asked, when it was due and did not answer."""

    failures: int = 0
    """How often in a row, until now, the server did not give what was asked."""


class Fetcher:
    """Fetches addresses; asks a server only when its schedule allows, else returns what is stored.

    What is held stands in one file for each address, replaced whole; several processes may share
    the folder. Safe to use from several threads: one request is under way at a time.
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        seed: str,
        *,
        schedule: FetchSchedule | None = None,
        send: Send = get,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """``seed``: any text of this installation's own; it decides the hour."""
        self._folder = folder
        self._clock = clock
        self._seed = seed
        self._schedule = schedule or FetchSchedule()
        self._send = send
        self._pause = pause
        self._asked: dict[str, dt.datetime] = {}
        self._lock = threading.Lock()

    def due(self, url: str) -> dt.datetime:
        """Return the moment from which an address may be asked again."""
        return due(self._held(url)[0], self._schedule, self._seed)

    def get(self, url: str, *, now: bool = False, check: Check | None = None) -> Fetched:
        """Return what an address gives, from the server if it is due, else what is held.

        ``now``: ask also before it is due, e.g. for somebody who waits. What ``check`` refuses
        counts as not given. Raises `TrustError`
        (``trust.fetch_*``) when nothing is held and the server gives nothing, `StateError` when
        the disk is full.
        """
        with self._lock:
            record, body = self._held(url)
            at = self._clock.now()
            early = record.asked_at is not None and record.asked_at > at  # a clock was set back
            if not now and not early and at < due(record, self._schedule, self._seed):
                return _given(record, body, fresh=False)
            return self._ask(record, body, check)

    def _ask(self, record: FetchRecord, body: bytes | None, check: Check | None) -> Fetched:
        self._wait(record.url)
        headers = conditions(record) if body is not None else {}
        failure: CpsError | None = None
        status: int | None = None
        answer: Mapping[str, str] = {}
        try:
            found = self._send(record.url, headers)
            status, answer = found.status, found.headers
            if status == _OK:
                if check is not None:
                    check(found.body)
                body = found.body
        except CpsError as error:
            failure, status = error, None
        after = remember(record, status, answer, self._clock.now())
        if after.failures and failure is None:
            failure = TrustError("trust.fetch_failed", url=record.url[:256], reason=str(status))
        write_atomic(self._path(record.url), _encoded(after, body), 0o644)
        return _given(after, body, fresh=failure is None, failure=failure)

    def _wait(self, url: str) -> None:
        """Leave a host alone for a moment between two requests."""
        host = urlsplit(url).netloc
        last, at = self._asked.get(host), self._clock.now()
        if last is not None and last <= at < last + self._schedule.between:
            self._pause((last + self._schedule.between - at).total_seconds())
        self._asked[host] = self._clock.now()

    def _path(self, url: str) -> Path:
        return self._folder / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.fetched"

    def _held(self, url: str) -> tuple[FetchRecord, bytes | None]:
        """Return what the disk knows of an address; a file that cannot be read knows nothing."""
        try:
            data = self._path(url).read_bytes()
            record, body = _decoded(data)
        except (OSError, ValueError, TypeError, KeyError):
            return FetchRecord(url), None
        return (record, body) if record.url == url else (FetchRecord(url), None)


def _given(
    record: FetchRecord, body: bytes | None, *, fresh: bool, failure: CpsError | None = None
) -> Fetched:
    if body is None or record.fetched_at is None:
        reason = "not due yet"
        raise failure or TrustError("trust.fetch_failed", url=record.url[:256], reason=reason)
    return Fetched(body, record.fetched_at, fresh, failure, record.failures)


def _encoded(record: FetchRecord, body: bytes | None) -> bytes:
    """One line of JSON, then the body, so that both change at once."""
    head: dict[str, object] = {name: getattr(record, name) for name in _TEXTS}
    for name in _TIMES:
        value = getattr(record, name)
        head[name] = None if value is None else value.isoformat()
    head["failures"] = record.failures
    head["sha256"] = None if body is None else hashlib.sha256(body).hexdigest()
    return json.dumps(head).encode() + b"\n" + (body or b"")


def _decoded(data: bytes) -> tuple[FetchRecord, bytes | None]:
    """Read a file back. Raises ``ValueError``, ``TypeError`` or ``KeyError``."""
    end = data.index(b"\n", 0, _MOST_HEAD)
    head, body = json.loads(data[:end]), data[end + 1 :]
    digest = head["sha256"]
    if digest is not None and hashlib.sha256(body).hexdigest() != digest:
        raise ValueError("damaged")
    times = {
        name: None if head[name] is None else dt.datetime.fromisoformat(head[name])
        for name in _TIMES
    }
    if any(item is not None and item.tzinfo is None for item in times.values()):
        raise ValueError("a time without a zone")
    record = FetchRecord(
        str(head["url"]),
        failures=int(head["failures"]),
        etag=_text(head["etag"]),
        last_modified=_text(head["last_modified"]),
        **times,
    )
    return record, body if digest is not None else None


def _text(value: object) -> str | None:
    return None if value is None else str(value)
