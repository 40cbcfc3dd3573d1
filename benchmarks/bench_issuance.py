# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Issuing cards: keys put on cards against bare key generation, and cards with a key pool."""

import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.report import report
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from caducee.authority.authority import Authority
from caducee.base.clock import SystemClock
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.registry import Registry
from caducee.issuance import CardOrder, KeyPool, Practice, identities, issue_cards
from caducee.spec.cards import CARD_EXPONENT, CARD_KEY_BITS
from caducee.spec.igc import CA_KEY_BITS, CA_PUBLIC_EXPONENT

KEYS_EACH = 3
"""Signature, authentication and technical key."""

FRESH = 32
"""Cards for which keys are made, per round."""

POOLED = 192
"""Cards with keys from the pool."""

ROUNDS = 3


def orders(count: int, registry: Registry) -> Iterator[CardOrder]:
    """Yield orders of cards for new persons with one practice each."""
    for _ in range(count):
        person = identities.new_person(registry)
        practice = Practice(identities.practice_of(person), "SA07", "00")
        yield CardOrder(person=person, practices=(practice,))


def bare(count: int) -> float:
    """Return keys per second of RSA-2048 generation alone, on all cores."""
    start = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        list(
            threads.map(
                lambda _: rsa.generate_private_key(CARD_EXPONENT, CARD_KEY_BITS), range(count)
            )
        )
    return count / (time.perf_counter() - start)


def signing(count: int) -> float:
    """Return cards per second if a card were nothing but the signatures of its certificates."""
    key = rsa.generate_private_key(CA_PUBLIC_EXPONENT, CA_KEY_BITS)
    start = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        list(
            threads.map(
                lambda _: key.sign(b"", padding.PKCS1v15(), hashes.SHA256()),
                range(count * KEYS_EACH),
            )
        )
    return count / (time.perf_counter() - start)


def issuing(registry: Registry, authority: Authority, count: int, pool: KeyPool | None) -> float:
    """Return cards per second, recorded in the registry."""
    wanted = list(orders(count, registry))
    start = time.perf_counter()
    made = sum(1 for _ in issue_cards(registry, authority, wanted, keys=pool))
    return made / (time.perf_counter() - start)


def measure(folder: Path) -> None:
    """Measure with authorities of RSA 4096 and a registry on disk."""
    with Registry(f"sqlite:///{folder}/registry.db") as registry:
        authority = Authority(folder / "ca", RegistryRecords(registry), SystemClock())
        start = time.perf_counter()
        list(issue_cards(registry, authority, orders(1, registry)))
        report("first card, authorities included", time.perf_counter() - start, "s")
        # Both in turn, so that both meet the same machine; the sums even the luck of primes out.
        pairs = [
            (issuing(registry, authority, FRESH, None) * KEYS_EACH, bare(FRESH * KEYS_EACH))
            for _ in range(ROUNDS)
        ]
        ours, peer = (sum(rates) / ROUNDS for rates in zip(*pairs, strict=True))
        report("keys put on cards", ours, "keys/s", "bare RSA-2048 generation", peer)
        pool = KeyPool(folder / "pool")
        pool.fill(POOLED * KEYS_EACH)
        rate = issuing(registry, authority, POOLED, pool)
        report("cards with a key pool", rate, "cards/s", "their signatures alone", signing(POOLED))


def main() -> None:
    """Measure in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder))


if __name__ == "__main__":
    main()
