# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The icon without a tray: nothing vanishes, everything is still reported.

With a tray that a third_party shows, see ``tests/e2e/windows/test_tray.py``.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QSystemTrayIcon
from pytestqt.qtbot import QtBot
from tests.unit.desktop.manager.conftest import Foreign, MemoryCards

from caducee.base.clock import FixedClock
from caducee.base.errors import StateError
from caducee.base.secret import Secret
from caducee.codec.card_request import RequestMessage
from caducee.desktop.manager.app import make_window
from caducee.desktop.manager.model.presence import Presence
from caducee.desktop.manager.ports import Ports
from caducee.desktop.manager.request_center import RequestCenter
from caducee.desktop.manager.tray import Tray
from caducee.desktop.manager.tray_icon import presence_icon
from caducee.desktop.manager.window import ManagerWindow
from caducee.middleware.requests import RequestServer
from caducee.relying.card_device import CardDevice, new_nonce
from caducee.virtualcard.card import VirtualCard

type NewCard = Callable[[], VirtualCard]


@dataclass
class Logins:
    """The logins of a desktop, in memory."""

    output: tuple[str, ...] = ("PKCS#11: 2",)
    trouble: StateError | None = None
    calls: list[str] = field(default_factory=list)

    def log_out(self) -> tuple[str, ...]:
        self.calls.append("log out")
        if self.trouble is not None:
            raise self.trouble
        return self.output


@pytest.fixture
def logins() -> Logins:
    return Logins()


@pytest.fixture
def path() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name) / "requests.sock"


@pytest.fixture
def window(
    cards: MemoryCards, clock: FixedClock, logins: Logins, path: Path, qtbot: QtBot
) -> Iterator[ManagerWindow]:
    server = RequestServer(clock, path=path)
    made = make_window(Ports(cards=cards, clock=clock, requests=server, sessions=logins))
    qtbot.addWidget(made)
    qtbot.waitExposed(made)
    made.begin()
    yield made
    RequestCenter.of(made.context).stop()
    made.context.close()
    QApplication.setQuitOnLastWindowClosed(True)


@pytest.fixture
def tray(window: ManagerWindow) -> Tray:
    assert not QSystemTrayIcon.isSystemTrayAvailable()
    return Tray(window)


def action(tray: Tray, name: str) -> QAction:
    found = tray._menu.findChild(QAction, name)
    assert isinstance(found, QAction)
    return found


def titles(tray: Tray) -> list[str]:
    return [notice.title for notice in tray.notices]


def test_the_icon_says_what_is_in_the_readers(
    tray: Tray, cards: MemoryCards, new_card: NewCard, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: tray.text == "No card in the reader")
    cards.reader().insert(new_card())
    expected = "CPS card in the reader\nReader A: card 29009952"
    qtbot.waitUntil(lambda: tray.text == expected)
    assert action(tray, "tray-presence").text() == "CPS card in the reader"
    cards.reader().eject()
    qtbot.waitUntil(lambda: tray.text == "No card in the reader")
    cards.reader().insert(Foreign())
    qtbot.waitUntil(lambda: tray.text == "Unusable card in the reader")


def test_every_presence_has_an_icon_of_its_own_also_without_colours() -> None:
    drawn = set()
    for member in Presence:
        image = presence_icon(member).pixmap(32, 32).toImage()
        grey = image.convertToFormat(image.Format.Format_Grayscale8)
        drawn.add(bytes(grey.constBits()))
    assert len(drawn) == len(Presence)


def test_logging_out_is_offered_where_there_are_logins_to_end(
    tray: Tray, clock: FixedClock, qtbot: QtBot
) -> None:
    assert action(tray, "tray-log-out").isEnabled()
    bare = make_window(Ports(cards=MemoryCards(), clock=clock))
    qtbot.addWidget(bare)
    assert not action(Tray(bare), "tray-log-out").isEnabled()
    bare.context.close()


