# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The revocation index beside ``cryptography`` and asn1crypto, at three sizes.

Serials have 16 bytes, the first eight the same as in IGC-Santé lists; each entry gives a reason.
Memory is that of a process of its own which does nothing else, above what it had before.
"""

import datetime as dt
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.report import report
from cryptography import x509

from caducee.codec.tlv import Tlv
from caducee.testing.pki import NOW, Issued, authority, resign
from caducee.trust.crl import VerifiedList
from caducee.trust.index import IndexSource, RevocationIndex, build
from caducee.trust.x509 import view

SIZES = (20_000, 100_000, 500_000)
LARGEST = SIZES[-1]
PREFIX = bytes.fromhex("63DAFFCFC8034BDC")
REASON = bytes.fromhex("300C 300A 0603 551D15 0403 0A0101")
DATE = b"\x17\x0d261123120000Z"


def crl(issuing: Issued, count: int) -> bytes:
    """Return a signed list; the entries are put together by hand, which is quicker."""
    head = bytes.fromhex("0210") + PREFIX
    start = bytes((0x30, len(head) + 8 + len(DATE) + len(REASON))) + head
    numbers = os.urandom(8 * count)
    tail = DATE + REASON
    entries = b"".join(start + numbers[at : at + 8] + tail for at in range(0, 8 * count, 8))
    body = x509.load_der_x509_crl(issuing.crl(5)).tbs_certlist_bytes
    date = (NOW - dt.timedelta(days=1)).strftime("\x17\x0d%y%m%d%H%M%SZ").encode()
    one = Tlv(0x30, Tlv(0x30, bytes.fromhex("020105") + date).to_bytes()).to_bytes()
    if body.count(one) != 1:
        raise ValueError("the entry to replace is not found")
    return resign(issuing, body.replace(one, Tlv(0x30, entries).to_bytes()))


def _seconds(work: Callable[[], object], rounds: int = 3) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def _microseconds(work: Callable[[], object], rounds: int = 20_000) -> float:
    times = []
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(rounds // 5):
            work()
        times.append((time.perf_counter() - start) / (rounds // 5))
    return statistics.median(times) * 1e6


def _middle_serial(der: bytes) -> int:
    at = der.index(bytes.fromhex("0210") + PREFIX, len(der) // 2) + 2
    return int.from_bytes(der[at : at + 16])


def size(issuing: Issued, count: int) -> None:
    """Measure one size: verify, index, open, take in, and look up."""
    der = crl(issuing, count)
    known = [view(issuing.certificate)]
    found = VerifiedList.read(der, known)
    peer = x509.load_der_x509_crl(der)
    title = f"CRL of {count} entries"
    verified = _seconds(lambda: VerifiedList.read(der, known))
    other = _seconds(
        lambda: x509.load_der_x509_crl(der).is_signature_valid(issuing.key.public_key())
    )
    report(f"{title}: load and verify", verified, "s", "cryptography", other)
    listed = _seconds(lambda: {one.serial_number for one in x509.load_der_x509_crl(der)}, 1)
    report(f"{title}: index", _seconds(lambda: build(found)), "s", "cryptography, to a set", listed)
    _asn1crypto(title, der)
    with tempfile.TemporaryDirectory() as folder:
        source = IndexSource([issuing.certificate], Path(folder))
        report(f"{title}: taken in, on the disk", _seconds(lambda: source.load(der), 1), "s")
        path = next(Path(folder).glob("*.idx"))
        report(f"{title}: open", _seconds(lambda: RevocationIndex.open(path)) * 1000, "ms")
        index = RevocationIndex.open(path)
        hit = _middle_serial(der)
        for name, serial in (("hit", hit), ("miss", hit + 1)):
            ours = _microseconds(lambda serial=serial: index.find(serial))  # type: ignore[misc]
            theirs = _microseconds(
                lambda serial=serial: peer.get_revoked_certificate_by_serial_number(serial),  # type: ignore[misc]
                10,
            )
            report(f"{title}: look-up, {name}", ours, "µs", "cryptography", theirs)
        full = _microseconds(lambda: index.entry(hit))
        report(f"{title}: look-up, hit, with date and reason", full, "µs")


def _asn1crypto(title: str, der: bytes) -> None:
    try:
        from asn1crypto import crl as other
    except ImportError:
        return

    def index() -> object:
        listed = other.CertificateList.load(der)["tbs_cert_list"]["revoked_certificates"]
        return {one["user_certificate"].native for one in listed}

    report(f"{title}: index by asn1crypto, to a set", _seconds(index, 1), "s")


def memory(issuing: Issued) -> None:
    """Measure what taking in the largest list, and holding it, costs a process."""
    der = crl(issuing, LARGEST)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "list.crl"
        file.write_bytes(der)
        for name, work in (("build", _build), ("hold open", _hold), ("cryptography, a set", _set)):
            context = multiprocessing.get_context("spawn")
            ours, theirs = context.Pipe()
            arguments = (theirs, issuing.der, str(file), folder)
            process = context.Process(target=work, args=arguments)
            process.start()
            more = ours.recv()
            process.join()
            report(f"CRL of {LARGEST} entries: memory more, {name}", more / 1024, "MB")


def _peak() -> int:
    """Return the most memory of this process so far, in kB; Linux, where benchmarks run."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def _build(answer: Connection, known: bytes, file: str, folder: str) -> None:
    source = IndexSource([x509.load_der_x509_certificate(known)], Path(folder))
    before = _peak()
    source.load(Path(file).read_bytes())
    answer.send(_peak() - before)


def _hold(answer: Connection, known: bytes, file: str, folder: str) -> None:
    before = _peak()
    index = RevocationIndex.open(next(Path(folder).glob("*.idx")))
    index.entry(1)
    answer.send(_peak() - before)


def _set(answer: Connection, known: bytes, file: str, folder: str) -> None:
    before = _peak()
    found = {one.serial_number for one in x509.load_der_x509_crl(Path(file).read_bytes())}
    answer.send(_peak() - before + 0 * len(found))


def main() -> None:
    """Measure three sizes, and the memory of the largest."""
    issuing = authority("ISSUING")
    for count in SIZES:
        size(issuing, count)
    memory(issuing)


if __name__ == "__main__":
    main()
