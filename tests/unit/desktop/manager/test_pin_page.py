# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The page for the codes with virtual cards in memory: by keyboard, and when cards come and go."""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QRadioButton,
    QWidget,
)
from pytestqt.qtbot import QtBot
from tests.unit.desktop.manager.conftest import PIN, PUK, Foreign, MemoryCards, Slow

from caducee.base.clock import FixedClock
from caducee.base.errors import PinBlockedError, WrongPinError
from caducee.base.i18n import gettext, use_language
from caducee.base.secret import Secret
from caducee.codec.carddata import SerialNumber
from caducee.cryptolib import open_card
from caducee.desktop.manager.context import Context
from caducee.desktop.manager.model.menus import MENUS
from caducee.desktop.manager.pages.pin import PinPage
from caducee.desktop.manager.ports import Ports
from caducee.desktop.pin_pad import PinPadKeys
from caducee.reader.memory import Chip, MemoryReader
from caducee.spec.pinpad import PadStatus
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.personalise import PersonalisationData, cps3
from caducee.virtualcard.plug.pinpad import Prompt
from caducee.virtualcard.plug.pinpad import SimulatedPinPad as Firmware
from caducee.virtualcard.store import MemoryStore

NEW = "7302"
READER = "Reader A"


class Noted:
    """A chip that notes the commands that carry codes."""

    def __init__(self, inner: Chip) -> None:
        self._inner = inner
        self.codes: list[bytes] = []

    def power_on(self) -> bytes:
        return self._inner.power_on()

    def power_off(self) -> None:
        self._inner.power_off()

    def reset(self) -> bytes:
        return self._inner.reset()

    def transmit(self, command: bytes) -> bytes:
        if command[1] in (0x20, 0x24, 0x2C) and len(command) > 5:
            self.codes.append(command[5:])
        return self._inner.transmit(command)


@dataclass
class Shown:
    """The page in a window, and where its parts are."""

    page: PinPage
    context: Context
    cards: MemoryCards
    qtbot: QtBot

    @property
    def reader(self) -> MemoryReader:
        return self.cards.reader(READER)

    def edit(self, name: str) -> QLineEdit:
        found = self.page.findChild(QLineEdit, name)
        assert isinstance(found, QLineEdit)
        return found

    def text(self, name: str) -> str:
        if name == "status":
            return f"{self.text('status sentence')} {self.text('status advice')}".strip()
        found = self.page.findChild(QLabel, name)
        assert isinstance(found, QLabel)
        return found.text() if found.isVisible() else ""

    def choose(self, task: str) -> None:
        radio = self.page.findChild(QRadioButton, task)
        assert isinstance(radio, QRadioButton)
        self.qtbot.keyClick(radio, Qt.Key.Key_Space)
        self.qtbot.waitUntil(radio.isChecked)

    def button(self, name: str) -> QPushButton:
        found = self.page.findChild(QPushButton, name)
        assert isinstance(found, QPushButton)
        return found

    def enter(self, *codes: str) -> None:
        """Type codes, line after line, and send them with Return."""
        self.edit("old").setFocus()
        for name, code in zip(("old", "new", "again"), codes, strict=False):
            self.qtbot.keyClicks(self.edit(name), code)
            self.qtbot.keyClick(self.edit(name), Qt.Key.Key_Return)

    def wait(self, name: str, words: str) -> None:
        self.qtbot.waitUntil(lambda: words in self.text(name))

    def ready(self, name: str = "PRENOM DOC0000012") -> None:
        self.qtbot.waitUntil(lambda: name in self.text("card") and self.edit("old").isVisible())

    @property
    def question(self) -> QMessageBox | None:
        found = [
            box
            for box in self.page.findChildren(QMessageBox)
            if box.objectName() == "last-try" and box.isVisible()
        ]
        return found[0] if found else None


@pytest.fixture
def shown(qtbot: QtBot, cards: MemoryCards, clock: FixedClock, tmp_path: Path) -> Iterator[Shown]:
    context = Context(Ports(cards=cards, clock=clock, settings=tmp_path / "manager.json"))
    page = PinPage(context)
    qtbot.addWidget(page)
    page.show()
    page.activateWindow()
    qtbot.waitExposed(page)
    context.start()
    yield Shown(page, context, cards, qtbot)
    context.close()


