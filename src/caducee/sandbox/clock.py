# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The clock of a sandbox: the machine's, moved by what a small file says.

Every process of the sandbox sees a move at once, since the file is looked at whenever the time is
asked for and read again when it changed.
"""

import datetime as dt
from pathlib import Path

from caducee.base.clock import Clock, SystemClock
from caducee.base.errors import ConfigError, StateError
from caducee.base.files import write_atomic

__all__ = ["SandboxClock"]

_FIRST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_LAST = dt.datetime(2200, 1, 1, tzinfo=dt.UTC)


class SandboxClock:
    """A `Clock` that several processes share and anyone of them can move."""

    def __init__(self, path: Path, machine: Clock | None = None) -> None:
        self._path = path
        self._machine = machine or SystemClock()
        self._seen: tuple[int, int] | None = None
        self._shift = dt.timedelta()

    def now(self) -> dt.datetime:
        """Return the sandbox's time, aware, UTC. Raises `StateError` (``sandbox.clock``)."""
        try:
            return self._machine.now() + self.shift()
        except OverflowError as error:
            raise StateError("sandbox.clock", path=str(self._path)) from error

    def shift(self) -> dt.timedelta:
        """Return by how much the clock is moved."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return dt.timedelta()
        seen = (found.st_mtime_ns, found.st_ino)
        if seen != self._seen:
            self._shift, self._seen = self._read(), seen
        return self._shift

    def move(self, by: dt.timedelta) -> dt.datetime:
        """Move the clock by an amount, forward or back, and return the new time.

        Raises `ConfigError` (``sandbox.clock_range``) beyond the years 2000 to 2199.
        """
        try:
            return self._set(self.shift() + by)
        except OverflowError as error:
            raise _too_far() from error

    def move_days(self, days: float) -> dt.datetime:
        """Move the clock by days, as `move` does."""
        try:
            return self.move(dt.timedelta(days=days))
        except (OverflowError, ValueError) as error:
            raise _too_far() from error

    def move_to(self, moment: dt.datetime) -> dt.datetime:
        """Set the clock to a moment, from which it goes on, and return it.

        Raises `ConfigError` (``sandbox.clock_range``) beyond the years 2000 to 2199.
        """
        return self._set(moment - self._machine.now())

    def reset(self) -> dt.datetime:
        """Follow the machine's clock again, and return the time."""
        return self._set(dt.timedelta())

    def _set(self, shift: dt.timedelta) -> dt.datetime:
        if shift and not _FIRST <= self._machine.now() + shift < _LAST:
            raise _too_far()
        write_atomic(self._path, f"{shift.total_seconds():.6f}\n".encode())
        return self.now()

    def _read(self) -> dt.timedelta:
        try:
            return dt.timedelta(seconds=float(self._path.read_text(encoding="ascii")))
        except (OSError, ValueError, OverflowError) as error:
            raise StateError("sandbox.clock", path=str(self._path)) from error


def _too_far() -> ConfigError:
    return ConfigError("sandbox.clock_range", first=_FIRST.year, last=_LAST.year - 1)
