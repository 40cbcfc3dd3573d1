# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The readers of this machine, through PC/SC."""

import os
import socket
import sys
import threading
import time
from collections.abc import Mapping, Sequence

from caducee.base.closing import Closing
from caducee.base.errors import ReaderError
from caducee.reader.pcsc.failures import as_lost
from caducee.reader.pcsc.native import ReaderStateChange, WinScard
from caducee.reader.pcsc.transport import PcscTransport
from caducee.reader.transport import ReaderStatus
from caducee.spec.pcsc import PNP_READER, ReaderState

__all__ = ["PcscContext", "PcscReader"]

_NO_PNP_SLICE = 1.0
"""Seconds between two looks at the list of readers where the system cannot tell of new ones."""

_CANCEL_PAUSE = 0.01
_SOCKET = "/run/pcscd/pcscd.comm"
_ATTEMPTS = 12
"""First questions at most, to tell a refusal from silence."""


class _Session:
    """One context of the library, opened when first needed and again after a failure."""

    def __init__(self, native: WinScard) -> None:
        self._native = native
        self._handle: int | None = None

    def handle(self) -> int:
        if self._handle is None:
            self._handle = _established(self._native)
        return self._handle

    def drop(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            try:
                self._native.release(handle)
            except ReaderError:
                pass  # the service is gone, and the context with it


def _established(native: WinScard) -> int:
    """Open a context. pcscd closes the connection of whom it refuses, so that the library says "no
    service" as often as "refused" (pcsc-lite 2.3.3): where a process listens at the socket, it is
    asked again until it is clear.
    """
    for _ in range(_ATTEMPTS):
        try:
            return native.establish()
        except ReaderError as error:
            if error.code != "reader.service_absent" or not _listens():
                raise
            last = error
    raise ReaderError("reader.service_refuses", **last.facts)


def _listens() -> bool:
    """Tell whether a process accepts connections at the socket of PC/SC (pcsc-lite)."""
    if sys.platform != "linux":
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(os.environ.get("PCSCLITE_CSOCK_NAME") or _SOCKET)
        except OSError:
            return False
    return True


class PcscReader:
    """One reader of PC/SC."""

    def __init__(self, context: "PcscContext", name: str) -> None:
        self._context = context
        self._name = name

    @property
    def name(self) -> str:
        """The name that PC/SC gives the reader."""
        return self._name

    def connect(self) -> PcscTransport:
        """Connect to the card, shared with other programs.

        Raises `CardRemovedError` when no card is there, `MuteCardError` when it does not answer,
        else `ReaderError`.
        """
        return PcscTransport(self._context.native, self._name, self._context.patience)

    def status(self) -> ReaderStatus:
        """Return what is in the reader now; `ReaderError` when the reader is gone."""
        return self._context.status(self._name)


class PcscContext(Closing):
    """This machine's readers. Threads may share it; it survives a restart of the service.

    The environment variable ``PCSCLITE_CSOCK_NAME`` chooses the socket of another pcscd; the
    library reads it once per process, at the first use of PC/SC.
    """

    def __init__(self, native: WinScard | None = None, *, patience: float = 30.0) -> None:
        """``patience``: seconds that another program may keep a transaction waiting."""
        self.native = native or WinScard()
        self.patience = patience
        self._lock = threading.Lock()
        self._session = _Session(self.native)
        self._watching = threading.Lock()
        self._watch = _Session(self.native)
        self._waiting = False
        self._cancelled = threading.Event()
        self._raw: dict[str, int] = {}

    def readers(self) -> Sequence[PcscReader]:
        """Return the readers that are there now. Raises `ReaderError` without a service."""
        with self._lock:
            names = self._trying_twice(self._session)
        return tuple(PcscReader(self, name) for name in names)

    def reader(self, name: str) -> PcscReader:
        """Return the reader of a name; `ReaderError` (``reader.unknown_reader``) when none is."""
        for found in self.readers():
            if found.name == name:
                return found
        raise ReaderError("reader.unknown_reader", reader=name)

    def status(self, name: str) -> ReaderStatus:
        """Return what is in the reader of a name now."""
        with self._lock:
            self._trying_twice(self._session)
            changes = self.native.status_change(self._session.handle(), [(name, 0)], 0)
        if not changes or changes[0].state & ReaderState.UNKNOWN:
            raise ReaderError("reader.unknown_reader", reader=name)
        return _status(changes[0])

    def look(self) -> Mapping[str, ReaderStatus]:
        """Return what is in the readers now; a thread may ask while another waits."""
        with self._lock:
            return {change.reader: _status(change) for change in self._changes(self._session)}

    def wait(
        self, known: Mapping[str, ReaderStatus], timeout: float | None = None
    ) -> Mapping[str, ReaderStatus]:
        """Wait until the readers, or what is in them, differ from ``known``; return what is now.

        Nothing is polled where the system can tell of new readers (everywhere but macOS). Raises
        `ReaderError` when the service stops; calling again connects again.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._watching:
            try:
                return self._wait(known, deadline)
            except ReaderError:
                self._watch.drop()
                raise
            finally:
                self._cancelled.clear()

    def cancel(self) -> None:
        """End a `wait` that runs in another thread, or else the next one, at once."""
        self._cancelled.set()
        while self._waiting and self._cancelled.is_set():
            handle = self._watch._handle
            if handle is not None:
                try:
                    self.native.cancel(handle)
                except ReaderError:
                    return  # the service is gone: the wait ends by itself
            time.sleep(_CANCEL_PAUSE)  # the wait may have been about to begin

    def close(self) -> None:
        """Give the readers up; connections that are open stay so. A second call does nothing."""
        if self._waiting:
            self.cancel()
        with self._watching:
            self._watch.drop()
        with self._lock:
            self._session.drop()

    def _trying_twice(self, session: _Session) -> list[str]:
        """List the readers, on a new context when the old one died with its service."""
        try:
            return self.native.list_readers(session.handle())
        except ReaderError:
            session.drop()
            return self.native.list_readers(session.handle())

    def _wait(
        self, known: Mapping[str, ReaderStatus], deadline: float | None
    ) -> dict[str, ReaderStatus]:
        now = self._snapshot()
        while now == known and not self._cancelled.is_set():
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                break
            self._block(left)
            now = self._snapshot()
        return now

    def _snapshot(self) -> dict[str, ReaderStatus]:
        """Return what is now, and remember the raw states."""
        changes = self._changes(self._watch)
        self._raw = {change.reader: change.state & ~int(ReaderState.CHANGED) for change in changes}
        return {change.reader: _status(change) for change in changes}

    def _changes(self, session: _Session) -> list[ReaderStateChange]:
        """Return the state of each reader now."""
        while True:
            names = self._trying_twice(session)
            if not names:
                return []
            try:
                found = self.native.status_change(
                    session.handle(), [(name, 0) for name in names], 0
                )
            except ReaderError as error:
                if error.code == "reader.unknown_reader":
                    continue  # a reader left between the two calls
                raise
            return [item for item in found or () if not item.state & ReaderState.UNKNOWN]

    def _block(self, left: float | None) -> None:
        """Wait for any change after the last snapshot."""
        states = list(self._raw.items())
        if self.native.abi.system == "macos":
            left = _NO_PNP_SLICE if left is None else min(left, _NO_PNP_SLICE)
        else:
            states.append((PNP_READER, len(states) << 16))
        self._waiting = True
        try:
            if not self._cancelled.is_set():
                self.native.status_change(self._watch.handle(), states, left)
        except ReaderError as error:
            if error.code not in ("reader.cancelled", "reader.unknown_reader"):
                raise as_lost(error) from None
        finally:
            self._waiting = False


def _status(change: ReaderStateChange) -> ReaderStatus:
    present = bool(change.state & ReaderState.PRESENT)
    mute = present and bool(change.state & ReaderState.MUTE)
    atr = change.atr if present and not mute and change.atr else None
    return ReaderStatus(present, atr, mute, change.state >> 16)
