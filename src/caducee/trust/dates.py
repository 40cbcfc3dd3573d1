# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Moments as checks write them down."""

import datetime as dt

__all__ = ["day"]


def day(when: dt.datetime) -> str:
    """Write a moment as people read it, in UTC.

    >>> day(dt.datetime(2026, 11, 24, 22, 5, tzinfo=dt.UTC))
    '2026-11-24 22:05 UTC'
    """
    return f"{when.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
