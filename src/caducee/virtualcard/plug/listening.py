# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A listening socket at a path, of its user alone; what a killed process left there is removed."""

import os
import socket
from pathlib import Path

from caducee.base.errors import ReaderError

__all__ = ["listen_at"]

_BACKLOG = 8


def listen_at(path: Path) -> socket.socket:
    """Listen at a path.

    Raises `ReaderError`: ``reader.socket_in_use`` when another process listens there already,
    ``reader.socket_unusable`` for a path that cannot be used.
    """
    if os.path.lexists(path):
        _remove_leftover(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    old = os.umask(0o177)
    try:
        listener.bind(str(path))
        listener.listen(_BACKLOG)
    except (OSError, ValueError) as error:
        listener.close()
        raise _unusable(path, error) from error
    finally:
        os.umask(old)
    return listener


def _remove_leftover(path: Path) -> None:
    if not path.is_socket():
        raise ReaderError("reader.socket_unusable", place=str(path), reason="another file is there")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
        except OSError as error:
            raise _unusable(path, error) from error
    raise ReaderError("reader.socket_in_use", place=str(path))


def _unusable(path: Path, error: Exception) -> ReaderError:
    reason = getattr(error, "strerror", None) or str(error)
    return ReaderError("reader.socket_unusable", place=str(path), reason=reason)
