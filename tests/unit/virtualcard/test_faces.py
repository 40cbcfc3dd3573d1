# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One card, two readers: its faces share what the card is, and each keeps its session."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.virtualcard.conftest import Host

from caducee.base.errors import StateError
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import DataFile
from caducee.virtualcard.store import FileStore, MemoryStore, Store

PIN, WRONG, STATE = "002000010431323334", "002000010430303030", "00200001"
CPS_DATA = "00A4090C063F000001D107"


def _faces(store: Store) -> tuple[Host, Host]:
    pair = Host(VirtualCard(store)), Host(VirtualCard(store, face="contactless"))
    for item in pair:
        item.card.power_on()
    return pair


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, image: CardImage, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore(image)
        return
    image.save(tmp_path / "card.json")
    with FileStore(tmp_path / "card.json") as file:
        yield file


def test_what_the_contacts_write_the_antenna_reads(store: Store) -> None:
    contact, contactless = _faces(store)
    contactless.send(CPS_DATA)
    assert contactless.data("00B0000002") == bytes(2)
    contact.send(PIN)
    contact.send(CPS_DATA)
    assert contact.send("00D60000024142") == "9000"
    assert contactless.data("00B0000002") == b"AB"


def test_tries_are_those_of_the_card_whichever_face_began_last(store: Store) -> None:
    contact, contactless = _faces(store)
    contact.send(WRONG)
    assert contactless.card.image.pins[0].tries_left == 2
    again, _ = _faces(store)
    assert again.send(STATE) == "63C2"
    again.send(WRONG)
    assert contact.send(STATE) == "63C1"


def test_a_proven_pin_opens_its_own_face_alone(store: Store) -> None:
    contact, contactless = _faces(store)
    contact.send(PIN)
    contactless.send("00A40904063F000001D12000")
    assert contactless.send("00B0000004") == "6982"
    again, _ = _faces(store)
    assert again.send(STATE) == "63C3"
    assert contact.send(STATE) == "9000"


def test_a_reset_of_one_face_leaves_the_other(store: Store) -> None:
    contact, contactless = _faces(store)
    contact.send(PIN)
    contactless.send(CPS_DATA)
    contactless.card.reset()
    assert contact.send(STATE) == "9000"
    contactless.send(CPS_DATA)
    contact.card.power_off()
    assert contactless.data("00B0000002") == bytes(2)


def test_both_faces_go_on_with_the_old_image_when_it_cannot_be_written(image: CardImage) -> None:
    class Full(MemoryStore):
        def save(self, image: CardImage) -> None:
            raise StateError("base.file_unwritable", path="card.json", reason="No space left")

    contact, contactless = _faces(Full(image))
    assert contact.send(PIN) == "6581"
    assert contact.card.image is contactless.card.image is image


def test_two_threads_lose_no_write(image: CardImage) -> None:
    """One thread spends tries, the other writes CPS_DATA: each change is there at the end."""
    store = MemoryStore(image)
    first, _ = _faces(store)
    second, _ = _faces(store)
    second.send(PIN)
    second.send(CPS_DATA)
    errors: list[str] = []

    def write() -> None:
        for at in range(200):
            if second.send(f"00D6{at:04X}01AA") != "9000":
                errors.append(f"write {at}")

    def prove() -> None:
        for _ in range(200):
            if (first.send(WRONG), first.send(PIN)) != ("63C2", "9000"):
                errors.append("code")

    threads = [threading.Thread(target=item) for item in (write, prove)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors
    held = next(file for file in store.image.files if file.name == "CPS_DATA")
    assert isinstance(held, DataFile)
    assert held.content[:201] == b"\xaa" * 200 + b"\x00"


def test_no_other_command_runs_while_one_writes(image: CardImage) -> None:
    free: list[bool] = []

    class Watched(MemoryStore):
        def save(self, image: CardImage) -> None:
            other = threading.Thread(target=attempt)
            other.start()
            other.join(60)
            super().save(image)

    def attempt() -> None:
        free.append(contactless.card._core.lock.acquire(blocking=False))

    contact, contactless = _faces(Watched(image))
    assert contact.send(WRONG) == "63C2"
    assert free == [False]


@pytest.mark.parametrize(
    ("card", "face"), [("cps3-one-application", "contactless"), ("cps4", "contactless")]
)
def test_a_face_that_the_card_has_not_is_refused(
    cards: dict[str, CardImage], card: str, face: str
) -> None:
    with pytest.raises(StateError) as caught:
        VirtualCard(MemoryStore(cards[card]), face=face)
    assert caught.value.code == "card.face_absent"
    assert caught.value.facts["face"] == face


def test_a_face_that_nobody_knows_is_refused(image: CardImage) -> None:
    with pytest.raises(StateError) as caught:
        VirtualCard(MemoryStore(image), face="infrared")
    assert caught.value.facts == {"card": image.name, "face": "infrared"}
