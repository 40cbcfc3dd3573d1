# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A folder of one user, for sockets, notes, locks and logs that no other user may steer.

The way to the folder is walked from the root by directory descriptors. Each component belongs to
root or to this user, and no other user can replace what lies in it: it is not writable by group or
others, or it has the sticky bit, as ``/tmp``. The folder itself is of mode 0700 and never a link.
Files in it are opened by its descriptor, without following links.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from caducee.base.closing import Closing
from caducee.base.errors import StateError
from caducee.base.files import unwritable

__all__ = ["PrivateFolder", "prepare_folder"]

_STEP = (
    getattr(os, "O_PATH", os.O_RDONLY)
    | getattr(os, "O_DIRECTORY", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
)
_SAFE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
_MOST_LINKS = 40
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def prepare_folder(path: Path) -> None:
    """Make a folder of this user alone, or check that it is one.

    Raises `StateError` (``base.folder_unsafe``).
    """
    PrivateFolder.make(path).close()


class PrivateFolder(Closing):
    """An open folder of this user alone. A context manager, closed at its end."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle = handle

    @classmethod
    def make(cls, path: Path) -> Self:
        """Open a folder; it and those above it are made, of mode 0700, where they are missing.

        Raises `StateError` (``base.folder_unsafe``).
        """
        try:
            return cls(path, _open(path, make=True))
        except OSError as error:
            raise _unsafe(path, error) from error

    @classmethod
    def find(cls, path: Path) -> Self | None:
        """Open a folder; None when it does not exist.

        Raises `StateError` (``base.folder_unsafe``).
        """
        try:
            return cls(path, _open(path, make=False))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unsafe(path, error) from error

    def close(self) -> None:
        """Close the folder; a second call does nothing."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)

    def open_file(self, name: str, flags: int) -> int:
        """Open a file of this user by ``os.open`` flags, made of mode 0600; return its descriptor.

        With ``O_TRUNC`` it is emptied after it was checked. Raises `FileNotFoundError`;
        `StateError` (``base.file_unsafe``) for a link, a file of another user, one that has a
        second name, or no regular file.
        """
        try:
            handle = os.open(name, flags & ~os.O_TRUNC | _SAFE, 0o600, dir_fd=self._handle)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise self._unsafe_file(name, error) from error
        found = os.fstat(handle)
        reason = ""
        if not stat.S_ISREG(found.st_mode):
            reason = "not a regular file"
        elif found.st_uid != os.geteuid():
            reason = f"owner {found.st_uid}"
        elif found.st_nlink > 1:
            reason = f"{found.st_nlink} names"
        if reason:
            os.close(handle)
            raise self._unsafe_file(name, reason)
        if flags & os.O_TRUNC:
            os.ftruncate(handle, 0)
        return handle

    def read(self, name: str, most: int = 1 << 16) -> bytes | None:
        """Return the first ``most`` bytes of a file; None when it does not exist.

        Raises `StateError` (``base.file_unsafe``).
        """
        try:
            handle = self.open_file(name, os.O_RDONLY)
        except FileNotFoundError:
            return None
        with open(handle, "rb") as file:
            return file.read(most)

    def write(self, name: str, data: bytes) -> None:
        """Replace a file: a reader, or a kill at any moment, meets the old or the new.

        Raises `StateError` (``base.file_unwritable``).
        """
        fresh = f".{name}.{os.urandom(4).hex()}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        try:
            try:
                handle = os.open(fresh, flags | _SAFE, 0o600, dir_fd=self._handle)
                with open(handle, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(fresh, name, src_dir_fd=self._handle, dst_dir_fd=self._handle)
            except BaseException:
                self.remove(fresh)
                raise
            os.fsync(self._handle)
        except OSError as error:
            raise unwritable(self.path / name, error) from error

    def remove(self, name: str) -> None:
        """Remove a file, or the link itself; an absent one is not an error."""
        with suppress(OSError):
            os.unlink(name, dir_fd=self._handle)

    def names(self) -> list[str]:
        """Return the names in the folder, sorted."""
        return sorted(os.listdir(self._handle))

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold the lock of a file; the system frees the lock of a killed process.

        Raises `StateError` (``base.file_unsafe``).
        """
        import fcntl

        handle = self.open_file(name, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _unsafe_file(self, name: str, reason: str | OSError) -> StateError:
        return StateError("base.file_unsafe", path=str(self.path / name), reason=reason)


def _open(path: Path, *, make: bool) -> int:
    """Return a descriptor of a folder whose whole way was checked."""
    way = _walk(Path(os.path.abspath(path)), make=make)
    try:
        handle = os.open(".", os.O_RDONLY | getattr(os, "O_CLOEXEC", 0), dir_fd=way)
    except PermissionError:  # checked all the same: the reason is the owner or the mode
        _check_end(path, os.fstat(way))
        raise
    finally:
        os.close(way)
    try:
        _check_end(path, os.fstat(handle))
    except BaseException:
        os.close(handle)
        raise
    return handle


def _walk(path: Path, *, make: bool) -> int:
    """Open each component by the descriptor of the one before; return that of the last."""
    here = os.open(path.anchor, _STEP)
    place, left, links = Path(path.anchor), list(reversed(path.parts[1:])), 0
    try:
        while left:
            _check_way(place, os.fstat(here))
            name = left.pop()
            found = _look(name, here, make=make)
            if stat.S_ISLNK(found.st_mode):
                links += 1
                _check_link(place / name, found, last=not left, links=links)
                target = Path(os.readlink(name, dir_fd=here))
                left.extend(reversed(target.parts[1:] if target.anchor else target.parts))
                if not target.anchor:
                    continue
                name, place = target.anchor, Path(target.anchor)
            if not stat.S_ISDIR(found.st_mode) and not stat.S_ISLNK(found.st_mode):
                raise _unsafe(place / name, "not a folder")
            following = os.open(name, _STEP, dir_fd=here)
            os.close(here)
            here, place = following, place / name
    except BaseException:
        os.close(here)
        raise
    return here


def _look(name: str, here: int, *, make: bool) -> os.stat_result:
    try:
        return os.stat(name, dir_fd=here, follow_symlinks=False)
    except FileNotFoundError:
        if not make:
            raise
    with suppress(FileExistsError):  # another process was faster; what it made is checked
        os.mkdir(name, 0o700, dir_fd=here)
    return os.stat(name, dir_fd=here, follow_symlinks=False)


def _check_way(place: Path, found: os.stat_result) -> None:
    """Refuse a folder in which another user could replace the next component."""
    if found.st_uid not in (0, os.geteuid()):
        raise _unsafe(place, f"owner {found.st_uid}")
    if found.st_mode & _OTHERS_WRITE and not found.st_mode & stat.S_ISVTX:
        raise _unsafe(place, f"mode {stat.S_IMODE(found.st_mode):04o}")


def _check_link(place: Path, found: os.stat_result, *, last: bool, links: int) -> None:
    """Refuse a link that another user made, one in the last place, and one too many."""
    if last:
        raise _unsafe(place, "a symbolic link")
    if found.st_uid not in (0, os.geteuid()):
        raise _unsafe(place, f"a symbolic link of user {found.st_uid}")
    if links > _MOST_LINKS:
        raise _unsafe(place, "too many symbolic links")


def _check_end(path: Path, found: os.stat_result) -> None:
    if found.st_uid != os.geteuid():
        raise _unsafe(path, f"owner {found.st_uid}")
    if found.st_mode & 0o077:
        raise _unsafe(path, f"mode {stat.S_IMODE(found.st_mode):04o}")


def _unsafe(path: Path, reason: str | OSError) -> StateError:
    return StateError("base.folder_unsafe", path=str(path), reason=reason)
