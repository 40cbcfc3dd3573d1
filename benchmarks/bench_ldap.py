# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""LDAP searches by certificate and by name, ours beside slapd, on the same entries.

The client is a program in C (`ldap_load.c`, built here by gcc), the same for both, with requests
written beforehand; slapd writes no log (``loglevel 0``). It asks from one connection and from
eight, and looks persons up while four others search the whole directory for what is not there.
Two sizes of directory show how each grows.
"""

import multiprocessing
import random
import resource
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import batched
from pathlib import Path

from benchmarks.report import report

from caducee.codec.ldap import filters
from caducee.codec.ldap.filters import Equal, Filter, Substrings
from caducee.codec.ldap.messages import Message
from caducee.codec.ldap.operations import SearchRequest
from caducee.directory.ldap.client import certificate_filter
from caducee.directory.ldap.entries import LdapEntry, Searchable
from caducee.directory.ldap.options import LdapOptions
from caducee.directory.ldap.publication import CONTEXT, PublishedPerson, entries
from caducee.directory.ldap.server import LdapServer, running
from caducee.directory.ldap.store import EntryStore
from caducee.directory.ldap.stored import StoredTree
from caducee.directory.ldap.tree import Tree
from caducee.directory.ldap.workers import WorkerSettings, running_workers
from caducee.testing.ldap import TemporarySlapd, sample_authorities, sample_persons

SIZES = (500, 50_000)
"""Persons; each has two entries, so that the last size is 100,000."""

ROUNDS = 4_000
SECONDS = 1.0
"""Of each measurement."""

CLIENTS = (1, 8)
SCANNERS = 4
SCANS = {"a given name": "(givenName=*zz*)", "no family name of ours": "(!(|(sn=DOC*)(sn=*A*)))"}
IN_MEMORY, IN_A_FILE, IN_TWO = "in memory", "in a file", "in a file, two processes"
BASE = "o=TEST,c=FR"


def _by_number(person: PublishedPerson) -> Filter:
    return Equal("cn", person.person.ps_idnat.encode())


def _by_name(person: PublishedPerson) -> Filter:
    return filters.And(
        (Equal("sn", person.person.family_name.encode()), Equal("objectClass", b"cpsPersonne"))
    )


def _by_beginning(person: PublishedPerson) -> Filter:
    return Substrings("sn", person.person.family_name.encode()[:-1])


def _by_certificate(person: PublishedPerson) -> Filter:
    return Equal("certauth", certificate_filter(person.authentication[0]).parts[0].value)  # type: ignore[union-attr]


QUESTIONS = {
    "certificate of a PS_IdNat": (_by_number, ("certauth;binary",)),
    "holder of a certificate": (_by_certificate, ("cn",)),
    "family name": (_by_name, ()),
    "beginning of a family name": (_by_beginning, ("cn", "givenName")),
}


def _requests(question: str, persons: list[PublishedPerson]) -> list[bytes]:
    make, wanted = QUESTIONS[question]
    chosen = random.Random(7).choices(
        [person for person in persons if person.person.profession], k=ROUNDS
    )
    return [
        Message(1, SearchRequest(BASE, filter=make(item), attributes=wanted)).to_bytes()
        for item in chosen
    ]


@dataclass(frozen=True)
class Asked:
    """What asking took."""

    p50: float
    """Microseconds of one search."""

    p99: float
    rate: float
    """Searches per second, of all clients."""

    found: float
    """Entries per search."""


class Load:
    """The client in C, and a folder for its requests."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._program = str(folder / "ldap_load")
        source = str(Path(__file__).with_name("ldap_load.c"))
        subprocess.run(["gcc", "-O2", "-pthread", "-o", self._program, source], check=True)

    def ask(self, port: int, requests: list[bytes], clients: int) -> Asked:
        """Ask from some connections at once, each waiting for its answer before it asks again."""
        return self._answer(self._start(port, requests, clients, SECONDS))

    @contextmanager
    def beside(self, port: int, requests: list[bytes], clients: int) -> Iterator[None]:
        """Let others ask for the length of a ``with`` block, that measures once."""
        process = self._start(port, requests, clients, SECONDS + 1)
        time.sleep(0.5)
        yield
        self._answer(process)

    def _start(
        self, port: int, requests: list[bytes], clients: int, seconds: float
    ) -> "subprocess.Popen[str]":
        handle, path = tempfile.mkstemp(dir=self._folder)
        with open(handle, "wb") as file:
            file.writelines(len(request).to_bytes(4) + request for request in requests)
        command = [self._program, str(port), str(clients), str(seconds), path]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def _answer(self, process: "subprocess.Popen[str]") -> Asked:
        written, _ = process.communicate()
        assert process.returncode == 0, process.args
        done, seconds, entries_found, refused, p50, p99 = map(float, written.split())
        assert not refused, process.args
        return Asked(p50, p99, done / seconds, entries_found / done)