@pytest.fixture
def chip(new_card: Callable[[], VirtualCard]) -> Noted:
    return Noted(new_card())


def use_up(reader: MemoryReader, tries: int) -> None:
    """Enter wrong codes."""
    with open_card(reader) as card:
        for _ in range(tries):
            with pytest.raises((WrongPinError, PinBlockedError)):
                card.prove(Secret.of("9999"))


def use_up_unblocking(reader: MemoryReader) -> None:
    with open_card(reader) as card:
        for _ in range(20):
            try:
                card.verify_puk(Secret.of("00000000"))
            except WrongPinError:
                continue
            except PinBlockedError:
                return


def other_card(content: PersonalisationData) -> VirtualCard:
    """Make a card of another holder whose codes are the same."""
    made = replace(content, card_number="2900995266", serial=SerialNumber.make("29009966"))
    return VirtualCard(MemoryStore(cps3(made)))


def test_without_a_card_it_says_what_to_do(shown: Shown) -> None:
    shown.qtbot.waitUntil(lambda: "Insert your card" in shown.text("status"))
    assert not shown.page.findChildren(QLineEdit)
    assert not shown.button("send").isVisible()


def test_a_right_code_is_reported_and_gone_from_the_line(shown: Shown, chip: Noted) -> None:
    shown.reader.insert(chip)
    shown.ready()
    assert shown.text("tries old") == "Tries left: 3 of 3"
    shown.enter(PIN)
    assert shown.edit("old").text() == ""  # at once, not when the card has answered
    shown.wait("outcome", "The PIN is correct.")
    assert len(chip.codes) == 1


def test_a_wrong_code_shows_the_tries_that_are_left(shown: Shown, chip: Noted) -> None:
    shown.reader.insert(chip)
    shown.ready()
    shown.enter("9999")
    shown.wait("outcome", "Wrong PIN")
    shown.wait("tries old", "2 of 3")
    assert shown.page.focusWidget() is shown.edit("old")


def test_a_code_is_changed_by_keyboard_alone(shown: Shown, chip: Noted) -> None:
    shown.reader.insert(chip)
    shown.ready()
    shown.choose("change")
    shown.enter(PIN, NEW, NEW)
    shown.wait("outcome", "PIN changed")
    with open_card(shown.reader) as card:
        card.prove(Secret.of(NEW))
    journal = shown.context.journal.as_text()
    assert "PIN changed." in journal and "Reader A" in journal
    assert NEW not in journal and PIN not in journal


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("5555", "repeats"),
        ("4567", "sequence of digits"),
        ("1984", "year"),
        ("9009", "printed"),
        ("1234", "identical to the current one"),
    ],
)
def test_a_weak_code_is_reported_while_typing_and_never_sent(
    shown: Shown, chip: Noted, new: str, why: str
) -> None:
    shown.reader.insert(chip)
    shown.ready()
    shown.choose("change")
    assert "Not allowed, because" in shown.text("rules")  # stated before typing
    shown.qtbot.keyClicks(shown.edit("old"), PIN)
    shown.qtbot.keyClicks(shown.edit("new"), new)
    assert why in shown.text("fault new")
    shown.qtbot.keyClicks(shown.edit("again"), new)
    shown.qtbot.keyClick(shown.edit("again"), Qt.Key.Key_Return)
    assert shown.page.focusWidget() is shown.edit("new")
    assert not chip.codes


def test_two_entries_that_differ_are_reported_as_soon_as_they_do(shown: Shown, chip: Noted) -> None:
    shown.reader.insert(chip)
    shown.ready()
    shown.choose("change")
    shown.qtbot.keyClicks(shown.edit("old"), PIN)
    shown.qtbot.keyClicks(shown.edit("new"), NEW)
    shown.qtbot.keyClicks(shown.edit("again"), NEW[:2])
    assert not shown.text("fault again")
    shown.qtbot.keyClicks(shown.edit("again"), "9")
    assert "do not match" in shown.text("fault again")
    shown.qtbot.keyClick(shown.edit("again"), Qt.Key.Key_Return)
    assert not chip.codes


