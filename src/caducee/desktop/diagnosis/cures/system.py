# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Cures that change the system, and need root."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from caducee.base.files import write_atomic
from caducee.desktop.diagnosis.cures.model import Kept, Workshop
from caducee.desktop.diagnosis.machine.pcsc import usb
from caducee.desktop.diagnosis.machine.place import first_line

__all__ = [
    "blacklist",
    "mask_pcscd",
    "restart_pcscd",
    "start_pcscd",
    "start_socket",
    "stop_pcscd",
    "stop_socket",
    "sync_clock",
    "unblacklist",
    "unmask_pcscd",
    "unsync_clock",
]

_SOCKET, _SERVICE = "pcscd.socket", "pcscd.service"
_BLACKLIST: Final = "/etc/modprobe.d/caducee-readers.conf"


def start_socket(shop: Workshop) -> Kept:
    """Start pcscd's socket, now and at each start."""
    shop.command("systemctl", "enable", "--now", _SOCKET)
    return {}


def stop_socket(shop: Workshop, kept: Kept) -> None:
    """Stop it again."""
    shop.command("systemctl", "disable", "--now", _SOCKET)


def unmask_pcscd(shop: Workshop) -> Kept:
    """Allow pcscd to start, and start its socket."""
    shop.command("systemctl", "unmask", _SOCKET, _SERVICE)
    shop.command("systemctl", "start", _SOCKET)
    return {}


def mask_pcscd(shop: Workshop, kept: Kept) -> None:
    """Forbid it again."""
    shop.command("systemctl", "mask", "--now", _SOCKET, _SERVICE)


def start_pcscd(shop: Workshop) -> Kept:
    """Start pcscd where no service manager does it."""
    shop.command(shop.place.program("pcscd") or "pcscd")
    return {}


def _running(shop: Workshop) -> Iterator[int]:
    for folder in shop.place.under("/proc").glob("[0-9]*"):
        if first_line(folder / "comm") == "pcscd":
            yield int(folder.name)


def stop_pcscd(shop: Workshop, kept: Kept) -> None:
    """End the pcscd whose number stands in its file."""
    pid = first_line(shop.place.under("/run/pcscd/pcscd.pid"))
    if pid.isdigit() and int(pid) in _running(shop):
        os.kill(int(pid), signal.SIGTERM)


def restart_pcscd(shop: Workshop) -> Kept:
    """Restart pcscd, by the service manager where there is one."""
    if shop.place.under("/run/systemd/system").is_dir():
        shop.command("systemctl", "reset-failed", _SERVICE, _SOCKET)
        shop.command("systemctl", "stop", _SERVICE)
        shop.command("systemctl", "restart", _SOCKET)
        return {}
    stop_pcscd(shop, {})
    return start_pcscd(shop)


def blacklist(shop: Workshop) -> Kept:
    """Unload the kernel's drivers that took readers, and keep them away."""
    names = sorted({one.kernel_driver for one in usb(shop.place) if one.kernel_driver})
    if not names:
        raise OSError("no such driver is loaded")
    lines = "".join(f"blacklist {name}\n" for name in names)
    write_atomic(shop.place.under(_BLACKLIST), lines.encode(), 0o644)
    for name in names:
        shop.command("modprobe", "-r", name)
    return {"drivers": " ".join(names)}


def unblacklist(shop: Workshop, kept: Kept) -> None:
    """Let the drivers come back."""
    Path(shop.place.under(_BLACKLIST)).unlink(missing_ok=True)
    for name in kept["drivers"].split():
        shop.command("modprobe", name)


def sync_clock(shop: Workshop) -> Kept:
    """Let the network set the clock."""
    shop.command("timedatectl", "set-ntp", "true")
    return {}


def unsync_clock(shop: Workshop, kept: Kept) -> None:
    """Let nothing set it."""
    shop.command("timedatectl", "set-ntp", "false")
