# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Which local sockets are joined to which: the kernel's own list (sock_diag(7), unix_diag)."""

import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from caducee.diagnosis.machine.root import read_text

__all__ = ["clients", "served"]

_SOCK_DIAG: Final = 4
"""NETLINK_SOCK_DIAG (linux/netlink.h)."""

_BY_FAMILY, _DONE, _ERROR = 20, 3, 2
"""SOCK_DIAG_BY_FAMILY, NLMSG_DONE, NLMSG_ERROR."""

_DUMP: Final = 0x301
"""NLM_F_REQUEST, NLM_F_DUMP."""

_SHOW_PEER, _PEER = 4, 2
"""UDIAG_SHOW_PEER, UNIX_DIAG_PEER (linux/unix_diag.h)."""

_HEADER: Final = struct.Struct("=IHHII")
_REQUEST: Final = struct.Struct("=BBHIIIII")
_MESSAGE: Final = struct.Struct("=BBBBIII")
_ATTRIBUTE: Final = struct.Struct("=HH")
_SECONDS = 2.0


def served(proc: Path, path: str) -> frozenset[int]:
    """Return the sockets that were accepted at a path. They count to the network of who connected,
    so they stand in the list of a process there.
    """
    found = set()
    for line in read_text(proc / "net/unix").splitlines()[1:]:
        fields = line.split(maxsplit=7)
        if len(fields) == 8 and fields[7] == path and fields[6].isdigit():
            found.add(int(fields[6]))
    return frozenset(found)


def clients(accepted: frozenset[int]) -> frozenset[int]:
    """Return the sockets at the other ends; none where the kernel does not tell."""
    try:
        return frozenset(own for own, peer in _pairs() if peer in accepted)
    except (OSError, struct.error, AttributeError):
        return frozenset()


def _pairs() -> Iterator[tuple[int, int]]:
    """Yield each local socket of this network with the one that it is joined to."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG) as link:
        link.settimeout(_SECONDS)
        size = _HEADER.size + _REQUEST.size
        request = _REQUEST.pack(socket.AF_UNIX, 0, 0, 0xFFFFFFFF, 0, _SHOW_PEER, 0, 0)
        link.send(_HEADER.pack(size, _BY_FAMILY, _DUMP, 1, 0) + request)
        while True:
            data = link.recv(1 << 16)
            while len(data) >= _HEADER.size:
                length, kind, *_ = _HEADER.unpack_from(data)
                if kind in (_DONE, _ERROR) or length < _HEADER.size:
                    return
                yield from _joined(data[_HEADER.size : length])
                data = data[(length + 3) & ~3 :]


def _joined(message: bytes) -> Iterator[tuple[int, int]]:
    own = _MESSAGE.unpack_from(message)[4]
    at = _MESSAGE.size
    while at + _ATTRIBUTE.size <= len(message):
        length, kind = _ATTRIBUTE.unpack_from(message, at)
        if length < _ATTRIBUTE.size:
            return
        if kind == _PEER:
            yield own, struct.unpack_from("=I", message, at + _ATTRIBUTE.size)[0]
        at += (length + 3) & ~3
