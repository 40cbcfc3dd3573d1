# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Reports follow the documented schema, name the area of the first error, and are summed up."""

import json
from pathlib import Path

import jsonschema
import pytest
from tests.unit.diagnosis.faults import FAULTS, NOTES
from tests.unit.diagnosis.world import healthy

from caducee.diagnosis.areas import STATUS, DiagnosisArea, area_of
from caducee.diagnosis.checks import CHECKS
from caducee.diagnosis.collection import collect, schema
from caducee.diagnosis.context import CheckContext
from caducee.diagnosis.engine import run
from caducee.diagnosis.model import Report
from caducee.diagnosis.plain import report_as_plain
from caducee.diagnosis.probes import RecordedProbes

DOCUMENTED = Path(__file__).parents[3] / "docs/reference/diagnosis-report.schema.json"


def report(*names: str) -> Report:
    answers = healthy()
    for name in names:
        (FAULTS | NOTES)[name][0](answers)
    return run(CheckContext(RecordedProbes(answers)), CHECKS)


def test_the_schema_is_the_documented_one() -> None:
    assert json.loads(DOCUMENTED.read_text(encoding="utf-8")) == schema()


def test_every_report_follows_the_schema() -> None:
    validator = jsonschema.Draft202012Validator(schema())
    for name in (None, *FAULTS, *NOTES):
        plain = json.loads(json.dumps(report_as_plain(report(*([name] if name else [])))))
        assert [error.message for error in validator.iter_errors(plain)] == [], name


@pytest.mark.parametrize(
    ("name", "area"),
    [
        ("a library of the installation is missing", DiagnosisArea.MACHINE),
        ("pcscd was killed", DiagnosisArea.READERS),
        ("the code is blocked", DiagnosisArea.CARD),
        ("the disk is nearly full", None),
    ],
)
def test_the_area_is_that_of_the_first_error(name: str, area: DiagnosisArea | None) -> None:
    assert area_of(report(name)) is area


def test_areas_end_with_statuses_that_no_other_command_has() -> None:
    assert list(STATUS.values()) == [10, 11, 12, 13, 14, 15]


def test_workstations_are_sorted_by_their_first_cause(tmp_path: Path) -> None:
    for name, fault in (("a", "the code is blocked"), ("b", "pcscd was killed")):
        (tmp_path / f"pc-{name}.json").write_text(json.dumps(report_as_plain(report(fault))))
    (tmp_path / "pc-c.json").write_text((tmp_path / "pc-b.json").read_text())
    (tmp_path / "pc-d.json").write_text(json.dumps(report_as_plain(report())))
    (tmp_path / "pc-e.json").write_text("{}")
    (tmp_path / "notes.txt").write_text("not looked at")
    found = collect(tmp_path)
    assert list(found.errors.items()) == [
        ("diag.pcscd_stale_socket", ["pc-b", "pc-c"]),
        ("diag.code_blocked", ["pc-a"]),
    ]
    assert (found.healthy, found.unchecked, found.unreadable) == (["pc-d"], [], ["pc-e"])
    assert found.to_plain()["errors"][0]["cause"] == found.causes["diag.pcscd_stale_socket"]
