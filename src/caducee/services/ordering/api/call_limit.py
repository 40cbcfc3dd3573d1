# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How often a program may ask: each name has a bucket of one second's calls that fills steadily."""

import time
from collections.abc import Callable

from caducee.services.ordering.api.problems import ApiError
from caducee.services.web.rate_limit import RateLimiter

__all__ = ["CallLimit"]


class CallLimit:
    """Counts calls. Used by one thread, the loop's."""

    def __init__(self, calls_per_second: int, ticks: Callable[[], float] = time.monotonic) -> None:
        """``calls_per_second`` 0: as many as one likes; ``ticks`` gives seconds, never back."""
        most = calls_per_second
        self._rate_limiter = (
            RateLimiter(burst=most, each_second=most, ticks=ticks) if most else None
        )

    def enter(self, name: str) -> None:
        """Let one call in. Raises `ApiError` (``api.busy``)."""
        if self._rate_limiter is not None and not self._rate_limiter.admits(name):
            raise ApiError(429, "api.busy").with_header("Retry-After", "1")
