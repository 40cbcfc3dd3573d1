# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The registry at three sizes: entering a population, memory, opening, look-ups.

``bench_registry.py [PERSONS]``: the largest size, 100,000 if not given; 1,500,000 is the whole
country. Each size runs in a process of its own, so that its memory is its own. The peer of a
look-up is the same statement by sqlite3 alone.
"""

import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.report import report

from caducee.directory import search
from caducee.directory.holders import RegistryHolders
from caducee.directory.reading import persons_with
from caducee.directory.registry import Registry
from caducee.directory.search import Subject
from caducee.issuance.population import member, populate

PERSONS = 100_000
LOOKUPS = 2_000
SEED = 7


def median(action: Callable[[str], object], keys: Sequence[str]) -> float:
    """Return the median time of an action, in microseconds."""
    times = []
    for key in keys:
        start = time.perf_counter()
        action(key)
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2] * 1e6


def memory() -> float:
    """Return the most memory that this process ever held, in MB (Linux)."""
    status = Path("/proc/self/status").read_text()
    (line,) = (one for one in status.splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def measure(path: Path, persons: int) -> None:
    """Populate a registry in a file, then look persons up in it."""
    url = f"sqlite:///{path}"
    with Registry(url) as registry:
        start = time.perf_counter()
        populate(registry, persons, SEED)
        report(f"{persons}: entered", persons / (time.perf_counter() - start), "persons/s")
        report(f"{persons}: memory when entering", memory(), "MB")
    report(f"{persons}: size on disk", path.stat().st_size / 2**20, "MB")
    subprocess.run([sys.executable, __file__, "--look-up", str(path), str(persons)], check=True)


def look_up(path: Path, persons: int) -> None:
    """Open a registry and look up persons who are there and persons who are not."""
    start = time.perf_counter()
    registry = Registry(f"sqlite:///{path}")
    holders = RegistryHolders(registry)
    holders.holder("8")
    report(f"{persons}: opened and asked once", (time.perf_counter() - start) * 1e3, "ms")
    places = random.Random(SEED).sample(range(persons), min(persons, LOOKUPS))
    people = [member(SEED, place).new.person for place in places]
    keys = [one.ps_idnat for one in people]
    bare = sqlite3.connect(path)

    def alone(key: str) -> object:
        return bare.execute("SELECT * FROM person WHERE ps_idnat = ?", (key,)).fetchone()

    peer = median(alone, keys)
    one_row = "sqlite3 alone, one row"
    report(f"{persons}: person, whole", median(registry.person, keys), "us", one_row, peer)
    report(f"{persons}: holder for a login", median(holders.holder, keys), "us", one_row, peer)
    unknown = [f"9{key}" for key in keys]
    report(f"{persons}: nobody", median(holders.holder, unknown), "us", one_row, peer)
    names = [one.family_name for one in people]
    report(f"{persons}: by family name", median(by_name(registry), names), "us", one_row, peer)
    report(f"{persons}: memory when looking up", memory(), "MB")


def by_name(registry: Registry) -> Callable[[str], object]:
    """Return what finds the first persons whose name starts with a text."""

    def found(name: str) -> object:
        condition = search.name_starts(Subject.PERSON, ("family_key",), [name])
        page = search.find(registry, Subject.PERSON, [condition], limit=20)
        return persons_with(registry, [key[0] for key in page.keys])

    return found


def main(arguments: list[str]) -> None:
    """Measure three sizes up to the largest, each in a process of its own."""
    match arguments:
        case ["--look-up", path, persons]:
            look_up(Path(path), int(persons))
        case ["--size", persons]:
            with tempfile.TemporaryDirectory() as folder:
                measure(Path(folder) / "registry.db", int(persons))
        case _:
            most = int(arguments[0]) if arguments else PERSONS
            for size in (most // 100, most // 10, most):
                subprocess.run([sys.executable, __file__, "--size", str(size)], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
