# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Turns for long work on an event loop, so that short questions never wait for it.

Long work (the rest of a search, a large answer, requests sent in advance) runs in slices. While
other clients ask, it gets a fifth of the time; alone, all of it. Clients take turns by address,
however many connections each has, and of one address only some are worked on at a time, which
bounds the memory of their searches.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

__all__ = ["SearchTurns"]

_SLICE = 0.0005
"""Seconds of long work without a pause."""

_PAUSE = 4
"""Pause after a slice while others ask, in slices."""

_AT_ONCE = 4
"""Pieces of long work of one address that take turns; others wait until one has ended."""

type _Work = Callable[[], None]


@dataclass(slots=True)
class _Peer:
    """The long work of one address."""

    active: deque[_Work] = field(default_factory=deque)
    waiting: deque[_Work] = field(default_factory=deque)

    def refill(self) -> None:
        """Begin with work that waited, where other work has ended."""
        while self.waiting and len(self.active) < _AT_ONCE:
            self.active.append(self.waiting.popleft())


class SearchTurns:
    """Runs long work of many clients on the loop of the caller."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._peers: dict[Hashable, _Peer] = {}
        self._order: deque[Hashable] = deque()
        self._running: _Work | None = None
        self._scheduled = False
        self._asked = False

    def asked(self) -> None:
        """Note that a client asked something: long work leaves room."""
        self._asked = True

    def add(self, peer: Hashable, work: _Work) -> None:
        """Run a piece of work when its turn comes. It adds itself again while more is left."""
        found = self._peers.get(peer)
        if found is None:
            found = self._peers[peer] = _Peer()
            self._order.append(peer)
        if work == self._running or (len(found.active) < _AT_ONCE and not found.waiting):
            found.active.append(work)
        else:
            found.waiting.append(work)
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._slice)

    def _slice(self) -> None:
        begin = now = self._clock()
        while self._order and now - begin < _SLICE:
            self._next()
            now = self._clock()
        self._scheduled = bool(self._order)
        if not self._order:
            return
        loop = asyncio.get_running_loop()
        if self._asked:
            self._asked = False
            loop.call_later(_PAUSE * (now - begin), self._slice)
        else:
            loop.call_soon(self._slice)

    def _next(self) -> None:
        key = self._order.popleft()
        peer = self._peers[key]
        self._running = peer.active.popleft()
        self._running()
        self._running = None
        peer.refill()
        if peer.active:
            self._order.append(key)
        else:
            del self._peers[key]
