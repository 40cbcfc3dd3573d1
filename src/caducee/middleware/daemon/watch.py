# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What is in the readers, as the engine knows it: watched always, and looked at before some calls.

A program that starts after a card was put in may be quicker than the watcher; what it asks of the
slots is therefore answered after one more look. What was seen first reaches the engine first: of
two views that were taken at the same time by two threads, one is taken anew.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future

from caducee.base.errors import CpsError
from caducee.middleware.daemon.engine import Engine
from caducee.middleware.daemon.workers import Workers
from caducee.reader.transport import ReaderContext, ReaderStatus

__all__ = ["ReaderWatch"]

_log = logging.getLogger(__name__)

_PATIENCE = 0.5
"""Seconds that a call waits for a look at most; then it is answered with what is known."""

_TRIES = 10


class ReaderWatch:
    """Two threads beside the loop's: one waits for changes, one looks when it is asked to."""

    def __init__(
        self, engine: Engine, readers: ReaderContext, changed: Callable[[set[str]], None]
    ) -> None:
        """Make it inside a running loop, in whose thread ``changed`` gets readers that left."""
        self._loop = asyncio.get_running_loop()
        self._engine = engine
        self._readers = readers
        self._changed = changed
        self._known: Mapping[str, ReaderStatus] | None = None
        self._views = 0
        self._taking = threading.Lock()
        self._stopped = False
        self._watcher = threading.Thread(target=self._run, name="watcher", daemon=True)
        self._looker = Workers(1)
        self._served: list[Callable[[], None]] = []
        self._asking: list[Callable[[], None]] = []
        self._limit: asyncio.TimerHandle | None = None
        self._late = False

    def start(self) -> None:
        """Begin to watch."""
        self._watcher.start()

    def stop(self) -> None:
        """End; `join` waits for it."""
        self._stopped = True
        self._looker.close()
        self._readers.cancel()

    def join(self) -> None:
        """Wait for the end of the watcher, some seconds at most."""
        self._watcher.join(5.0)

    # In threads of its own

    def _run(self) -> None:
        while not self._stopped:
            try:
                self._wait()
            except CpsError as error:
                _log.warning("the readers cannot be watched: %s", error)
                time.sleep(1.0)
            except RuntimeError:
                return  # the loop is closed

    def _wait(self) -> None:
        with self._taking:
            known, views = self._known, self._views
        patience = 0.0 if known is None else self._engine.patience
        self._take(self._readers.wait(known or {}, patience), views)

    def _look(self) -> None:
        for _ in range(_TRIES):
            with self._taking:
                views = self._views
            if self._take(self._readers.look(), views):
                return

    def _take(self, now: Mapping[str, ReaderStatus], views: int) -> bool:
        """Give the engine a view that was begun after so many; False when it is not the next."""
        with self._taking:
            if views != self._views:
                return False
            if now != self._known:
                self._engine.changed(now)
                gone = (self._known or {}).keys() - now.keys()
                self._known, self._views = now, views + 1
                self._loop.call_soon_threadsafe(self._changed, set(gone))
            else:
                self._engine.pass_time()
                if self._engine.awaited:
                    self._loop.call_soon_threadsafe(self._changed, set())
            return True

    # In the loop's thread

    def look_first(self, then: Callable[[], None]) -> None:
        """Look at the readers, then go on; without a look while the last one does not end."""
        if self._late:
            then()
            return
        self._asking.append(then)
        if not self._served:
            self._begin()

    def _begin(self) -> None:
        self._served, self._asking = self._asking, []
        self._limit = self._loop.call_later(_PATIENCE, self._give_up)
        self._looker.submit("look", self._look).add_done_callback(self._tell)

    def _tell(self, made: "Future[None]") -> None:
        try:
            self._loop.call_soon_threadsafe(self._looked, made)
        except RuntimeError:
            return  # the loop is closed

    def _looked(self, made: "Future[None]") -> None:
        if not made.cancelled() and (error := made.exception()) is not None:
            _log.warning("the readers cannot be looked at: %s", error)
        if self._limit is not None:
            self._limit.cancel()
        self._late = False
        self._go_on()
        if self._asking:
            self._begin()

    def _give_up(self) -> None:
        _log.warning("the readers do not tell in time what is in them")
        self._late = True
        self._go_on()
        self._served, self._asking = self._asking, []
        self._go_on()

    def _go_on(self) -> None:
        served, self._served = self._served, []
        for then in served:
            then()
