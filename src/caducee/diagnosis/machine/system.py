# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What machine this is: installation, disks, cache, clock."""

import datetime as dt
import os
import platform
import stat
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from caducee import __released__, __version__
from caducee.base.clock import Clock
from caducee.cryptolib.cache import PublicDataCache
from caducee.diagnosis.facts import (
    CacheFacts,
    ClockFacts,
    DateMark,
    DiskFacts,
    SystemFacts,
)
from caducee.diagnosis.machine.root import MachineRoot, output_of
from caducee.middleware.daemon.endpoint import socket_path
from caducee.middleware.daemon.process import log_path
from caducee.middleware.daemon.settings import load_settings
from caducee.middleware.tracing.settings import TraceLevel, from_environment

__all__ = ["cache", "clock", "disks", "system", "unsafe"]

_PARTS: Final = ("click", "cryptography", "msgspec")
"""What caducee itself needs; without one of them parts of it end in errors."""

_KEEPERS: Final = ("chronyd", "ntpd", "openntpd", "ntpsec")


def system(place: MachineRoot) -> SystemFacts:
    """Look at the machine and at this installation."""
    level = from_environment(load_settings()[0].trace, place.environ)[0]
    return SystemFacts(
        system=platform.system(),
        release=platform.release(),
        machine=platform.machine(),
        python=platform.python_version(),
        version=__version__,
        root=os.geteuid() == 0,
        local=not (place.environ.get("SSH_CONNECTION") or place.environ.get("XRDP_SESSION")),
        confined=_confined(place),
        missing=tuple(part for part in _PARTS if find_spec(part) is None),
        tracing=level is TraceLevel.APDUS,
    )


def _confined(place: MachineRoot) -> str:
    if place.under("/.flatpak-info").exists():
        return "flatpak"
    return "snap" if place.environ.get("SNAP_NAME") and place.environ.get("SNAP") else ""


def disks(place: MachineRoot) -> tuple[DiskFacts, ...]:
    """Look at the folders that we write to."""
    runtime = socket_path().parent
    wanted = {
        "cache": PublicDataCache().folder,
        "state": log_path().parent,
        "run": runtime,
        "temporary": Path(place.environ.get("TMPDIR", "") or "/tmp"),  # noqa: S108 (looked at)
    }
    return tuple(_disk(path, purpose) for purpose, path in wanted.items())


def _disk(path: Path, purpose: str) -> DiskFacts:
    """Look at a folder, or at the one above it that is there."""
    there = next((item for item in (path, *path.parents) if os.path.exists(item)), Path("/"))
    found = os.statvfs(there)
    return DiskFacts(
        path=str(there),
        purpose=purpose,
        free=found.f_bavail * found.f_frsize,
        inodes=found.f_favail if found.f_files else 1,
        read_only=bool(found.f_flag & os.ST_RDONLY),
        writable=os.access(there, os.W_OK | os.X_OK),
    )


def unsafe(folder: Path, forbidden: int) -> str:
    """Return what is wrong with a folder that should be this user's alone; empty: nothing."""
    try:
        found = os.lstat(folder)
    except OSError:
        return ""
    if not stat.S_ISDIR(found.st_mode):
        return "no folder"
    if found.st_uid != os.geteuid():
        return f"owner {found.st_uid}"
    mode = stat.S_IMODE(found.st_mode)
    return f"mode {mode:04o}" if mode & forbidden else ""


def cache() -> CacheFacts:
    """Look at the cache of card data."""
    kept = PublicDataCache()
    folder = kept.folder
    if not os.path.lexists(folder):
        return CacheFacts(path=str(folder), there=False)
    health = kept.health()
    return CacheFacts(
        path=str(folder),
        unsafe=unsafe(folder, 0o022),
        writable=os.access(folder, os.W_OK | os.X_OK),
        damaged=health.damaged,
        files=health.files,
        size=health.size,
    )


def clock(
    place: MachineRoot,
    here: Clock,
    offset: float | None,
    source: str,
    marks: Iterable[DateMark] = (),
) -> ClockFacts:
    """Look at the clock; ``offset`` is what the clock of a service gave, if one answered, and
    ``marks`` are dates of what is here; that of this release is added.
    """
    released = dt.datetime.fromisoformat(__released__).replace(tzinfo=dt.UTC)
    return ClockFacts(
        now=here.now(),
        offset=offset,
        source=source if offset is not None else "",
        synchronised=_synchronised(place),
        marks=(DateMark(what="release", since=released), *marks),
    )


def _synchronised(place: MachineRoot) -> bool | None:
    if place.under("/run/systemd/timesync/synchronized").exists():
        return True
    pid_files = [*place.under("/run").glob("*.pid"), *place.under("/run").glob("*/*.pid")]
    if any(file.stem in _KEEPERS for file in pid_files):
        return True
    if not place.under("/run/systemd/system").is_dir():
        return None
    state = output_of("timedatectl", "show", "--property=NTPSynchronized", "--value").strip()
    return state == "yes"  # of the kernel: by whatever program, or by the host of a machine
