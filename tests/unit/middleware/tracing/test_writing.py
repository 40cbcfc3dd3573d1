# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Traces on disk: what is written, for whom, how much, and what a bad disk does."""

import datetime as dt
import logging
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.clock import FixedClock
from caducee.base.errors import CardRemovedError, FormatError
from caducee.middleware.tracing import (
    RecordKind,
    TraceLevel,
    Tracer,
    TraceRecord,
    TraceSettings,
    context,
    trace_files,
)
from caducee.middleware.tracing.reading import TraceFilter, read_traces, write_lines
from caducee.middleware.tracing.settings import default_folder, from_environment
from caducee.middleware.tracing.transport import TracedContext
from caducee.reader.memory import MemoryContext, MemoryReader
from caducee.reader.transport import Ending
from caducee.testing.chips import ScriptedChip

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


def tracer(folder: Path, level: TraceLevel = TraceLevel.APDUS, **more: int) -> Tracer:
    settings = TraceSettings(level=level, folder=str(folder), **more)
    return Tracer("daemon", settings, clock=FixedClock(NOW))


def records(item: Tracer) -> tuple[TraceRecord, ...]:
    item.close()
    return read_traces([item.path]).records


def test_nothing_is_written_unless_asked(tmp_path: Path) -> None:
    item = Tracer("daemon", TraceSettings(folder=str(tmp_path / "trace")))
    item.write(RecordKind.NOTE, text="x")
    item.close()
    assert not (tmp_path / "trace").exists()


def test_a_line_is_for_its_user_alone_and_comes_back(tmp_path: Path) -> None:
    item = tracer(tmp_path / "trace")
    with context.use(0xABC):
        item.write(
            RecordKind.CALL, function="C_Sign", result="CKR_OK", ms=1.5, facts={"session": 3}
        )
    (found,) = records(item)
    assert (found.trace, found.function, found.at) == ("0000000000000abc", "C_Sign", NOW)
    assert item.path.stat().st_mode & 0o777 == 0o600
    assert item.path.parent.stat().st_mode & 0o777 == 0o700
    assert item.path.name == f"daemon-{os.getpid()}.jsonl"


def test_files_are_put_aside_and_bounded(tmp_path: Path) -> None:
    item = tracer(tmp_path, max_bytes=4096, files=3)
    for number in range(200):
        item.write(RecordKind.NOTE, text=f"{number:0100d}")
    item.close()
    found = trace_files(tmp_path)
    assert len(found) == 3
    assert all(path.stat().st_size <= 4096 for path in found)
    last = read_traces(found).records[-1]
    assert last.text.endswith("199")
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in found)


def test_all_traces_together_are_bounded_and_the_oldest_go_first(tmp_path: Path) -> None:
    for number in range(10):
        path = tmp_path / f"daemon-{number}.jsonl"
        path.write_bytes(bytes(20_000))
        os.utime(path, (number, number))
    item = tracer(tmp_path, max_bytes=4096, folder_bytes=65536)
    item.write(RecordKind.NOTE, text="x")
    item.close()
    kept = {path.name for path in trace_files(tmp_path)}
    assert kept == {"daemon-7.jsonl", "daemon-8.jsonl", "daemon-9.jsonl", item.path.name}


def test_a_full_disk_ends_the_trace_and_harms_nothing(caplog: pytest.LogCaptureFixture) -> None:
    item = tracer(Path("/dev/full/no"))
    with caplog.at_level(logging.WARNING):
        item.write(RecordKind.NOTE, text="x")
        item.write(RecordKind.NOTE, text="y")
    assert caplog.text.count("tracing ends") == 1
    assert item.level is TraceLevel.OFF


def test_a_folder_that_no_system_has_ends_the_trace(caplog: pytest.LogCaptureFixture) -> None:
    item = tracer(Path("/nowhere/\0"))
    item.write(RecordKind.NOTE, text="x")
    assert caplog.text.count("tracing ends") == 1
    assert item.level is TraceLevel.OFF


def test_a_disk_that_fills_up_ends_the_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    item = tracer(tmp_path)
    item.write(RecordKind.NOTE, text="x")
    full = os.open("/dev/full", os.O_WRONLY)
    assert item._handle is not None
    os.dup2(full, item._handle)
    os.close(full)
    item.write(RecordKind.NOTE, text="y")
    assert "No space left" in caplog.text
    assert item.level is TraceLevel.OFF


def test_no_link_is_followed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    item = tracer(tmp_path)
    target = tmp_path / "target"
    item.path.symlink_to(target)
    item.write(RecordKind.NOTE, text="x")
    assert not target.exists()
    assert "tracing ends" in caplog.text


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ("apdus", TraceLevel.APDUS),
        ("calls", TraceLevel.CALLS),
        ("1", TraceLevel.CALLS),
        ("off", TraceLevel.OFF),
        ("0", TraceLevel.OFF),
        ("", TraceLevel.CALLS),
    ],
)
def test_the_environment_goes_before_the_settings(said: str, level: TraceLevel) -> None:
    settings = TraceSettings(level=TraceLevel.CALLS, folder="/a")
    assert from_environment(settings, {"CADUCEE_TRACE": said}) == (level, Path("/a"))
    named = {"CADUCEE_TRACE_FOLDER": "/b"}
    assert from_environment(settings, named)[1] == Path("/b")
    assert from_environment(TraceSettings(), {})[1] == default_folder()


