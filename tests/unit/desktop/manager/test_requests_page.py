# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A login that waits, from the service's socket to the card and back: shown, confirmed, refused."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGroupBox, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot
from tests.unit.desktop.manager.conftest import MemoryCards, Secrets

from caducee.base.clock import FixedClock
from caducee.base.errors import CpsError, ReaderError
from caducee.codec.card_request import Confirmation, RequestMessage
from caducee.cryptolib import KeyUse
from caducee.desktop.manager.app import make_window
from caducee.desktop.manager.pages import requests as requests_page
from caducee.desktop.manager.pages.requests import RequestsPage
from caducee.desktop.manager.ports import Ports
from caducee.desktop.manager.request_center import RequestCenter
from caducee.desktop.manager.widgets import NoteBox
from caducee.desktop.manager.window import ManagerWindow
from caducee.desktop.pin_dialog import PinDialog
from caducee.middleware.requests import RequestServer
from caducee.reader.memory import Chip
from caducee.relying.card_device import CardDevice, new_nonce
from caducee.spec.instructions import Instruction, PinInstruction
from caducee.virtualcard.card import VirtualCard

type NewCard = Callable[[], VirtualCard]
WAIT = 20.0


class Gate:
    """A chip that waits before it executes a certain instruction."""

    def __init__(self, inner: VirtualCard, instruction: int) -> None:
        self._inner = inner
        self._instruction = instruction
        self.reached, self.may = threading.Event(), threading.Event()

    def power_on(self) -> bytes:
        return self._inner.power_on()

    def power_off(self) -> None:
        self._inner.power_off()

    def reset(self) -> bytes:
        return self._inner.reset()

    def transmit(self, command: bytes) -> bytes:
        if command[1] == self._instruction and len(command) > 5:
            self.reached.set()
            assert self.may.wait(WAIT)
        return self._inner.transmit(command)


