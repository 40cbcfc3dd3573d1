# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The units of the user's service manager, judged by systemd; a daemon that systemd starts."""

import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.unit.middleware.daemon.fakes import Client, until

from caducee.middleware.daemon.endpoint import listening
from caducee.spec.pkcs11.returns import Ckr
from caducee.testing.cryptolib import CryptolibPlace

UNITS = Path(__file__).parents[2] / "packaging" / "systemd"

pytestmark = pytest.mark.system


def test_systemd_finds_no_fault_in_the_units(tmp_path: Path) -> None:
    program = tmp_path / "caducee"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for unit in UNITS.iterdir():
        text = unit.read_text().replace("/usr/bin/caducee", str(program))
        (tmp_path / unit.name).write_text(text)
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    judge = shutil.which("systemd-analyze")
    assert judge
    names = [str(tmp_path / path.name) for path in sorted(UNITS.iterdir())]
    done = subprocess.run(
        [judge, "verify", "--user", *names],
        env=os.environ | {"XDG_RUNTIME_DIR": str(runtime), "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_socket_is_where_programs_look_for_it() -> None:
    text = (UNITS / "caducee-cryptolibd.socket").read_text()
    assert "ListenStream=%t/caducee/cryptolibd.sock\n" in text


def test_systemd_hands_its_socket_to_the_daemon(cryptolib_place: CryptolibPlace) -> None:
    place = cryptolib_place
    activate = shutil.which("systemd-socket-activate")
    assert activate
    names = [f"--setenv={name}={value}" for name, value in place.variables.items()]
    command = [activate, f"--listen={place.socket}", *names]
    command += [sys.executable, "-m", "caducee", "cryptolibd"]
    manager = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: listening(place.socket))  # who knocks first starts the daemon
        inode = place.socket.stat().st_ino
        for _ in range(2):
            with closing(Client(place.socket)) as client:
                assert client.call("C_GetInfo").rv == Ckr.OK
    finally:
        manager.terminate()
        _, said = manager.communicate(timeout=30)
    assert "Execing" in said, said
    assert place.socket.stat().st_ino == inode, "the socket is systemd's, and stays"
