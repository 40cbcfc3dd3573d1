# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How many commands reading, login and signature cost, beside the issuer's module and OpenSC.

The cards are virtual: a CPS3 of T=0 that answers ``61xx``, the same one held to a contactless
reader, and a CPS4 of T=1. GET RESPONSE counts, as at a real reader. The figures of the peers were
counted once with the same kind of card, from the start of their process (card bytes, found by
trial, section 5).
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import report

from caducee.base.secret import Secret
from caducee.cryptolib import CpsCard, KeyUse, PublicDataCache, open_card
from caducee.cryptolib.digest_info import digest_info
from caducee.reader.memory import MemoryReader
from caducee.spec.cards import TEST_PIN
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.store import MemoryStore

ISSUER, OPENSC = "issuer's module 5.2.2", "OpenSC 0.26.1"
CARDS = Path(__file__).parents[1] / "tests" / "vectors" / "cards"
INFO = digest_info(bytes(32), "sha256")


@dataclass(frozen=True, slots=True)
class Face:
    """One side of one card, and what the issuer's module needs for it."""

    name: str
    image: str
    side: str
    cold: int
    cached: int
    signature: int


FACES = (
    Face("CPS3 contact", "cps3.json", "contact", cold=81, cached=47, signature=27),
    Face("CPS3 contactless", "cps3.json", "contactless", cold=26, cached=4, signature=8),
    Face("CPS4", "cps4.json", "contact", cold=58, cached=26, signature=18),
)


def read_public(card: CpsCard) -> None:
    """Read everything that needs no code."""
    card.holder()
    card.languages()
    card.data_objects()
    for use in card.uses:
        card.certificate(use)


def log_in(card: CpsCard) -> None:
    """Show the holder, then sign one login with the code."""
    card.holder()
    card.keep_pin(Secret.of(TEST_PIN))
    if card.supports_pss:
        card.sign_pss(bytes(32))
    else:
        card.authenticate(INFO)


def log_in_by_pkcs1(card: CpsCard) -> None:
    """The same with the padding of TLS 1.2."""
    card.holder()
    card.keep_pin(Secret.of(TEST_PIN))
    card.authenticate(INFO)


def sign(card: CpsCard) -> None:
    """Sign a document; without contacts, a block by the technical key."""
    if card.uses == (KeyUse.TECHNICAL,):
        card.authenticate(INFO, KeyUse.TECHNICAL)
        return
    card.keep_pin(Secret.of(TEST_PIN))
    card.sign(b"document")


def measure(face: Face, cache: PublicDataCache) -> None:
    """Count each with a fresh connection; the cache is filled by the first reading."""

    def count(action: Callable[[CpsCard], None], kept: PublicDataCache | None) -> int:
        reader = MemoryReader()
        image = CardImage.load(CARDS / face.image)
        reader.insert(VirtualCard(MemoryStore(image), face=face.side))
        with open_card(reader, cache=kept) as card:
            action(card)
            return card.apdu_count

    name = f"card commands, {face.name}:"
    cold = count(read_public, cache)
    report(f"{name} cold reading of all public data", cold, "APDU", ISSUER, face.cold)
    cached = count(read_public, cache)
    report(f"{name} cached reading of all public data", cached, "APDU", ISSUER, face.cached)
    signature = count(sign, cache)
    report(f"{name} signature with a cached card", signature, "APDU", ISSUER, face.signature)
    if face.side == "contactless":
        return
    login, again = f"{name} login with a cached card", count(log_in, cache)
    if face.name == "CPS3 contact":
        report(f"{name} cold reading of all public data", cold, "APDU", OPENSC, 61)
        report(login, again, "APDU", OPENSC, 94)
    else:
        report(f"{login}, PSS", again, "APDU")
        report(f"{login}, PKCS#1", count(log_in_by_pkcs1, cache), "APDU")
    report(f"{name} login with a card never seen", count(log_in, None), "APDU")


def main() -> None:
    """Count on every face."""
    with tempfile.TemporaryDirectory() as folder:
        for face in FACES:
            measure(face, PublicDataCache(Path(folder)))


if __name__ == "__main__":
    main()
