# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Who may ask, and how often: the key of an application, and its calls in each second."""

import hmac
import time
from collections.abc import Callable

from starlette.requests import Request

from caducee.services.annuaire.outcomes import OutcomeError
from caducee.services.annuaire.settings import AnnuaireSettings
from caducee.services.web.rate_limit import RateLimiter
from caducee.spec.annuaire import API_KEY_HEADER

__all__ = ["ClientLimits"]

_LONGEST_KEY = 256


class ClientLimits:
    """Admits requests by key, and each key as often as the settings allow."""

    def __init__(
        self, settings: AnnuaireSettings, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        """``ticks`` gives the time in seconds, from anywhere; it never goes back."""
        self._settings = settings
        self._known = tuple(key.encode() for key in settings.keys)
        most = settings.calls_per_second
        self._rate = RateLimiter(burst=most, each_second=most, ticks=ticks) if most else None

    def check(self, request: Request) -> None:
        """Let a request in, or raise `OutcomeError` (401, 429)."""
        key = request.headers.get(API_KEY_HEADER, "")
        if not self._good(key):
            raise OutcomeError(
                401, "login", f"A valid key is needed in the header {API_KEY_HEADER}."
            )
        if self._rate is not None and not self._rate.admits(key):
            most = self._settings.calls_per_second
            text = f"No more than {most} calls in a second."
            raise OutcomeError(429, "throttled", text, {"retry-after": "1"})

    def _good(self, key: str) -> bool:
        if not key or len(key) > _LONGEST_KEY:
            return False
        given = key.encode()
        found = [hmac.compare_digest(given, item) for item in self._known]
        return any(found) or not self._known
