# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Real browsers with a home of their own, and a virtual card that they reach.

`Desk` is a user's home: settings of the Cryptolib, the code that the agent enters, a card at a
local socket, and whatever ``caducee browser install`` put there. `chromium` and `firefox` start a
browser in it.
"""

import atexit
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from playwright.sync_api import BrowserContext, Playwright

from caducee.base.peer_credentials import peer_credentials
from caducee.cryptolib import open_card
from caducee.middleware.browsers import BrowserLocations, ComponentResult, Installer
from caducee.reader.socket import SocketReader
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.plug.socket import SocketPlug
from caducee.virtualcard.store import MemoryStore

__all__ = ["ASK", "EXTENSION", "Desk", "chromium"]

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--ignore-certificate-errors",
)
EXTENSION = Path(__file__).parents[2] / "browser/extension"

_SETTINGS = """
[readers]
pcsc = false
socket_folder = "{sockets}"

[pin_entry]
program = ["{python}", "-m", "caducee.middleware.pin_entry.headless", "{code}"]
"""


@dataclass
class Desk:
    """A user with a home, a reader, and a code in mind."""

    home: Path
    plugs: dict[str, SocketPlug] = field(default_factory=dict)
    session_bus: str = "disabled:"
    """Where the desktop is; none by default, not even that of who runs the tests."""

    @classmethod
    def set_up(
        cls, home: Path, module: Path | None = None, *, session_bus: str = "disabled:"
    ) -> "Desk":
        """Make the home, and install for its browsers."""
        desk = cls(home, session_bus=session_bus)
        for folder in (desk.sockets, home / ".config/caducee"):
            folder.mkdir(parents=True)
        desk.enters("1234")
        settings = _SETTINGS.format(sockets=desk.sockets, python=sys.executable, code=desk.code)
        (home / ".config/caducee/cryptolib.toml").write_text(settings, encoding="utf-8")
        desk.install(Installer(BrowserLocations(home, system=False), module))
        return desk

    def install(self, installer: Installer) -> None:
        """Install as this user."""
        with self._here():
            results = installer.install()
        assert not [result for result in results if result.error], results

    def remove(self, installer: Installer) -> list[ComponentResult]:
        """Undo it as this user."""
        with self._here():
            return installer.remove()

    @contextmanager
    def _here(self) -> Iterator[None]:
        """Act in this home: NSS's tools load the module, which would start a daemon elsewhere."""
        with self.daemon(), patch.dict(os.environ, self.environment(), clear=True):
            yield

    @property
    def runtime(self) -> Path:
        """The folder of sockets: short, since the path of one has 107 bytes at most."""
        name = hashlib.sha256(bytes(self.home)).hexdigest()[:12]
        made = Path(tempfile.gettempdir()) / f"caducee-run-{name}"
        if not made.is_dir():
            made.mkdir(mode=0o700)
            atexit.register(_leave, made)
        return made

    @property
    def sockets(self) -> Path:
        """Where readers are looked for."""
        return self.runtime / "readers"

    @property
    def code(self) -> Path:
        """The file whose code the agent enters."""
        return self.home / "code"

    def enters(self, code: str) -> None:
        """Choose what the holder enters when asked."""
        self.code.touch(mode=0o600)
        self.code.write_text(code, encoding="ascii")

    def insert(self, image: CardImage, reader: str = "one") -> None:
        """Put a card into a reader."""
        plug = SocketPlug(VirtualCard(MemoryStore(image)), self.sockets / f"{reader}.sock")
        plug.start()
        self.plugs[reader] = plug

    def eject(self, reader: str = "one") -> None:
        """Take a card out."""
        self.plugs.pop(reader).stop()

    def clear(self) -> None:
        """Take every card out."""
        for reader in tuple(self.plugs):
            self.eject(reader)

    def tries_left(self, reader: str = "one") -> int | None:
        """Ask the card itself how many wrong codes it still takes; nobody else may hold it."""
        with open_card(SocketReader(self.sockets / f"{reader}.sock", patience=5.0)) as card:
            return card.pin_state().tries_left

    @contextmanager
    def daemon(self) -> Iterator[None]:
        """Run the Cryptolib that the module speaks to, as long as the block lasts."""
        process = subprocess.Popen(
            [sys.executable, "-m", "caducee", "cryptolibd"], env=self.environment()
        )
        place = self.runtime / "caducee/cryptolibd.sock"
        try:
            while not place.exists():
                assert process.poll() is None, "the daemon ended"
                time.sleep(0.02)
            yield
        finally:
            process.terminate()
            process.wait()

    def environment(self, language: str = "en") -> dict[str, str]:
        """Return the environment of a browser here: nothing of the user who runs the tests."""
        kept = {
            name: os.environ[name] for name in ("PATH", "PCSCLITE_CSOCK_NAME") if name in os.environ
        }
        return kept | {
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self.runtime),
            "DBUS_SESSION_BUS_ADDRESS": self.session_bus,
            "LANG": {"en": "en_GB.UTF-8", "fr": "fr_FR.UTF-8"}[language],
            "LANGUAGE": language,
        }


def _leave(runtime: Path) -> None:
    """Take a folder of sockets away, and the daemon that a module started there by itself."""
    with socket.socket(socket.AF_UNIX) as probe, suppress(OSError):
        probe.connect(str(runtime / "caducee/cryptolibd.sock"))
        if (peer := peer_credentials(probe)) and peer.pid:
            os.kill(peer.pid, signal.SIGTERM)
    shutil.rmtree(runtime, ignore_errors=True)


@contextmanager
def chromium(
    playwright: Playwright,
    desk: Desk,
    *,
    extension: Path | None = EXTENSION,
    display: str | None = None,
    language: str = "en",
) -> Iterator[BrowserContext]:
    """Start Chromium with the user's own profile; the extension is loaded unpacked.

    Windows that ask for a code are shown on a ``display`` alone.
    """
    flags = [*FLAGS, f"--lang={language}"]
    environment = desk.environment(language)
    if display is None:
        flags.append("--headless=new")
    else:
        environment["DISPLAY"] = display
    if extension:
        flags += [f"--load-extension={extension}", f"--disable-extensions-except={extension}"]
    context = playwright.chromium.launch_persistent_context(
        desk.home / ".config/chromium",
        executable_path=CHROMIUM,
        headless=False,  # the old headless mode knows no extensions; see --headless=new
        args=flags,
        ignore_default_args=["--disable-extensions"],
        env=dict(environment),
        locale={"en": "en-GB", "fr": "fr-FR"}[language],
        ignore_https_errors=True,
    )
    try:
        yield context
    finally:
        context.close()


ASK = """
([action, data]) => new Promise((resolve) => {
  const hear = ({ data: found }) => {
    if (![`${action}-success`, `${action}-failure`].includes(found?.action)) return;
    window.removeEventListener("message", hear);
    resolve(found);
  };
  window.addEventListener("message", hear);
  window.postMessage({ action, libraryVersion: "2.0.0", ...data }, "*");
})
"""
"""A page's script: sends one message of the public Web eID library, and gives its answer."""
