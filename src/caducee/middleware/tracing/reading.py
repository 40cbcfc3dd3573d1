# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Reads traces: several files become one, in order of time, and only what is asked for is kept."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from caducee.base.errors import FormatError
from caducee.middleware.tracing.record import Record

__all__ = ["Filter", "Trace", "read_traces", "shown_line", "write_lines"]

_MAX_LINE = 1 << 20
_MAX_RECORDS = 2_000_000


@dataclass(frozen=True, slots=True)
class Trace:
    """What several processes wrote, as one."""

    records: tuple[Record, ...]
    """In order of time."""

    damaged: int = 0
    """Lines that could not be read: cut by a full disk, or of another program."""


def read_traces(paths: Iterable[Path]) -> Trace:
    """Read trace files and join them. Raises `FormatError` (``trace.unreadable``)."""
    records: list[Record] = []
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
            reason = error.strerror or str(error)
            raise FormatError("trace.unreadable", path=str(path), reason=reason) from error
    records.sort(key=lambda one: one.at)  # stable: what one process wrote keeps its order
    return Trace(tuple(records), damaged)


def _record(line: bytes) -> Record | None:
    try:
        return Record.from_line(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def write_lines(records: Iterable[Record]) -> bytes:
    """Return records as the lines of one trace file."""
    return b"".join(one.to_line() for one in records)


def shown_line(one: Record) -> str:
    """Return a record as one line for people."""
    said = one.function or one.text or one.holder
    if one.command:
        said = f"  {one.command}  ->  {one.response}"
    elif one.atr:
        said = f"  {one.reader}  ATR {one.atr}"
    spent = "" if one.ms is None else f"{one.ms:9.2f} ms"
    words = (f"{one.at:%H:%M:%S.%f}", one.trace or "-", f"{spent:>12}", one.kind, said, one.result)
    return "  ".join(word for word in words if word)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
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

    def keep(self, records: Sequence[Record]) -> list[Record]:
        """Return the records that are asked for, with all that has the same trace id.

        So the commands to the card stay with the call that caused them.
        """
        timed = [one for one in records if self._in_time(one)]
        chosen = [self._fits(one) for one in timed]
        ids = {one.trace for one, fits in zip(timed, chosen, strict=True) if fits and one.trace}
        return [
            one
            for one, fits in zip(timed, chosen, strict=True)
            if fits or (one.trace and one.trace in ids)
        ]

    def _in_time(self, one: Record) -> bool:
        after = self.since is None or one.at >= self.since
        return after and (self.until is None or one.at <= self.until)

    def _fits(self, one: Record) -> bool:
        names = (one.program, one.application, str(one.pid or ""), one.site)
        return (
            (not self.program or any(self.program in name for name in names))
            and (not self.function or one.function.removeprefix("C_") == self._bare)
            and one.trace.startswith(self.trace)
            and (not self.failed or one.failed)
        )

    @property
    def _bare(self) -> str:
        return self.function.removeprefix("C_")
