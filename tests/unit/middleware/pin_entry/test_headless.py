# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The agent that gives a code from a file."""

import io
from pathlib import Path

import pytest

from caducee.base.secret import Secret
from caducee.middleware.pin_entry import PinKind, PinQuestion, PinRequest
from caducee.middleware.pin_entry.headless import main, serve
from caducee.middleware.pin_entry.protocol import PinEntryLine, Verb


def asked(path: Path, question: PinQuestion, *more: PinEntryLine) -> list[str]:
    lines = [*question.to_lines(), *more]
    come, go = io.BytesIO(b"".join(line.to_bytes() for line in lines)), io.BytesIO()
    serve(str(path), come, go)
    return go.getvalue().decode().splitlines()


def pin_file(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "code"
    path.write_text(text)
    path.chmod(mode)
    return path


def question(kind: PinKind = PinKind.LOGIN, tries: int | None = 3) -> PinQuestion:
    return PinQuestion(PinRequest(kind, tries_left=tries))


def test_it_gives_the_code_of_its_file(tmp_path: Path) -> None:
    assert asked(pin_file(tmp_path, "1234\n"), question()) == ["CODE 31323334 -"]


def test_a_change_takes_two_codes(tmp_path: Path) -> None:
    path = pin_file(tmp_path, "1234\n5678\n")
    assert asked(path, question(PinKind.CHANGE)) == ["CODE 31323334 35363738"]
    assert asked(pin_file(tmp_path, "1234"), question(PinKind.CHANGE))[0].startswith("ERROR")


def test_a_new_code_alone_has_no_old_one(tmp_path: Path) -> None:
    assert asked(pin_file(tmp_path, "5678"), question(PinKind.NEW)) == ["CODE - 35363738"]


def test_it_never_risks_the_last_try_nor_repeats_a_wrong_code(tmp_path: Path) -> None:
    path = pin_file(tmp_path, "1234")
    assert asked(path, question(tries=1)) == ["CANCEL"]
    assert asked(
        path,
        question(),
        PinEntryLine(Verb.WRONG),
        PinEntryLine("TRIES", "2"),
        PinEntryLine(Verb.ASK),
    ) == [
        "CODE 31323334 -",
        "CANCEL",
    ]


def test_it_ends_when_it_is_reported(tmp_path: Path) -> None:
    path = pin_file(tmp_path, "1234")
    assert len(asked(path, question(), PinEntryLine(Verb.DONE), PinEntryLine(Verb.ASK))) == 1


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    found = asked(pin_file(tmp_path, "1234", mode), question())
    assert found == ["ERROR pin.file_unsafe"]


@pytest.mark.parametrize("text", ["", "\n", "1" * 300])
def test_a_file_without_a_code_is_refused(tmp_path: Path, text: str) -> None:
    assert asked(pin_file(tmp_path, text), question()) == ["ERROR pin.file_unsafe"]


def test_no_link_is_followed(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(pin_file(tmp_path, "1234"))
    assert asked(link, question()) == ["ERROR pin.file_unsafe"]


def test_the_codes_are_wiped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Secret] = []
    kept = Secret.__init__

    def note(secret: Secret, value: bytes | bytearray) -> None:
        kept(secret, value)
        made.append(secret)

    monkeypatch.setattr(Secret, "__init__", note)
    asked(pin_file(tmp_path, "1234\n5678"), question())
    assert len(made) == 2 and not any(made)


def test_without_its_file_it_says_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err
