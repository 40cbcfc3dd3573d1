# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A process that a cure ends is gone with all its threads before anything goes on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from caducee.diagnosis.cures import model
from caducee.diagnosis.cures.model import end_process

FIRST_THREAD_LEAVES = """
import ctypes, signal, threading, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
threading.Thread(target=time.sleep, args=(600,)).start()
print("ready", flush=True)
ctypes.CDLL(None).pthread_exit(None)
"""


def test_a_process_that_dies_thread_by_thread_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(model, "_PATIENCE", 0.2)
    command = [sys.executable, "-c", FIRST_THREAD_LEAVES]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as made:
        assert made.stdout is not None
        made.stdout.readline()
        proc = Path(f"/proc/{made.pid}")
        while ") Z " not in (proc / "stat").read_text():
            os.sched_yield()
        assert len(os.listdir(proc / "task")) > 1
        end_process(made.pid)
        assert len(os.listdir(proc / "task")) == 1
