# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The program around the window."""

import sys
from collections.abc import Callable

from PySide6.QtCore import QLocale
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from caducee.base.i18n import language
from caducee.desktop.look import dress
from caducee.desktop.manager.context import Context
from caducee.desktop.manager.ports import Ports
from caducee.desktop.manager.quit_signals import QuitSignals
from caducee.desktop.manager.window import ManagerWindow

__all__ = ["main", "make_window", "prepare"]


def prepare(*, text_percent: int = 100, high_contrast: bool = False) -> QApplication:
    """Return the application: name, language, size of letters (percent), colours.

    Without ``high_contrast`` the colours are those of the desktop.
    """
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(sys.argv[:1])
    application.setApplicationName("caducee")
    application.setApplicationDisplayName("caducee")
    application.setDesktopFileName("caducee-manager")
    QLocale.setDefault(QLocale(language()))
    if text_percent != 100:
        font = application.font()
        font.setPointSizeF(font.pointSizeF() * text_percent / 100)
        application.setFont(font)
    if high_contrast:
        application.setStyle("Fusion")
        application.setPalette(contrasted())
    dress(application)
    return application


def contrasted() -> QPalette:
    """Return white and yellow on black: every pair of colours above 7 to 1."""
    black, white, yellow = QColor("black"), QColor("white"), QColor("yellow")
    palette = QPalette()
    roles = QPalette.ColorRole
    for role in (roles.Window, roles.Base, roles.AlternateBase, roles.Button, roles.ToolTipBase):
        palette.setColor(role, black)
    for role in (roles.WindowText, roles.Text, roles.ButtonText, roles.ToolTipText):
        palette.setColor(role, white)
    palette.setColor(roles.BrightText, yellow)
    palette.setColor(roles.PlaceholderText, QColor("#c8c8c8"))
    palette.setColor(roles.Link, yellow)
    palette.setColor(roles.LinkVisited, yellow)
    palette.setColor(roles.Highlight, yellow)
    palette.setColor(roles.HighlightedText, black)
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor("#b0b0b0"))
    return palette


def make_window(
    ports: Ports | Callable[[], Ports], page: str = "", action: str = ""
) -> ManagerWindow:
    """Return the window, shown; it begins as soon as it was painted."""
    window = ManagerWindow(Context(ports))
    window.context.setParent(window)
    if page:
        window.show_page(page, action)
    window.show()
    return window


def main(
    ports: Callable[[], Ports],
    *,
    page: str = "",
    text_percent: int = 100,
    high_contrast: bool = False,
) -> int:
    """Show the window until it is closed; return the status for the shell.

    ``ports`` is called once the window was painted: what it imports would keep a person waiting.
    """
    application = prepare(text_percent=text_percent, high_contrast=high_contrast)
    window = make_window(ports)
    if page:
        window.begun.connect(lambda: window.show_page(page))
    window.begun.connect(lambda: _begin_tray(window))
    signals = QuitSignals(window.quit, window)
    status = application.exec()
    signals.close()
    window.context.close()
    if window.context.reached:
        _give_up(window.context.ports)
    return status


def _begin_tray(window: ManagerWindow) -> None:
    from caducee.desktop.manager.tray import Tray

    Tray(window)


def _give_up(ports: Ports) -> None:
    """End what the ports hold."""
    if ports.requests is not None:
        ports.requests.stop()
    if ports.virtual is not None:
        ports.virtual.close()
    ports.cards.close()
