# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Failures that any client can cause, logged once a minute for each kind and not once each."""

import asyncio
import datetime as dt
import logging
from collections import Counter
from typing import Any, Final

from caducee.base.clock import Clock

__all__ = ["FailureLog"]

_log = logging.getLogger(__name__)

_EACH: Final = dt.timedelta(minutes=1)


class FailureLog:
    """An exception handler for an event loop.

    What a network brings (`OSError`: reset connections, TLS that is none, no file descriptor left)
    is counted by message and kind: the first of a minute is logged, the others with their number
    when the next one comes after it. Anything else is logged whole, as asyncio does.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: dict[str, dt.datetime] = {}
        self._more: Counter[str] = Counter()

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Log or count one failure."""
        error = context.get("exception")
        if not isinstance(error, OSError):
            loop.default_exception_handler(context)
            return
        kind = f"{context.get('message', 'connection failed')}: {type(error).__name__}"
        now = self._clock.now()
        since = self._since.get(kind)
        if since is not None and abs(now - since) < _EACH:
            self._more[kind] += 1
            return
        self._since[kind] = now
        _log.warning("%s (%d more since the last line)", kind, self._more.pop(kind, 0))