class Services:
    """Login services that ask over the real socket."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.pool = ThreadPoolExecutor(4)
        self.devices: list[CardDevice] = []

    def ask(self, service: str = "Portail", digits: str = "42", *, hint: str = "") -> Future[str]:
        ask = RequestMessage(
            service=service,
            binding_message=digits,
            nonce=new_nonce(),
            seconds=60,
            login_hint=hint,
        )
        self.devices.append(CardDevice(self.path))
        return self.pool.submit(self.devices[-1].ask, ask)


@pytest.fixture
def services() -> Iterator[Services]:
    with TemporaryDirectory() as name:
        made = Services(Path(name) / "requests.sock")
        yield made
        made.pool.shutdown()


@pytest.fixture
def window(
    cards: MemoryCards, clock: FixedClock, services: Services, qtbot: QtBot
) -> Iterator[ManagerWindow]:
    server = RequestServer(clock, path=services.path)
    made = make_window(Ports(cards=cards, clock=clock, requests=server), "requests")
    qtbot.addWidget(made)
    qtbot.waitExposed(made)
    yield made
    RequestCenter.of(made.context).stop()
    made.context.close()


def page(window: ManagerWindow) -> RequestsPage:
    found = window.widget("requests")
    assert isinstance(found, RequestsPage)
    return found


def box(window: ManagerWindow) -> QGroupBox:
    found = page(window).findChild(QGroupBox, "request")
    assert isinstance(found, QGroupBox)
    return found


def text(window: ManagerWindow, name: str) -> str:
    found = page(window).findChild(QLabel, name)
    assert isinstance(found, QLabel)
    return found.text() if found.isVisible() else ""


def message(window: ManagerWindow) -> str:
    found = page(window).findChild(NoteBox, "requests-message")
    assert isinstance(found, NoteBox)
    return found.text


def press(qtbot: QtBot, window: ManagerWindow, name: str) -> None:
    found = page(window).findChild(QPushButton, name)
    assert isinstance(found, QPushButton)
    qtbot.waitUntil(found.isEnabled, timeout=20_000)
    qtbot.keyClick(found, Qt.Key.Key_Space)


def dialog(qtbot: QtBot, window: ManagerWindow) -> PinDialog:
    def there() -> bool:
        return any(item.isVisible() for item in window.findChildren(PinDialog))

    qtbot.waitUntil(there, timeout=20_000)
    return next(item for item in window.findChildren(PinDialog) if item.isVisible())


def enter(qtbot: QtBot, asked: PinDialog, code: str) -> None:
    edit = asked.findChild(QLineEdit, "old")
    assert isinstance(edit, QLineEdit)
    qtbot.waitUntil(edit.isEnabled, timeout=20_000)
    qtbot.keyClicks(edit, code)
    qtbot.keyClick(edit, Qt.Key.Key_Return)


def insert(qtbot: QtBot, window: ManagerWindow, cards: MemoryCards, card: Chip) -> None:
    cards.reader().insert(card)
    qtbot.waitUntil(
        lambda: window.context.reader is not None and window.context.reader.card is not None
    )


def code_of(answer: Future[str]) -> str:
    with pytest.raises(CpsError) as caught:
        answer.result(WAIT)
    return caught.value.code


def test_a_request_is_shown_with_its_service_and_digits(
    window: ManagerWindow, services: Services, qtbot: QtBot
) -> None:
    assert text(window, "none") == "No login is waiting for your confirmation."
    answer = services.ask("Portail de santé", "07")
    qtbot.waitUntil(box(window).isVisible)
    assert text(window, "headline") == "Portail de santé asks you to confirm a login."
    assert text(window, "digits") == "07"
    digits = page(window).findChild(QLabel, "digits")
    assert isinstance(digits, QLabel) and digits.accessibleName() == "Digits: 0 7"
    # Qt shows what was added to a layout when its loop turns again.
    qtbot.waitUntil(lambda: text(window, "fact Expires") == "2026-01-15 12:01:00")
    assert "same two digits" in text(window, "advice")
    services.devices[0].withdraw()
    code_of(answer)


def test_a_request_is_confirmed_with_the_code_by_keyboard(
    window: ManagerWindow,
    cards: MemoryCards,
    new_card: NewCard,
    services: Services,
    qtbot: QtBot,
) -> None:
    insert(qtbot, window, cards, new_card())
    answer = services.ask()
    qtbot.waitUntil(box(window).isVisible)
    press(qtbot, window, "confirm")
    asked = dialog(qtbot, window)
    shown = asked.findChild(QLabel, "fact For")
    assert isinstance(shown, QLabel)
    assert shown.text() == "Confirm the login to Portail, digits 42"
    enter(qtbot, asked, "1234")
    qtbot.waitUntil(answer.done, timeout=20_000)
    made = Confirmation.from_compact(answer.result(WAIT))
    assert made.statement.binding_message == "42"
    with cards.open("Reader A") as card:
        key = card.certificate(KeyUse.AUTHENTICATION).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    signed = made.statement.signed_bytes()
    key.verify(made.signature, signed, padding.PKCS1v15(), hashes.SHA256())
    qtbot.waitUntil(lambda: message(window) == "You confirmed the request of Portail.")
    qtbot.waitUntil(lambda: not box(window).isVisible())


def test_a_wrong_code_is_asked_again_and_signs_nothing(
    window: ManagerWindow,
    cards: MemoryCards,
    new_card: NewCard,
    services: Services,
    qtbot: QtBot,
) -> None:
    insert(qtbot, window, cards, new_card())
    answer = services.ask()
    qtbot.waitUntil(box(window).isVisible)
    press(qtbot, window, "confirm")
    asked = dialog(qtbot, window)
    enter(qtbot, asked, "9999")
    tries = asked.findChild(QLabel, "tries")
    assert isinstance(tries, QLabel)
    qtbot.waitUntil(lambda: tries.text().endswith("2"), timeout=20_000)
    assert not answer.done()
    enter(qtbot, asked, "1234")
    qtbot.waitUntil(answer.done, timeout=20_000)
    assert answer.result(WAIT)


CODE, SIGN = PinInstruction.VERIFY, Instruction.INTERNAL_AUTHENTICATE


@pytest.mark.parametrize(
    "how", [("dialog", CODE), ("dialog", SIGN), ("refuse", CODE), ("refuse", SIGN)], ids=str
)
def test_who_cancels_while_the_card_works_has_confirmed_nothing(
    window: ManagerWindow,
    services: Services,
    cards: MemoryCards,
    new_card: NewCard,
    qtbot: QtBot,
    how: tuple[str, int],
) -> None:
    way, instruction = how
    gate = Gate(new_card(), instruction)
    insert(qtbot, window, cards, gate)
    answer = services.ask()
    qtbot.waitUntil(box(window).isVisible)
    press(qtbot, window, "confirm")
    asked = dialog(qtbot, window)
    enter(qtbot, asked, "1234")
    qtbot.waitUntil(gate.reached.is_set, timeout=20_000)
    if way == "dialog":
        assert text(window, "doing") == "The card signs the confirmation…"
        qtbot.keyClick(asked, Qt.Key.Key_Escape)
    else:
        page(window).refuse()
        page(window)._fail(
            ReaderError("reader.cancelled")
        )  # before the server says that it is over
        assert message(window) == "You refused the request of Portail."
    gate.may.set()
    qtbot.waitUntil(lambda: not window.context.worker.busy, timeout=20_000)
    if way == "dialog":
        assert message(window) == "Nothing was confirmed; the request is still waiting."
        assert not answer.done() and box(window).isVisible()
        press(qtbot, window, "refuse")
    assert code_of(answer) == "request.refused"
    assert message(window) == "You refused the request of Portail."


def test_the_code_of_a_signature_that_never_began_is_wiped(
    window: ManagerWindow,
    services: Services,
    cards: MemoryCards,
    new_card: NewCard,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secrets, go_on = Secrets(), threading.Event()
    monkeypatch.setattr(requests_page, "Secret", secrets)
    insert(qtbot, window, cards, new_card())
    answer = services.ask()
    qtbot.waitUntil(box(window).isVisible)
    press(qtbot, window, "confirm")
    asked = dialog(qtbot, window)
    window.context.with_card(lambda _card, _work: go_on.wait(WAIT))  # what comes after it waits
    enter(qtbot, asked, "1234")
    (code,) = secrets.made
    assert code
    page(window).cancel()
    go_on.set()
    qtbot.waitUntil(lambda: not code)
    press(qtbot, window, "refuse")
    assert code_of(answer) == "request.refused"


def test_who_cancels_when_the_card_has_just_signed_has_confirmed_nothing(
    window: ManagerWindow,
    services: Services,
    cards: MemoryCards,
    new_card: NewCard,
    qtbot: QtBot,
) -> None:
    insert(qtbot, window, cards, new_card())
    answer = services.ask()
    qtbot.waitUntil(box(window).isVisible)
    press(qtbot, window, "confirm")
    enter(qtbot, dialog(qtbot, window), "1234")
    for thread in tuple(window.context.worker._threads):
        thread.join(WAIT)  # the signature is there, and the window has not heard of it yet
    page(window).cancel()
    qtbot.waitUntil(lambda: not window.context.worker.busy)
    assert message(window) == "Nothing was confirmed; the request is still waiting."
    assert not answer.done()
    press(qtbot, window, "refuse")
    assert code_of(answer) == "request.refused"


def test_a_return_that_was_meant_for_another_window_confirms_nothing(
    window: ManagerWindow,
    services: Services,
    cards: MemoryCards,
    new_card: NewCard,
    qtbot: QtBot,
) -> None:
    insert(qtbot, window, cards, new_card())
    answer = services.ask()
    qtbot.waitUntil(box(window).isVisible)
    confirm = page(window).findChild(QPushButton, "confirm")
    assert isinstance(confirm, QPushButton)
    qtbot.waitUntil(confirm.isEnabled)
    qtbot.keyClick(confirm, Qt.Key.Key_Return)
    assert confirm.isEnabled(), "nothing has begun"
    qtbot.keyClick(confirm, Qt.Key.Key_Space)
    assert not confirm.isEnabled()
    press(qtbot, window, "refuse")
    assert code_of(answer) == "request.refused"


def test_a_request_is_refused_by_keyboard(
    window: ManagerWindow, services: Services, qtbot: QtBot
) -> None:
    answer = services.ask()
    qtbot.waitUntil(box(window).isVisible)
    press(qtbot, window, "refuse")
    assert code_of(answer) == "request.refused"
    assert message(window) == "You refused the request of Portail."
    qtbot.waitUntil(lambda: not box(window).isVisible())


def test_two_requests_queue(window: ManagerWindow, services: Services, qtbot: QtBot) -> None:
    first = services.ask("One", "11")
    qtbot.waitUntil(lambda: text(window, "digits") == "11")
    second = services.ask("Two", "22")
    qtbot.waitUntil(lambda: text(window, "queue").endswith("1"))
    assert text(window, "digits") == "11"
    press(qtbot, window, "refuse")
    qtbot.waitUntil(lambda: text(window, "digits") == "22")
    assert text(window, "queue") == ""
    press(qtbot, window, "refuse")
    assert [code_of(item) for item in (first, second)] == ["request.refused"] * 2


def test_the_word_for_one_request_opens_no_question_for_the_next(
    window: ManagerWindow,
    cards: MemoryCards,
    new_card: NewCard,
    services: Services,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first one ends between the click and the window for the code, the second is shown."""
    go_on, looked = threading.Event(), requests_page._standing

    def slow(*given: Any) -> Any:
        assert go_on.wait(WAIT)
        return looked(*given)

    monkeypatch.setattr(requests_page, "_standing", slow)
    insert(qtbot, window, cards, new_card())
    first = services.ask("One", "11")
    qtbot.waitUntil(lambda: text(window, "digits") == "11")
    second = services.ask("Two", "22")
    qtbot.waitUntil(lambda: text(window, "queue").endswith("1"))
    press(qtbot, window, "confirm")
    services.devices[0].withdraw()
    assert code_of(first) == "request.withdrawn"
    qtbot.waitUntil(lambda: text(window, "digits") == "22")
    go_on.set()
    confirm = page(window).findChild(QPushButton, "confirm")
    assert isinstance(confirm, QPushButton)
    qtbot.waitUntil(confirm.isEnabled, timeout=20_000)  # the look at the card is over
    assert not window.findChildren(PinDialog)
    press(qtbot, window, "refuse")
    assert code_of(second) == "request.refused"


