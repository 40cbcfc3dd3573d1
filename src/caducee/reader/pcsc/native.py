# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: ANN401 (ctypes types have no static types)
"""The calls of PC/SC that we use, by ctypes, with Python values in and out.

Every method of `WinScard` is one call. A result other than success becomes an error of our tree
(`caducee.reader.pcsc.failures`). ctypes releases the interpreter during each call.
"""

import ctypes
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from caducee.base.errors import ReaderError
from caducee.reader.pcsc.abi import Abi, current
from caducee.reader.pcsc.failures import failure
from caducee.reader.transport import Apdu
from caducee.spec.pcsc import (
    CONTROL_BASE,
    INFINITE,
    ContextScope,
    Disposition,
    PcscProtocol,
    PcscResult,
    ShareMode,
)

__all__ = ["ReaderStateChange", "WinScard"]

_ANSWER_SIZE = 0x10000 + 2
_NAME_ROOM = 256
_P = ctypes.c_void_p


@dataclass(frozen=True, slots=True)
class ReaderStateChange:
    """One SCARD_READERSTATE as SCardGetStatusChange left it."""

    reader: str
    state: int
    atr: bytes


def load(abi: Abi) -> Any:
    """Load the PC/SC library; raises `ReaderError` (``reader.pcsc_absent``)."""
    loader = getattr(ctypes, "WinDLL", ctypes.CDLL) if abi.wide else ctypes.CDLL
    for name in abi.libraries:
        try:
            return loader(name)
        except OSError:
            continue
    raise ReaderError("reader.pcsc_absent", library=", ".join(abi.libraries))


