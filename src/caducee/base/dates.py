# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Dates as people read them, and calendar arithmetic that `datetime` leaves to its users."""

import calendar
import datetime as dt

from caducee.base.i18n import language

__all__ = ["local_day", "local_time", "years_later"]


def local_day(when: dt.date | dt.datetime) -> str:
    """Return a day in local time: ``2029-01-15``, in French ``15/01/2029``."""
    if isinstance(when, dt.datetime):
        when = when.astimezone()
    return f"{when:%d/%m/%Y}" if language() == "fr" else f"{when:%Y-%m-%d}"


def local_time(when: dt.datetime) -> str:
    """Return a moment in local time, to the second."""
    return f"{local_day(when)} {when.astimezone():%H:%M:%S}"


def years_later(moment: dt.datetime, years: int) -> dt.datetime:
    """Return the same moment some years later; 29 February becomes 28 when it must.

    Beyond the year 9999 it is the last moment there is.
    """
    year = moment.year + years
    if year > dt.MAXYEAR:
        return dt.datetime.max.replace(microsecond=0, tzinfo=moment.tzinfo)
    last = calendar.monthrange(year, moment.month)[1]
    return moment.replace(year=year, day=min(moment.day, last))
