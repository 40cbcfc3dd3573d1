# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Log out of everything, over the daemon's socket."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.unit.middleware.daemon.conftest import Daemon

from caducee.base.errors import StateError
from caducee.codec.pkcs11 import Frame
from caducee.middleware.daemon.logins import log_out
from caducee.spec.pkcs11.returns import Ckr
from caducee.spec.pkcs11.wire import DesktopKind


def test_every_login_is_ended_and_counted(daemon: Daemon) -> None:
    daemon.engine.logins = 3
    assert log_out(daemon.path) == 3
    assert log_out(daemon.path) == 0


def test_programs_go_on_undisturbed(daemon: Daemon) -> None:
    client = daemon.client()
    log_out(daemon.path)
    assert client.call("C_GetInfo").rv == Ckr.OK


def test_without_a_daemon_nobody_is_logged_in(tmp_path: Path) -> None:
    assert log_out(tmp_path / "cryptolibd.sock") is None


def test_a_program_cannot_ask_it_after_it_has_begun(daemon: Daemon) -> None:
    daemon.engine.logins = 1
    client = daemon.client()
    client.send(Frame(DesktopKind.LOG_OUT, 0))
    with pytest.raises(EOFError):
        client.frame()
    assert daemon.engine.logins == 1


@contextmanager
def answering(path: Path, answer: bytes) -> Iterator[None]:
    """A daemon that answers what it likes."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def run() -> None:
            link, _ = listener.accept()
            with link:
                link.recv(64)
                link.sendall(answer)

        thread = threading.Thread(target=run)
        thread.start()
        yield
        thread.join()


@pytest.mark.parametrize(
    "answer", [b"", Frame(2, 0).to_bytes(), b"\xff" * 20, Frame(65, 1).to_bytes()[:-1]]
)
def test_a_daemon_that_does_not_do_it_is_reported(tmp_path: Path, answer: bytes) -> None:
    path = tmp_path / "d.sock"
    with answering(path, answer), pytest.raises(StateError) as caught:
        log_out(path)
    assert caught.value.code == "daemon.not_logged_out"
