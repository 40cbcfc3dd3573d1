# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee card pin`` and ``caducee card test`` on cards that a socket reader holds."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest
from tests.unit.cli.card_reader import CARDS, Insert, Run, insert, pin_file, run, sockets

from caducee.cli.exits import Exit
from caducee.cryptolib import CpsCard, open_card
from caducee.reader.memory import MemoryReader
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.plug.pinpad import SimulatedPinPad as Firmware
from caducee.virtualcard.store import MemoryStore

__all__ = ["insert", "pin_file", "run", "sockets"]

type CodeFile = Callable[..., str]

PIN, PUK, NEW = "1234", "12345678", "7302"


def left(run: Run) -> int:
    return int(json.loads(run("card", "pin", "show", "--json")[1])["pin"]["tries_left"])


@pytest.mark.parametrize("card", ["cps3", "cps4"])
def test_where_the_codes_stand_is_reported_and_costs_no_try(
    insert: Insert, run: Run, card: str
) -> None:
    insert(card)
    status, out, _ = run("card", "pin", "show", "--json")
    result = json.loads(out)
    assert status == Exit.OK
    assert result["standing"] == "good" and result["pin"]["tries_left"] == 3
    assert result["can"] == ["enter", "change", "unblock"]
    assert "Tries left: 3" in run("card", "pin", "show")[1]
    assert left(run) == 3


def test_a_code_is_changed_checked_and_the_old_one_is_wrong(
    insert: Insert, run: Run, pin_file: CodeFile
) -> None:
    insert()
    status, out, err = run("card", "pin", "change", "--pin-file", pin_file(PIN, NEW))
    assert (status, err) == (Exit.OK, "")
    assert "PIN changed" in out
    assert run("card", "pin", "check", "--pin-file", pin_file(NEW))[0] == Exit.OK
    status, out, err = run("card", "pin", "check", "--pin-file", pin_file(PIN))
    assert status == Exit.WRONG_PIN
    assert "tries left: 2" in err and PIN not in err + out


@pytest.mark.parametrize("task", ["change", "unblock"])
def test_a_weak_code_is_refused_unless_it_is_wanted(
    insert: Insert, run: Run, pin_file: CodeFile, task: str
) -> None:
    insert()
    first = PIN if task == "change" else PUK
    arguments = ("card", "pin", task, "--pin-file", pin_file(first, "1985"))
    status, _, err = run(*arguments)
    assert status == Exit.FAILURE
    assert "[cryptolib.pin_date]" in err and "1985" not in err
    assert run(*arguments, "--allow-weak")[0] == Exit.OK
    assert run("card", "pin", "check", "--pin-file", pin_file("1985"))[0] == Exit.OK


def test_the_last_try_is_spared_until_it_is_wanted(
    insert: Insert, run: Run, pin_file: CodeFile
) -> None:
    insert()
    for _ in range(2):
        run("card", "pin", "check", "--pin-file", pin_file("9999"))
    status, _, err = run("card", "pin", "check", "--pin-file", pin_file("9999"))
    assert status == Exit.FAILURE and "[cryptolib.last_try]" in err
    assert left(run) == 1
    status, _, err = run("card", "test", "--pin-file", pin_file("9999"))
    assert status == Exit.FAILURE and left(run) == 1
    status, _, _ = run("card", "pin", "check", "--last-try", "--pin-file", pin_file(PIN))
    assert status == Exit.OK and left(run) == 3


def test_a_blocked_card_says_so_and_is_unblocked(
    insert: Insert, run: Run, pin_file: CodeFile
) -> None:
    insert()
    for _ in range(3):
        run("card", "pin", "check", "--last-try", "--pin-file", pin_file("9999"))
    result = json.loads(run("card", "pin", "show", "--json")[1])
    assert result["standing"] == "blocked" and result["can"] == ["unblock"]
    said = run("card", "pin", "show")[1]
    assert "blocked" in said and "PUK: Tries left: 3 of 3" in said
    status, out, _ = run("card", "pin", "unblock", "--json", "--pin-file", pin_file(PUK, NEW))
    assert status == Exit.OK and json.loads(out)["standing"] == "good"


