# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The Cryptolib through a real pcscd: what holds in memory holds there, also beside others."""

import contextlib
import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from caducee.base.errors import CardError, CardRemovedError, NotACpsError, ReaderError
from caducee.base.secret import Secret
from caducee.cryptolib import CpsCard, KeyUse, PublicDataCache, open_card
from caducee.cryptolib.digest_info import digest_info
from caducee.cryptolib.presence import CardWatch, PresenceEventKind
from caducee.reader.pcsc import PcscContext
from caducee.reader.transport import Reader
from caducee.reader.waiting import virtual_readers, wait_until_gone
from caducee.testing.pcscd import InsertCard
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.plug.vpcd import VpcdPlug
from caducee.virtualcard.store import MemoryStore

pytestmark = pytest.mark.system

INFO = digest_info(bytes(32), "sha256")
PIN = "1234"

type RunTool = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def context(pcscd: Path) -> Iterator[PcscContext]:
    with PcscContext() as made:
        yield made


@pytest.fixture
def reader(context: PcscContext, inserted_card: InsertCard, one_application: CardImage) -> Reader:
    name = inserted_card(one_application)
    return next(item for item in context.readers() if item.name == name)


@pytest.fixture
def card(reader: Reader) -> Iterator[CpsCard]:
    with open_card(reader) as opened:
        yield opened


def test_everything_works_through_pcscd(card: CpsCard) -> None:
    assert card.holder().family_name
    assert card.pin_state().tries_left == 3
    card.verify(Secret.of(PIN))
    assert card.activities()
    key: Any = card.certificate(KeyUse.SIGNATURE).public_key()
    for on_card in (False, True):
        made = card.sign(b"text", last_round_on_card=on_card)
        key.verify(made, b"text", padding.PKCS1v15(), hashes.SHA256())
    card.authenticate(INFO)
    public: Any = card.certificate(KeyUse.AUTHENTICATION).public_key()
    assert card.decipher(public.encrypt(b"message", padding.PKCS1v15())) == b"message"
    assert len(card.random(16)) == 16
    card.write_data(b"written")
    assert card.read_data().startswith(b"written")
    card.change(Secret.of(PIN), Secret.of("4321"))
    card.unblock(Secret.of("12345678"), Secret.of(PIN))
    card.verify(Secret.of(PIN))


def test_login_costs_what_it_costs_in_memory(reader: Reader, tmp_path: Path) -> None:
    cache = PublicDataCache(tmp_path)
    with open_card(reader, cache=cache) as cold:
        cold.holder()
    with open_card(reader, cache=cache) as card:
        card.holder()
        card.keep_pin(Secret.of(PIN))
        card.authenticate(INFO)
        assert card.apdu_count <= 11


CARDS = Path(__file__).parents[1] / "vectors" / "cards"


@pytest.fixture
def opened(
    context: PcscContext, inserted_card: InsertCard
) -> Iterator[Callable[[VirtualCard], CpsCard]]:
    """A function that puts a card into a reader and opens it there."""
    with contextlib.ExitStack() as cards:

        def put(chip: VirtualCard) -> CpsCard:
            name = inserted_card(chip)
            reader = next(item for item in context.readers() if item.name == name)
            return cards.enter_context(open_card(reader))

        yield put


@pytest.mark.parametrize(
    "atr",
    [
        "3B9B188001001225006480040100009044",
        "3B9B188001001225006480000401009044",
        "3BDC18FF00001225006480000401009000",
    ],
)
def test_cps4_works_through_pcscd(opened: Callable[[VirtualCard], CpsCard], atr: str) -> None:
    image = json.loads((CARDS / "cps4.json").read_text(encoding="utf-8"))
    image["contact"]["atr"] = atr
    card = opened(VirtualCard(MemoryStore(CardImage.from_json(json.dumps(image).encode()))))
    assert card.holder().family_name
    assert (card.pin_state().tries_left, card.puk_state().tries_left) == (3, 3)
    card.verify(Secret.of(PIN))
    assert card.activities() and card.billing().situation
    key: Any = card.certificate(KeyUse.SIGNATURE).public_key()
    key.verify(card.sign(b"text"), b"text", padding.PKCS1v15(), hashes.SHA256())
    before = card.apdu_count
    card.sign_pss(bytes(32))
    # ChipDoc, which the reset at the end of each transaction forgets; under T=0 GET RESPONSE
    assert card.apdu_count - before <= 5
    card.authenticate(INFO)
    public: Any = card.certificate(KeyUse.AUTHENTICATION).public_key()
    assert card.decipher(public.encrypt(b"message", padding.PKCS1v15())) == b"message"
    card.write_data(b"written")
    assert card.read_data().startswith(b"written")
    card.change(Secret.of(PIN), Secret.of("4321"))
    card.unblock(Secret.of("12345678"), Secret.of(PIN))
    card.verify(Secret.of(PIN))


