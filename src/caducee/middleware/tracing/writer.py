# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Writes traces: a file of mode 0600 for each process, put aside at a size, bounded together.

A trace never disturbs a call: when the disk is full or the folder cannot be used, the log says so
once, and the call goes on.
"""

import contextlib
import logging
import os
import threading
from pathlib import Path
from typing import Any

from caducee.base.clock import Clock, SystemClock
from caducee.base.errors import StateError
from caducee.base.files import make_folder
from caducee.middleware.tracing import context
from caducee.middleware.tracing.record import RecordKind, TraceRecord
from caducee.middleware.tracing.settings import TraceLevel, TraceSettings, from_environment

__all__ = ["Tracer", "trace_files"]

_log = logging.getLogger(__name__)


def trace_files(folder: Path) -> list[Path]:
    """Return the trace files of a folder, oldest first; those put aside too."""
    found = [path for path in folder.glob("*.jsonl*") if path.is_file() and not path.is_symlink()]
    return sorted(found, key=lambda item: (item.stat().st_mtime_ns, item.name))


class Tracer:
    """Writes what happens in one process. Threads may share it."""

    def __init__(
        self,
        source: str,
        settings: TraceSettings | None = None,
        *,
        clock: Clock | None = None,
    ) -> None:
        """``source`` names the part of the way from browser to card, e.g. ``daemon``."""
        self._source = source
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._handle: int | None = None
        self._size = 0
        self.level = TraceLevel.OFF
        """What is written now; look before composing what is expensive to compose."""

        self.configure(settings or TraceSettings())

    def configure(self, settings: TraceSettings) -> None:
        """Follow settings from now on; the environment goes before them."""
        with self._lock:
            self._end()
            self._settings = settings
            self.level, self._folder = from_environment(settings)

    @property
    def path(self) -> Path:
        """The file of this process."""
        return self._folder / f"{self._source}-{os.getpid()}.jsonl"

    @property
    def apdus(self) -> bool:
        """Whether commands to cards are written."""
        return self.level is TraceLevel.APDUS

    def write(self, kind: RecordKind, **fields: Any) -> None:  # noqa: ANN401 (the fields of TraceRecord)
        """Write one line, unless tracing is off. Never raises for what the disk does."""
        if self.level is TraceLevel.OFF:
            return
        trace = fields.pop("trace", None) or context.current()
        line = TraceRecord(
            at=self._clock.now(),
            kind=kind,
            source=self._source,
            process=os.getpid(),
            trace=f"{trace:016x}" if trace else "",
            **fields,
        ).to_line()
        with self._lock:
            try:
                self._put(line)
            except (OSError, StateError, ValueError) as error:  # ValueError: a path with a NUL
                self._give_up(error)

    def close(self) -> None:
        """Close the file; a later line opens it again."""
        with self._lock:
            self._end()

    def _put(self, line: bytes) -> None:
        if self._handle is not None and self._size + len(line) > self._settings.max_bytes:
            self._end()
            self._put_aside()
        if self._handle is None:
            self._begin()
        assert self._handle is not None  # noqa: S101 (begun above)
        written = os.write(self._handle, line)
        self._size += written
        if written != len(line):
            raise OSError(28, "No space left on device")

    def _begin(self) -> None:
        make_folder(self._folder)
        self._prune()
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        self._handle = os.open(self.path, flags | getattr(os, "O_CLOEXEC", 0), 0o600)
        self._size = os.fstat(self._handle).st_size

    def _end(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)

    def _put_aside(self) -> None:
        """Rename the files of this process: the present one becomes the first put aside."""
        path = self.path
        names = [path] + [
            path.with_name(f"{path.name}.{n}") for n in range(1, self._settings.files)
        ]
        with contextlib.suppress(FileNotFoundError):
            names[-1].unlink()
        for old, new in zip(names[-2::-1], names[:0:-1], strict=True):
            with contextlib.suppress(FileNotFoundError):
                old.rename(new)

    def _prune(self) -> None:
        """Remove the oldest traces until there is room for this process's."""
        kept = [
            (file, file.stat().st_size) for file in trace_files(self._folder) if file != self.path
        ]
        room = self._settings.folder_bytes - self._settings.max_bytes
        total = sum(size for _, size in kept)
        for path, size in kept:
            if total <= max(0, room):
                return
            path.unlink(missing_ok=True)
            total -= size

    def _give_up(self, error: Exception) -> None:
        with contextlib.suppress(OSError):
            self._end()
        self.level = TraceLevel.OFF
        _log.warning("tracing ends: %s (%s)", getattr(error, "strerror", None) or error, self.path)