def test_without_a_terminal_no_code_is_asked_and_the_file_is_named(
    insert: Insert, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert()
    monkeypatch.setattr("caducee.cli.card_use.has_terminal", lambda: False)
    status, out, err = run("card", "pin", "check")
    assert (status, out) == (Exit.FAILURE, "")
    assert "[cli.no_terminal]" in err and "--pin-file" in err


def test_a_code_is_asked_at_the_terminal_and_never_shown(
    insert: Insert, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert()
    answers = iter([PIN, NEW, NEW])
    monkeypatch.setattr("caducee.cli.card_use.has_terminal", lambda: True)
    monkeypatch.setattr(click.termui, "hidden_prompt_func", lambda _text: next(answers))
    status, out, err = run("card", "pin", "change")
    assert status == Exit.OK
    assert "A new PIN must have 4 digits." in err  # the rules come first
    assert PIN not in out + err and NEW not in out + err
    assert run("card", "pin", "show")[0] == Exit.OK


def test_a_file_that_others_can_read_gives_no_code(
    insert: Insert, run: Run, pin_file: CodeFile
) -> None:
    insert()
    path = pin_file(PIN)
    Path(path).chmod(0o644)
    status, _, err = run("card", "pin", "check", "--pin-file", path)
    assert status == Exit.FAILURE and "[pin.file_unsafe]" in err


def test_a_file_with_too_few_codes_reaches_no_card(
    insert: Insert, run: Run, pin_file: CodeFile
) -> None:
    insert()
    assert run("card", "pin", "change", "--pin-file", pin_file(PIN))[0] == Exit.FAILURE
    assert left(run) == 3


def test_without_a_card_or_a_reader_the_exit_status_says(
    sockets: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for command in (("card", "pin", "show"), ("card", "test")):
        status, _, err = run(*command)
        assert status == Exit.NO_CARD and "no card reader" in err
        assert run(*command, "--reader", "elsewhere")[0] == Exit.FAILURE


def test_a_card_with_contacts_goes_before_one_without(insert: Insert, run: Run) -> None:
    insert("cps3", "a", "contactless")
    insert("cps4", "b")
    assert json.loads(run("card", "pin", "show", "--json")[1])["card"].startswith("CPS4")
    readers = json.loads(run("card", "pin", "show", "--json")[1])["reader"]
    assert readers.endswith("b.sock")


def test_a_contactless_card_alone_has_no_code(insert: Insert, run: Run) -> None:
    insert("cps3", "a", "contactless")
    status, out, _ = run("card", "pin", "show", "--json")
    result = json.loads(out)
    assert status == Exit.OK
    assert result["standing"] == "none" and result["pin"] is None and result["can"] == []


@pytest.mark.parametrize("card", ["cps3", "cps4"])
def test_the_test_services_try_the_keys_with_a_code(
    insert: Insert, run: Run, pin_file: CodeFile, tmp_path: Path, card: str
) -> None:
    insert(card)
    kept = tmp_path / "results.json"
    status, out, err = run(
        *("card", "test", "--json", "--pin-file", pin_file(PIN), "--output", str(kept))
    )
    assert (status, err) == (Exit.OK, "")
    result = json.loads(out)
    assert result == json.loads(kept.read_text())
    outcomes = {item["name"]: item["outcome"] for item in result["steps"]}
    assert outcomes["signature"] == outcomes["authentication"] == "passed"
    assert outcomes["portal"] == "skipped"
    assert PIN not in {value for item in result["steps"] for value in item["facts"].values()}


def test_the_test_services_without_a_code_ask_for_none(insert: Insert, run: Run) -> None:
    insert()
    status, out, _ = run("card", "test")
    assert status == Exit.OK
    assert "✓ Random numbers from the card: passed" in out
    assert "? Sign and verify with the signature key: not run" in out
    assert left(run) == 3


def test_a_wrong_code_ends_the_test_services_with_its_own_status(
    insert: Insert, run: Run, pin_file: CodeFile
) -> None:
    insert()
    status, out, _ = run("card", "test", "--pin-file", pin_file("9999"))
    assert status == Exit.WRONG_PIN
    assert "✗ Verify the PIN: failed" in out and "9999" not in out


def test_a_portal_that_does_not_answer_fails_the_test(insert: Insert, run: Run) -> None:
    insert()
    status, out, _ = run("card", "test", "--portal", "https://localhost:1", "--json")
    steps = {load["name"]: load for load in json.loads(out)["steps"]}
    assert status == Exit.FAILURE
    assert steps["portal"]["problem"]["code"] == "cryptolib.portal_unreachable"


def test_a_terminal_that_answers_no_spares_the_last_try(
    insert: Insert, run: Run, pin_file: CodeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert()
    for _ in range(2):
        run("card", "pin", "check", "--pin-file", pin_file("9999"))

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    status, _, err = run("card", "pin", "check", "--pin-file", pin_file("9999"))
    assert status == Exit.FAILURE and "One try left" in err
    assert left(run) == 1


def test_a_reader_with_keys_asks_for_the_code_itself(
    sockets: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    chip = VirtualCard(MemoryStore(CardImage.load(CARDS / "cps3.json")))
    reader = MemoryReader("with keys")
    typed = iter([PIN, "9999"])
    reader.pin_pad = Firmware(chip, lambda _prompt: next(typed))
    reader.insert(chip)

    @contextmanager
    def in_use(_name: str) -> Iterator[tuple[str, CpsCard]]:
        with open_card(reader) as card:
            yield reader.name, card

    monkeypatch.setattr("caducee.cli.card_pin.card_in_use", in_use)
    status, out, err = run("card", "pin", "check")
    assert status == Exit.OK and "The PIN is correct." in out
    assert "Enter the PIN on the PIN pad" in err
    assert run("card", "pin", "check")[0] == Exit.WRONG_PIN
    monkeypatch.setattr("caducee.cli.card_use.has_terminal", lambda: True)
    monkeypatch.setattr(click.termui, "hidden_prompt_func", lambda _text: PIN)
    assert run("card", "pin", "check", "--keyboard")[0] == Exit.OK