def test_a_request_that_expires_closes_also_the_question_for_the_code(
    window: ManagerWindow,
    cards: MemoryCards,
    new_card: NewCard,
    services: Services,
    clock: FixedClock,
    qtbot: QtBot,
) -> None:
    insert(qtbot, window, cards, new_card())
    answer = services.ask()
    qtbot.waitUntil(box(window).isVisible)
    press(qtbot, window, "confirm")
    dialog(qtbot, window)
    clock.advance(dt.timedelta(seconds=60))
    other = services.ask("Other")  # anything that happens lets the desk look at its clock
    assert code_of(answer) == "request.expired"
    qtbot.waitUntil(lambda: not window.findChildren(PinDialog))
    assert message(window) == "The request of Portail has expired."
    press(qtbot, window, "refuse")
    assert code_of(other) == "request.refused"


def test_a_service_that_withdraws_is_reported(
    window: ManagerWindow, services: Services, qtbot: QtBot
) -> None:
    answer = services.ask()
    qtbot.waitUntil(box(window).isVisible)
    services.devices[0].withdraw()
    assert code_of(answer) == "request.withdrawn"
    qtbot.waitUntil(lambda: not box(window).isVisible())
    assert message(window) == "Portail has stopped waiting for this request."


def test_without_a_card_it_says_what_to_do_and_can_still_be_refused(
    window: ManagerWindow, services: Services, qtbot: QtBot
) -> None:
    answer = services.ask()
    qtbot.waitUntil(box(window).isVisible)
    wanted = "Insert your card into the reader Reader A."
    qtbot.waitUntil(lambda: text(window, "obstacle") == wanted)  # the readers are seen
    confirm = page(window).findChild(QPushButton, "confirm")
    assert isinstance(confirm, QPushButton) and not confirm.isEnabled()
    press(qtbot, window, "refuse")
    assert code_of(answer) == "request.refused"


