# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The thread that waits for readers and cards, and reports to the thread of the windows."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

from caducee.base.errors import ReaderError

if TYPE_CHECKING:
    from caducee.cryptolib.presence import CardWatch, PresenceEvent
    from caducee.desktop.manager.ports import Cards
    from caducee.reader.transport import Reader, ReaderContext, ReaderStatus

__all__ = ["ReaderWatch"]

_log = logging.getLogger(__name__)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 8.0
"""Seconds until readers that failed (their service does not run) are asked again, doubling."""


class ReaderWatch(QObject):
    """Waits in the reader context, without polling; signals come in the thread of the windows."""

    seen = Signal(object)
    """Readers by name, each with its `ReaderStatus`."""

    happened = Signal(object)
    """A tuple of `PresenceEvent`."""

    failed = Signal(object)
    """A `ReaderError`: the readers cannot be asked now; it goes on trying."""

    _reported = Signal(str, object)

    def __init__(self, cards: "Cards", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cards = cards
        self._stopped = threading.Event()
        self._watch: CardWatch | None = None
        self._thread: threading.Thread | None = None
        self._reported.connect(self._hear, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Begin; a second call does nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="card watch", daemon=True)
            self._thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """End, and wait for the thread."""
        self._stopped.set()
        if self._watch is not None:
            self._watch.stop()
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        from caducee.cryptolib.presence import CardWatch

        pause = _FIRST_PAUSE
        while not self._stopped.is_set():
            try:
                context = _Seen(self._cards.readers(), lambda now: self._tell("seen", now))
                self._watch = CardWatch(context)
                self._tell("seen", dict(context.look()))  # a wait ends only when a reader comes
                while not self._stopped.is_set():
                    self._tell("happened", self._watch.wait())
                    pause = _FIRST_PAUSE
            except ReaderError as error:
                _log.info("the readers cannot be watched: %s", error.code)
                self._tell("failed", error)
                self._stopped.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    def _tell(self, what: str, value: "Mapping[str, ReaderStatus] | _Events | ReaderError") -> None:
        try:
            self._reported.emit(what, value)
        except RuntimeError:  # the windows are gone
            self._stopped.set()

    @Slot(str, object)
    def _hear(self, what: str, value: object) -> None:
        if not self._stopped.is_set():
            {"seen": self.seen, "happened": self.happened, "failed": self.failed}[what].emit(value)


type _Events = tuple["PresenceEvent", ...]


class _Seen:
    """Readers whose every `wait` is also reported to a listener."""

    def __init__(
        self, inner: "ReaderContext", tell: "Callable[[Mapping[str, ReaderStatus]], None]"
    ) -> None:
        self._inner = inner
        self._tell = tell

    def readers(self) -> "Sequence[Reader]":
        return self._inner.readers()

    def look(self) -> "Mapping[str, ReaderStatus]":
        return self._inner.look()

    def wait(
        self, known: "Mapping[str, ReaderStatus]", timeout: float | None = None
    ) -> "Mapping[str, ReaderStatus]":
        now = self._inner.wait(known, timeout)
        self._tell(dict(now))
        return now

    def cancel(self) -> None:
        self._inner.cancel()

    def close(self) -> None:
        self._inner.close()
