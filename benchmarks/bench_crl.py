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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.report import report
from cryptography import x509

from caducee.authority.crl import build_crl
from caducee.authority.keys import SignedKey
from caducee.codec.tlv import Tlv
from caducee.testing.pki import NOW, Issued, authority, resign
from caducee.trust.crl import VerifiedList
from caducee.trust.index import IndexSource, RevocationIndex, build
from caducee.trust.x509 import view


@dataclass(frozen=True, slots=True)
class _Revoked:
    """One line of a list, as the records of an authority give it."""

    serial: int
    at: dt.datetime


SIZES = (50_000, 500_000, 1_500_000)
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
    to_bytes = Tlv(0x30, Tlv(0x30, bytes.fromhex("020105") + date).to_bytes()).to_bytes()
    if body.count(to_bytes) != 1:
        raise ValueError("the entry to replace is not found")
    return resign(issuing, body.replace(to_bytes, Tlv(0x30, entries).to_bytes()))


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
    """Measure one size: build, verify, index, open, take in, and look up."""
    title = f"CRL of {count} entries"
    build_list(issuing, title, count)
    der = crl(issuing, count)
    known = [view(issuing.certificate)]
    found = VerifiedList.read(der, known)
    public = issuing.key.public_key()
    verified = _seconds(lambda: VerifiedList.read(der, known))
    other = _seconds(lambda: x509.load_der_x509_crl(der).is_signature_valid(public))
    report(f"{title}: load and verify", verified, "s", "cryptography", other)
    _beside(
        f"{title}: index (peers: to a set)",
        (_seconds(lambda: build(found)), "s"),
        _seconds(lambda: _serials(der), 1),
        _seconds(lambda: _serials_by_asn1crypto(der), 1),
    )
    with tempfile.TemporaryDirectory() as folder:
        source = IndexSource([issuing.certificate], Path(folder))
        report(f"{title}: taken in, on the disk", _seconds(lambda: source.load(der), 1), "s")
        path = next(Path(folder).glob("*.idx"))
        report(f"{title}: open", _seconds(lambda: RevocationIndex.open(path)) * 1000, "ms")
        look_up(title, RevocationIndex.open(path), der)
    memory(issuing, title, der)


def build_list(issuing: Issued, title: str, count: int) -> None:
    """Measure making a list, as the authority does; asn1crypto makes a hundredth of it."""
    serials = [int.from_bytes(PREFIX + index.to_bytes(8)) for index in range(count)]
    revoked = [_Revoked(serial, NOW) for serial in serials]
    signer = SignedKey(issuing.key, issuing.certificate)
    times = NOW, NOW + dt.timedelta(days=6)
    ours = _seconds(lambda: build_crl(signer, 1, times, revoked), 1)
    few = serials[: count // 100]
    other = _seconds(lambda: _built_by_asn1crypto(few), 1) * 100
    report(f"{title}: build", ours, "s", "asn1crypto (100 x a hundredth)", other)


def look_up(title: str, index: RevocationIndex, der: bytes) -> None:
    """Measure finding a serial, and not finding one."""
    peer, theirs = x509.load_der_x509_crl(der), _serials_by_asn1crypto(der)
    hit = _middle_serial(der)
    for name, serial in (("hit", hit), ("miss", hit + 1)):
        _beside(
            f"{title}: look-up, {name} (asn1crypto: in its set)",
            (_microseconds(partial(index.find, serial)), "µs"),
            _microseconds(partial(peer.get_revoked_certificate_by_serial_number, serial), 10),
            _microseconds(partial(theirs.__contains__, serial)),
        )
    full = _microseconds(lambda: index.entry(hit))
    report(f"{title}: look-up, hit, with date and reason", full, "µs")


def _beside(name: str, ours: tuple[float, str], *others: float) -> None:
    for peer, value in zip(("cryptography", "asn1crypto"), others, strict=True):
        report(name, *ours, peer, value)


def _serials(der: bytes) -> set[int]:
    return {item.serial_number for item in x509.load_der_x509_crl(der)}


def _serials_by_asn1crypto(der: bytes) -> set[int]:
    from asn1crypto import crl as asn1

    listed = asn1.CertificateList.load(der)["tbs_cert_list"]["revoked_certificates"]
    return {item["user_certificate"].native for item in listed}


def _built_by_asn1crypto(serials: Sequence[int]) -> bytes:
    from asn1crypto import crl as asn1
    from asn1crypto import x509 as asn1_x509

    date = asn1_x509.Time({"utc_time": NOW})
    entries = [{"user_certificate": serial, "revocation_date": date} for serial in serials]
    made: bytes = asn1.RevokedCertificates(entries).dump()
    return made


def memory(issuing: Issued, title: str, der: bytes) -> None:
    """Measure what taking in a list, and holding it, costs a process."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "list.crl"
        file.write_bytes(der)
        found = {
            name: _more(work, issuing, file, folder)
            for name, work in (("build", _build), ("hold", _hold), ("c", _set), ("a", _asn1))
        }
        for name in ("build", "hold"):
            more = f"{title}: memory more, {name} (peers: a set)"
            _beside(more, (found[name], "MB"), found["c"], found["a"])


type _Work = Callable[[Connection, bytes, str, str], None]


def _more(work: _Work, issuing: Issued, file: Path, folder: str) -> float:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(theirs, issuing.der, str(file), folder))
    process.start()
    more: int = ours.recv()
    process.join()
    return more / 1024


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
    found = _serials(Path(file).read_bytes())
    answer.send(_peak() - before + 0 * len(found))


def _asn1(answer: Connection, known: bytes, file: str, folder: str) -> None:
    before = _peak()
    found = _serials_by_asn1crypto(Path(file).read_bytes())
    answer.send(_peak() - before + 0 * len(found))


def main() -> None:
    """Measure three sizes."""
    issuing = authority("ISSUING")
    for count in SIZES:
        size(issuing, count)


if __name__ == "__main__":
    main()
