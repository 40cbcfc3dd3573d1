# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The daemon as a process: begin, end, kill, stop, activation, settings, other users."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.middleware.daemon.fakes import Client, until

from caducee.middleware.daemon.endpoint import listening
from caducee.spec.pkcs11.returns import Ckr

ROOT = Path(__file__).parents[4]
NO_PCSC = "[readers]\npcsc = false\n"


class Processes:
    """Daemons of a test, all of one place."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "run" / "caducee" / "cryptolibd.sock"
        self.settings = folder / "cryptolib.toml"
        self.settings.write_text(NO_PCSC)
        self.started: list[subprocess.Popen[str]] = []
        (folder / "run").mkdir(mode=0o700)

    def environment(self) -> dict[str, str]:
        keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        mine = {
            "XDG_RUNTIME_DIR": str(self.folder / "run"),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "CADUCEE_CRYPTOLIB_CONFIG": str(self.settings),
            "PYTHONPATH": str(ROOT),
            "LANGUAGE": "en",
        }
        return keep | mine

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        module = "tests.unit.middleware.daemon.fake_process"
        made = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env=self.environment() | environment,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self.started.append(made)
        return made

    def up(self) -> subprocess.Popen[str]:
        made = self.start()
        until(lambda: listening(self.socket) or made.poll() is not None)
        assert made.poll() is None, made.communicate()
        return made

    def client(self) -> Client:
        return Client(self.socket)


@pytest.fixture
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    made = Processes(tmp_path_factory.mktemp("p"))
    yield made
    for item in made.started:
        if item.poll() is None:
            item.send_signal(signal.SIGCONT)
            item.kill()
        item.communicate()


def said(process: subprocess.Popen[str]) -> str:
    return process.communicate(timeout=30)[1]


def test_it_serves_until_sigterm_and_leaves_no_socket(processes: Processes) -> None:
    daemon, client = processes.up(), processes.client()
    assert client.call("C_GetInfo").rv == Ckr.OK
    assert processes.socket.stat().st_mode & 0o777 == 0o600
    assert processes.socket.parent.stat().st_mode & 0o777 == 0o700
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(20) == 0
    assert said(daemon) == ""
    assert not processes.socket.exists()
    client.close()


def test_sigterm_ends_it_also_while_a_card_hangs(processes: Processes) -> None:
    daemon, client = processes.up(), processes.client()
    client.begin("C_GetSlotInfo", slot=9)
    time.sleep(0.1)
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(20) == 0
    client.close()


def test_of_daemons_that_start_at_once_one_stays(processes: Processes) -> None:
    daemons = [processes.start() for _ in range(5)]
    until(lambda: sum(item.poll() is not None for item in daemons) == 4)
    (stays,) = [item for item in daemons if item.poll() is None]
    client = processes.client()
    assert client.call("C_GetInfo").rv == Ckr.OK
    client.close()
    for daemon in daemons:
        if daemon is not stays:
            assert daemon.returncode == 0
            assert "daemon.running" in said(daemon)


def test_one_that_was_killed_makes_room_for_the_next(processes: Processes) -> None:
    daemon, client = processes.up(), processes.client()
    client.begin("C_GetSlotInfo", slot=9)
    daemon.kill()
    with pytest.raises(EOFError):
        client.end("C_GetSlotInfo")
    client.close()
    assert processes.socket.exists()
    daemon.wait(20)
    processes.up()
    client = processes.client()
    assert client.call("C_GetInfo").rv == Ckr.OK
    client.close()


def test_one_that_is_stopped_in_mid_call_goes_on_where_it_was(processes: Processes) -> None:
    daemon, client = processes.up(), processes.client()
    daemon.send_signal(signal.SIGSTOP)
    client.begin("C_GetInfo")
    client.stream.settimeout(0.3)
    with pytest.raises(TimeoutError):
        client.frame()
    daemon.send_signal(signal.SIGCONT)
    client.stream.settimeout(20)
    assert client.end("C_GetInfo").rv == Ckr.OK
    client.close()


def test_one_that_starts_while_another_ends_waits_for_it(processes: Processes) -> None:
    first = processes.up()
    processes.socket.unlink()  # what an end does first
    second = processes.start()
    time.sleep(0.3)
    assert second.poll() is None
    first.send_signal(signal.SIGTERM)
    until(lambda: listening(processes.socket))
    assert second.poll() is None


def test_it_takes_a_socket_that_the_system_hands_over(processes: Processes) -> None:
    place = processes.folder / "handed.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(place))
        listener.listen()
        code = (
            "import os, sys; os.dup2(int(sys.argv[1]), 3); os.set_inheritable(3, True);"
            "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1');"
            "os.execv(sys.executable, [sys.executable, '-m', sys.argv[2]])"
        )
        module = "tests.unit.middleware.daemon.fake_process"
        daemon = subprocess.Popen(
            [sys.executable, "-c", code, str(listener.fileno()), module],
            env=processes.environment(),
            pass_fds=[listener.fileno()],
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        processes.started.append(daemon)
        client = Client(place)  # it waits in the backlog until the daemon is there
        assert client.call("C_GetInfo").rv == Ckr.OK
        client.close()
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(20) == 0
    assert place.exists()
    assert not processes.socket.exists()


@pytest.mark.parametrize(
    "text",
    [
        b"[limits\n\xff",
        b"a = " + b"[" * 20_000,
        b"a = " + b"9" * 5_000,
        b"\x00",
    ],
    ids=["no text", "nested", "a long number", "a zero"],
)
def test_a_damaged_configuration_is_survived_and_said(processes: Processes, text: bytes) -> None:
    processes.settings.write_bytes(text)
    daemon, client = processes.up(), processes.client()
    assert client.call("C_GetInfo").rv == Ckr.OK
    client.close()
    daemon.send_signal(signal.SIGTERM)
    assert "daemon.settings_unusable" in said(daemon)


def test_an_unknown_key_of_the_configuration_is_named(processes: Processes) -> None:
    processes.settings.write_text(NO_PCSC + "\n[limits]\nconections = 3\n")
    daemon = processes.up()
    daemon.send_signal(signal.SIGTERM)
    assert "conections" in said(daemon)


def test_sighup_takes_the_settings_of_the_trace_anew(processes: Processes) -> None:
    daemon, client = processes.up(), processes.client()
    client.call("C_GetInfo")
    assert not list(processes.folder.rglob("*.jsonl"))
    processes.settings.write_text(NO_PCSC + '[trace]\nlevel = "calls"\n')
    daemon.send_signal(signal.SIGHUP)

    def written() -> bool:
        client.call("C_GetInfo")
        return bool(list(processes.folder.rglob("daemon-*.jsonl")))

    until(written)
    client.close()


@pytest.mark.parametrize("how", ["open to others", "a link", "a file"])
def test_a_folder_that_others_could_use_is_refused(processes: Processes, how: str) -> None:
    folder = processes.socket.parent
    if how == "open to others":
        folder.mkdir()
        folder.chmod(0o755)
    elif how == "a link":
        folder.symlink_to(processes.folder)
    else:
        folder.write_text("")
    daemon = processes.start()
    assert daemon.wait(20) == 1
    assert "base.folder_unsafe" in said(daemon)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_reaches_nothing_even_through_an_open_socket(processes: Processes) -> None:
    daemon = processes.up()
    for place in (processes.folder, processes.folder / "run", processes.socket.parent):
        place.chmod(0o755)
    for parent in list(processes.folder.parents)[:-1]:
        if parent.stat().st_uid == 0 and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    processes.socket.chmod(0o666)
    code = (
        "import os, socket, sys; os.setuid(65534);"
        "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
        "s.sendall(bytes(64)); print(len(s.recv(100)))"
    )
    reported = subprocess.run(
        [sys.executable, "-c", code, str(processes.socket)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert reported.stdout in ("0\n", ""), reported
    daemon.send_signal(signal.SIGTERM)
    assert "daemon.peer_refused" in said(daemon)


def test_eight_programs_take_bounded_memory(processes: Processes) -> None:
    def resident() -> int:
        text = Path(f"/proc/{daemon.pid}/status").read_text()
        (line,) = [item for item in text.splitlines() if item.startswith("VmRSS:")]
        return int(line.split()[1])

    daemon = processes.up()
    before = resident()
    clients = [processes.client() for _ in range(8)]
    for _ in range(200):
        for client in clients:
            assert client.call("C_GetInfo").rv == Ckr.OK
    assert resident() - before < 16 * 1024
    for client in clients:
        client.close()
