# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The façade looks for the daemon where `caducee.base.runtime` says."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.native.facade import Facade


@pytest.fixture
def listener(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Listen below the folder of XDG_RUNTIME_DIR; nothing else can be started or found."""
    (tmp_path / "run" / "caducee").mkdir(mode=0o700, parents=True)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.delenv("CADUCEE_CRYPTOLIBD_SOCKET", raising=False)
    monkeypatch.setenv("CADUCEE_CRYPTOLIBD", str(tmp_path / "none"))
    monkeypatch.setenv("CADUCEE_PKCS11_SILENCE_MS", "100")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(tmp_path / "run" / "caducee" / "cryptolibd.sock"))
        made.listen()
        made.setblocking(False)
        yield made


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")
@pytest.mark.parametrize("owner", [0, 65534])
def test_root_finds_a_daemon_in_a_folder_of_its_own_only(
    listener: socket.socket, library: Path, tmp_path: Path, owner: int
) -> None:
    os.chown(tmp_path / "run", owner, owner)
    facade = Facade(library)
    facade.C_Initialize(None)
    facade.close()
    try:
        listener.accept()[0].close()
        found = True
    except BlockingIOError:
        found = False
    assert found == (owner == 0)
