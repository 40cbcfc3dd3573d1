# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The Cryptolib from the card's side: an error of the tree, in bounded time, for any answers.

An input begins with a byte that chooses the card: by its contacts, without them, with its CPS2ter
side, a CPS4 of T=1 or T=0, a badge. A list of answers follows, each after the number of the command
that it replaces (one byte: how many commands further on) and its length (two bytes). All other
commands are answered by a sound card.
"""

import contextlib
import json
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import atheris

from caducee.testing.fuzz import run

with atheris.instrument_imports():
    from caducee.base.errors import CpsError
    from caducee.base.secret import Secret
    from caducee.cryptolib import CpsCard, KeyUse, open_card
    from caducee.cryptolib.digest_info import digest_info
    from caducee.reader.memory import MemoryReader

from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.store import MemoryStore

CARDS = Path(__file__).parents[1] / "vectors" / "cards"


def card_of(name: str, atr: str = "") -> CardImage:
    """Return an image, with another answer to reset of its contacts if one is given."""
    image = json.loads((CARDS / f"{name}.json").read_text(encoding="utf-8"))
    image["contact"]["atr"] = atr or image["contact"]["atr"]
    return CardImage.from_json(json.dumps(image).encode())


FACES = (
    (card_of("cps3"), "contact"),
    (card_of("cps3"), "contactless"),
    (card_of("cps3-cps2ter"), "contact"),
    (card_of("cps4"), "contact"),
    (card_of("cps4", "3BDC18FF00001225006480000401009000"), "contact"),
    (card_of("cps3-identification"), "contactless"),
)
MOST = 20_000
"""No session takes so many commands; a sound one takes some 150."""

warnings.simplefilter("ignore")


class Chip:
    """A sound card that gives other answers at chosen places."""

    def __init__(self, data: bytes) -> None:
        image, face = FACES[data[0] % len(FACES)] if data else FACES[0]
        self.card = VirtualCard(MemoryStore(image), face=face)
        self.answers = dict(places(data[1:]))
        self.count = 0

    def power_on(self) -> bytes:
        """Give the card current."""
        return self.card.power_on()

    def power_off(self) -> None:
        """Take it away."""
        self.card.power_off()

    def reset(self) -> bytes:
        """Reset the card."""
        return self.card.reset()

    def transmit(self, command: bytes) -> bytes:
        """Answer a command, or give what the input says instead."""
        self.count += 1
        assert self.count < MOST
        answer = self.card.transmit(command)
        return self.answers.get(self.count, answer)


def places(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Read an input."""
    place = 0
    while len(data) >= 3:
        place += data[0]
        size = int.from_bytes(data[1:3]) % 0x400
        yield place, data[3 : 3 + size]
        data = data[3 + size :]


def operations(card: CpsCard) -> Iterator[Callable[[], object]]:
    """Yield everything that can be done with a card."""
    code = Secret.of("1234")
    yield card.holder
    yield card.languages
    yield card.pin_state
    yield lambda: card.certificate(KeyUse.SIGNATURE)
    yield lambda: card.verify(code)
    yield card.activities
    yield card.data_objects
    yield lambda: card.sign(b"data" * 100, last_round_on_card=True)
    yield lambda: card.authenticate(digest_info(bytes(32), "sha256"))
    yield lambda: card.authenticate(digest_info(bytes(32), "sha256"), KeyUse.TECHNICAL)
    yield lambda: card.sign_pss(bytes(32))
    yield lambda: card.sign_pss(bytes(64), "sha512")
    yield lambda: card.decipher(bytes(256))
    yield card.billing
    yield card.puk_state
    yield lambda: card.random(20)
    yield lambda: card.write_data(b"data")
    yield lambda: card.change(code, Secret.of("4321"))
    yield lambda: card.unblock(Secret.of("12345678"), code)


def check(data: bytes) -> None:
    """Use the card that an input describes."""
    reader = MemoryReader()
    reader.insert(Chip(data))
    try:
        card = open_card(reader)
    except CpsError as error:
        assert error.sentence()
        return
    with card:
        for operation in operations(card):
            with contextlib.suppress(CpsError):
                operation()


def at(place: int, answer: str) -> bytes:
    """Return an input that gives one answer."""
    data = bytes.fromhex(answer)
    return bytes((place,)) + len(data).to_bytes(2) + data


FIRST = [
    at(2, "5A0A8025000001290099529F9000"),
    at(3, "9000") + at(1, "EC1281072026011512000082072026011512000000"),
    at(5, "611F4F0DE828BD080F8025000001FF001051043F0000019000"),
    at(7, "A80A300804063F0000017001A70A300804063F00000170069000"),
    at(11, "303030250C03414243030207800401013003040101A10230009000"),
    at(13, "6100") + at(1, "61FF"),
    at(40, "63C1") + at(4, "6983"),
]
OTHERS = [
    (1, at(9, "303C301A0C01543010040100A10C300A300804063F000001A0039000")),
    (2, at(60, "9F0A") + at(1, "8508000E4000040000009000") + at(1, "9804")),
    (3, at(1, "6985") + at(1, "6E00") + at(1, "9000") + at(1, "9000")),
    (3, at(2, "6F188002000C8201018302D0038801E0A1058C0303FF008A01059000")),
    (3, at(40, "6985") + at(3, "6881")),
    (4, at(2, "611A") + at(1, "6F068004FFFFFFFF9000")),
    (5, at(1, "042900995235809000")),
]
SEEDS = [bytes((0,)) + seed for seed in FIRST] + [bytes((n,)) + seed for n, seed in OTHERS]

if __name__ == "__main__":
    run(check, SEEDS)
