# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Readers that exist in this process only, for tests, demonstrations and measurements."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

from caducee.base.errors import CardRemovedError, MuteCardError, ReaderError
from caducee.reader.transport import Apdu, CardProtocol, Ending, ReaderStatus, protocol_of

__all__ = ["Chip", "Firmware", "MemoryContext", "MemoryReader", "MemoryTransport"]


class Chip(Protocol):
    """What is put into a memory reader; a virtual card is one."""

    def power_on(self) -> bytes:
        """Give the chip current; return its answer to reset, empty when it is mute."""

    def power_off(self) -> None:
        """Take the current away."""

    def reset(self) -> bytes:
        """Reset the chip; return its answer to reset."""

    def transmit(self, command: bytes) -> bytes:
        """Execute one command APDU; return the response APDU, empty when the chip is mute."""


class Firmware(Protocol):
    """What answers control commands; `caducee.virtualcard.plug.pinpad.SimulatedPinPad` is one."""

    def control(self, code: int, data: bytes) -> bytes | None:
        """Return the answer; None to a command that it does not know."""


class MemoryReader:
    """A reader in memory: `insert` puts a chip in, `eject` takes it out; threads may share it."""

    def __init__(self, name: str = "Memory 00 00") -> None:
        self._name = name
        self._lock = threading.RLock()
        self._changed = threading.Condition()
        self._chip: Chip | None = None
        self._status = ReaderStatus(present=False)
        self._user: MemoryTransport | None = None
        self.pin_pad: Firmware | None = None
        """Its PIN pad, if it has one."""

        self.shared = False
        """Whether the chip counts as used by another program too."""

    @property
    def name(self) -> str:
        """The name under which people and programs know the reader."""
        return self._name

    def insert(self, chip: Chip) -> None:
        """Put a chip in and give it current; a chip that is there is ejected first."""
        with self._lock:
            self.eject()
            self._chip = chip
            atr = chip.power_on()
            self._tell(present=True, atr=atr)

    def eject(self) -> None:
        """Take the chip out; every connection to it ends with `CardRemovedError`."""
        with self._lock:
            if self._chip is not None:
                self._chip.power_off()
                self._chip = None
                self._tell(present=False)

    def connect(self) -> "MemoryTransport":
        """Connect to the chip; raises `CardRemovedError` or `MuteCardError`."""
        with self._lock:
            if self._chip is None:
                raise CardRemovedError("reader.no_card", reader=self._name)
            if self._status.mute:
                raise MuteCardError("reader.card_mute", reader=self._name)
            return MemoryTransport(self, self._chip)

    def status(self) -> ReaderStatus:
        """Return what is in the reader now."""
        return self._status

    def _tell(self, present: bool, atr: bytes = b"") -> None:
        mute = present and not atr
        self._status = ReaderStatus(present, atr or None, mute, self._status.changes + 1)
        with self._changed:
            self._changed.notify_all()

    @contextmanager
    def _holding(self, changes: int) -> Iterator[None]:
        """Hold the reader while no card came or went since; else `CardRemovedError`."""
        with self._lock:
            if self._status.changes != changes:
                raise CardRemovedError("reader.card_removed", reader=self._name)
            yield


