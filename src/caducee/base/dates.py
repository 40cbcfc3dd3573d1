# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Calendar arithmetic that `datetime` leaves to its users."""

import calendar
import datetime as dt

__all__ = ["years_later"]


def years_later(moment: dt.datetime, years: int) -> dt.datetime:
    """Return the same moment some years later; 29 February becomes 28 when it must.

    Beyond the year 9999 it is the last moment there is.
    """
    year = moment.year + years
    if year > dt.MAXYEAR:
        return dt.datetime.max.replace(microsecond=0, tzinfo=moment.tzinfo)
    last = calendar.monthrange(year, moment.month)[1]
    return moment.replace(year=year, day=min(moment.day, last))
