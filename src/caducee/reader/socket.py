# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A reader that reaches a virtual card in another process by a local socket, without PC/SC.

This side plays the part of vpcd (`caducee.spec.virtual_reader`): it gives current, asks for the
answer to reset, and moves APDUs. Nothing the other end does makes it wait without bound.

The wire has no transactions, and the card serves one reader at a time. So that several programs may
use one card, as with PC/SC, each outermost transaction ends with the connection: the next one
begins with the card reset, and waits its turn.
"""

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from caducee.base.errors import CardRemovedError, FormatError, MuteCardError, ReaderError
from caducee.codec.virtual_reader import ReaderDeframer, frame
from caducee.reader.socket_pinpad import ask_pin_pad
from caducee.reader.transport import Apdu, CardProtocol, Ending, ReaderStatus, protocol_of
from caducee.spec.virtual_reader import Control

__all__ = ["SocketReader", "SocketTransport"]

_RECEIVE_SIZE = 0x10000 + 2
_HEADER = 4
_MAX_ATR = 33


class SocketReader:
    """The reader at a path; a card is in it while a process serves one there."""

    def __init__(
        self, path: Path, *, patience: float = 30.0, count: Callable[[], int] | None = None
    ) -> None:
        """Name the path; ``patience`` is how many seconds an answer may take.

        ``count`` gives the next number of changes: readers that come and go at one path share it,
        so that an insertion has no number of an earlier one.
        """
        self._path = Path(path)
        self._patience = patience
        self._seen: tuple[int, int] | None = None
        self._changes = 0
        self._count = count or itertools.count(1).__next__
        self._guard = threading.Lock()

    @property
    def name(self) -> str:
        """``socket:`` and the path."""
        return f"socket:{self._path}"

    def connect(self) -> "SocketTransport":
        """Connect to the card, give it current, and read its answer to reset.

        Raises `CardRemovedError` when no card is served there, `MuteCardError` when it gives no
        answer to reset in time, as while another program holds the card for that long.
        """
        return SocketTransport(self.name, self._path, self._patience)

    def status(self) -> ReaderStatus:
        """Return whether a card is served there now; its answer to reset takes a connection."""
        with self._guard:
            present = _place(self._path)
            if present != self._seen:
                self._seen, self._changes = present, self._count()
            return ReaderStatus(present is not None, None, False, self._changes)


def _place(path: Path) -> tuple[int, int] | None:
    """Return what identifies a served card: the socket's inode and creation time."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_ctime_ns


