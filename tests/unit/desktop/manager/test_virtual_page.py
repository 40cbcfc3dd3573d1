# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The page of virtual cards, by keyboard, over a sandbox in memory; and without a sandbox."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot
from tests.unit.desktop.manager.conftest import MemoryCards

from caducee.base.clock import FixedClock
from caducee.base.errors import ReaderError
from caducee.base.secret import Secret
from caducee.desktop.manager.app import make_window
from caducee.desktop.manager.model.virtual import (
    CardFault,
    CardKind,
    InsertionMethod,
    IssuedTestCard,
    VirtualCard,
    card_line,
    kind_line,
)
from caducee.desktop.manager.pages.virtual import VirtualPage
from caducee.desktop.manager.ports import Ports
from caducee.desktop.manager.widgets import NoteBox
from caducee.desktop.manager.window import ManagerWindow

KINDS = (
    CardKind("cps-medecin", "CPS", "CPS3", "Médecin", ("contact", "contactless")),
    CardKind("cde", "CDE", "CPS4", "Directeur", ("contact",), "blocked", "a note"),
)
FAULTS = (
    CardFault("mute", "No answer."),
    CardFault("torn", "Pulled out.", ("after",)),
    CardFault("slow", "Late.", ("delay",)),
    CardFault("revoked", "Stopped.", lasting=False),
    CardFault("vitale", "Another card."),
)


@dataclass
class Sandbox:
    """Virtual cards in memory, with a note of every call."""

    place: str = "/world"
    made: dict[str, VirtualCard] = field(default_factory=dict)
    calls: list[tuple[object, ...]] = field(default_factory=list)
    trouble: ReaderError | None = None
    keys: int = 0
    may: threading.Event = field(default_factory=threading.Event)

    def kinds(self) -> tuple[CardKind, ...]:
        return KINDS

    def faults(self) -> tuple[CardFault, ...]:
        return FAULTS

    def ways(self) -> tuple[InsertionMethod, ...]:
        return (InsertionMethod.PCSC, InsertionMethod.SOCKET)

    def cards(self) -> tuple[VirtualCard, ...]:
        return tuple(self.made.values())

    def make(self, kind: str, tell: Callable[[str], None]) -> IssuedTestCard:
        for key in range(self.keys):
            tell(f"key {key}")
            assert self.may.wait(20)
        self.calls.append(("make", kind))
        number = str(100 + len(self.made))
        card = VirtualCard(number, "CAMILLE", ("contact", "contactless"), tries=(("PIN", 3),))
        self.made[number] = card
        return IssuedTestCard(card, Secret.of("1234"), Secret.of("12345678"))

    def insert(
        self, number: str, faces: tuple[str, ...], way: InsertionMethod, tell: Callable[[str], None]
    ) -> tuple[str, ...]:
        self.calls.append(("insert", number, faces, way))
        if self.trouble is not None:
            raise self.trouble
        names = tuple(f"Virtual {face}" for face in faces)
        self.made[number] = replace(self.made[number], readers=names)
        return names

    def remove(self, number: str) -> None:
        self.calls.append(("remove", number))
        self.made[number] = replace(self.made[number], readers=())

    def delete(self, number: str) -> None:
        self.calls.append(("delete", number))
        del self.made[number]

    def apply(self, number: str, fault: str, options: dict[str, int]) -> None:
        self.calls.append(("apply", number, fault, options))
        self.made[number] = replace(self.made[number], faults=(fault,))

    def clear(self, number: str) -> None:
        self.calls.append(("clear", number))
        self.made[number] = replace(self.made[number], faults=())

    def close(self) -> None:
        self.calls.append(("close",))


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()


@pytest.fixture
def window(
    cards: MemoryCards, clock: FixedClock, sandbox: Sandbox, qtbot: QtBot
) -> Iterator[ManagerWindow]:
    made = make_window(Ports(cards=cards, clock=clock, virtual=sandbox), "virtual")
    qtbot.addWidget(made)
    qtbot.waitExposed(made)
    qtbot.waitUntil(lambda: get(made, QComboBox, "fault").count() == len(FAULTS))
    yield made
    made.context.close()


def page(window: ManagerWindow) -> VirtualPage:
    found = window.widget("virtual")
    assert isinstance(found, VirtualPage)
    return found


def get[W: QWidget](window: ManagerWindow, kind: type[W], name: str) -> W:
    found = page(window).findChild(kind, name)
    assert isinstance(found, kind)
    return found


def press(qtbot: QtBot, window: ManagerWindow, name: str) -> None:
    found = get(window, QPushButton, name)
    qtbot.waitUntil(found.isEnabled)
    qtbot.keyClick(found, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not window.context.worker.busy)


def message(window: ManagerWindow) -> str:
    return get(window, NoteBox, "virtual-message").text


def listed(window: ManagerWindow) -> list[str]:
    found = get(window, QListWidget, "cards")
    return [found.item(row).text() for row in range(found.count())]


def test_a_card_of_a_profile_is_made_and_its_codes_are_reported(
    window: ManagerWindow, sandbox: Sandbox, qtbot: QtBot
) -> None:
    words = get(window, QLineEdit, "words")
    qtbot.keyClicks(words, "DECIN cps3")
    assert get(window, QListWidget, "kinds").count() == 1
    press(qtbot, window, "make")
    assert sandbox.calls == [("make", "cps-medecin")]
    assert message(window) == "Card 100 created. PIN: 1234   PUK: 12345678"
    assert listed(window) == ["100  CAMILLE · not in a reader"]


