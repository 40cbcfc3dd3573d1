# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The manager over a real pcscd: live events without polling, two readers, a request confirmed."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QListWidget, QPushButton, QTableWidget
from pytestqt.qtbot import QtBot

from caducee.base.clock import SystemClock
from caducee.base.i18n import use_language
from caducee.cli.manager_ports import MachineCards
from caducee.codec.card_request import Confirmation, RequestMessage
from caducee.desktop.manager.app import make_window
from caducee.desktop.manager.ports import Ports
from caducee.desktop.manager.request_center import RequestCenter
from caducee.desktop.manager.window import ManagerWindow
from caducee.desktop.pin_dialog import PinDialog
from caducee.middleware.daemon.settings import ReaderSettings
from caducee.middleware.requests import RequestServer
from caducee.reader.pcsc import PcscContext
from caducee.reader.waiting import virtual_readers
from caducee.relying.card_device import CardDevice, new_nonce
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.plug.vpcd import VpcdPlug
from caducee.virtualcard.store import MemoryStore

pytestmark = pytest.mark.system

CARDS = Path(__file__).parents[1] / "vectors" / "cards"
LONG = 30_000


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with use_language("en"):
        yield


@pytest.fixture
def path() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name) / "requests.sock"


@pytest.fixture
def window(
    pcscd: Path, path: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ManagerWindow]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    ports = Ports(
        cards=MachineCards(ReaderSettings()), requests=RequestServer(SystemClock(), path=path)
    )
    made = make_window(ports, "readers")
    qtbot.addWidget(made)
    qtbot.waitExposed(made)
    qtbot.waitUntil(lambda: table(made).rowCount() == 2, timeout=LONG)
    yield made
    RequestCenter.of(made.context).stop()
    made.context.close()
    ports.cards.close()


def table(window: ManagerWindow) -> QTableWidget:
    found = window.findChild(QTableWidget, "readers-table")
    assert isinstance(found, QTableWidget)
    return found


def events(window: ManagerWindow) -> list[str]:
    found = window.findChild(QListWidget, "events")
    assert isinstance(found, QListWidget)
    return [found.item(row).text().partition("  ")[2] for row in range(found.count())]


def put_in(pcscd: Path, slot: int, name: str = "cps3") -> VpcdPlug:
    chip = VirtualCard(MemoryStore(CardImage.load(CARDS / f"{name}.json")))
    plug = VpcdPlug(chip, slot=slot, folder=pcscd)
    plug.start()
    return plug


def reader(slot: int) -> str:
    with PcscContext() as context:
        return virtual_readers(context)[slot].name


def test_cards_in_two_readers_are_reported_as_they_come_and_go(
    window: ManagerWindow, pcscd: Path, qtbot: QtBot
) -> None:
    first = put_in(pcscd, 0)
    qtbot.waitUntil(lambda: "was inserted" in "".join(events(window)), timeout=LONG)
    assert events(window)[0].startswith(f"{reader(0)}: the card ")
    second = put_in(pcscd, 1, "cps4")
    qtbot.waitUntil(lambda: events(window)[0].startswith(reader(1)), timeout=LONG)
    insides = [table(window).item(row, 2).text() for row in range(2)]  # type: ignore[union-attr]
    assert "CPS3 with contacts" in insides[0] and "CPS4" in insides[1]
    second.stop()
    qtbot.waitUntil(lambda: events(window)[0].endswith("was removed."), timeout=LONG)
    first.stop()
    gone = f"{reader(0)}: the card"
    qtbot.waitUntil(lambda: events(window)[0].startswith(gone), timeout=LONG)


def test_a_card_that_is_exchanged_names_both(
    window: ManagerWindow, pcscd: Path, qtbot: QtBot
) -> None:
    plug = put_in(pcscd, 0)
    qtbot.waitUntil(lambda: len(events(window)) == 1, timeout=LONG)
    plug.stop()
    qtbot.waitUntil(lambda: events(window)[0].endswith("was removed."), timeout=LONG)
    other = put_in(pcscd, 0, "cps4")
    qtbot.waitUntil(lambda: "was replaced by" in events(window)[0], timeout=LONG)
    other.stop()
    qtbot.waitUntil(lambda: events(window)[0].endswith("was removed."), timeout=LONG)


def test_the_thread_that_waits_ends_with_the_window(
    window: ManagerWindow, pcscd: Path, qtbot: QtBot
) -> None:
    watch = window.context._watch
    thread = watch._thread if watch is not None else None
    assert thread is not None and thread.is_alive()
    window.context.close()
    assert not thread.is_alive()


def test_a_login_elsewhere_is_confirmed_with_the_card_in_the_reader(
    window: ManagerWindow, pcscd: Path, path: Path, qtbot: QtBot
) -> None:
    plug = put_in(pcscd, 0)
    window.show_page("requests")
    qtbot.waitUntil(
        lambda: window.context.reader is not None and window.context.reader.card is not None,
        timeout=LONG,
    )
    ask = RequestMessage(service="Portail", binding_message="42", nonce=new_nonce(), seconds=120)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(CardDevice(path).ask, ask)
        button = window.widget("requests").findChild(QPushButton, "confirm")
        assert isinstance(button, QPushButton)
        qtbot.waitUntil(button.isEnabled, timeout=LONG)
        qtbot.keyClick(button, Qt.Key.Key_Space)
        shown = lambda: [item for item in window.findChildren(PinDialog) if item.isVisible()]  # noqa: E731
        qtbot.waitUntil(lambda: bool(shown()), timeout=LONG)
        edit = shown()[0].findChild(QLineEdit, "old")
        assert isinstance(edit, QLineEdit)
        qtbot.keyClicks(edit, "1234")
        qtbot.keyClick(edit, Qt.Key.Key_Return)
        qtbot.waitUntil(answer.done, timeout=LONG)
        made = Confirmation.from_compact(answer.result())
    assert made.statement.nonce == ask.nonce
    plug.stop()
