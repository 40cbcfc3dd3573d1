# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import threading
from dataclasses import replace
from typing import Any

import pytest

from caducee.base.errors import CardRemovedError, ReaderError
from caducee.codec.carddata import SerialNumber
from caducee.cryptolib.presence import CardWatch, PresenceEvent, PresenceEventKind, identify
from caducee.reader.memory import MemoryContext, MemoryReader
from caducee.virtualcard.personalise import ContactlessChip, PersonalisationData, cps4

VITALE = bytes.fromhex("3B751300004009EA90")


@pytest.fixture
def reader() -> MemoryReader:
    return MemoryReader("R 0")


@pytest.fixture
def context(reader: MemoryReader) -> MemoryContext:
    return MemoryContext(reader)


@pytest.fixture
def watch(context: MemoryContext) -> CardWatch:
    made = CardWatch(context)
    made.wait(0)
    return made


@pytest.fixture
def chips(make_bench: Any, content: PersonalisationData) -> Any:
    other = replace(content, serial=SerialNumber.make("29009953"))
    return make_bench(content).chip, make_bench(other).chip


def kinds(events: tuple[PresenceEvent, ...]) -> list[PresenceEventKind]:
    return [event.kind for event in events]


def test_empty_readers_tell_nothing(watch: CardWatch) -> None:
    assert watch.wait(0) == ()


def test_card_that_is_there_at_the_start_is_reported(
    context: MemoryContext, reader: MemoryReader, chips: Any
) -> None:
    reader.insert(chips[0])
    (event,) = CardWatch(context).wait(0)
    assert event.kind is PresenceEventKind.INSERTED
    assert event.reader == "R 0"
    assert event.card is not None
    assert event.card.serial == "29009952"


def test_inserting_and_removing_are_reported(
    watch: CardWatch, reader: MemoryReader, chips: Any
) -> None:
    reader.insert(chips[0])
    assert kinds(watch.wait(0)) == [PresenceEventKind.INSERTED]
    reader.eject()
    (event,) = watch.wait(0)
    assert event.kind is PresenceEventKind.REMOVED
    assert event.card is not None
    assert event.card.serial == "29009952"


def test_the_same_card_again_is_inserted(
    watch: CardWatch, reader: MemoryReader, chips: Any
) -> None:
    for _ in range(2):
        reader.insert(chips[0])
        assert kinds(watch.wait(0)) == [PresenceEventKind.INSERTED]
        reader.eject()
        watch.wait(0)


def test_the_same_card_out_and_in_between_two_looks_was_removed(
    watch: CardWatch, reader: MemoryReader, chips: Any
) -> None:
    reader.insert(chips[0])
    watch.wait(0)
    reader.eject()
    reader.insert(chips[0])
    assert kinds(watch.wait(0)) == [PresenceEventKind.REMOVED, PresenceEventKind.INSERTED]


@pytest.mark.parametrize("seen", [True, False])
def test_another_holders_card_is_an_exchange(
    watch: CardWatch, reader: MemoryReader, chips: Any, seen: bool
) -> None:
    reader.insert(chips[0])
    watch.wait(0)
    reader.eject()
    if seen:
        assert kinds(watch.wait(0)) == [PresenceEventKind.REMOVED]
    reader.insert(chips[1])
    (event,) = watch.wait(0)
    assert event.kind is PresenceEventKind.EXCHANGED
    assert event.card is not None and event.previous is not None
    assert (event.previous.serial, event.card.serial) == ("29009952", "29009953")


FACES = ("contact", "contactless", "cps4")


@pytest.fixture
def pairs(make_bench: Any, content: PersonalisationData, cps4_content: PersonalisationData) -> Any:
    """Two cards of different holders, for each face."""
    found = {}
    for face in FACES:
        four = face == "cps4"
        variant = {"personalise": cps4} if four else {"face": face}
        first = cps4_content if four else content
        second = replace(first, serial=SerialNumber.make("29009953"))
        found[face] = [make_bench(item, **variant) for item in (first, second)]
    return found


@pytest.mark.parametrize("after", FACES)
@pytest.mark.parametrize("before", FACES)
def test_exchange_is_noticed_on_every_face(
    watch: CardWatch, reader: MemoryReader, pairs: Any, before: str, after: str
) -> None:
    reader.insert(pairs[before][0].chip)
    watch.wait(0)
    reader.insert(pairs[after][1].chip)
    (event,) = watch.wait(0)
    assert event.kind is PresenceEventKind.EXCHANGED
    assert event.card is not None and event.card.serial == "29009953"


def test_other_side_of_the_same_card_is_not_an_exchange(
    watch: CardWatch, reader: MemoryReader, pairs: Any
) -> None:
    for face in ("contact", "contactless"):
        reader.insert(pairs[face][0].chip)
        events = watch.wait(0)
        assert events[-1].kind is PresenceEventKind.INSERTED
        assert events[-1].card is not None and events[-1].card.serial == "29009952"


@pytest.mark.parametrize("face", FACES)
def test_open_card_ends_when_another_one_comes(pairs: Any, face: str) -> None:
    first, second = pairs[face]
    card = first.open()
    first.reader.insert(second.chip)
    with pytest.raises(CardRemovedError):
        card.read_data()
    with pytest.raises(CardRemovedError):
        card.random(8)
    assert second.chip.commands == []