def test_threads_write_whole_lines(tmp_path: Path) -> None:
    item = tracer(tmp_path, max_bytes=1 << 20)

    def write() -> None:
        for _ in range(50):
            item.write(RecordKind.NOTE, text="x" * 200)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    item.close()
    assert len(read_traces([item.path]).records) == 200
    assert read_traces([item.path]).damaged == 0


# The dialogue with the card


def test_commands_are_traced_with_codes_masked_under_the_id_of_the_call(tmp_path: Path) -> None:
    item = tracer(tmp_path)
    reader = MemoryReader()
    reader.insert(ScriptedChip())
    (traced,) = TracedContext(MemoryContext(reader), item).readers()
    with context.use(7):
        transport = traced.connect()
        with transport.transaction(Ending.RESET):
            transport.transmit(bytes.fromhex("0020000104 31323334"))
        transport.reset()
        transport.close()
    found = records(item)
    assert [entry.kind for entry in found] == ["card", "apdu", "reset", "reset", "card"]
    assert found[1].command == "0020000104********"
    assert {entry.trace for entry in found} == {"0000000000000007"}
    assert b"31323334" not in item.path.read_bytes()


def test_a_card_that_leaves_is_traced(tmp_path: Path) -> None:
    item = tracer(tmp_path)
    reader = MemoryReader()
    reader.insert(ScriptedChip())
    (traced,) = TracedContext(MemoryContext(reader), item).readers()
    transport = traced.connect()
    reader.eject()
    with pytest.raises(CardRemovedError):
        transport.transmit(bytes.fromhex("0084000008"))
    assert records(item)[-1].result == "reader.card_removed"


def test_calls_alone_have_no_commands(tmp_path: Path) -> None:
    item = tracer(tmp_path, TraceLevel.CALLS)
    reader = MemoryReader()
    reader.insert(ScriptedChip())
    (traced,) = TracedContext(MemoryContext(reader), item).readers()
    traced.connect().transmit(bytes.fromhex("0084000008"))
    item.write(RecordKind.CALL, function="C_GetInfo")
    assert [entry.kind for entry in records(item)] == ["call"]


# Reading


def record(at: int, **more: object) -> TraceRecord:
    fields: dict[str, object] = {"kind": RecordKind.CALL, **more}
    return TraceRecord(at=NOW + dt.timedelta(seconds=at), **fields)  # type: ignore[arg-type]


def test_files_are_joined_in_order_of_time_and_damage_is_counted(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(write_lines([record(0, text="0"), record(2, text="2")]))
    second.write_bytes(write_lines([record(1, text="1")]) + b'{"at": "cut o')
    found = read_traces([first, second])
    assert [item.text for item in found.records] == ["0", "1", "2"]
    assert found.damaged == 1


def test_a_file_that_is_not_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"trace\.unreadable"):
        read_traces([tmp_path / "none"])


@given(st.binary(max_size=200))
def test_any_line_is_a_record_or_damage(line: bytes) -> None:
    try:
        TraceRecord.from_line(line)
    except Exception as error:  # whatever it is, `read_traces` must take it for damage
        from caducee.middleware.tracing.reading import _record

        assert _record(line) is None, error


CALLS = [
    record(0, trace="a1", function="C_Login", program="/usr/bin/one", pid=5, result="CKR_OK"),
    record(1, trace="a1", kind=RecordKind.APDU, command="00", response="9000"),
    record(2, trace="b2", function="C_Sign", program="/usr/bin/two", result="CKR_DEVICE_ERROR"),
    record(3, trace="b2", kind=RecordKind.APDU, command="00", response="6A82"),
    record(4, kind=RecordKind.CARD, atr="3B"),
]


@pytest.mark.parametrize(
    ("chosen", "kept"),
    [
        (TraceFilter(), [0, 1, 2, 3, 4]),
        (TraceFilter(program="one"), [0, 1]),
        (TraceFilter(program="5"), [0, 1]),
        (TraceFilter(function="C_Sign"), [2, 3]),
        (TraceFilter(function="Sign"), [2, 3]),
        (TraceFilter(trace="b"), [2, 3]),
        (TraceFilter(failed=True), [2, 3]),
        (TraceFilter(since=NOW + dt.timedelta(seconds=3)), [3, 4]),
        (TraceFilter(until=NOW + dt.timedelta(seconds=1)), [0, 1]),
    ],
)
def test_what_belongs_together_is_kept_together(chosen: TraceFilter, kept: list[int]) -> None:
    assert chosen.keep(CALLS) == [CALLS[n] for n in kept]