class MemoryTransport:
    """A connection to a chip in a `MemoryReader`."""

    def __init__(self, reader: MemoryReader, chip: Chip) -> None:
        self._reader = reader
        self._chip = chip
        self._open = True
        self._left = False
        status = reader.status()
        self._atr = status.atr or b""
        self._changes = status.changes  # the same chip put in again is another insertion

    @property
    def atr(self) -> bytes:
        """The answer to reset of the chip."""
        return self._atr

    @property
    def protocol(self) -> CardProtocol:
        """The first protocol that the answer to reset offers."""
        return protocol_of(self._atr)

    def transmit(self, command: Apdu) -> bytes:
        """Send one command APDU; raises `CardRemovedError` or `MuteCardError`."""
        with self._holding():
            answer = self._chip.transmit(bytes(command))
        if len(answer) < 2:
            if not self._inserted:
                raise CardRemovedError("reader.card_removed", reader=self._reader.name)
            raise MuteCardError("reader.card_mute", reader=self._reader.name)
        return answer

    def reset(self) -> bytes:
        """Reset the chip and return its answer to reset."""
        with self._holding():
            self._atr = self._chip.reset()
        if not self._atr:
            raise MuteCardError("reader.card_mute", reader=self._reader.name)
        return self._atr

    @contextmanager
    def transaction(self, ending: Ending = Ending.RESET) -> Iterator[None]:
        """Hold the reader alone; at the end the chip is reset, or left as it is."""
        with self._holding():
            self._left = False
            try:
                yield
            finally:
                resets = ending is Ending.RESET and not self._left
                if resets and self._open and self._inserted:
                    self._chip.reset()

    def undisturbed(self) -> bool:
        """Tell whether the chip is still there, and no other connection used it."""
        return self._open and self._inserted and self._reader._user in (None, self)

    def shared(self) -> bool:
        """Tell what the reader says (`MemoryReader.shared`)."""
        return self._reader.shared

    def leave(self, *, verified: bool = False) -> None:
        """Leave the chip as it is at the end of the open transaction."""
        self._left = True

    def rest(self) -> None:
        """Do nothing: a reader in memory is free between transactions."""

    def control(self, code: int, data: bytes = b"", *, whole: bool = False) -> bytes:
        """Ask the reader's PIN pad; a reader in memory without one has no features of its own."""
        with self._holding():
            pin_pad = self._reader.pin_pad
            answer = pin_pad.control(code, data) if pin_pad is not None else None
        if answer is None:
            name = self._reader.name
            raise ReaderError("reader.feature_absent", reader=name, feature=f"{code:#x}")
        return answer

    def close(self) -> None:
        """End the connection; the chip stays in the reader."""
        self._open = False

    @contextmanager
    def _holding(self) -> Iterator[None]:
        if not self._open:
            raise ReaderError("reader.closed", reader=self._reader.name)
        with self._reader._holding(self._changes):
            self._reader._user = self
            yield

    @property
    def _inserted(self) -> bool:
        return self._reader.status().changes == self._changes


class MemoryContext:
    """A set of memory readers that can be watched like those of PC/SC."""

    def __init__(self, *readers: MemoryReader) -> None:
        self._changed = threading.Condition()
        self._readers: list[MemoryReader] = []
        self._cancelled = False
        for reader in readers:
            self.add(reader)

    def add(self, reader: MemoryReader) -> None:
        """Plug a reader in. A reader belongs to one set."""
        with self._changed:
            reader._changed = self._changed
            self._readers.append(reader)
            self._changed.notify_all()

    def remove(self, reader: MemoryReader) -> None:
        """Unplug a reader, with what is in it."""
        with self._changed:
            self._readers.remove(reader)
            self._changed.notify_all()

    def readers(self) -> Sequence[MemoryReader]:
        """Return the readers, oldest first."""
        return tuple(self._readers)

    def look(self) -> Mapping[str, ReaderStatus]:
        """Return what is in the readers now; a thread may ask while another waits."""
        with self._changed:
            return self._now()

    def wait(
        self, known: Mapping[str, ReaderStatus], timeout: float | None = None
    ) -> Mapping[str, ReaderStatus]:
        """Wait until the readers, or what is in them, differ from ``known``; return what is now."""
        with self._changed:
            self._changed.wait_for(lambda: self._cancelled or self._now() != known, timeout)
            self._cancelled = False
            return self._now()

    def cancel(self) -> None:
        """End a `wait` that runs in another thread, or else the next one, at once."""
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()

    def close(self) -> None:
        """Do nothing: memory needs no giving up."""

    def _now(self) -> dict[str, ReaderStatus]:
        return {reader.name: reader.status() for reader in self._readers}
