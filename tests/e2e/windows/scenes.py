# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Every window and page in every state that matters."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Thread

from PySide6.QtWidgets import QApplication, QWidget
from tests.e2e.windows.places import Place
from tests.unit.diagnosis import slow
from tests.unit.diagnosis.faults import FAULTS, UNCHECKED
from tests.unit.diagnosis.world import Break

from caducee.base.errors import CpsError
from caducee.base.i18n import set_language
from caducee.codec.card_request import RequestMessage
from caducee.desktop.diagnosis.panel import DiagnosisPanel
from caducee.desktop.diagnosis.window import DiagnosisWindow
from caducee.desktop.look import dress
from caducee.desktop.manager.app import make_window
from caducee.desktop.manager.model.live import SlotContent
from caducee.desktop.manager.pages import diagnosis
from caducee.desktop.manager.pages.card import CardPage
from caducee.desktop.manager.pages.requests import RequestsPage
from caducee.desktop.manager.pages.services import ServicesPage
from caducee.desktop.manager.window import ManagerWindow
from caducee.desktop.pin_dialog import PinDialog
from caducee.desktop.pin_view import PinView
from caducee.diagnosis.session import DiagnosisOptions
from caducee.middleware.pin_entry import PinKind, PinQuestion, PinRequest, PinRequester
from caducee.middleware.requests import RequestServer
from caducee.reader.memory import Chip
from caducee.relying.card_device import CardDevice, new_nonce
from caducee.virtualcard.faults.names import FaultName

__all__ = ["SCENES", "Scene", "prepare"]


@dataclass(frozen=True)
class Scene:
    """A window in one state."""

    name: str
    make: Callable[[Place], QWidget]

    ready: Callable[[QWidget], bool] = lambda window: True
    """Whether the window has what it waits for."""

    then: tuple[Callable[[QWidget], None], ...] = ()
    """What is done in it, one after the other, each when the window is at rest."""

    done: Callable[[QWidget], bool] | None = None
    """Whether the action took effect; `ready` if None."""

    end: Callable[[QWidget], object] = QWidget.close
    acts: Mapping[str, Callable[[QWidget], None]] = field(default_factory=dict)


def prepare(application: QApplication, language: str) -> None:
    """Set up the application as the real programs do."""
    application.setApplicationName("caducee")
    application.setApplicationDisplayName("caducee")
    application.setCursorFlashTime(0)  # pictures do not blink
    set_language(language)
    dress(application)


# The window for the code


def _pin(kind: PinKind, tries: int | None, wrong: bool = False) -> Callable[[Place], QWidget]:
    def make(place: Place) -> QWidget:
        request = PinRequest(kind, "CPS3v3-2900995235", "KIT DOC0073574", "Reader 00 00", tries)
        asker = PinRequester("/usr/lib/firefox-esr/firefox-esr", 4242, "https://portal.test")
        return PinDialog(PinView(PinQuestion(request, asker, place.language, wrong=wrong)))

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


_FIRST = "pcscd failed too often"
"""The fault that the diagnosis finds."""

# The manager


def _manager(
    page: str,
    *chips: Callable[[Place], Chip | None],
    action: str = "",
    **settings: object,
) -> Callable[[Place], QWidget]:
    def make(place: Place) -> QWidget:
        window = make_window(place.ports(*(chip(place) for chip in chips)), page, action)
        if settings:
            window.context.set(**settings)
        window.resize(window.sizeHint().expandedTo(window.size()))
        return window

    return make


def _none(_place: Place) -> Chip | None:
    return None


def _card(*faults: FaultName, name: str = "doctor") -> Callable[[Place], Chip | None]:
    return lambda place: place.card(name, *faults)


def _looked(window: QWidget) -> bool:
    assert isinstance(window, ManagerWindow)
    context = window.context
    now = context.reader
    return not context.worker.busy and now is not None and now.inside is not SlotContent.LOOKING


def _no_reader(window: QWidget) -> bool:
    assert isinstance(window, ManagerWindow)
    return window.context.reader is None and not window.context.worker.busy


def _ask_rest(window: QWidget) -> None:
    assert isinstance(window, ManagerWindow)
    page = window.widget("card")
    assert isinstance(page, CardPage)
    page.ask_code()


def _test_services(window: QWidget) -> None:
    assert isinstance(window, ManagerWindow)
    page = window.widget("services")
    assert isinstance(page, ServicesPage)
    page._login.setChecked(False)  # no portal runs here
    page.test()


def _type_code(window: QWidget) -> None:
    """Enter PIN where it is asked for."""
    (dialog,) = (item for item in window.findChildren(PinDialog) if item.isVisible())
    dialog._edits["old"].setText("1234")
    dialog._enter()


