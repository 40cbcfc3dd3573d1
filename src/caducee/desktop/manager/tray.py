# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The icon in the tray: presence, notices, log out of everything; the window may hide there.

Without a tray, closing the window ends the program, and a request brings the window up.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon

from caducee.base.errors import CpsError
from caducee.base.i18n import gettext as _
from caducee.cryptolib.presence import PresenceEventKind
from caducee.desktop.manager.model.presence import (
    CardHealth,
    Notice,
    Presence,
    event_notice,
    health_notices,
    health_of,
    presence_of,
    presence_text,
    request_notice,
    tooltip,
)
from caducee.desktop.manager.request_center import RequestCenter
from caducee.desktop.manager.tray_icon import presence_icon

if TYPE_CHECKING:
    from caducee.cryptolib import CpsCard
    from caducee.cryptolib.presence import PresenceEvent
    from caducee.desktop.manager.window import ManagerWindow
    from caducee.desktop.manager.worker import Work
    from caducee.middleware.requests.pending import PendingRequest

__all__ = ["Tray"]

_WATCHER = "org.kde.StatusNotifierWatcher"
_SHOWN_MS = 5_000
"""A panel by D-Bus shows the title of a notice in place of the text as long."""
_MINIMIZED = Qt.WindowState.WindowMinimized


