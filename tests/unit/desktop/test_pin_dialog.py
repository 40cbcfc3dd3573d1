# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The window for the code, by keyboard alone, in two languages, and with large letters."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from tests.unit.desktop.pin_views import view

from caducee.base.i18n import use_language
from caducee.desktop.pin_dialog import PinDialog
from caducee.desktop.pin_pad import PinPadKeys
from caducee.middleware.pin_entry import PinKind


def shown(qtbot: QtBot, kind: PinKind = PinKind.LOGIN, tries: int = 3) -> PinDialog:
    made = PinDialog(view(kind, tries))
    qtbot.addWidget(made, before_close_func=lambda it: it.finish())
    made.show()
    qtbot.waitExposed(made)
    return made


def edit(dialog: PinDialog, name: str = "old") -> QLineEdit:
    found = dialog.findChild(QLineEdit, name)
    assert isinstance(found, QLineEdit)
    return found


def text(dialog: PinDialog, name: str) -> str:
    found = dialog.findChild(QLabel, name)
    assert isinstance(found, QLabel)
    return found.text() if found.isVisible() else ""


def test_a_code_typed_and_entered_by_keyboard_is_reported_once(qtbot: QtBot) -> None:
    dialog = shown(qtbot)
    assert dialog.focusWidget() is edit(dialog)
    with qtbot.waitSignal(dialog.entered) as output:
        qtbot.keyClicks(edit(dialog), "1234")
        qtbot.keyClick(edit(dialog), Qt.Key.Key_Return)
    assert output.args == ["1234", ""]
    assert edit(dialog).text() == ""
    assert not edit(dialog).isEnabled()  # the card checks it
    assert dialog.isVisible()


def test_the_window_is_in_front_and_focused_when_shown_and_when_asked_again(qtbot: QtBot) -> None:
    other = QWidget()
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    dialog = shown(qtbot)
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog)
    assert dialog.windowFlags() & Qt.WindowType.WindowStaysOnTopHint
    other.activateWindow()
    dialog.ask(view(tries=2, wrong=True))
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog)
    assert QApplication.focusWidget() is edit(dialog)


def test_the_code_is_never_shown(qtbot: QtBot) -> None:
    dialog = shown(qtbot)
    qtbot.keyClicks(edit(dialog), "1234")
    assert "1234" not in edit(dialog).displayText()
    assert edit(dialog).inputMethodHints() & Qt.InputMethodHint.ImhSensitiveData


def test_after_a_wrong_code_it_asks_again_and_shows_the_tries(qtbot: QtBot) -> None:
    dialog = shown(qtbot)
    qtbot.keyClicks(edit(dialog), "9999")
    qtbot.keyClick(edit(dialog), Qt.Key.Key_Return)
    dialog.ask(view(tries=1, wrong=True))
    assert "1" in text(dialog, "tries")
    assert "wrong" in text(dialog, "warning") and "One try left" in text(dialog, "warning")
    assert edit(dialog).isEnabled() and dialog.focusWidget() is edit(dialog)


def test_return_enters_the_code_also_after_a_wrong_one(qtbot: QtBot) -> None:
    dialog = shown(qtbot)
    output: list[str] = []
    dialog.entered.connect(lambda old, _new: output.append(old))
    for code in ("9999", "1234"):
        qtbot.keyClicks(edit(dialog), code)
        qtbot.keyClick(edit(dialog), Qt.Key.Key_Return)
        dialog.ask(view(tries=2, wrong=True))
    assert output == ["9999", "1234"]
    assert dialog.isVisible()


def test_a_code_that_cannot_be_is_not_sent(qtbot: QtBot) -> None:
    dialog = shown(qtbot)
    output: list[str] = []
    dialog.entered.connect(lambda old, _new: output.append(old))
    qtbot.keyClicks(edit(dialog), "12")
    qtbot.keyClick(edit(dialog), Qt.Key.Key_Return)
    assert not output
    assert "digits" in text(dialog, "warning")
    assert edit(dialog).selectedText()  # the next key replaces it


@pytest.mark.parametrize("how", ["escape", "button", "window"])
def test_it_can_be_cancelled_in_every_way(qtbot: QtBot, how: str) -> None:
    dialog = shown(qtbot)
    with qtbot.waitSignal(dialog.declined) as output:
        if how == "escape":
            qtbot.keyClick(edit(dialog), Qt.Key.Key_Escape)
        elif how == "button":
            (button,) = [
                item for item in dialog.findChildren(QPushButton) if item.text() == "Cance&l"
            ]
            qtbot.keyClick(button, Qt.Key.Key_Space)
        else:
            dialog.close()
    assert output.args == ["cancel"]
    assert not dialog.isVisible()


