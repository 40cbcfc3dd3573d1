# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The stage of the tests with what pictures need more: see `tools.manager_pictures`."""

import sys

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QPushButton, QWidget
from tests.e2e.windows import scenes
from tests.e2e.windows.places import Place
from tests.e2e.windows.scenes import Scene
from tests.e2e.windows.stage import main

from caducee.desktop.manager.model.presence import Presence, presence_text
from caducee.desktop.manager.pages.readers import ReadersPage
from caducee.desktop.manager.pages.services import ServicesPage
from caducee.desktop.manager.tray_icon import presence_icon
from caducee.desktop.manager.window import ManagerWindow
from caducee.virtualcard.faults.names import FaultName

_ICON = 48


def _page[Page: QWidget](window: QWidget, name: str, kind: type[Page]) -> Page:
    assert isinstance(window, ManagerWindow)
    page = window.widget(name)
    assert isinstance(page, kind)
    return page


def _test_all(window: QWidget) -> None:
    _page(window, "services", ServicesPage).test()


def _test_reader(window: QWidget) -> None:
    _page(window, "readers", ReadersPage).test()


def _weak(window: QWidget) -> None:
    """Type a new code that is refused, as a person does."""
    for name, code in (("old", "1234"), ("new", "1985")):
        edit = window.findChild(QLineEdit, name)
        assert isinstance(edit, QLineEdit)
        edit.setText(code)
        edit.textEdited.emit(code)


def _portal_found(window: QWidget) -> bool:
    address = window.findChild(QLineEdit, "address")
    return isinstance(address, QLineEdit) and bool(address.text()) and scenes._looked(window)


def _hide_folder(window: QWidget) -> None:
    """Show the folder of the world as a person would type it."""
    root = window.findChild(QLineEdit, "root")
    assert isinstance(root, QLineEdit)
    root.setText("world/server/root.pem")


def _tested(window: QWidget) -> bool:
    save = window.findChild(QPushButton, "save")
    return isinstance(save, QPushButton) and save.isEnabled() and scenes._looked(window)


def _tray(_place: Place) -> QWidget:
    """Show what the icon of the tray says, each with its words."""
    made = QWidget()
    made.setWindowTitle("tray")
    grid = QGridLayout(made)
    for row, presence in enumerate(Presence):
        icon = QLabel()
        icon.setPixmap(presence_icon(presence).pixmap(_ICON, _ICON))
        grid.addWidget(icon, row, 0, Qt.AlignmentFlag.AlignCenter)
        grid.addWidget(QLabel(presence_text(presence)), row, 1)
    return made


_manager, _card, _none, _looked = scenes._manager, scenes._card, scenes._none, scenes._looked

MORE = (
    Scene("pin-weak", _manager("pin", _card(), action="change"), _looked, (_weak,)),
    Scene(
        "services-portal",
        _manager("services", _card()),
        _portal_found,
        (_test_all, scenes._type_code),
        _tested,
        acts={"hide-folder": _hide_folder},
    ),
    Scene("readers-tested", _manager("readers", _card(), _none), _looked, (_test_reader,)),
    Scene("card-last-try", _manager("card", _card(FaultName.LAST_TRY)), _looked),
    Scene("tray", _tray),
)


if __name__ == "__main__":
    sys.exit(main({item.name: item for item in MORE}))
