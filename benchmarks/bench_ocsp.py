# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""OCSP over HTTP, prepared and live, beside ``openssl ocsp`` in the same run.

Both have the same certificates and RSA-2048 responder key, and are asked by the same client:
a few requests at a time, each on a connection of its own. ``openssl ocsp`` closes it after each
answer, as HTTP/1.0 has it; ours is asked over connections that stay open and over ones that close.
Beside the rate stands the time that the server computed for an answer, which other work on the
machine does not change. The same is measured with more certificates in the records of both.
"""

import contextlib
import hashlib
import itertools
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from benchmarks.report import report
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from caducee.authority.ocsp.responder import cert_id
from caducee.base.clock import SystemClock
from caducee.directory import schema
from caducee.issuance import CardOrder, identities
from caducee.sandbox.world import Sandbox
from caducee.spec import igc
from caducee.testing.keys import SharedKeys

SECONDS = float(os.environ.get("CADUCEE_BENCH_SECONDS", "4"))
CLIENTS = 4
CERTIFICATES = 50
SIZES = (50, 5_000, 100_000)
"""How many certificates the records hold, of which the first are asked about."""
FORT = igc.ca(igc.Range.FORT)
FORT_PP = igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)

SERVER = """
import sys, time
from pathlib import Path
from caducee.sandbox.world import Sandbox
with Sandbox(Path(sys.argv[1])) as world, world.publication() as address:
    print(address, flush=True)
    sys.stdin.read()
"""


def _http(body: bytes, keep: bool) -> bytes:
    version, more = ("1.1", "") if keep else ("1.0", "Connection: close\r\n")
    head = (
        f"POST /ocsp HTTP/{version}\r\nHost: localhost\r\n{more}"
        f"Content-Type: application/ocsp-request\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _read(opened: socket.socket, keep: bool) -> None:
    found = b""
    wanted = None
    while wanted is None or len(found) < wanted:
        part = opened.recv(65536)
        if not part:
            break
        found += part
        head, ended, _ = found.partition(b"\r\n\r\n")
        if ended and keep:
            lines = head.lower().split(b"\r\n")
            size = next(line for line in lines if line.startswith(b"content-length:"))
            wanted = len(head) + 4 + int(size.partition(b":")[2])
    if b" 200 " not in found[:20]:
        raise RuntimeError(found[:80])


def measured(server: "Server", requests: list[bytes], *, keep: bool) -> "Figures":
    """Ask for some seconds, a few requests at a time, each on a connection of its own."""
    end = time.perf_counter() + SECONDS
    asked = itertools.cycle([_http(entry, keep) for entry in requests])
    kept = [_connected(server.port) for _ in range(CLIENTS)] if keep else []
    times: list[float] = []
    start, spent = time.perf_counter(), server.cpu_seconds()
    while time.perf_counter() < end:
        opened = kept or [_connected(server.port) for _ in range(CLIENTS)]
        sent = []
        for item in opened:
            sent.append(time.perf_counter())
            item.sendall(next(asked))
        for item, at in zip(opened, sent, strict=True):
            _read(item, keep)
            times.append(time.perf_counter() - at)
            if not keep:
                item.close()
    took, spent = time.perf_counter() - start, server.cpu_seconds() - spent
    for item in kept:
        item.close()
    times.sort()
    p99 = times[min(int(len(times) * 0.99), len(times) - 1)]
    return Figures(
        len(times) / took, statistics.median(times) * 1e3, p99 * 1e3, spent / len(times) * 1e6
    )


@dataclass(frozen=True)
class Figures:
    """What was measured of one server."""

    rate: float
    p50: float
    p99: float
    cpu: float


type Reported = dict[str, tuple[Figures, str]]


@dataclass(frozen=True)
class Server:
    """A server in a process of its own."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """Return how long its threads have computed (Linux)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _connected(port: int) -> socket.socket:
    opened = socket.create_connection(("127.0.0.1", port), timeout=30)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened


