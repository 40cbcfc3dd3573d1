# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The page of the test services with virtual cards in memory: run, cancel, keep, cards that go."""

import itertools
import json
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot
from tests.unit.desktop.manager.conftest import PIN, MemoryCards, Secrets, Slow

from caducee.base.clock import FixedClock
from caducee.base.i18n import gettext, use_language
from caducee.base.secret import Secret
from caducee.codec.carddata import SerialNumber
from caducee.cryptolib import open_card
from caducee.cryptolib.portal import PortalAddress
from caducee.desktop.manager.context import Context
from caducee.desktop.manager.file_formats import FileFormat
from caducee.desktop.manager.model.menus import MENUS
from caducee.desktop.manager.pages import services as services_page
from caducee.desktop.manager.pages.services import ServicesPage
from caducee.desktop.manager.ports import Ports
from caducee.desktop.manager.widgets import ValueLabel
from caducee.desktop.pin_dialog import PinDialog
from caducee.desktop.pin_pad import PinPadKeys
from caducee.reader.memory import MemoryReader
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.personalise import PersonalisationData, cps3
from caducee.virtualcard.plug.pinpad import Prompt
from caducee.virtualcard.plug.pinpad import SimulatedPinPad as Firmware
from caducee.virtualcard.store import MemoryStore

READER = "Reader A"


@dataclass
class Shown:
    """The page in a window, and where its parts are."""

    page: ServicesPage
    context: Context
    cards: MemoryCards
    qtbot: QtBot
    asked: list[str] = field(default_factory=list)

    @property
    def reader(self) -> MemoryReader:
        return self.cards.reader(READER)

    def button(self, name: str) -> QPushButton:
        found = self.page.findChild(QPushButton, name)
        assert isinstance(found, QPushButton)
        return found

    def press(self, name: str) -> None:
        self.qtbot.keyClick(self.button(name), Qt.Key.Key_Space)

    def text(self, name: str) -> str:
        found = self.page.findChild(QLabel, name)
        assert isinstance(found, QLabel)
        return found.text() if found.isVisible() else ""

    @property
    def message(self) -> str:
        return self.text("services-message sentence")

    def result(self, name: str) -> str:
        found = self.page.findChild(ValueLabel, f"results {name}")
        text = found.text() if isinstance(found, ValueLabel) else ""
        return text.replace("\u200b", "")  # places where a long word may break

    @property
    def question(self) -> PinDialog | None:
        found = [dialog for dialog in self.page.findChildren(PinDialog) if dialog.isVisible()]
        return found[0] if found else None

    def insert(self, chip: object) -> None:
        self.reader.insert(chip)  # type: ignore[arg-type]
        self.qtbot.waitUntil(self.button("with-pin").isEnabled)

    def enter(self, code: str) -> None:
        self.press("with-pin")
        self.qtbot.waitUntil(lambda: self.question is not None)
        assert self.question is not None
        edit = self.question.findChild(QLineEdit, "old")
        assert isinstance(edit, QLineEdit)
        self.qtbot.keyClicks(edit, code)
        self.qtbot.keyClick(edit, Qt.Key.Key_Return)

    def wait(self, words: str) -> None:
        self.qtbot.waitUntil(lambda: words in self.message)


@pytest.fixture
def shown(qtbot: QtBot, cards: MemoryCards, clock: FixedClock) -> Iterator[Shown]:
    context = Context(Ports(cards=cards, clock=clock))
    page = ServicesPage(context)
    qtbot.addWidget(page)
    page.show()
    page.activateWindow()
    qtbot.waitExposed(page)
    context.start()
    yield Shown(page, context, cards, qtbot)
    context.close()


def test_with_the_code_every_key_is_tried_and_each_step_has_its_time(
    shown: Shown, new_card: Callable[[], VirtualCard]
) -> None:
    shown.insert(new_card())
    shown.enter(PIN)
    shown.wait("All tests passed.")
    for name in ("random", "pin", "signature", "authentication", "decipherment"):
        first = shown.result(name).splitlines()[0]
        assert first.startswith("passed (") and first.endswith(" ms)")
    assert shown.result("portal").startswith("not run\nReason: ")
    assert "PRENOM DOC0000012" in shown.result("card")
    journal = shown.context.journal.as_text()
    assert "Test services: All tests passed." in journal
    assert "DOC0000012" not in journal  # no name belongs there


