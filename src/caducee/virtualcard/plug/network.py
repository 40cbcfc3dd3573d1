# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Where a virtual reader listens, who can reach it there, and how to connect to it.

vpcd 3.3 listens on every address of its network namespace and has no setting for it. It is
used only where it cannot be reached from outside: in a namespace with loopback alone, or when
systemd denies outside addresses to pcscd. Everything is read from ``/proc/PID/net``.
"""

import ipaddress
import os
import shutil
import socket
import struct
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from caducee.base.errors import ReaderError

__all__ = [
    "connect",
    "guarded_by_systemd",
    "listeners",
    "lonely",
    "require_private",
    "same_network",
]

_LISTEN = "0A"
_CONNECT_SECONDS = 5.0


def require_private(pid: int, port: int, guarded: Callable[[], bool] | None = None) -> None:
    """Raise `ReaderError` when a port of a process's network is open to other machines.

    ``reader.vpcd_absent`` when nothing listens there yet, ``reader.vpcd_exposed`` when the address
    is not the loopback's, the namespace has other interfaces, and systemd does not shield it.
    """
    addresses = listeners(pid, port)
    if not addresses:
        raise ReaderError("reader.vpcd_absent", port=port)
    outside = [address for address in addresses if not address.is_loopback]
    if outside and not lonely(pid) and not (guarded or guarded_by_systemd)():
        raise ReaderError("reader.vpcd_exposed", port=port, address=str(outside[0]))


def listeners(pid: int, port: int) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """Return the addresses on which a TCP port is listened to in the network of a process."""
    found: list[ipaddress.IPv4Address | ipaddress.IPv6Address] = []
    for name in ("tcp", "tcp6"):
        for line in _read(f"/proc/{pid}/net/{name}").splitlines()[1:]:
            fields = line.split()
            address, _, number = fields[1].partition(":")
            if fields[3] == _LISTEN and int(number, 16) == port:
                found.append(_address(address))
    return found


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Read an address of /proc/net/tcp: 32-bit words, each in the machine's byte order."""
    words = [int(text[at : at + 8], 16) for at in range(0, len(text), 8)]
    return ipaddress.ip_address(struct.pack(f"={len(words)}I", *words))


def lonely(pid: int) -> bool:
    """Tell whether the network of a process has no interface but the loopback."""
    return _interfaces(pid) == {"lo"}


def _interfaces(process: int | str) -> set[str]:
    lines = _read(f"/proc/{process}/net/dev").splitlines()[2:]
    return {line.partition(":")[0].strip() for line in lines}


def same_network(pid: int) -> bool:
    """Tell whether a process is in the network namespace of this one."""
    try:
        return _namespace(pid) == _namespace("self")
    except PermissionError:  # another user's process, whose interfaces may be seen
        return _interfaces(pid) == _interfaces("self")
    except OSError as error:
        raise _needed(error) from error


def _namespace(process: int | str) -> int:
    return os.stat(f"/proc/{process}/ns/net").st_ino


def guarded_by_systemd() -> bool:
    """Tell whether systemd lets only local addresses reach pcscd."""
    program = shutil.which("systemctl")
    if program is None:
        return False
    fields = ("-p", "IPAddressDeny", "-p", "IPAddressAllow")
    command = [program, "show", "pcscd.service", *fields]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    values = dict(line.partition("=")[::2] for line in done.stdout.splitlines())
    denied, allowed = values.get("IPAddressDeny", ""), values.get("IPAddressAllow", "")
    if not {"0.0.0.0/0", "::/0"} <= set(denied.split()):
        return False
    return all(ipaddress.ip_network(word).is_loopback for word in allowed.split())


def connect(port: int, pid: int | None = None) -> socket.socket:
    """Connect to a port of the loopback, in the network of process ``pid`` (None: of this one).

    A thread of its own enters the other namespace, connects, and ends; the socket stays there.
    Raises `OSError` when nothing listens, `ReaderError` (``reader.namespace_needed``) when the
    namespace cannot be entered.
    """
    if pid is None or same_network(pid):
        return _connected(port)
    connections: list[socket.socket] = []
    failed: list[Exception] = []

    def enter() -> None:
        try:
            _enter_network(pid)
            connections.append(_connected(port))
        except (OSError, ReaderError) as error:
            failed.append(error)

    visitor = threading.Thread(target=enter, name="netns")
    visitor.start()
    visitor.join()
    if failed:
        raise failed[0]
    return connections[0]


def _enter_network(pid: int) -> None:
    try:
        handle = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            _set_namespace(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise _needed(error) from error


def _set_namespace(handle: int) -> None:
    """Move this thread, and no other, into a network namespace."""
    os.setns(handle, os.CLONE_NEWNET)


def _connected(port: int) -> socket.socket:
    stream = socket.create_connection(("127.0.0.1", port), timeout=_CONNECT_SECONDS)
    stream.settimeout(None)
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return stream


def _needed(error: OSError) -> ReaderError:
    return ReaderError("reader.namespace_needed", reason=error)


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise _needed(error) from error
