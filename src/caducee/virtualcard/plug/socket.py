# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Serves a virtual card on a local socket, with the wire of vpcd, without pcscd.

The card's process listens; the client is the reader (`caducee.reader.socket`), one after
the other. The socket file belongs to its user alone.
"""

import socket
import threading
from contextlib import suppress
from pathlib import Path

from caducee.spec.virtual_reader import PIN_PAD_SUFFIX
from caducee.virtualcard.plug.link import ServedChip, serve
from caducee.virtualcard.plug.listening import listen_at
from caducee.virtualcard.plug.pinpad import SimulatedPinPad
from caducee.virtualcard.plug.pinpad_socket import PinPadPlug

__all__ = ["SocketPlug"]


class SocketPlug:
    """A chip at an AF_UNIX socket, served by a thread between `start` and `stop`."""

    def __init__(
        self, chip: ServedChip, path: Path, *, pin_pad: SimulatedPinPad | None = None
    ) -> None:
        """``pin_pad`` is that of the reader; a second socket beside ``path`` leads to it."""
        self._chip = chip
        beside = path.with_suffix(PIN_PAD_SUFFIX)
        self._pad = None if pin_pad is None else PinPadPlug(pin_pad, beside)
        self._path = path
        self._listener: socket.socket | None = None
        self._stream: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._guard = threading.Lock()
        self._stopping = False

    def start(self) -> None:
        """Listen, then serve in a thread.

        Raises `ReaderError`: ``reader.socket_in_use`` when a card is served there already,
        ``reader.socket_unusable`` for a path that cannot be used. What a killed process left is
        removed.
        """
        self._listener = listen_at(self._path)
        if self._pad is not None:
            self._pad.start()
        self._thread = threading.Thread(target=self._run, name="card-socket", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the reader's connection, stop listening, and remove the socket."""
        with self._guard:
            self._stopping = True
            for item in (self._stream, self._listener):
                if item is not None:
                    with suppress(OSError):
                        item.shutdown(socket.SHUT_RDWR)
        if self._pad is not None:
            self._pad.stop()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        assert self._listener is not None  # noqa: S101 (start sets it)
        try:
            with self._listener, suppress(OSError):  # a shutdown listener ends accept
                while not self._stopping:
                    stream, _ = self._listener.accept()
                    with stream:
                        self._serve(stream)
        finally:
            self._path.unlink(missing_ok=True)

    def _serve(self, stream: socket.socket) -> None:
        with self._guard:
            if self._stopping:
                return
            self._stream = stream
        serve(stream, self._chip)
        with self._guard:
            self._stream = None
