# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""All readers that the daemon looks at, as one place: PC/SC, and sockets of virtual cards."""

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from caducee.base.errors import ReaderError
from caducee.middleware.daemon.settings import ReaderSettings
from caducee.reader.transport import Reader, ReaderContext, ReaderStatus

__all__ = ["ReaderContexts", "open_reader_contexts"]

_log = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 8.0
"""Seconds until a place that failed (its service does not run) is asked again, doubling."""


class ReaderContexts:
    """Several contexts as one. What one of them does not do in time, or at all, stops no other.

    Each is watched by a thread of its own, begun by the first `wait`.
    """

    def __init__(self, *places: ReaderContext) -> None:
        self._places = places
        self._seen: list[Mapping[str, ReaderStatus]] = [{} for _ in places]
        self._reported = [False for _ in places]
        self._looking = [threading.Lock() for _ in places]
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._cancelled = False
        self._closed = threading.Event()

    def readers(self) -> Sequence[Reader]:
        """Return the readers of every place; a place that fails has none."""
        found: list[Reader] = []
        for place in self._places:
            try:
                found += place.readers()
            except ReaderError as error:
                _log.info("a place of readers does not answer: %s", error.code)
        return tuple(found)

    def look(self) -> Mapping[str, ReaderStatus]:
        """Ask every place what is in its readers now, and return it.

        A place that fails counts as its watcher sees it; one that hangs keeps this waiting.
        """
        for number, place in enumerate(self._places):
            with contextlib.suppress(ReaderError):
                self._look(number, place)
        with self._changed:
            return self._now()

    def wait(
        self, known: Mapping[str, ReaderStatus], timeout: float | None = None
    ) -> Mapping[str, ReaderStatus]:
        """Wait until the readers, or what is in them, differ from ``known``; return what is now.

        The first call waits until every place has reported once, a second at most.
        """
        self._begin()
        with self._changed:
            self._changed.wait_for(lambda: all(self._reported) or self._cancelled, 1.0)
            self._changed.wait_for(lambda: self._cancelled or self._now() != known, timeout)
            self._cancelled = False
            return self._now()

    def cancel(self) -> None:
        """End a `wait` that runs in another thread, or else the next one, at once."""
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()

    def close(self) -> None:
        """Give every place up."""
        self._closed.set()
        self.cancel()
        for place in self._places:
            place.cancel()
        for thread in self._threads:
            thread.join(5.0)
        for place in self._places:
            place.close()

    def _now(self) -> dict[str, ReaderStatus]:
        return {name: status for seen in self._seen for name, status in seen.items()}

    def _begin(self) -> None:
        if self._threads or self._closed.is_set():
            return
        for number, place in enumerate(self._places):
            thread = threading.Thread(
                target=self._watch, args=(number, place), name=f"place-{number}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def _watch(self, number: int, place: ReaderContext) -> None:
        pause = _FIRST_PAUSE
        while not self._closed.is_set():
            try:
                place.wait(self._seen[number])
                self._look(number, place)
                pause = _FIRST_PAUSE
            except ReaderError as error:
                _log.info("a place of readers fails: %s", error.code)
                self._tell(number, {})
                self._closed.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    def _look(self, number: int, place: ReaderContext) -> None:
        """Take in what is in a place; what was seen first is reported first."""
        with self._looking[number]:
            self._tell(number, place.look())

    def _tell(self, number: int, seen: Mapping[str, ReaderStatus]) -> None:
        with self._changed:
            self._seen[number] = dict(seen)
            self._reported[number] = True
            self._changed.notify_all()


def open_reader_contexts(settings: ReaderSettings, patience: float = 20.0) -> ReaderContexts:
    """Open the places that the settings name. PC/SC that is not installed is reported to the log.

    ``patience``: seconds that a call waits while another program has the card.
    """
    found: list[ReaderContext] = []
    makers: list[Callable[[], ReaderContext]] = [_sockets(settings)] if _needs(settings) else []
    if settings.pcsc:
        makers.append(lambda: _pcsc(patience))
    for make in makers:
        try:
            found.append(make())
        except ReaderError as error:
            _log.warning("%s", error)
    return ReaderContexts(*found)


def _folder(settings: ReaderSettings) -> Path | None:
    named = os.environ.get("CADUCEE_READER_SOCKETS", "") or settings.socket_folder
    return Path(named) if named else None


def _needs(settings: ReaderSettings) -> bool:
    return bool(settings.sockets) or _folder(settings) is not None


def _sockets(settings: ReaderSettings) -> Callable[[], ReaderContext]:
    from caducee.reader.sockets import SocketContext

    return lambda: SocketContext((Path(socket) for socket in settings.sockets), _folder(settings))


def _pcsc(patience: float) -> ReaderContext:
    from caducee.reader.pcsc import PcscContext

    return PcscContext(patience=patience)