class Tray(QObject):
    """The icon of one window, made once the window has begun."""

    def __init__(self, window: "ManagerWindow") -> None:
        super().__init__(window)
        self._window = window
        self._context = window.context
        self._center = RequestCenter.of(window.context)
        self._leaving = False
        self._page = ""
        self.notices: list[Notice] = []
        """The last messages, the newest last."""

        self._icon = QSystemTrayIcon(self)
        self._presence: Presence | None = None
        self._compose()
        self._watch_host()
        window.installEventFilter(self)
        self._context.readers_changed.connect(self._show)
        self._context.card_event.connect(self._happened)
        self._center.changed.connect(self._show)
        self._center.arrived.connect(self._arrived)
        self._show()
        self._icon.show()
        for request in self._center.waiting:
            self._arrived(request)

    @property
    def available(self) -> bool:
        """Whether the icon is where a person can see it."""
        return QSystemTrayIcon.isSystemTrayAvailable() and self._icon.isVisible()

    @property
    def text(self) -> str:
        """What the icon says in words."""
        return self._icon.toolTip()

    # Building

    def _compose(self) -> None:
        self._menu = QMenu()
        self._menu.setAccessibleName(_("Card manager"))
        self._state = self._add("tray-presence", "", lambda: self.open("card"))
        self._menu.addSeparator()
        self._add("tray-open", _("&Open the card manager"), self._open)
        self._requests = self._add("tray-requests", "", lambda: self.open("requests"))
        self._log_out = self._add("tray-log-out", _("&Log out of everything"), self.log_out)
        self._log_out.setEnabled(self._context.ports.sessions is not None)
        self._menu.addSeparator()
        self._add("tray-quit", _("&Quit"), self.quit)
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._activated)
        self._icon.messageClicked.connect(lambda: self.open(self._page))
        quit_action = self._window.findChild(QAction, "quit")
        if isinstance(quit_action, QAction):
            quit_action.triggered.disconnect()
            quit_action.triggered.connect(self.quit)

    def _add(self, name: str, text: str, do: object) -> QAction:
        action = self._menu.addAction(text)
        action.setObjectName(name)
        action.triggered.connect(do)
        return action

    def _watch_host(self) -> None:
        """Hear when the tray goes away, so that the window does not vanish with it."""
        from PySide6.QtDBus import QDBusConnection, QDBusServiceWatcher

        self._host = QDBusServiceWatcher(
            _WATCHER,
            QDBusConnection.sessionBus(),
            QDBusServiceWatcher.WatchModeFlag.WatchForUnregistration,
            self,
        )
        self._host.serviceUnregistered.connect(lambda _name: QTimer.singleShot(0, self, self._keep))

    def _keep(self) -> None:
        if not self._window.isVisible() and not QSystemTrayIcon.isSystemTrayAvailable():
            self.open()

    # What a person does

    def open(self, page: str = "") -> None:
        """Show the window, in front of others, at a page."""
        self._window.show()
        self._window.setWindowState(self._window.windowState() & ~_MINIMIZED)
        self._window.raise_()
        self._window.activateWindow()
        if page:
            self._window.show_page(page)

    def _open(self) -> None:
        self.open()

    def quit(self) -> None:
        """End the program, wherever the window is."""
        self._leaving = True
        self._window.close()
        self._icon.hide()
        application = QApplication.instance()
        if application is not None:
            application.quit()

    def log_out(self) -> None:
        """End every login of this user that the desktop knows of, and tell which."""
        port = self._context.ports.sessions
        if port is None:
            return
        self._log_out.setEnabled(False)
        job = self._context.worker.run(lambda _work: port.log_out(), "log out")
        job.done.connect(lambda ended: self._logged_out(tuple(ended)))
        job.failed.connect(self._not_logged_out)
        job.ended.connect(lambda: self._log_out.setEnabled(True))

    def _logged_out(self, ended: tuple[str, ...]) -> None:
        text = "\n".join(ended) if ended else _("No session was open.")
        self._context.said.emit(text.replace("\n", " "))
        self.tell(Notice(_("Logged out"), text))

    def _not_logged_out(self, error: CpsError) -> None:
        text = f"{error.sentence()} {error.advice()}"
        self._context.said.emit(text)
        self.tell(Notice(_("Not logged out"), text, True))

    def _activated(self, why: QSystemTrayIcon.ActivationReason) -> None:
        if why is not QSystemTrayIcon.ActivationReason.Context:
            self.open("requests" if self._center.waiting else "")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hide the window instead of closing it, where the icon can bring it back."""
        if watched is self._window and event.type() == QEvent.Type.Close and not self._leaving:
            if self.available:
                event.ignore()
                self._window.hide()
                return True
            self._icon.hide()
        return super().eventFilter(watched, event)

    # What readers and services tell

    def _show(self) -> None:
        waiting = len(self._center.waiting)
        presence = presence_of(self._context.readers, waiting)
        if presence is not self._presence:
            self._presence = presence
            self._icon.setIcon(presence_icon(presence))
        text = tooltip(self._context.readers, waiting)
        self._icon.setToolTip(text)
        self._state.setText(presence_text(presence_of(self._context.readers)))
        self._requests.setText(_("&Requests: {count}").format(count=waiting))
        self._requests.setVisible(bool(waiting))
        # A question for the code that closes must not end a program whose window is hidden.
        QApplication.setQuitOnLastWindowClosed(not self.available)

    def _happened(self, event: "PresenceEvent") -> None:
        if not self._window.isActiveWindow():
            self.tell(event_notice(event))
        if event.kind in (PresenceEventKind.INSERTED, PresenceEventKind.EXCHANGED):
            self._look_after(event.reader)

    def _look_after(self, reader: str) -> None:
        clock, days = self._context.clock, self._context.settings.expiry_days

        def work(card: "CpsCard", _work: "Work") -> CardHealth:
            return health_of(card, clock.now())

        job = self._context.with_card(work, reader)
        job.done.connect(lambda health: self._tell_all(health_notices(health, days)))

    def _tell_all(self, notices: tuple[Notice, ...]) -> None:
        for notice in notices:
            self.tell(notice)

    def _arrived(self, waiting: "PendingRequest") -> None:
        notice = request_notice(waiting)
        self.tell(notice)
        self._context.said.emit(notice.text)
        if not self.available and QApplication.activeModalWidget() is None:
            self.open("requests")
        QApplication.alert(self._window)

    def tell(self, notice: Notice) -> None:
        """Show a notice of the desktop, where there is one who shows it."""
        self.notices = [*self.notices[-19:], notice]
        self._page = notice.page
        if self.available and QSystemTrayIcon.supportsMessages():
            kind = QSystemTrayIcon.MessageIcon
            sign = kind.Warning if notice.urgent else kind.Information
            self._icon.showMessage(notice.title, notice.text, sign, _SHOWN_MS)
