# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Puts a virtual card into a reader that every PC/SC program sees: vpcd, the driver of vsmartcard.

The card's process connects to the reader's port, answers at full speed, and connects again when
pcscd is restarted. While the connection lasts, the card is in the reader; `VpcdPlug.stop` takes
it out.
"""

import logging
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

from caducee.base.errors import ReaderError
from caducee.spec.virtual_reader import FIRST_PORT
from caducee.virtualcard.plug import network
from caducee.virtualcard.plug.link import ServedChip, serve
from caducee.virtualcard.plug.pcscd import RUN_FOLDER, running_pid

__all__ = ["VpcdPlug"]

_log = logging.getLogger(__name__)
_START_PAUSE = 0.01
_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 2.0


class VpcdPlug:
    """A chip in one slot of vpcd, served by a thread between `start` and `stop`."""

    def __init__(
        self,
        chip: ServedChip,
        *,
        slot: int = 0,
        folder: Path = RUN_FOLDER,
        quick_ack: bool = True,
    ) -> None:
        """Plug ``chip`` into a slot (0 or 1) of the pcscd whose files are in ``folder``.

        ``quick_ack=False`` is for measurements only.
        """
        self._chip = chip
        self._port = FIRST_PORT + slot
        self._folder = folder
        self._quick_ack = quick_ack
        self._stopping = threading.Event()
        self._stream: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._guard = threading.Lock()

    @property
    def alive(self) -> bool:
        """Whether the thread still runs; it ends by itself when the reader became exposed."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, patience: float = 5.0) -> None:
        """Connect, then serve in a thread.

        A pcscd that has just been started may take up to ``patience`` seconds to open its ports.
        Raises `ReaderError`: ``reader.vpcd_absent``, ``reader.vpcd_exposed``,
        ``reader.namespace_needed``.
        """
        deadline = time.monotonic() + patience
        while self._stream is None:
            try:
                self._stream = self._connect()
            except ReaderError as error:
                if error.code != "reader.vpcd_absent" or time.monotonic() > deadline:
                    raise
                time.sleep(_START_PAUSE)
        self._thread = threading.Thread(target=self._run, name="vpcd", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take the chip out; returns when the reader's connection is closed."""
        self._stopping.set()
        with self._guard:
            self._hang_up()
        if self._thread is not None:
            self._thread.join()

    def _connect(self) -> socket.socket:
        pid = running_pid(self._folder)
        if pid is None:
            raise ReaderError("reader.vpcd_absent", port=self._port)
        network.require_private(pid, self._port)
        try:
            return network.connect(self._port, pid)
        except OSError as error:
            raise ReaderError("reader.vpcd_absent", port=self._port) from error

    def _run(self) -> None:
        while self._stream is not None:
            with self._stream:
                serve(self._stream, self._chip, quick_ack=self._quick_ack)
            self._reconnect()

    def _reconnect(self) -> None:
        """Wait for the reader to come back, more patiently each time."""
        with self._guard:
            self._stream = None
        pause = _FIRST_PAUSE
        while not self._stopping.wait(pause):
            if not getattr(self._chip, "present", True):
                continue  # it stays out until it is inserted again
            pause = min(2 * pause, _LONGEST_PAUSE)
            try:
                stream = self._connect()
            except ReaderError as error:
                if error.code == "reader.vpcd_exposed":
                    _log.error("%s", error)
                    return
                continue
            with self._guard:
                self._stream = stream
                if self._stopping.is_set():
                    self._hang_up()
            return

    def _hang_up(self) -> None:
        if self._stream is not None:
            with suppress(OSError):
                self._stream.shutdown(socket.SHUT_RDWR)
