# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Refused connections fill no log."""

import logging
from pathlib import Path

import pytest
from tests.unit.middleware.daemon.conftest import running

from caducee.base.errors import ReaderError
from caducee.middleware.daemon.peers import Peer
from caducee.middleware.daemon.refusal_log import RefusalLog
from caducee.middleware.daemon.settings import Limits
from caducee.spec.pkcs11.returns import Ckr


def test_many_refusals_are_one_line_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    refusals = RefusalLog(logging.getLogger("noise"), lambda: now[0])
    for _ in range(1000):
        refusals.note(ReaderError("daemon.too_many", pid=7, count=128))
    assert len(caplog.records) == 1
    now[0] = 61.0
    refusals.note(ReaderError("daemon.too_many", pid=7, count=128))
    assert len(caplog.records) == 2
    assert "999" in caplog.text


def test_processes_that_open_very_many_connections_keep_no_other_out(place: Path) -> None:
    """Eight processes take all that they get; a ninth still gets in, and a call through."""
    pids = [1 + number // 20 for number in range(160)] + [99]
    peers = iter(pids)
    limits = Limits(connections=60, connections_per_program=20, applications_per_process=100)
    with running(place, limits=limits, credentials=lambda _: Peer(next(peers), 1)) as daemon:
        refused = 0
        for pid in pids[:-1]:
            try:
                daemon.client(pid=pid)
            except EOFError:
                refused += 1
        assert refused
        assert daemon.client(pid=99).call("C_GetInfo").rv == Ckr.OK
