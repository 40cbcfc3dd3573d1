# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""LDAP searches by certificate and by name, ours beside slapd, on the same entries.

Three sizes of directory show how each grows. The client is the same for both and does no more than
it must: requests written beforehand, answers counted by their end.
"""

import multiprocessing
import random
import resource
import selectors
import socket
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import batched
from pathlib import Path

from benchmarks.report import report

from caducee.codec.ldap import filters
from caducee.codec.ldap.filters import Equal, Filter, Substrings
from caducee.codec.ldap.messages import Message, message_size
from caducee.codec.ldap.operations import SearchRequest
from caducee.directory.ldap.client import certificate_filter
from caducee.directory.ldap.entries import Entry, Searchable
from caducee.directory.ldap.publication import CONTEXT, PublishedPerson, entries
from caducee.directory.ldap.server import LdapServer, running
from caducee.directory.ldap.store import EntryStore
from caducee.directory.ldap.stored import StoredTree
from caducee.directory.ldap.tree import Tree
from caducee.testing.ldap import TemporarySlapd, sample_authorities, sample_persons

SIZES = (500, 5_000, 50_000)
"""Persons; each has two entries, so that the last size is 100,000."""

ROUNDS = 4_000
CLIENTS = (1, 8)
IN_MEMORY, IN_A_FILE = "in memory", "in a file"
BASE = "o=TEST,c=FR"


def _by_number(one: PublishedPerson) -> Filter:
    return Equal("cn", one.person.ps_idnat.encode())


def _by_name(one: PublishedPerson) -> Filter:
    return filters.And(
        (Equal("sn", one.person.family_name.encode()), Equal("objectClass", b"cpsPersonne"))
    )


def _by_beginning(one: PublishedPerson) -> Filter:
    return Substrings("sn", one.person.family_name.encode()[:-1])


def _by_certificate(one: PublishedPerson) -> Filter:
    return Equal("certauth", certificate_filter(one.authentication[0]).parts[0].value)  # type: ignore[union-attr]


QUESTIONS = {
    "certificate of a PS_IdNat": (_by_number, ("certauth;binary",)),
    "holder of a certificate": (_by_certificate, ("cn",)),
    "family name": (_by_name, ()),
    "beginning of a family name": (_by_beginning, ("cn", "givenName")),
}


def _requests(question: str, persons: list[PublishedPerson]) -> list[bytes]:
    make, wanted = QUESTIONS[question]
    chosen = random.Random(7).choices([one for one in persons if one.person.profession], k=ROUNDS)
    return [
        Message(1, SearchRequest(BASE, filter=make(one), attributes=wanted)).to_bytes()
        for one in chosen
    ]


def _count(buffer: bytearray) -> tuple[int, int]:
    """Take whole messages off a buffer; return how many ends and how many entries there were."""
    done = found = place = 0
    view = bytes(buffer)
    while (size := message_size(view[place : place + 6])) and place + size <= len(view):
        head = place + (2 if view[place + 1] < 0x80 else 2 + (view[place + 1] & 0x7F)) + 3
        done += view[head] == 0x65
        found += view[head] == 0x64
        place += size
    del buffer[:place]
    return done, found


@dataclass
class _Client:
    """One connection with one request under way."""

    peer: socket.socket
    requests: Iterator[bytes]
    buffer: bytearray = field(default_factory=bytearray)
    asked: float = 0.0

    def ask(self) -> bool:
        """Send the next request, if there is one."""
        request = next(self.requests, None)
        if request is None:
            return False
        self.asked = time.perf_counter()
        self.peer.sendall(request)
        return True


@dataclass(frozen=True)
class Asked:
    """What asking took."""

    p50: float
    """Microseconds of one search."""

    p99: float
    rate: float
    """Searches per second, of all clients."""

    found: int


def ask(port: int, requests: list[bytes], clients: int) -> Asked:
    """Ask from some connections at once, each waiting for its answer before it asks again."""
    selector = selectors.DefaultSelector()
    shared = iter(requests)
    times, found = [], 0
    for _ in range(clients):
        peer = socket.create_connection(("127.0.0.1", port))
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(peer, selectors.EVENT_READ, _Client(peer, shared))
    begin = time.perf_counter()
    busy = {key.data.peer for key in selector.get_map().values() if key.data.ask()}
    while busy:
        for key, _ in selector.select():
            one: _Client = key.data
            one.buffer += one.peer.recv(1 << 16)
            done, entries_found = _count(one.buffer)
            found += entries_found
            if done:
                times.append(time.perf_counter() - one.asked)
                if not one.ask():
                    busy.discard(one.peer)
    seconds = time.perf_counter() - begin
    for key in list(selector.get_map().values()):
        key.data.peer.close()
    selector.close()
    times.sort()
    middle, late = times[len(times) // 2], times[len(times) * 99 // 100]
    return Asked(middle * 1e6, late * 1e6, len(times) / seconds, found)


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


def _serve(
    count: int, way: str, folder: Path, pipe: "multiprocessing.connection.Connection"
) -> None:
    made: Iterable[Entry] = entries(sample_authorities(), sample_persons(count))
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
                    batch.put_all({one.name: (one,) for one in some}, "\x01", "\x01")
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


def measure(count: int) -> None:
    """Ask our server, both ways, and slapd the same, with one client and with several."""
    persons = list(sample_persons(count))
    with (
        tempfile.TemporaryDirectory() as folder,
        TemporarySlapd(entries(sample_authorities(), persons)) as slapd,
        _ours(persons, IN_A_FILE, Path(folder)) as file,
        _ours(persons, IN_MEMORY, Path(folder)) as memory,
    ):
        ports = {IN_A_FILE: file, IN_MEMORY: memory}
        for question in QUESTIONS:
            requests = _requests(question, persons)
            for clients in CLIENTS:
                other = ask(slapd.port, requests, clients)
                for way, port in ports.items():
                    mine = ask(port, requests, clients)
                    assert mine.found == other.found, (question, way, mine, other)
                    name = f"LDAP {way}, {count} persons, {clients} clients, {question}"
                    report(f"{name}: p50", mine.p50, "µs", "slapd", other.p50)
                    report(f"{name}: p99", mine.p99, "µs", "slapd", other.p99)
                    report(f"{name}: rate", mine.rate, "searches/s", "slapd", other.rate)


def main() -> None:
    """Measure three sizes."""
    for count in SIZES:
        measure(count)


if __name__ == "__main__":
    main()
