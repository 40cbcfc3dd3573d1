# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Who connects, as the system reports it."""

import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from caducee.base.errors import CpsError, ReaderError
from caducee.middleware.daemon.peers import Claims, Peer, peer_of


class Fake:
    """A socket that says who connected."""

    family = socket.AF_UNIX

    def __init__(self, pid: int, uid: int) -> None:
        self.said = struct.pack("=iII", pid, uid, 0)

    def getsockopt(self, *_: int) -> bytes:
        return self.said


def test_the_peer_is_this_process() -> None:
    here, there = socket.socketpair()
    with here, there:
        found = peer_of(there)
    assert found.pid == os.getpid()
    assert found.start > 0
    assert Path(found.program) == Path(sys.executable).resolve()
    assert found.is_named(os.getpid())


def test_a_number_that_is_used_again_has_another_start() -> None:
    start = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    here, there = socket.socketpair()
    with here, there:
        assert peer_of(there).start == start
    with subprocess.Popen(["sleep", "60"]) as other:
        text = Path(f"/proc/{other.pid}/stat").read_text()
        assert int(text.rpartition(")")[2].split()[19]) >= start
        other.kill()


@pytest.mark.parametrize(
    ("pid", "uid", "code"),
    [
        (5, os.geteuid() + 1, "daemon.peer_refused"),
        (0, os.geteuid(), "daemon.peer_unknown"),
    ],
)
def test_who_may_not_is_refused(pid: int, uid: int, code: str) -> None:
    with pytest.raises(CpsError) as caught:
        peer_of(Fake(pid, uid))  # type: ignore[arg-type]
    assert caught.value.code == code


def test_a_process_that_is_gone_has_no_start(tmp_path: Path) -> None:
    found = peer_of(Fake(77, os.geteuid()), tmp_path)  # type: ignore[arg-type]
    assert found == Peer(77, 0, "", 0)


def test_a_name_of_a_program_that_plays_with_brackets_is_read(tmp_path: Path) -> None:
    (tmp_path / "77").mkdir()
    fields = " ".join(str(n) for n in range(4, 53))
    (tmp_path / "77" / "stat").write_text(f"77 (a) S 1) S {fields}")
    assert peer_of(Fake(77, os.geteuid()), tmp_path).start == 22  # type: ignore[arg-type]


def test_a_process_in_a_name_space_may_use_its_own_number(tmp_path: Path) -> None:
    (tmp_path / "77").mkdir()
    (tmp_path / "77" / "status").write_text("Name:\tx\nNSpid:\t77\t2\n")
    found = peer_of(Fake(77, os.geteuid()), tmp_path)  # type: ignore[arg-type]
    assert found.is_named(2) and found.is_named(77) and not found.is_named(1)


def test_an_id_belongs_to_the_process_that_came_first() -> None:
    claims, first = Claims(), Peer(10, 1)
    assert claims.claim(b"id", first, 10)
    assert not claims.claim(b"id", first, 10)
    for other in (Peer(11, 1), Peer(10, 2)):
        with pytest.raises(ReaderError, match=r"daemon\.identity_claimed"):
            claims.claim(b"id", other, other.pid)
    claims.drop(b"id")
    assert claims.claim(b"id", Peer(11, 1), 11)
    assert len(claims) == 1
