# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Which requests wait for the holder, and which one is shown: a state machine without a socket.

::

    asked ─▶ WAITING ─▶ SHOWN ─▶ CONFIRMED | REFUSED
                │          │
                └──────────┴──▶ EXPIRED | WITHDRAWN | CLOSED

The first request is shown; the others wait in the order in which they came. What has ended stays
ended: an answer that comes later changes nothing.
"""

import datetime as dt
from collections import OrderedDict
from dataclasses import dataclass, replace

from caducee.base.errors import StateError
from caducee.codec.card_request import RequestMessage
from caducee.spec.card_request import RequestState

__all__ = ["PendingRequest", "RequestChange", "RequestQueue", "Requester"]

MOST = 16
"""Requests at once."""

MOST_OF_ONE = 4
"""Requests at once of one process."""

REMEMBERED = 4096
"""Nonces that were used, by which a repeated request is known."""


@dataclass(frozen=True, slots=True)
class Requester:
    """The process that asks, as the system reports it."""

    pid: int
    program: str = ""
    """The path of its program; empty when the system does not tell."""


@dataclass(frozen=True, slots=True)
class PendingRequest:
    """One request of the desk."""

    number: int
    """Names it here; never used twice."""

    ask: RequestMessage
    asker: Requester
    came: dt.datetime
    ends: dt.datetime
    state: RequestState = RequestState.WAITING
    before: int = -1
    """How many requests are before it; -1 while nobody was reported."""


@dataclass(frozen=True, slots=True)
class RequestChange:
    """What a service is to be reported."""

    number: int
    state: RequestState
    before: int = 0
    """How many requests are before it."""


class RequestQueue:
    """The requests of one holder. Not for several threads at once."""

    def __init__(self) -> None:
        self._requests: dict[int, PendingRequest] = {}
        self._used: OrderedDict[str, None] = OrderedDict()
        self._last = 0

    def requests(self) -> tuple[PendingRequest, ...]:
        """Return what waits, the one that is shown first."""
        return tuple(self._requests.values())

    def next_end(self) -> dt.datetime | None:
        """Return when the next request ends; None while nothing waits."""
        return min((request.ends for request in self._requests.values()), default=None)

    def ask(
        self, ask: RequestMessage, asker: Requester, now: dt.datetime
    ) -> tuple[PendingRequest, tuple[RequestChange, ...]]:
        """Take a request in; return it, and what is reported.

        Raises `StateError` (``request.too_many``, ``request.repeated``).
        """
        if ask.nonce in self._used:
            raise StateError("request.repeated")
        same = sum(request.asker.pid == asker.pid for request in self._requests.values())
        if len(self._requests) >= MOST or same >= MOST_OF_ONE:
            raise StateError("request.too_many")
        self._use(ask.nonce)
        self._last += 1
        ends = now + dt.timedelta(seconds=ask.seconds)
        made = PendingRequest(self._last, ask, asker, now, ends)
        self._requests[made.number] = made
        changes = self._place()
        return self._requests[made.number], changes

    def get(self, number: int) -> PendingRequest:
        """Return a request that waits. Raises `StateError` (``request.over``)."""
        try:
            return self._requests[number]
        except KeyError:
            raise StateError("request.over") from None

    def settle(self, number: int, state: RequestState) -> tuple[RequestChange, ...]:
        """End a request; return what is reported. Raises `StateError` (``request.over``)."""
        self.get(number)
        del self._requests[number]
        return (RequestChange(number, state), *self._place())

    def expire(self, now: dt.datetime) -> tuple[RequestChange, ...]:
        """End what has waited too long."""
        late = [request.number for request in self._requests.values() if request.ends <= now]
        for number in late:
            del self._requests[number]
        changes = tuple(RequestChange(number, RequestState.EXPIRED) for number in late)
        return (*changes, *self._place())

    def close(self) -> tuple[RequestChange, ...]:
        """End everything: nobody shows requests any more."""
        changes = tuple(RequestChange(number, RequestState.CLOSED) for number in self._requests)
        self._requests.clear()
        return changes

    def _place(self) -> tuple[RequestChange, ...]:
        """Show the first one, and tell each its place where that is a new one."""
        changes = []
        for before, item in enumerate(self.requests()):
            state = RequestState.WAITING if before else RequestState.SHOWN
            if (item.state, item.before) != (state, before):
                self._requests[item.number] = replace(item, state=state, before=before)
                changes.append(RequestChange(item.number, state, before))
        return tuple(changes)

    def _use(self, nonce: str) -> None:
        self._used[nonce] = None
        while len(self._used) > REMEMBERED:
            self._used.popitem(last=False)
