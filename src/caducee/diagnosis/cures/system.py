# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Cures that change the system, and need root."""

from pathlib import Path
from typing import Final

from caducee.base.files import write_atomic
from caducee.base.processes import ProcessFacts, process_facts
from caducee.diagnosis.cures.model import CureContext, UndoData, end_process
from caducee.diagnosis.machine.pcsc import services, usb
from caducee.diagnosis.machine.policies import policies_in_force
from caducee.middleware.browsers import ComponentState
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


def _enabled(context: CureContext, unit: str) -> str:
    """Return how a unit is installed: ``enabled``, ``disabled``, ``masked``, …; empty: unknown."""
    return context.ask("systemctl", "is-enabled", unit).strip()


def start_socket(context: CureContext) -> UndoData:
    """Start pcscd's socket, now and at each start."""
    before = _enabled(context, _SOCKET)
    context.command("systemctl", "enable", "--now", _SOCKET)
    return {"before": before}


def stop_socket(context: CureContext, kept: UndoData) -> None:
    """Stop it again; it starts with the machine as it did before."""
    if kept["before"] == "enabled":
        context.command("systemctl", "stop", _SOCKET)
    else:
        context.command("systemctl", "disable", "--now", _SOCKET)


def unmask_pcscd(context: CureContext) -> UndoData:
    """Allow pcscd to start, and start its socket."""
    masked = [unit for unit in (_SOCKET, _SERVICE) if _enabled(context, unit) in ("masked", "")]
    context.command("systemctl", "unmask", _SOCKET, _SERVICE)
    context.command("systemctl", "start", _SOCKET)
    return {"masked": " ".join(masked)}


def mask_pcscd(context: CureContext, kept: UndoData) -> None:
    """Forbid what was forbidden."""
    if kept["masked"]:
        context.command("systemctl", "mask", "--now", *kept["masked"].split())


def start_pcscd(context: CureContext) -> UndoData:
    """Start pcscd where no service manager does it, as ``caducee card insert`` does: in a network
    of its own, so that no virtual reader is reached from outside, and without polkit, which
    refuses users where no session is known to it. It has opened its socket then.
    """
    _sweep(context)
    context.command(context.python, "-m", "caducee.virtualcard.plug.pcscd")
    return {}


def correct_policies(context: CureContext) -> UndoData:
    """Let the policies in force name our module by its path; everything else in them stays."""
    kept = {}
    for policy in policies_in_force(context.place, find_module(), context.policy_journal):
        if policy.state() is ComponentState.OTHER:
            path = policy.part.path
            kept[str(path)] = path.read_text(encoding="utf-8")
            policy.install()
    return kept


def restore_policies(context: CureContext, kept: UndoData) -> None:
    """Put back the policies as they were."""
    for path, text in kept.items():
        write_atomic(Path(path), text.encode(), 0o644)


def _running(context: CureContext) -> tuple[ProcessFacts, ...]:
    pids = services(context.place, context.place.under(f"{_RUN}/pcscd.comm"))
    found = (process_facts(pid) for pid in pids)
    return tuple(process for process in found if process is not None and _is_pcscd(process))


def _is_pcscd(process: ProcessFacts) -> bool:
    """Return whether the number is not another program's by now."""
    return Path(process.command[0]).name == "pcscd" and process.user is not None


def _sweep(context: CureContext) -> None:
    """Remove what a killed pcscd left: its number may be another process's by now, and then no
    pcscd starts.
    """
    if not _running(context):
        for name in ("pcscd.pid", "pcscd.comm"):
            context.place.under(f"{_RUN}/{name}").unlink(missing_ok=True)


def stop_pcscd(context: CureContext, kept: UndoData) -> None:
    """End every pcscd of this machine, and wait until they are gone; one that hangs is killed."""
    for process in _running(context):
        end_process(process)
    _sweep(context)


def restart_pcscd(context: CureContext) -> UndoData:
    """Restart pcscd, by the service manager where there is one."""
    if context.place.under("/run/systemd/system").is_dir():
        context.command("systemctl", "reset-failed", _SERVICE, _SOCKET)
        context.command("systemctl", "stop", _SERVICE)
        for process in _running(context):  # started by hand, beside the manager's
            end_process(process)
        context.command("systemctl", "restart", _SOCKET)
        return {}
    stop_pcscd(context, {})
    return start_pcscd(context)


def blacklist(context: CureContext) -> UndoData:
    """Unload the kernel's drivers that took readers, and keep them away."""
    names = sorted({device.kernel_driver for device in usb(context.place) if device.kernel_driver})
    if not names:
        raise OSError("no such driver is loaded")
    lines = "".join(f"blacklist {name}\n" for name in names)
    write_atomic(context.place.under(_BLACKLIST), lines.encode(), 0o644)
    for name in names:
        context.command("modprobe", "-r", name)
    return {"drivers": " ".join(names)}


def unblacklist(context: CureContext, kept: UndoData) -> None:
    """Let the drivers come back."""
    Path(context.place.under(_BLACKLIST)).unlink(missing_ok=True)
    for name in kept["drivers"].split():
        context.command("modprobe", name)


def sync_clock(context: CureContext) -> UndoData:
    """Let the network set the clock."""
    before = context.ask("timedatectl", "show", "--property=NTP", "--value").strip()
    context.command("timedatectl", "set-ntp", "true")
    return {"before": before}


def unsync_clock(context: CureContext, kept: UndoData) -> None:
    """Let nothing set it, unless it was set by the network before."""
    if kept["before"] != "yes":
        context.command("timedatectl", "set-ntp", "false")
