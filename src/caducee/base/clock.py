# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Time, injected everywhere so that a sandbox and a test can move it."""

import datetime as dt
import sys
import time
from typing import Final, Protocol

__all__ = ["Clock", "FixedClock", "ShiftedClock", "SystemClock", "elapsed"]

# time.monotonic stands still while Linux or macOS sleeps; these do not. Windows' does not either.
_WITH_SLEEP: Final[int | None] = getattr(
    time,
    "CLOCK_BOOTTIME",
    getattr(time, "CLOCK_MONOTONIC", None) if sys.platform == "darwin" else None,
)


def elapsed() -> float:
    """Return seconds that never go back, and go on while the machine sleeps."""
    return time.monotonic() if _WITH_SLEEP is None else time.clock_gettime(_WITH_SLEEP)


class Clock(Protocol):
    """Gives the time as an aware UTC ``datetime``."""

    def now(self) -> dt.datetime:
        """Return the present moment, aware, in UTC."""


class SystemClock:
    """The clock of this machine."""

    def now(self) -> dt.datetime:
        """Return the machine's time in UTC."""
        return dt.datetime.now(dt.UTC)  # noqa: TID251 (the one place that asks the machine)


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: dt.datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("an aware datetime is needed")
        self._at = at.astimezone(dt.UTC)

    def now(self) -> dt.datetime:
        """Return the moment at which the clock stands."""
        return self._at

    def advance(self, by: dt.timedelta) -> None:
        """Move the clock forward (or back, by a negative amount)."""
        self._at += by


class ShiftedClock:
    """Another clock, moved by a constant amount."""

    def __init__(self, clock: Clock, by: dt.timedelta = dt.timedelta()) -> None:
        self._clock = clock
        self.by = by

    def now(self) -> dt.datetime:
        """Return the other clock's time, moved."""
        return self._clock.now() + self.by