class WinScard:
    """The PC/SC library of one system. Thread-safe, as far as the library is."""

    def __init__(self, abi: Abi | None = None, library: Any = None) -> None:
        self.abi = abi or current()
        self._chooses = library is None and self.abi.system == "pcsclite"
        self._library = load(self.abi) if library is None else library
        abi = self.abi
        d, pd, h, ph = abi.dword, ctypes.POINTER(abi.dword), abi.handle, ctypes.POINTER(abi.handle)
        self._establish = self._call("SCardEstablishContext", d, _P, _P, ph)
        self._release = self._call("SCardReleaseContext", h)
        self._list_readers = self._call("SCardListReaders", h, _P, _P, pd, text=True)
        self._connect = self._call("SCardConnect", h, _P, d, d, ph, pd, text=True)
        self._reconnect = self._call("SCardReconnect", h, d, d, d, pd)
        self._disconnect = self._call("SCardDisconnect", h, d)
        self._begin = self._call("SCardBeginTransaction", h)
        self._end = self._call("SCardEndTransaction", h, d)
        self._status = self._call("SCardStatus", h, _P, pd, pd, pd, _P, pd, text=True)
        self._transmit = self._call("SCardTransmit", h, _P, _P, d, _P, _P, pd)
        self._control = self._call("SCardControl", h, d, _P, d, _P, d, pd)
        self._status_change = self._call("SCardGetStatusChange", h, d, _P, d, text=True)
        self._cancel = self._call("SCardCancel", h)

    def _call(self, name: str, *types: Any, text: bool = False) -> Any:
        function = getattr(self._library, self.abi.symbol(name, text))
        function.argtypes = list(types)
        function.restype = self.abi.long
        return function

    def establish(self) -> int:
        """Open a context and return its handle."""
        context = self.abi.handle()
        with _first_context() if self._chooses and not _CHOSEN.is_set() else nullcontext():
            result = self._establish(ContextScope.SYSTEM, None, None, ctypes.byref(context))
        _check(result)
        return int(context.value)

    def release(self, context: int) -> None:
        """Give a context up."""
        _check(self._release(context))

    def list_readers(self, context: int) -> list[str]:
        """Return the names of the readers; an empty list is valid."""
        size = self.abi.dword()
        while True:
            result = self._list_readers(context, None, None, ctypes.byref(size)) & 0xFFFFFFFF
            if result == PcscResult.E_NO_READERS_AVAILABLE:
                return []
            _check(result)
            width = 2 if self.abi.wide else 1
            names = ctypes.create_string_buffer(max(1, size.value) * width)
            result = self._list_readers(context, None, names, ctypes.byref(size)) & 0xFFFFFFFF
            if result == PcscResult.E_INSUFFICIENT_BUFFER:
                continue  # a reader came between the two calls
            if result == PcscResult.E_NO_READERS_AVAILABLE:
                return []
            _check(result)
            return _split_names(names.raw[: size.value * width], self.abi.wide)

    def connect(self, context: int, reader: str, share: ShareMode) -> tuple[int, int]:
        """Connect to a card; return the handle and the protocol in use."""
        handle, active = self.abi.handle(), self.abi.dword()
        wanted = 0 if share is ShareMode.DIRECT else PcscProtocol.T0 | PcscProtocol.T1
        name = self.abi.text(reader)
        result = self._connect(
            context, name, share, wanted, ctypes.byref(handle), ctypes.byref(active)
        )
        _check(result, reader)
        return int(handle.value), int(active.value)

    def reconnect(self, handle: int, disposition: Disposition, reader: str = "") -> int:
        """Take a connection up again after a reset, or reset the card; return the protocol."""
        active = self.abi.dword()
        wanted = PcscProtocol.T0 | PcscProtocol.T1
        result = self._reconnect(
            handle, ShareMode.SHARED, wanted, disposition, ctypes.byref(active)
        )
        _check(result, reader)
        return int(active.value)

    def disconnect(self, handle: int, disposition: Disposition) -> None:
        """End a connection."""
        _check(self._disconnect(handle, disposition))

    def begin(self, handle: int, reader: str = "") -> None:
        """Wait until no other connection holds the card, then hold it."""
        _check(self._begin(handle), reader)

    def end(self, handle: int, disposition: Disposition, reader: str = "") -> None:
        """Let the card go."""
        _check(self._end(handle, disposition), reader)

    def atr(self, handle: int, reader: str = "") -> bytes:
        """Return the answer to reset of the card of a connection."""
        dword = self.abi.dword
        width = 2 if self.abi.wide else 1
        name, atr = ctypes.create_string_buffer(_NAME_ROOM * width), (ctypes.c_ubyte * 36)()
        name_size, atr_size = dword(_NAME_ROOM), dword(self.abi.atr_size)
        state, protocol = dword(), dword()
        numbers = [ctypes.byref(item) for item in (name_size, state, protocol, atr_size)]
        result = self._status(handle, name, *numbers[:3], atr, numbers[3])
        _check(result, reader)
        return bytes(atr[: atr_size.value])

    def transmit(self, handle: int, protocol: int, command: Apdu, reader: str = "") -> bytes:
        """Send a command APDU from where it lies; return the response APDU."""
        request = self.abi.io_request(protocol, ctypes.sizeof(self.abi.io_request))
        sent = command if isinstance(command, bytes) else _place_of(command)
        answer = ctypes.create_string_buffer(_ANSWER_SIZE)
        size = self.abi.dword(_ANSWER_SIZE)
        result = self._transmit(
            handle, ctypes.byref(request), sent, len(command), None, answer, ctypes.byref(size)
        )
        if result:
            _check(result, reader)
        return ctypes.string_at(answer, size.value)

    def control_code(self, code: int) -> int:
        """Return the whole number of a control code on this system (SCARD_CTL_CODE)."""
        return self.abi.control_code(code, CONTROL_BASE[self.abi.system])

    def control(
        self, handle: int, number: int, data: bytes, reader: str = "", feature: str = ""
    ) -> bytes:
        """Send a control command to the reader by its whole number; return its answer.

        ``reader`` and ``feature`` are what an error names.
        """
        answer = ctypes.create_string_buffer(_ANSWER_SIZE)
        size = self.abi.dword()
        result = self._control(
            handle, number, data, len(data), answer, _ANSWER_SIZE, ctypes.byref(size)
        )
        _check(result, reader, feature)
        return answer.raw[: size.value]

    def status_change(
        self, context: int, known: Sequence[tuple[str, int]], timeout: float | None
    ) -> list[ReaderStateChange] | None:
        """Wait until a reader's state differs from the known one; None after ``timeout`` seconds.

        ``known`` holds names and the states last seen (0: not seen yet, answers at once).
        """
        states = (self.abi.reader_state * max(1, len(known)))()
        names = [self.abi.text(name) for name, _ in known]  # alive until the call returns
        for entry, name, (_, state) in zip(states, names, known, strict=False):
            entry.szReader = ctypes.addressof(name)
            entry.dwCurrentState = state
        limit = INFINITE if timeout is None else min(INFINITE - 1, max(0, round(timeout * 1000)))
        result = self._status_change(context, limit, states, len(known)) & 0xFFFFFFFF
        if result == PcscResult.E_TIMEOUT:
            return None
        _check(result)
        return [
            ReaderStateChange(name, int(entry.dwEventState), bytes(entry.rgbAtr[: entry.cbAtr]))
            for entry, (name, _) in zip(states, known, strict=False)
        ]

    def cancel(self, context: int) -> None:
        """End the `status_change` that runs on a context in another thread."""
        _check(self._cancel(context))


_FIRST, _CHOSEN = threading.Lock(), threading.Event()
_NO_BLOCKING = b"PCSCLITE_NO_BLOCKING"


@contextmanager
def _first_context() -> Iterator[None]:
    """Let the first context of this process choose that pcsc-lite says at once when a card is busy.

    The library reads the variable then, and else waits without bound. It is set for that moment
    alone, and not in `os.environ`: programs that this one starts are not meant.
    """
    with _FIRST:
        if not _CHOSEN.is_set() and _NO_BLOCKING.decode() not in os.environ:
            libc = ctypes.CDLL(None)
            libc.setenv(_NO_BLOCKING, b"1", 1)
            try:
                yield
            finally:
                libc.unsetenv(_NO_BLOCKING)
                _CHOSEN.set()
            return
    yield


def _place_of(data: bytearray) -> Any:
    return (ctypes.c_char * len(data)).from_buffer(data)


def _check(result: int, reader: str = "", feature: str = "") -> None:
    if result:
        raise failure(result, reader, feature)


def _split_names(raw: bytes, wide: bool) -> list[str]:
    text = raw.decode("utf-16-le" if wide else "utf-8", "replace")
    return [name for name in text.split("\0") if name]
