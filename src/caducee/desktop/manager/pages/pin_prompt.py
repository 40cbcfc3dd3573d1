# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The question for the code of a card that is shown: asked again after a wrong one."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from caducee.base.errors import CpsError, WrongPinError
from caducee.base.i18n import language
from caducee.base.secret import Secret
from caducee.desktop.manager.model.card import CardData
from caducee.desktop.manager.model.card_view import headline
from caducee.desktop.manager.pin_window import pin_window
from caducee.desktop.manager.settings import ManagerSettings
from caducee.desktop.pin_view import PinView
from caducee.middleware.pin_entry import PinKind, PinQuestion, PinRequest

__all__ = ["PinPrompt"]


class PinPrompt(QObject):
    """One question, until the code was right, the holder gave up, or the card left."""

    entered = Signal(object)
    """A `Secret`; who takes it wipes it."""

    ended = Signal()
    """No code is wanted any more; comes once."""

    def __init__(
        self, data: CardData, for_what: str, settings: ManagerSettings, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._data = data
        self._for_what = for_what
        self._over = False
        view = self._view(data.pin.tries_left if data.pin else None)
        self.dialog = pin_window(view, settings, parent)
        self.dialog.entered.connect(lambda old, _new: self.entered.emit(Secret.of(old)))
        self.dialog.declined.connect(lambda _why: self._end())

    def _view(self, tries: int | None, *, wrong: bool = False) -> PinView:
        pin = self._data.pin
        request = PinRequest(
            PinKind.LOGIN,
            card=self._data.label,
            holder=headline(self._data),
            reader=self._data.reader,
            tries_left=tries,
            min_length=pin.min_length if pin else 4,
            max_length=pin.max_length if pin else 8,
            for_what=self._for_what,
        )
        return PinView(PinQuestion(request, language=language(), wrong=wrong))

    def ask(self) -> None:
        """Show the question."""
        self.dialog.open()

    def again(self, error: CpsError) -> bool:
        """Ask once more after a wrong code; tell whether that made sense."""
        if not isinstance(error, WrongPinError) or self._over:
            return False
        left = error.facts.get("tries_left")
        self.dialog.ask(self._view(left if isinstance(left, int) else None, wrong=True))
        return True

    def withdraw(self) -> None:
        """Close the question; a second call does nothing."""
        if not self._over:
            self.dialog.finish()
            self._end()

    def _end(self) -> None:
        if not self._over:
            self._over = True
            self.dialog.deleteLater()
            self.ended.emit()
