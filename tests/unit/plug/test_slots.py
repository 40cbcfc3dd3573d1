# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Notes about inserted cards are believed only as far as their processes live."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from caducee.base.errors import ReaderError, StateError
from caducee.virtualcard.plug import slots
from caducee.virtualcard.plug.slots import Inserted, eject, find, inserted

PCSCD = Path("/run/pcscd")


def insert(card: Path, **options: Any) -> Inserted:
    """Insert the contact face."""
    (made,) = slots.insert(card, **options)
    return made


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The notes of this test."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path / "caducee"


@pytest.fixture
def card(tmp_path: Path) -> Path:
    made = tmp_path / "card.json"
    made.write_text("{}")
    return made


@pytest.fixture
def card_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Callable[[str], None]]:
    """Run a script in the place of the card's process."""
    started: list[int] = []
    real = subprocess.Popen

    def use(script: str) -> None:
        def start(command: list[str], **options: object) -> "subprocess.Popen[bytes]":
            body = f"import os, sys, time; pipe = int(sys.argv[2]); {script}"
            made = real([sys.executable, "-c", body, *command[2:]], **options)  # type: ignore[call-overload]
            started.append(made.pid)
            return made  # type: ignore[no-any-return]

        monkeypatch.setattr("subprocess.Popen", start)

    yield use
    for item in slots._RUNNING:
        if item.pid in started:
            item.kill()
            item.wait()


GOOD = "os.write(pipe, b'{}'); os.close(pipe); time.sleep(60)"


def test_an_inserted_card_is_found_until_it_is_ejected(
    card: Path, folder: Path, card_process: Callable[[str], None]
) -> None:
    card_process(GOOD)
    made = insert(card)
    assert (made.slot, made.card) == (0, str(card))
    assert inserted() == [made]
    assert find(card) == (made,)
    eject(made)
    assert inserted() == []
    assert find(card) == ()
    assert not list(folder.glob("*.json"))
    eject(made)


def test_each_card_takes_the_next_slot_until_all_are_taken(
    card: Path, card_process: Callable[[str], None]
) -> None:
    card_process(GOOD)
    assert [insert(card).slot, insert(card).slot] == [0, 1]
    with pytest.raises(ReaderError) as caught:
        insert(card)
    assert caught.value.code == "reader.slots_taken"


def test_slots_of_others_are_left_alone(card: Path, card_process: Callable[[str], None]) -> None:
    card_process(GOOD)
    assert insert(card, busy={0}).slot == 1


def test_cards_of_another_pcscd_count_apart(
    card: Path, card_process: Callable[[str], None], tmp_path: Path
) -> None:
    card_process(GOOD)
    insert(card)
    assert insert(card, pcscd=tmp_path).slot == 0
    assert len(inserted(tmp_path)) == 1


def test_a_killed_card_leaves_its_slot_free(
    card: Path, card_process: Callable[[str], None]
) -> None:
    card_process(GOOD)
    made = insert(card)
    os.kill(made.pid, 9)
    os.waitpid(made.pid, 0)
    assert inserted() == []
    assert insert(card).slot == 0


def test_a_later_namesake_of_a_card_process_is_never_ended(folder: Path) -> None:
    folder.mkdir(0o700)
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    note = Inserted(0, other.pid, "1", "/card", str(PCSCD))
    (folder / "slot-0.json").write_text(json.dumps({**_fields(note)}))
    assert inserted() == []
    eject(note)
    assert other.poll() is None
    other.kill()
    other.wait()


def _fields(item: Inserted) -> dict[str, object]:
    names = ("slot", "pid", "born", "card", "pcscd")
    return {name: getattr(item, name) for name in names}


@pytest.mark.parametrize("note", ["", "[]", "{", '{"slot": 0}', '{"slot": 0, "other": 1}', "\xff"])
def test_a_spoiled_note_counts_for_nothing(folder: Path, note: str) -> None:
    folder.mkdir(0o700)
    (folder / "slot-0.json").write_text(note, encoding="latin-1")
    assert inserted() == []


def test_a_card_that_does_not_heed_the_end_is_killed(
    card: Path, card_process: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    card_process(f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {GOOD}")
    monkeypatch.setattr(slots, "_END_SECONDS", 0.1)
    eject(insert(card))
    assert inserted() == []


def test_a_card_is_given_the_time_to_end_well(
    card: Path,
    card_process: Callable[[str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(slots, "_END_SECONDS", 60.0)  # also on a machine that is busy
    mark = tmp_path / "ended"
    end = f"time.sleep(0.1); open({str(mark)!r}, 'w'); sys.exit()"
    card_process(f"import signal; signal.signal(signal.SIGTERM, lambda *a: exec({end!r})); {GOOD}")
    eject(insert(card))
    assert mark.exists()


def test_two_commands_at_once_take_two_slots(
    card: Path, card_process: Callable[[str], None]
) -> None:
    card_process(f"time.sleep(0.1); {GOOD}")
    found: list[int] = []
    commands = [threading.Thread(target=lambda: found.append(insert(card).slot)) for _ in "ab"]
    for command in commands:
        command.start()
    for command in commands:
        command.join()
    assert sorted(found) == [0, 1]


def test_the_error_of_the_card_process_is_the_one_that_is_raised(
    card: Path, card_process: Callable[[str], None]
) -> None:
    failure = '{"kind": "StateError", "code": "card.image_in_use", "facts": {"path": "x"}}'
    card_process(f"os.write(pipe, {failure.encode()!r}); sys.exit(1)")
    with pytest.raises(StateError) as caught:
        insert(card)
    assert caught.value.code == "card.image_in_use"
    assert inserted() == []


@pytest.mark.parametrize(
    "said",
    [b"", b"nonsense", b'{"kind": "CpsErr"}', b'{"kind": "Fact"}', b'{"kind": "CpsError"}', b"[1]"],
)
def test_a_card_process_that_ends_otherwise_is_reported_with_its_last_line(
    card: Path, card_process: Callable[[str], None], said: bytes
) -> None:
    card_process(f"os.write(pipe, {said!r}); sys.exit('it went wrong')")
    with pytest.raises(ReaderError) as caught:
        insert(card)
    assert caught.value.code == "reader.card_process_failed"
    assert caught.value.facts["reason"] == "it went wrong"


def test_a_folder_that_others_can_write_to_is_refused(folder: Path, card: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(StateError) as caught:
        insert(card)
    assert caught.value.code == "base.folder_unsafe"


def test_two_faces_take_two_slots_of_one_process_and_leave_together(
    card: Path, folder: Path, card_process: Callable[[str], None]
) -> None:
    card_process(GOOD)
    made = slots.insert(card, faces=("contact", "contactless"))
    assert [(item.face, item.slot) for item in made] == [("contact", 0), ("contactless", 1)]
    assert made[0].pid == made[1].pid
    assert find(card) == made
    eject(made[0])
    assert find(card) == ()


def test_two_faces_need_two_free_slots(
    card: Path, folder: Path, card_process: Callable[[str], None]
) -> None:
    card_process(GOOD)
    with pytest.raises(ReaderError) as full:
        slots.insert(card, faces=("contact", "contactless"), busy={1})
    assert full.value.code == "reader.slots_taken"
