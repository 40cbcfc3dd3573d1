# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A real Valkey for tests: its own data, its own Unix socket, no network."""

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

__all__ = ["TemporaryValkey"]

_PATIENCE = 30.0


class TemporaryValkey:
    """A Valkey server for the length of a ``with`` block, from the system's package.

    It writes each command to the disk before it answers, as a service needs that lets no code be
    used twice. Each call of `url` names an empty database.
    """

    def __enter__(self) -> Self:
        self._databases = iter(range(1_000))
        self._folder = Path(tempfile.mkdtemp(prefix="caducee-vk-", dir="/tmp"))
        try:
            self._start()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def url(self) -> str:
        """Return the URL of an empty database."""
        return f"unix://{self._folder}/socket?db={next(self._databases)}"

    def restart(self) -> None:
        """Kill the server and start it again on what it had written."""
        self.stop()
        self._start()

    def stop(self) -> None:
        """Kill the server."""
        self._server.send_signal(signal.SIGKILL)
        self._server.wait(_PATIENCE)

    def _start(self) -> None:
        settings = {
            "port": "0",
            "unixsocket": str(self._folder / "socket"),
            "dir": str(self._folder),
            "databases": "1000",
            "save": "",
            "appendonly": "yes",
            "appendfsync": "always",
        }
        given = [word for name, value in settings.items() for word in (f"--{name}", value)]
        # A test process that is killed takes its server with it.
        command = ["setpriv", "--pdeathsig", "KILL", "--", "valkey-server", *given]
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            with socket.socket(socket.AF_UNIX) as asked:
                try:
                    asked.connect(str(self._folder / "socket"))
                    asked.sendall(b"PING\r\n")
                    if asked.recv(16).startswith(b"+PONG"):
                        return
                except OSError:
                    pass
            time.sleep(0.01)
        raise RuntimeError("Valkey did not become ready")
