# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Every window and page in every state that matters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from PySide6.QtWidgets import QApplication, QWidget

from caducee.base.i18n import set_language
from caducee.cryptolib.pin_entry import PinAsker, PinKind, PinRequest, Question
from caducee.desktop.look import dress
from caducee.desktop.pin_dialog import PinDialog
from caducee.desktop.pin_view import PinView

__all__ = ["SCENES", "Scene", "prepare"]


@dataclass(frozen=True)
class Scene:
    """A window in one state."""

    name: str
    make: Callable[[str], QWidget]
    """Makes the window for a language."""

    ready: Callable[[QWidget], bool] = lambda window: True
    """Tells whether what the window waits for has come."""

    end: Callable[[QWidget], object] = QWidget.close
    acts: Mapping[str, Callable[[QWidget], None]] = field(default_factory=dict)
    restless: bool = False
    """Something moves as long as it is shown."""


def prepare(application: QApplication, language: str) -> None:
    """Set up the application as the real programs do."""
    application.setApplicationName("caducee")
    application.setApplicationDisplayName("caducee")
    application.setCursorFlashTime(0)  # pictures do not blink
    set_language(language)
    dress(application)


# The window for the code


def _pin(kind: PinKind, tries: int | None, wrong: bool = False) -> Callable[[str], QWidget]:
    def make(language: str) -> QWidget:
        request = PinRequest(kind, "CPS3v3-2900995235", "KIT DOC0073574", "Reader 00 00", tries)
        asker = PinAsker("/usr/lib/firefox-esr/firefox-esr", 4242, "https://portal.test")
        return PinDialog(PinView(Question(request, asker, language, wrong=wrong)))

    return make


def _finish(window: QWidget) -> None:
    assert isinstance(window, PinDialog)
    window.finish()


def _enter(window: QWidget) -> None:
    assert isinstance(window, PinDialog)
    window._enter()


_PIN = (
    Scene("pin-login", _pin(PinKind.LOGIN, 3), end=_finish, acts={"enter": _enter}),
    Scene("pin-last-try", _pin(PinKind.LOGIN, 1, True), end=_finish),
    Scene("pin-unblock", _pin(PinKind.UNBLOCK_LOGIN, None), end=_finish),
    Scene("pin-change", _pin(PinKind.CHANGE, 3), end=_finish),
    Scene("pin-confirm", _pin(PinKind.CONFIRM, None), end=_finish),
)

SCENES: Mapping[str, Scene] = {one.name: one for one in _PIN}
