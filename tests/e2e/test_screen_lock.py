# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The screen is locked during a session; a desktop reports it by D-Bus."""

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from jeepney import DBusAddress, HeaderFields, MessageType, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from playwright.sync_api import expect, sync_playwright
from tests.e2e.browsers import Desk, chromium
from tests.e2e.conftest import Place
from tests.e2e.screen import screen

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("browser")]

SAVER = DBusAddress("/org/gnome/ScreenSaver", interface="org.gnome.ScreenSaver")


class Desktop:
    """The part of a desktop that locks the screen (org.gnome.ScreenSaver)."""

    def __init__(self, bus: str) -> None:
        self._connection: DBusConnection = open_dbus_connection(bus)
        self._connection.send_and_get_reply(message_bus.RequestName("org.gnome.ScreenSaver"))
        self.asked = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def lock(self) -> None:
        """Tell everybody that the screen is locked now."""
        self._connection.send(new_signal(SAVER, "ActiveChanged", "b", (True,)))

    def close(self) -> None:
        """Leave the bus."""
        with suppress(OSError):
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._connection.close()

    def _serve(self) -> None:
        with suppress(OSError, EOFError):
            while True:
                message = self._connection.receive()
                if message.header.message_type is not MessageType.method_call:
                    continue
                active = message.header.fields.get(HeaderFields.member) == "GetActive"
                answer = new_method_return(message, "b" if active else None, (False,) * active)
                self._connection.send(answer)
                if active:
                    self.asked.set()


@pytest.fixture
def bus() -> Iterator[str]:
    """The address of a session bus of this test's own."""
    command = ["dbus-daemon", "--session", "--nofork", "--print-address"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.terminate()
    process.wait()
    process.stdout.close()


@pytest.fixture
def desktop(bus: str) -> Iterator[Desktop]:
    made = Desktop(bus)
    yield made
    made.close()


def test_chromium_ends_the_session_when_the_screen_is_locked(
    place: Place, tmp_path: Path, bus: str, desktop: Desktop
) -> None:
    desk = Desk.set_up(tmp_path / "home", session_bus=bus)
    desk.insert(place.issue().image)
    with (
        screen() as glass,
        sync_playwright() as playwright,
        chromium(playwright, desk, display=glass.display) as browser,
    ):
        page = browser.new_page()
        page.goto(f"{place.addresses.open}/login/token")
        page.locator("#token-login").click()
        page.wait_for_url("**/session")
        page.wait_for_selector("#end-session[data-watched]", state="attached")
        assert desktop.asked.wait(60)
        desktop.lock()
        page.wait_for_url("**/logout")
        expect(page.locator("main")).to_contain_text("The screen was locked")
    desk.clear()
