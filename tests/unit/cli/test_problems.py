# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How errors are shown: once, and as JSON where JSON was asked for."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from caducee.base.errors import ConfigError, IssueError
from caducee.cli.exits import Exit
from caducee.cli.main import command, main
from caducee.issuance.profiles import profile
from caducee.middleware.daemon.settings import load_settings
from caducee.sandbox.running import alone
from caducee.sandbox.world import Sandbox
from caducee.testing.keys import SharedKeys

type Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``caducee`` in English; gives status, output, errors."""
    monkeypatch.setenv("LANGUAGE", "en")
    monkeypatch.delenv("CADUCEE_SANDBOX", raising=False)

    def do(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([*map(str, arguments)])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return do


@pytest.fixture
def world(tmp_path: Path) -> Path:
    Sandbox.create(tmp_path / "world", ca_keys=SharedKeys()).close()
    return tmp_path / "world"


def test_under_json_an_error_is_one_json_object_on_standard_error(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "nothing"
    status, out, errors = run("sandbox", "--sandbox", folder, "show", "--json")
    assert (status, out) == (Exit.FAILURE, "")
    result = json.loads(errors)["error"]
    assert (result["code"], result["facts"]) == ("sandbox.missing", {"folder": str(folder)})
    assert result["message"] and result["advice"]


def test_under_json_a_wrong_command_line_is_json_too(run: Run) -> None:
    status, out, errors = run("diag", "--json", "--timeout", "x")
    assert (status, out) == (Exit.USAGE, "")
    assert json.loads(errors)["error"]["code"] == "cli.usage"


def test_under_json_what_goes_well_ends_well(run: Run) -> None:
    status, out, errors = run("diag", "--cures", "--json")
    assert (status, errors) == (Exit.OK, "")
    assert json.loads(out)["cures"]


def test_under_json_a_warning_of_a_command_is_json_too(run: Run, tmp_path: Path) -> None:
    os.environ["HOME"], home = str(tmp_path), os.environ["HOME"]
    try:
        errors = run("browser", "install", "--json", "--module", tmp_path / "gone.so")[2]
    finally:
        os.environ["HOME"] = home
    assert json.loads(errors)["error"]["code"] == "cryptolib.module_missing"


def test_an_error_inside_another_one_shows_one_code(tmp_path: Path) -> None:
    file = tmp_path / "cryptolib.toml"
    file.write_text("x = 1")
    trouble = load_settings(file)[1]
    assert trouble is not None
    assert "[base.config_invalid]" not in str(trouble)
    assert str(trouble).count("[") == 1


def test_a_profile_like_no_other_names_none(run: Run) -> None:
    with pytest.raises(IssueError) as caught:
        profile("zzzzzz")
    assert caught.value.code == "issuance.profile_unknown"
    assert "-." not in caught.value.sentence()
    with pytest.raises(IssueError) as caught:
        profile("cps-medecn")
    assert "cps-medecin" in caught.value.sentence()


def test_a_file_that_may_not_be_read_is_not_said_to_be_missing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "closed" / "card.json"
    original = os.stat

    def closed(path: Any, *more: Any, **options: Any) -> os.stat_result:
        if path == str(file):
            raise PermissionError(13, "Permission denied")
        return original(path, *more, **options)

    monkeypatch.setattr(os, "stat", closed)
    status, _, errors = run("card", "fault", file)
    assert status == Exit.USAGE
    assert "is not readable" in errors and "does not exist" not in errors
    assert "does not exist" in run("card", "fault", tmp_path / "gone")[2]


def test_a_sandbox_that_may_not_be_read_is_not_said_to_be_missing(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(path: Path, **_options: object) -> os.stat_result:
        raise PermissionError(13, "Permission denied")

    def unread(path: Path, **_options: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", closed)
    monkeypatch.setattr(Path, "read_text", unread)
    with pytest.raises(ConfigError) as caught:
        Sandbox(world)
    assert caught.value.code == "base.config_unreadable"


@pytest.mark.parametrize("verb", ["up", "serve"])
def test_a_world_that_runs_is_not_run_twice(run: Run, world: Path, verb: str) -> None:
    with alone(world):
        status, out, errors = run("sandbox", "--sandbox", world, verb)
    assert (status, out) == (Exit.FAILURE, "")
    assert "[sandbox.running]" in errors
    with alone(world):
        pass  # it was let go


def commands(group: click.Command) -> list[click.Command]:
    found = [group]
    if isinstance(group, click.Group):
        context = click.Context(group)
        for name in group.list_commands(context):
            below = group.get_command(context, name)
            if below is not None:
                found += commands(below)
    return found


def test_one_option_names_the_folder_of_a_world_in_every_command() -> None:
    folders = {
        option
        for item in commands(command)
        for parameter in item.params
        if isinstance(parameter, click.Option)
        and isinstance(parameter.type, click.Path)
        and parameter.type.file_okay is False
        and "world" in f"{parameter.help}".lower() + f"{item.help}".lower()
        for option in parameter.opts
    }
    assert "--sandbox" in folders
    assert not folders & {"--folder", "--world"}
