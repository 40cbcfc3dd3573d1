# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The virtual card from its host's side: a defined status word for any commands at all.

The first byte of an input chooses the face; a list of commands follows, each after its length (two
bytes); a length of zero is a reset.
"""

from pathlib import Path

import atheris

from caducee.testing.fuzz import run

with atheris.instrument_imports():
    from caducee.spec.status import StatusWord
    from caducee.virtualcard.card import VirtualCard
    from caducee.virtualcard.image import CardImage
    from caducee.virtualcard.store import MemoryStore

VECTORS = Path(__file__).parents[1] / "vectors"
FACES = (
    ("cps3", "contact"),
    ("cps3", "contactless"),
    ("cps3-cps2ter", "contact"),
    ("cps3-identification", "contactless"),
    ("cps4", "contact"),
)
IMAGES = {name: CardImage.load(VECTORS / "cards" / f"{name}.json") for name, _ in FACES}


def check(data: bytes) -> None:
    """Lead the dialogue that an input describes."""
    name, face = FACES[data[0] % len(FACES) if data else 0]
    data = data[1:]
    card = VirtualCard(MemoryStore(IMAGES[name]), face=face)
    card.power_on()
    while len(data) >= 2:
        size = int.from_bytes(data[:2]) % 0x400
        command, data = data[2 : 2 + size], data[2 + size :]
        if size:
            answer = card.transmit(command)
            assert is_defined(int.from_bytes(answer[-2:])), command.hex()
        else:
            card.reset()
    if card.image is not IMAGES[name]:
        CardImage.from_json(card.image.to_json())


def is_defined(sw: int) -> bool:
    """Say whether a status word has a meaning, "no diagnosis" not counted."""
    if sw >> 8 in (0x61, 0x6C, 0x9F) or sw & 0xFFF0 == 0x63C0:
        return True
    return sw != StatusWord.NO_DIAGNOSIS and not StatusWord(sw).name.startswith("UNKNOWN")


def dialogue(path: Path) -> bytes:
    """Return a dialogue of the vectors as an input."""
    lines = path.read_text(encoding="utf-8").splitlines()
    headers = dict(
        line.split(": ", 1) for line in lines[1:] if ": " in line and line[0] not in "#><"
    )
    place = (headers["card"], headers.get("face", "contact"))
    first = bytes((FACES.index(place) if place in FACES else 0,))
    sent = [bytes.fromhex(line[1:]) for line in lines if line.startswith(">")]
    return first + b"".join(len(item).to_bytes(2) + item for item in sent)


if __name__ == "__main__":
    run(check, map(dialogue, VECTORS.glob("card-*.txt")))
