# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""When to ask an address again, and with which conditions. Pure: no clock, no network.

The authority asks its users to download only what they need, at the rate of publication, at
randomised hours ("Bonnes pratiques", good practice quoted from its guide of 2014).
"""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

__all__ = ["FetchRecord", "FetchSchedule", "conditions", "due", "remember"]

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MOST_WAIT: Final = dt.timedelta(days=1)
_OK: Final = 200
_NOT_MODIFIED: Final = 304
_MOST_HEADER: Final = 512


@dataclass(frozen=True, slots=True)
class FetchSchedule:
    """How often and when a URL is fetched."""

    period: dt.timedelta = dt.timedelta(days=1)
    """Time between two publications; it counts from midnight, UTC."""

    published: dt.timedelta = dt.timedelta(hours=6)
    """When in a period the new list is there: daily at 7:00 French time (the ANS)."""

    spread: dt.timedelta = dt.timedelta(hours=4)
    """Over which time the requests of all users are spread after that."""

    retry: dt.timedelta = dt.timedelta(minutes=5)
    """Wait after a first failure; it doubles with each further one."""

    most_retry: dt.timedelta = dt.timedelta(hours=2)
    between: dt.timedelta = dt.timedelta(seconds=1)
    """Least time between two requests to one host."""


@dataclass(frozen=True, slots=True)
class FetchRecord:
    """What is known about a URL."""

    url: str
    fetched_at: dt.datetime | None = None
    """When what is held was last confirmed by the server."""

    asked_at: dt.datetime | None = None
    failures: int = 0
    """How often it failed in a row."""

    wait_until: dt.datetime | None = None
    """Until when the server asked to be left alone."""

    etag: str | None = None
    last_modified: str | None = None


def due(record: FetchRecord, schedule: FetchSchedule, seed: str) -> dt.datetime:
    """Return the moment from which an address may be asked again; long ago if it never was.

    ``seed`` is this installation's own, so that no two ask at the same moment.
    """
    if record.asked_at is None:
        return _EPOCH
    share = _share(f"{seed} {record.url} {record.failures}")
    if record.failures:
        wait = min(schedule.retry * (1 << min(record.failures - 1, 16)), schedule.most_retry)
        at = record.asked_at + wait * (0.5 + share / 2)
    else:
        at = _next_slot(record.asked_at, schedule, schedule.spread * share)
    return max(at, record.wait_until or at)


def _next_slot(asked: dt.datetime, schedule: FetchSchedule, shift: dt.timedelta) -> dt.datetime:
    """Return the first moment after ``asked`` at which a new list is awaited."""
    first = _EPOCH + schedule.published + shift
    periods = (asked - first) // schedule.period + 1
    return first + periods * schedule.period


def _share(text: str) -> float:
    """Return a number from 0 to 1 that a text decides."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6]) / (1 << 48)


def conditions(record: FetchRecord) -> dict[str, str]:
    """Return the headers that ask only for what changed (RFC 9110 13.1)."""
    found = {"If-None-Match": record.etag, "If-Modified-Since": record.last_modified}
    return {name: value for name, value in found.items() if value is not None}


def remember(
    record: FetchRecord, status: int | None, headers: Mapping[str, str], at: dt.datetime
) -> FetchRecord:
    """Return what is known after an answer; ``status`` is ``None`` when there was none.

    Header names are in lower case.
    """
    if status == _OK:
        return FetchRecord(
            record.url,
            fetched_at=at,
            asked_at=at,
            etag=_short(headers.get("etag")),
            last_modified=_short(headers.get("last-modified")),
        )
    if status == _NOT_MODIFIED and record.fetched_at is not None:
        return replace(record, fetched_at=at, asked_at=at, failures=0, wait_until=None)
    wait = _retry_after(headers.get("retry-after"))
    until = None if wait is None else at + wait
    return replace(record, asked_at=at, failures=record.failures + 1, wait_until=until)


def _short(value: str | None) -> str | None:
    """Keep a header that can be sent back; a long one only costs."""
    fits = value is not None and len(value) <= _MOST_HEADER and value.isprintable()
    return value if fits else None


def _retry_after(value: str | None) -> dt.timedelta | None:
    """Read a Retry-After in seconds (RFC 9110 10.2.3), up to a day."""
    if value is None or not (value.isascii() and value.isdigit()) or len(value) > 9:
        return None
    return min(dt.timedelta(seconds=int(value)), _MOST_WAIT)
