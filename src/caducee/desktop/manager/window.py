# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The window of the manager: the list of pages at the left, the page at the right."""

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMenu,
    QMessageBox,
    QProgressBar,
    QStackedWidget,
    QWidget,
)

from caducee.base.errors import CpsError, StateError
from caducee.base.i18n import gettext as _
from caducee.desktop.manager.context import Context
from caducee.desktop.manager.model.live import ReaderSnapshot
from caducee.desktop.manager.model.menus import MENUS, Choice, Menu
from caducee.desktop.manager.model.reader_texts import looking, reader_line
from caducee.desktop.manager.page_list import PageList
from caducee.desktop.manager.pages import PAGES, PageEntry
from caducee.desktop.parts import text_label
from caducee.desktop.scroll import scrolled

__all__ = ["ManagerWindow"]


class ManagerWindow(QMainWindow):
    """Shows pages; each is made when it is first looked at."""

    begun = Signal()
    """The window was painted, and readers are watched."""

    def __init__(self, context: Context, pages: tuple[PageEntry, ...] = PAGES) -> None:
        super().__init__()
        self.context = context
        self._entries = tuple(page for page in pages if page.wanted(context))
        self._made: dict[str, QWidget] = {}
        self._places: dict[str, int] = {}
        self.setObjectName("manager")
        self.setWindowTitle(_("CPS card manager"))
        self._compose()
        self._fill_menus()
        self._fill_status()
        self._begun = False
        context.reader_changed.connect(self._show_reader)
        context.readers_failed.connect(self._show_trouble)
        context.page_wanted.connect(self.show_page)
        context.settings_changed.connect(self._settings_changed)
        self._take_room()

    def begin(self) -> None:
        """Make the first page and watch the readers; a second call does nothing.

        It is called by itself once the window was painted.
        """
        if self._begun:
            return
        self._begun = True
        self._stay_on_screen()
        if not self._reach():
            return
        self._settings_changed()
        if self._list.currentRow() < 0:
            self._list.setCurrentRow(0)
        self._show_row(self._list.currentRow())
        self.context.start()
        self.begun.emit()

    def _reach(self) -> bool:
        """Make the ports; where that fails, say why and end the program with 1."""
        try:
            return bool(self.context.ports)
        except CpsError as error:
            text = f"{error.sentence()}\n{error.advice()}"
            QMessageBox.critical(self, self.windowTitle(), text)
            QApplication.exit(1)
            return False

    def event(self, event: QEvent) -> bool:
        """Begin after the first time that the window was painted."""
        if event.type() == QEvent.Type.Paint and not self._begun:
            QTimer.singleShot(0, self, self.begin)
        return super().event(event)

    def _take_room(self) -> None:
        """Be wide enough for a page, and not larger than the screen."""
        metrics = self.fontMetrics()
        wanted = QSize(120 * metrics.averageCharWidth(), 45 * metrics.height())
        self.resize(wanted.boundedTo(self.screen().availableGeometry().size()))

    def _stay_on_screen(self) -> None:
        """Leave room for the frame, which is known once the window was painted."""
        room, frame = self.screen().availableGeometry(), self.frameGeometry()
        around = frame.size() - self.size()
        if not room.contains(frame) and not self.isMaximized():
            self.resize(self.size().boundedTo(room.size() - around))
            self.move(room.topLeft())

    # Building

    def _compose(self) -> None:
        self._list = PageList()
        self._stack = QStackedWidget()
        self._stack.setObjectName("stack")
        for entry in self._entries:
            self._places[entry.name] = self._stack.addWidget(_not_yet())
        self._list.fill((page_entry.name, _(page_entry.title)) for page_entry in self._entries)
        self._list.currentRowChanged.connect(self._show_row)
        inside = QWidget()
        row = QHBoxLayout(inside)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._list)
        row.addWidget(self._stack, 1)
        self.setCentralWidget(inside)

    def _fill_menus(self) -> None:
        self._options: dict[str, QAction] = {}
        for menu in MENUS:
            self._fill_menu(menu, self.menuBar().addMenu(_(menu.text)))

    def _fill_menu(self, menu: Menu, shown: QMenu) -> None:
        shown.setObjectName(menu.name)
        for choice in menu.choices:
            if choice is None:
                shown.addSeparator()
            elif not choice.page or choice.page in self._places:
                shown.addAction(self._action(choice))
        if shown.isEmpty():
            shown.menuAction().setVisible(False)

    def _action(self, choice: Choice) -> QAction:
        action = QAction(_(choice.text), self)
        action.setObjectName(choice.name)
        if choice.key:
            action.setShortcut(QKeySequence(choice.key))
        if choice.setting:
            action.setCheckable(True)
            action.triggered.connect(lambda on: self.context.set(**{choice.setting: on}))
            self._options[choice.setting] = action
        elif choice.page:
            action.triggered.connect(lambda: self.show_page(choice.page, choice.action))
        else:
            action.triggered.connect(self.close)
        return action

    def _fill_status(self) -> None:
        self._reader = QLabel()
        self._reader.setObjectName("reader-in-use")
        self._reader.setTextFormat(Qt.TextFormat.PlainText)
        self._busy = QProgressBar()
        self._busy.setObjectName("busy")
        self._busy.setMaximum(0)
        self._busy.setTextVisible(False)
        self._busy.setMaximumWidth(12 * self.fontMetrics().averageCharWidth())
        self._busy.setAccessibleName(_("Card operation in progress"))
        self._busy.hide()
        self.statusBar().addPermanentWidget(self._busy)
        self.statusBar().addPermanentWidget(self._reader)
        self.context.said.connect(lambda text: self.statusBar().showMessage(text, 10_000))
        self.context.worker.busy_changed.connect(self._busy.setVisible)

    # Pages

    @property
    def page(self) -> str:
        """The name of the page that is shown; empty while none is."""
        row = self._list.currentRow()
        name = self._entries[row].name if row >= 0 else ""
        return name if name in self._made else ""

    def widget(self, name: str) -> QWidget:
        """Return a page, made if need be. Raises `LookupError` for a name that is none."""
        if name not in self._made:
            entry = next(
                (page_entry for page_entry in self._entries if page_entry.name == name), None
            )
            if entry is None:
                raise LookupError(name)
            self._made[name] = made = entry.make(self.context)
            made.setAccessibleName(_(entry.title))
            place = self._places[name]
            if (empty := self._stack.widget(place)) is not None:
                self._stack.removeWidget(empty)
                empty.deleteLater()
            self._stack.insertWidget(place, scrolled(made))
        return self._made[name]

    def show_page(self, name: str, action: str = "") -> None:
        """Show a page, and let it do something: its ``perform`` gets the action."""
        page = self.widget(name)
        self._list.setCurrentRow(self._places[name])
        self._stack.setCurrentIndex(self._places[name])
        perform = getattr(page, "perform", None)
        if action and perform is not None:
            perform(action)

    def _show_row(self, row: int) -> None:
        """Show the page of a row; before the window was painted none is made for a mere focus."""
        if row >= 0 and self._begun:
            self.widget(self._entries[row].name)
            self._stack.setCurrentIndex(row)

    # Messages

    def _show_reader(self, now: ReaderSnapshot | None) -> None:
        self._reader.setText(reader_line(now, self.context.settings.show_card_type))

    def _show_trouble(self, error: CpsError | None) -> None:
        if error is not None:
            self.statusBar().showMessage(f"{error.sentence()} {error.advice()}")
        else:
            self.statusBar().clearMessage()

    def _settings_changed(self) -> None:
        for name, action in self._options.items():
            action.setChecked(bool(getattr(self.context.settings, name)))
        self._show_reader(self.context.reader)

    def quit(self) -> None:
        """Do what the line *Quit* of the menu does."""
        action = self.findChild(QAction, "quit")
        if isinstance(action, QAction):
            action.trigger()

    def closeEvent(self, event: QCloseEvent) -> None:
        """End what runs, save what the options want, then close."""
        self.hide()  # at once: what asks the network may take seconds to end
        self.context.close()
        if self.context.reached and self.context.settings.save_traces_at_exit:
            self._save_texts()
        event.accept()

    def _save_texts(self) -> None:
        try:
            self.context.save_texts()
        except StateError as error:
            QMessageBox.warning(self, self.windowTitle(), f"{error.sentence()}\n{error.advice()}")


def _not_yet() -> QLabel:
    """Return what stands in the place of a page until it is made: never a blank one."""
    shown = text_label("not-yet")
    shown.setText(looking())
    shown.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return shown