def test_the_last_try_is_warned_of_and_used_only_after_a_yes(shown: Shown, chip: Noted) -> None:
    shown.reader.insert(chip)
    use_up(shown.reader, 2)
    chip.codes.clear()
    shown.ready()
    shown.wait("status", "One try left")
    shown.enter("8888")
    shown.qtbot.waitUntil(lambda: shown.question is not None)
    question = shown.question
    assert question is not None and not chip.codes
    shown.qtbot.keyClick(question, Qt.Key.Key_Return)  # the default button does nothing
    shown.qtbot.waitUntil(lambda: shown.question is None)
    assert not chip.codes and shown.edit("old").text() == ""
    shown.enter(PIN)
    shown.qtbot.waitUntil(lambda: shown.question is not None)
    again = shown.question
    assert again is not None
    (use,) = [button for button in again.buttons() if button is not again.defaultButton()]
    shown.qtbot.keyClick(use, Qt.Key.Key_Space)
    shown.wait("outcome", "The PIN is correct.")
    assert len(chip.codes) == 1


def test_a_blocked_card_offers_unblocking_at_once(shown: Shown, chip: Noted) -> None:
    shown.reader.insert(chip)
    use_up(shown.reader, 2)
    shown.ready()
    shown.enter("9999")
    shown.qtbot.waitUntil(lambda: shown.question is not None)
    question = shown.question
    assert question is not None
    (use,) = [button for button in question.buttons() if button is not question.defaultButton()]
    shown.qtbot.keyClick(use, Qt.Key.Key_Space)
    shown.wait("status", "PIN blocked")
    shown.qtbot.waitUntil(lambda: shown.page.findChild(QLineEdit, "new") is not None)
    radio = shown.page.findChild(QRadioButton, "unblock")
    assert isinstance(radio, QRadioButton) and radio.isChecked()
    shown.qtbot.waitUntil(lambda: shown.page.focusWidget() is shown.edit("old"))
    shown.enter(PUK, NEW, NEW)
    shown.wait("outcome", "Card unblocked")
    assert not shown.text("status")
    with open_card(shown.reader) as card:
        card.prove(Secret.of(NEW))


def test_a_card_that_is_blocked_for_ever_says_so_and_takes_nothing(
    shown: Shown, chip: Noted
) -> None:
    shown.reader.insert(chip)
    use_up(shown.reader, 3)
    use_up_unblocking(shown.reader)
    shown.wait("status", "blocked permanently")
    assert "replacement" in shown.text("status")
    assert not shown.button("send").isVisible()
    assert not [edit for edit in shown.page.findChildren(QLineEdit) if edit.isVisible()]


def test_a_card_taken_out_in_mid_entry_erases_what_was_entered(shown: Shown, chip: Noted) -> None:
    shown.reader.insert(chip)
    shown.ready()
    edit = shown.edit("old")
    shown.qtbot.keyClicks(edit, PIN)
    shown.reader.eject()
    shown.wait("outcome", "erased")
    assert edit.text() == "" and not chip.codes
    assert not shown.button("send").isVisible()


def test_a_card_exchanged_in_mid_entry_gets_no_code_of_the_other(
    shown: Shown, chip: Noted, manager_content: PersonalisationData
) -> None:
    shown.reader.insert(chip)
    shown.ready()
    shown.qtbot.keyClicks(shown.edit("old"), PIN)
    other = Noted(other_card(manager_content))
    shown.reader.insert(other)
    shown.wait("outcome", "erased")
    shown.qtbot.waitUntil(
        lambda: "2900995266" in shown.text("card") or shown.page.isHidden(), timeout=5000
    )
    assert shown.edit("old").text() == ""
    shown.qtbot.keyClick(shown.edit("old"), Qt.Key.Key_Return)
    assert not other.codes and not chip.codes


