# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How many commands reading, login and signature cost, beside the issuer's module and OpenSC.

The card is a virtual CPS3 of T=0 that answers ``61xx``: GET RESPONSE counts, as at a real reader.
The figures of the peers were counted once with the same kind of card, from the start of their
process (card bytes, found by trial, section 5).
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.report import report

from caducee.base.secret import Secret
from caducee.cryptolib import CpsCard, PublicDataCache, open_card
from caducee.cryptolib.digest_info import digest_info
from caducee.reader.memory import MemoryReader
from caducee.spec.cards import TEST_PIN
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.store import MemoryStore

ISSUER, OPENSC = "issuer's module 5.2.2", "OpenSC 0.26.1"
IMAGE = Path(__file__).parents[1] / "tests" / "vectors" / "cards" / "cps3.json"
INFO = digest_info(bytes(32), "sha256")


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
    card.keep_code(Secret.of(TEST_PIN))
    card.authenticate(INFO)


def sign(card: CpsCard) -> None:
    """Sign a document."""
    card.keep_code(Secret.of(TEST_PIN))
    card.sign(b"document")


def main() -> None:
    """Count each with a fresh connection; the cache is filled by the first reading."""
    with tempfile.TemporaryDirectory() as folder:
        cache = PublicDataCache(Path(folder))

        def count(action: Callable[[CpsCard], None], kept: PublicDataCache | None) -> int:
            reader = MemoryReader()
            reader.insert(VirtualCard(MemoryStore(CardImage.load(IMAGE))))
            with open_card(reader, cache=kept) as card:
                action(card)
                return card.apdu_count

        cold = count(read_public, cache)
        report("card commands: cold reading of all public data", cold, "APDU", ISSUER, 81)
        report("card commands: cold reading of all public data", cold, "APDU", OPENSC, 61)
        cached = count(read_public, cache)
        report("card commands: cached reading of all public data", cached, "APDU", ISSUER, 47)
        report("card commands: login with a cached card", count(log_in, cache), "APDU", OPENSC, 94)
        report("card commands: login with a card never seen", count(log_in, None), "APDU")
        signature = count(sign, cache)
        report("card commands: signature with a cached card", signature, "APDU", ISSUER, 27)


if __name__ == "__main__":
    main()
