# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Pointers that a program leaves wild where a call cannot succeed, or needs none, are not followed.

The program (`tests.unit.native.wild`) is a process of its own, which would die.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.native.daemon import FakeDaemon
from tests.unit.native.wild import CALLED

from caducee.codec.pkcs11 import Reply
from caducee.spec.pkcs11 import Ckr

MECHANISMS = 5


@pytest.fixture
def codes(built: Path, daemon: FakeDaemon) -> list[tuple[str, Ckr]]:
    """Return what each call of the program was answered."""
    daemon.script = lambda conversation, call: conversation.send(
        Reply(call.function, Ckr.SESSION_HANDLE_INVALID)
    )
    command = [sys.executable, "-m", "tests.unit.native.wild", str(built)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
    lines = (line.split() for line in done.stdout.splitlines())
    return [(name, Ckr(int(rv))) for name, rv in lines]


def test_no_wild_pointer_is_followed(codes: list[tuple[str, Ckr]], daemon: FakeDaemon) -> None:
    before, rest = codes[: len(CALLED)], codes[len(CALLED) :]
    assert before == [(item.name, Ckr.CRYPTOKI_NOT_INITIALIZED) for item in CALLED]
    assert rest[0] == ("C_Initialize", Ckr.OK)
    expected = [(item.name, Ckr.SESSION_HANDLE_INVALID) for item in CALLED]
    assert rest[1:-1] == expected * MECHANISMS
    assert rest[-1] == ("C_Finalize", Ckr.ARGUMENTS_BAD)
    assert daemon.names == [item.name for item in CALLED] * MECHANISMS
