# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Dates as people read them."""

import datetime as dt

from caducee.base.i18n import gettext as _
from caducee.base.i18n import language

__all__ = ["day", "days_left", "moment"]


def day(when: dt.date | dt.datetime) -> str:
    """Return a day: ``2029-01-15``, in French ``15/01/2029``."""
    return f"{when:%d/%m/%Y}" if language() == "fr" else f"{when:%Y-%m-%d}"


def moment(when: dt.datetime) -> str:
    """Return a moment in UTC, to the second."""
    return f"{day(when)} {when:%H:%M:%S} UTC"


def days_left(count: int) -> str:
    """Return how long something is still valid, as a sentence."""
    if count == 0:
        return _("expires today")
    if count == 1:
        return _("expires tomorrow")
    return _("expires in {count} days").format(count=count)
