# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee diag``: what it prints, and how it ends."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.diagnosis.faults import FAULTS, NOTES
from tests.unit.diagnosis.world import NOW, healthy

from caducee.base.clock import FixedClock
from caducee.cli.exits import Exit
from caducee.cli.main import main
from caducee.diagnosis.areas import STATUS, DiagnosisArea
from caducee.diagnosis.bundle import bundle

type Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``caducee diag`` in English; gives status, output, errors."""
    monkeypatch.setenv("LANGUAGE", "en")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)

    def do(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["diag", *map(str, arguments)])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return do


@pytest.fixture
def replay(tmp_path: Path) -> Callable[[str], Path]:
    """A report of a machine with a fault."""

    def make(name: str) -> Path:
        answers = healthy()
        (FAULTS | NOTES).get(name, (lambda world: None, ""))[0](answers)
        file = tmp_path / "report.jsonl"
        file.write_bytes(bundle(answers, (), FixedClock(NOW)))
        return file

    return make


def test_every_code_is_listed_with_cause_consequence_and_cure(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, out, _ = run("--codes", "--json")
    listed = json.loads(out)["codes"]
    assert status == Exit.OK
    assert len(listed) >= 100
    assert all(item["cause"] and item["consequence"] and item["cure"] for item in listed)
    assert f"{listed[0]['code']}\n" in run("--codes")[1]
    monkeypatch.setenv("LANGUAGE", "fr")
    french = json.loads(run("--codes", "--json")[1])["codes"]
    assert all(a["cause"] != b["cause"] for a, b in zip(listed, french, strict=True))


def test_cures_say_which_need_root_and_which_can_be_undone(run: Run) -> None:
    listed = {load["name"]: load for load in json.loads(run("--cures", "--json")[1])["cures"]}
    assert listed["pcscd-restart"]["root"]
    assert not listed["daemon-restart"]["root"]
    assert not listed["cache-clear"]["undo"]
    assert "needs root, can be undone" in run("--cures")[1]


def test_the_first_cause_comes_first_with_its_cure(run: Run, replay: Callable[[str], Path]) -> None:
    status, out, _ = run("--replay", replay("pcscd was killed"))
    assert status == STATUS[DiagnosisArea.READERS]
    first = out.strip().splitlines()[2]
    assert first.startswith("Error: ")
    assert first.endswith("[diag.pcscd_stale_socket]")
    assert "on that machine: sudo caducee diag --apply pcscd-start" in out
    assert "– Card type (skipped: PC/SC: service)" in out


def test_json_has_the_first_code_and_every_check(run: Run, replay: Callable[[str], Path]) -> None:
    found = json.loads(run("--replay", replay("the code is blocked"), "--json")[1])
    assert (found["healthy"], found["first"]) == (False, "diag.code_blocked")
    assert found["findings"][0]["facts"] == {"puk": 3}
    assert {item["name"] for item in found["checks"]} >= {"system", "readers", "logins"}


@pytest.mark.parametrize("name", ["nothing", "a test card", "the disk is nearly full"])
def test_without_an_error_it_ends_well(run: Run, replay: Callable[[str], Path], name: str) -> None:
    status, out, _ = run("--replay", replay(name))
    assert status == Exit.OK
    assert ("No problem found." in out) is (name != "the disk is nearly full")


def test_reports_of_a_folder_are_summed_up(
    run: Run, replay: Callable[[str], Path], tmp_path: Path
) -> None:
    for name, fault in (("pc-1", "pcscd was killed"), ("pc-2", "a test card")):
        written = run("--replay", replay(fault), "--json")[1]
        (tmp_path / f"{name}.json").write_text(written)
    status, out, _ = run("collect", tmp_path)
    assert status == Exit.FAILURE
    assert out.splitlines()[0].endswith("[diag.pcscd_stale_socket]")
    assert out.splitlines()[1:] == ["       pc-1", "    1  no problem found", "       pc-2"]
    assert json.loads(run("collect", tmp_path, "--json")[1])["healthy"] == ["pc-2"]
    (tmp_path / "pc-1.json").unlink()
    assert run("collect", tmp_path)[0] == Exit.OK


def test_a_cure_is_applied_and_undone(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / ".cache/caducee/cards"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    status, out, _ = run("--apply", "cache-folder")
    assert (status, folder.stat().st_mode & 0o777) == (Exit.OK, 0o700)
    assert "caducee diag --undo cache-folder" in out
    listed = run("--cures")[1].splitlines()
    place = next(n for n, line in enumerate(listed) if line.startswith("cache-folder"))
    assert listed[place + 1].strip() == f"Mode of {folder}: 700; before: 777."
    assert listed[place + 2].strip() == "Undo it with: caducee diag --undo cache-folder"
    assert run("--undo", "cache-folder")[0] == Exit.OK
    assert folder.stat().st_mode & 0o777 == 0o777
    status, _, result = run("--undo", "cache-folder")
    assert (status, "diag.cure_not_applied" in result) == (Exit.FAILURE, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--report", "x", "--replay", __file__),
        ("--service", "portal"),
        ("--service", "x=ftp://y"),
        ("--apply", "a", "--undo", "b"),
    ],
)
def test_what_makes_no_sense_is_a_fault_of_use(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments)[0] == Exit.USAGE


def test_a_damaged_report_is_reported(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_text("nothing")
    status, _, result = run("--replay", file)
    assert (status, "diag.report_damaged" in result) == (Exit.FAILURE, True)


def test_what_was_found_is_reported_even_where_the_report_cannot_be_written(tmp_path: Path) -> None:
    # In a process of its own: the library of PC/SC remembers the first socket that it was reported.
    nowhere = {"PCSCLITE_CSOCK_NAME": str(tmp_path / "nothing"), "HOME": str(tmp_path)}
    here = os.environ | nowhere | {"LANGUAGE": "en"}

    def run(report: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "caducee", "diag", "--report", str(report)]
        return subprocess.run(command, env=here, capture_output=True, text=True, check=False)

    done = run(tmp_path / "report.jsonl")
    assert (done.returncode, "Saved: " in done.stderr) == (STATUS[DiagnosisArea.READERS], True)
    assert (tmp_path / "report.jsonl").stat().st_mode & 0o777 == 0o600
    done = run(tmp_path / "no folder" / "report.jsonl")
    assert done.returncode == Exit.FAILURE
    assert "[diag.pcscd_named_socket]" in done.stdout
    assert "base.file_unwritable" in done.stderr
