# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A card whose process is killed at any moment of a write leaves the old or the new state."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import DataFile
from caducee.virtualcard.store import FileStore

CHILD = Path(__file__).with_name("kill_child.py")

WRONG, RIGHT = "002000010430303030", "002000010431323334"
CHANGE = "00240001083132333434333231"
WRONG_CHANGE = "00240001083030303034333231"
PUK = "00200002083132333435363738"
UNBLOCK = "002C02010434333231"
UNBLOCK_AT_ONCE = "002C00010C313233343536373834333231"
CPS_DATA = "00A4090C063F000001D107"
UPDATE = "00D600001054686520686F6C6465722077726F7465"

SCENARIOS: dict[str, tuple[list[str], str]] = {
    "wrong": ([], WRONG),
    "last-try": ([WRONG, WRONG], WRONG),
    "right": ([WRONG], RIGHT),
    "change": ([WRONG], CHANGE),
    "wrong-change": ([], WRONG_CHANGE),
    "unblock": ([WRONG, WRONG, WRONG, PUK], UNBLOCK),
    "unblock-at-once": ([WRONG, WRONG, WRONG], UNBLOCK_AT_ONCE),
    "update": ([CPS_DATA, RIGHT], UPDATE),
}

CHIPDOC = "01A4040C088025000001FF0100"
CPS4_WRONG, CPS4_RIGHT = "012000010430303030", "012000010431323334"
CPS4_CHANGE, CPS4_RESTORE = "012401010434333231", "012C0381"
CPS4_PUK = "01200002083132333435363738"
BLOCKED = [CHIPDOC, CPS4_WRONG, CPS4_WRONG, CPS4_WRONG]

CPS4_SCENARIOS: dict[str, tuple[list[str], str]] = {
    "cps4-change": ([CHIPDOC, CPS4_RIGHT], CPS4_CHANGE),
    "cps4-restore": ([*BLOCKED, CPS4_PUK], CPS4_RESTORE),
    "cps4-renew": ([*BLOCKED, CPS4_PUK, CPS4_RESTORE], CPS4_CHANGE),
}


@dataclass(frozen=True)
class Death:
    """What one killed process left."""

    place: str
    compared: bool
    image: CardImage
    left: tuple[Path, ...]
    """Other copies of the image, with its keys."""

    path: Path

    @property
    def pin(self) -> tuple[str, int]:
        code = self.image.pins[0]
        return code.value.reveal().decode(), code.tries_left

    @property
    def puk(self) -> tuple[int, int | None]:
        code = self.image.pins[1]
        return code.tries_left, code.uses_left

    @property
    def cps_data(self) -> bytes:
        return next(
            file.content
            for file in self.image.files
            if isinstance(file, DataFile) and file.name == "CPS_DATA"
        )


@pytest.fixture(scope="module")
def deaths(
    cards: dict[str, CardImage], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[list[Death], bytes]]:
    """Kill a card at each point of each scenario; return deaths, and the answer of a survivor."""
    folder = tmp_path_factory.mktemp("kill")
    for name, (before, command) in (SCENARIOS | CPS4_SCENARIOS).items():
        image = cards["cps4" if name in CPS4_SCENARIOS else "cps3"]
        (folder / f"{name}.start").write_bytes(image.to_json())
        (folder / f"{name}.json").write_text(json.dumps({"before": before, "command": command}))
    done = subprocess.run(
        [sys.executable, str(CHILD), str(folder)], capture_output=True, text=True, check=True
    )
    found: dict[str, tuple[list[Death], bytes]] = {}
    for begun, ended in _pairs(done.stdout):
        path = folder / f"{begun['scenario']}-{begun['at']}.card"
        list_, _ = found.setdefault(str(begun["scenario"]), ([], b""))
        if ended["place"] == "end":
            found[str(begun["scenario"])] = list_, bytes.fromhex(str(ended["answer"]))
        else:
            image, left = CardImage.load(path), tuple(folder.glob(f".{path.name}.*[!k]"))
            place, compared = str(ended["place"]), bool(ended["compared"])
            list_.append(Death(place, compared, image, left, path))
    return found


def _pairs(output: str) -> Iterator[tuple[dict[str, object], dict[str, object]]]:
    lines = [json.loads(line) for line in output.splitlines()]
    return zip(lines[::2], lines[1::2], strict=True)