def test_a_card_that_leaves_takes_the_question_with_it(
    window: ManagerWindow,
    cards: MemoryCards,
    new_card: NewCard,
    services: Services,
    qtbot: QtBot,
) -> None:
    insert(qtbot, window, cards, new_card())
    answer = services.ask()
    qtbot.waitUntil(box(window).isVisible)
    press(qtbot, window, "confirm")
    dialog(qtbot, window)
    cards.reader().eject()
    qtbot.waitUntil(lambda: not window.findChildren(PinDialog))
    assert not answer.done()
    press(qtbot, window, "refuse")
    assert code_of(answer) == "request.refused"


def test_another_holder_than_the_expected_one_is_reported_and_no_try_is_spent(
    window: ManagerWindow,
    cards: MemoryCards,
    new_card: NewCard,
    services: Services,
    qtbot: QtBot,
) -> None:
    insert(qtbot, window, cards, new_card())
    answer = services.ask(hint="899700999999")
    qtbot.waitUntil(box(window).isVisible)
    press(qtbot, window, "confirm")
    enter(qtbot, dialog(qtbot, window), "9999")
    qtbot.waitUntil(lambda: "899700999999" in message(window), timeout=20_000)
    with cards.open("Reader A") as card:
        assert card.pin_state().tries_left == 3
    press(qtbot, window, "refuse")
    assert code_of(answer) == "request.refused"


def test_the_end_of_the_window_is_reported_to_the_service(
    window: ManagerWindow, services: Services, qtbot: QtBot
) -> None:
    answer = services.ask()
    qtbot.waitUntil(box(window).isVisible)
    RequestCenter.of(window.context).stop()
    assert code_of(answer) == "request.lost"


def test_a_second_manager_says_that_another_takes_the_requests(
    window: ManagerWindow, cards: MemoryCards, clock: FixedClock, services: Services, qtbot: QtBot
) -> None:
    server = RequestServer(clock, path=services.path)
    other = make_window(Ports(cards=cards, clock=clock, requests=server), "requests")
    qtbot.addWidget(other)
    assert "Another card manager" in text(other, "none")
    other.context.close()
