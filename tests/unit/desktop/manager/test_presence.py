# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the icon in the tray says of readers and cards, and what is worth a notice."""

import datetime as dt
from collections.abc import Callable

import pytest
from tests.unit.desktop.manager.conftest import NOW, MemoryCards
from tests.unit.desktop.manager.test_readers_model import identity

from caducee.base.errors import PinBlockedError, WrongPinError
from caducee.base.i18n import use_language
from caducee.base.secret import Secret
from caducee.codec.card_request import RequestMessage
from caducee.cryptolib.presence import PresenceEvent, PresenceEventKind
from caducee.desktop.manager.model.live import LiveReaders
from caducee.desktop.manager.model.presence import (
    CardHealth,
    Presence,
    event_notice,
    health_notices,
    health_of,
    presence_of,
    presence_text,
    request_notice,
    tooltip,
)
from caducee.middleware.requests.pending import PendingRequest, Requester
from caducee.reader.transport import ReaderStatus
from caducee.virtualcard.card import VirtualCard

DAY = dt.timedelta(days=1)


def readers(**kinds: PresenceEventKind | None) -> LiveReaders:
    made = LiveReaders()
    made.seen({name: ReaderStatus(kind is not None) for name, kind in kinds.items()})
    for name, kind in kinds.items():
        if kind is not None:
            card = identity() if kind is PresenceEventKind.INSERTED else None
            made.happened([PresenceEvent(kind, name, card)])
    return made


@pytest.mark.parametrize(
    ("made", "presence"),
    [
        (readers(), Presence.NO_READER),
        (readers(A=None), Presence.EMPTY),
        (readers(A=PresenceEventKind.INSERTED), Presence.CARD),
        (readers(A=PresenceEventKind.FOREIGN), Presence.TROUBLE),
        (readers(A=PresenceEventKind.MUTE), Presence.TROUBLE),
        (readers(A=PresenceEventKind.UNREADABLE), Presence.TROUBLE),
        (readers(A=PresenceEventKind.FOREIGN, B=PresenceEventKind.INSERTED), Presence.CARD),
        (readers(A=None, B=PresenceEventKind.MUTE), Presence.TROUBLE),
    ],
)
def test_of_several_readers_the_one_that_matters_is_shown(
    made: LiveReaders, presence: Presence
) -> None:
    assert presence_of(made) is presence
    assert presence_of(made, waiting=1) is Presence.WAITING


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_presence_has_a_text_of_its_own(language: str) -> None:
    with use_language(language):
        assert len({presence_text(member) for member in Presence}) == len(Presence)


def test_the_icon_names_readers_cards_and_requests() -> None:
    lines = tooltip(readers(A=PresenceEventKind.INSERTED, B=None), 2).splitlines()
    assert lines == [
        "CPS card in the reader",
        "A: card 29009952",
        "Logins waiting for your confirmation: 2",
    ]


@pytest.mark.parametrize("kind", list(PresenceEventKind))
def test_every_event_of_a_card_has_a_notice_that_names_the_reader(kind: PresenceEventKind) -> None:
    output = event_notice(PresenceEvent(kind, "Reader A", identity(), identity("31006037")))
    assert output.title and "Reader A" in output.text
    assert output.urgent is (kind in (PresenceEventKind.MUTE, PresenceEventKind.UNREADABLE))


def test_the_notice_of_a_request_shows_service_and_digits() -> None:
    ask = RequestMessage(service="Portail", binding_message="07", nonce="n" * 43, seconds=60)
    output = request_notice(
        PendingRequest(1, ask, Requester(1), NOW, NOW + dt.timedelta(seconds=60))
    )
    assert "Portail" in output.text and "07" in output.text and output.urgent
    assert output.page == "requests"


def titles(health: CardHealth) -> list[str]:
    return [notice.title for notice in health_notices(health, 60)]


@pytest.mark.parametrize(
    ("health", "expected"),
    [
        (CardHealth("1", 400, 3, 3), []),
        (CardHealth("1", 61, 3, 3), []),
        (CardHealth("1", 60, 3, 3), ["Card expires soon"]),
        (CardHealth("1", 0, 3, 3), ["Card expires soon"]),
        (CardHealth("1", -1, 3, 3), ["Card expired"]),
        (CardHealth("1", 400, 1, 3), ["Last try"]),
        (CardHealth("1", 400, 0, 3), ["Card blocked"]),
        (CardHealth("1", 10, 0, 0), ["Card blocked", "Card expires soon"]),
        (CardHealth("1", None, None, None), []),
    ],
)
def test_what_is_wrong_with_a_card_is_reported_when_it_comes(
    health: CardHealth, expected: list[str]
) -> None:
    assert titles(health) == expected


def test_a_card_that_is_blocked_for_ever_leads_to_no_page_of_codes() -> None:
    (once,) = health_notices(CardHealth("1", 400, 0, 3), 60)
    (ever,) = health_notices(CardHealth("1", 400, 0, 0), 60)
    assert (once.page, ever.page) == ("pin", "card")
    assert "permanently" in ever.text and "for ever" not in once.text


def test_health_is_asked_of_a_real_card_and_costs_no_try(
    cards: MemoryCards, new_card: Callable[[], VirtualCard]
) -> None:
    cards.reader().insert(new_card())
    with cards.open("Reader A") as card:
        assert health_of(card, NOW) == CardHealth("29009952", 1095, 3, 3)
        assert health_of(card, NOW + 1096 * DAY).days == -1
        for _ in range(3):
            with pytest.raises((WrongPinError, PinBlockedError)):
                card.verify(Secret.of("9999"))
        assert health_of(card, NOW).tries == 0
