# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Java: the settings of SunPKCS11, and whether this Java can load our module at all."""

import os
from pathlib import Path

from caducee.diagnosis.facts import JavaFacts
from caducee.diagnosis.machine.root import MachineRoot, read_text
from caducee.middleware.module import library_name

__all__ = ["elf_kind", "java"]


def java(place: MachineRoot) -> JavaFacts:
    """Look for settings of SunPKCS11 in the user's home that name our module, and whether the
    Java that is found can load it (`elf_kind`).
    """
    program = place.program("java")
    if not program:
        return JavaFacts(there=False, state="absent")
    for folder in (place.home, place.home / ".config/caducee", place.home / ".java"):
        for path in sorted(folder.glob("*.cfg")):
            library = Path(_fields(path).get("library", ""))
            if library.name != library_name():
                continue
            if not os.path.isfile(library):
                return JavaFacts(state="other", path=str(path))
            ours, its = elf_kind(library), elf_kind(Path(program).resolve())
            right = not ours or not its or ours == its
            return JavaFacts(state="installed", path=str(path), bits_right=right)
    return JavaFacts(state="absent")


def _fields(path: Path) -> dict[str, str]:
    lines = (line.partition("=") for line in read_text(path).splitlines())
    return {name.strip(): value.strip() for name, _, value in lines}


def elf_kind(path: Path) -> tuple[int, ...]:
    """Return for which machine an ELF file is: class (1: 32 bits, 2: 64) and ``e_machine``; empty
    for any other file (System V ABI, chapter 4).
    """
    try:
        with path.open("rb") as file:
            head = file.read(20)
    except OSError:
        return ()
    if len(head) < 20 or not head.startswith(b"\x7fELF"):
        return ()
    return head[4], int.from_bytes(head[18:20], "little")
