# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Several processes answer for one address."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from caducee.base.errors import ConfigError, DirectoryError
from caducee.base.secret import Secret
from caducee.codec.ldap import filters
from caducee.codec.ldap.operations import SearchRequest
from caducee.directory.ldap.client import DirectoryClient, LdapLimits
from caducee.directory.ldap.options import LdapOptions
from caducee.directory.ldap.publication import CONTEXT, entries
from caducee.directory.ldap.server import LdapAddresses
from caducee.directory.ldap.store import EntryStore
from caducee.directory.ldap.workers import WorkerSettings, running_workers
from caducee.testing.ldap import sample_authorities, sample_persons


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("workers") / "entries.db"
    with EntryStore(path) as store, store.changes() as batch:
        for entry in entries(sample_authorities(), sample_persons(30)):
            batch.put(entry.name, [entry])
    return path


@pytest.fixture(scope="module")
def addresses(path: Path) -> Iterator[LdapAddresses]:
    with running_workers(WorkerSettings(path, (CONTEXT,), LdapOptions()), 2) as found:
        yield found


def children() -> set[int]:
    own = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return {
        int(word)
        for word in own.split()
        if b"caducee.directory.ldap.workers" in Path(f"/proc/{word}/cmdline").read_bytes()
    }


def served(addresses: LdapAddresses) -> None:
    with DirectoryClient(*addresses.plain, bounds=LdapLimits(seconds=60)) as client:
        found = client.search(SearchRequest("o=TEST,c=FR", filter=filters.Present("sn")))
        assert len(found.entries) == 30


def test_each_of_many_connections_is_served(addresses: LdapAddresses) -> None:
    for _ in range(6):
        served(addresses)


def test_a_worker_that_died_is_replaced(path: Path) -> None:
    before = children()
    with running_workers(WorkerSettings(path, (CONTEXT,), LdapOptions()), 1) as addresses:
        served(addresses)
        (worker,) = children() - before
        os.kill(worker, signal.SIGKILL)
        end = time.monotonic() + 60
        while True:  # what was handed over before it was noticed is lost
            try:
                served(addresses)
                break
            except DirectoryError:
                assert time.monotonic() < end
        assert children() - before != {worker}
    assert children() == before


def test_an_address_that_is_taken_is_said(path: Path, addresses: LdapAddresses) -> None:
    settings = WorkerSettings(path, (CONTEXT,), LdapOptions())
    with (
        pytest.raises(ConfigError) as caught,
        running_workers(settings, 1, port=addresses.plain[1]),
    ):
        pass
    assert caught.value.code == "ldap.address_taken"


def test_workers_get_all_settings_and_passwords(tmp_path: Path) -> None:
    options = LdapOptions(size_limit=10, users={"cn=x": Secret.of("hush")}, connections=7)
    settings = WorkerSettings(tmp_path, ("c=FR",), options, tmp_path / "a", tmp_path / "b")
    read = WorkerSettings.from_json(settings.to_json())
    assert (read.path, read.contexts, read.key) == (tmp_path, ("c=FR",), tmp_path / "b")
    assert (read.options.size_limit, read.options.connections) == (10, 7)
    assert read.options.users["cn=x"].reveal() == b"hush"
