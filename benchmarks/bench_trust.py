# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Path validation of the twin's chain, of hostile chains, and revocation lists.

The chain is three certificates with the key sizes of IGC-Santé: RSA-4096 twice, RSA-2048 for the
card. Every round has a leaf of its own, never seen before; what is remembered from round to round
are the authorities, their extensions and the signature on the issuing one, as in a service.
"""

import asyncio
import datetime as dt
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.report import report
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store

from caducee.testing.hostile import FAMILIES
from caducee.testing.pki import NOW, Issued, authority
from caducee.trust import CertificatePurpose, CrlSource, PathLimits, validate
from caducee.trust.crl import CrlIndex
from caducee.trust.x509 import view

ROUNDS = 500
COLD_ROUNDS = 100
ENTRIES = 500_000


def _microseconds(check: Callable[[], object], rounds: int = ROUNDS) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        check()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e6


@dataclass(frozen=True)
class World:
    """A chain of three and its lists, as a verifier gets them."""

    root: Issued
    issuing: Issued
    leaves: list[bytes]

    @classmethod
    def made(cls, leaves: int) -> "World":
        """Issue authorities that nobody has seen before, with the same keys each time."""
        root = authority("ROOT", key_name="rsa4096 root")
        issuing = root.authority("ISSUING", key_name="rsa4096 issuing", path_length=0)
        made = [issuing.issue("LEAF", key_name="rsa2048 leaf").der for _ in range(leaves)]
        return cls(root, issuing, made)

    def authorities(self) -> list[x509.Certificate]:
        """Load root and issuing authority anew."""
        return [x509.load_der_x509_certificate(item.der) for item in (self.root, self.issuing)]


def _ours(leaf: bytes, authorities: Sequence[x509.Certificate], source: CrlSource | None) -> None:
    root, issuing = authorities
    validate(
        x509.load_der_x509_certificate(leaf),
        [issuing],
        anchors=[root],
        at=NOW,
        purpose=CertificatePurpose.CLIENT_AUTHENTICATION,
        revocation=source,
    ).require()


def _peer(leaf: bytes, authorities: Sequence[x509.Certificate]) -> None:
    root, issuing = authorities
    verifier = (
        PolicyBuilder()
        .store(Store([root]))
        .time(NOW)
        .extension_policies(
            ca_policy=ExtensionPolicy.webpki_defaults_ca(),
            ee_policy=ExtensionPolicy.permit_all(),
        )
        .build_client_verifier()
    )
    verifier.verify(x509.load_der_x509_certificate(leaf), [issuing])


def paths() -> None:
    """Measure the twin's chain warm and cold beside ``cryptography``, in turns.

    Each round asks every program once, in an order that changes, so that whatever else the machine
    does meets all alike; what is reported are medians, and the median of the ratios of the rounds.
    Warm: the authorities are known, and the signature on the issuing one is remembered, which the
    peer never does. Cold: they were never seen before.
    """
    warm = World.made(3 * ROUNDS)
    source = CrlSource(known := warm.authorities())
    source.load(warm.root.crl())
    source.load(warm.issuing.crl(*range(1, 1000)))
    turn = iter(warm.leaves)
    _in_turns(
        "warm",
        ROUNDS,
        {
            "ours": lambda: _ours(next(turn), known, None),
            "peer": lambda: _peer(next(turn), known),
            "with CRLs": lambda: _ours(next(turn), known, source),
        },
    )
    worlds = [World.made(1) for _ in range(2 * COLD_ROUNDS)]
    fresh = iter(worlds)

    def cold(check: Callable[[bytes, Sequence[x509.Certificate]], None]) -> None:
        world = next(fresh)
        check(world.leaves[0], world.authorities())

    _in_turns(
        "cold",
        COLD_ROUNDS,
        {
            "ours": lambda: cold(lambda leaf, known: _ours(leaf, known, None)),
            "peer": lambda: cold(_peer),
        },
    )


def _in_turns(name: str, rounds: int, checks: dict[str, Callable[[], object]]) -> None:
    times: dict[str, list[float]] = {check: [] for check in checks}
    order = list(checks)
    for _ in range(rounds):
        for item in order:
            start = time.perf_counter()
            checks[item]()
            times[item].append((time.perf_counter() - start) * 1000)
        order = order[1:] + order[:1]
    medians = {entry: statistics.median(found) for entry, found in times.items()}
    peer = "cryptography x509.verification"
    report(f"path validation, chain of 3, {name}", medians["ours"], "ms", peer, medians["peer"])
    ratios = [ours / theirs for ours, theirs in zip(times["ours"], times["peer"], strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    for what, value in (("median", middle), ("first quarter", low), ("third quarter", high)):
        report(f"path validation, {name}: {what} of the ratios to {peer}", value, "times")
    if "with CRLs" in medians:
        report(f"path validation with CRLs, chain of 3, {name}", medians["with CRLs"], "ms")


class Peer:
    """pyhanko-certvalidator, with what a service keeps from login to login already read."""

    def __init__(self, chain: Sequence[Issued], lists: Sequence[bytes] = ()) -> None:
        from asn1crypto import crl, x509

        self._read = x509.Certificate.load
        self._root, *self._between = (self._read(item.der) for item in chain)
        self._lists = [crl.CertificateList.load(item) for item in lists]
        self._loop = asyncio.new_event_loop()

    def validate(self, leaf: bytes) -> object:
        """Validate a leaf, by lists if there are any."""
        from pyhanko_certvalidator import CertificateValidator, ValidationContext

        context = ValidationContext(
            trust_roots=[self._root],
            moment=NOW,
            crls=self._lists,
            revocation_mode="require" if self._lists else "soft-fail",
        )
        validator = CertificateValidator(self._read(leaf), self._between, context)
        return self._loop.run_until_complete(
            validator.async_validate_usage(  # type: ignore[no-untyped-call]
                {"digital_signature"}, {"client_auth"}
            )
        )


def growth() -> None:
    """Measure how paths grow with their length, and with the lists: three sizes each."""
    for length in (3, 5, 10):
        chain = _chain(length)
        _beside_peer(f"path of {length} certificates", chain, [], 100)
    chain = _chain(3)
    for count in (1_000, 10_000, 100_000):
        # Serials that no leaf has; every look-up is a miss, as nearly all are.
        lists = [chain[0].crl(), chain[1].crl(*range(1, count + 1))]
        name = f"path of 3 certificates, lists of {count} entries"
        _beside_peer(name, chain, lists, 100_000 // count + 2)


def _chain(length: int) -> list[Issued]:
    """Return the authorities of a chain: root first, the leaf not yet there."""
    chain = [authority("ROOT", key_name="rsa4096 root")]
    for level in range(length - 2):
        chain.append(chain[-1].authority(f"CA {level}", key_name=f"rsa2048 {level}"))
    return chain


def _beside_peer(name: str, chain: Sequence[Issued], lists: Sequence[bytes], rounds: int) -> None:
    made = 2 * ROUNDS
    leaves = iter([chain[-1].issue("LEAF", key_name="rsa2048 leaf").der for _ in range(made)])
    source = CrlSource([entry.certificate for entry in chain]) if lists else None
    for item in lists:
        assert source is not None
        source.load(item)
    between = [entry.certificate for entry in chain[1:]]
    limits = PathLimits(depth=12)

    def ours() -> None:
        validate(
            x509.load_der_x509_certificate(next(leaves)),
            between,
            anchors=[chain[0].certificate],
            at=NOW,
            purpose=CertificatePurpose.CLIENT_AUTHENTICATION,
            revocation=source,
            limits=limits,
        ).require()

    peer = Peer(chain, lists)
    other = _microseconds(lambda: peer.validate(next(leaves)), rounds) / 1000
    report(name, _microseconds(ours) / 1000, "ms", "pyhanko-certvalidator", other)


def hostile() -> None:
    """Measure chains that were made to take long, without lists and with a source of lists."""
    for name, family in FAMILIES.items():
        made = family()
        source = CrlSource([*made.anchors, *made.between])
        start = time.perf_counter()
        result = validate(
            made.leaf,
            made.between,
            anchors=made.anchors,
            at=NOW,
            purpose=CertificatePurpose.ANY,
            revocation=source,
        )
        seconds = time.perf_counter() - start
        assert not result.ok
        report(f"hostile chain: {name}", seconds * 1000, "ms")


def lists() -> None:
    """Measure a list of many entries: taking it in, and asking it."""
    issuing = authority("ISSUING")
    prefix = bytes.fromhex("63DAFFCFC8034BDC")
    revoked = [
        x509.RevokedCertificateBuilder()
        .serial_number(int.from_bytes(prefix + os.urandom(8)))
        .revocation_date(NOW)
        .build()
        for _ in range(ENTRIES)
    ]
    name = issuing.certificate.subject
    ends = NOW + dt.timedelta(days=6)
    number = x509.Extension(x509.CRLNumber.oid, False, x509.CRLNumber(1))
    builder = x509.CertificateRevocationListBuilder(name, NOW, ends, [number], revoked)
    signed = builder.sign(issuing.key, hashes.SHA256())
    der = signed.public_bytes(serialization.Encoding.DER)
    source = CrlSource([issuing.certificate])
    start = time.perf_counter()
    source.load(der)
    report(f"CRL of {ENTRIES} entries, verified and indexed", time.perf_counter() - start, "s")
    leaf = issuing.issue("LEAF").certificate
    ours = _microseconds(lambda: source.status(leaf, issuing.certificate, NOW))
    other = _microseconds(
        lambda: signed.get_revoked_certificate_by_serial_number(leaf.serial_number), 5
    )
    report(f"question to a CRL of {ENTRIES} entries", ours, "µs", "cryptography", other)
    index = CrlIndex.read(der, [view(issuing.certificate)])
    alone = _microseconds(lambda: index.entry(leaf.serial_number))
    report(f"look-up in the index of {ENTRIES} entries", alone, "µs")


def main() -> None:
    """Measure paths, hostile paths and lists."""
    paths()
    growth()
    hostile()
    lists()


if __name__ == "__main__":
    main()
