# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee card profiles`` and ``card issue``: a card of any kind in one command."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from caducee.cli.exits import Exit
from caducee.cli.main import main
from caducee.issuance.keys import FreshCardKeys
from caducee.issuance.profiles import profiles
from caducee.sandbox.world import Sandbox
from caducee.testing.keys import SharedKeys
from caducee.virtualcard.image import CardImage

type Run = Callable[..., tuple[int, str, str]]

KEYS = SharedKeys()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in English on the world of this test; gives status, output, errors."""
    monkeypatch.setenv("CADUCEE_SANDBOX", str(tmp_path / "world"))
    monkeypatch.setenv("LANGUAGE", "en")
    original = Sandbox.__init__

    def with_shared_keys(self: Sandbox, folder: Path, **options: object) -> None:
        original(self, folder, ca_keys=KEYS)

    monkeypatch.setattr(Sandbox, "__init__", with_shared_keys)
    monkeypatch.setattr(FreshCardKeys, "card_key", lambda _self: KEYS.card_key())

    def do(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return do


def test_all_profiles_are_listed_with_what_they_are(run: Run) -> None:
    status, out, _ = run("card", "profiles", "--json")
    listed = json.loads(out)["profiles"]
    assert status == Exit.OK
    assert [item["name"] for item in listed] == [profile.name for profile in profiles()]
    assert {item["card"] for item in listed} == {"CPS", "CPF", "CPE", "CDE", "CPA", "CDA"}
    (chip,) = (item for item in listed if item["name"] == "identification-chip")
    assert chip["faces"] == "contact, identification"
    assert chip["note"].startswith("before December 2020")


def test_words_choose_among_the_profiles(run: Run) -> None:
    out = run("card", "profiles", "Sage-Femme", "cps4")[1]
    assert [line.split()[0] for line in out.splitlines()] == [
        "cps-sage-femme-cps4",
        "cpf-sage-femme-cps4",
    ]
    assert run("card", "profiles", "nothing such")[:2] == (Exit.OK, "")


def test_a_state_stands_in_the_list(run: Run) -> None:
    (line,) = run("card", "profiles", "blocked-for-ever")[1].splitlines()
    assert line.split("  ")[-1] == "Médecin, blocked-for-ever"


def test_a_card_is_in_hand_after_one_command_without_a_sandbox(run: Run, tmp_path: Path) -> None:
    status, out, _ = run("card", "issue", "cpe", "--json")
    found = json.loads(out)
    (made,) = found["cards"]
    assert status == Exit.OK
    assert found["sandbox"] == str(tmp_path / "world")
    assert (made["family"], made["status"]) == ("CPE", "active")
    assert (made["pin"], made["puk"]) == ("1234", "12345678")
    image = CardImage.load(Path(made["image"]))
    assert image.name == f"CPS3v3-{made['card']}"
    assert "O=HOPITAL GENERIQUE90000" in made["subject"]


def test_many_cards_go_to_different_persons_in_the_same_sandbox(run: Run) -> None:
    run("sandbox", "new")
    made = json.loads(run("card", "issue", "cps4", "--count", "3", "--json")[1])["cards"]
    assert len({item["card"] for item in made}) == len({item["ps_idnat"] for item in made}) == 3
    assert all(CardImage.load(Path(item["image"])).name.startswith("CPS4v1-") for item in made)
    listed = json.loads(run("sandbox", "show", "--json")[1])["cards"]
    assert [item["card"] for item in listed] == [item["card"] for item in made]


@pytest.mark.parametrize("called", ["CPS", "CPE", "CDE", "CPA", "CDA"])
def test_the_sandbox_calls_the_card_of_who_is_responsible_by_its_name(
    run: Run, called: str
) -> None:
    (made,) = json.loads(run("card", "issue", called.lower(), "--json")[1])["cards"]
    assert f"{made['card']}  {called}  " in run("sandbox", "show")[1]
    (listed,) = json.loads(run("sandbox", "show", "--json")[1])["cards"]
    assert (listed["called"], listed["family"]) == (called, called.replace("D", "P"))


def test_cards_go_into_a_folder_in_place_of_the_sandboxs(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "my" / "cards"
    (made,) = json.loads(run("card", "issue", "cda", "--out", str(out), "--json")[1])["cards"]
    assert Path(made["image"]) == out / f"{made['card']}.json"
    assert [path.name for path in out.glob("*.json")] == [f"{made['card']}.json"]
    assert list((tmp_path / "world" / "cards").glob("*")) == []
    (listed,) = json.loads(run("sandbox", "show", "--json")[1])["cards"]
    assert (listed["card"], listed["image"]) == (made["card"], "")


def test_a_file_describes_the_card(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "card.toml"
    path.write_text('profile = "cpa"\nperson = { family_name = "Éluard", given_name = "Zoé" }\n')
    (made,) = json.loads(run("card", "issue", str(path), "--json")[1])["cards"]
    assert "2.5.4.4=ELUARD" in made["subject"]
    assert "2.5.4.42=ZOE" in made["subject"]


def test_a_revoked_card_says_that_it_is_stopped(run: Run) -> None:
    (made,) = json.loads(run("card", "issue", "revoked", "--json")[1])["cards"]
    assert made["status"] == "opposed"


def test_random_pins_are_shown_and_differ(run: Run) -> None:
    said = run("card", "issue", "cps", "--count", "2", "--random-pins")[1]
    pins = [line for line in said.splitlines() if line.startswith("PIN: ")]
    assert len(set(pins)) == 2
    assert "12345678" not in said


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("cps-medcin",), Exit.FAILURE, "Similar names: cps-medecin"),
        (("none.toml",), Exit.FAILURE, "[base.config_unreadable]"),
        (("cps", "--count", "0"), Exit.USAGE, "Invalid value"),
        ((), Exit.USAGE, "Missing argument"),
    ],
)
def test_what_cannot_be_issued_is_reported_and_makes_no_sandbox(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], status: int, said: str
) -> None:
    code, out, errors = run("card", "issue", *arguments)
    assert (code, out) == (status, "")
    assert said in errors
    assert not (tmp_path / "world").exists()


def test_a_wrong_file_is_reported_after_nothing_was_issued(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "card.toml"
    path.write_text('person = { specialties = ["XX"] }\n')
    code, _, errors = run("card", "issue", str(path))
    assert code == Exit.FAILURE
    assert "[issuance.code_unknown]" in errors
    assert json.loads(run("sandbox", "show", "--json")[1])["cards"] == []


def test_a_terminal_sees_how_far_it_is_and_a_pipe_does_not(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Cards" not in run("card", "issue", "cps", "--count", "2")[2]
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    _, out, errors = run("card", "issue", "cps", "--count", "2", "--json")
    assert "2/2" in errors
    assert len(json.loads(out)["cards"]) == 2
