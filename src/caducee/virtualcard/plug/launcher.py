# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Run as a script: enter a new network namespace, then become another program.

``launcher.py REPORT FOLDER LIFE PROGRAM ARGUMENT...``. REPORT is the number of an open pipe: what
goes wrong before PROGRAM runs is written there, and nothing when all went well. When FOLDER is not
empty, it is mounted over ``/run/pcscd`` in a new mount namespace. When LIFE is ``bound``, PROGRAM
ends with the thread that started it, however that ends. Only the standard library is used, so
that this starts fast and with ``python -I``.
"""

import ctypes
import fcntl
import os
import signal
import socket
import struct
import sys

_RUN_FOLDER = "/run/pcscd"
_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1
_IFREQ = "16sh14x"
_PR_SET_PDEATHSIG = 1
_MS_BIND = 0x1000
_MS_REC = 0x4000
_MS_PRIVATE = 0x40000


def raise_loopback() -> None:
    """Bring the loopback interface of this network namespace up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        asked = struct.pack(_IFREQ, b"lo", 0)
        _, flags = struct.unpack(_IFREQ, fcntl.ioctl(control, _SIOCGIFFLAGS, asked))
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack(_IFREQ, b"lo", flags | _IFF_UP))


def cover_run_folder(folder: str) -> None:
    """Mount a folder over ``/run/pcscd``, in a new mount namespace only.

    Nothing may reach the namespace before, so its mounts are made private, from its root on. Our
    own root may lie below that one (a chroot): entering the namespace leads to its root.
    """
    os.makedirs(_RUN_FOLDER, exist_ok=True)
    os.unshare(os.CLONE_NEWNS)
    ours = os.open("/", os.O_RDONLY | os.O_CLOEXEC)
    namespace = os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    os.setns(namespace, os.CLONE_NEWNS)
    _mount(None, "/", _MS_REC | _MS_PRIVATE)
    os.fchdir(ours)
    os.chroot(".")
    _mount(folder, _RUN_FOLDER, _MS_BIND)


def _mount(source: str | None, target: str, flags: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    name = source.encode() if source else None
    if libc.mount(name, target.encode(), None, ctypes.c_ulong(flags), None):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def bind_life() -> None:
    """Have the kernel end this process, and what it becomes, when the one that started it ends."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def main(arguments: list[str]) -> None:
    """Do as the module says; returns only when something failed."""
    report, folder, life, *command = arguments
    os.set_inheritable(int(report), False)
    try:
        os.unshare(os.CLONE_NEWNET)
        raise_loopback()
        if folder:
            cover_run_folder(folder)
        if life == "bound":
            bind_life()
        os.execv(command[0], command)  # noqa: S606 (a fixed program, no shell)
    except OSError as error:
        os.write(int(report), (error.strerror or str(error)).encode())


if __name__ == "__main__":
    main(sys.argv[1:])
    sys.exit(1)
