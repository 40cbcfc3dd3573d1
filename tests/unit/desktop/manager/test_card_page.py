# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The card's page with virtual cards in memory: reading, cancelling, the rest, copies, files."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pypdf import PdfReader
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QLineEdit, QProgressBar, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from tests.unit.desktop.manager.conftest import NOW, PIN, Foreign, MemoryCards, Slow

from caducee.base.clock import FixedClock
from caducee.codec.carddata import EfActua, NamePs, SerialNumber
from caducee.codec.tlv import Tlv
from caducee.cryptolib import KeyUse
from caducee.desktop.manager.context import Context
from caducee.desktop.manager.file_formats import FileFormat
from caducee.desktop.manager.pages.card import CardPage
from caducee.desktop.manager.ports import Ports
from caducee.desktop.manager.widgets import NoteBox, SectionBox, ValueLabel
from caducee.desktop.pin_dialog import PinDialog
from caducee.desktop.scroll import scrolled
from caducee.diagnosis.facts import CardProcess
from caducee.trust.path import CertificatePurpose, PathResult, validate
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.pace.chip import PacedChip
from caducee.virtualcard.personalise import PersonalisationData, cps3
from caducee.virtualcard.store import MemoryStore


class OwnJudge:
    """Trusts every certificate as its own anchor; refuses none."""

    def __init__(self) -> None:
        self.threads: set[threading.Thread] = set()

    def judge(self, certificate: x509.Certificate, use: KeyUse) -> PathResult:
        self.threads.add(threading.current_thread())
        return validate(
            certificate,
            (),
            anchors=[certificate],
            at=certificate.not_valid_before_utc,
            purpose=CertificatePurpose.ANY,
            revocation=None,
        )


