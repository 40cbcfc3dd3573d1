# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A cure ends the process that was seen with all its threads, and no later one with its number."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from caducee.base.processes import ProcessFacts, process_facts
from caducee.diagnosis.cures import model
from caducee.diagnosis.cures.model import end_process

FIRST_THREAD_LEAVES = """
import ctypes, signal, threading, time
signal.signal(signal.SIGTERM, lambda *_: ctypes.CDLL(None).pthread_exit(None))
threading.Thread(target=time.sleep, args=(600,)).start()
print("ready", flush=True)
signal.pause()
"""


@contextmanager
def running(script: str) -> Iterator[tuple[subprocess.Popen[bytes], ProcessFacts]]:
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            facts = process_facts(process.pid)
            assert facts is not None
            yield process, facts
        finally:
            process.kill()


def test_a_process_that_dies_thread_by_thread_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(model, "_TIMEOUT", 0.2)
    with running(FIRST_THREAD_LEAVES) as (process, facts):
        end_process(facts)
        assert len(os.listdir(f"/proc/{process.pid}/task")) == 1
        assert process.wait() < 0


@pytest.mark.parametrize("changed", [{"start": 1}, {"user": 65534}, {"command": ("pcscd",)}])
def test_a_later_process_with_the_same_number_gets_no_signal(changed: dict[str, object]) -> None:
    with running("print('ready', flush=True); input()") as (process, facts):
        end_process(replace(facts, **changed))  # type: ignore[arg-type]
        assert process.poll() is None


def test_a_process_that_has_ended_needs_nothing() -> None:
    with running("print('ready', flush=True); input()") as (process, facts):
        process.kill()
        process.wait()
    end_process(facts)
