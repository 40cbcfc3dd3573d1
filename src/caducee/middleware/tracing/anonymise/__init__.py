# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Traces that may be passed on: nobody is named in them, in no encoding.

What the trace states of its holder is found in the trace itself: files are put together from the
pieces in which they were read, certificates and data objects are read. Names, numbers, keys,
certificates' serial numbers, signatures and what was signed get random ones in their places, which
nobody can turn back: the map is thrown away.
"""

from collections.abc import Iterable, Sequence

import msgspec

from caducee.base.errors import StateError
from caducee.middleware.tracing.anonymise.harvest import harvest
from caducee.middleware.tracing.anonymise.replacing import Replacer
from caducee.middleware.tracing.anonymise.streams import Stream, streams_of
from caducee.middleware.tracing.record import TraceRecord

__all__ = ["anonymise"]

_TRIES = 5
_TEXTS = (
    "application",
    "program",
    "site",
    "reader",
    "card",
    "holder",
    "text",
    "result",
    "function",
)


def anonymise(records: Sequence[TraceRecord], known: Iterable[str] = ()) -> list[TraceRecord]:
    """Return records that name nobody, as many and as long as they were.

    ``known`` are names that are looked for beside those found. Raises `StateError`
    (``trace.name_survives``) when something would still be found: then nothing may be passed on.
    """
    streams = streams_of(records)
    known = tuple(known)
    left = 0
    for _ in range(_TRIES):
        replacer = Replacer(harvest(records, streams, known))
        made = _replaced(records, replacer)
        before = replacer.changes
        if _replaced(made, replacer) == made:
            return made
        left = replacer.changes - before  # a random name may be another's by chance
    raise StateError("trace.name_survives", count=left)


def _replaced(records: Sequence[TraceRecord], replacer: Replacer) -> list[TraceRecord]:
    fields = [{"command": record.command, "response": record.response} for record in records]
    for stream in streams_of(records):
        changed = replacer.bytes(bytes(stream.data))
        if changed != stream.data:
            _write_back(stream, changed, fields)
    return [_clean(item, fields[number], replacer) for number, item in enumerate(records)]


def _write_back(stream: Stream, changed: bytes, fields: list[dict[str, str]]) -> None:
    """Put the bytes of a stream where they came from, where they differ."""
    for piece in stream.pieces:
        part = changed[piece.at : piece.at + piece.size]
        if part == stream.data[piece.at : piece.at + piece.size]:
            continue
        text = fields[piece.record][piece.field]
        start = 2 * piece.offset
        fields[piece.record][piece.field] = (
            text[:start] + part.hex().upper() + text[start + 2 * piece.size :]
        )


def _clean(record: TraceRecord, fields: dict[str, str], replacer: Replacer) -> TraceRecord:
    changes: dict[str, object] = {name: replacer.text(getattr(record, name)) for name in _TEXTS}
    changes |= {name: replacer.hex(value) for name, value in fields.items()}
    changes["facts"] = {
        replacer.text(name): replacer.text(value) if isinstance(value, str) else value
        for name, value in record.facts.items()
    }
    return msgspec.structs.replace(record, **changes)