def test_chip_that_only_identifies_is_reported_with_its_identifier(
    watch: CardWatch, reader: MemoryReader, make_bench: Any, content: PersonalisationData
) -> None:
    old = replace(content, contactless=ContactlessChip.IDENTIFICATION, two_applications=False)
    reader.insert(make_bench(old, face="contactless").chip)
    (event,) = watch.wait(0)
    assert event.kind is PresenceEventKind.FOREIGN
    assert event.error is not None and event.error.code == "cryptolib.identifies_only"


def test_mute_card_is_reported(watch: CardWatch, reader: MemoryReader, chips: Any) -> None:
    class Mute:
        def power_on(self) -> bytes:
            return b""

        def power_off(self) -> None:
            pass

        def reset(self) -> bytes:
            return b""

        def transmit(self, command: bytes) -> bytes:
            return b""

    reader.insert(Mute())
    (event,) = watch.wait(0)
    assert event.kind is PresenceEventKind.MUTE
    assert event.error is not None


def test_foreign_card_is_reported_and_is_not_an_exchange(
    watch: CardWatch, reader: MemoryReader, chips: Any
) -> None:
    reader.insert(chips[0])
    watch.wait(0)
    chips[1].atr = VITALE
    reader.insert(chips[1])
    assert kinds(watch.wait(0)) == [PresenceEventKind.REMOVED, PresenceEventKind.FOREIGN]
    reader.insert(chips[0])
    assert kinds(watch.wait(0)) == [PresenceEventKind.REMOVED, PresenceEventKind.INSERTED]


def test_card_that_cannot_be_reached_is_reported_with_the_reason(
    watch: CardWatch, reader: MemoryReader, chips: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise ReaderError("reader.closed", reader="R 0")

    monkeypatch.setattr(reader, "connect", refuse)
    reader.insert(chips[0])
    (event,) = watch.wait(0)
    assert event.kind is PresenceEventKind.UNREADABLE
    assert event.error is not None
    assert event.error.code == "reader.closed"


def test_card_that_leaves_while_it_is_looked_at_reports_nothing(
    watch: CardWatch, reader: MemoryReader, chips: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise CardRemovedError("reader.no_card", reader="R 0")

    with monkeypatch.context() as patch:
        patch.setattr(reader, "connect", gone)
        reader.insert(chips[0])
        assert watch.wait(0) == ()
    reader.eject()
    assert watch.wait(0) == ()


@pytest.mark.parametrize("error", [CardRemovedError, ReaderError])
def test_card_that_could_not_be_looked_at_is_looked_at_again(
    watch: CardWatch,
    reader: MemoryReader,
    chips: Any,
    monkeypatch: pytest.MonkeyPatch,
    error: type[ReaderError],
) -> None:
    tries = []

    def refuse() -> None:
        tries.append(1)
        raise error("reader.no_card", reader="R 0")

    with monkeypatch.context() as patch:
        patch.setattr(reader, "connect", refuse)
        reader.insert(chips[0])
        reported = kinds(watch.wait(0))
        assert reported == ([PresenceEventKind.UNREADABLE] if error is ReaderError else [])
        assert watch.wait(0.6) == ()
    assert 1 < len(tries) <= 3
    assert kinds(watch.wait(10)) == [PresenceEventKind.INSERTED]
    before = len(chips[0].commands)
    assert watch.wait(0.3) == ()
    assert len(chips[0].commands) == before


def test_readers_are_distinguished(
    context: MemoryContext, watch: CardWatch, reader: MemoryReader, chips: Any
) -> None:
    other = MemoryReader("R 1")
    context.add(other)
    reader.insert(chips[0])
    other.insert(chips[1])
    reported = {event.reader: event.kind for event in watch.wait(0)}
    assert reported == {"R 0": PresenceEventKind.INSERTED, "R 1": PresenceEventKind.INSERTED}


def test_unplugged_reader_takes_its_card_along(
    context: MemoryContext, watch: CardWatch, reader: MemoryReader, chips: Any
) -> None:
    reader.insert(chips[0])
    watch.wait(0)
    context.remove(reader)
    assert kinds(watch.wait(0)) == [PresenceEventKind.REMOVED]


def test_looking_costs_two_commands(watch: CardWatch, reader: MemoryReader, chips: Any) -> None:
    reader.insert(chips[0])
    watch.wait(0)
    watch.wait(0)
    assert len(chips[0].commands) == 2


def test_waiting_ends_with_the_event_and_with_stop(
    context: MemoryContext, reader: MemoryReader, chips: Any
) -> None:
    watch = CardWatch(context)
    seen: list[PresenceEventKind] = []
    reported = threading.Event()

    def follow() -> None:
        for event in watch.events():
            seen.append(event.kind)
            reported.set()

    thread = threading.Thread(target=follow)
    thread.start()
    reader.insert(chips[0])
    assert reported.wait(10)
    watch.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert seen == [PresenceEventKind.INSERTED]


def test_identify_leaves_the_reader_to_others(bench: Any) -> None:
    assert identify(bench.reader) == bench.open().identity


def test_a_wait_that_is_woken_reports_nothing_and_the_next_one_waits(watch: CardWatch) -> None:
    threading.Timer(0.05, watch.wake).start()
    assert watch.wait() == ()
    assert watch.wait(0.01) == ()
