# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee policy``: the rules in force, and the engine on live readers."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.unit.cli.card_reader import Insert, Run, insert, pin_file, run, sockets

from caducee.cli.main import command
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.plug.socket import SocketPlug
from caducee.virtualcard.store import MemoryStore

__all__ = ["insert", "pin_file", "run", "sockets"]

CARDS = Path(__file__).parents[2] / "vectors" / "cards"
AGENT = """
import sys
for line in sys.stdin:
    if line.startswith("FOR "):
        open(sys.argv[1], "a").write(line)
    if line.strip() == "ASK":
        print("CODE", b"1234".hex(), "-", flush=True)
    if line.strip() == "DONE":
        break
"""


def test_the_rules_in_force_are_shown(tmp_path: Path) -> None:
    settings = tmp_path / "cryptolib.toml"
    settings.write_text('[session_policy]\ngrace_seconds = 30\nresume = "with-pin"\n')
    made = CliRunner().invoke(command, ["policy", "show", "--settings", str(settings), "--json"])
    assert made.exit_code == 0, made.output
    found = json.loads(made.output)
    assert (found["grace_seconds"], found["resume"], found["presence"]) == (
        30,
        "with-pin",
        "throughout",
    )
    plain = CliRunner().invoke(command, ["policy", "show", "--settings", str(settings)])
    assert "resume_seconds    120.0" in plain.output


def test_rules_that_contradict_each_other_are_reported(tmp_path: Path) -> None:
    settings = tmp_path / "cryptolib.toml"
    settings.write_text('[session_policy]\ngrace_seconds = 300\nresume = "with-pin"\n')
    made = CliRunner().invoke(command, ["policy", "show", "--settings", str(settings)])
    assert made.exit_code != 0
    assert "grace_seconds" in str(made.exception)


@pytest.mark.parametrize(
    "words", [("--on", "lock", "true"), ("--on", "lock-session", "'open")], ids=["name", "quote"]
)
def test_an_effect_that_is_none_and_a_command_that_does_not_end_are_refused(
    words: tuple[str, ...],
) -> None:
    assert CliRunner().invoke(command, ["policy", "watch", *words]).exit_code == 2


class Live:
    """The command as a process, beside two readers."""

    def __init__(self, folder: Path, *words: str, policy: str) -> None:
        self.folder = folder
        readers = folder / "r"
        readers.mkdir()
        agent, self.why = folder / "agent.py", folder / "why"
        agent.write_text(AGENT)
        settings = folder / "cryptolib.toml"
        settings.write_text(
            f'[readers]\npcsc = false\nsocket_folder = "{readers}"\n'
            f'[pin_entry]\nprogram = ["{sys.executable}", "{agent}", "{self.why}"]\n'
            f"[session_policy]\n{policy}\n"
        )
        self.plugs: dict[str, SocketPlug] = {}
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "caducee", "policy", "watch", "--json", *words),
                *("--settings", str(settings)),
            ],
            stdout=subprocess.PIPE,
            env=os.environ | {"LANGUAGE": "en", "CADUCEE_READER_SOCKETS": ""},
            text=True,
        )
        self.seen: list[dict[str, Any]] = []

    def insert(self, name: str, reader: str) -> None:
        chip = VirtualCard(MemoryStore(CardImage.load(CARDS / f"{name}.json")))
        self.plugs[reader] = SocketPlug(chip, self.folder / "r" / f"{reader}.sock")
        self.plugs[reader].start()

    def remove(self, reader: str) -> None:
        self.plugs.pop(reader).stop()

    def next(self) -> tuple[str, str]:
        """Return the next step: its event and the state that it led to."""
        assert self.process.stdout is not None
        found = json.loads(self.process.stdout.readline())
        self.seen.append(found)
        return found["event"], found["after"]

    def close(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        for reader in list(self.plugs):
            self.remove(reader)
        self.process.communicate(timeout=30)
        return self.process.returncode


@pytest.fixture
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Live]]:
    made: list[Live] = []

    def start(*words: str, policy: str) -> Live:
        made.append(Live(tmp_path_factory.mktemp("l"), *words, policy=policy))
        return made[-1]

    yield start
    for item in made:
        if item.process.poll() is None:
            item.close()


