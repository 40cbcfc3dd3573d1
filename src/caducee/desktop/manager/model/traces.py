# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The traces of this window: every command to a card with its answer, codes masked, in memory."""

import os
from collections import deque
from typing import Any, Final

from caducee.base.clock import Clock, SystemClock
from caducee.middleware.tracing import RecordKind, TraceLevel, Tracer, TraceRecord
from caducee.middleware.tracing.reading import shown_line

__all__ = ["Traces"]

_RECORDS: Final = 5000
"""Some 20 readings of a whole card."""


class Traces(Tracer):
    """Keeps the last records; nothing reaches the disk unless a person saves it."""

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__("manager")
        self.level = TraceLevel.APDUS
        self._records: deque[TraceRecord] = deque(maxlen=_RECORDS)
        self._now = clock or SystemClock()

    def write(self, kind: RecordKind, **fields: Any) -> None:  # noqa: ANN401 (the fields of TraceRecord)
        """Keep one line; threads may share it."""
        record = TraceRecord(
            at=self._now.now(), kind=kind, source="manager", process=os.getpid(), **fields
        )
        self._records.append(record)

    @property
    def records(self) -> tuple[TraceRecord, ...]:
        """What is kept, oldest first."""
        return tuple(self._records.copy())

    def as_text(self) -> str:
        """Return a line for each record."""
        return "".join(f"{shown_line(record)}\n" for record in self.records)

    def clear(self) -> None:
        """Forget everything."""
        self._records.clear()
