# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""slapd follows the registry: after each change it has, entry by entry, what our server has."""

import datetime as dt
import json
import multiprocessing
import os
import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography import x509

from caducee.base.clock import FixedClock
from caducee.base.errors import DirectoryError, StateError
from caducee.base.secret import Secret
from caducee.codec import ldif
from caducee.codec.ldap import changes
from caducee.codec.ldap.operations import Attribute, OtherOperation, Result
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.ldap.follower import Follower
from caducee.directory.ldap.openldap import WRITER
from caducee.directory.ldap.projection import Projection
from caducee.directory.ldap.publication import CONTEXT, PublishedAuthority
from caducee.directory.ldap.server import LdapServer, running
from caducee.directory.ldap.slapd import Slapd
from caducee.directory.ldap.store import EntryStore
from caducee.directory.ldap.stored import StoredTree
from caducee.directory.ldap.writer import DirectoryWriter
from caducee.directory.model import Activity, Structure
from caducee.directory.registry import Registry
from caducee.testing import pki
from caducee.testing.ldap import sample_authorities, sample_card, sample_persons
from caducee.testing.pki import NOW, YEAR

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("ldap")]

FORT = "TEST AC IGC-SANTE FORT PERSONNES"
PASSWORD = Secret.of("only for this test")
PEOPLE = [person.person for person in sample_persons(30)]
MINUTE = dt.timedelta(minutes=1)
HOSPITAL = Structure("10B0041968", "HOPITAL", "75")


@dataclass
class World:
    """A registry, the entries that follow it, our server and slapd."""

    registry: Registry
    clock: FixedClock
    store: EntryStore
    slapd: Slapd
    ours: int
    folder: Path
    published: list[PublishedAuthority]

    def __post_init__(self) -> None:
        self.projection = Projection(self.store, self.registry, self, self.clock.now)
        self.follower = Follower(self.store, self.folder / "progress.json")

    def authorities(self) -> list[PublishedAuthority]:
        return self.published

    def writer(self) -> DirectoryWriter:
        client = DirectoryWriter("127.0.0.1", self.slapd.port)
        client.bind(WRITER, PASSWORD)
        return client

    def follow(self) -> int:
        self.clock.advance(MINUTE)
        self.projection.catch_up()
        with self.writer() as client:
            return self.follower.follow(client)

    def expect_same(self) -> None:
        """ldapsearch finds the same in both, entry by entry."""
        ours, theirs = (everything(port) for port in (self.ours, self.slapd.port))
        assert ours == theirs
        assert len(ours) > 20


