# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Starts pcscd in a network of its own, so that vpcd's ports are reached by nobody outside.

Two forms: the *shared* one uses the system's PC/SC socket, so that every program of the machine
sees the readers; the *private* one has a folder of its own over ``/run/pcscd`` (in a mount
namespace), so that several can run beside each other and beside the system's; programs reach it
by the environment variable ``PCSCLITE_CSOCK_NAME``.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from caducee.base.errors import ReaderError

__all__ = ["RUN_FOLDER", "Pcscd", "answers", "running_pid"]

RUN_FOLDER = Path("/run/pcscd")
"""Where pcscd keeps its socket and its process number (fixed when it is built)."""

_LAUNCHER = Path(__file__).with_name("launcher.py")
_SOCKET = "pcscd.comm"
_PID_FILE = "pcscd.pid"
_START_SECONDS = 10.0
_STOP_SECONDS = 5.0
_PAUSE = 0.01


def running_pid(folder: Path = RUN_FOLDER) -> int | None:
    """Return the process number of the pcscd that serves a folder, None when none runs."""
    with suppress(OSError, ValueError):
        pid = int((folder / _PID_FILE).read_text())
        if Path(f"/proc/{pid}/comm").read_text().strip() == "pcscd":
            return pid
    return None if folder != RUN_FOLDER else _search()


def _search() -> int | None:
    """Find a pcscd without a file of its own (systemd starts it so) in our mount namespace."""
    ours = os.stat("/proc/self/ns/mnt").st_ino
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        with suppress(OSError):
            named = (entry / "comm").read_text().strip() == "pcscd"
            if named and (entry / "ns/mnt").stat().st_ino == ours:
                return int(entry.name)
    return None


class Pcscd:
    """A pcscd of ours. A context manager: it runs from `start` to `stop`."""

    def __init__(self, folder: Path | None = None, *, log: Path | None = None) -> None:
        """Prepare a private pcscd with its socket in ``folder``; None: the system's, shared.

        What pcscd says goes to ``log`` (None: nowhere).
        """
        self.folder = folder or RUN_FOLDER
        self._private = folder is not None
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def socket_path(self) -> Path:
        """The PC/SC socket, for ``PCSCLITE_CSOCK_NAME``."""
        return self.folder / _SOCKET

    @property
    def pid(self) -> int:
        """The process number, which is also the way into its network namespace."""
        if self._process is None:
            raise ReaderError("reader.pcscd_failed", reason="it was not started")
        return self._process.pid

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, *, detached: bool = False) -> None:
        """Start pcscd and wait until its socket answers.

        ``detached`` gives it a session of its own: it outlives this process. Raises `ReaderError`:
        ``reader.unsupported_system``, ``reader.pcscd_absent``, ``reader.namespace_needed``,
        ``reader.pcscd_failed``.
        """
        if sys.platform != "linux":
            raise ReaderError("reader.unsupported_system", system=sys.platform)
        program = _program()
        other = running_pid(self.folder)
        if other is not None:
            raise ReaderError("reader.pcscd_failed", reason=f"it already runs as process {other}")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        self._remove_leftovers()
        self._launch([program, "--foreground", *_options(program)], detached)
        self._wait_until_it_answers()

    def stop(self) -> None:
        """End pcscd; a second call does nothing."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._remove_leftovers()

    def _launch(self, command: list[str], detached: bool) -> None:
        """Run a command through the launcher; what fails before it runs is reported by a pipe."""
        folder = str(self.folder) if self._private else ""
        ours, theirs = os.pipe()
        try:
            with open(self._log or os.devnull, "ab") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-I", str(_LAUNCHER), str(theirs), folder, *command],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=(theirs,),
                    start_new_session=detached,
                    env={"PATH": os.defpath, "LC_ALL": "C", **self._environment()},
                )
        finally:
            os.close(theirs)
        with open(ours, "rb") as report:
            reason = report.read().decode(errors="replace")
        if reason:
            self.stop()
            raise ReaderError("reader.namespace_needed", reason=reason)

    def _environment(self) -> dict[str, str]:
        """A private pcscd leaves the real readers of the machine to the system's."""
        if not self._private:
            return {}
        drivers = self.folder / "drivers"
        drivers.mkdir(exist_ok=True)
        return {"PCSCLITE_HP_DROPDIR": str(drivers)}

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not answers(self.socket_path):
            status = self._process.poll() if self._process else None
            if status is not None or time.monotonic() > deadline:
                self.stop()
                reason = "no answer in time" if status is None else f"it ended with {status}"
                raise ReaderError("reader.pcscd_failed", reason=reason)
            time.sleep(_PAUSE)

    def _remove_leftovers(self) -> None:
        for name in (_SOCKET, _PID_FILE):
            with suppress(OSError):
                (self.folder / name).unlink()


def answers(path: Path) -> bool:
    """Tell whether somebody takes connections on a PC/SC socket (pcscd, or systemd for it)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe, suppress(OSError):
        probe.connect(str(path))
        return True
    return False


def _program() -> str:
    program = shutil.which("pcscd", path=os.defpath + ":/usr/sbin:/sbin")
    if program is None:
        raise ReaderError("reader.pcscd_absent")
    return program


def _options(program: str) -> list[str]:
    """Return the options this pcscd knows: its own network is guard enough without polkit."""
    known = subprocess.run([program, "--help"], capture_output=True, text=True, check=False)
    text = known.stdout + known.stderr
    return [one for one in ("--disable-polkit", "--info") if one in text]
