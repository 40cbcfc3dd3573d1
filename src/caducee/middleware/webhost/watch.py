# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Reports once that a card left its reader; watches the readers, not the cards."""

import logging
import threading
from collections.abc import Callable, Mapping

from caducee.base.errors import ReaderError
from caducee.middleware.webhost.cards import Insertion
from caducee.reader.transport import ReaderContext, ReaderStatus

__all__ = ["LoginCardWatch"]

_log = logging.getLogger(__name__)

_PAUSE = 1.0
"""Seconds until readers are asked again when they could not be."""


class LoginCardWatch:
    """Waits in a thread of its own. It shares the reader context with what opens the cards,
    for some contexts count by themselves how often a card came or went.
    """

    def __init__(self, context: ReaderContext) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._watched: frozenset[Insertion] = frozenset()
        self._tell: Callable[[], None] = lambda: None
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    def begin(self, insertions: frozenset[Insertion], tell: Callable[[], None]) -> None:
        """LoginCardWatch these stays of cards, in place of those before; ``tell`` when one ends."""
        with self._lock:
            self._watched, self._tell = insertions, tell
            if self._thread is None and not self._stopped.is_set():
                self._thread = threading.Thread(target=self._run, name="webhost-watch", daemon=True)
                self._thread.start()
                return
        self._context.cancel()  # look at once whether these are still there

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stopped.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            self._context.cancel()
            thread.join(_PAUSE)

    def _run(self) -> None:
        known: Mapping[str, ReaderStatus] = {}
        while not self._stopped.is_set():
            try:
                known = self._context.wait(known)
            except ReaderError as error:
                _log.info("the readers cannot be watched: %s", error.code)
                known = {}
                self._stopped.wait(_PAUSE)
            self._look(known)

    def _look(self, known: Mapping[str, ReaderStatus]) -> None:
        there = {Insertion(name, item.changes) for name, item in known.items() if item.present}
        with self._lock:
            gone, tell = self._watched - there, self._tell
            if gone:
                self._watched = frozenset()
        if gone and not self._stopped.is_set():
            tell()