def everything(port: int) -> dict[str, list[tuple[str, bytes]]]:
    done = subprocess.run(
        [
            *("ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-E", "pr=50/noprompt"),
            *("-H", f"ldap://127.0.0.1:{port}", "-b", "c=FR"),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    text = "\n".join(line for line in done.stdout.split("\n") if not line.startswith("#"))
    return {item.name.lower(): sorted(item.attributes) for item in ldif.read(text)}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock = FixedClock(NOW)
    slapd = Slapd(tmp_path / "slapd", password=PASSWORD)
    with (
        Registry(f"sqlite:///{tmp_path}/registry.db", clock=clock) as registry,
        EntryStore(tmp_path / "entries.db") as store,
        StoredTree(store.path, (CONTEXT,)) as tree,
        running(LdapServer(lambda: tree)) as at,
    ):
        with registry.transaction():
            registry.structures.put(HOSPITAL)
            registry.structures.put(replace(HOSPITAL, struct_idnat="10B0041976", department="69"))
            for number, item in enumerate(PEOPLE[:10]):
                registry.persons.put(item)
                if item.profession is None:
                    registry.activities.put(
                        Activity(item.ps_idnat, 1, HOSPITAL.struct_idnat, "SA01")
                    )
                sample_card(registry, item.ps_idnat, f"28000000{number:02}", 0x100 + 2 * number)
                registry.consents.set(item.ps_idnat, number % 3 != 0)
        slapd.start()
        try:
            published = sample_authorities()
            yield World(registry, clock, store, slapd, at.plain[1], tmp_path, published)
        finally:
            slapd.stop()


def changed(world: World, number: int) -> None:  # noqa: PLR0912 (a list of changes)
    """Make the change of that number."""
    registry, doctor = world.registry, PEOPLE[1]
    world.clock.advance(MINUTE)
    match number:
        case 0:
            registry.persons.put(replace(doctor, family_name="DUPONT-MÉRIDIEN"))
        case 1:
            registry.persons.put(replace(doctor, profession="60"))
        case 2:
            registry.persons.put(PEOPLE[11])
        case 3:
            registry.consents.set(PEOPLE[0].ps_idnat, True)
        case 4:
            registry.cards.oppose("2800000001", NOW, "key_compromise")
        case 5:
            revoked = x509.ReasonFlags.key_compromise
            RegistryRecords(registry).revoke(FORT, 0x104, world.clock.now(), revoked)
        case 6:
            registry.activities.put(Activity(PEOPLE[9].ps_idnat, 1, "10B0041976", "SA01"))
        case 7:
            registry.structures.put(replace(HOSPITAL, struct_idnat="10B0041976", department="13"))
        case 8:
            registry.persons.put(replace(PEOPLE[4], active=False))
        case 9:
            issuer = pki.authority(world.published[-1].facts.common_name)
            lists = issuer.crl(1, 2, 3, 4), issuer.crl(4)
            world.published[-1] = replace(
                world.published[-1], revocation_list=lists[0], delta=lists[1]
            )
        case 10:
            registry.persons.put(replace(PEOPLE[9], profession="10"))  # no more staff
        case 11:
            world.clock.advance(2 * YEAR)
        case 12:
            sample_card(registry, PEOPLE[2].ps_idnat, "2800000777", 0x777)
            world.clock.advance(-2 * YEAR)


CHANGES = 13


def test_slapd_has_what_our_server_has_after_each_of_a_series_of_changes(world: World) -> None:
    assert world.follow() > 20
    world.expect_same()
    for number in range(CHANGES):
        changed(world, number)
        assert 0 < world.follow() < 20, number
        world.expect_same()
        assert world.follow() == 0


def test_python_ldap_reads_the_same_from_both_after_changes(world: World) -> None:
    world.follow()
    for number in random.Random(4).sample(range(CHANGES), CHANGES):
        changed(world, number)
    world.follow()
    program = (
        "import json, sys, ldap\n"
        "def ask(url):\n"
        "    client = ldap.initialize(url)\n"
        "    found = client.search_s('c=FR', ldap.SCOPE_SUBTREE)\n"
        "    return sorted([name.lower(), sorted((key, sorted(one.hex() for one in values))\n"
        "        for key, values in attributes.items())] for name, attributes in found)\n"
        "print(json.dumps([ask(url) for url in sys.argv[1:]]))\n"
    )
    urls = [f"ldap://127.0.0.1:{port}" for port in (world.ours, world.slapd.port)]
    done = subprocess.run(
        ["/usr/bin/python3", "-c", program, *urls],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    ours, theirs = json.loads(done.stdout)
    assert ours == theirs and len(ours) > 30


def test_a_directory_filled_by_slapadd_is_only_reported_of_what_came_after(world: World) -> None:
    world.slapd.stop()
    world.projection.catch_up()
    version = world.store.version
    world.slapd.fill(world.store.all())
    world.slapd.start()
    with world.writer() as client:
        world.follower.loaded(client, version)
    changed(world, 0)
    assert world.follow() == 2
    world.expect_same()


def test_what_somebody_else_did_to_the_directory_is_mended(world: World) -> None:
    world.follow()
    (newer, older) = (item.name for item in person_entries_of(world, 1))
    with world.writer() as client:
        client.require(client.change(changes.delete(newer)))
        client.require(client.change(changes.replace(older, [Attribute("title", (b"x",))])))
        run_tool = [
            Attribute("objectClass", (b"organizationalUnit",)),
            Attribute("ou", (b"STRANGER",)),
        ]
        client.require(client.change(changes.add("ou=STRANGER,c=FR", run_tool)))
        assert world.follower.compare(client) == 3
    world.expect_same()


def person_entries_of(world: World, number: int) -> list[ldif.LdifEntry]:
    wanted = PEOPLE[number].ps_idnat
    found = [item for item in world.store.all() if item.name.startswith(f"cn={wanted},")]
    return [
        ldif.LdifEntry(item.name) for item in sorted(found, key=lambda item: len(item.name))[::-1]
    ]


def test_another_directory_at_the_same_address_is_compared_whole(world: World) -> None:
    world.follow()
    world.slapd.stop()
    world.slapd.fill([])
    world.slapd.start()
    assert world.follow() > 20
    world.expect_same()


def test_another_file_of_entries_is_no_reason_to_change_the_directory(world: World) -> None:
    world.follow()
    with EntryStore(world.folder / "other.db") as store:
        Projection(store, world.registry, world, world.clock.now).catch_up()
        with world.writer() as client:
            assert Follower(store, world.folder / "progress.json").follow(client) == 0


def test_a_change_that_slapd_refuses_as_it_stands_is_found_by_comparison(world: World) -> None:
    world.follow()
    unit = "ou=10B0041968,l=Paris (75),o=TEST,c=FR"
    with world.writer() as client:
        run_tool = [
            Attribute("objectClass", (b"organizationalUnit",)),
            Attribute("ou", (b"STRANGER",)),
        ]
        client.require(client.change(changes.add(f"ou=STRANGER,{unit}", run_tool)))
    changed(world, 6)  # the last person leaves the unit, which is to go
    world.follow()
    world.expect_same()


def test_a_directory_that_is_down_is_gone_on_with_when_it_is_back(world: World) -> None:
    world.follow()
    world.slapd.stop()
    changed(world, 0)
    world.projection.catch_up()
    with pytest.raises(DirectoryError) as caught:
        world.writer()
    assert caught.value.code == "ldap.unreachable"
    world.slapd.start(port=world.slapd.port)
    assert world.follow() == 2
    world.expect_same()


def _killed(folder: Path, port: int, after: int) -> None:
    with (
        EntryStore(folder / "entries.db") as store,
        DirectoryWriter("127.0.0.1", port) as client,
    ):
        client.bind(WRITER, PASSWORD)
        left = [after]
        change = client.change

        def counted(asked: OtherOperation) -> Result:
            if not left[0]:
                os._exit(9)
            left[0] -= 1
            return change(asked)

        client.change = counted  # type: ignore[method-assign]
        Follower(store, folder / "progress.json").follow(client)


@pytest.mark.parametrize("after", [0, 1, 3, 7])
def test_one_killed_in_the_middle_is_gone_on_with(world: World, after: int) -> None:
    world.follow()
    for number in range(CHANGES):
        changed(world, number)
    world.projection.catch_up()
    at = world.folder, world.slapd.port, after
    process = multiprocessing.get_context("spawn").Process(target=_killed, args=at)
    process.start()
    process.join(60)
    assert process.exitcode == 9
    world.follow()
    world.expect_same()


@pytest.mark.parametrize("wrong", [b"", b"{}", b"no JSON", b'{"version": "x"}'])
def test_a_broken_file_of_progress_only_costs_a_comparison(world: World, wrong: bytes) -> None:
    world.follow()
    (world.folder / "progress.json").write_bytes(wrong)
    changed(world, 0)
    assert world.follow() == 2
    world.expect_same()


def test_without_the_password_nothing_is_changed(world: World) -> None:
    world.projection.catch_up()
    with DirectoryWriter("127.0.0.1", world.slapd.port) as client:
        with pytest.raises(DirectoryError) as caught:
            world.follower.follow(client)
    assert caught.value.code == "ldap.refused"
    assert not (world.folder / "progress.json").exists()


def _leave(folder: Path) -> None:
    slapd = Slapd(folder, password=PASSWORD)
    slapd.start()
    os._exit(9)


def test_an_openldap_that_a_killed_process_has_left_is_ended(tmp_path: Path) -> None:
    folder = tmp_path / "slapd"
    process = multiprocessing.get_context("spawn").Process(target=_leave, args=(folder,))
    process.start()
    process.join(60)
    older = int((folder / "slapd.pid").read_text())
    assert Path(f"/proc/{older}/exe").resolve() == (folder / "slapd").resolve()
    slapd = Slapd(folder, password=PASSWORD)
    slapd.start()
    try:
        assert int((folder / "slapd.pid").read_text()) != older
        assert not Path(f"/proc/{older}").exists()
    finally:
        slapd.stop()


def test_a_slapd_that_cannot_start_says_why(tmp_path: Path) -> None:
    slapd = Slapd(tmp_path / "slapd", password=Secret.of('un"quoted'))
    with pytest.raises(StateError) as caught:
        slapd.start()
    assert caught.value.code == "ldap.slapd"
    assert str(caught.value.facts["reason"])
