# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A set of readers that are local sockets: named ones, and those that appear in a folder."""

import itertools
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from caducee.reader.inotify import FolderWatch
from caducee.reader.socket import SocketReader
from caducee.reader.transport import ReaderStatus

__all__ = ["SocketContext"]

_PATTERN = "*.sock"


class SocketContext:
    """Readers at sockets, watched without polling where the system can.

    A named socket is a reader always, also without a card; one found in the
    folder is a reader as long as it is there.
    """

    def __init__(
        self, paths: Iterable[Path] = (), folder: Path | None = None, *, patience: float = 30.0
    ) -> None:
        """``patience`` is how many seconds an answer of a card may take."""
        self._named = tuple(dict.fromkeys(paths))
        self._folder = folder
        self._patience = patience
        self._readers: dict[Path, SocketReader] = {}
        self._count = itertools.count(1).__next__
        self._guard = threading.Lock()
        self._cancelled = threading.Event()
        folders = [path.parent for path in self._named] + ([folder] if folder else [])
        self._watch = FolderWatch(folders)
        self._closed = False

    def readers(self) -> Sequence[SocketReader]:
        """Return the readers that are there now: the named ones, then the others by name."""
        paths = list(self._named)
        if self._folder is not None:
            paths += sorted(item for item in self._folder.glob(_PATTERN) if item.is_socket())
        with self._guard:
            self._readers = {
                path: self._readers.get(path)
                or SocketReader(path, patience=self._patience, count=self._count)
                for path in dict.fromkeys(paths)
            }
            return tuple(self._readers.values())

    def look(self) -> Mapping[str, ReaderStatus]:
        """Return what is in the readers now; a thread may ask while another waits."""
        return {reader.name: reader.status() for reader in self.readers()}

    def wait(
        self, known: Mapping[str, ReaderStatus], timeout: float | None = None
    ) -> Mapping[str, ReaderStatus]:
        """Wait until the readers, or what is in them, differ from ``known``; return what is now.

        With a ``timeout``, some changes nearby may make this return early.
        """
        now = self.look()
        while now == known and not self._cancelled.is_set():
            self._watch.wait(timeout)
            now = self.look()
            if timeout is not None:
                break
        self._cancelled.clear()
        return now

    def cancel(self) -> None:
        """End a `wait` that runs in another thread, or else the next one, at once."""
        self._cancelled.set()
        self._watch.wake()

    def close(self) -> None:
        """Give the watch up; a second call does nothing."""
        if not self._closed:
            self._closed = True
            self._watch.close()