def test_a_blocked_card_is_reported_when_it_comes(
    tray: Tray, cards: MemoryCards, new_card: NewCard, qtbot: QtBot
) -> None:
    card = new_card()
    cards.reader("Reader B").insert(card)
    with cards.open("Reader B") as opened:
        for _ in range(3):
            with pytest.raises(Exception, match="PIN"):
                opened.verify(Secret.of("9999"))
    cards.reader("Reader B").eject()
    cards.reader("Reader A").insert(card)
    qtbot.waitUntil(lambda: "Card blocked" in titles(tray), timeout=20_000)


def test_a_card_that_expires_soon_is_reported(
    tray: Tray, cards: MemoryCards, new_card: NewCard, window: ManagerWindow, qtbot: QtBot
) -> None:
    window.context.set(expiry_days=2000)
    cards.reader().insert(new_card())
    qtbot.waitUntil(lambda: "Card expires soon" in titles(tray), timeout=20_000)


def test_logging_out_reports_what_was_ended(
    tray: Tray, logins: Logins, window: ManagerWindow, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(window.context.said) as said:
        action(tray, "tray-log-out").trigger()
    assert said.args == ["PKCS#11: 2"]
    assert logins.calls == ["log out"]
    assert (tray.notices[-1].title, tray.notices[-1].text) == ("Logged out", "PKCS#11: 2")
    qtbot.waitUntil(action(tray, "tray-log-out").isEnabled)


def test_logging_out_without_a_session_says_so(tray: Tray, logins: Logins, qtbot: QtBot) -> None:
    logins.output = ()
    action(tray, "tray-log-out").trigger()
    qtbot.waitUntil(lambda: titles(tray)[-1:] == ["Logged out"])
    assert tray.notices[-1].text == "No session was open."


def test_what_keeps_from_logging_out_is_reported_with_its_cure(
    tray: Tray, logins: Logins, qtbot: QtBot
) -> None:
    logins.trouble = StateError("daemon.peer_unknown")
    action(tray, "tray-log-out").trigger()
    qtbot.waitUntil(lambda: titles(tray)[-1:] == ["Not logged out"])
    assert tray.notices[-1].urgent


def test_without_a_tray_the_window_is_never_hidden(
    tray: Tray, window: ManagerWindow, qtbot: QtBot
) -> None:
    assert not tray.available
    assert QApplication.quitOnLastWindowClosed()
    window.close()
    assert not window.isVisible()
    qtbot.waitUntil(lambda: window.context._watch is None or not _alive(window))


def _alive(window: ManagerWindow) -> bool:
    watch = window.context._watch
    thread = watch._thread if watch is not None else None
    return thread is not None and thread.is_alive()


def test_where_there_is_a_tray_closing_hides_and_quitting_ends(
    tray: Tray, window: ManagerWindow, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    assert tray.available
    window.close()
    assert not window.isVisible() and _alive(window)
    tray.open()
    assert window.isVisible()
    action(tray, "tray-quit").trigger()
    assert not window.isVisible()
    qtbot.waitUntil(lambda: not _alive(window))


def test_a_tray_that_goes_away_brings_the_window_back(
    tray: Tray, window: ManagerWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = [True]
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: there[0]))
    window.close()
    assert not window.isVisible()
    there[0] = False
    tray._keep()
    assert window.isVisible()


def ask(path: Path, pool: ThreadPoolExecutor) -> tuple[CardDevice, Future[str]]:
    device = CardDevice(path)
    made = RequestMessage(service="Portail", binding_message="07", nonce=new_nonce(), seconds=60)
    return device, pool.submit(device.ask, made)


def test_a_request_brings_the_window_up_where_there_is_no_tray(
    tray: Tray, window: ManagerWindow, path: Path, qtbot: QtBot
) -> None:
    window.hide()
    with ThreadPoolExecutor(1) as pool:
        device, answer = ask(path, pool)
        qtbot.waitUntil(lambda: window.isVisible() and window.page == "requests")
        assert "07" in tray.notices[-1].text
        assert action(tray, "tray-requests").isVisible()
        assert tray.text.splitlines()[-1] == "A login is waiting for your confirmation."
        device.withdraw()
        assert isinstance(answer.exception(20), StateError)
    qtbot.waitUntil(lambda: not action(tray, "tray-requests").isVisible())
