# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A fixture with the PKCS#11 module, a daemon of its own that the module starts, and its readers.

Nothing of the user is touched: home, settings, cache, socket and readers lie in one new folder,
which `CryptolibPlace.environment` names. Cards are virtual ones at local sockets; no pcscd is
needed. The module must be built (``./run native``, or the package ``caducee-native``).
"""

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from caducee.virtualcard.image import CardImage
    from caducee.virtualcard.plug.link import ServedChip
    from caducee.virtualcard.plug.pinpad import PadEntry
    from caducee.virtualcard.plug.socket import SocketPlug

__all__ = ["CryptolibPlace", "cryptolib_place"]

_SETTINGS = "[readers]\npcsc = false\n"


class CryptolibPlace:
    """A folder with all that programs and daemon of one test share."""

    def __init__(self, folder: Path) -> None:
        from caducee.middleware.module import find_module

        self.folder = folder
        self.module = find_module()
        self.settings = folder / "cryptolib.toml"
        self.settings.write_text(_SETTINGS, "utf-8")
        self._plugs: dict[str, SocketPlug] = {}
        for name in ("run", "readers", "home"):
            (folder / name).mkdir(mode=0o700)

    @property
    def socket(self) -> Path:
        """Where the daemon listens."""
        return self.folder / "run" / "cryptolibd.sock"

    @property
    def variables(self) -> dict[str, str]:
        """What the module and the daemon find in the environment."""
        return {
            "HOME": str(self.folder / "home"),
            "CADUCEE_PKCS11_MODULE": str(self.module),
            "CADUCEE_CRYPTOLIBD_SOCKET": str(self.socket),
            "CADUCEE_CRYPTOLIB_CONFIG": str(self.settings),
            "CADUCEE_READER_SOCKETS": str(self.folder / "readers"),
        }

    @property
    def environment(self) -> dict[str, str]:
        """The environment for a program that loads the module."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
        return kept | self.variables

    def insert(
        self,
        card: "CardImage | ServedChip",
        reader: str = "card",
        *,
        typed: "PadEntry | None" = None,
    ) -> str:
        """Put a card image (run in memory), or any chip, into a reader; return its name.

        With ``typed`` the reader has a PIN pad, and that is what the holder enters there.
        """
        from caducee.virtualcard.card import VirtualCard
        from caducee.virtualcard.image import CardImage
        from caducee.virtualcard.plug.pinpad import SimulatedPinPad
        from caducee.virtualcard.plug.socket import SocketPlug
        from caducee.virtualcard.store import MemoryStore

        chip = VirtualCard(MemoryStore(card)) if isinstance(card, CardImage) else card
        path = self.folder / "readers" / f"{reader}.sock"
        pin_pad = None if typed is None else SimulatedPinPad(chip, typed)
        plug = SocketPlug(chip, path, pin_pad=pin_pad)
        plug.start()
        self._plugs[reader] = plug
        return f"socket:{path}"

    def remove(self, reader: str = "card") -> None:
        """Take the card, and with it the reader, away."""
        self._plugs.pop(reader).stop()

    def run(self, *command: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a program with this environment; its status is for the test to judge."""
        return subprocess.run(
            command,
            env=self.environment,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=timeout,
        )

    def daemon(self) -> int | None:
        """Return the process id of the daemon, None while none listens."""
        from caducee.base.peer_credentials import peer_credentials

        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self.socket))
                peer = peer_credentials(probe)
            except OSError:
                return None
        return peer and peer.pid

    def stop_daemon(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End the daemon, if there is one, and wait until it is gone."""
        daemon = self.daemon()
        with suppress(ProcessLookupError):
            while daemon is not None and _runs(daemon):
                os.kill(daemon, number)
                time.sleep(0.02)

    def close(self) -> None:
        """End the daemon and take every card away."""
        with suppress(ProcessLookupError):
            if (daemon := self.daemon()) is not None:
                os.kill(daemon, signal.SIGCONT)
        self.stop_daemon()
        for reader in list(self._plugs):
            self.remove(reader)


def _runs(process: int) -> bool:
    """Tell whether a process has not ended; one that nobody has waited for yet has ended."""
    try:
        state = Path(f"/proc/{process}/stat").read_text("ascii", "replace")
    except FileNotFoundError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def cryptolib_place() -> Iterator[CryptolibPlace]:
    """The module with a daemon and readers of its own (`CryptolibPlace`), gone at the end."""
    with tempfile.TemporaryDirectory() as folder:
        place = CryptolibPlace(Path(folder))
        yield place
        place.close()
