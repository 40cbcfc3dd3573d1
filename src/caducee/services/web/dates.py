# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Moments as HTTP writes them (RFC 9110 5.6.7)."""

import datetime as dt
import functools
from email.utils import format_datetime, parsedate_to_datetime

__all__ = ["http_date", "read_http_date"]


def http_date(moment: dt.datetime) -> str:
    """Return a moment as an HTTP date.

    >>> http_date(dt.datetime(2026, 11, 24, 21, 30, 5, tzinfo=dt.UTC))
    'Tue, 24 Nov 2026 21:30:05 GMT'
    """
    return _written(int(moment.timestamp()))


@functools.lru_cache(maxsize=64)
def _written(seconds: int) -> str:
    """Write a moment by its seconds since 1970; most answers of a server name the same few."""
    return format_datetime(dt.datetime.fromtimestamp(seconds, dt.UTC), usegmt=True)


def read_http_date(text: str) -> dt.datetime | None:
    """Return the moment of an HTTP date, UTC; none for any other text."""
    try:
        found = parsedate_to_datetime(text)
        return found.replace(tzinfo=found.tzinfo or dt.UTC).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