def test_it_can_be_cancelled_while_the_card_works(qtbot: QtBot) -> None:
    dialog = shown(qtbot)
    qtbot.keyClicks(edit(dialog), "1234")
    qtbot.keyClick(edit(dialog), Qt.Key.Key_Return)
    with qtbot.waitSignal(dialog.declined):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_its_time_ends(qtbot: QtBot) -> None:
    dialog = shown(qtbot)
    with qtbot.waitSignal(dialog.declined) as output:
        dialog._left.start(10)
    assert output.args == ["timeout"]


def test_the_keys_go_through_everything_in_order(qtbot: QtBot) -> None:
    dialog = shown(qtbot, PinKind.CHANGE)
    order = []
    for _ in range(5):
        focus = dialog.focusWidget()
        assert isinstance(focus, QWidget)
        order.append(focus.objectName() or (focus.text() if isinstance(focus, QPushButton) else ""))
        qtbot.keyClick(focus, Qt.Key.Key_Tab)
    assert order == ["old", "new", "again", "&OK", "Cance&l"]


def test_a_change_gives_both_codes(qtbot: QtBot) -> None:
    dialog = shown(qtbot, PinKind.CHANGE)
    for name, value in (("old", "1234"), ("new", "5871"), ("again", "5871")):
        qtbot.keyClicks(edit(dialog, name), value)
    with qtbot.waitSignal(dialog.entered) as output:
        qtbot.keyClick(edit(dialog, "again"), Qt.Key.Key_Return)
    assert output.args == ["1234", "5871"]


def test_consent_needs_a_choice_of_its_own(qtbot: QtBot) -> None:
    dialog = shown(qtbot, PinKind.CONFIRM)
    assert not dialog.findChildren(QLineEdit)
    focus = dialog.focusWidget()
    assert isinstance(focus, QPushButton) and focus.text() == "Cance&l"
    (allow,) = [button for button in dialog.findChildren(QPushButton) if button.text() == "&Allow"]
    with qtbot.waitSignal(dialog.entered) as output:
        qtbot.keyClick(allow, Qt.Key.Key_Space)
    assert output.args == ["", ""]


def test_every_field_has_a_name_and_texts_from_outside_are_no_html(qtbot: QtBot) -> None:
    dialog = shown(qtbot, PinKind.CHANGE)
    for item in dialog.findChildren(QLineEdit):
        assert item.accessibleName()
        assert item.accessibleDescription()
    for label in dialog.findChildren(QLabel):
        if label.buddy() is None:
            assert label.textFormat() is Qt.TextFormat.PlainText


def test_it_speaks_french(qtbot: QtBot) -> None:
    with use_language("fr"):
        dialog = shown(qtbot)
        assert text(dialog, "headline") == "Saisissez le code de votre carte"
        assert "Essais restants" in text(dialog, "tries")


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
@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", list(PinKind))
def test_letters_of_twice_the_size_are_not_cut(qtbot: QtBot, language: str, kind: PinKind) -> None:
    with use_language(language):
        dialog = shown(qtbot, kind, tries=1)
        screen = dialog.screen().availableGeometry()
        assert dialog.width() <= screen.width() and dialog.height() <= screen.height()
        for label in dialog.findChildren(QLabel):
            if label.isVisible():
                needed = (
                    label.heightForWidth(label.width())
                    if label.wordWrap()
                    else label.sizeHint().height()
                )
                assert label.height() >= needed, label.text()
                assert label.wordWrap() or label.width() >= label.sizeHint().width(), label.text()
        for button in dialog.findChildren(QPushButton):
            assert button.width() >= button.sizeHint().width()


def test_a_code_is_entered_with_digits_on_the_screen(qtbot: QtBot) -> None:
    dialog = shown(qtbot, PinKind.CHANGE)
    dialog.offer_pin_pad(shuffled=True)
    pad = dialog.findChild(PinPadKeys)
    assert isinstance(pad, PinPadKeys) and pad.isVisible()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    for name, code in (("old", "1234"), ("new", "5871"), ("again", "5871")):
        edit(dialog, name).setFocus()
        for digit in code:
            (key,) = [button for button in pad.findChildren(QPushButton) if button.text() == digit]
            qtbot.mouseClick(key, Qt.MouseButton.LeftButton)
        assert edit(dialog, name).text() == code
    before = pad.digits
    with qtbot.waitSignal(dialog.entered) as output:
        qtbot.keyClick(edit(dialog, "again"), Qt.Key.Key_Return)
    assert output.args == ["1234", "5871"]
    assert pad.digits != before
    (key,) = [button for button in pad.findChildren(QPushButton) if button.text() == "1"]
    qtbot.mouseClick(key, Qt.MouseButton.LeftButton)
    assert edit(dialog).text() == ""  # nothing more while the card works