def test_keys_that_take_their_time_are_reported_and_can_be_cancelled(
    window: ManagerWindow, sandbox: Sandbox, qtbot: QtBot
) -> None:
    sandbox.keys = 2
    qtbot.keyClick(get(window, QPushButton, "make"), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: get(window, QLabel, "doing").text() == "key 0")
    stop = get(window, QPushButton, "stop")
    assert stop.isVisible()
    qtbot.keyClick(stop, Qt.Key.Key_Return)
    sandbox.may.set()
    qtbot.waitUntil(lambda: not window.context.worker.busy)
    assert sandbox.calls == [] and listed(window) == []
    assert "cancelled" in message(window) and not stop.isVisible()


def test_a_fault_that_shows_at_the_next_start_says_so(window: ManagerWindow, qtbot: QtBot) -> None:
    press(qtbot, window, "make")
    fault = get(window, QComboBox, "fault")
    fault.setCurrentIndex(fault.findText("vitale"))
    press(qtbot, window, "apply")
    assert message(window) == "Fault applied to card 100."
    press(qtbot, window, "insert")
    press(qtbot, window, "apply")
    assert message(window).endswith("remove the card and insert it again.")


def test_a_card_is_inserted_and_taken_out(
    window: ManagerWindow, sandbox: Sandbox, qtbot: QtBot
) -> None:
    press(qtbot, window, "make")
    faces = get(window, QComboBox, "faces")
    assert faces.count() == 3
    qtbot.keyClick(faces, Qt.Key.Key_End)
    qtbot.keyClick(get(window, QComboBox, "way"), Qt.Key.Key_Down)
    press(qtbot, window, "insert")
    assert sandbox.calls[-1] == (
        "insert",
        "100",
        ("contact", "contactless"),
        InsertionMethod.SOCKET,
    )
    assert message(window) == "The card is in the reader Virtual contact, Virtual contactless."
    assert listed(window) == ["100  CAMILLE · in Virtual contact, Virtual contactless"]
    assert not get(window, QPushButton, "insert").isEnabled()
    press(qtbot, window, "remove")
    assert listed(window) == ["100  CAMILLE · not in a reader"]


def test_what_keeps_a_card_out_of_a_reader_is_reported_with_its_cure(
    window: ManagerWindow, sandbox: Sandbox, qtbot: QtBot
) -> None:
    press(qtbot, window, "make")
    sandbox.trouble = ReaderError("reader.slots_taken")
    press(qtbot, window, "insert")
    assert message(window) == sandbox.trouble.sentence()


def test_a_fault_is_applied_with_its_number_and_taken_away(
    window: ManagerWindow, sandbox: Sandbox, qtbot: QtBot
) -> None:
    press(qtbot, window, "make")
    fault, after = get(window, QComboBox, "fault"), get(window, QSpinBox, "after")
    assert not after.isVisible() and get(window, QLabel, "does").text() == "No answer."
    fault.setCurrentIndex(1)
    assert after.isVisible() and not get(window, QSpinBox, "delay").isVisible()
    after.setValue(7)
    press(qtbot, window, "apply")
    assert sandbox.calls[-1:] == [("apply", "100", "torn", {"after": 7})]
    assert listed(window) == ["100  CAMILLE · not in a reader · faults: torn"]
    press(qtbot, window, "clear")
    assert sandbox.calls[-1:] == [("clear", "100")]


@pytest.mark.parametrize(("what", "name"), [("delete", "delete"), ("revoked", "apply")])
def test_what_nothing_takes_back_is_asked_before(
    window: ManagerWindow, sandbox: Sandbox, qtbot: QtBot, what: str, name: str
) -> None:
    press(qtbot, window, "make")
    asked: list[str] = []
    answers = [False, True]

    def sure(text: str) -> bool:
        asked.append(text)
        return answers.pop(0)

    page(window).sure = sure
    if what == "revoked":
        get(window, QComboBox, "fault").setCurrentIndex(3)
    press(qtbot, window, name)
    assert [call[0] for call in sandbox.calls] == ["make"]
    press(qtbot, window, name)
    assert [call[0] for call in sandbox.calls] == ["make", name]
    assert "100" in asked[0]


def test_without_a_sandbox_there_is_one_sentence_and_nothing_to_press(
    cards: MemoryCards, clock: FixedClock, qtbot: QtBot
) -> None:
    window = make_window(Ports(cards=cards, clock=clock), "virtual")
    qtbot.addWidget(window)
    assert message(window).startswith("No sandbox is configured")
    assert not page(window).findChildren(QGroupBox)
    assert not [button for button in page(window).findChildren(QPushButton) if button.isVisible()]
    window.context.close()


def test_everything_has_a_name_for_a_screen_reader(window: ManagerWindow) -> None:
    kinds = (QListWidget, QComboBox, QLineEdit, QSpinBox)
    for kind in kinds:
        for widget in page(window).findChildren(kind):
            if widget.objectName() and not widget.objectName().startswith("qt_"):
                assert widget.accessibleName(), widget.objectName()


def test_a_card_and_a_profile_are_reported_in_one_line() -> None:
    assert kind_line(KINDS[1]) == "cde: CDE, CPS4 · Directeur · blocked · a note · contact"
    card = VirtualCard("1", "", readers=("R",), faults=("mute", "slow"))
    assert card_line(card) == "1 · in R · faults: mute, slow"
