# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee manager`` on a desktop: an icon in stalonetray, in a panel by D-Bus, and in none.

The card is a virtual one at a local socket; it comes and goes while the program runs.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from tests.e2e.screen import Screen
from tests.e2e.windows.session import HERE, ROOT, Desktop, Program

from caducee.codec.card_request import RequestMessage
from caducee.relying.card_device import CardDevice, new_nonce
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.plug.socket import SocketPlug
from caducee.virtualcard.store import MemoryStore

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("windows")]

PATIENCE = 60.0
CARD = ROOT / "tests" / "vectors" / "cards" / "cps3.json"
TITLE = "CPS card manager.*"


def until(right: Callable[[], object], what: str = "") -> None:
    deadline = time.monotonic() + PATIENCE
    while not right():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


class Manager:
    """The program as a person starts it."""

    def __init__(self, glass: Desktop, folder: Path) -> None:
        self.folder = folder
        self.screen: Screen = glass.screen
        self.environment = glass.environment | {
            "LANGUAGE": "en",
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "CADUCEE_READER_SOCKETS": str(folder / "readers"),
            "CADUCEE_CRYPTOLIB_CONFIG": str(folder / "cryptolib.toml"),
            "CADUCEE_CRYPTOLIBD_SOCKET": str(folder / "run" / "d.sock"),
            "CADUCEE_REQUESTS_SOCKET": str(folder / "run" / "r.sock"),
        }
        (folder / "readers").mkdir()
        (folder / "run").mkdir(mode=0o700)
        (folder / "cryptolib.toml").write_text("[readers]\npcsc = false\n", "utf-8")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "caducee", "manager"], env=self.environment, cwd=ROOT
        )
        self.window = self.screen.wait_for(TITLE)

    @property
    def shown(self) -> bool:
        return bool(self.screen.windows(TITLE))

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    @contextmanager
    def card(self) -> Iterator[None]:
        chip = VirtualCard(MemoryStore(CardImage.load(CARD)))
        plug = SocketPlug(chip, self.folder / "readers" / "card.sock")
        plug.start()
        try:
            yield
        finally:
            plug.stop()

    def close_window(self) -> None:
        self.hand("windowactivate", "--sync", self.window)
        self.hand("key", "alt+F4")

    def hand(self, *what: str) -> None:
        environment = self.screen.environment
        subprocess.run(["xdotool", *what], env=environment, check=True, timeout=PATIENCE)

    def end(self) -> None:
        if self.alive:
            self.process.terminate()
        self.process.wait(PATIENCE)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@contextmanager
def running(glass: Desktop, folder: Path) -> Iterator[Manager]:
    made = Manager(glass, folder)
    try:
        yield made
    finally:
        made.end()


@pytest.fixture
def panel(glass: Desktop) -> Iterator[Program]:
    with glass.program(["/usr/bin/python3", str(HERE / "tray_host.py")]) as made:
        made.ask("notices")  # it has its names on the bus by now
        yield made


def notices(panel: Program) -> list[dict[str, str]]:
    found: list[dict[str, str]] = panel.ask("notices")["notices"]
    return found


def test_without_a_tray_closing_the_window_ends_the_program(glass: Desktop, folder: Path) -> None:
    with running(glass, folder) as manager:
        with manager.card():
            time.sleep(1)  # whatever there is to begin has begun
        manager.close_window()
        assert manager.process.wait(PATIENCE) == 0