def test_a_code_sent_before_the_window_knows_of_an_exchange_reaches_no_card(
    shown: Shown, chip: Noted, manager_content: PersonalisationData
) -> None:
    """The events come late: the card under the page is another one already."""
    shown.reader.insert(chip)
    shown.ready()
    shown.qtbot.keyClicks(shown.edit("old"), PIN)
    assert shown.context._watch is not None
    shown.context._watch.stop()
    other = Noted(other_card(manager_content))
    shown.reader.insert(other)
    shown.qtbot.keyClick(shown.edit("old"), Qt.Key.Key_Return)
    shown.wait("outcome", "not the one the PIN was entered for")
    assert not other.codes and not chip.codes


def test_the_question_for_the_last_try_goes_with_its_card(
    shown: Shown, chip: Noted, manager_content: PersonalisationData
) -> None:
    shown.reader.insert(chip)
    use_up(shown.reader, 2)
    chip.codes.clear()
    shown.ready()
    shown.wait("status", "One try left")
    shown.enter(PIN)
    shown.qtbot.waitUntil(lambda: shown.question is not None)
    other = Noted(other_card(manager_content))
    shown.reader.insert(other)
    shown.qtbot.waitUntil(lambda: shown.question is None)
    shown.wait("tries old", "3 of 3")
    assert shown.edit("old").text() == ""
    assert not other.codes and not chip.codes


def test_a_code_that_waits_for_its_turn_is_not_sent_after_a_cancel(
    shown: Shown, new_card: Callable[[], VirtualCard]
) -> None:
    noted = Noted(new_card())
    slow = Slow(noted, 0.0)
    shown.reader.insert(slow)
    shown.ready()
    slow.seconds = 0.15
    shown.enter(PIN)
    shown.qtbot.keyClick(shown.button("cancel"), Qt.Key.Key_Space)
    shown.wait("outcome", "cancel")
    assert not noted.codes


def test_a_card_of_another_kind_is_named_as_such(shown: Shown) -> None:
    shown.reader.insert(Foreign())
    shown.wait("status", "not a CPS")


def test_the_pin_pad_is_off_until_it_is_wanted_and_remembered_then(
    shown: Shown, chip: Noted, qtbot: QtBot
) -> None:
    shown.reader.insert(chip)
    shown.ready()
    assert shown.page.findChild(PinPadKeys) is None
    box = shown.page.findChild(QCheckBox, "show-pin-pad")
    assert isinstance(box, QCheckBox) and not box.isChecked()
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert shown.context.settings.pin_pad
    pad = shown.page.findChild(PinPadKeys)
    assert isinstance(pad, PinPadKeys) and pad.isVisible()
    again = Context(shown.context.ports)
    assert again.settings.pin_pad and not again.settings.pin_pad_shuffled
    again.close()


def press(qtbot: QtBot, pad: PinPadKeys, code: str) -> None:
    for digit in code:
        (key,) = [button for button in pad.findChildren(QPushButton) if button.text() == digit]
        qtbot.mouseClick(key, Qt.MouseButton.LeftButton)


def test_a_code_is_changed_with_the_shuffled_pin_pad_alone(
    shown: Shown, chip: Noted, qtbot: QtBot
) -> None:
    shown.context.set(pin_pad=True, pin_pad_shuffled=True)
    shown.reader.insert(chip)
    shown.ready()
    shown.choose("change")
    pad = shown.page.findChild(PinPadKeys)
    assert isinstance(pad, PinPadKeys)
    orders = set()
    for name, code in (("old", PIN), ("new", NEW), ("again", NEW)):
        shown.edit(name).setFocus()
        shown.wait("aimed", shown.edit(name).accessibleName())
        press(qtbot, pad, code)
        assert shown.edit(name).text() == code
        orders.add(pad.digits)
    assert orders != {"1234567890"}
    before = pad.digits
    shown.qtbot.mouseClick(shown.button("send"), Qt.MouseButton.LeftButton)
    shown.wait("outcome", "PIN changed")
    qtbot.waitUntil(lambda: pad.digits != before)  # mixed for the next code
    with open_card(shown.reader) as card:
        card.prove(Secret.of(NEW))