@contextlib.contextmanager
def ours(folder: Path) -> Iterator[Server]:
    """Run the publication points of a world in a process of their own."""
    command = [sys.executable, "-c", SERVER, str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stdin is not None
        yield Server(int(running.stdout.readline().rpartition(":")[2]), running.pid)
        running.stdin.close()
        running.wait()


@contextlib.contextmanager
def openssl(
    folder: Path, world: Sandbox, certificates: list[x509.Certificate], size: int
) -> Iterator[Server]:
    """Run ``openssl ocsp`` with the same certificates, responder and key."""
    authority = world.authority
    signer = authority.ocsp_signer(FORT_PP)
    pem = serialization.Encoding.PEM
    key = signer.key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    issuer = authority.certificate(FORT_PP).public_bytes(pem)
    for name, content in (
        ("signer.pem", signer.certificate.public_bytes(pem)),
        ("key.pem", key),
        ("issuer.pem", issuer),
        ("index.txt", (_index(certificates) + _others(certificates[0], size)).encode()),
    ):
        (folder / name).write_bytes(content)
    # Port 0: the system chooses; OpenSSL can listen on every address alone.
    command = [
        *("openssl", "ocsp", "-index", "index.txt", "-port", "0"),
        *("-rsigner", "signer.pem", "-rkey", "key.pem", "-CA", "issuer.pem", "-nmin", "60"),
    ]
    said = folder / "openssl.txt"
    with said.open("wb") as log:
        running = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield Server(_port(said), running.pid)
    finally:
        running.kill()
        running.wait()


def _index(certificates: list[x509.Certificate]) -> str:
    lines = (
        f"V\t{item.not_valid_after_utc:%y%m%d%H%M%SZ}\t\t{item.serial_number:X}\tunknown\t/CN={place}\n"
        for place, item in enumerate(certificates)
    )
    return "".join(lines)


def _others(like: x509.Certificate, size: int) -> str:
    until = f"{like.not_valid_after_utc:%y%m%d%H%M%SZ}"
    numbers = range(CERTIFICATES, size)
    return "".join(
        f"V\t{until}\t\t{_serial(number):X}\tunknown\t/CN={number}\n" for number in numbers
    )


def _serial(place: int) -> int:
    """Return a serial number of a certificate that nobody asks about."""
    return int.from_bytes(hashlib.sha256(place.to_bytes(8)).digest()[:15]) | 1 << 120


def fill(world: Sandbox, like: x509.Certificate, start: int, size: int) -> None:
    """Enter certificates that nobody asks about, all with one content, up to a size."""
    line = {
        "issuer": FORT_PP.common_name,
        "subject": "CN=OTHER",
        "not_before": like.not_valid_before_utc,
        "not_after": like.not_valid_after_utc,
        "der": b"",
    }
    lines = [{**line, "serial": f"{_serial(index):032X}"} for index in range(start, size)]
    if lines:
        with world.registry.writing() as connection:
            connection.execute(sa.insert(schema.certificate), lines)


def _port(said: Path) -> int:
    """Wait until OpenSSL says where it listens: ``ACCEPT 0.0.0.0:40123 PID=17``."""
    for _ in range(250):
        for line in said.read_text().splitlines():
            if line.startswith("ACCEPT "):
                return int(line.split()[1].rpartition(":")[2])
        time.sleep(0.02)
    raise RuntimeError("openssl ocsp does not listen")


def request(certificate: x509.Certificate, issuer: x509.Certificate, nonce: bytes | None) -> bytes:
    """Return a request, DER."""
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(serialization.Encoding.DER)


def main() -> None:
    """Measure both responders, one after the other, at three sizes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keys = SharedKeys()
        with Sandbox.create(folder / "world", machine=SystemClock(), ca_keys=keys) as world:
            orders = (
                CardOrder(person=identities.person(index + 1)) for index in range(CERTIFICATES)
            )
            made = [world.issue(order, keys=keys).authentication for order in orders]
            issuer = world.authority.certificate(FORT_PP)
            plain = [request(item, issuer, None) for item in made]
            fresh = [request(item, issuer, os.urandom(16)) for item in made * 20]
            assert cert_id(issuer, made[0].serial_number).encoded in plain[0]
            for before, size in itertools.pairwise((CERTIFICATES, *SIZES)):
                fill(world, made[0], before, size)
                with openssl(folder, world, made, size) as server:
                    peer = {"plain": measured(server, plain, keep=False)}
                    peer["fresh"] = measured(server, fresh, keep=False)
                with ours(folder / "world") as server:
                    measured(server, plain, keep=True)  # every answer is prepared now
                    tell(size, peer, measurements(server, plain, fresh))


def measurements(server: Server, plain: list[bytes], fresh: list[bytes]) -> Reported:
    """Measure ours in each way; beside each the name of the peer's measurement."""
    return {
        "prepared, connection kept": (measured(server, plain, keep=True), "plain"),
        "prepared, connection closed": (measured(server, plain, keep=False), "plain"),
        "live, connection kept": (measured(server, fresh, keep=True), "fresh"),
        "live, connection closed": (measured(server, fresh, keep=False), "fresh"),
    }


def tell(size: int, peer: dict[str, Figures], found: Reported) -> None:
    """Print every figure of one size."""
    units = {"rate": "answers/s", "p50": "ms", "p99": "ms", "cpu": "microseconds an answer"}
    for what, (figures, against) in found.items():
        for figure, unit in units.items():
            value, theirs = getattr(figures, figure), getattr(peer[against], figure)
            name = f"OCSP {what}, {size:,} certificates: {figure}"
            report(name, value, unit, "openssl ocsp", theirs)


if __name__ == "__main__":
    main()
