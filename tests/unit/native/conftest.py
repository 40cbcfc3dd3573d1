# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The façade built for this machine, and a daemon that does what a test says."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.native.daemon import FakeDaemon, agree
from tests.unit.native.facade import Facade
from tools import native


@pytest.fixture(scope="session")
def built() -> Path:
    """Return the library of this machine."""
    return native.build(native.host())


@pytest.fixture
def library(built: Path, tmp_path: Path) -> Path:
    """Return a copy of the library, which a process loads apart from every other."""
    return Path(shutil.copy(built, tmp_path))


@pytest.fixture
def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeDaemon]:
    """Start a daemon where the façade looks for one."""
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("CADUCEE_CRYPTOLIBD_SOCKET", str(folder / "cryptolibd.sock"))
    monkeypatch.setenv("CADUCEE_PKCS11_SILENCE_MS", "60000")
    started = FakeDaemon(folder)
    yield started
    started.stop()


@pytest.fixture
def impatient(daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the façade give a silent daemon up after a second."""
    monkeypatch.setenv("CADUCEE_PKCS11_SILENCE_MS", "1000")


@pytest.fixture
def facade(library: Path, daemon: FakeDaemon) -> Iterator[Facade]:
    """Load the façade and initialise it."""
    loaded = Facade(library)
    assert loaded.C_Initialize(None) == 0
    yield loaded
    daemon.script = agree
    loaded.C_Finalize(None)
    loaded.close()
