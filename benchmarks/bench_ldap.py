# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""LDAP searches by certificate and by name, ours beside slapd, on the same entries.

Three sizes of directory show how each grows. The client is the same for both and does no more than
it must: requests written beforehand, answers counted by their end.
"""

import multiprocessing
import random
import resource
import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.report import report

from caducee.codec.ldap import filters
from caducee.codec.ldap.filters import Equal, Filter, Substrings
from caducee.codec.ldap.messages import Message, message_size
from caducee.codec.ldap.operations import SearchRequest
from caducee.directory.ldap.client import certificate_filter
from caducee.directory.ldap.publication import CONTEXT, PublishedPerson, entries
from caducee.directory.ldap.server import LdapServer, running
from caducee.directory.ldap.tree import Tree
from caducee.testing.ldap import TemporarySlapd, sample_authorities, sample_persons

SIZES = (1_000, 10_000, 50_000)
"""Persons; each has two entries, so that the last size is 100,000."""

ROUNDS = 2_000
PIPELINED = 16
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


def _ask(port: int, requests: list[bytes], at_once: int) -> tuple[float, float, int]:
    """Return searches per second, the median time of one in µs, and the entries found."""
    with socket.create_connection(("127.0.0.1", port)) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffer, times, found = bytearray(), [], 0
        begin = time.perf_counter()
        for place in range(0, len(requests), at_once):
            batch = requests[place : place + at_once]
            start = time.perf_counter()
            peer.sendall(b"".join(batch))
            left = len(batch)
            while left:
                buffer += peer.recv(1 << 16)
                done, entries_found = _count(buffer)
                left -= done
                found += entries_found
            times.append(time.perf_counter() - start)
        return (
            len(requests) / (time.perf_counter() - begin),
            statistics.median(times) * 1e6 / at_once,
            found,
        )


@contextmanager
def _ours(persons: list[PublishedPerson]) -> Iterator[int]:
    """Run our server in a process of its own, as slapd runs."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(len(persons), there))
    process.start()
    try:
        seconds, memory, port = here.recv()
        size = len(persons)
        report(f"LDAP tree of {size} persons, made", seconds, "s")
        report(f"LDAP server with {size} persons, memory", memory, "MB")
        yield port
    finally:
        here.send(None)
        process.join()


def _serve(count: int, pipe: "multiprocessing.connection.Connection") -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    made = list(entries(sample_authorities(), sample_persons(count)))
    start = time.perf_counter()
    tree = Tree(made, (CONTEXT,))
    seconds = time.perf_counter() - start
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    del made
    with running(LdapServer(lambda: tree)) as addresses:
        pipe.send((seconds, memory, addresses.plain[1]))
        pipe.recv()


def measure(count: int) -> None:
    """Ask both servers the same, one request at a time and several at once."""
    persons = list(sample_persons(count))
    with _ours(persons) as port, TemporarySlapd(entries(sample_authorities(), persons)) as slapd:
        for question in QUESTIONS:
            requests = _requests(question, persons)
            for at_once in (1, PIPELINED):
                mine = _ask(port, requests, at_once)
                other = _ask(slapd.port, requests, at_once)
                assert mine[2] == other[2], (question, mine[2], other[2])
                how = "one by one" if at_once == 1 else f"{at_once} at once"
                name = f"LDAP {question}, {count} persons, {how}"
                report(name, mine[1], "µs", "slapd", other[1])


def main() -> None:
    """Measure three sizes."""
    for count in SIZES:
        measure(count)


if __name__ == "__main__":
    main()
