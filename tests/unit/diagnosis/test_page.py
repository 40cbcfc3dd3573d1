# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The report as a page and as text."""

import html.parser
import json
import re
from pathlib import Path

import pytest
from tests.unit.diagnosis.faults import FAULTS
from tests.unit.diagnosis.slow import PATIENCE, Place, heard
from tests.unit.diagnosis.world import change, healthy

from caducee.base.errors import StateError
from caducee.base.i18n import use_language
from caducee.desktop.diagnosis.save import FORMS, BundleFormat, save
from caducee.diagnosis.checks import CHECKS
from caducee.diagnosis.context import CheckContext
from caducee.diagnosis.engine import run
from caducee.diagnosis.job import DiagnosisDone
from caducee.diagnosis.model import Report
from caducee.diagnosis.page import report_as_page
from caducee.diagnosis.plain import report_as_text
from caducee.diagnosis.probes import RecordedProbes
from caducee.diagnosis.session import DiagnosisOptions, DiagnosisSession
from caducee.reader.cancelling import CancelToken


def report(*names: str) -> Report:
    answers = healthy()
    for name in names:
        FAULTS[name][0](answers)
    return run(CheckContext(RecordedProbes(answers)), CHECKS)


class Balanced(html.parser.HTMLParser):
    """Fails on a tag that is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_page_reports_cause_consequence_cure_and_every_check() -> None:
    page = report_as_page(report("the code is blocked", "the portal is silent"), "today")
    parser = Balanced()
    parser.feed(page)
    assert parser.open == []
    words = " ".join(parser.words)
    assert words.index("diag.code_blocked") < words.index("diag.service_silent")
    for check in CHECKS:
        assert check.title in words
    assert 'lang="en"' in page
    assert not re.search(r"(src|href)=", page)  # it loads nothing


def test_the_page_is_in_the_language_of_the_reader() -> None:
    with use_language("fr"):
        page = report_as_page(report("the code is blocked"), "today")
    assert 'lang="fr"' in page
    assert "Erreur" in page and "What to do" not in page


def test_what_comes_from_outside_is_never_html() -> None:
    answers = healthy()
    change("module", loads=False, reason="<script>alert(1)</script>")(answers)
    page = report_as_page(run(CheckContext(RecordedProbes(answers)), CHECKS), "<b>")
    assert "<script" not in page and "&lt;script&gt;" in page
    assert "<b>" not in page


def test_a_diagnosis_that_was_stopped_says_so() -> None:
    cancel = CancelToken()
    cancel.cancel()
    stopped = run(CheckContext(RecordedProbes(healthy())), CHECKS, cancel=cancel)
    for text in (report_as_page(stopped, ""), report_as_text(stopped)):
        assert "No problem found." not in text
        assert "interrupted" in text.lower()


def test_the_text_is_what_the_command_prints() -> None:
    text = report_as_text(report("the code is blocked"))
    assert text.startswith("Errors: 1, warnings: 0, not checked: 0.\n\nError: ")
    assert "[diag.code_blocked]" in text
    assert "✗ PIN and PUK status" in text


def finished() -> DiagnosisSession:
    events, hear = heard()
    place = Place(FAULTS["the code is blocked"][0])
    place.probes.answers["module"] = healthy()["module"].__class__(
        path="/home/durandal/lib.so", version="1.0"
    )
    job = place.job(DiagnosisOptions(names=("durandal",)), hear)
    job.start()
    assert job.join(PATIENCE)
    last = events[-1]
    assert isinstance(last, DiagnosisDone)
    return last.session


@pytest.mark.parametrize("form", FORMS, ids=lambda item: item.name)
def test_every_form_of_file_reports_the_first_code_and_no_name(
    tmp_path: Path, form: BundleFormat
) -> None:
    path = tmp_path / f"x{form.suffix}"
    save(finished(), form, path)
    text = path.read_text(encoding="utf-8")
    assert "durandal" not in text
    if form.name == "json":
        assert json.loads(text)["first"] == "diag.code_blocked"
    elif form.name == "page":
        assert "diag.code_blocked" in text
    else:
        again = DiagnosisSession(DiagnosisOptions(replay=path)).run()
        assert again.first is not None and again.first.code == "diag.code_blocked"


def test_a_file_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    with pytest.raises(StateError) as caught:
        save(finished(), FORMS[0], tmp_path / "missing" / "x")
    assert caught.value.code == "base.file_unwritable"
