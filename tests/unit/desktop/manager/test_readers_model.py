# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the page of the readers says: one line a reader, every event a sentence of its own."""

import datetime as dt

import pytest

from caducee.base.i18n import use_language
from caducee.cryptolib.model import CardIdentity
from caducee.cryptolib.presence import PresenceEvent, PresenceEventKind
from caducee.desktop.manager.model.live import LiveReaders, ReaderSnapshot, SlotContent
from caducee.desktop.manager.model.readers import (
    ReaderChange,
    ReaderConnection,
    ReaderHistory,
    Side,
    checkup_lines,
    event_text,
    place_of,
    place_text,
    rows,
    side_of,
    step_text,
)
from caducee.reader.checkup import Checkup, CheckupStep
from caducee.reader.transport import CardProtocol, ReaderStatus
from caducee.spec.atrs import CardFace

AT = dt.datetime(2026, 1, 15, 12, tzinfo=dt.UTC)
ATR = bytes.fromhex("3BAC00402A001225006480000310009000")


def identity(digits: str = "29009952", face: CardFace = CardFace.CPS3_CONTACT) -> CardIdentity:
    return CardIdentity(bytes(7) + bytes.fromhex(digits) + b"\x00", face, ATR)


@pytest.mark.parametrize(
    ("name", "place", "text"),
    [
        ("Gemalto PC Twin Reader 00 00", ReaderConnection.PCSC, "PC/SC, reader 0, slot 0"),
        ("ACS ACR122U [Contactless] 0A 01", ReaderConnection.PCSC, "PC/SC, reader 10, slot 1"),
        ("Virtual PCD 00 01", ReaderConnection.VIRTUAL, "PC/SC, virtual reader 0, slot 1"),
        ("socket:/run/x/card.sock", ReaderConnection.SOCKET, "local socket /run/x/card.sock"),
    ],
)
def test_a_reader_is_placed_by_its_name(name: str, place: ReaderConnection, text: str) -> None:
    assert (place_of(name), place_text(name)) == (place, text)


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("HID OMNIKEY 5422 Smartcard Reader [OMNIKEY 5422CL] 01 00", Side.UNKNOWN),
        ("HID OMNIKEY 5422-CL Reader 00 00", Side.CONTACTLESS),
        ("ACS ACR1252 Dual Reader [ACR1252 PICC] 00 00", Side.CONTACTLESS),
        ("ACS ACR1252 Dual Reader [ACR1252 SAM] 00 01", Side.CONTACT),
        ("Alcor Link NFC 00 00", Side.CONTACTLESS),
        ("Gemalto PC Twin Reader 00 00", Side.UNKNOWN),
    ],
)
def test_without_a_card_the_name_reports_the_side_or_nothing_does(name: str, side: Side) -> None:
    assert side_of(ReaderSnapshot(name)) is side


def test_the_card_reports_the_side_whatever_the_name_says() -> None:
    for face, side in (
        (CardFace.CPS3_CONTACTLESS, Side.CONTACTLESS),
        (CardFace.CPS3_CONTACT, Side.CONTACT),
        (CardFace.CPS4, Side.CONTACT),
    ):
        now = ReaderSnapshot("Some NFC Reader 00 00", SlotContent.CARD, identity(face=face))
        assert side_of(now) is side


def readers() -> LiveReaders:
    made = LiveReaders()
    made.seen({"A": ReaderStatus(False), "B": ReaderStatus(True, ATR, changes=1)})
    made.happened([PresenceEvent(PresenceEventKind.INSERTED, "B", identity())])
    return made


def test_several_readers_stand_in_their_order_and_one_is_in_use() -> None:
    first, second = rows(readers())
    assert (first.name, first.in_use, first.used, first.inside) == ("A", False, "", "no card")
    assert (second.name, second.in_use, second.used) == ("B", True, "yes")
    assert second.inside == "CPS3 with contacts, number 29009952"
    assert first.mark != second.mark


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_event_has_a_sentence_that_names_the_reader(language: str) -> None:
    with use_language(language):
        output = {event_text(kind, "Reader A", "29009952", "11111111") for kind in ReaderChange}
    assert len(output) == len(ReaderChange)
    assert all("Reader A" in item for item in output)


def test_every_event_of_the_watch_is_known_here() -> None:
    assert {member.value for member in PresenceEventKind} <= {
        member.value for member in ReaderChange
    }


def test_an_exchange_names_both_cards() -> None:
    event = PresenceEvent(PresenceEventKind.EXCHANGED, "A", identity(), identity("31006037"))
    text = ReaderHistory().card(event, AT).text
    assert text.index("31006037") < text.index("29009952")


def test_readers_that_were_there_at_the_start_were_not_plugged_in() -> None:
    made = ReaderHistory()
    assert made.readers_now(["A"], AT) == ()
    (came,) = made.readers_now(["A", "B"], AT)
    assert (came.kind, came.text) == (ReaderChange.PLUGGED, "The reader B was connected.")
    gone, new = made.readers_now(["B", "C"], AT)
    assert (gone.kind, new.kind) == (ReaderChange.UNPLUGGED, ReaderChange.PLUGGED)
    assert [item.text for item in made.all] == [new.text, gone.text, came.text]


def test_the_list_of_events_does_not_grow_for_ever() -> None:
    made = ReaderHistory(most=3)
    for _ in range(5):
        made.card(PresenceEvent(PresenceEventKind.MUTE, "A"), AT)
    assert len(made.all) == 3


def checkup(again: bytes = ATR) -> Checkup:
    times = (0.0011, 0.0012, 0.25)
    return Checkup("Reader A", ATR, CardProtocol.T0, 0.02, 0.15, again, times, b"\x90\x00")


def test_a_test_is_reported_line_by_line() -> None:
    lines = dict(checkup_lines(checkup()))
    assert lines["Answer to reset"].startswith("3B AC 00")
    assert lines["Protocol"] == "T=0"
    assert lines["Reset"] == "150 ms, same card after the reset"
    assert lines["3 commands"] == "median 1.20 ms, maximum 250 ms"
    assert lines["Last response"] == "90 00"
    assert "another" in dict(checkup_lines(checkup(b"\x3b\x00")))["Reset"]


def test_a_number_is_written_as_the_reader_writes_it() -> None:
    with use_language("fr"):
        assert any("1,20" in value for _, value in checkup_lines(checkup()))


def test_every_step_of_a_test_is_reported() -> None:
    assert len({step_text(member, "Reader A") for member in CheckupStep}) == len(CheckupStep)
