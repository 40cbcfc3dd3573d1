# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Reports names that appear and disappear in folders, without polling (Linux)."""

import ctypes
import os
import select
import sys
from collections.abc import Iterable
from pathlib import Path

__all__ = ["FolderWatch"]

_WATCHED = 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x800
"""IN_MOVED_FROM, IN_MOVED_TO, IN_CREATE, IN_DELETE, IN_DELETE_SELF, IN_MOVE_SELF (inotify(7))."""

_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
_LOOK_AGAIN = 1.0
"""Seconds between two looks where the system cannot tell."""


class FolderWatch:
    """Waits for a change in folders. One thread waits; any may `wake` it."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = tuple(dict.fromkeys(folders))
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._wake, False)
        self._inotify = _begin()
        self._add()  # from now on: what happens before the first `wait` is not missed

    def wait(self, timeout: float | None) -> None:
        """Return at a change, when woken, or after some seconds; it may also return for nothing."""
        complete = self._add()
        limits = [
            entry for entry in (timeout, None if complete else _LOOK_AGAIN) if entry is not None
        ]
        sources = [self._woken] + ([self._inotify] if self._inotify is not None else [])
        ready, _, _ = select.select(sources, [], [], min(limits, default=None))
        for item in ready:
            _drain(item)

    def wake(self) -> None:
        """End a `wait` that runs in another thread, or else the next one."""
        try:
            os.write(self._wake, b".")
        except BlockingIOError:
            return  # it is woken already

    def close(self) -> None:
        """Give the watch up."""
        for item in (self._woken, self._wake, self._inotify):
            if item is not None:
                os.close(item)
        self._inotify = None

    def _add(self) -> bool:
        """Watch every folder (again: one may have come); return whether all are watched."""
        if self._inotify is None:
            return False
        return all(_watch(self._inotify, folder) for folder in self._folders)


def _begin() -> int | None:
    if sys.platform != "linux":
        return None
    handle = ctypes.CDLL(None, use_errno=True).inotify_init1(_FLAGS)
    return handle if handle >= 0 else None


def _watch(inotify: int, folder: Path) -> bool:
    library = ctypes.CDLL(None, use_errno=True)
    return bool(library.inotify_add_watch(inotify, os.fsencode(folder), _WATCHED) >= 0)


def _drain(handle: int) -> None:
    try:
        while os.read(handle, 4096):
            pass
    except BlockingIOError:
        return
