# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Cures that change the system, and need root."""

from pathlib import Path
from typing import Final

from caducee.base.files import write_atomic
from caducee.diagnosis.cures.model import Kept, Workshop, end_process
from caducee.diagnosis.machine.pcsc import services, usb
from caducee.diagnosis.machine.policies import policies_in_force
from caducee.middleware.browsers import State
from caducee.middleware.module import find_module

__all__ = [
    "blacklist",
    "correct_policies",
    "mask_pcscd",
    "restart_pcscd",
    "restore_policies",
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
_RUN: Final = "/run/pcscd"
_BLACKLIST: Final = "/etc/modprobe.d/caducee-readers.conf"


def _enabled(shop: Workshop, unit: str) -> str:
    """Return how a unit is installed: ``enabled``, ``disabled``, ``masked``, …; empty: unknown."""
    return shop.ask("systemctl", "is-enabled", unit).strip()


def start_socket(shop: Workshop) -> Kept:
    """Start pcscd's socket, now and at each start."""
    before = _enabled(shop, _SOCKET)
    shop.command("systemctl", "enable", "--now", _SOCKET)
    return {"before": before}


def stop_socket(shop: Workshop, kept: Kept) -> None:
    """Stop it again; it starts with the machine as it did before."""
    if kept["before"] == "enabled":
        shop.command("systemctl", "stop", _SOCKET)
    else:
        shop.command("systemctl", "disable", "--now", _SOCKET)


def unmask_pcscd(shop: Workshop) -> Kept:
    """Allow pcscd to start, and start its socket."""
    masked = [unit for unit in (_SOCKET, _SERVICE) if _enabled(shop, unit) in ("masked", "")]
    shop.command("systemctl", "unmask", _SOCKET, _SERVICE)
    shop.command("systemctl", "start", _SOCKET)
    return {"masked": " ".join(masked)}


def mask_pcscd(shop: Workshop, kept: Kept) -> None:
    """Forbid what was forbidden."""
    if kept["masked"]:
        shop.command("systemctl", "mask", "--now", *kept["masked"].split())


def start_pcscd(shop: Workshop) -> Kept:
    """Start pcscd where no service manager does it, as ``caducee card insert`` does: in a network
    of its own, so that no virtual reader is reached from outside, and without polkit, which
    refuses users where no session is known to it. It has opened its socket then.
    """
    _sweep(shop)
    shop.command(shop.python, "-m", "caducee.virtualcard.plug.pcscd")
    return {}


def correct_policies(shop: Workshop) -> Kept:
    """Let the policies in force name our module by its path; everything else in them stays."""
    kept = {}
    for policy in policies_in_force(shop.place, find_module(), shop.policy_journal):
        if policy.state() is State.OTHER:
            path = policy.part.path
            kept[str(path)] = path.read_text(encoding="utf-8")
            policy.install()
    return kept


def restore_policies(shop: Workshop, kept: Kept) -> None:
    """Put back the policies as they were."""
    for path, text in kept.items():
        write_atomic(Path(path), text.encode(), 0o644)


def _running(shop: Workshop) -> tuple[int, ...]:
    return services(shop.place, shop.place.under(f"{_RUN}/pcscd.comm"))


def _sweep(shop: Workshop) -> None:
    """Remove what a killed pcscd left: its number may be another process's by now, and then no
    pcscd starts.
    """
    if not _running(shop):
        for name in ("pcscd.pid", "pcscd.comm"):
            shop.place.under(f"{_RUN}/{name}").unlink(missing_ok=True)


def stop_pcscd(shop: Workshop, kept: Kept) -> None:
    """End every pcscd of this machine, and wait until they are gone; one that hangs is killed."""
    for pid in _running(shop):
        end_process(pid)
    _sweep(shop)


def restart_pcscd(shop: Workshop) -> Kept:
    """Restart pcscd, by the service manager where there is one."""
    if shop.place.under("/run/systemd/system").is_dir():
        shop.command("systemctl", "reset-failed", _SERVICE, _SOCKET)
        shop.command("systemctl", "stop", _SERVICE)
        for pid in _running(shop):  # started by hand, beside the manager's
            end_process(pid)
        shop.command("systemctl", "restart", _SOCKET)
        return {}
    stop_pcscd(shop, {})
    return start_pcscd(shop)


def blacklist(shop: Workshop) -> Kept:
    """Unload the kernel's drivers that took readers, and keep them away."""
    names = sorted({device.kernel_driver for device in usb(shop.place) if device.kernel_driver})
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
    before = shop.ask("timedatectl", "show", "--property=NTP", "--value").strip()
    shop.command("timedatectl", "set-ntp", "true")
    return {"before": before}


def unsync_clock(shop: Workshop, kept: Kept) -> None:
    """Let nothing set it, unless it was set by the network before."""
    if kept["before"] != "yes":
        shop.command("timedatectl", "set-ntp", "false")