class SocketTransport:
    """A connection to the card at a socket; threads may share it."""

    def __init__(self, name: str, path: Path, patience: float) -> None:
        self._name = name
        self._path = path
        self._patience = patience
        self._messages = ReaderDeframer()
        self._waiting: list[bytes] = []
        self._lock = threading.RLock()
        self._depth = 0
        self._kept = False
        self._closed = False
        self._stream: socket.socket | None = None
        self._place = _place(path)
        self._begin("reader.no_card")

    @property
    def atr(self) -> bytes:
        """The answer to reset of the card."""
        return self._atr

    @property
    def protocol(self) -> CardProtocol:
        """The first protocol that the answer to reset offers."""
        return protocol_of(self._atr)

    def transmit(self, command: Apdu) -> bytes:
        """Send one command APDU and return the response APDU.

        Raises `CardRemovedError` when the card's process is gone, `MuteCardError` when the card
        gives no answer in time (the connection is then closed: a late answer would be taken for
        the next).
        """
        if len(command) < _HEADER:
            raise ReaderError("reader.command_malformed", size=len(command))
        with self._lock:
            self._held()
            self._send(command)
            answer = self._receive()
            if self._waiting:
                self.close()
                raise ReaderError("reader.wire_malformed", place=self._name)
        if not answer:
            raise MuteCardError("reader.card_mute", reader=self._name)
        if len(answer) < 2:
            raise ReaderError("reader.answer_malformed", reader=self._name)
        return answer

    def reset(self) -> bytes:
        """Reset the card and return its answer to reset."""
        with self._lock:
            if not self._held():
                self._atr = self._power(Control.RESET)
        return self._atr

    @contextmanager
    def transaction(self, ending: Ending = Ending.RESET) -> Iterator[None]:
        """Hold the card against other threads and programs.

        At the end of the outermost block the connection ends, which takes the card's current away,
        unless ``ending`` keeps the card.
        """
        with self._lock:
            self._held()
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if not self._depth:
                    self._kept = ending is Ending.KEEP or (self._kept and ending is Ending.LEAVE)
                    if not self._kept:
                        self._release()

    def undisturbed(self) -> bool:
        """Tell whether the card that was met first is still served; other users show nowhere."""
        return not self._closed and _place(self._path) == self._place

    def shared(self) -> bool:
        """Return False: the card serves one connection at a time."""
        return False

    def leave(self, *, verified: bool = False) -> None:
        """Do nothing: the card loses its current at the end of the transaction anyway."""

    def rest(self) -> None:
        """Do nothing: the card is held inside transactions alone."""

    def control(self, code: int, data: bytes = b"", *, whole: bool = False) -> bytes:
        """Ask the PIN pad beside the card, if one is served there."""
        answer = ask_pin_pad(self._path, code, data, self._patience)
        if answer is None:
            raise ReaderError("reader.feature_absent", reader=self._name, feature=f"{code:#x}")
        return answer

    def close(self) -> None:
        """End the connection, which takes the card's current away."""
        self._closed = True
        self._release()

    def _begin(self, gone: str) -> None:
        """Connect and give the card current; ``gone`` is the code when it is not there."""
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        stream.settimeout(self._patience)
        try:
            stream.connect(str(self._path))
        except (OSError, ValueError) as error:
            stream.close()
            raise CardRemovedError(gone, reader=self._name) from error
        self._messages, self._waiting, self._stream = ReaderDeframer(), [], stream
        try:
            self._atr = self._power(Control.POWER_ON)
        except ReaderError:
            self.close()
            raise

    def _held(self) -> bool:
        """Hold the card; tell whether it had to be given current for it.

        Raises `CardRemovedError` when it is not the card that was met first.
        """
        if self._closed:
            raise ReaderError("reader.closed", reader=self._name)
        if self._stream is not None:
            return False
        if _place(self._path) != self._place:
            raise self._gone()
        self._begin("reader.card_removed")
        return True

    def _release(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _power(self, control: Control) -> bytes:
        self._send(bytes([control]))
        self._send(bytes([Control.GET_ATR]))
        atr = self._receive()
        if len(atr) > _MAX_ATR:
            self.close()
            raise ReaderError("reader.wire_malformed", place=self._name)
        if not atr:
            raise MuteCardError("reader.card_mute", reader=self._name)
        return atr

    def _wire(self) -> socket.socket:
        if self._stream is None:
            raise ReaderError("reader.closed", reader=self._name)
        return self._stream

    def _send(self, message: Apdu) -> None:
        stream = self._wire()
        try:
            stream.settimeout(self._patience)
            sent = frame(message)
            try:
                stream.sendall(sent)
            finally:
                sent[:] = bytes(len(sent))
        except FormatError as error:
            raise ReaderError("reader.message_oversized", size=len(message)) from error
        except TimeoutError as error:
            raise self._mute() from error
        except OSError as error:
            raise self._gone() from error

    def _receive(self) -> bytes:
        """Return the next message; the time for all its parts together is bounded."""
        deadline = time.monotonic() + self._patience
        while not self._waiting:
            left = deadline - time.monotonic()
            try:
                if left <= 0:
                    raise TimeoutError
                stream = self._wire()
                stream.settimeout(left)
                data = stream.recv(_RECEIVE_SIZE)
            except TimeoutError as error:
                raise self._mute() from error
            except OSError as error:
                raise self._gone() from error
            if not data:
                raise self._gone()
            self._waiting = self._messages.feed(data)
        return self._waiting.pop(0)

    def _gone(self) -> CardRemovedError:
        self.close()
        return CardRemovedError("reader.card_removed", reader=self._name)

    def _mute(self) -> MuteCardError:
        self.close()
        return MuteCardError("reader.card_mute", reader=self._name)
