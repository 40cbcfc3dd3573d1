# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One line a minute for each reason to refuse connections, however many are refused."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from caducee.base.clock import elapsed
from caducee.base.errors import CpsError

__all__ = ["RefusalLog"]

_INTERVAL = 60.0


@dataclass(slots=True)
class _Seen:
    since: float
    more: int = 0


class RefusalLog:
    """Writes refused connections to a log: the first at once, the others as a number."""

    def __init__(self, log: logging.Logger, now: Callable[[], float] = elapsed) -> None:
        self._log, self._now = log, now
        self._seen: dict[str, _Seen] = {}

    def note(self, error: CpsError) -> None:
        """Note one refused connection."""
        now, seen = self._now(), self._seen.get(error.code)
        if seen is not None and now - seen.since < _INTERVAL:
            seen.more += 1
            return
        if seen is not None and seen.more:
            self._log.warning("%s (and %d more connections before)", error, seen.more)
        else:
            self._log.warning("%s", error)
        self._seen[error.code] = _Seen(now)
