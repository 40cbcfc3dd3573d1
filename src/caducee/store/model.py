# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What every store does, and the times that they all compute alike."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol, Self

from caducee.base.clock import Clock
from caducee.base.errors import StateError

__all__ = ["MAX_VALUE", "Moments", "Store", "bounded", "reported"]

MAX_VALUE: Final = 64 << 10
"""Bytes of a value at most."""

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND: Final = dt.timedelta(microseconds=1)


class Store(Protocol):
    """Values and counters by key, each for a limited time; every method is atomic.

    Keys begin with their purpose (``nonce:…``), so that purposes do not meet. ``seconds`` is how
    long something is kept from now on, by the clock that the store was given. Every method raises
    `StateError`: ``store.unavailable``, and for a value of more than 64 KiB
    ``store.value_too_large``.
    """

    def put(self, key: str, value: bytes, seconds: float) -> bool:
        """Keep a value under a new key; false, and nothing changes, when the key is in use.

        Raises `StateError` (``store.full``) in memory beyond its limit.
        """

    def get(self, key: str) -> bytes | None:
        """Return a value; none when there is none, or no longer."""

    def take(self, key: str) -> bytes | None:
        """Return a value and forget it: of several that ask at once, one gets it."""

    def replace(self, key: str, before: bytes, after: bytes, seconds: float) -> bool:
        """Keep a value in place of ``before``; false when that is not what is kept."""

    def expire(self, key: str, seconds: float) -> bool:
        """Change how long something is kept; false when there is nothing."""

    def count(self, key: str, seconds: float, by: int = 1) -> int:
        """Add to a counter and return it; the first addition begins its time.

        A key is a counter or a value, never both.
        """

    def close(self) -> None:
        """Give connections back; a store that others use goes on."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class Moments:
    """Moments of a clock as microseconds since 1970, which every store can compare."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> int:
        """Return the present moment."""
        return (self._clock.now() - _EPOCH) // _MICROSECOND

    def after(self, seconds: float) -> int:
        """Return the moment that is so many seconds away."""
        return self.now() + round(seconds * 1_000_000)


def bounded(value: bytes) -> bytes:
    """Return the value. Raises `StateError` (``store.value_too_large``)."""
    if len(value) > MAX_VALUE:
        raise StateError("store.value_too_large", size=len(value), limit=MAX_VALUE)
    return value


@contextmanager
def reported(*errors: type[Exception]) -> Iterator[None]:
    """Report failures of a library as `StateError` (``store.unavailable``).

    The text of the failure stays out of the error: it may quote keys and values.
    """
    try:
        yield
    except errors as error:
        raise StateError("store.unavailable", reason=type(error).__name__) from error
