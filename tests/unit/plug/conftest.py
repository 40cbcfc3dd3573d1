# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A virtual reader in Python, and short folders for sockets."""

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from caducee.codec.virtual_reader import ReaderDeframer, frame
from caducee.virtualcard.plug import vpcd


class FakeVpcd:
    """Listens as vpcd does, on a port that the system chose."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(10)
        self.port: int = self.listener.getsockname()[1]
        self._stream: socket.socket | None = None
        self._messages = ReaderDeframer()
        self._waiting: list[bytes] = []

    def accept(self) -> None:
        """Wait for a card."""
        self.hang_up()
        self._stream, _ = self.listener.accept()
        self._stream.settimeout(10)
        self._messages = ReaderDeframer()

    def send(self, *messages: bytes) -> None:
        """Send messages as vpcd 3.3 does: length and data apart."""
        assert self._stream is not None
        for message in messages:
            framed = frame(message)
            self._stream.sendall(framed[:2])
            self._stream.sendall(framed[2:])

    def raw(self, data: bytes) -> None:
        assert self._stream is not None
        self._stream.sendall(data)

    def receive(self) -> bytes:
        """Return the next answer, empty when the card is gone."""
        assert self._stream is not None
        while not self._waiting:
            data = self._stream.recv(70000)
            if not data:
                return b""
            self._waiting = self._messages.feed(data)
        return self._waiting.pop(0)

    def hang_up(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def close(self) -> None:
        self.hang_up()
        with suppress(OSError):
            self.listener.close()


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeVpcd]:
    """A virtual reader that a `VpcdPlug` finds as the first slot of this process."""
    made = FakeVpcd()
    monkeypatch.setattr(vpcd, "FIRST_PORT", made.port)
    monkeypatch.setattr(vpcd, "running_pid", lambda folder: os.getpid())
    yield made
    made.close()


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder with a short path: socket names have at most some 100 bytes."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)