def test_the_question_says_for_which_card_and_what_for(
    shown: Shown, new_card: Callable[[], VirtualCard]
) -> None:
    shown.insert(new_card())
    shown.press("with-pin")
    shown.qtbot.waitUntil(lambda: shown.question is not None)
    assert shown.question is not None
    report = " ".join(label.text() for label in shown.question.findChildren(QLabel))
    for words in ("PRENOM DOC0000012", "CPS3v3-2900995235", "Reader A", "testing the keys", "3"):
        assert words in report
    shown.qtbot.keyClick(shown.question, Qt.Key.Key_Escape)
    shown.qtbot.waitUntil(lambda: shown.question is None)
    assert not shown.result("card") and shown.button("with-pin").isEnabled()


def test_the_question_has_the_pin_pad_that_the_user_needs(
    shown: Shown, new_card: Callable[[], VirtualCard]
) -> None:
    shown.context.set(pin_pad=True)
    shown.insert(new_card())
    shown.press("with-pin")
    shown.qtbot.waitUntil(lambda: shown.question is not None)
    assert shown.question is not None
    pad = shown.question.findChild(PinPadKeys)
    assert isinstance(pad, PinPadKeys)
    for digit in PIN:
        (key,) = [button for button in pad.findChildren(QPushButton) if button.text() == digit]
        shown.qtbot.mouseClick(key, Qt.MouseButton.LeftButton)
    edit = shown.question.findChild(QLineEdit, "old")
    assert isinstance(edit, QLineEdit) and edit.text() == PIN
    shown.qtbot.keyClick(shown.question, Qt.Key.Key_Return)
    shown.wait("All tests passed.")


def test_a_reader_with_keys_asks_for_the_code_itself(
    shown: Shown, new_card: Callable[[], VirtualCard]
) -> None:
    chip, may = new_card(), threading.Event()

    def typed(_prompt: Prompt) -> str:
        may.wait(10)
        return PIN

    shown.reader.pin_pad = Firmware(chip, typed)
    shown.insert(chip)
    shown.press("with-pin")
    shown.wait("Enter the PIN on the PIN pad")
    assert shown.question is None
    may.set()
    shown.wait("All tests passed.")
    assert shown.result("signature").startswith("passed")


def test_without_the_code_nobody_is_asked(
    shown: Shown, new_card: Callable[[], VirtualCard]
) -> None:
    shown.insert(new_card())
    shown.press("without-pin")
    shown.wait("passed")
    assert shown.result("random").startswith("passed")
    assert shown.result("signature").startswith("not run\nReason: ")


def test_a_wrong_code_is_reported_and_the_tries_go_down_by_one(
    shown: Shown, new_card: Callable[[], VirtualCard]
) -> None:
    shown.insert(new_card())
    shown.enter("9999")
    shown.wait("failed")
    assert "Wrong PIN; tries left: 2" in shown.result("pin")
    assert shown.result("signature").startswith("not run\nReason: ")
    with open_card(shown.reader) as card:
        assert card.pin_state().tries_left == 2


def test_a_blocked_card_is_tested_without_asking_for_its_code(
    shown: Shown, new_card: Callable[[], VirtualCard]
) -> None:
    shown.insert(new_card())
    with open_card(shown.reader) as card:
        for _ in range(3):
            with pytest.raises(Exception, match="PIN"):
                card.prove(Secret.of("9999"))
    shown.press("with-pin")
    shown.wait("passed")
    assert shown.question is None
    assert shown.result("pin").startswith("not run\nReason: ")


def test_a_contactless_card_is_tested_by_its_technical_key(
    shown: Shown, manager_content: PersonalisationData
) -> None:
    store = MemoryStore(cps3(manager_content))
    shown.insert(VirtualCard(store, face="contactless"))
    shown.press("with-pin")
    shown.wait("passed")
    assert shown.result("technical").startswith("passed")