@pytest.mark.parametrize(
    ("scenario", "answer"),
    [
        ("wrong", "63c2"),
        ("last-try", "63c0"),
        ("right", "9000"),
        ("change", "9000"),
        ("wrong-change", "63c2"),
        ("unblock", "9000"),
        ("unblock-at-once", "9000"),
        ("update", "9000"),
        ("cps4-change", "9000"),
        ("cps4-restore", "9000"),
        ("cps4-renew", "9000"),
    ],
)
def test_each_command_is_killed_around_every_call_of_its_writes(
    deaths: dict[str, tuple[list[Death], bytes]], scenario: str, answer: str
) -> None:
    found, survivor = deaths[scenario]
    assert survivor.hex() == answer
    places = {item.place for item in found}
    for call in ("open", "fchmod", "fsync", "link", "replace"):
        assert {f"before {call}", f"after {call}"} <= places


@pytest.mark.parametrize("scenario", ["wrong", "wrong-change"])
def test_a_wrong_pin_that_was_compared_has_cost_a_try(
    deaths: dict[str, tuple[list[Death], bytes]], scenario: str
) -> None:
    found, _ = deaths[scenario]
    assert {item.pin for item in found} == {("1234", 3), ("1234", 2)}
    assert {item.place for item in found if item.compared} == {"after compare"}
    assert all(item.pin == ("1234", 2) for item in found if item.compared)
    assert all(item.pin == ("1234", 2) for item in found if item.place == "before compare")


def test_the_last_try_is_spent_before_it_is_compared(
    deaths: dict[str, tuple[list[Death], bytes]],
) -> None:
    found, _ = deaths["last-try"]
    assert all(item.pin == ("1234", 0) for item in found if item.place.endswith("compare"))


def test_a_right_pin_gives_the_tries_back_or_has_cost_one(
    deaths: dict[str, tuple[list[Death], bytes]],
) -> None:
    found, _ = deaths["right"]
    assert {item.pin for item in found} == {("1234", 2), ("1234", 1), ("1234", 3)}
    assert all(item.pin[1] in (1, 3) for item in found if item.compared)
    assert all(item.pin[1] in (2, 1) for item in found if not item.compared)


def test_a_change_leaves_the_old_or_the_new_pin(
    deaths: dict[str, tuple[list[Death], bytes]],
) -> None:
    found, _ = deaths["change"]
    assert {item.pin for item in found} == {("1234", 2), ("1234", 1), ("4321", 3)}
    assert all(item.pin != ("1234", 2) for item in found if item.compared)


@pytest.mark.parametrize("scenario", ["unblock", "unblock-at-once"])
def test_an_unblocking_spends_a_use_exactly_when_it_unblocks(
    deaths: dict[str, tuple[list[Death], bytes]], scenario: str
) -> None:
    found, _ = deaths[scenario]
    states = {(item.pin, item.puk[1]) for item in found}
    assert states == {(("1234", 0), 10), (("4321", 3), 9)}


def test_an_puk_costs_a_try_before_it_is_compared(
    deaths: dict[str, tuple[list[Death], bytes]],
) -> None:
    found, _ = deaths["unblock-at-once"]
    assert {item.puk for item in found if item.place.endswith("compare")} == {(2, 10)}


def test_a_kill_leaves_no_copy_but_between_two_calls_and_the_next_opening_removes_it(
    deaths: dict[str, tuple[list[Death], bytes]],
) -> None:
    found = [entry for list_, _ in deaths.values() for entry in list_]
    assert {entry.place for entry in found if entry.left} == {"after link", "before replace"}
    for item in found:
        with FileStore(item.path):
            assert not any(copy.exists() for copy in item.left)


def test_an_update_is_written_whole_or_not_at_all(
    deaths: dict[str, tuple[list[Death], bytes]],
) -> None:
    found, _ = deaths["update"]
    new = bytes.fromhex(UPDATE[10:]) + bytes(240)
    assert {item.cps_data for item in found} == {bytes(256), new}


def test_a_cps4_changes_to_the_old_or_the_new_pin(
    deaths: dict[str, tuple[list[Death], bytes]],
) -> None:
    found, _ = deaths["cps4-change"]
    assert {item.pin for item in found} == {("1234", 3), ("4321", 3)}


def test_a_cps4_gives_tries_back_exactly_when_it_spends_a_use(
    deaths: dict[str, tuple[list[Death], bytes]],
) -> None:
    found, _ = deaths["cps4-restore"]
    states = {(item.pin, item.puk[1]) for item in found}
    assert states == {(("1234", 0), 10), (("1234", 3), 9)}


def test_a_cps4_killed_between_new_tries_and_new_pin_keeps_the_old_code(
    deaths: dict[str, tuple[list[Death], bytes]],
) -> None:
    found, _ = deaths["cps4-renew"]
    states = {(item.pin, item.puk[1]) for item in found}
    assert states == {(("1234", 3), 9), (("4321", 3), 9)}