class SlowJudge(OwnJudge):
    """Answers when it is let; says that it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.may = threading.Event(), threading.Event()

    def judge(self, certificate: x509.Certificate, use: KeyUse) -> PathResult:
        self.asked.set()
        assert self.may.wait(60)
        return super().judge(certificate, use)


@pytest.fixture
def slow_judge() -> Iterator[SlowJudge]:
    made = SlowJudge()
    yield made
    made.may.set()


@pytest.fixture
def ports(cards: MemoryCards, clock: FixedClock, tmp_path: Path) -> Ports:
    return Ports(cards=cards, clock=clock, settings=tmp_path / "manager.json")


@pytest.fixture
def shown(ports: Ports, qtbot: QtBot) -> Iterator[Callable[..., CardPage]]:
    contexts: list[Context] = []

    def show(**changes: object) -> CardPage:
        context = Context(replace(ports, **changes))  # type: ignore[arg-type]
        contexts.append(context)
        page = CardPage(context)
        page.setObjectName("card")
        qtbot.addWidget(page)
        page.show()
        context.start()
        return page

    yield show
    for item in contexts:
        item.close()


@pytest.fixture
def billed(billed_image: CardImage) -> VirtualCard:
    return VirtualCard(MemoryStore(billed_image))


def text(page: CardPage, name: str) -> str:
    found = page.findChild(QLabel, name)
    assert isinstance(found, QLabel)
    return found.text() if not found.isHidden() else ""


def message(page: CardPage) -> str:
    found = page.findChild(NoteBox, "message")
    assert isinstance(found, NoteBox)
    return found.text


def press(page: QWidget, name: str) -> None:
    found = page.findChild(QPushButton, name)
    assert isinstance(found, QPushButton) and found.isEnabled() and not found.isHidden()
    found.click()


def values(page: CardPage) -> dict[str, str]:
    return {
        label.objectName(): label.text()
        for box in page.findChildren(SectionBox)
        if not box.isHidden()
        for label in box.findChildren(ValueLabel)
    }


def test_before_readers_were_looked_for_the_page_says_so_and_not_that_none_is_there(
    ports: Ports, qtbot: QtBot
) -> None:
    context = Context(ports)
    page = CardPage(context)
    qtbot.addWidget(page)
    assert message(page) == "Looking for readers…"
    context._see({})
    assert "reader" in message(page) and "Looking" not in message(page)
    context.close()


def test_the_drawn_card_and_its_answer_say_all_in_fifty_words(
    shown: Callable[..., CardPage], cards: MemoryCards, billed: VirtualCard, qtbot: QtBot
) -> None:
    page = shown()
    cards.reader().insert(billed)
    read(page, qtbot)
    said = [text(page, name) for name in ("headline", "subline", "until", "answer")]
    assert all(said)
    assert len(" ".join(said).split()) <= 50
    cards.reader().eject()
    qtbot.waitUntil(lambda: text(page, "headline") == "")


def read(page: CardPage, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: text(page, "headline") == "PRENOM DOC0000012", timeout=20_000)


# What is shown


def test_an_empty_reader_is_named_in_the_prompt(
    shown: Callable[..., CardPage], qtbot: QtBot
) -> None:
    page = shown()
    qtbot.waitUntil(lambda: message(page) == "Insert your card into the reader Reader A.")


def test_a_machine_without_a_reader_says_so(shown: Callable[..., CardPage], qtbot: QtBot) -> None:
    page = shown(cards=MemoryCards())
    qtbot.waitUntil(lambda: message(page) == "This machine has no card reader.")


def test_a_card_is_read_when_it_comes_and_forgotten_when_it_leaves(
    shown: Callable[..., CardPage], cards: MemoryCards, billed: VirtualCard, qtbot: QtBot
) -> None:
    page = shown()
    cards.reader().insert(billed)
    read(page, qtbot)
    assert text(page, "subline") == "Médecin (10) · CPS · test card"
    found = values(page)
    assert found["card number"] == "2900995235"
    assert found["codes pin"] == "tries left: 3 of 3"
    assert "activity-1 structure" not in found
    cards.reader().eject()
    qtbot.waitUntil(lambda: not values(page))
    shown_texts = [label.text() for label in page.findChildren(QLabel) if label.isVisible()]
    assert not [shown_text for shown_text in shown_texts if "DOC0000012" in shown_text]


@pytest.mark.parametrize(
    ("chip", "sentence"),
    [
        (Foreign(), "not a card of the CPS family (answer to reset 3B6500002063CB6800)"),
        (Foreign(atr=b""), "does not respond"),
    ],
    ids=["foreign", "mute"],
)
def test_a_card_that_is_none_of_ours_has_its_sentence_and_next_step(
    shown: Callable[..., CardPage],
    cards: MemoryCards,
    chip: Foreign,
    sentence: str,
    qtbot: QtBot,
) -> None:
    page = shown()
    cards.reader().insert(chip)
    qtbot.waitUntil(lambda: sentence in message(page))
    assert text(page, "message advice")
    wanted: list[tuple[str, str]] = []
    page._context.page_wanted.connect(lambda *output: wanted.append(output))
    press(page, "diagnose")
    assert wanted == [("diagnosis", "")]


def block(card: VirtualCard, cards: MemoryCards, *, for_ever: bool = False) -> None:
    from caducee.base.errors import CardError
    from caducee.base.secret import Secret

    cards.reader("Reader B").insert(card)
    with cards.open("Reader B") as opened:
        for _number in range(3):
            with pytest.raises(CardError):
                opened.verify(Secret.of("9999"))
        while for_ever and (opened.puk_state().tries_left or 0) > 0:
            with pytest.raises(CardError):
                opened.unblock(Secret.of("99999999"), Secret.of("2580"))
    cards.reader("Reader B").eject()


def test_a_blocked_card_offers_to_unblock_at_once(
    shown: Callable[..., CardPage], cards: MemoryCards, billed: VirtualCard, qtbot: QtBot
) -> None:
    block(billed, cards)
    page = shown()
    cards.reader().insert(billed)
    read(page, qtbot)
    wanted: list[tuple[str, str]] = []
    page._context.page_wanted.connect(lambda *output: wanted.append(output))
    press(page, "unblock")
    press(page, "rest")
    assert wanted == [("pin", "unblock")] * 2
    assert values(page)["codes pin"] == "blocked: no tries left"


def test_a_card_that_is_blocked_for_ever_says_so(
    shown: Callable[..., CardPage], cards: MemoryCards, billed: VirtualCard, qtbot: QtBot
) -> None:
    block(billed, cards, for_ever=True)
    page = shown()
    cards.reader().insert(billed)
    read(page, qtbot)
    assert page.findChild(NoteBox, "diag.code_dead") is not None
    assert page.findChild(QPushButton, "unblock") is None


def test_another_program_that_uses_the_card_is_reported(
    shown: Callable[..., CardPage], cards: MemoryCards, billed: VirtualCard, qtbot: QtBot
) -> None:
    page = shown(others=lambda: (CardProcess(pid=7, name="galsvw32"),))
    cards.reader().insert(billed)
    read(page, qtbot)
    found = page.findChild(NoteBox, "diag.card_shared")
    assert isinstance(found, NoteBox) and "galsvw32" in found.text


def test_certificates_are_judged_off_the_thread_of_the_window(
    shown: Callable[..., CardPage], cards: MemoryCards, billed: VirtualCard, qtbot: QtBot
) -> None:
    judge = OwnJudge()
    page = shown(judge=judge)
    cards.reader().insert(billed)
    name = "certificate-authentication chain"
    qtbot.waitUntil(lambda: values(page).get(name, "").startswith("good, up to"))
    assert threading.main_thread() not in judge.threads and judge.threads


def test_the_side_without_contacts_has_its_certificate_judged_too(
    shown: Callable[..., CardPage], cards: MemoryCards, billed_image: CardImage, qtbot: QtBot
) -> None:
    page = shown(judge=OwnJudge())
    cards.reader().insert(VirtualCard(MemoryStore(billed_image), face="contactless"))
    name = "certificate-technical chain"
    qtbot.waitUntil(lambda: values(page).get(name, "").startswith("good, up to"))


CHAIN = "certificate-authentication chain"


def test_while_the_authorities_are_asked_the_page_says_so_and_is_there(
    shown: Callable[..., CardPage],
    cards: MemoryCards,
    billed: VirtualCard,
    slow_judge: SlowJudge,
    qtbot: QtBot,
) -> None:
    page = shown(judge=slow_judge)
    cards.reader().insert(billed)
    read(page, qtbot)
    qtbot.waitUntil(slow_judge.asked.is_set)
    qtbot.waitUntil(lambda: "Querying the authorities" in text(page, "doing"))
    assert values(page)[CHAIN] == "querying the authorities…"
    number = page.findChild(ValueLabel, "card number")
    assert isinstance(number, ValueLabel)
    page.activateWindow()
    number.setFocus()
    slow_judge.may.set()
    qtbot.waitUntil(lambda: values(page)[CHAIN].startswith("good, up to"))
    assert not page._progress.isVisible()
    focused = page.focusWidget()
    assert focused is not None and focused.objectName() == "card number"


def test_who_does_not_wait_for_the_authorities_goes_on_without_them(
    shown: Callable[..., CardPage],
    cards: MemoryCards,
    billed: VirtualCard,
    slow_judge: SlowJudge,
    qtbot: QtBot,
) -> None:
    page = shown(judge=slow_judge)
    cards.reader().insert(billed)
    read(page, qtbot)
    qtbot.waitUntil(lambda: "Querying the authorities" in text(page, "doing"))
    press(page, "stop")
    assert "cancelled" in values(page)[CHAIN] and not page._progress.isVisible()
    slow_judge.may.set()
    qtbot.waitUntil(lambda: not page._context.worker.busy)
    assert "cancelled" in values(page)[CHAIN] and not message(page)


def test_a_judgement_that_comes_while_the_code_is_asked_for_is_not_lost(
    shown: Callable[..., CardPage],
    cards: MemoryCards,
    billed: VirtualCard,
    slow_judge: SlowJudge,
    qtbot: QtBot,
) -> None:
    page = shown(judge=slow_judge)
    cards.reader().insert(billed)
    read(page, qtbot)
    press(page, "rest")
    slow_judge.may.set()
    qtbot.waitUntil(lambda: values(page)[CHAIN].startswith("good, up to"))
    type_code(page, PIN, qtbot)
    qtbot.waitUntil(lambda: "activity-3 structure" in values(page))
    assert values(page)[CHAIN].startswith("good, up to")


def test_a_judgement_that_comes_after_the_rest_is_shown_beside_it(
    shown: Callable[..., CardPage],
    cards: MemoryCards,
    billed: VirtualCard,
    slow_judge: SlowJudge,
    qtbot: QtBot,
) -> None:
    page = shown(judge=slow_judge)
    cards.reader().insert(billed)
    read(page, qtbot)
    press(page, "rest")
    type_code(page, PIN, qtbot)
    qtbot.waitUntil(lambda: "activity-3 structure" in values(page))
    slow_judge.may.set()
    qtbot.waitUntil(lambda: values(page)[CHAIN].startswith("good, up to"))
    assert "activity-3 structure" in values(page)


def test_another_card_in_the_same_reader_is_another_page(
    shown: Callable[..., CardPage],
    cards: MemoryCards,
    billed: VirtualCard,
    manager_content: PersonalisationData,
    qtbot: QtBot,
) -> None:
    other = replace(
        manager_content,
        card_number="2900995243",
        serial=SerialNumber.make("29009953"),
        data=replace(manager_content.data, name=NamePs.make("DOC0000099")),
    )
    page = shown()
    cards.reader().insert(billed)
    read(page, qtbot)
    press(page, "rest")
    cards.reader().insert(VirtualCard(MemoryStore(cps3(other))))
    qtbot.waitUntil(lambda: text(page, "headline") == "PRENOM DOC0000099", timeout=20_000)
    assert page.findChild(PinDialog) is None
    assert values(page)["card serial"] == "29009953"
    assert not [value for value in values(page).values() if "DOC0000012" in value]


def test_a_card_that_an_update_spoiled_says_so_and_is_shown_as_it_is(
    shown: Callable[..., CardPage],
    cards: MemoryCards,
    manager_content: PersonalisationData,
    qtbot: QtBot,
) -> None:
    begun = EfActua.make(NOW, NOW).whole.children()[0]
    actua = EfActua(Tlv.build(EfActua.container, begun))
    spoiled = replace(manager_content, data=replace(manager_content.data, actua=actua))
    page = shown()
    cards.reader().insert(VirtualCard(MemoryStore(cps3(spoiled))))
    read(page, qtbot)
    found = page.findChild(NoteBox, "diag.card_update")
    assert isinstance(found, NoteBox) and "EF_ACTUA" in found.text
    assert values(page)["card updated"] == "the last update was not completed"


# The rest


def dialog(page: CardPage) -> PinDialog:
    found = page.findChild(PinDialog)
    assert isinstance(found, PinDialog)
    return found


def type_code(page: CardPage, code: str, qtbot: QtBot) -> None:
    edit = dialog(page).findChild(QLineEdit, "old")
    assert isinstance(edit, QLineEdit)
    qtbot.waitUntil(edit.isEnabled)
    qtbot.keyClicks(edit, code)
    dialog(page)._enter()


def test_with_the_code_the_rest_is_shown(
    shown: Callable[..., CardPage], cards: MemoryCards, billed: VirtualCard, qtbot: QtBot
) -> None:
    page = shown()
    cards.reader().insert(billed)
    read(page, qtbot)
    press(page, "rest")
    type_code(page, PIN, qtbot)
    qtbot.waitUntil(lambda: "activity-3 structure" in values(page))
    assert values(page)["billing-1 convention-1"] == "1 (Conventionné)"
    rest = page.findChild(QPushButton, "rest")
    assert isinstance(rest, QPushButton) and rest.isHidden()


def test_a_wrong_code_asks_again_with_the_tries_that_are_left(
    shown: Callable[..., CardPage], cards: MemoryCards, billed: VirtualCard, qtbot: QtBot
) -> None:
    page = shown()
    cards.reader().insert(billed)
    read(page, qtbot)
    press(page, "rest")
    type_code(page, "9999", qtbot)
    tries = dialog(page).findChild(QLabel, "tries")
    assert isinstance(tries, QLabel)
    qtbot.waitUntil(lambda: "2" in tries.text())
    type_code(page, PIN, qtbot)
    qtbot.waitUntil(lambda: "activity-3 structure" in values(page))


def _says(label: QLabel, words: str) -> bool:
    return words in label.text()


def test_the_third_wrong_code_closes_the_question_and_shows_the_block(
    shown: Callable[..., CardPage], cards: MemoryCards, billed: VirtualCard, qtbot: QtBot
) -> None:
    page = shown()
    cards.reader().insert(billed)
    read(page, qtbot)
    press(page, "rest")
    for left in ("2", "1"):
        type_code(page, "9999", qtbot)
        tries = dialog(page).findChild(QLabel, "tries")
        assert isinstance(tries, QLabel)
        qtbot.waitUntil(partial(_says, tries, left))
    type_code(page, "9999", qtbot)
    qtbot.waitUntil(lambda: values(page).get("codes pin") == "blocked: no tries left")


def test_the_question_goes_with_the_card(
    shown: Callable[..., CardPage], cards: MemoryCards, billed: VirtualCard, qtbot: QtBot
) -> None:
    page = shown()
    cards.reader().insert(billed)
    read(page, qtbot)
    press(page, "rest")
    assert dialog(page).isVisible()
    cards.reader().eject()
    qtbot.waitUntil(lambda: page.findChild(PinDialog) is None)


# The window lives while a card is slow


def test_the_window_lives_while_a_slow_card_is_read_and_cancel_leaves_it_usable(
    shown: Callable[..., CardPage], cards: MemoryCards, billed: VirtualCard, qtbot: QtBot
) -> None:
    slow = Slow(billed, 0.0)
    page = shown()
    cards.reader().insert(slow)
    read(page, qtbot)
    slow.seconds, before = 0.15, slow.commands
    turned: list[int] = []
    timer = QTimer()
    timer.timeout.connect(lambda: turned.append(slow.commands))
    timer.start(5)
    press(page, "again")
    qtbot.waitUntil(lambda: slow.commands > before + 2, timeout=20_000)
    assert len([item for item in turned if item > before]) > 10, "the event loop stood still"
    assert text(page, "doing")
    press(page, "stop")
    qtbot.waitUntil(lambda: message(page) == "The reading was cancelled.", timeout=20_000)
    timer.stop()
    slow.seconds = 0.0
    press(page, "again-here")
    read(page, qtbot)


def test_the_window_lives_while_a_card_of_real_pace_is_read(
    shown: Callable[..., CardPage], cards: MemoryCards, billed: VirtualCard, qtbot: QtBot
) -> None:
    paced = PacedChip(billed)
    page = shown()
    cards.reader().insert(paced)
    qtbot.waitUntil(lambda: text(page, "doing") == "Reading the holder…", timeout=60_000)
    before, turned, shares = paced.spent.commands, list[int](), set[int]()
    bar = page.findChild(QProgressBar, "progress")
    assert isinstance(bar, QProgressBar) and bar.isVisible()

    def look() -> None:
        turned.append(paced.spent.commands)
        shares.add(bar.value())

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(5)
    qtbot.waitUntil(lambda: paced.spent.commands >= before + 12, timeout=60_000)
    press(page, "stop")
    qtbot.waitUntil(lambda: message(page) == "The reading was cancelled.", timeout=60_000)
    timer.stop()
    # While the card answered each of its commands, the window turned.
    assert len(set(turned)) >= 10, turned
    assert shares & set(range(1, 100)), "the bar never output a share"


def test_who_gives_up_while_the_card_checks_the_code_can_use_it_at_once(
    shown: Callable[..., CardPage], cards: MemoryCards, billed: VirtualCard, qtbot: QtBot
) -> None:
    slow = Slow(billed, 0.0)
    page = shown()
    cards.reader().insert(slow)
    read(page, qtbot)
    slow.seconds, before = 0.1, slow.commands
    press(page, "rest")
    type_code(page, PIN, qtbot)
    qtbot.waitUntil(lambda: slow.commands > before + 1, timeout=20_000)
    dialog(page).reject()
    qtbot.waitUntil(lambda: not page._context.worker.busy, timeout=20_000)
    slow.seconds = 0.0
    assert "activity-3 structure" not in values(page)
    with cards.open("Reader A") as card:
        assert card.pin_state().tries_left == 3 and not card.pin_state().verified
    press(page, "rest")
    type_code(page, PIN, qtbot)
    qtbot.waitUntil(lambda: "activity-3 structure" in values(page), timeout=20_000)


def test_a_card_that_leaves_in_the_midst_of_reading_is_reported(
    shown: Callable[..., CardPage], cards: MemoryCards, billed: VirtualCard, qtbot: QtBot
) -> None:
    slow = Slow(billed, 0.05)
    page = shown()
    cards.reader().insert(slow)
    qtbot.waitUntil(lambda: text(page, "doing") != "", timeout=20_000)
    cards.reader().eject()
    qtbot.waitUntil(
        lambda: message(page) == "Insert your card into the reader Reader A.", timeout=20_000
    )


# Copies and files


def test_a_value_and_the_whole_are_copied(
    shown: Callable[..., CardPage], cards: MemoryCards, billed: VirtualCard, qtbot: QtBot
) -> None:
    page = shown()
    cards.reader().insert(billed)
    read(page, qtbot)
    number = page.findChild(ValueLabel, "card number")
    assert isinstance(number, ValueLabel)
    number.copy()
    assert QGuiApplication.clipboard().text() == "2900995235"
    press(page, "copy")
    whole = QGuiApplication.clipboard().text()
    assert "Card number: 2900995235" in whole and "This is a test card" in whole


@pytest.mark.parametrize("name", ["pem", "der"])
def test_a_certificate_is_saved_where_it_is_wanted(
    shown: Callable[..., CardPage],
    cards: MemoryCards,
    billed: VirtualCard,
    tmp_path: Path,
    name: str,
    qtbot: QtBot,
) -> None:
    page = shown()
    cards.reader().insert(billed)
    read(page, qtbot)
    asked: list[str] = []

    def answer(
        _parent: QWidget, stem: str, forms: Sequence[FileFormat]
    ) -> tuple[FileFormat, Path | None]:
        asked.append(stem)
        return next(form for form in forms if form.name == name), tmp_path / "mine.crt"

    page.ask_path = answer
    said: list[str] = []
    page._context.said.connect(said.append)
    page.perform("save-signature")
    qtbot.waitUntil(lambda: said != [])
    assert asked == ["CPS-2900995235-signature"]
    data = (tmp_path / "mine.crt").read_bytes()
    load = x509.load_pem_x509_certificate if name == "pem" else x509.load_der_x509_certificate
    with cards.open("Reader A") as card:
        assert load(data) == card.certificate(KeyUse.SIGNATURE)


def test_who_changes_their_mind_saves_nothing(
    shown: Callable[..., CardPage],
    cards: MemoryCards,
    billed: VirtualCard,
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    page = shown()
    cards.reader().insert(billed)
    read(page, qtbot)
    page.ask_path = lambda _parent, _stem, forms: (forms[0], None)
    before = set(tmp_path.rglob("*"))
    press(page, "save")
    assert not page._context.worker.busy and set(tmp_path.rglob("*")) == before


def test_the_report_as_pdf_can_be_searched_by_third_party(
    shown: Callable[..., CardPage],
    cards: MemoryCards,
    billed: VirtualCard,
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    page = shown()
    cards.reader().insert(billed)
    read(page, qtbot)
    page.ask_path = lambda _parent, _stem, forms: (forms[0], tmp_path / "card.pdf")
    said: list[str] = []
    page._context.said.connect(said.append)
    press(page, "save")
    qtbot.waitUntil(lambda: said != [], timeout=20_000)
    pdf = PdfReader(BytesIO((tmp_path / "card.pdf").read_bytes()), strict=True)
    words = "\n".join(leaf.extract_text() for leaf in pdf.pages)
    assert "DOC0000012" in words and "2900995235" in words and "Médecin" in words
    assert pdf.metadata is not None and pdf.metadata.title == "CPS-2900995235"


def test_a_file_that_cannot_be_written_is_reported(
    shown: Callable[..., CardPage],
    cards: MemoryCards,
    billed: VirtualCard,
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    page = shown()
    cards.reader().insert(billed)
    read(page, qtbot)
    page.ask_path = lambda _parent, _stem, forms: (forms[1], tmp_path / "no" / "card.json")
    press(page, "save")
    qtbot.waitUntil(lambda: "card.json" in message(page))


def test_the_report_for_programs_is_what_was_read(
    shown: Callable[..., CardPage],
    cards: MemoryCards,
    billed: VirtualCard,
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    page = shown()
    cards.reader().insert(billed)
    read(page, qtbot)
    page.ask_path = lambda _parent, _stem, forms: (forms[1], tmp_path / "card.json")
    press(page, "save")
    qtbot.waitUntil((tmp_path / "card.json").exists)
    tree = json.loads((tmp_path / "card.json").read_text("utf-8"))
    assert tree["card"]["number"] == "2900995235" and tree["activities"] is None
    assert (tmp_path / "card.json").stat().st_mode & 0o777 == 0o600


# For everybody


def test_every_value_and_button_has_a_name_and_is_reached_by_keyboard(
    shown: Callable[..., CardPage], cards: MemoryCards, billed: VirtualCard, qtbot: QtBot
) -> None:
    from PySide6.QtCore import Qt

    page = shown()
    cards.reader().insert(billed)
    read(page, qtbot)
    for box in page.findChildren(SectionBox):
        values = box.findChildren(ValueLabel)
        assert all(value.accessibleName() for value in values)
        stops = [value for value in values if value.focusPolicy() & Qt.FocusPolicy.TabFocus]
        assert len(stops) == 1  # arrows go on from there
    names = [
        button.accessibleName() or button.text()
        for button in page.findChildren(QPushButton)
        if not button.isHidden()
    ]
    assert all(names) and len(set(names)) == len(names)


@pytest.mark.parametrize("percent", [100, 200])
def test_no_text_is_cut_in_a_narrow_window(
    shown: Callable[..., CardPage],
    cards: MemoryCards,
    billed: VirtualCard,
    percent: int,
    qtbot: QtBot,
) -> None:
    page = shown()
    font = page.font()
    font.setPointSizeF(font.pointSizeF() * percent / 100)
    page.setFont(font)
    cards.reader().insert(billed)
    read(page, qtbot)
    area = scrolled(page)
    qtbot.addWidget(area)
    area.resize(700, 900)
    area.show()
    qtbot.waitExposed(area)
    qtbot.waitUntil(lambda: cut(page) == [])
    assert area.horizontalScrollBar().maximum() == 0


def cut(page: CardPage) -> list[str]:
    """Return the texts that have less room than they need."""
    found = []
    for label in page.findChildren(QLabel):
        if not label.isVisible():
            continue
        needed = (
            label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
        )
        if label.height() < needed or label.width() < label.minimumSizeHint().width():
            found.append(label.text())
    return found


def test_der_and_pem_are_the_same_certificate(
    cards: MemoryCards, billed: VirtualCard, tmp_path: Path
) -> None:
    from caducee.desktop.manager.saving import CERTIFICATE_FORMATS, write

    cards.reader().insert(billed)
    with cards.open("Reader A") as card:
        certificate = card.certificate(KeyUse.AUTHENTICATION)
    for form in CERTIFICATE_FORMATS:
        write(form, tmp_path / form.name, certificate)
    pem = x509.load_pem_x509_certificate((tmp_path / "pem").read_bytes())
    assert pem.public_bytes(Encoding.DER) == (tmp_path / "der").read_bytes()
