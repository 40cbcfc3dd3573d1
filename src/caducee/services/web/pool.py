# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Threads of their own for slow work, with a short queue: a flood of it delays nothing else."""

import asyncio
import contextvars
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

__all__ = ["BoundedPool", "PoolFull"]


class PoolFull(Exception):
    """The queue is full."""


class BoundedPool:
    """Runs work in a few threads; what finds no place in the queue is refused at once.

    Of all places, ``reserved`` are for trusted clients alone, and one client has at most ``each``.
    """

    def __init__(self, *, threads: int, waiting: int, reserved: int, each: int) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="caducee-pool")
        self._places = threads + waiting
        self._reserved = reserved
        self._each = each
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()

    async def run[Made](
        self, work: Callable[[], Made], *, client: str, trusted: bool = False
    ) -> Made:
        """Return what the work returns, in the context of the caller. Raises `PoolFull`."""
        places = self._places if trusted else self._places - self._reserved
        with self._lock:
            if self._taken.total() >= places or self._taken[client] >= self._each:
                raise PoolFull
            self._taken[client] += 1

        def leave(_: Future[Made]) -> None:
            with self._lock:
                self._taken[client] -= 1
                if not self._taken[client]:
                    del self._taken[client]

        future = self._executor.submit(contextvars.copy_context().run, work)
        future.add_done_callback(leave)  # also when the client leaves while its work waits
        return await asyncio.wrap_future(future)
