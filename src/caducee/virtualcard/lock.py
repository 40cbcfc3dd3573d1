# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One card, one process: a lock beside the image file, let go by the system when its owner ends.

The image itself is replaced at each write, so the lock is a file of its own,
``.<name>.lock``. The owner removes it; one left by a killed process is taken over. It
belongs to the owner of the image, also when root runs the card.
"""

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from caducee.base.errors import StateError
from caducee.base.files import give_to_owner

__all__ = ["acquire", "held", "release"]


def acquire(path: Path) -> int:
    """Take the lock of an image file and return its handle for `release`.

    Raises `StateError`: ``card.image_in_use``, ``card.image_unreadable``.
    """
    place = _place(path)
    how = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
    while True:
        try:
            handle = os.open(place, how, 0o600)
        except OSError as error:
            raise StateError("card.image_unreadable", path=str(path), reason=error) from error
        try:
            _lock(handle)
        except OSError:
            os.close(handle)
            raise StateError("card.image_in_use", path=str(path)) from None
        if _still_there(handle, place):
            give_to_owner(handle, path)
            return handle
        os.close(handle)  # who held it before removed it between our two steps


def release(handle: int, path: Path) -> None:
    """Let the lock of an image file go."""
    if os.name != "nt":  # Windows removes no file that is open, and the lock comes first
        with contextlib.suppress(OSError):
            _place(path).unlink()
    os.close(handle)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock of an image file for the length of a ``with`` block."""
    handle = acquire(path)
    try:
        yield
    finally:
        release(handle, path)


def _place(path: Path) -> Path:
    return path.with_name(f".{path.name}.lock")


def _still_there(handle: int, place: Path) -> bool:
    """Tell whether the file that is locked is the one that others will open."""
    try:
        found = place.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(found, os.fstat(handle))


def _lock(handle: int) -> None:
    try:
        import fcntl
    except ImportError:  # pragma: no cover (Windows)
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        return
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
