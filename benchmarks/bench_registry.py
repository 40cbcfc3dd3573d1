# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The registry at three sizes, on SQLite and PostgreSQL, and its LDAP directory.

``bench_registry.py [PERSONS]``: the largest size, 100,000 if not given; 1,500,000 is the whole
country, which is measured on SQLite alone. Each step runs in a process of its own, so that its
memory is its own. The peer of a look-up is one row by the driver alone; of certificates, their
signatures alone.
"""

import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from benchmarks.bench_issuance import signing
from benchmarks.bench_ldap import BASE, Load
from benchmarks.report import report

from caducee.authority.authority import Authority
from caducee.base.clock import SystemClock
from caducee.codec.ldap.filters import Equal, Filter
from caducee.codec.ldap.messages import Message
from caducee.codec.ldap.operations import SearchRequest
from caducee.directory import search
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.certificates import find_certificates
from caducee.directory.holder_registry import DirectoryHolderRegistry
from caducee.directory.ldap.projection import Projection
from caducee.directory.ldap.publication import CONTEXT, PublishedAuthority
from caducee.directory.ldap.server import LdapServer, running
from caducee.directory.ldap.store import EntryStore
from caducee.directory.ldap.stored import StoredTree
from caducee.directory.person_records import persons_with
from caducee.directory.registry import Registry
from caducee.directory.search import Condition, SearchTarget
from caducee.issuance.population import (
    Member,
    SharedCardKeys,
    issue_population,
    member,
    populate,
)
from caducee.testing.ldap import sample_authorities
from caducee.testing.postgresql import TemporaryPostgres

PERSONS = 100_000
MOST_ON_POSTGRESQL = 100_000
LOOKUPS = 2_000
BATCH = 64
CARDS = 4 * BATCH
"""Whole batches of issuance: records of a batch are kept together."""

SEED = 7


def times(action: Callable[[str], object], keys: Sequence[str]) -> tuple[float, float]:
    """Return median and 99th hundredth of the time of an action, in microseconds."""
    found = []
    for key in keys:
        start = time.perf_counter()
        action(key)
        found.append(time.perf_counter() - start)
    found.sort()
    return found[len(found) // 2] * 1e6, found[len(found) * 99 // 100] * 1e6


def memory() -> float:
    """Return the most memory that this process ever held, in MB (Linux)."""
    status = Path("/proc/self/status").read_text()
    (line,) = (item for item in status.splitlines() if item.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def enter(url: str, persons: int) -> None:
    """Enter a population, and issue the cards of its first persons."""
    with Registry(url) as registry:
        start = time.perf_counter()
        populate(registry, persons, SEED)
        on = f"{persons} persons, {registry.dialect}"
        report(f"{on}: entered", persons / (time.perf_counter() - start), "persons/s")
        report(f"{on}: memory when entering", memory(), "MB")
        with tempfile.TemporaryDirectory() as folder:
            records = RegistryRecords(registry)
            authority = Authority(Path(folder) / "authority", records, SystemClock())
            issuing = issue_population(registry, authority, SharedCardKeys(), SEED)
            list(islice(issuing, BATCH))  # which makes the authorities
            start = time.perf_counter()
            count = len(list(islice(issuing, CARDS)))
            rate = count * 3 / (time.perf_counter() - start)
        peer = signing(CARDS) * 3
        report(f"{on}: certificates", rate, "certificates/s", "their signatures alone", peer)


def one_row(url: str) -> Callable[[str], object]:
    """Return what reads one row of a person by the driver alone."""
    text = "SELECT * FROM person WHERE ps_idnat = "
    if url.startswith("sqlite"):
        bare = sqlite3.connect(url.removeprefix("sqlite:///"))
        return lambda key: bare.execute(text + "?", (key,)).fetchone()
    import psycopg

    connection = psycopg.connect(url)
    return lambda key: connection.execute(text + "%s", (key,)).fetchone()


def look_up(url: str, persons: int) -> None:
    """Open a registry and look up persons who are there and persons who are not."""
    start = time.perf_counter()
    registry = Registry(url)
    holders = DirectoryHolderRegistry(registry)
    holders.holder("8")
    on = f"{persons} persons, {registry.dialect}"
    report(f"{on}: opened and asked once", (time.perf_counter() - start) * 1e3, "ms")
    places = random.Random(SEED).sample(range(persons), min(persons, LOOKUPS))
    people = [member(SEED, place) for place in places]
    peer = times(one_row(url), [person.new.person.ps_idnat for person in people])
    for name, action, keys in lookups(registry, holders, people):
        p50, p99 = times(action, keys)
        report(f"{on}: {name}, p50", p50, "µs", "one row by the driver", peer[0])
        report(f"{on}: {name}, p99", p99, "µs", "one row by the driver", peer[1])
    report(f"{on}: memory when looking up", memory(), "MB")


type Lookup = tuple[str, Callable[[str], object], list[str]]


def lookups(
    registry: Registry, holders: DirectoryHolderRegistry, people: list[Member]
) -> list[Lookup]:
    """Return what is looked up: its name, how, and the keys."""

    def found(
        condition: Callable[[str], Condition], subject: SearchTarget
    ) -> Callable[[str], object]:
        def action(key: str) -> object:
            page = search.find(registry, subject, [condition(key)], limit=20)
            if subject is SearchTarget.STRUCTURE:
                return search.structures_with(registry, [item[0] for item in page.keys])
            return persons_with(registry, [item[0] for item in page.keys])

        return action

    def named(text: str) -> Condition:
        return search.name_starts(SearchTarget.PERSON, ("family_key",), [text])

    def numbered(text: str) -> Condition:
        return search.known_by([(None, text)])

    persons = [person.new.person for person in people]
    keys = [person.ps_idnat for person in persons]
    rpps = [person.identifiers[0].value for person in persons if person.identifiers]
    sites = [at.name for person in people for _, at in person.new.practices[:1]]
    first = [member(SEED, place).new.person.ps_idnat for place in range(CARDS)]

    def certificates(key: str) -> object:
        return find_certificates(registry, key)

    def structures(text: str) -> Condition:
        return search.name_starts(SearchTarget.STRUCTURE, ("name_key",), [text])

    return [
        ("person, whole", registry.persons.get, keys),
        ("holder for a login", holders.holder, keys),
        ("nobody", holders.holder, [f"9{key}" for key in keys]),
        ("person by RPPS", found(numbered, SearchTarget.PERSON), rpps),
        (
            "person by family name",
            found(named, SearchTarget.PERSON),
            [p.family_name for p in persons],
        ),
        ("structure by name", found(structures, SearchTarget.STRUCTURE), sites),
        ("certificates by holder", certificates, first),
    ]


class _Authorities:
    def authorities(self) -> list[PublishedAuthority]:
        return sample_authorities()


def publish(url: str, persons: int, file: Path) -> None:
    """Bring the registry into the file of the LDAP directory."""
    with Registry(url) as registry, EntryStore(file) as store:
        projection = Projection(store, registry, _Authorities(), SystemClock().now)
        start = time.perf_counter()
        projection.catch_up()
        seconds = time.perf_counter() - start
        report(f"{persons} persons, LDAP: entries made", persons / seconds, "persons/s")
        start = time.perf_counter()
        projection.catch_up()
        report(f"{persons} persons, LDAP: nothing new", (time.perf_counter() - start) * 1e3, "ms")
        report(f"{persons} persons, LDAP: memory when made", memory(), "MB")
    report(f"{persons} persons, LDAP: file", file.stat().st_size / 2**20, "MB")


def serve(persons: int, file: Path) -> None:
    """Start the LDAP server on the file, and ask it."""
    start = time.perf_counter()
    places = random.Random(SEED).sample(range(persons), min(persons, LOOKUPS))
    with (
        tempfile.TemporaryDirectory() as folder,
        StoredTree(file, (CONTEXT,)) as tree,
        running(LdapServer(lambda: tree)) as addresses,
    ):
        load = Load(Path(folder))
        seconds = time.perf_counter() - start
        report(f"{persons} persons, LDAP: server started", seconds * 1e3, "ms")
        people = [item for place in places if (item := member(SEED, place).new.person).active]
        questions: dict[str, list[Filter]] = {
            "by PS_IdNat": [Equal("cn", person.ps_idnat.encode()) for person in people],
            "by family name": [Equal("sn", person.family_name.encode()) for person in people],
        }
        for name, asked in questions.items():
            requests = [Message(1, SearchRequest(BASE, filter=item)).to_bytes() for item in asked]
            found = load.ask(addresses.plain[1], requests, 1)
            assert found.found >= 1, (name, found)
            report(f"{persons} persons, LDAP: {name}, p50", found.p50, "µs")
            report(f"{persons} persons, LDAP: {name}, p99", found.p99, "µs")
    report(f"{persons} persons, LDAP: memory of server and client", memory(), "MB")


def step(*arguments: object) -> None:
    """Do a step in a process of its own."""
    subprocess.run([sys.executable, __file__, *map(str, arguments)], check=True)


def measure(url: str, persons: int) -> None:
    """Do all steps with a registry."""
    step("--enter", url, persons)
    step("--look-up", url, persons)


def main(arguments: list[str]) -> None:
    """Measure three sizes up to the largest."""
    match arguments:
        case ["--enter", url, persons]:
            enter(url, int(persons))
        case ["--look-up", url, persons]:
            look_up(url, int(persons))
        case ["--publish", url, persons, file]:
            publish(url, int(persons), Path(file))
        case ["--serve", persons, file]:
            serve(int(persons), Path(file))
        case _:
            most = int(arguments[0]) if arguments else PERSONS
            for size in (most // 100, most // 10, most):
                with tempfile.TemporaryDirectory() as folder:
                    path = Path(folder) / "registry.db"
                    measure(f"sqlite:///{path}", size)
                    report(f"{size} persons, sqlite: on disk", path.stat().st_size / 2**20, "MB")
                    step("--publish", f"sqlite:///{path}", size, Path(folder) / "entries.db")
                    step("--serve", size, Path(folder) / "entries.db")
                if size <= MOST_ON_POSTGRESQL:
                    with TemporaryPostgres() as server:
                        measure(server.url(), size)


if __name__ == "__main__":
    main(sys.argv[1:])
