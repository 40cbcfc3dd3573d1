# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The card's page over a real pcscd; openssl, poppler and qpdf judge what it saves."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from caducee.base.i18n import use_language
from caducee.cli.manager_ports import MachineCards, others
from caducee.desktop.manager.app import make_window
from caducee.desktop.manager.file_formats import FileFormat
from caducee.desktop.manager.pages.card import CardPage
from caducee.desktop.manager.ports import Ports
from caducee.desktop.manager.widgets import ValueLabel
from caducee.desktop.manager.window import ManagerWindow
from caducee.desktop.pin_dialog import PinDialog
from caducee.middleware.daemon.settings import ReaderSettings
from caducee.testing.pcscd import InsertCard
from caducee.virtualcard.image import CardImage

pytestmark = pytest.mark.system

CARDS = Path(__file__).parents[1] / "vectors" / "cards"
LONG = 60_000


@pytest.fixture(autouse=True)
def french() -> Iterator[None]:
    with use_language("fr"):
        yield


@pytest.fixture
def window(
    pcscd: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ManagerWindow]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    cards = MachineCards(ReaderSettings())
    made = make_window(Ports(cards=cards, others=others))
    qtbot.addWidget(made)
    qtbot.waitUntil(lambda: made.page == "card", timeout=LONG)
    yield made
    made.context.close()
    cards.close()


def page(window: ManagerWindow) -> CardPage:
    found = window.widget("card")
    assert isinstance(found, CardPage)
    return found


def value(window: ManagerWindow, name: str) -> str:
    found = page(window).findChild(ValueLabel, name)
    return found.text().replace("\u200b", "") if isinstance(found, ValueLabel) else ""


def said(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


@pytest.mark.parametrize("card", ["cps3", "cps4"])
def test_a_card_in_a_real_reader_is_shown_saved_and_judged_by_third_party(
    window: ManagerWindow, inserted_card: InsertCard, tmp_path: Path, qtbot: QtBot, card: str
) -> None:
    reader = inserted_card(CardImage.load(CARDS / f"{card}.json"))
    qtbot.waitUntil(lambda: value(window, "card reader") == reader, timeout=LONG)
    number = value(window, "card number")
    status = window.findChild(QLabel, "reader-in-use")
    assert isinstance(status, QLabel) and reader in status.text()

    page(window).ask_code()
    dialog = page(window).findChild(PinDialog)
    assert isinstance(dialog, PinDialog)
    edit = dialog.findChild(QLineEdit, "old")
    assert isinstance(edit, QLineEdit)
    edit.setText("1234")
    dialog._enter()
    qtbot.waitUntil(lambda: value(window, "activity-1 structure") != "", timeout=LONG)
    structure = value(window, "activity-1 structure")

    target = tmp_path / "mine"

    def answer(
        parent: QWidget, stem: str, forms: Sequence[FileFormat]
    ) -> tuple[FileFormat, Path | None]:
        return forms[0], target

    page(window).ask_path = answer
    page(window).perform("save-authentication")
    qtbot.waitUntil(target.exists, timeout=LONG)
    output = said("openssl", "x509", "-in", str(target), "-noout", "-serial")
    assert output.strip() == f"serial={value(window, 'certificate-authentication serial')}"

    target = tmp_path / "card.pdf"
    page(window).save_report()
    qtbot.waitUntil(target.exists, timeout=LONG)
    words = said("pdftotext", "-layout", str(target), "-")
    assert number in words and structure in words and "Certificat d’authentification" in words
    assert "ﬁ" not in words, "a search for fi would miss it"
    assert "No syntax or stream encoding errors found" in said("qpdf", "--check", str(target))