def test_a_run_is_cancelled_between_two_steps_and_the_card_is_free_at_once(
    shown: Shown, new_card: Callable[[], VirtualCard]
) -> None:
    slow = Slow(new_card(), 0.0)
    shown.insert(slow)
    shown.press("with-pin")
    shown.qtbot.waitUntil(lambda: shown.question is not None)
    slow.seconds = 0.05
    assert shown.question is not None
    edit = shown.question.findChild(QLineEdit, "old")
    assert isinstance(edit, QLineEdit)
    shown.qtbot.keyClicks(edit, PIN)
    shown.qtbot.keyClick(edit, Qt.Key.Key_Return)
    shown.qtbot.waitUntil(lambda: shown.text("doing") != "")
    shown.press("stop")
    shown.wait("cancel")
    slow.seconds = 0.0
    assert shown.result("decipherment") == ""
    with open_card(shown.reader) as card:
        card.prove(Secret.of(PIN))
    assert shown.button("with-pin").isEnabled() and not shown.button("save").isEnabled()


def test_the_code_of_a_run_that_never_began_is_wiped(
    shown: Shown, new_card: Callable[[], VirtualCard], monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets, go_on = Secrets(), threading.Event()
    monkeypatch.setattr(services_page, "Secret", secrets)
    shown.insert(new_card())
    shown.press("with-pin")
    shown.qtbot.waitUntil(lambda: shown.question is not None)
    shown.context.with_card(lambda _card, _work: go_on.wait(60))  # what comes after it waits
    edit = shown.question.findChild(QLineEdit, "old") if shown.question else None
    assert isinstance(edit, QLineEdit)
    shown.qtbot.keyClicks(edit, PIN)
    shown.qtbot.keyClick(edit, Qt.Key.Key_Return)
    (code,) = secrets.made
    assert code
    shown.press("stop")
    go_on.set()
    shown.wait("cancel")
    shown.qtbot.waitUntil(lambda: not code)


def test_the_window_lives_while_a_slow_card_is_tested(
    shown: Shown, new_card: Callable[[], VirtualCard]
) -> None:
    turns = itertools.count()
    timer = QTimer(shown.page)
    timer.timeout.connect(lambda: next(turns))
    slow = Slow(new_card(), 0.0)
    shown.insert(slow)
    slow.seconds = 0.03
    timer.start(1)
    before = next(turns)
    shown.press("without-pin")
    shown.wait("passed")
    assert slow.commands > 10
    assert next(turns) - before > slow.commands  # the loop turned more often than the card answered


def test_a_card_taken_out_in_the_middle_fails_where_it_was(
    shown: Shown, new_card: Callable[[], VirtualCard]
) -> None:
    slow = Slow(new_card(), 0.0)
    shown.insert(slow)
    shown.enter(PIN)
    slow.seconds = 0.02
    shown.qtbot.waitUntil(lambda: shown.result("card") != "")
    shown.reader.eject()
    shown.wait("failed")
    assert shown.result("card").startswith("passed")
    assert "reader.card_removed" in "".join(map(shown.result, ("random", "pin", "signature")))
    assert shown.result("decipherment") != "passed"


def test_a_card_taken_out_before_the_code_is_entered_withdraws_the_question(
    shown: Shown, new_card: Callable[[], VirtualCard]
) -> None:
    shown.insert(new_card())
    shown.press("with-pin")
    shown.qtbot.waitUntil(lambda: shown.question is not None)
    shown.reader.eject()
    shown.qtbot.waitUntil(lambda: shown.question is None)
    assert "no test was run" in shown.message


def test_the_code_of_one_card_is_not_tried_on_the_card_that_took_its_place(
    shown: Shown, new_card: Callable[[], VirtualCard], manager_content: PersonalisationData
) -> None:
    """The events come late: the card under the question is another one already."""
    shown.insert(new_card())
    shown.press("with-pin")
    shown.qtbot.waitUntil(lambda: shown.question is not None)
    assert shown.context._watch is not None
    shown.context._watch.stop()
    made = replace(manager_content, card_number="2900995266", serial=SerialNumber.make("29009966"))
    shown.reader.insert(VirtualCard(MemoryStore(cps3(made))))
    assert shown.question is not None
    edit = shown.question.findChild(QLineEdit, "old")
    assert isinstance(edit, QLineEdit)
    shown.qtbot.keyClicks(edit, "9999")
    shown.qtbot.keyClick(edit, Qt.Key.Key_Return)
    shown.wait("failed")
    assert "not the one the PIN was entered for" in shown.result("card")
    with open_card(shown.reader) as card:
        assert card.pin_state().tries_left == 3


def test_results_are_copied_and_saved_without_the_code(
    shown: Shown, new_card: Callable[[], VirtualCard], tmp_path: Path
) -> None:
    shown.insert(new_card())
    shown.enter(PIN)
    shown.wait("passed")
    shown.press("copy")
    copied = QGuiApplication.clipboard().text()
    assert "Sign and verify with the signature key: passed" in copied

    def ask(
        _parent: QWidget, _stem: str, forms: Sequence[FileFormat]
    ) -> tuple[FileFormat, Path | None]:
        return forms[0], tmp_path / "results.json"

    shown.page.ask_path = ask
    shown.press("save")
    kept = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert kept["ok"] and kept["steps"][0]["facts"]["reader"] == READER
    assert PIN not in {value for item in kept["steps"] for value in item["facts"].values()}


def test_a_file_that_cannot_be_written_is_reported(
    shown: Shown, new_card: Callable[[], VirtualCard], tmp_path: Path
) -> None:
    shown.insert(new_card())
    shown.press("without-pin")
    shown.wait("passed")
    shown.page.ask_path = lambda _p, _s, forms: (forms[0], tmp_path / "absent" / "x.json")
    shown.press("save")
    assert str(tmp_path / "absent" / "x.json") in shown.message


def test_the_portal_of_the_sandbox_is_filled_in_and_a_typed_one_is_used(
    qtbot: QtBot, cards: MemoryCards, clock: FixedClock, new_card: Callable[[], VirtualCard]
) -> None:
    root = Path("/world/server/root.pem")
    ports = Ports(
        cards=cards, clock=clock, portal=lambda: PortalAddress("https://localhost:4433", root)
    )
    context = Context(ports)
    page = ServicesPage(context)
    qtbot.addWidget(page)
    page.show()
    context.start()
    shown = Shown(page, context, cards, qtbot)
    address, issuer = (page.findChild(QLineEdit, name) for name in ("address", "root"))
    assert isinstance(address, QLineEdit) and isinstance(issuer, QLineEdit)
    qtbot.waitUntil(lambda: address.text() == "https://localhost:4433")
    assert issuer.text() == str(root)
    shown.insert(new_card())
    issuer.clear()
    address.setText("localhost:1")
    shown.press("without-pin")
    shown.wait("failed")
    assert "https://localhost:1" in shown.result("portal")
    login = page.findChild(QGroupBox, "login")
    assert isinstance(login, QGroupBox)
    login.setChecked(False)
    shown.press("without-pin")
    shown.wait("passed")
    assert shown.result("portal").startswith("not run\nReason: ")
    context.close()


def test_no_code_is_in_a_log(
    shown: Shown, new_card: Callable[[], VirtualCard], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.NOTSET)
    shown.insert(new_card())
    shown.enter("640852")
    shown.wait("failed")
    assert "640852" not in caplog.text and b"640852".hex() not in caplog.text.lower()


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
def test_letters_of_twice_the_size_are_not_cut(
    shown: Shown, new_card: Callable[[], VirtualCard]
) -> None:
    shown.insert(new_card())
    shown.press("without-pin")
    shown.wait("passed")
    shown.page.resize(900, 2400)
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


@pytest.mark.parametrize("words", ["en", "fr"])
def test_no_two_keys_of_the_page_are_the_same(
    qtbot: QtBot, cards: MemoryCards, clock: FixedClock, words: str
) -> None:
    with use_language(words):
        page = ServicesPage(Context(Ports(cards=cards, clock=clock)))
        qtbot.addWidget(page)
        texts = [gettext(menu.text) for menu in MENUS]
        texts += [button.text() for button in page.findChildren(QAbstractButton)]
        texts += [box.title() for box in page.findChildren(QGroupBox)]
        texts += [label.text() for label in page.findChildren(QLabel) if label.buddy() is not None]
        marks = [text[text.index("&") + 1].lower() for text in texts if "&" in text]
        assert len(set(marks)) == len(marks), sorted(texts)


def test_everything_has_a_name(shown: Shown) -> None:
    for edit in shown.page.findChildren(QLineEdit):
        assert edit.accessibleName()
    for box in shown.page.findChildren(QCheckBox):
        assert box.text()
