# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A recorded dialogue again: against a card, and in the place of the card."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from caducee.base.clock import FixedClock
from caducee.base.errors import FormatError
from caducee.base.i18n import use_language
from caducee.base.secret import Secret
from caducee.cli.trace import trace
from caducee.cryptolib import open_card
from caducee.middleware.tracing import (
    RecordKind,
    TraceLevel,
    Tracer,
    TraceRecord,
    TraceSettings,
    context,
)
from caducee.middleware.tracing.anonymise import anonymise
from caducee.middleware.tracing.html import page
from caducee.middleware.tracing.reading import read_traces, write_lines
from caducee.middleware.tracing.replay import RecordedChip, against, to_transcript
from caducee.middleware.tracing.transport import TracedReader
from caducee.reader.memory import MemoryReader
from caducee.reader.transcript import Transcript
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.personalise import PersonalisationData, cps3
from caducee.virtualcard.plug.socket import SocketPlug
from caducee.virtualcard.store import MemoryStore

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


def reader_with(content: PersonalisationData) -> MemoryReader:
    reader = MemoryReader()
    reader.insert(VirtualCard(MemoryStore(cps3(content))))
    return reader


@pytest.fixture
def traced(tmp_path: Path, content: PersonalisationData) -> list[TraceRecord]:
    """A login with a card, as a trace."""
    settings = TraceSettings(level=TraceLevel.APDUS, folder=str(tmp_path / "trace"))
    tracer = Tracer("daemon", settings, clock=FixedClock(NOW))
    with context.use(0xA1), open_card(TracedReader(reader_with(content), tracer)) as card:
        card.holder()
        card.verify(Secret.of("1234"))
        card.activities()
    facts = {"session": 1, "pin": "****"}
    tracer.write(
        RecordKind.CALL, trace=0xA1, function="C_Login", result="CKR_OK", ms=1.0, facts=facts
    )
    tracer.close()
    return list(read_traces([tracer.path]).records)


def test_the_card_of_a_trace_is_the_same_card_to_the_cryptolib(
    traced: list[TraceRecord], content: PersonalisationData
) -> None:
    chip = RecordedChip(Transcript.parse(to_transcript(traced)))
    reader = MemoryReader()
    reader.insert(chip)
    with open_card(reader) as played, open_card(reader_with(content)) as true:
        assert played.holder() == true.holder()
        played.verify(Secret.of("1234"))
        assert [activity.sector for activity in played.activities()] == ["SA07", "SA01"]


def test_an_anonymised_card_is_still_one(traced: list[TraceRecord]) -> None:
    chip = RecordedChip(Transcript.parse(to_transcript(anonymise(traced))))
    reader = MemoryReader()
    reader.insert(chip)
    with open_card(reader) as card:
        found = card.holder()
    assert len(found.family_name) == len("DOC0000012")
    assert found.family_name != "DOC0000012"
    assert found.ps_idnat != "899700000012" and found.ps_idnat.isdigit()
    assert found.card_number != "2900995235" and len(found.card_number) == 10


def test_a_command_that_was_not_recorded_is_refused(traced: list[TraceRecord]) -> None:
    chip = RecordedChip(Transcript.parse(to_transcript(traced)))
    assert chip.power_on() == chip.reset() == bytes.fromhex(traced[0].atr)
    assert chip.transmit(bytes.fromhex("00FF000000")) == b"\x6f\x00"
    chip.power_off()


def test_against_the_same_card_nothing_differs_and_no_try_is_spent(
    traced: list[TraceRecord], content: PersonalisationData
) -> None:
    transcript = Transcript.parse(to_transcript(traced))
    reader = reader_with(content)
    steps = list(against(transcript, reader.connect()))
    outcomes = [step.outcome for step in steps]
    assert outcomes.count("left out") == 2  # the check, and before the activities
    after = outcomes.index("left out")
    assert set(outcomes[:after]) == {"same"}  # what needs the code differs without it
    with open_card(reader) as card:
        assert card.pin_state().tries_left == 3


def test_against_another_card_the_differences_are_shown(traced: list[TraceRecord]) -> None:
    reader = MemoryReader()
    reader.insert(RecordedChip(Transcript.parse(to_transcript(anonymise(traced)))))
    steps = list(against(Transcript.parse(to_transcript(traced)), reader.connect()))
    assert any(step.outcome == "different" for step in steps)


def test_a_trace_without_commands_has_no_dialogue() -> None:
    with pytest.raises(FormatError, match=r"trace\.no_dialogue"):
        to_transcript([TraceRecord(at=NOW, kind=RecordKind.CALL, function="C_GetInfo")])


def test_a_page_shows_calls_and_escapes_what_it_shows(traced: list[TraceRecord]) -> None:
    bad = TraceRecord(at=NOW, kind=RecordKind.NOTE, text="<script>alert(1)</script>", result="x<y")
    made = page([*traced, bad], "A & B")
    assert "<script>" not in made and "&lt;script&gt;" in made
    assert "A &amp; B" in made and "C_Login" in made and "VERIFY" in made
    assert "http" not in made.replace("http-equiv", "")
    with use_language("fr"):
        assert '<html lang="fr">' in page(traced)
    assert page([]).count("<details>") == 0


# The command


type Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, traced: list[TraceRecord], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("CADUCEE_TRACE_FOLDER", str(tmp_path / "trace"))

    def run(*arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(trace, list(arguments))
        assert done.exit_code == code, done.output + repr(done.exception)
        return done.stdout

    return run


def test_folder_prints_where_traces_are(run: Run, tmp_path: Path) -> None:
    assert run("folder").strip() == str(tmp_path / "trace")


def test_join_puts_files_together(run: Run, tmp_path: Path, traced: list[TraceRecord]) -> None:
    other = tmp_path / "host.jsonl"
    other.write_bytes(
        write_lines(
            [TraceRecord(at=NOW - dt.timedelta(1), kind=RecordKind.WEB, trace=f"{0xA1:016x}")]
        )
    )
    lines = run("join", str(tmp_path / "trace"), str(other)).splitlines()
    assert len(lines) == len(traced) + 1
    assert json.loads(lines[0])["kind"] == "web"
    assert run("join", str(other), "--id", "A1", code=1) == ""
    assert len(run("join", str(other), "--id", "00000").splitlines()) == 1


def test_show_prints_a_line_for_each(run: Run, traced: list[TraceRecord]) -> None:
    shown = run("show", "--function", "C_Login")
    assert len(shown.splitlines()) == len([item for item in traced if item.trace])
    assert ("C_Login" in shown and "0020000108****" in shown.replace(" ", "")) or "****" in shown


def test_html_and_transcript_are_written_for_the_user_alone(run: Run, tmp_path: Path) -> None:
    for command in ("html", "transcript", "anonymise"):
        target = tmp_path / f"out-{command}"
        run(command, "-o", str(target))
        assert target.stat().st_mode & 0o777 == 0o600
    assert Transcript.parse((tmp_path / "out-transcript").read_text()).exchanges
    assert "DOC0000012" not in (tmp_path / "out-anonymise").read_text()


def test_replay_compares_with_a_card_at_a_socket(
    run: Run, tmp_path: Path, content: PersonalisationData, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = tmp_path_factory.mktemp("k") / "k.sock"
    plug = SocketPlug(VirtualCard(MemoryStore(cps3(content))), place)
    plug.start()
    try:
        shown = run("replay", "--socket", str(place), code=1)
    finally:
        plug.stop()
    assert "left out" in shown and shown.count("same") > 20