def test_a_session_opens_locks_and_goes_on_with_the_card(
    live: Callable[..., Live], tmp_path: Path
) -> None:
    mark = tmp_path / "locked"
    write = (
        f"{sys.executable} -c \"import os; open('{mark}', 'w').write(os.environ['CADUCEE_STATE'])\""
    )
    it = live(
        *("--service", "the ward", "--why", "to unlock the screen", "--on", "lock-session", write),
        policy='resume = "without-pin"\nresume_seconds = 600',
    )
    it.insert("cps3", "a")
    steps = [it.next() for _ in range(3)]
    assert steps == [("inserted", "present"), ("PIN needed", "asking"), ("PIN verified", "open")]
    assert it.why.read_text() == "FOR to unlock the screen\n"
    assert it.seen[1]["service"] == "the ward"
    it.insert("cps4", "b")
    assert [it.next() for _ in range(3)] == steps
    it.remove("a")
    assert it.next() == ("removed", "locked")
    assert it.seen[-1]["effects"] == ["withdraw-certificates", "lock-session"]
    deadline = time.monotonic() + 60
    while not mark.exists() or not mark.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert mark.read_text() == "locked"
    it.insert("cps3", "a")
    assert it.next() == ("inserted", "open")
    it.process.send_signal(signal.SIGUSR1)
    assert {it.next(), it.next()} == {("logout", "present")}
    assert it.close() == 0


def test_a_session_that_nobody_resumes_ends_by_itself_and_the_next_card_inherits_nothing(
    live: Callable[..., Live],
) -> None:
    it = live(
        "--service", "x", policy='grace_seconds = 0.2\nresume = "with-pin"\nresume_seconds = 1'
    )
    it.insert("cps3", "a")
    assert [it.next() for _ in range(3)][-1] == ("PIN verified", "open")
    it.remove("a")
    steps = [it.next() for _ in range(3)]
    assert steps == [("removed", "away"), ("grace over", "locked"), ("resume over", "absent")]
    it.insert("cps4", "a")
    assert it.next() == ("inserted", "present")
    assert it.seen[-1]["card"] != it.seen[0]["card"]
    assert it.close() == 0


def test_without_a_service_cards_are_shown_and_nobody_is_asked(live: Callable[..., Live]) -> None:
    it = live(policy="")
    it.insert("cps3", "a")
    assert it.next() == ("inserted", "present")
    it.remove("a")
    assert it.next() == ("removed", "absent")
    assert not it.why.exists()
    assert it.close() == 0


# --- The activity ---------------------------------------------------------------------------------

OFFICE, HOSPITAL = "499700000012008/SA07", "10B0000012/SA01"


@pytest.fixture
def act(
    insert: Insert, run: Run, pin_file: Callable[..., str], tmp_path: Path, monkeypatch: Any
) -> Callable[..., tuple[int, str, str]]:
    """Run the command with a card of two activities."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    insert()
    file = pin_file("1234")

    def do(*words: str, service: str = "DMP") -> tuple[int, str, str]:
        return run("policy", "activity", "--service", service, "--pin-file", file, *words)

    return do


def test_of_several_activities_one_is_chosen_remembered_for_the_service_and_forgotten(
    act: Callable[..., tuple[int, str, str]],
) -> None:
    assert act()[0] == 1
    assert "several activities (2)" in act()[2]
    assert act("--choose", HOSPITAL)[1] == f"{HOSPITAL}  CH DE TEST\n"
    assert act()[0] == 1, "what nobody asked to remember was remembered"
    result = json.loads(act("--choose", HOSPITAL, "--remember", "--json")[1])
    assert (result["key"], result["remembered"]) == (HOSPITAL, True)
    assert act()[1].startswith(HOSPITAL)
    assert act(service="MSSanté")[0] == 1
    assert act("--choose", OFFICE)[1].startswith(OFFICE)
    assert act()[1].startswith(HOSPITAL)
    assert act("--forget")[0] == 1
    assert act()[0] == 1


def test_the_activities_are_listed_with_the_one_that_is_remembered(
    act: Callable[..., tuple[int, str, str]],
) -> None:
    act("--choose", OFFICE, "--remember")
    result = [json.loads(line) for line in act("--list", "--json")[1].splitlines()]
    assert [(item["key"], item["remembered"]) for item in result] == [
        (OFFICE, True),
        (HOSPITAL, False),
    ]


def test_an_activity_of_another_card_is_refused(act: Callable[..., tuple[int, str, str]]) -> None:
    status, _, said = act("--choose", "x/SA07", "--remember")
    assert status == 1 and "no activity x/SA07" in said
