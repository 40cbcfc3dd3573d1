# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A screen without glass, and a hand that types into its windows."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Screen", "screen"]

_PATIENCE = 60.0


class Screen:
    """An X display of our own, with a window manager (windows take the focus as on a desk)."""

    def __init__(self, display: str) -> None:
        self.display = display
        self.environment = {"PATH": os.environ["PATH"], "DISPLAY": display}

    def windows(self, title: str) -> list[str]:
        """Return the visible windows of exactly this title."""
        done = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", f"^{title}$"],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
        return done.stdout.split()

    def wait_for(self, title: str) -> str:
        """Wait for a window and return it."""
        deadline = time.monotonic() + _PATIENCE
        while not (found := self.windows(title)):
            assert time.monotonic() < deadline, f"no window {title!r}"
            time.sleep(0.05)
        return found[0]

    def enter(self, window: str, text: str) -> None:
        """Type a text and press Return, then wait until the window is gone."""
        self._hand("windowactivate", "--sync", window)
        self._hand("type", "--delay", "20", text)
        self._hand("key", "Return")
        self._gone(window)

    def cancel(self, window: str) -> None:
        """Press Escape, and wait until the window is gone."""
        self._hand("windowactivate", "--sync", window)
        self._hand("key", "Escape")
        self._gone(window)

    def _gone(self, window: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        while window in self.windows(".*"):
            assert time.monotonic() < deadline, "the window stays"
            time.sleep(0.05)

    def _hand(self, *what: str) -> None:
        subprocess.run(
            ["xdotool", *what],
            env=self.environment,
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=_PATIENCE,
        )


@contextmanager
def screen(size: str = "1280x900") -> Iterator[Screen]:
    """Start a display and a window manager."""
    reported, says = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(says), "-screen", "0", f"{size}x24", "-nolisten", "tcp"],
        pass_fds=[says],
        stderr=subprocess.DEVNULL,
    )
    os.close(says)
    try:
        with os.fdopen(reported) as numbers:
            made = Screen(f":{int(numbers.readline())}")
        manager = subprocess.Popen(
            ["openbox", "--sm-disable"],
            env=made.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield made
        finally:
            manager.terminate()
            manager.wait()
    finally:
        server.terminate()
        server.wait()
