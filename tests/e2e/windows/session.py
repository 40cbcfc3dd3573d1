# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A desktop without glass: display, window manager, session bus, AT-SPI, and programs in it."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.screen import Screen, screen

__all__ = ["Desktop", "Program", "desktop"]

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


class Program:
    """A program that answers one JSON line with another."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._log = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen(
            command,
            env=environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self.pid = self._process.pid

    def ask(self, do: str, **details: Any) -> dict[str, Any]:
        """Ask, and return the answer."""
        come, go = self._process.stdout, self._process.stdin
        assert come is not None and go is not None
        go.write(json.dumps({"do": do} | details) + "\n")
        go.flush()
        line = come.readline()
        assert line, f"{do}: the program has ended\n{self._rest()}"
        answer: dict[str, Any] = json.loads(line)
        assert "error" not in answer, f"{do} {details}: {answer['error']}"
        return answer

    def _rest(self) -> str:
        self._log.seek(0)
        return "\n".join(self._log.read().splitlines()[-20:])

    def close(self) -> None:
        """End the program."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()


class Desktop:
    """Where the programs of a test live."""

    def __init__(self, glass: Screen, bus: str, folder: Path) -> None:
        self.screen = glass
        keep = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        self.environment = keep | {
            "HOME": str(folder),
            "DISPLAY": glass.display,
            "DBUS_SESSION_BUS_ADDRESS": bus,
            "XDG_RUNTIME_DIR": str(folder),
            "QT_QPA_PLATFORM": "xcb",
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            "QT_LOGGING_RULES": "qt.accessibility.atspi=false",
        }

    @contextmanager
    def program(self, command: list[str], **more: str) -> Iterator[Program]:
        """Run a program that answers."""
        made = Program(command, self.environment | more)
        try:
            yield made
        finally:
            made.close()

    @contextmanager
    def stage(self, language: str, world: Path, *options: str, **more: str) -> Iterator[Program]:
        """Run the program that shows scenes."""
        command = [sys.executable, "-m", "tests.e2e.windows.stage", language, str(world)]
        with self.program([*command, *options], **more) as made:
            yield made

    @contextmanager
    def reader(self) -> Iterator[Program]:
        """Run the screen reader."""
        with self.program(["/usr/bin/python3", str(HERE / "reader.py")]) as made:
            yield made


@contextmanager
def desktop(folder: Path, size: str = "1920x1080") -> Iterator[Desktop]:
    """Start display, window manager, bus and AT-SPI; end them all."""
    folder.mkdir(mode=0o700, exist_ok=True)
    with screen(size) as glass, _bus() as address:
        made = Desktop(glass, address, folder)
        launcher = subprocess.Popen(
            ["/usr/libexec/at-spi-bus-launcher", "--launch-immediately"],
            env=made.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield made
        finally:
            launcher.terminate()
            launcher.wait()


@contextmanager
def _bus() -> Iterator[str]:
    command = ["dbus-daemon", "--session", "--nofork", "--print-address"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
