# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How long a real card would take, for each face, and where the time goes.

The virtual card runs at real pace on a clock that nobody waits for: what the line and the chip
would need is counted from the bytes that are moved (spec/data/pace.toml). One reading is really
slept through, to see that both agree.
"""

import tempfile
import time
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
from caducee.virtualcard.pace.chip import PacedChip, Spent
from caducee.virtualcard.store import MemoryStore

CARDS = Path(__file__).parents[1] / "tests" / "vectors" / "cards"
CPS4_COLD_BUDGET = 1.5
INFO = digest_info(bytes(32), "sha256")

type Action = Callable[[CpsCard], None]


@dataclass
class Clock:
    """Time that passes only when somebody sleeps."""

    time: float = 0.0

    def now(self) -> float:
        """Return the time."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Let it pass."""
        self.time += seconds


@dataclass(frozen=True)
class Face:
    """A face of a card of the vectors."""

    name: str
    file: str
    face: str
    has_pin: bool = True


FACES = (
    Face("CPS3 contact", "cps3.json", "contact"),
    Face("CPS3 contactless", "cps3.json", "contactless", has_pin=False),
    Face("CPS4", "cps4.json", "contact"),
)


def read_public(card: CpsCard) -> None:
    """Read everything that needs no code."""
    card.data_objects()
    for use in card.uses:
        card.certificate(use)


def log_in(card: CpsCard) -> None:
    """Show the holder, then sign one login with the code."""
    card.holder()
    card.keep_pin(Secret.of(TEST_PIN))
    card.authenticate(INFO)


def sign(card: CpsCard) -> None:
    """Sign a document."""
    card.keep_pin(Secret.of(TEST_PIN))
    card.sign(b"document")


def identify(card: CpsCard) -> None:
    """Prove the card itself with the technical key, as doors do."""
    card.authenticate(INFO, KeyUse.TECHNICAL)


def run(face: Face, action: Action, cache: PublicDataCache, clock: Clock) -> Spent:
    """Do something with a card just inserted, and return what a real one would have needed."""
    store = MemoryStore(CardImage.load(CARDS / face.file))
    chip = PacedChip(VirtualCard(store, face=face.face), clock=clock.now, sleep=clock.sleep)
    reader = MemoryReader()
    reader.insert(chip)
    with open_card(reader, cache=cache) as card:
        action(card)
    return chip.spent


def tell(face: Face, what: str, spent: Spent) -> None:
    """Report a time and where it went."""
    name = f"real pace, {face.name}: {what}"
    report(name, spent.total, "s")
    report(f"{name}, on the line", spent.line, "s")
    report(f"{name}, RSA", spent.keys, "s")
    report(f"{name}, otherwise in the chip", spent.chip, "s")
    report(f"{name}, commands", spent.commands, "APDU")
    report(f"{name}, moved", spent.moved, "bytes")


def of_face(face: Face) -> None:
    """Measure a face; the cache is filled by the cold reading."""
    with tempfile.TemporaryDirectory() as folder:
        cache = PublicDataCache(Path(folder))
        cold = run(face, read_public, cache, Clock())
        tell(face, "cold reading of all public data", cold)
        if face.name == "CPS4":
            report(
                "real pace, CPS4: cold reading beside its budget",
                cold.total,
                "s",
                "budget",
                CPS4_COLD_BUDGET,
            )
        if not face.has_pin:
            tell(face, "proof of the card with a cached card", run(face, identify, cache, Clock()))
            return
        tell(face, "login with a cached card", run(face, log_in, cache, Clock()))
        tell(face, "signature with a cached card", run(face, sign, cache, Clock()))


def slept() -> None:
    """Sleep through one cached login on a CPS3, and report it beside what was counted."""
    face = FACES[0]
    with tempfile.TemporaryDirectory() as folder:
        cache = PublicDataCache(Path(folder))
        run(face, read_public, cache, Clock())
        counted = run(face, log_in, cache, Clock()).total
        chip = PacedChip(VirtualCard(MemoryStore(CardImage.load(CARDS / face.file))))
        reader = MemoryReader()
        began = time.perf_counter()
        reader.insert(chip)
        with open_card(reader, cache=cache) as card:
            log_in(card)
        report(
            "real pace, CPS3 contact: login with a cached card, slept through",
            time.perf_counter() - began,
            "s",
            "counted",
            counted,
        )


def main() -> None:
    """Measure every face."""
    for face in FACES:
        of_face(face)
    slept()


if __name__ == "__main__":
    main()