@contextmanager
def _ours(persons: list[PublishedPerson], way: str, folder: Path) -> Iterator[int]:
    """Run our server in a process of its own, as slapd runs."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(len(persons), way, folder, there))
    process.start()
    try:
        made, memory, port = here.recv()
        size = len(persons)
        report(f"LDAP {way}, {size} persons: made", made, "s")
        report(f"LDAP {way}, {size} persons: memory", memory, "MB")
        yield port
    finally:
        here.send(None)
        process.join()


@contextmanager
def _in_two(path: Path) -> Iterator[int]:
    """Run two processes of our server on a file that is there already."""
    with running_workers(WorkerSettings(path, (CONTEXT,), LdapOptions()), 2) as addresses:
        yield addresses.plain[1]


def _serve(
    count: int, way: str, folder: Path, pipe: "multiprocessing.connection.Connection"
) -> None:
    made: Iterable[LdapEntry] = entries(sample_authorities(), sample_persons(count))
    tree: Searchable
    if way == IN_MEMORY:
        made = list(made)
        before = _resident()
        start = time.perf_counter()
        tree = Tree(made, (CONTEXT,))
        seconds = time.perf_counter() - start
        del made
    else:
        path = folder / f"{count}.db"
        start = time.perf_counter()
        with EntryStore(path) as store:
            for some in batched(made, 2_000):
                with store.changes() as batch:
                    batch.put_all({item.name: (item,) for item in some}, "\x01", "\x01")
        seconds = time.perf_counter() - start
        before = _resident()
        tree = StoredTree(path, (CONTEXT,))
    memory = _resident() - before
    with running(LdapServer(lambda: tree)) as addresses:
        pipe.send((seconds, memory, addresses.plain[1]))
        pipe.recv()


def _resident() -> float:
    """Return the memory that this process holds now, in MB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def measure(count: int, load: Load) -> None:
    """Ask our server, both ways, and slapd the same, with one client and with several."""
    persons = list(sample_persons(count))
    with (
        tempfile.TemporaryDirectory() as folder,
        TemporarySlapd(entries(sample_authorities(), persons)) as slapd,
        _ours(persons, IN_A_FILE, Path(folder)) as file,
        _ours(persons, IN_MEMORY, Path(folder)) as memory,
        ExitStack() as stack,
    ):
        two = stack.enter_context(_in_two(Path(folder) / f"{count}.db"))
        ports = {IN_A_FILE: file, IN_TWO: two, IN_MEMORY: memory}
        for question in QUESTIONS:
            requests = _requests(question, persons)
            for clients in CLIENTS:
                other = load.ask(slapd.port, requests, clients)
                for way, port in ports.items():
                    mine = load.ask(port, requests, clients)
                    assert round(mine.found) == round(other.found), (question, way, mine, other)
                    name = f"LDAP {way}, {count} persons, {clients} clients, {question}"
                    report(f"{name}: p50", mine.p50, "µs", "slapd", other.p50)
                    report(f"{name}: p99", mine.p99, "µs", "slapd", other.p99)
                    report(f"{name}: rate", mine.rate, "searches/s", "slapd", other.rate)
        everything = {"slapd": slapd.port} | ports
        for way, port in everything.items():
            _beside_scans(load, f"LDAP {way}, {count} persons", port, persons)


def _beside_scans(load: Load, name: str, port: int, persons: list[PublishedPerson]) -> None:
    """Look persons up while others search everything, and compare with the same alone."""
    requests = _requests("certificate of a PS_IdNat", persons)
    for what, condition in SCANS.items():
        scan = Message(1, SearchRequest(BASE, filter=filters.parse(condition))).to_bytes()
        item = load.ask(port, [scan], 1)
        report(f"{name}: a scan for {what}, p50", item.p50 / 1000, "ms")
        alone = load.ask(port, requests, SCANNERS)
        with load.beside(port, [scan], SCANNERS):
            beside = load.ask(port, requests, SCANNERS)
        label = f"{name}: look-ups beside {SCANNERS} scans for {what}"
        report(f"{label}, rate", beside.rate, "searches/s", "alone", alone.rate)
        report(f"{label}, p99", beside.p99, "µs", "alone", alone.p99)


def main() -> None:
    """Measure two sizes."""
    with tempfile.TemporaryDirectory() as folder:
        load = Load(Path(folder))
        for count in SIZES:
            measure(count, load)


if __name__ == "__main__":
    main()
