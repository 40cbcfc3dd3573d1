# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Starts pcscd in a network of its own, so that vpcd's ports cannot be reached from outside.

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
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from caducee.base.errors import ReaderError
from caducee.base.processes import process_facts, signal_process
from caducee.virtualcard.plug import network

__all__ = [
    "RUN_FOLDER",
    "SOCKET_VARIABLE",
    "Pcscd",
    "answers",
    "chosen_folder",
    "private_service",
    "running_pid",
    "socket_in",
    "stop_detached",
]

RUN_FOLDER = Path("/run/pcscd")
"""Where pcscd keeps its socket and its process number (fixed when it is built)."""

SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"
"""The environment variable by which programs find the socket of a private pcscd."""

_LAUNCHER = Path(__file__).with_name("launcher.py")
_SOCKET = "pcscd.comm"
_PID_FILE = "pcscd.pid"
_START_SECONDS = 10.0
_HELP_SECONDS = 5.0
_STOP_SECONDS = 5.0
_PAUSE = 0.01

_DETACHED: list[subprocess.Popen[bytes]] = []
"""Kept, for a process object that is forgotten while its process runs complains."""


def chosen_folder() -> Path:
    """Return the folder of the pcscd that programs reach from here.

    The system's, or that of the socket named by the environment variable ``PCSCLITE_CSOCK_NAME``.
    """
    name = os.environ.get(SOCKET_VARIABLE)
    return Path(name).parent if name else RUN_FOLDER


def socket_in(folder: Path) -> Path:
    """Return the PC/SC socket of the pcscd whose files are in a folder."""
    return folder / _SOCKET


def stop_detached(folder: Path = RUN_FOLDER) -> bool:
    """End the pcscd of a folder if it runs in a network of its own, as ours do; tell whether."""
    pid = running_pid(folder)
    seen = process_facts(pid) if pid is not None else None
    if seen is None or seen.user != os.geteuid() or network.same_network(seen.pid):
        return False
    if not signal_process(seen, signal.SIGTERM):
        return False
    deadline = time.monotonic() + _STOP_SECONDS
    while running_pid(folder) == pid and time.monotonic() < deadline:
        time.sleep(_PAUSE)
    return running_pid(folder) != pid


def running_pid(folder: Path = RUN_FOLDER) -> int | None:
    """Return the process number of the pcscd that serves a folder, None when none runs."""
    with suppress(OSError, ValueError):
        pid = int((folder / _PID_FILE).read_text().strip("\0\n "))
        if _is_pcscd(Path(f"/proc/{pid}")):
            return pid
    return _search() if folder == RUN_FOLDER else None


def _is_pcscd(process: Path) -> bool:
    """Tell whether a process is a running pcscd, not a zombie."""
    name, _, rest = (process / "stat").read_text().rpartition(")")
    return name.endswith("(pcscd") and rest.split()[0] not in "ZX"


def _search() -> int | None:
    """Find a pcscd without a file of its own (systemd starts it so) in our mount namespace."""
    ours = os.stat("/proc/self/ns/mnt").st_ino
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        with suppress(OSError):
            if _is_pcscd(entry) and (entry / "ns/mnt").stat().st_ino == ours:
                return int(entry.name)
    return None


@contextmanager
def private_service(log: Path | None = None) -> Iterator[Path]:
    """Yield the folder of a pcscd that is for this process and its children.

    It is the one that ``PCSCLITE_CSOCK_NAME`` names already, or else a private one, which lives as
    long as the block, with the variable set. The PC/SC library reads the variable once per process,
    so the first use of PC/SC must come after this.
    """
    if os.environ.get(SOCKET_VARIABLE):
        yield chosen_folder()
        return
    folder = Path(tempfile.mkdtemp(prefix="caducee-pcscd-"))
    try:
        with Pcscd(folder, log=log) as service:
            os.environ[SOCKET_VARIABLE] = str(service.socket_path)
            yield folder
    finally:
        os.environ.pop(SOCKET_VARIABLE, None)
        shutil.rmtree(folder, ignore_errors=True)


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
        return socket_in(self.folder)

    @property
    def pid(self) -> int:
        """The process number, which is also the way into its network namespace."""
        if self._process is None:
            raise ReaderError("reader.pcscd_failed", reason="it was not started")
        return self._process.pid

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, *, detached: bool = False) -> None:
        """Start pcscd and wait until its socket answers.

        ``detached`` gives it a session of its own: it outlives this process. Otherwise it ends
        with this process, also when that is killed, if the main thread starts it. Raises
        `ReaderError`: ``reader.unsupported_system``, ``reader.pcscd_absent``,
        ``reader.namespace_needed``, ``reader.pcscd_failed``.
        """
        if sys.platform != "linux":
            raise ReaderError("reader.unsupported_system", system=sys.platform)
        program = _program()
        other = running_pid(self.folder)
        if other is not None:
            raise ReaderError("reader.pcscd_failed", reason=f"it already runs as process {other}")
        self._make_folder()
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

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.folder.chmod(0o755)
        except OSError as error:
            raise ReaderError("reader.namespace_needed", reason=error) from error

    def _launch(self, command: list[str], detached: bool) -> None:
        """Run a command through the launcher; what fails before it runs is reported by a pipe."""
        folder = str(self.folder) if self._private else ""
        in_main = threading.current_thread() is threading.main_thread()
        life = "bound" if in_main and not detached else "free"
        ours, theirs = os.pipe()
        try:
            with open(self._log or os.devnull, "ab") as log:
                self._process = process = subprocess.Popen(
                    [sys.executable, "-I", str(_LAUNCHER), str(theirs), folder, life, *command],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=(theirs,),
                    start_new_session=detached,
                    env={"PATH": os.defpath, "LC_ALL": "C", **self._environment()},
                )
        finally:
            os.close(theirs)
        if detached:
            _DETACHED.append(process)
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
    """Tell whether a process accepts connections on a PC/SC socket (pcscd, or systemd for it)."""
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
    command = [program, "--help"]
    try:
        help_ = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_HELP_SECONDS
        )
    except subprocess.TimeoutExpired:
        return []
    known = help_.stdout + help_.stderr
    return [name for name in ("--disable-polkit", "--info") if name in known]


def main() -> None:
    """Start the system's pcscd in a network of its own and leave it running (root)."""
    try:
        Pcscd().start(detached=True)
    except ReaderError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
