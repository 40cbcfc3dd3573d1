# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether somebody serves at a socket."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from caducee.middleware.daemon.endpoint import bind, listening

SERVES_AND_LEAVES_A_CHILD = """
import os, socket, sys, time
one = socket.socket(socket.AF_UNIX)
one.bind(sys.argv[1])
one.listen()
child = os.fork()
if child:
    print(child, flush=True)
time.sleep(600)
"""


def test_a_socket_with_somebody_behind_it_listens(tmp_path: Path) -> None:
    assert not listening(tmp_path / "a.sock")
    with bind(tmp_path / "a.sock"):
        assert listening(tmp_path / "a.sock")
    assert not listening(tmp_path / "a.sock")


def test_a_socket_of_a_dead_process_takes_connections_and_does_not_listen(tmp_path: Path) -> None:
    path = tmp_path / "b.sock"
    # A child that holds the socket stands for the threads that a killed process ends with.
    command = [sys.executable, "-c", SERVES_AND_LEAVES_A_CHILD, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as made:
        assert made.stdout is not None
        child = int(made.stdout.readline())
        try:
            assert listening(path)
            made.kill()
            os.waitid(os.P_PID, made.pid, os.WEXITED | os.WNOWAIT)
            with socket.socket(socket.AF_UNIX) as taken:
                taken.connect(str(path))
            assert not listening(path)
        finally:
            os.kill(child, signal.SIGKILL)
