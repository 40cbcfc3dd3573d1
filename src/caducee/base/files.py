# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Files that are written whole or not at all."""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from caducee.base.errors import StateError

__all__ = [
    "give_to_owner",
    "keep_out_of_git",
    "make_folder",
    "sync_folder",
    "unwritable",
    "write_atomic",
    "write_new",
    "writing_atomic",
]

_DESCRIPTORS = "/proc/self/fd"
_NO_UNNAMED = {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL}
"""What a system or a file system answers that has no files without a name."""

_NO_NAME = {errno.EOPNOTSUPP, errno.EPERM, errno.EXDEV, errno.EINVAL}
"""What it answers when such a file can get no name afterwards."""


def write_atomic(path: Path, data: bytes, mode: int = 0o600, *, keep_owner: bool = False) -> None:
    """Replace a file by ``data``: a reader, or a kill at any moment, meets the old or the new.

    The bytes reach the disk before the name changes, and the name reaches the disk before this
    returns. They are written to a file without a name where the file system has such (O_TMPFILE of
    open(2)): a kill while they are written leaves no copy. With ``keep_owner`` root leaves the file
    to the user whose it is. Raises `StateError` (``base.file_unwritable``); the old file then
    stands unchanged.
    """
    try:
        name = _written(path, data, mode, keep_owner=keep_owner)
        try:
            os.replace(name, path)
        except BaseException:
            _forget(name)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise unwritable(path, error) from error


def write_new(path: Path, data: bytes, mode: int = 0o600) -> bool:
    """Make a file of ``data`` as `write_atomic` does, unless one is there; return whether it did.

    Of several that come at once, one does; the others meet its whole file. Where the file system
    has no files without a name, a kill may leave a second name of it, which begins with a dot and
    the first one. Raises `StateError` (``base.file_unwritable``).
    """
    try:
        with _unnamed(path, data, mode) as handle:
            named = handle is not None and _gets_name(handle, path)
        if not named:
            name = _named(path, data, mode)
            try:
                os.link(name, path)
            finally:
                _forget(name)
        sync_folder(path.parent)
    except FileExistsError:
        return False
    except OSError as error:
        raise unwritable(path, error) from error
    return True


@contextlib.contextmanager
def writing_atomic(path: Path, mode: int = 0o600) -> Iterator[BinaryIO]:
    """Give a file to write much into; it takes the place of a path when the block ends well.

    Otherwise the old file stands unchanged. Raises `StateError` (``base.file_unwritable``).
    """
    try:
        handle, name = _mkstemp(path)
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        with os.fdopen(handle, "w+b") as file:
            os.fchmod(file.fileno(), mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
        sync_folder(path.parent)
    except OSError as error:
        _forget(name)
        raise unwritable(path, error) from error
    except BaseException:
        _forget(name)
        raise


def give_to_owner(handle: int, path: Path) -> None:
    """Give an open file, new and empty, to whose the file at ``path`` is; only root can, and does.

    A link, or a file that has another name too, is left alone: it may be of anybody's making.
    """
    if os.name == "nt" or os.geteuid() != 0:
        return
    try:
        owner = path.lstat()
    except FileNotFoundError:
        return
    ours = os.fstat(handle)
    fresh = stat.S_ISREG(ours.st_mode) and ours.st_nlink <= 1 and ours.st_size == 0
    if fresh and stat.S_ISREG(owner.st_mode) and ours.st_uid != owner.st_uid:
        os.fchown(handle, owner.st_uid, owner.st_gid)


def _written(path: Path, data: bytes, mode: int, *, keep_owner: bool = False) -> str:
    """Return the name of a fresh file beside a path, with ``data`` on the disk."""
    with _unnamed(path, data, mode, keep_owner=keep_owner) as unnamed:
        name = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
        if unnamed is not None and _gets_name(unnamed, name):
            return str(name)
    return _named(path, data, mode, keep_owner=keep_owner)


@contextlib.contextmanager
def _unnamed(
    path: Path, data: bytes, mode: int, *, keep_owner: bool = False
) -> Iterator[int | None]:
    """Give an open file without a name, with ``data`` on the disk; None where there is none."""
    flags = getattr(os, "O_TMPFILE", 0)
    try:
        if not flags or not os.path.isdir(_DESCRIPTORS):
            raise OSError(errno.EOPNOTSUPP, "")
        handle = os.open(path.parent, flags | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno not in _NO_UNNAMED:
            raise
        yield None
        return
    with open(handle, "wb") as file:
        _fill(file, path, data, mode, keep_owner=keep_owner)
        yield handle


def _gets_name(handle: int, name: Path) -> bool:
    """Name a file; tell whether the system can. Raises `FileExistsError` and other `OSError`."""
    try:
        # linkat(2) follows the link to the open file only when a folder is given, which it ignores.
        os.link(f"{_DESCRIPTORS}/{handle}", name, src_dir_fd=handle)
    except OSError as error:
        if error.errno not in _NO_NAME:
            raise
        return False
    return True


def _named(path: Path, data: bytes, mode: int, *, keep_owner: bool = False) -> str:
    """Do as `_written` does, by a file that has its name from the beginning."""
    handle, name = _mkstemp(path)
    try:
        with os.fdopen(handle, "wb") as file:
            _fill(file, path, data, mode, keep_owner=keep_owner)
    except BaseException:
        _forget(name)
        raise
    return name


def _fill(file: BinaryIO, path: Path, data: bytes, mode: int, *, keep_owner: bool) -> None:
    os.fchmod(file.fileno(), mode)
    if keep_owner:
        give_to_owner(file.fileno(), path)
    file.write(data)
    file.flush()
    os.fsync(file.fileno())


def _forget(name: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(name)


def unwritable(path: Path, error: OSError) -> StateError:
    """Return the error of a file that cannot be written (``base.file_unwritable``)."""
    return StateError("base.file_unwritable", path=str(path), reason=error)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, of mode 0700; one that is there stays as it is.

    Raises `StateError` (``base.file_unwritable``).
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error


def keep_out_of_git(folder: Path) -> None:
    """Make a folder of generated files as `make_folder` does, with a rule that git leaves it out.

    A ``.gitignore`` that is there stays. Raises `StateError` (``base.file_unwritable``).
    """
    make_folder(folder)
    write_new(folder / ".gitignore", b"*\n", 0o644)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder have reached the disk. Raises `OSError`."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _mkstemp(path: Path) -> tuple[int, str]:
    import tempfile  # 8 ms, for systems without files that have no name, and for large files

    return tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