def _ask_login(window: QWidget) -> None:
    """Let a service ask for a login, as one on this machine does."""
    assert isinstance(window, ManagerWindow)
    ask = RequestMessage(
        service="Portail de démonstration",
        binding_message="42",
        nonce=new_nonce(),
        seconds=120,
        login_hint="899700000000",
    )

    server = window.context.ports.requests
    assert isinstance(server, RequestServer)
    path = server._path

    def wait() -> None:
        with suppress(CpsError):
            CardDevice(path).ask(ask)

    Thread(target=wait, daemon=True).start()


def _asked(window: QWidget) -> bool:
    assert isinstance(window, ManagerWindow)
    page = window.widget("requests")
    assert isinstance(page, RequestsPage)
    return _looked(window) and page._box.isVisible()


def _diagnosis_page(place: Place) -> QWidget:
    machine = slow.Place(_break(_FIRST))
    vars(diagnosis)["DiagnosisPanel"] = partial(DiagnosisPanel, make=machine.job)
    return _manager("diagnosis", _card())(place)


def _panel_ended(window: QWidget) -> bool:
    assert isinstance(window, ManagerWindow)
    page = window.widget("diagnosis")
    assert isinstance(page, diagnosis.DiagnosisPage)
    return page.panel.view.report is not None and _looked(window)


_MANAGER = (
    Scene("card-no-reader", _manager("card"), _no_reader),
    Scene("card-rest", _manager("card", _card()), _looked, (_ask_rest, _type_code)),
    Scene("card-question", _manager("card", _card()), _looked, (_ask_rest,)),
    Scene("services", _manager("services", _card()), _looked),
    Scene("services-done", _manager("services", _card()), _looked, (_test_services, _type_code)),
    Scene("virtual", _manager("virtual", _card()), _looked),
    Scene("requests-none", _manager("requests", _card()), _looked),
    Scene("requests", _manager("requests", _card()), _looked, (_ask_login,), _asked),
    Scene("diagnosis-page", _diagnosis_page, _panel_ended),
    Scene("card", _manager("card", _card()), _looked),
    Scene("card-none", _manager("card", _none), _looked),
    Scene("card-foreign", _manager("card", _card(FaultName.VITALE)), _looked),
    Scene("card-mute", _manager("card", _card(FaultName.MUTE)), _looked),
    Scene("card-blocked", _manager("card", _card(FaultName.BLOCKED)), _looked),
    Scene("card-expired", _manager("card", _card(FaultName.EXPIRED)), _looked),
    Scene("card-never-again", _manager("card", _card(FaultName.BLOCKED_FOR_EVER)), _looked),
    Scene("pin-enter", _manager("pin", _card()), _looked),
    Scene("pin-change", _manager("pin", _card(), action="change"), _looked),
    Scene("pin-last-try", _manager("pin", _card(FaultName.LAST_TRY)), _looked),
    Scene("pin-blocked", _manager("pin", _card(FaultName.BLOCKED)), _looked),
    Scene("pin-never-again", _manager("pin", _card(FaultName.BLOCKED_FOR_EVER)), _looked),
    Scene("pin-none", _manager("pin", _none), _looked),
    Scene(
        "pin-shuffled",
        _manager("pin", _card(), action="enter", pin_pad=True, pin_pad_shuffled=True),
        _looked,
    ),
    Scene("readers", _manager("readers", _card(), _none), _looked),
    Scene("journal", _manager("journal", _card()), _looked),
    Scene("card-two", _manager("card", _card(), _card(name="other")), _looked),
)


# The diagnosis


def _diagnosis(*faults: str) -> Callable[[Place], QWidget]:
    def make(_place: Place) -> QWidget:
        machine = slow.Place(*(_break(fault) for fault in faults))
        panel = DiagnosisPanel(DiagnosisOptions(), make=machine.job)
        window = DiagnosisWindow(DiagnosisOptions(), panel=panel)
        window.show()
        panel.begin()
        return window

    return make


def _break(name: str) -> Break:
    return (FAULTS | UNCHECKED)[name][0]


def _diagnosed(window: QWidget) -> bool:
    assert isinstance(window, DiagnosisWindow)
    return not window.panel.view.running


_DIAGNOSIS = (
    Scene("diagnosis-well", _diagnosis(), _diagnosed),
    Scene("diagnosis-cause", _diagnosis(_FIRST), _diagnosed),
    Scene("diagnosis-unchecked", _diagnosis("no revocation lists", "no PIN"), _diagnosed),
)

SCENES: Mapping[str, Scene] = {item.name: item for item in (*_PIN, *_MANAGER, *_DIAGNOSIS)}
