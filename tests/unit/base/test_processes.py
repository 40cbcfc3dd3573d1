# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from caducee.base.processes import (
    ProcessFacts,
    failure_of,
    process_facts,
    run,
    signal_process,
)


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(["/bin/sleep", "600"]) as made:
        try:
            # The kernel sets a new command line a moment after it has closed the old one's pipe.
            while not Path(f"/proc/{made.pid}/cmdline").read_bytes().rstrip(b"\0"):
                time.sleep(0.01)
            yield made
        finally:
            made.kill()


def facts(of: "subprocess.Popen[bytes]") -> ProcessFacts:
    found = process_facts(of.pid)
    assert found is not None
    return found


def test_a_process_is_known_by_user_start_and_command_line(
    sleeper: "subprocess.Popen[bytes]",
) -> None:
    found = facts(sleeper)
    assert (found.pid, found.user) == (sleeper.pid, os.geteuid())
    assert found.command == ("/bin/sleep", "600")
    assert found.start > 0


def test_the_process_that_was_seen_gets_the_signal(sleeper: "subprocess.Popen[bytes]") -> None:
    assert signal_process(facts(sleeper), signal.SIGTERM)
    assert sleeper.wait() == -signal.SIGTERM


@pytest.mark.parametrize("other", [{"start": 1}, {"user": 4242}, {"command": ("/bin/other",)}])
@pytest.mark.parametrize("descriptor", [True, False])
def test_another_process_of_that_number_gets_no_signal(
    sleeper: "subprocess.Popen[bytes]",
    other: dict[str, object],
    descriptor: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not descriptor:
        monkeypatch.delattr("os.pidfd_open")
    assert not signal_process(replace(facts(sleeper), **other), signal.SIGTERM)  # type: ignore[arg-type]
    assert sleeper.poll() is None


def test_a_process_that_ended_gets_no_signal(sleeper: "subprocess.Popen[bytes]") -> None:
    seen = facts(sleeper)
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)  # it stays a zombie
    assert process_facts(sleeper.pid) is None
    assert not signal_process(seen, signal.SIGTERM)
    sleeper.wait()
    assert not signal_process(seen, signal.SIGTERM)


@pytest.mark.parametrize("pid", [0, -1])
def test_no_number_stands_for_several_processes(pid: int) -> None:
    assert process_facts(pid) is None


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        ("echo out; echo 'a\nlast' >&2; exit 1", "last"),
        ("echo out; exit 1", "out"),
        ("exit 3", "sh: 3"),
        ("echo fine >&2", ""),
    ],
)
def test_a_failure_is_named_by_the_last_line(script: str, failure: str) -> None:
    assert failure_of(run(["/bin/sh", "-c", script], 60)) == failure


def test_a_program_gets_no_input_and_the_given_environment() -> None:
    done = run(["/bin/sh", "-c", "cat; echo $WORD"], 60, {"WORD": "here"})
    assert done.stdout == "here\n"


def test_a_program_that_does_not_end_is_given_up() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run(["/bin/sleep", "600"], 0.05)
