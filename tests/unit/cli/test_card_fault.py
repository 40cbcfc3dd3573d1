# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee card fault``: what it does to card files and running cards, and what it prints."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from caducee.cli.exits import Exit
from caducee.cli.main import main
from caducee.sandbox.world import Sandbox
from caducee.testing.keys import SharedKeys
from caducee.virtualcard.faults.card import FaultyCard
from caducee.virtualcard.faults.content import active
from caducee.virtualcard.faults.names import FaultName
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.store import FileStore

CARDS = Path(__file__).parents[2] / "vectors" / "cards"
KEYS = SharedKeys()

type Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``caducee card fault`` in English; gives status, output, errors."""
    monkeypatch.delenv("CADUCEE_SANDBOX", raising=False)
    monkeypatch.setenv("LANGUAGE", "en")

    def do(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["card", "fault", *map(str, arguments)])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return do


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "card.json"
    CardImage.load(CARDS / "cps3.json").save(made)
    return made


def test_every_fault_is_listed_in_words_and_in_json(run: Run) -> None:
    status, out, _ = run("--list")
    assert status == Exit.OK
    listed = json.loads(run("--list", "--json")[1])["faults"]
    assert [item["name"] for item in listed] == [member.value for member in FaultName]
    assert all(f"{item['name']}" in out and item["does"] in out for item in listed)
    assert "torn [--after N]" in out


def test_a_fault_stands_in_the_file_and_is_reported(run: Run, file: Path) -> None:
    assert run(file, "torn", "--after", "9")[0] == Exit.OK
    (found,) = active(CardImage.load(file))
    assert (found.name, found.after) == ("torn", 9)
    assert run(file, "last-try")[0] == Exit.OK
    result = json.loads(run(file, "--json")[1])
    assert result == {"faults": ["torn"], "tries": {"Code porteur": 1, "Code de deblocage": 3}}
    assert "Faults: torn\n" in run(file)[1]


def test_a_fault_that_changes_the_card_at_once_is_said_to_be_set(run: Run, file: Path) -> None:
    out = run(file, "blocked")[1]
    assert "The fault blocked was set." in out
    assert "Faults: -" not in out and ": 0" in out


def test_a_card_without_a_fault_has_none(run: Run, file: Path) -> None:
    assert run(file)[1].startswith("The card has no fault.")


def test_clear_takes_every_fault_away(run: Run, file: Path) -> None:
    before = file.read_bytes()
    for name in ("mute", "blocked-for-ever", "unused-bits"):
        run(file, name)
    assert file.read_bytes() != before
    assert json.loads(run(file, "--clear", "--json")[1])["faults"] == []
    assert file.read_bytes() == before


def test_clear_and_a_name_leave_that_fault_alone(run: Run, file: Path) -> None:
    run(file, "mute")
    assert json.loads(run(file, "slow", "--delay", "0", "--clear", "--json")[1])["faults"] == [
        "slow"
    ]
    assert active(CardImage.load(file))[0].delay == 0


def test_a_running_card_is_reported_too(run: Run, file: Path) -> None:
    with FileStore(file) as store:
        card = FaultyCard(store)
        card.power_on()
        result = json.loads(run(file, "blocked", "--json")[1])
        assert result["tries"]["Code porteur"] == 0
        assert card.transmit(bytes.fromhex("00200001")) == b"\x69\x83"


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("FILE", "nonsense"), Exit.FAILURE, "[card.fault_unknown]"),
        (("FILE", "slow", "--after", "3"), Exit.USAGE, "--after"),
        (("FILE", "torn", "--after", "0"), Exit.USAGE, "--after"),
        (("FILE", "expired"), Exit.FAILURE, "[sandbox.needed]"),
        (("FILE", "expired", "--sandbox", "/nowhere"), Exit.FAILURE, "[sandbox.missing]"),
        ((), Exit.USAGE, "Usage"),
        (("absent.json", "mute"), Exit.USAGE, "absent.json"),
    ],
)
def test_a_refusal_says_why_and_leaves_the_card(
    run: Run, file: Path, arguments: tuple[str, ...], status: int, said: str
) -> None:
    before = file.read_bytes()
    code, _, errors = run(
        *(str(file) if argument == "FILE" else argument for argument in arguments)
    )
    assert (code, said in errors) == (status, True), errors
    assert file.read_bytes() == before


def test_a_file_that_is_no_card_gets_no_fault(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text("{}")
    code, _, errors = run(other, "mute")
    assert code == Exit.FAILURE
    assert "[card.image_foreign]" in errors
    assert [path.name for path in tmp_path.iterdir()] == ["other.json"]


def test_faults_of_certificates_come_from_the_sandbox_that_the_card_lies_in(
    run: Run, tmp_path: Path
) -> None:
    from caducee.issuance import CardOrder
    from caducee.issuance.identities import new_person

    with Sandbox.create(tmp_path / "world", ca_keys=KEYS) as world:
        order = CardOrder(person=new_person(world.registry))
        numbers = [world.issue(order, keys=SharedKeys()).card.number for _ in range(2)]
        file = world.card_path(numbers[0])
    assert run(file, "other-holder")[0] == Exit.OK
    assert run(file, "expired")[0] == Exit.OK
    found = active(CardImage.load(file))
    assert [item.name.value for item in found] == ["other-holder", "expired"]
    assert all(item.certificates for item in found)
    status, _, said = run(file, "revoked")
    assert (status, said) == (Exit.OK, "The card was revoked, which nothing takes back.\n")
    with Sandbox(tmp_path / "world", ca_keys=KEYS) as world:
        card = world.registry.cards.get(numbers[0])
        assert card is not None
        assert card.status.value == "opposed"


def test_an_option_without_a_fault_is_a_fault_of_usage(run: Run, file: Path) -> None:
    run(file, "mute")
    status, _, said = run(file, "--after", "3", "--clear")
    assert status == Exit.USAGE
    assert "Name the fault" in said
    assert [item.name for item in active(CardImage.load(file))] == [FaultName.MUTE]
