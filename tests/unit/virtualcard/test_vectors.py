# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Every ``card-*.txt`` under tests/vectors is a dialogue that the card must lead word for word."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.unit.virtualcard.conftest import VECTORS, Host, vector_cards

from caducee.reader.transcript import Exchange, Transcript, TranscriptEvent
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import Hex

DIALOGUES = sorted(VECTORS.glob("card-*.txt"))


def _image(headers: dict[str, str]) -> CardImage:
    image = CardImage.load(VECTORS / "cards" / f"{headers['card']}.json")
    options: dict[str, Any] = {}
    if "answers" in headers:
        options["answers"] = headers["answers"]
    if "wrong-le" in headers:
        options["wrong_le"] = headers["wrong-le"]
    if headers.get("face", "contact") == "contact":
        options["atr"] = Hex(bytes.fromhex(headers["atr"]))
    return msgspec.structs.replace(image, contact=msgspec.structs.replace(image.contact, **options))


@pytest.mark.parametrize("path", DIALOGUES, ids=lambda path: path.stem)
def test_card_leads_the_dialogue_word_for_word(path: Path, insert: Callable[..., Host]) -> None:
    transcript = Transcript.parse(path.read_text(encoding="utf-8"))
    headers = dict(transcript.headers)
    card = insert(_image(headers), headers.get("face", "contact")).card
    assert card.reset() == transcript.atr
    assert transcript.exchanges
    for step in transcript.steps:
        if isinstance(step, TranscriptEvent):
            card.reset()
            continue
        assert isinstance(step, Exchange)
        assert step.command.exact is not None
        answer = card.transmit(step.command.exact)
        assert answer.hex().upper() == step.response.text, f"{path.name}:{step.line}"


def test_there_is_a_dialogue_for_each_thing_a_middleware_does() -> None:
    stems = {path.stem.removeprefix("card-") for path in DIALOGUES}
    assert stems >= {
        "authentication",
        "change",
        "listing",
        "opensc-detection",
        "opensc-keys",
        "signature",
        "unblock",
        "wrong-pin",
    }


@pytest.mark.parametrize("name", sorted(vector_cards()))
def test_personalisation_makes_the_card_of_the_vectors(name: str) -> None:
    made = vector_cards()[name]
    assert made.to_json() == (VECTORS / "cards" / f"{name}.json").read_bytes()


def test_every_card_of_the_vectors_is_made_by_personalisation() -> None:
    assert {path.stem for path in (VECTORS / "cards").glob("*.json")} == set(vector_cards())
