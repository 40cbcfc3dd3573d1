# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The on-screen PIN pad: by mouse, by keyboard alone, shuffled."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from caducee.base.i18n import use_language
from caducee.desktop.pin_pad import PinPadKeys, shuffled_digits


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with use_language("en"):
        yield


def shown(qtbot: QtBot, **options: object) -> PinPadKeys:
    made = PinPadKeys(**options)  # type: ignore[arg-type]
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitExposed(made)
    return made


def key(pad: PinPadKeys, text: str) -> QPushButton:
    (found,) = [button for button in pad.findChildren(QPushButton) if button.text() == text]
    return found


def heard(pad: PinPadKeys) -> list[str]:
    output: list[str] = []
    pad.digit.connect(output.append)
    pad.erased.connect(lambda whole: output.append("all" if whole else "last"))
    return output


def test_each_key_gives_the_digit_that_it_shows(qtbot: QtBot) -> None:
    pad = shown(qtbot)
    output = heard(pad)
    for digit in "1234567890":
        qtbot.mouseClick(key(pad, digit), Qt.MouseButton.LeftButton)
    assert "".join(output) == "1234567890"


def test_two_keys_erase(qtbot: QtBot) -> None:
    pad = shown(qtbot)
    output = heard(pad)
    for name in ("Erase the last digit", "Erase all digits"):
        (item,) = [it for it in pad.findChildren(QPushButton) if it.accessibleName() == name]
        qtbot.mouseClick(item, Qt.MouseButton.LeftButton)
    assert output == ["last", "all"]


def test_shuffled_keys_still_give_what_they_show(qtbot: QtBot) -> None:
    pad = shown(qtbot, shuffled=True, shuffle=lambda: "7302914865")
    output = heard(pad)
    assert [entry.text() for row in pad.keys for entry in row] == [*"730291486", "⌫", "5", "✕"]
    for digit in "1234":
        qtbot.mouseClick(key(pad, digit), Qt.MouseButton.LeftButton)
    assert "".join(output) == "1234"
    for row in pad.keys[:3]:
        for item in row:
            assert item.accessibleName() == item.text()


def test_digits_are_mixed_anew_only_when_they_are_shuffled(qtbot: QtBot) -> None:
    orders = iter(["7302914865", "0123456789"])
    pad = shown(qtbot, shuffled=True, shuffle=lambda: next(orders))
    assert pad.digits == "7302914865"
    pad.mix()
    assert pad.digits == "0123456789"
    pad.set_shuffled(False)
    assert pad.digits == "1234567890"
    pad.mix()
    assert pad.digits == "1234567890"


def test_an_order_has_every_digit_once_and_is_hardly_ever_the_same() -> None:
    orders = {shuffled_digits() for _ in range(50)}
    assert len(orders) > 45  # 10! orders: two of fifty are the same once in 3000 runs
    assert all(sorted(order) == list("0123456789") for order in orders)


def test_by_keyboard_one_tab_and_the_arrows_reach_every_key(qtbot: QtBot) -> None:
    pad = shown(qtbot)
    pad.keys[0][0].setFocus()
    walked = []
    for _row in range(4):
        for _column in range(3):
            at = pad.focusWidget()
            assert isinstance(at, QPushButton)
            walked.append(at.text())
            qtbot.keyClick(at, Qt.Key.Key_Right)
        at = pad.focusWidget()
        assert isinstance(at, QPushButton)
        qtbot.keyClick(at, Qt.Key.Key_Down)
    assert "".join(walked) == "123456789⌫0✕"
    tabs = [
        item for row in pad.keys for item in row if item.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert len(tabs) == 1


@pytest.mark.parametrize("pressed", [Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_a_key_with_the_focus_is_pressed_by_keyboard(qtbot: QtBot, pressed: Qt.Key) -> None:
    pad = shown(qtbot)
    output = heard(pad)
    key(pad, "8").setFocus()
    qtbot.keyClick(key(pad, "8"), pressed)
    assert output == ["8"]


def test_digits_that_are_typed_on_the_pin_pad_count_too(qtbot: QtBot) -> None:
    pad = shown(qtbot, shuffled=True)
    output = heard(pad)
    pad.keys[0][0].setFocus()
    at = pad.keys[0][0]
    qtbot.keyClicks(at, "42x")
    qtbot.keyClick(at, Qt.Key.Key_Backspace)
    qtbot.keyClick(at, Qt.Key.Key_Delete)
    assert output == ["4", "2", "last", "all"]
