# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Who may ask, and how often: the key of an application, and its calls in each second."""

import hmac
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.requests import Request

from caducee.services.annuaire.outcomes import Refusal
from caducee.services.annuaire.settings import AnnuaireSettings
from caducee.spec.annuaire import API_KEY_HEADER

__all__ = ["Gate"]

_MOST_KEYS = 10_000
"""Applications that are remembered; the one that has not asked for longest is forgotten first."""

_LONGEST_KEY = 256


class Gate:
    """Lets requests in. Each key has a bucket of one second's calls that fills up steadily."""

    def __init__(
        self, settings: AnnuaireSettings, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        """``ticks`` gives the time in seconds, from anywhere; it never goes back."""
        self._settings = settings
        self._known = tuple(key.encode() for key in settings.keys)
        self._ticks = ticks
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def check(self, request: Request) -> None:
        """Let a request in, or raise `Refusal` (401, 429)."""
        key = request.headers.get(API_KEY_HEADER, "")
        if not self._good(key):
            raise Refusal(401, "login", f"A valid key is needed in the header {API_KEY_HEADER}.")
        if self._settings.calls_per_second and not self._takes(key):
            most = self._settings.calls_per_second
            text = f"No more than {most} calls in a second."
            raise Refusal(429, "throttled", text, {"retry-after": "1"})

    def _good(self, key: str) -> bool:
        if not key or len(key) > _LONGEST_KEY:
            return False
        given = key.encode()
        found = [hmac.compare_digest(given, item) for item in self._known]
        return any(found) or not self._known

    def _takes(self, key: str) -> bool:
        most = float(self._settings.calls_per_second)
        now = self._ticks()
        left, since = self._buckets.pop(key, (most, now))
        left = min(most, left + (now - since) * most)
        admitted = left >= 1
        self._buckets[key] = (left - 1 if admitted else left, now)
        while len(self._buckets) > _MOST_KEYS:
            self._buckets.popitem(last=False)
        return admitted
