# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the portal of a world is while it runs, for programs that want to log in there."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from caducee.base.errors import StateError
from caducee.base.files import write_atomic
from caducee.services.web.settings import PortalAddresses
from caducee.virtualcard import lock

__all__ = ["RunningPortal", "alone", "find_portal", "portal_noted"]

_FILE = "running.json"
_MOST = 1 << 16


class RunningPortal(msgspec.Struct, frozen=True, kw_only=True):
    """The portal of a world that runs now."""

    process: int
    """The process that runs it."""

    open: str
    """Origin of the start page."""

    tls12: str
    tls13: str
    server_root: str
    """The root of its certificate (PEM)."""


@contextlib.contextmanager
def portal_noted(folder: Path, addresses: PortalAddresses, server_root: Path) -> Iterator[None]:
    """Note in the folder of a world where its portal is, as long as the block lasts."""
    note = RunningPortal(
        process=os.getpid(),
        open=addresses.open,
        tls12=addresses.tls12,
        tls13=addresses.tls13,
        server_root=str(server_root.absolute()),
    )
    path = folder / _FILE
    write_atomic(path, msgspec.json.encode(note))
    try:
        yield
    finally:
        if _read(path) == note:  # another run may have noted itself since
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let no second process run the services of a world as long as the block lasts.

    Raises `StateError` (``sandbox.running``).
    """
    try:
        with lock.held(folder / _FILE):
            yield
    except StateError as error:
        if error.code != "card.image_in_use":
            raise
        raise StateError("sandbox.running", folder=str(folder)) from None


def find_portal(folder: Path) -> RunningPortal | None:
    """Return where the portal of a world runs now; None when it does not.

    The note of a process that was killed is passed over.
    """
    note = _read(folder / _FILE)
    return note if note is not None and _lives(note.process) else None


def _read(path: Path) -> RunningPortal | None:
    try:
        if path.stat().st_size > _MOST:
            return None
        return msgspec.json.decode(path.read_bytes(), type=RunningPortal)
    except (OSError, msgspec.DecodeError):
        return None


def _lives(process: int) -> bool:
    if process <= 0:
        return False
    try:
        os.kill(process, 0)
    except PermissionError:
        return True  # another user's
    except (OSError, OverflowError):
        return False
    return True
