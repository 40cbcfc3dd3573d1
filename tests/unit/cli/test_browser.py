# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from caducee.cli.exits import Exit
from caducee.cli.main import main

type Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command with a home of its own, without the tools of NSS."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LANGUAGE", "en")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("CADUCEE_PKCS11_MODULE", "/nowhere.so")

    def do(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["browser", *arguments, "--user"])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return do


@pytest.fixture
def module(tmp_path: Path) -> str:
    path = tmp_path / "module.so"
    path.touch()
    return str(path)


def hosts(text: str) -> list[tuple[str | None, str, str]]:
    found = [load for load in json.loads(text) if load["kind"] == "host"]
    return [(item["browser"], item["state"], item["outcome"]) for item in found]


def test_installation_is_reported_and_undone(run: Run, tmp_path: Path) -> None:
    status, said, _ = run("install")
    assert status == Exit.OK
    assert "Firefox, program for the extension: added" in said
    assert "open them again" in said
    assert "Firefox, program for the extension: installed" in run("status")[1]
    assert "removed" in run("remove")[1]
    assert list(tmp_path.iterdir()) == []


def test_programs_read_json(run: Run) -> None:
    absent = hosts(run("status", "--json")[1])
    assert absent == [
        (None, "absent", "nothing"),
        ("Firefox", "absent", "nothing"),
        ("Chromium", "absent", "nothing"),
    ]
    added = hosts(run("install", "--json")[1])
    assert {item[1:] for item in added} == {("installed", "added")}


def test_dry_run_says_that_nothing_was_changed(run: Run, tmp_path: Path) -> None:
    status, said, _ = run("install", "--dry-run")
    assert (status, "Nothing was changed" in said) == (Exit.OK, True)
    assert ": would be added" in said and ": added" not in said
    assert list(tmp_path.iterdir()) == []


def test_what_fails_is_explained_and_ends_with_failure(run: Run, module: str) -> None:
    status, said, _ = run("install", "--module", module)
    assert status == Exit.FAILURE
    assert "certutil" in said
    assert "libnss3-tools" in said


def test_the_same_trouble_of_several_browsers_is_reported_once(run: Run, module: str) -> None:
    said = run("install", "--module", module)[1]
    assert said.count("libnss3-tools") == 1


def test_module_that_is_not_there_is_refused(run: Run, tmp_path: Path) -> None:
    status, _, error = run("install", "--module", str(tmp_path / "none.so"))
    assert (status, "cryptolib.module_missing" in error) == (Exit.FAILURE, True)
    assert list(tmp_path.iterdir()) == []


def test_without_the_module_the_extension_is_installed_alone_and_that_is_reported(run: Run) -> None:
    status, said, error = run("install", "--json")
    assert status == Exit.OK
    assert {load["kind"] for load in json.loads(said)} == {"host"}
    assert "cryptolib.module_missing" in error


def test_answers_are_in_french_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "fr")
    assert "ajouté" in run("install")[1]


@pytest.mark.parametrize("closed", ["folder", "module"])
def test_root_is_reported_when_others_cannot_read_the_module(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    closed: str,
) -> None:
    real = Path.stat

    def found(self: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        result = real(self, follow_symlinks=follow_symlinks)
        mode = result.st_mode & ~0o007 if self.name == closed else result.st_mode | 0o005
        return os.stat_result((mode, *result[1:]))

    module = tmp_path / "folder" / "module"
    module.parent.mkdir()
    module.touch()
    monkeypatch.setattr(Path, "stat", found)

    def errors(*more: str) -> str:
        with pytest.raises(SystemExit):
            main(["browser", "install", "--dry-run", "--module", str(module), *more])
        return capsys.readouterr().err

    shut = module if closed == "module" else module.parent
    assert f"{shut} is closed to other users" in errors("--system")
    assert "closed" not in errors("--user")
    closed = "nothing"
    assert "closed" not in errors("--system")