def test_the_pin_pad_reports_a_weak_code_as_the_keyboard_does(
    shown: Shown, chip: Noted, qtbot: QtBot
) -> None:
    shown.context.set(pin_pad=True)
    shown.reader.insert(chip)
    shown.ready()
    shown.choose("change")
    pad = shown.page.findChild(PinPadKeys)
    assert isinstance(pad, PinPadKeys)
    shown.edit("new").setFocus()
    qtbot.waitUntil(lambda: "New" in shown.text("aimed"))
    press(qtbot, pad, "2580")
    assert "PIN pad" in shown.text("fault new")
    press(qtbot, pad, "✕")
    assert shown.edit("new").text() == "" and not shown.text("fault new")


class Hand:
    """Types at the reader what it is output to, when the test lets it."""

    def __init__(self, *typed: str | PadStatus) -> None:
        self.typed = list(typed)
        self.prompts: list[Prompt] = []
        self.may = threading.Event()

    def __call__(self, prompt: Prompt) -> str | PadStatus:
        self.prompts.append(prompt)
        self.may.wait(10)
        return self.typed.pop(0)


def test_a_reader_with_keys_is_where_the_code_is_entered(shown: Shown, chip: Noted) -> None:
    hand = Hand("9999", PIN)
    shown.reader.pin_pad = Firmware(chip, hand)
    shown.reader.insert(chip)
    shown.wait("pinpad", "Enter the PIN on the PIN pad")
    assert "Tries left: 3 of 3" in shown.text("pinpad")
    assert not [edit for edit in shown.page.findChildren(QLineEdit) if edit.isVisible()]
    shown.qtbot.keyClick(shown.button("send"), Qt.Key.Key_Space)
    shown.qtbot.waitUntil(lambda: bool(hand.prompts))
    assert "Enter the PIN on the PIN pad" in shown.text("outcome")  # while the reader waits
    hand.may.set()
    shown.wait("outcome", "Wrong PIN")
    shown.wait("pinpad", "2 of 3")
    shown.qtbot.keyClick(shown.button("send"), Qt.Key.Key_Space)
    shown.wait("outcome", "The PIN is correct.")


def test_who_cancels_at_the_reader_is_reported_that_nothing_was_entered(
    shown: Shown, chip: Noted
) -> None:
    hand = Hand(PadStatus.CANCELLED)
    hand.may.set()
    shown.reader.pin_pad = Firmware(chip, hand)
    shown.reader.insert(chip)
    shown.wait("pinpad", "on the PIN pad")
    shown.qtbot.keyClick(shown.button("send"), Qt.Key.Key_Space)
    shown.wait("outcome", "did not enter the PIN")
    assert not chip.codes


def test_the_code_can_be_typed_here_though_the_reader_has_keys(shown: Shown, chip: Noted) -> None:
    shown.reader.pin_pad = Firmware(chip, Hand())
    shown.reader.insert(chip)
    shown.wait("pinpad", "on the PIN pad")
    here = shown.page.findChild(QCheckBox, "here")
    assert isinstance(here, QCheckBox) and here.isVisible()
    shown.qtbot.keyClick(here, Qt.Key.Key_Space)
    shown.ready()
    shown.enter(PIN)
    shown.wait("outcome", "The PIN is correct.")


def test_unblocking_is_typed_here_when_the_keys_of_the_reader_cannot(
    shown: Shown, chip: Noted
) -> None:
    shown.reader.pin_pad = Firmware(chip, Hand())
    shown.reader.insert(chip)
    shown.wait("pinpad", "on the PIN pad")
    shown.choose("unblock")
    assert shown.edit("new").isVisible() and not shown.text("pinpad")
    here = shown.page.findChild(QCheckBox, "here")
    assert isinstance(here, QCheckBox) and not here.isVisible()


