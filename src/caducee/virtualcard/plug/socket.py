# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Serves a virtual card on a local socket, with the wire of vpcd, without pcscd.

The card's process listens; whoever connects is the reader (`caducee.reader.socket`), one after
the other. The socket file belongs to its user alone.
"""

import os
import socket
import threading
from contextlib import suppress
from pathlib import Path

from caducee.base.errors import ReaderError
from caducee.virtualcard.plug.link import Chip, serve

__all__ = ["SocketPlug"]

_BACKLOG = 8


class SocketPlug:
    """A chip at an AF_UNIX socket, served by a thread between `start` and `stop`."""

    def __init__(self, chip: Chip, path: Path) -> None:
        self._chip = chip
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
        self._listener = self._listen()
        self._thread = threading.Thread(target=self._run, name="card-socket", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the reader's connection, stop listening, and remove the socket."""
        with self._guard:
            self._stopping = True
            for one in (self._stream, self._listener):
                if one is not None:
                    with suppress(OSError):
                        one.shutdown(socket.SHUT_RDWR)
        if self._thread is not None:
            self._thread.join()

    def _listen(self) -> socket.socket:
        if os.path.lexists(self._path):
            self._remove_leftover()
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        old = os.umask(0o177)
        try:
            listener.bind(str(self._path))
            listener.listen(_BACKLOG)
        except (OSError, ValueError) as error:
            listener.close()
            raise _unusable(self._path, error) from error
        finally:
            os.umask(old)
        return listener

    def _remove_leftover(self) -> None:
        if not self._path.is_socket():
            raise ReaderError(
                "reader.socket_unusable", place=str(self._path), reason="another file is there"
            )
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(self._path))
            except ConnectionRefusedError:
                self._path.unlink(missing_ok=True)
                return
            except OSError as error:
                raise _unusable(self._path, error) from error
        raise ReaderError("reader.socket_in_use", place=str(self._path))

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


def _unusable(path: Path, error: Exception) -> ReaderError:
    reason = getattr(error, "strerror", None) or str(error)
    return ReaderError("reader.socket_unusable", place=str(path), reason=reason)