def test_two_programs_share_a_cps4(context: PcscContext, inserted_card: InsertCard) -> None:
    name = inserted_card(CardImage.load(CARDS / "cps4.json"))
    reader = next(item for item in context.readers() if item.name == name)
    with open_card(reader) as card, open_card(reader) as other:
        card.verify(Secret.of(PIN))
        for _ in range(3):
            card.sign_pss(bytes(32))
            assert other.pin_state().tries_left == 3
            with pytest.raises(CardError) as caught:
                other.sign_pss(bytes(32))
            assert caught.value.code == "cryptolib.pin_needed"


def test_both_sides_of_a_cps3_work_through_pcscd(
    opened: Callable[[VirtualCard], CpsCard],
) -> None:
    store = MemoryStore(CardImage.load(CARDS / "cps3-cps2ter.json"))
    contact = opened(VirtualCard(store))
    contactless = opened(VirtualCard(store, face="contactless"))
    assert contact.identity.icc == contactless.identity.icc
    contactless.authenticate(INFO, KeyUse.TECHNICAL)
    contact.verify(Secret.of(PIN))
    assert contact.billing().situation
    contact.write_data(b"written")
    assert contactless.read_data().startswith(b"written")


def test_chip_that_only_identifies_is_reported_through_pcscd(
    opened: Callable[[VirtualCard], CpsCard],
) -> None:
    store = MemoryStore(CardImage.load(CARDS / "cps3-identification.json"))
    with pytest.raises(NotACpsError) as caught:
        opened(VirtualCard(store, face="contactless"))
    assert caught.value.facts == {"uid": "C5E9ACA3", "size": 4}


def test_other_connections_find_the_card_closed(reader: Reader, card: CpsCard) -> None:
    with open_card(reader) as other:
        card.verify(Secret.of(PIN))
        card.authenticate(INFO)
        with pytest.raises(CardError) as caught:
            other.authenticate(INFO)
        assert caught.value.code == "cryptolib.pin_needed"
        card.authenticate(INFO)


def test_two_cards_in_turn_do_not_disturb_each_other(reader: Reader, card: CpsCard) -> None:
    with open_card(reader) as other:
        for each in (card, other):
            each.verify(Secret.of(PIN))
        for _ in range(3):
            card.authenticate(INFO)
            other.sign(b"text")
            assert card.holder() == other.holder()


def test_another_program_on_the_card_does_not_disturb(card: CpsCard, run_tool: RunTool) -> None:
    card.verify(Secret.of(PIN))
    assert run_tool("opensc-tool", "--serial").returncode == 0
    card.authenticate(INFO)
    assert card.holder().family_name


def test_threads_share_a_card(card: CpsCard) -> None:
    card.verify(Secret.of(PIN))
    made: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: made.append(card.authenticate(INFO))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4
    assert len(set(made)) == 1


class Slot:
    """A virtual reader into which cards go by hand."""

    def __init__(self, context: PcscContext, folder: Path) -> None:
        self.context, self.folder = context, folder
        self.reader = virtual_readers(context)[1]
        self.plug: VpcdPlug | None = None

    def insert(self, image: CardImage) -> None:
        self.plug = VpcdPlug(VirtualCard(MemoryStore(image)), slot=1, folder=self.folder)
        self.plug.start()

    def eject(self) -> None:
        if self.plug is not None:
            self.plug.stop()
            self.plug = None
            wait_until_gone(self.context, self.reader.name)


@pytest.fixture
def slot(pcscd: Path, context: PcscContext) -> Iterator[Slot]:
    made = Slot(context, pcscd)
    yield made
    made.eject()


def card_events(watch: CardWatch) -> list[PresenceEventKind]:
    """Return what happens next."""
    return [event.kind for event in watch.wait(10)]


def test_watch_says_insertion_exchange_and_removal(
    context: PcscContext, slot: Slot, one_application: CardImage
) -> None:
    import json

    other = json.loads(one_application.to_json())
    for file in other["files"]:
        if file["name"] == "EF.SN.ICC":
            file["content"] = "5A0A8025000001290099539F"
    watch = CardWatch(context)
    watch.wait(0)
    slot.insert(one_application)
    assert card_events(watch) == [PresenceEventKind.INSERTED]
    slot.eject()
    assert card_events(watch) == [PresenceEventKind.REMOVED]
    slot.insert(CardImage.from_json(json.dumps(other).encode()))
    assert card_events(watch) == [PresenceEventKind.EXCHANGED]


def test_removal_ends_the_card_and_wipes_the_pin(
    context: PcscContext, slot: Slot, one_application: CardImage
) -> None:
    watch = CardWatch(context)
    watch.wait(0)
    slot.insert(one_application)
    assert card_events(watch) == [PresenceEventKind.INSERTED]
    card = open_card(slot.reader)
    card.verify(Secret.of(PIN))
    kept = vars(card)["_kept_pin"]
    slot.eject()
    assert card_events(watch) == [PresenceEventKind.REMOVED]
    with pytest.raises(CardRemovedError):
        card.authenticate(INFO)
    assert len(kept) == 0
    with contextlib.suppress(ReaderError):
        card.close()
