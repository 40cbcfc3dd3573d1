# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A process that is killed while it issues loses nothing and doubles nothing.

Processes of their own issue one card each from nothing, authorities included, and kill themselves
before or after their n-th commit. Then what stands on the disk is looked at, and another card is
issued.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from caducee.authority.authority import Authority
from caducee.base.clock import SystemClock
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.registry import Registry
from caducee.issuance import CardOrder, Practice, identities, issue_card
from caducee.testing.keys import SharedKeys
from caducee.testing.postgresql import TemporaryPostgres
from caducee.virtualcard.image import CardImage

VICTIMS = """
import json, os, signal, sys
from pathlib import Path
import sqlalchemy as sa
from caducee.authority.authority import Authority
from caducee.base.clock import SystemClock
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.registry import Registry
from caducee.issuance import CardOrder, Practice, identities, issue_card
from caducee.spec import igc
from caducee.testing.keys import SharedKeys

keys = SharedKeys(card_keys=3)
for ca in (igc.ca(igc.Range.FORT), igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)):
    keys.ca_key(ca.common_name)
for _ in range(3):
    keys.card_key()

def issue(url, folder, point, moment):
    registry = Registry(url)
    commits = 0
    keep = sa.engine.default.DefaultDialect.do_commit

    def commit(dialect, connection):
        nonlocal commits
        commits += 1
        if moment == "before" and commits == point:
            os.kill(os.getpid(), signal.SIGKILL)
        keep(dialect, connection)
        if moment == "after" and commits == point:
            os.kill(os.getpid(), signal.SIGKILL)

    sa.engine.default.DefaultDialect.do_commit = commit
    authority = Authority(folder / "ca", RegistryRecords(registry), SystemClock(), keys=keys)
    kit = identities.new_person(registry)
    order = CardOrder(person=kit, practices=(Practice(identities.practice_of(kit), "SA07"),))
    issue_card(registry, authority, order, keys=keys,
               deliver=lambda one: one.image.save(folder / f"{one.card.number}.json"))

for url, folder, point, moment in json.load(sys.stdin):
    child = os.fork()
    if not child:
        issue(url, Path(folder), point, moment)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""

COMMITS = 7
"""The person's number, two serials and two records of authorities, the reservation, the record."""


@pytest.fixture(scope="module")
def server() -> Iterator[TemporaryPostgres]:
    with TemporaryPostgres() as running:
        yield running


@pytest.fixture(scope="module")
def keys() -> SharedKeys:
    return SharedKeys()


type Victim = tuple[str, Path, int, str]


def run(victims: list[Victim]) -> list[int]:
    """Let each victim issue until its kill; return how each of them ended."""
    done = subprocess.run(
        [sys.executable, "-c", VICTIMS],
        input=json.dumps([(url, str(folder), *rest) for url, folder, *rest in victims]),
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
        check=True,
    )
    return [int(line) for line in done.stdout.splitlines()]


def check(url: str, folder: Path, keys: SharedKeys) -> None:
    with Registry(url) as registry:
        delivered = {path.stem for path in folder.glob("*.json")}
        known = {item.number for item in registry.cards.all()}
        assert known <= delivered
        for number in delivered:
            assert number in CardImage.load(folder / f"{number}.json").name
        for card in registry.cards.all():
            assert len(registry.certificates.of_card(card.number)) == 3
            assert registry.persons.get(card.ps_idnat) is not None
            assert len(registry.activities.of(card.ps_idnat)) == 1
        authority = Authority(folder / "ca", RegistryRecords(registry), SystemClock(), keys=keys)
        kit = identities.new_person(registry)
        assert registry.persons.get(kit.ps_idnat) is None
        order = CardOrder(person=kit, practices=(Practice(identities.practice_of(kit), "SA07"),))
        issued = issue_card(registry, authority, order, keys=keys)
        assert issued.card.number not in delivered | known
        authority.crls()


MOMENTS = [(point, moment) for point in range(1, COMMITS + 1) for moment in ("before", "after")]


@pytest.fixture(scope="module")
def victims(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[int, str], Victim]:
    found: dict[tuple[int, str], Victim] = {}
    for point, moment in MOMENTS:
        folder = tmp_path_factory.mktemp("victim")
        found[point, moment] = (f"sqlite:///{folder}/registry.db", folder, point, moment)
    assert set(run(list(found.values()))) == {-signal.SIGKILL}
    return found


@pytest.mark.parametrize(("point", "moment"), MOMENTS)
def test_a_kill_at_any_commit_loses_and_doubles_nothing(
    victims: dict[tuple[int, str], Victim], keys: SharedKeys, point: int, moment: str
) -> None:
    url, folder, *_ = victims[point, moment]
    check(url, folder, keys)


@pytest.mark.system
def test_a_kill_at_the_commits_of_a_card_on_postgresql(
    server: TemporaryPostgres, tmp_path: Path, keys: SharedKeys
) -> None:
    moments = [(COMMITS - 1, "after"), (COMMITS, "before"), (COMMITS, "after")]
    found = [
        (server.url(), tmp_path / f"{point}{moment}", point, moment) for point, moment in moments
    ]
    for _, folder, *_ in found:
        folder.mkdir()
    assert set(run(found)) == {-signal.SIGKILL}
    for url, folder, *_ in found:
        check(url, folder, keys)


def test_without_a_kill_there_are_just_these_commits(tmp_path: Path, keys: SharedKeys) -> None:
    url = f"sqlite:///{tmp_path}/registry.db"
    assert run([(url, tmp_path, COMMITS + 1, "before")]) == [0]
    check(url, tmp_path, keys)
    assert len(list(tmp_path.glob("*.json"))) == 1
