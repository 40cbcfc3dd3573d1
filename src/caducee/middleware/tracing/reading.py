# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Reads traces: several files become one, in order of time, and only what is asked for is kept."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from caducee.base.errors import FormatError
from caducee.middleware.tracing.record import TraceRecord

__all__ = ["Trace", "TraceFilter", "read_traces", "shown_line", "write_lines"]

_MAX_LINE = 1 << 20
_MAX_RECORDS = 2_000_000


@dataclass(frozen=True, slots=True)
class Trace:
    """What several processes wrote, as one."""

    records: tuple[TraceRecord, ...]
    """In order of time."""

    damaged: int = 0
    """Lines that could not be read: cut by a full disk, or of another program."""


def read_traces(paths: Iterable[Path]) -> Trace:
    """Read trace files and join them. Raises `FormatError` (``trace.unreadable``)."""
    records: list[TraceRecord] = []
    damaged = 0
    for path in paths:
        try:
            with path.open("rb") as file:
                while line := file.readline(_MAX_LINE):
                    found = _record(line)
                    if found is None:
                        damaged += 1
                    else:
                        records.append(found)
                    if len(records) > _MAX_RECORDS:
                        raise FormatError("trace.unreadable", path=str(path), reason="too long")
        except OSError as error:
            raise FormatError("trace.unreadable", path=str(path), reason=error) from error
    records.sort(key=lambda record: record.at)  # stable: what one process wrote keeps its order
    return Trace(tuple(records), damaged)


def _record(line: bytes) -> TraceRecord | None:
    try:
        return TraceRecord.from_line(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def write_lines(records: Iterable[TraceRecord]) -> bytes:
    """Return records as the lines of one trace file."""
    return b"".join(record.to_line() for record in records)


def shown_line(record: TraceRecord) -> str:
    """Return a record as one line for people."""
    said = record.function or record.text or record.holder
    if record.command:
        said = f"  {record.command}  ->  {record.response}"
    elif record.atr:
        said = f"  {record.reader}  ATR {record.atr}"
    spent = "" if record.ms is None else f"{record.ms:9.2f} ms"
    words = (
        f"{record.at:%H:%M:%S.%f}",
        record.trace or "-",
        f"{spent:>12}",
        record.kind,
        said,
        record.result,
    )
    return "  ".join(word for word in words if word)


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceFilter:
    """What is asked for; empty fields ask for nothing in particular."""

    since: dt.datetime | None = None
    until: dt.datetime | None = None
    program: str = ""
    """Part of the program's path, or the application's number, or the process number."""

    function: str = ""
    """A function's name, with or without ``C_``."""

    trace: str = ""
    """The beginning of a trace id."""

    failed: bool = False
    """Only what belongs to a call or command that failed."""

    def keep(self, records: Sequence[TraceRecord]) -> list[TraceRecord]:
        """Return the records that are asked for, with all that has the same trace id.

        So the commands to the card stay with the call that caused them.
        """
        timed = [record for record in records if self._in_time(record)]
        chosen = [self._fits(item) for item in timed]
        ids = {item.trace for item, fits in zip(timed, chosen, strict=True) if fits and item.trace}
        return [
            item
            for item, fits in zip(timed, chosen, strict=True)
            if fits or (item.trace and item.trace in ids)
        ]

    def _in_time(self, record: TraceRecord) -> bool:
        after = self.since is None or record.at >= self.since
        return after and (self.until is None or record.at <= self.until)

    def _fits(self, record: TraceRecord) -> bool:
        names = (record.program, record.application, str(record.pid or ""), record.site)
        return (
            (not self.program or any(self.program in name for name in names))
            and (not self.function or record.function.removeprefix("C_") == self._bare)
            and record.trace.startswith(self.trace)
            and (not self.failed or record.failed)
        )

    @property
    def _bare(self) -> str:
        return self.function.removeprefix("C_")