def test_everything_is_reached_by_tab_and_has_a_name(shown: Shown, chip: Noted) -> None:
    shown.context.set(pin_pad=True)
    shown.reader.insert(chip)
    shown.ready()
    shown.choose("change")
    shown.edit("old").setFocus()
    order = []
    for _ in range(14):
        focus = shown.page.focusWidget()
        assert isinstance(focus, QWidget)
        order.append(focus.objectName())
        shown.qtbot.keyClick(focus, Qt.Key.Key_Tab)
        if shown.page.focusWidget() is shown.edit("old"):
            break
    assert order[:8] == [
        *("old", "new", "again", "show-pin-pad", "shuffle-pin-pad", "key-0", "send", "cancel")
    ]
    assert order[8:] == ["change"] and shown.page.focusWidget() is shown.edit("old")
    for edit in shown.page.findChildren(QLineEdit):
        assert edit.accessibleName() and edit.accessibleDescription()
    assert "Tries left: 3" in shown.edit("old").accessibleDescription()


def test_arrow_keys_go_from_task_to_task(shown: Shown, chip: Noted) -> None:
    shown.reader.insert(chip)
    shown.ready()
    radio = shown.page.findChild(QRadioButton, "enter")
    assert isinstance(radio, QRadioButton)
    radio.setFocus()
    shown.qtbot.keyClick(radio, Qt.Key.Key_Down)
    assert shown.edit("new").isVisible()
    shown.qtbot.keyClick(shown.page.focusWidget(), Qt.Key.Key_Down)
    assert shown.edit("old").accessibleName() == "PUK"


def test_no_code_is_in_a_log_or_left_in_a_widget(
    shown: Shown, chip: Noted, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.NOTSET)
    shown.reader.insert(chip)
    shown.ready()
    shown.choose("change")
    shown.enter("6408", "52071", "52071")
    shown.wait("outcome", "Wrong PIN")
    shown.edit("old").undo()
    shown.edit("new").undo()
    labels = [label.text() for label in shown.page.findChildren(QLabel)]
    lines = [edit.text() for edit in shown.page.findChildren(QLineEdit)]
    everything = " ".join((caplog.text, *labels, *lines))
    for code in ("6408", "52071"):
        assert code not in everything and code.encode().hex() not in everything.lower()


@pytest.fixture
def large() -> Iterator[None]:
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    before = application.font()
    font = QFont(before)
    font.setPointSizeF(before.pointSizeF() * 2)
    application.setFont(font)
    yield
    application.setFont(before)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("words", ["en", "fr"])
@pytest.mark.parametrize("task", ["change", "unblock"])
def test_letters_of_twice_the_size_are_not_cut(
    shown: Shown, chip: Noted, words: str, task: str
) -> None:
    shown.reader.insert(chip)
    shown.ready()
    shown.choose(task)
    shown.page.resize(900, 1200)
    shown.qtbot.wait(1)
    for label in shown.page.findChildren(QLabel):
        if label.isVisible() and label.text():
            needed = (
                label.heightForWidth(label.width())
                if label.wordWrap()
                else label.sizeHint().height()
            )
            assert label.height() >= needed, label.text()
            assert label.wordWrap() or label.width() >= label.sizeHint().width(), label.text()
    for button in shown.page.findChildren(QPushButton):
        if button.isVisible():
            assert button.width() >= button.minimumSizeHint().width(), button.text()


@pytest.mark.parametrize("words", ["en", "fr"])
def test_no_two_keys_of_the_page_are_the_same(
    qtbot: QtBot, cards: MemoryCards, clock: FixedClock, chip: Noted, words: str
) -> None:
    with use_language(words):
        context = Context(Ports(cards=cards, clock=clock))
        page = PinPage(context)
        qtbot.addWidget(page)
        page.show()
        context.start()
        cards.reader(READER).insert(chip)
        qtbot.waitUntil(lambda: page.findChild(QLineEdit, "old") is not None)
        for task in ("enter", "change", "unblock"):
            page.perform(task)
            texts = [gettext(menu.text) for menu in MENUS]
            texts += [button.text() for button in page.findChildren(QAbstractButton)]
            texts += [
                label.text() for label in page.findChildren(QLabel) if label.buddy() is not None
            ]
            marks = [text[text.index("&") + 1].lower() for text in texts if "&" in text]
            assert len(set(marks)) == len(marks), sorted(texts)
        context.close()
