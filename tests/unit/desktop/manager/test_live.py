# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What is in the readers now, from events; and a watch whose readers fail and come back."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from tests.unit.desktop.manager.conftest import Foreign, MemoryCards

from caducee.base.errors import ReaderError
from caducee.cryptolib.model import CardIdentity
from caducee.cryptolib.presence import PresenceEvent, PresenceEventKind
from caducee.desktop.manager.context import Context
from caducee.desktop.manager.model.live import LiveReaders, ReaderSnapshot, SlotContent
from caducee.desktop.manager.model.reader_texts import prompt, reader_line
from caducee.desktop.manager.ports import Ports
from caducee.reader.memory import MemoryContext
from caducee.reader.transport import ReaderStatus
from caducee.spec.atrs import CardFace
from caducee.virtualcard.card import VirtualCard

EMPTY = ReaderStatus(present=False)
ATR = bytes.fromhex("3BAC00402A001225006480000310009000")
HELD = ReaderStatus(present=True, atr=ATR)


def identity(serial: int = 1, face: CardFace = CardFace.CPS3_CONTACT) -> CardIdentity:
    return CardIdentity(bytes(11) + bytes((serial,)), face, ATR)


def inserted(reader: str, card: CardIdentity | None = None) -> PresenceEvent:
    return PresenceEvent(PresenceEventKind.INSERTED, reader, card or identity())


def test_a_card_is_looked_at_before_it_is_known() -> None:
    live = LiveReaders()
    assert live.seen({"A": EMPTY})
    assert live.seen({"A": HELD})
    assert live.current is not None and live.current.inside is SlotContent.LOOKING
    live.happened([inserted("A")])
    assert [reader.inside for reader in live.all] == [SlotContent.CARD]
    assert not live.seen({"A": HELD})


@pytest.mark.parametrize(
    ("kind", "inside"),
    [
        (PresenceEventKind.FOREIGN, SlotContent.FOREIGN),
        (PresenceEventKind.MUTE, SlotContent.MUTE),
        (PresenceEventKind.UNREADABLE, SlotContent.UNREADABLE),
        (PresenceEventKind.EXCHANGED, SlotContent.CARD),
        (PresenceEventKind.REMOVED, SlotContent.EMPTY),
    ],
)
def test_every_event_has_its_state(kind: PresenceEventKind, inside: SlotContent) -> None:
    live = LiveReaders()
    live.seen({"A": HELD})
    live.happened([inserted("A"), PresenceEvent(kind, "A", identity(2))])
    now = live.get("A")
    assert now is not None and now.inside is inside
    assert (now.card is not None) is (inside is SlotContent.CARD)


def test_the_same_card_put_in_again_is_another_stay() -> None:
    live = LiveReaders()
    live.seen({"A": HELD})
    live.happened([inserted("A")])
    first = live.get("A")
    live.happened([PresenceEvent(PresenceEventKind.REMOVED, "A", identity()), inserted("A")])
    second = live.get("A")
    assert first is not None and second is not None
    assert first.card == second.card and first.changes != second.changes


def test_an_event_of_a_reader_that_is_gone_is_passed_over() -> None:
    live = LiveReaders()
    live.happened([inserted("A")])
    assert live.all == () and live.current is None


def test_without_a_choice_a_card_with_contacts_goes_first() -> None:
    live = LiveReaders()
    live.seen({"A": EMPTY, "B": HELD, "C": HELD, "D": HELD})
    live.happened(
        [
            PresenceEvent(PresenceEventKind.FOREIGN, "B"),
            inserted("C", identity(1, CardFace.CPS3_CONTACTLESS)),
            inserted("D"),
        ]
    )
    assert live.current is not None and live.current.name == "D"
    live.seen({"A": EMPTY, "B": HELD, "C": HELD})
    assert live.current.name == "C"
    live.seen({"A": EMPTY, "B": HELD})
    assert live.current.name == "B"


def test_a_choice_counts_while_its_reader_is_there() -> None:
    live = LiveReaders()
    live.choose("A")
    live.seen({"A": EMPTY, "B": HELD})
    live.happened([inserted("B")])
    assert live.current is not None and live.current.name == "A"
    live.seen({"B": HELD})
    assert live.current.name == "B" and live.wished == "A"


@pytest.mark.parametrize("inside", list(SlotContent))
def test_every_prompt_names_the_reader(inside: SlotContent) -> None:
    assert "Reader A" in prompt(ReaderSnapshot("Reader A", inside))
    assert "Reader A" in reader_line(ReaderSnapshot("Reader A", inside))


def test_the_type_of_the_card_is_named_when_it_is_wanted() -> None:
    now = ReaderSnapshot("A", SlotContent.CARD, identity())
    assert reader_line(now) == "A: CPS3 with contacts"
    assert reader_line(now, card_type=False) == "A: CPS card"


class Failing(MemoryContext):
    """Readers whose service is not there at first."""

    failures = 1

    def wait(
        self, known: Mapping[str, ReaderStatus], timeout: float | None = None
    ) -> Mapping[str, ReaderStatus]:
        if self.failures:
            self.failures -= 1
            raise ReaderError("reader.service_absent", name="SCARD_E_NO_SERVICE", number="1D")
        return super().wait(known, timeout)


class Returning(MemoryCards):
    def __init__(self) -> None:
        super().__init__()
        self.context = Failing(*MemoryCards("Reader A").context.readers())


@pytest.fixture
def context(qtbot: QtBot, tmp_path: Path) -> Iterator[Context]:
    made = Context(Ports(cards=Returning(), settings=tmp_path / "manager.json"))
    yield made
    made.close()


def test_a_service_that_is_absent_is_reported_and_the_watch_goes_on(
    context: Context, new_card: Callable[[], VirtualCard], qtbot: QtBot
) -> None:
    output: list[object] = []
    context.readers_failed.connect(lambda error: output.append(error and error.code))
    context.start()
    qtbot.waitUntil(lambda: output == ["reader.service_absent", None])
    assert context.trouble is None
    assert [incident.code for incident in context.journal.incidents] == ["reader.service_absent"]
    qtbot.waitUntil(lambda: context.reader is not None and context.reader.name == "Reader A")
    cards = context.ports.cards
    assert isinstance(cards, Returning)
    cards.reader().insert(Foreign())
    qtbot.waitUntil(
        lambda: context.reader is not None and context.reader.inside is SlotContent.FOREIGN
    )


def test_the_thread_of_the_watch_ends_with_the_context(context: Context, qtbot: QtBot) -> None:
    context.start()
    watch = context._watch
    assert watch is not None
    qtbot.waitUntil(lambda: context.reader is not None)
    context.close()
    assert watch._thread is not None and not watch._thread.is_alive()
