# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How often somebody may come: a bucket for each name, which fills up steadily."""

import time
from collections import OrderedDict
from collections.abc import Callable

__all__ = ["RateLimiter"]

_MOST_NAMES = 10_000
"""Names that are remembered; the one that has not come for longest is forgotten first."""


class RateLimiter:
    """Counts by name. Used by one thread, that of an event loop."""

    def __init__(
        self, *, burst: float, each_second: float, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        """``burst``: how often at once; ``ticks`` gives seconds, never back."""
        self._burst = burst
        self._each_second = each_second
        self._ticks = ticks
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def admits(self, name: str) -> bool:
        """Count somebody in, and tell whether they may come; who may not is not counted."""
        now = self._ticks()
        left, since = self._buckets.pop(name, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._each_second)
        admitted = left >= 1
        self._buckets[name] = (left - 1 if admitted else left, now)
        while len(self._buckets) > _MOST_NAMES:
            self._buckets.popitem(last=False)
        return admitted
