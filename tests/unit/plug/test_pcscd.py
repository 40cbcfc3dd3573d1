# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How pcscd is found and started, without one."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from caducee.base.errors import ReaderError
from caducee.virtualcard.plug import pcscd
from caducee.virtualcard.plug.pcscd import (
    RUN_FOLDER,
    SOCKET_VARIABLE,
    Pcscd,
    answers,
    chosen_folder,
    private_service,
    running_pid,
    stop_detached,
)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in the place of pcscd, which a test writes; it runs without a namespace."""
    made = tmp_path / "pcscd"
    launcher = tmp_path / "launcher.py"
    launcher.write_text(
        "import os, sys; os.close(int(sys.argv[1])); os.execv(sys.argv[4], sys.argv[4:])"
    )
    monkeypatch.setattr(pcscd, "_LAUNCHER", launcher)
    monkeypatch.setattr(pcscd, "_program", lambda: str(made))
    write(made, "import sys; sys.exit(7)")
    return made


def write(program: Path, body: str) -> None:
    program.write_text(f"#!{sys.executable}\n{body}\n")
    program.chmod(0o755)


def test_the_folder_is_the_systems_unless_a_variable_names_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(SOCKET_VARIABLE, raising=False)
    assert chosen_folder() == RUN_FOLDER
    monkeypatch.setenv(SOCKET_VARIABLE, "/tmp/mine/pcscd.comm")
    assert chosen_folder() == Path("/tmp/mine")


@pytest.mark.parametrize("content", [None, "", "no number", "1\n", "999999999\n"])
def test_a_file_that_names_no_pcscd_counts_for_nothing(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "pcscd.pid").write_text(content)
    assert running_pid(tmp_path) is None
    assert stop_detached(tmp_path) is False


def test_a_running_pcscd_is_found_by_its_file_and_a_dead_one_is_not(tmp_path: Path) -> None:
    program = tmp_path / "pcscd"
    program.symlink_to("/bin/sleep")
    process = subprocess.Popen([str(program), "60"])
    (tmp_path / "pcscd.pid").write_text(f"{process.pid}\n\0")
    assert running_pid(tmp_path) == process.pid
    process.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and nobody has noticed
    assert running_pid(tmp_path) is None
    process.wait()


def test_a_socket_answers_when_somebody_listens(short_folder: Path) -> None:
    place = short_folder / "pcscd.comm"
    assert not answers(place)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place))
        assert not answers(place)
        listener.listen()
        assert answers(place)


def test_a_program_that_ends_at_once_is_reported(program: Path, tmp_path: Path) -> None:
    with pytest.raises(ReaderError) as caught:
        Pcscd(tmp_path / "run").start()
    assert caught.value.code == "reader.pcscd_failed"
    assert "7" in str(caught.value.facts["reason"])


def test_a_program_that_never_answers_is_ended_in_bounded_time(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(program, "import time; time.sleep(60)")
    monkeypatch.setattr(pcscd, "_HELP_SECONDS", 0.05)
    monkeypatch.setattr(pcscd, "_START_SECONDS", 0.05)
    with pytest.raises(ReaderError) as caught:
        Pcscd(tmp_path / "run").start()
    assert caught.value.facts["reason"] == "no answer in time"


def test_a_program_that_ignores_the_end_is_killed(
    program: Path, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        program,
        "import signal, socket, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "listener = socket.socket(socket.AF_UNIX)\n"
        f"listener.bind({str(short_folder / 'pcscd.comm')!r})\n"
        "listener.listen()\n"
        "time.sleep(60)",
    )
    monkeypatch.setattr(pcscd, "_options", lambda program: [])
    monkeypatch.setattr(pcscd, "_STOP_SECONDS", 0.05)
    with Pcscd(short_folder) as service:
        pid = service.pid
    assert not Path(f"/proc/{pid}").exists()
    service.stop()


def test_a_machine_that_forbids_namespaces_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher = tmp_path / "launcher.py"
    launcher.write_text(
        "import os, sys; os.write(int(sys.argv[1]), b'Operation not permitted'); sys.exit(1)"
    )
    monkeypatch.setattr(pcscd, "_LAUNCHER", launcher)
    monkeypatch.setattr(pcscd, "_program", lambda: "/bin/true")
    with pytest.raises(ReaderError) as caught:
        Pcscd(tmp_path / "run").start()
    assert caught.value.code == "reader.namespace_needed"
    assert caught.value.facts["reason"] == "Operation not permitted"


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path, program: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReaderError) as caught:
        Pcscd(tmp_path / "file" / "run").start()
    assert caught.value.code == "reader.namespace_needed"


def test_a_missing_program_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name, path: None)
    with pytest.raises(ReaderError) as caught:
        Pcscd(Path("/nowhere")).start()
    assert caught.value.code == "reader.pcscd_absent"


def test_another_system_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(ReaderError) as caught:
        Pcscd(Path("/nowhere")).start()
    assert caught.value.code == "reader.unsupported_system"


def test_a_second_pcscd_for_a_folder_is_refused(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pcscd, "running_pid", lambda folder: 4711)
    with pytest.raises(ReaderError) as caught:
        Pcscd(tmp_path).start()
    assert "4711" in str(caught.value.facts["reason"])


def test_one_that_was_not_started_has_no_number() -> None:
    with pytest.raises(ReaderError):
        _ = Pcscd().pid


def test_the_private_service_of_the_environment_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SOCKET_VARIABLE, str(tmp_path / "pcscd.comm"))
    with private_service() as folder:
        assert folder == tmp_path
    assert os.environ[SOCKET_VARIABLE] == str(tmp_path / "pcscd.comm")


def test_a_private_service_that_fails_leaves_nothing_behind(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    monkeypatch.delenv(SOCKET_VARIABLE, raising=False)

    def folder(prefix: str) -> str:
        made.append(str(program.parent / "private"))
        os.mkdir(made[0])
        return made[0]

    monkeypatch.setattr("tempfile.mkdtemp", folder)
    with pytest.raises(ReaderError), private_service():
        pass
    assert not os.path.exists(made[0])
    assert SOCKET_VARIABLE not in os.environ