def test_in_stalonetray_the_window_hides_and_a_click_brings_it_back(
    glass: Desktop, folder: Path
) -> None:
    with ExitStack() as stack:
        tray = subprocess.Popen(
            ["stalonetray", "--geometry", "3x1+0+0"],
            env=glass.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        stack.callback(tray.wait)
        stack.callback(tray.terminate)
        glass.screen.wait_for("stalonetray")
        manager = stack.enter_context(running(glass, folder))
        picture = folder / "icon.png"
        until(lambda: dark(glass, picture) > 20, "no icon in the tray")
        manager.close_window()
        until(lambda: not manager.shown, "the window stays")
        assert manager.alive
        manager.hand("mousemove", "11", "11", "click", "1")
        until(lambda: manager.shown, "the window does not come back")


def dark(glass: Desktop, picture: Path) -> int:
    """Return how many pixels of the first place in the tray are drawn dark."""
    from PySide6.QtGui import QImage

    command = ["import", "-window", "root", "-crop", "24x24+0+0", "+repage", str(picture)]
    subprocess.run(command, env=glass.environment, check=True, timeout=PATIENCE)
    image = QImage(str(picture))
    pixels = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    return sum(pixel.lightness() < 80 for pixel in pixels)


def test_a_panel_shows_the_presence_as_icon_and_text_and_the_notices(
    glass: Desktop, panel: Program, folder: Path
) -> None:
    def tooltip() -> str:
        return str(panel.ask("item").get("tooltip", ""))

    def titles() -> list[str]:
        return [notice["title"] for notice in notices(panel)]

    with running(glass, folder) as manager:
        until(lambda: tooltip() == "No card reader", tooltip())
        assert {22, 48} <= set(panel.ask("item")["pixels"])
        manager.close_window()
        until(lambda: not manager.shown, "the window stays")
        with manager.card():
            until(lambda: tooltip().startswith("CPS card in the reader\nsocket:"), tooltip())
            until(lambda: "Card inserted" in titles())
            assert panel.ask("menu")["lines"][0] == "CPS card in the reader"
        until(lambda: tooltip() == "No card reader", tooltip())
        until(lambda: "Card removed" in titles())


def test_a_request_shows_its_digits_in_a_notice_and_in_the_menu(
    glass: Desktop, panel: Program, folder: Path
) -> None:
    with running(glass, folder) as manager:
        until(lambda: panel.ask("item")["there"])
        manager.close_window()
        until(lambda: not manager.shown)
        device = CardDevice(Path(manager.environment["CADUCEE_REQUESTS_SOCKET"]))
        ask = RequestMessage(service="Portail", binding_message="07", nonce=new_nonce(), seconds=60)
        with ThreadOf(device, ask):
            output = "Portail asks you to confirm a login. Digits: 07"
            until(lambda: output in [notice["text"] for notice in notices(panel)])
            assert "Requests: 1" in panel.ask("menu")["lines"]
            panel.ask("choose", label="Requests: 1")
            until(lambda: manager.shown, "the window does not come")
            device.withdraw()
        until(lambda: "Requests: 1" not in panel.ask("menu")["lines"])


class ThreadOf:
    """A request that waits in a thread until it ends."""

    def __init__(self, device: CardDevice, ask: RequestMessage) -> None:
        import threading

        self._thread = threading.Thread(target=self._run, args=(device, ask))

    @staticmethod
    def _run(device: CardDevice, ask: RequestMessage) -> None:
        from caducee.base.errors import StateError

        with pytest.raises(StateError):
            device.ask(ask)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._thread.join(PATIENCE)


def test_the_menu_logs_out_opens_and_quits(glass: Desktop, panel: Program, folder: Path) -> None:
    with running(glass, folder) as manager:
        until(lambda: panel.ask("item")["there"])
        manager.close_window()
        until(lambda: not manager.shown)
        panel.ask("choose", label="Log out of everything")
        output = {"title": "Logged out", "text": "No session was open."}
        until(lambda: output in notices(panel))
        panel.ask("choose", label="Open the card manager")
        until(lambda: manager.shown)
        panel.ask("choose", label="Quit")
        assert manager.process.wait(PATIENCE) == 0


def test_a_panel_that_crashes_does_not_take_the_window_with_it(
    glass: Desktop, panel: Program, folder: Path
) -> None:
    with running(glass, folder) as manager:
        until(lambda: panel.ask("item")["there"])
        manager.close_window()
        until(lambda: not manager.shown)
        panel.ask("leave")
        until(lambda: manager.shown, "the window is lost")
        assert manager.alive


def test_the_sockets_of_the_manager_are_gone_when_it_has_ended(
    glass: Desktop, folder: Path
) -> None:
    with running(glass, folder) as manager:
        socket = Path(manager.environment["CADUCEE_REQUESTS_SOCKET"])
        until(socket.exists)
        assert os.stat(socket).st_mode & 0o777 == 0o600
        manager.close_window()
        assert manager.process.wait(PATIENCE) == 0
        assert not socket.exists()
