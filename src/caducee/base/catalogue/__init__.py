# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The one catalogue of codes: every error, check and diagnosis that a person may meet.

A code is ``area.name``; the area is the package (or the part of the diagnosis) that gives it.
Each area is one module here with its ``ENTRIES``; errors, the diagnosis and the documentation
are built from them.
"""

import datetime as dt
import re
from collections.abc import Mapping
from contextlib import suppress

from caducee.base.catalogue import areas
from caducee.base.catalogue.entry import Entry, Severity
from caducee.base.dates import local_day
from caducee.base.nouns import shown

__all__ = ["Entry", "Severity", "entries", "entry", "fill"]


def entries() -> tuple[Entry, ...]:
    """Return all entries, sorted by code."""
    found = (entry for area in areas.AREAS for entry in areas.entries_of(area).values())
    return tuple(sorted(found, key=lambda entry: entry.code))


def entry(code: str) -> Entry:
    """Return the entry of a code; an unknown code is a fault of the caller (``LookupError``)."""
    area = code.partition(".")[0]
    found = areas.entries_of(area).get(code) if area in areas.AREAS else None
    if found is None:
        raise LookupError(f"no such code in the catalogue: {code}")
    return found


class _Facts(dict[str, object]):
    """Leave the name of a fact in the text when the fact is not known."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def fill(text: str, facts: Mapping[str, object]) -> str:
    """Put facts into a text: ``fill("{n} left", {"n": 2})`` is ``"2 left"``.

    Words and days go in the language in use (`caducee.base.nouns`). What a fact brings from
    outside can neither steer a terminal nor begin another line: such characters become ``?``.
    """
    return text.format_map(
        _Facts({name: _plain(shown(name, item)) for name, item in facts.items()})
    )


_STEERING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Control characters (C0, C1), ends of lines, and marks that turn the direction of writing."""


_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _plain(fact: object) -> object:
    if isinstance(fact, str) and _DAY.fullmatch(fact):
        with suppress(ValueError):
            return local_day(dt.date.fromisoformat(fact))
    return _STEERING.sub("?", " ".join(fact.split("\n"))) if isinstance(fact, str) else fact
