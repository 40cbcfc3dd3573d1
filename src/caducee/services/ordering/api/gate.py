# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How often a program may ask: each name has a bucket of one second's calls that fills steadily."""

import time
from collections import OrderedDict
from collections.abc import Callable

from caducee.services.ordering.api.problems import Refused

__all__ = ["Gate"]

_MOST_NAMES = 10_000
"""Names that are remembered; the one that has not asked for longest is forgotten first."""


class Gate:
    """Counts calls. Used by one thread, the loop's."""

    def __init__(self, calls_per_second: int, ticks: Callable[[], float] = time.monotonic) -> None:
        """``calls_per_second`` 0: as many as one likes; ``ticks`` gives seconds, never back."""
        self._most = float(calls_per_second)
        self._ticks = ticks
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def enter(self, name: str) -> None:
        """Let one call in. Raises `Refused` (``api.busy``)."""
        if not self._most:
            return
        now = self._ticks()
        left, since = self._buckets.pop(name, (self._most, now))
        left = min(self._most, left + (now - since) * self._most)
        admitted = left >= 1
        self._buckets[name] = (left - 1 if admitted else left, now)
        while len(self._buckets) > _MOST_NAMES:
            self._buckets.popitem(last=False)
        if not admitted:
            raise Refused(429, "api.busy").with_header("Retry-After", "1")
