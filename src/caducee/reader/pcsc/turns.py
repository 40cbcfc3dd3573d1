# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Taking turns at a card that other programs use too.

pcscd keeps no queue: a program that waits for a transaction, or for its connection, looks every
0.1 s whether the card is free (``PCSCLITE_LOCK_POLL_RATE`` of pcsc-lite). One that begins again at
once after each of its transactions would keep all others out. So after some time at the card it is
left alone for a little longer than the others' interval.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Final

from caducee.base.errors import CpsError

__all__ = ["AccessTurns", "call_within"]

_PAUSE: Final = 0.12
"""Seconds of a pause: a waiting program looks every 0.1 s."""

_TURN_SHARED: Final = 0.25
"""Seconds at the card until a pause is due while another program is connected."""

_TURN_ALONE: Final = 2.0
"""The same while none is: one may be waiting for its connection."""


class AccessTurns:
    """How long this connection has been at the card since others could last get it."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._used = 0.0
        self._begun: float | None = None
        self._ended = clock()

    def take(self, *, shared: bool) -> None:
        """Pause when that is due; call it before the card is asked for."""
        idle = self._clock() - self._ended
        if idle >= _PAUSE:
            self._used = 0.0
        elif self._used >= (_TURN_SHARED if shared else _TURN_ALONE):
            self._sleep(_PAUSE - idle)
            self._used = 0.0

    def begun(self) -> None:
        """Note that the card is held."""
        self._begun = self._clock()

    def ended(self) -> None:
        """Note that it is let go."""
        self._ended = self._clock()
        if self._begun is not None:
            self._used += self._ended - self._begun
            self._begun = None


def call_within[T](seconds: float, call: Callable[[], T], undo: Callable[[T], object]) -> T:
    """Return what a call returns that may wait for another program; `TimeoutError` when it is late.

    A call of PC/SC that waits cannot be ended: it goes on in a thread of its own, and what it then
    returns is undone.
    """
    done: Future[T] = Future()
    guard, late = threading.Lock(), False

    def work() -> None:
        try:
            result = call()
        except BaseException as error:
            done.set_exception(error)
            return
        with guard:
            if not late:
                done.set_result(result)
                return
        with suppress(CpsError):
            undo(result)

    threading.Thread(target=work, name="waits for a card", daemon=True).start()
    try:
        return done.result(max(0.0, seconds))
    except TimeoutError:
        with guard:
            if done.done():
                return done.result()
            late = True
        raise
