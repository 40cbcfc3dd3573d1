# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Programs in a Flatpak or a Snap that bring a PC/SC library: may they reach pcscd, and which
library do they bring?

What is read: of Flatpak ``metadata`` and overrides (flatpak-metadata(5), flatpak-override(1)) and
the builder's ``manifest.json``; of snapd ``meta/snap.yaml``, ``snap/manifest.yaml`` and what
``snap connections`` prints.
"""

import configparser
import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from caducee.diagnosis.facts import SandboxedProgram
from caducee.diagnosis.machine.root import MachineRoot, output_of, read_text

__all__ = ["sandboxed"]

_FLATPAK: Final = "/var/lib/flatpak"
_OF_USER: Final = ".local/share/flatpak"
_SNAP: Final = "/snap"
_CURRENT: Final = "current/active"
_PCSC: Final = "pcsc"
_RUN: Final = ("/run/pcscd", "/run/pcscd/pcscd.comm")
_PLUG: Final = re.compile(r"^\s*(?:-\s*)?pcscd\s*(?::|$)", re.MULTILINE)
_PACKAGE: Final = re.compile(r"libpcsclite1=(\d+(?:\.\d+)+)")
_NUMBER: Final = re.compile(r"(\d+\.\d+\.\d+)")
_LIBRARIES: Final = ("lib*", "lib*/*", "usr/lib*", "usr/lib*/*")
"""Where libraries are within an application, the folder of the machine's architecture included."""


def sandboxed(place: MachineRoot) -> tuple[SandboxedProgram, ...]:
    """Return every Flatpak and Snap that brings a PC/SC library."""
    return (*_flatpaks(place), *_snaps(place))


def _flatpaks(place: MachineRoot) -> Iterator[SandboxedProgram]:
    roots = (place.home / _OF_USER, place.under(_FLATPAK))
    for root in roots:
        for app in _folders(root / "app"):
            active = app / _CURRENT
            files = active / "files"
            if not _brings_library(files):
                continue
            overrides = [
                item / "overrides" / name for name in ("global", app.name) for item in roots[::-1]
            ]
            yield SandboxedProgram(
                name=app.name,
                form="flatpak",
                allowed=_flatpak_allows((active / "metadata", *overrides)),
                library=_built_with(files / "manifest.json"),
            )


def _folders(above: Path) -> list[Path]:
    try:
        return sorted(path for path in above.iterdir() if os.path.isdir(path))
    except OSError:
        return []


def _brings_library(files: Path) -> bool:
    return any(
        next(files.glob(f"{folder}/libpcsclite.so*"), None) is not None for folder in _LIBRARIES
    )


def _flatpak_allows(documents: Iterable[Path]) -> bool:
    """Read permissions in their order: what stands later counts, ``!`` takes away."""
    allowed = False
    for path in documents:
        parser = configparser.RawConfigParser(strict=False, interpolation=None)
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        try:
            parser.read_string(read_text(path))
        except configparser.Error:
            continue
        given = _words(parser, "sockets")
        files = {word.partition(":")[0] for word in _words(parser, "filesystems")}
        if _PCSC in given or files & {*_RUN}:
            allowed = True
        elif f"!{_PCSC}" in given:
            allowed = False
    return allowed


def _words(parser: configparser.RawConfigParser, key: str) -> set[str]:
    return {*filter(None, parser.get("Context", key, fallback="").split(";"))}


def _built_with(manifest: Path) -> str:
    """Return the version of pcsc-lite that a Flatpak was built with; empty when unknown."""
    try:
        parsed = json.loads(read_text(manifest) or "{}")
    except ValueError:
        return ""
    for module in _modules(parsed):
        if "pcsc" in str(module.get("name", "")).lower():
            for source in module.get("sources", ()):
                words = f"{source.get('tag', '')} {source.get('url', '')}"
                if found := _NUMBER.search(words):
                    return found[1]
    return ""


def _modules(parsed: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 (JSON)
    for module in parsed.get("modules", ()) if isinstance(parsed, dict) else ():
        if isinstance(module, dict):
            yield module
            yield from _modules(module)


def _snaps(place: MachineRoot) -> Iterator[SandboxedProgram]:
    for snap in _folders(place.under(_SNAP)):
        active = snap / "current"
        described = read_text(active / "meta/snap.yaml")
        if not described or not (_PLUG.search(described) or _brings_library(active)):
            continue
        found = _PACKAGE.search(read_text(active / "snap/manifest.yaml"))
        yield SandboxedProgram(
            name=snap.name,
            form="snap",
            allowed=_snap_allows(place, snap.name),
            library=found[1] if found else "",
        )


def _snap_allows(place: MachineRoot, name: str) -> bool:
    """Return whether the plug ``pcscd`` of a Snap is connected: its slot is not ``-``."""
    program = place.program("snap")
    for line in (output_of(program, "connections", name) if program else "").splitlines():
        interface, *rest = line.split()
        if interface == "pcscd" and len(rest) > 1:
            return rest[1] != "-"
    return False
