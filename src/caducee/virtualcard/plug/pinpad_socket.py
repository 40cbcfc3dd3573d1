# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Serves the PIN pad of a virtual reader on a local socket beside the card's.

One connection is one control command: its code in four bytes and its data, in one message of the
card's own wire; the answer is one message, its first byte 1, or 0 alone for what is not known.
"""

import socket
import threading
from contextlib import suppress
from pathlib import Path

from caducee.codec.virtual_reader import ReaderDeframer, frame
from caducee.virtualcard.plug.listening import listen_at
from caducee.virtualcard.plug.pinpad import SimulatedPinPad

__all__ = ["PinPadPlug"]

_CODE = 4
_PATIENCE = 5.0
"""Seconds that a host may take to send its command."""


class PinPadPlug:
    """A PIN pad at an AF_UNIX socket, served by a thread between `start` and `stop`."""

    def __init__(self, pin_pad: SimulatedPinPad, path: Path) -> None:
        self._pin_pad = pin_pad
        self._path = path
        self._listener: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen, then serve in a thread. Raises as `listen_at`."""
        self._listener = listen_at(self._path)
        self._thread = threading.Thread(target=self._run, name="pin-pad-socket", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening, and remove the socket; who types is not waited for."""
        if self._listener is not None:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
        if self._thread is not None:
            self._thread.join(_PATIENCE)

    def _run(self) -> None:
        assert self._listener is not None  # noqa: S101 (start sets it)
        try:
            with self._listener, suppress(OSError):  # a shutdown listener ends accept
                while True:
                    stream, _ = self._listener.accept()
                    with stream, suppress(OSError):
                        stream.settimeout(_PATIENCE)
                        self._serve(stream)
        finally:
            self._path.unlink(missing_ok=True)

    def _serve(self, stream: socket.socket) -> None:
        messages = ReaderDeframer()
        while data := stream.recv(0x10000):
            if found := messages.feed(data):
                answer = self._pin_pad.control(int.from_bytes(found[0][:_CODE]), found[0][_CODE:])
                stream.sendall(frame(b"\x00" if answer is None else b"\x01" + answer))
                return
