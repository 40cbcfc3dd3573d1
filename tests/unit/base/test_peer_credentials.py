# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Who is at the other end of an AF_UNIX connection."""

import os
import socket
import struct

import pytest

from caducee.base.peer_credentials import PeerCredentials, peer_credentials


class Reported:
    """A socket whose kernel reports what the test says."""

    family = socket.AF_UNIX

    def getsockopt(self, *_: int) -> bytes:
        return struct.pack("=iII", 77, 0xFFFF_FFFE, 3)


def test_the_peer_of_a_pair_is_this_process() -> None:
    here, there = socket.socketpair()
    with here, there:
        assert peer_credentials(there) == (os.getpid(), os.geteuid(), os.getegid())


def test_a_high_user_id_is_not_negative() -> None:
    found = peer_credentials(Reported())  # type: ignore[arg-type]
    assert found == PeerCredentials(77, 0xFFFF_FFFE, 3)


def test_a_network_connection_has_no_credentials() -> None:
    with socket.socket(socket.AF_INET) as link:
        assert peer_credentials(link) is None


def test_a_system_without_the_option_reports_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "SO_PEERCRED")
    here, there = socket.socketpair()
    with here, there:
        assert peer_credentials(there) is None


def test_a_closed_connection_is_an_error() -> None:
    here, there = socket.socketpair()
    here.close()
    there.close()
    with pytest.raises(OSError):
        peer_credentials(there)
