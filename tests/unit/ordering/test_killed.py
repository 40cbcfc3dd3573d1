# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Whoever is killed on the way of an order loses nothing and doubles nothing, at any step.

A world with authorities is made once and copied for each victim; the victim is killed before one
of its steps (`tests.unit.ordering.victims`), another process goes on, and what stands is judged.
"""

import datetime as dt
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from tests.unit.ordering.victims import LATER, opened

from caducee.directory.model import CardStatus
from caducee.services.ordering.items import ItemState
from caducee.services.ordering.states import OrderState
from caducee.testing.keys import SharedKeys
from caducee.testing.postgresql import TemporaryPostgres
from caducee.virtualcard.image import CardImage

STEPS = 56
"""Commits and names of files on the whole way."""

WAY = ["save", "submit", "accept", "produce", "finish", "deliver"]


class Parent:
    """The process that forks victims."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.unit.ordering.victims"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, **task: object) -> int:
        """Let one process live; return how it ended."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(task, default=str) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate(timeout=60)


def points(steps: int, each: int) -> list[ParameterSet]:
    """Return where to kill: before every step on SQLite, before each second, … on PostgreSQL."""
    return [
        *(pytest.param("sqlite", index) for index in range(1, steps + 1)),
        *(
            pytest.param("postgresql", index, marks=pytest.mark.system)
            for index in range(each, steps + 1, each)
        ),
    ]


@pytest.fixture(scope="module")
def parent() -> Iterator[Parent]:
    made = Parent()
    yield made
    made.close()


@pytest.fixture(scope="module")
def keys() -> SharedKeys:
    return SharedKeys()


@pytest.fixture(scope="module")
def server() -> Iterator[TemporaryPostgres]:
    with TemporaryPostgres() as running:
        yield running


class Worlds:
    """Copies of a world that was made once, on one kind of database."""

    def __init__(self, parent: Parent, folder: Path, server: TemporaryPostgres | None) -> None:
        self.folder, self._server = folder, server
        self.url = server.url() if server else f"sqlite:///{folder}/registry.db"
        assert parent.run(url=self.url, folder=folder, make=True) == 0

    def copy(self, folder: Path) -> str:
        """Copy the world into a folder and return the URL of its database."""
        shutil.copytree(self.folder, folder)
        if self._server is None:
            return f"sqlite:///{folder}/registry.db"
        return self._server.copy(self.url)

    def dump(self, url: str) -> bytes:
        """Return everything that PostgreSQL reports of a database; SQLite's is a file."""
        return self._server.dump(url) if self._server else b""


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.system)]
)
def worlds(
    request: pytest.FixtureRequest, parent: Parent, tmp_path_factory: pytest.TempPathFactory
) -> Worlds:
    server = request.getfixturevalue("server") if request.param == "postgresql" else None
    return Worlds(parent, tmp_path_factory.mktemp("world"), server)


@pytest.fixture(scope="module")
def files(parent: Parent, tmp_path_factory: pytest.TempPathFactory) -> Worlds:
    return Worlds(parent, tmp_path_factory.mktemp("world"), None)


@pytest.fixture
def here(worlds: Worlds, tmp_path: Path) -> tuple[str, Path]:
    folder = tmp_path / "world"
    return worlds.copy(folder), folder


def judged(url: str, folder: Path, keys: SharedKeys) -> None:
    """Find everything once: items, cards, certificates, events, steps, codes."""
    ordering = opened(url, folder, keys, LATER)
    with ordering.registry as registry:
        (order,) = ordering.orders.of("zoe")
        assert order.state is OrderState.DELIVERED
        assert [step.action.value for step in ordering.orders.steps(order)] == WAY
        items = ordering.items.page(order.id)
        numbers = [item.card_number or "" for item in items]
        assert [item.state for item in items] == [ItemState.TAKEN] * 3
        cards = registry.cards.all()
        assert [card.number for card in cards] == numbers and len(set(numbers)) == 3
        assert all(len(registry.certificates.of_card(number)) == 3 for number in numbers)
        assert [card.status is CardStatus.OPPOSED for card in cards] == [False, False, True]
        assert [event.subject for event in ordering.outbox.events()] == numbers
        ordering.checkpoints.check()
    codes = json.loads((folder / "codes.json").read_bytes())
    assert {path.stem for path in (folder / "reader").glob("*.json")} == set(numbers) == set(codes)
    for number, pin in codes.items():
        image = CardImage.load(folder / "reader" / f"{number}.json")
        assert image.pins[0].value.reveal() == pin.encode()


def nowhere(folder: Path, dump: bytes = b"") -> None:
    """Find no code and no private key in database and folder of the service."""
    secrets = [b"PRIVATE KEY"]
    for path in (folder / "reader").glob("*.json"):
        secrets += [code.value.reveal() for code in CardImage.load(path).pins]
    assert len(secrets) == 7 and all(len(secret) >= 8 for secret in secrets)
    kept = [path for path in folder.glob("registry.db*")] + list((folder / "ordering").rglob("*"))
    texts = [
        dump,
        *(path.read_bytes() for path in kept if path.is_file() and "seal" not in path.parts),
    ]
    for secret in secrets:
        assert not any(secret in text for text in texts)


def forgotten(url: str, folder: Path, keys: SharedKeys) -> None:
    """Find no key of content left when the days of keeping are over."""
    days = dt.timedelta(days=8)
    ordering = opened(url, folder, keys, LATER + int(days.total_seconds()))
    with ordering.registry:
        ordering.worker.work("w9")
    assert list((folder / "ordering" / "waiting").iterdir()) == []


type Here = tuple[str, Path]


def test_without_a_kill_there_are_just_these_steps(
    parent: Parent, worlds: Worlds, here: Here, keys: SharedKeys
) -> None:
    url, folder = here
    assert parent.run(url=url, folder=folder) == 0
    judged(url, folder, keys)
    nowhere(folder, worlds.dump(url))
    assert int((folder / "steps").read_text()) == STEPS


@pytest.mark.parametrize(("worlds", "point"), points(STEPS, 2), indirect=["worlds"])
def test_a_kill_before_any_step_loses_and_doubles_nothing(
    parent: Parent, worlds: Worlds, here: Here, keys: SharedKeys, point: int
) -> None:
    url, folder = here
    assert parent.run(url=url, folder=folder, kill=point) == -signal.SIGKILL
    assert parent.run(url=url, folder=folder, later=LATER) == 0
    judged(url, folder, keys)
    nowhere(folder)
    forgotten(url, folder, keys)


@pytest.mark.parametrize("room", [8_000, 100_000, 200_000, 300_000, 400_000, 500_000])
def test_a_full_disk_stops_the_way_and_spoils_nothing(
    parent: Parent, files: Worlds, tmp_path: Path, keys: SharedKeys, room: int
) -> None:
    """Files of the process may not grow beyond a size; so this is for SQLite alone."""
    folder = tmp_path / "world"
    url = files.copy(folder)
    parent.run(url=url, folder=folder, room=room)
    assert not (folder / "cards.zip").exists(), "it met the end of the disk on its way"
    assert parent.run(url=url, folder=folder, later=LATER) == 0
    judged(url, folder, keys)
    nowhere(folder)
