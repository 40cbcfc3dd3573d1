# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A store in the memory of one process: for tests, and for services of a single process."""

import heapq
import threading
from dataclasses import dataclass
from typing import Self

from caducee.base.clock import Clock
from caducee.base.errors import StateError
from caducee.store.model import Moments, bounded

__all__ = ["MemoryStore"]


@dataclass(slots=True)
class _Kept:
    value: bytes
    number: int
    until: int


class MemoryStore:
    """See `caducee.store.model.Store`; refuses new keys beyond ``limit``, forgets none for them."""

    def __init__(self, clock: Clock, limit: int = 100_000) -> None:
        self._moments = Moments(clock)
        self._limit = limit
        self._kept: dict[str, _Kept] = {}
        self._ends: list[tuple[int, str]] = []
        """When to look whether a key has ended; one line a key at least, old ones among them."""

        self._lock = threading.Lock()

    def put(self, key: str, value: bytes, seconds: float) -> bool:
        """Keep a value under a new key."""
        bounded(value)
        with self._lock:
            if self._alive(key) is not None:
                return False
            self._add(key, _Kept(value, 0, self._moments.after(seconds)))
            return True

    def get(self, key: str) -> bytes | None:
        """Return a value."""
        with self._lock:
            found = self._alive(key)
            return None if found is None else found.value

    def take(self, key: str) -> bytes | None:
        """Return a value and forget it."""
        with self._lock:
            found = self._alive(key)
            self._kept.pop(key, None)
            return None if found is None else found.value

    def replace(self, key: str, before: bytes, after: bytes, seconds: float) -> bool:
        """Keep a value in place of another one."""
        bounded(after)
        with self._lock:
            found = self._alive(key)
            if found is None or found.value != before:
                return False
            found.value = after
            self._end(key, found, seconds)
            return True

    def expire(self, key: str, seconds: float) -> bool:
        """Change how long something is kept."""
        with self._lock:
            found = self._alive(key)
            if found is None:
                return False
            self._end(key, found, seconds)
            return True

    def count(self, key: str, seconds: float, by: int = 1) -> int:
        """Add to a counter and return it."""
        with self._lock:
            found = self._alive(key)
            if found is None:
                found = _Kept(b"", 0, self._moments.after(seconds))
                self._add(key, found)
            found.number += by
            return found.number

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._ends.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _alive(self, key: str) -> _Kept | None:
        found = self._kept.get(key)
        return found if found is not None and found.until > self._moments.now() else None

    def _add(self, key: str, kept: _Kept) -> None:
        self._sweep()
        if key not in self._kept and len(self._kept) >= self._limit:
            raise StateError("store.full", limit=self._limit)
        self._kept[key] = kept
        heapq.heappush(self._ends, (kept.until, key))

    def _end(self, key: str, kept: _Kept, seconds: float) -> None:
        kept.until = self._moments.after(seconds)
        heapq.heappush(self._ends, (kept.until, key))
        # Sessions that are prolonged at each request leave a line behind each time.
        if len(self._ends) > 2 * len(self._kept) + 64:
            self._ends = [(item.until, name) for name, item in self._kept.items()]
            heapq.heapify(self._ends)

    def _sweep(self) -> None:
        now = self._moments.now()
        while self._ends and self._ends[0][0] <= now:
            _, key = heapq.heappop(self._ends)
            found = self._kept.get(key)
            if found is not None and found.until <= now:
                del self._kept[key]
