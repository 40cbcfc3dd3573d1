# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Stores that processes share, when one of them or the store itself ends."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.plugins.servers import SHARED_STORES
from tests.unit.store.conftest import NOW

from caducee.base.clock import FixedClock
from caducee.base.errors import ConfigError, StateError
from caducee.store import Store, open_store
from caducee.testing.postgresql import TemporaryPostgres
from caducee.testing.valkey import TemporaryValkey

TAKER = """
import datetime as dt, sys
from caducee.base.clock import FixedClock
from caducee.store import open_store
store = open_store(sys.argv[1], FixedClock(dt.datetime.fromisoformat(sys.argv[2])))
for number in range(10_000):
    assert store.take(f"code:{number}") == b"1"
    print(number, flush=True)
"""


@pytest.mark.parametrize("store_url", SHARED_STORES, indirect=True)
def test_processes_share_a_store(store: Store, processes: Callable[[], Store]) -> None:
    store.put("a", b"1", 60)
    other = processes()
    assert other.get("a") == b"1" and not other.put("a", b"2", 60)
    assert other.take("a") == b"1" and store.take("a") is None
    assert store.count("c", 60) == 1 and other.count("c", 60) == 2


@pytest.mark.parametrize("store_url", SHARED_STORES, indirect=True)
def test_what_a_killed_process_took_stays_taken(store: Store, store_url: str) -> None:
    for number in range(400):
        store.put(f"code:{number}", b"1", 600)
    command = [sys.executable, "-c", TAKER, store_url, NOW.isoformat()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as taker:
        assert taker.stdout is not None
        for line in taker.stdout:
            if int(line) >= 50:
                break
        os.kill(taker.pid, signal.SIGKILL)
        reported = int((taker.stdout.read().split() or [line])[-1])
    for number in range(reported + 1):
        assert store.get(f"code:{number}") is None, number
    # The one under way when it was killed may be gone or not; those after it are there.
    assert store.take(f"code:{reported + 2}") == b"1"


@pytest.mark.system
def test_what_was_taken_before_valkey_was_killed_stays_taken(clock: FixedClock) -> None:
    with TemporaryValkey() as server, open_store(server.url(), clock) as store:
        store.put("taken", b"1", 600)
        store.put("kept", b"1", 600)
        assert store.take("taken") == b"1"
        server.restart()
        assert store.take("taken") is None and store.take("kept") == b"1"


@pytest.mark.system
def test_what_was_taken_before_postgresql_was_killed_stays_taken(clock: FixedClock) -> None:
    with TemporaryPostgres() as server, open_store(server.url(), clock) as store:
        store.put("taken", b"1", 600)
        store.put("kept", b"1", 600)
        assert store.take("taken") == b"1"
        server.restart()
        assert store.take("taken") is None and store.take("kept") == b"1"


@pytest.mark.system
def test_a_store_whose_server_ended_is_an_error_that_quotes_nothing(clock: FixedClock) -> None:
    with TemporaryValkey() as server, open_store(server.url(), clock) as store:
        server.stop()
        calls: list[Callable[[], object]] = [
            lambda: store.put("key-of-somebody", b"secret", 60),
            lambda: store.get("key-of-somebody"),
            lambda: store.take("key-of-somebody"),
            lambda: store.replace("key-of-somebody", b"secret", b"other", 60),
            lambda: store.expire("key-of-somebody", 60),
            lambda: store.count("key-of-somebody", 60),
        ]
        for call in calls:
            with pytest.raises(StateError) as caught:
                call()
            assert caught.value.code == "store.unavailable"
            assert "somebody" not in str(caught.value) and "secret" not in str(caught.value)
        server.restart()
        assert store.put("key-of-somebody", b"secret", 60)


def test_a_sqlite_store_is_read_by_its_owner_alone(tmp_path: Path, clock: FixedClock) -> None:
    path = tmp_path / "state.db"
    with open_store(f"sqlite:///{path}", clock) as store:
        store.put("a", b"1", 60)
        for file in tmp_path.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_a_file_that_is_no_database_is_an_error(tmp_path: Path, clock: FixedClock) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(StateError, match=r"store\.unavailable"):
        open_store(f"sqlite:///{path}", clock)
    assert path.read_bytes() == b"not a database" * 1000
    with pytest.raises(StateError, match=r"store\.unavailable"):
        open_store(f"sqlite:///{tmp_path}/absent/state.db", clock)


@pytest.mark.parametrize("url", ["", "state.db", "mysql://host/name", "http://host"])
def test_a_url_of_another_kind_is_refused(url: str, clock: FixedClock) -> None:
    with pytest.raises(ConfigError, match=r"store\.url_unknown"):
        open_store(url, clock)
