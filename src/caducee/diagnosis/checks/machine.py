# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Checks of the machine: installation, disk, cache, clock."""

import datetime as dt
from collections.abc import Iterator
from typing import Final

from caducee.base.dates import local_time
from caducee.base.i18n import N_
from caducee.diagnosis.checks import observations
from caducee.diagnosis.context import CheckContext
from caducee.diagnosis.facts import ClockFacts, DiskFacts
from caducee.diagnosis.model import Check, Finding, found

__all__ = ["CHECKS", "clock_findings"]

_FULL, _LOW = 1 << 20, 64 << 20
"""Bytes below which a disk is full, or nearly so."""

_LARGE_CACHE = 64 << 20

_FIRST_YEAR, _LAST_YEAR = 2024, 2060
"""A clock outside of these years was never set."""

_YEAR: Final = dt.timedelta(days=366)
_AHEAD, _AHEAD_OF_RELEASE = 2 * _YEAR, 5 * _YEAR
"""How far beyond the newest date a clock is not believed: where everything that is replaced in time
is out of date, and where only the release is known."""

_WRONG, _DRIFT = 120.0, 10.0
"""Seconds by which tokens and lists are refused, and from which on it is worth a word."""


def _system(context: CheckContext) -> Iterator[Finding]:
    here = context.system
    if here.missing:
        yield found("diag.installation_damaged", parts=", ".join(here.missing))
    if here.confined:
        yield found("diag.confined", form=here.confined)
    if here.system != "Linux":
        yield found("diag.system_foreign", system=here.system)
    if here.root:
        yield found("diag.as_root")
    if here.tracing:
        yield found("diag.tracing_on")


def _disk(context: CheckContext) -> Iterator[Finding]:
    for disk in context.disks:
        yield from _one_disk(disk)


def _one_disk(facts: DiskFacts) -> Iterator[Finding]:
    if facts.read_only:
        yield found("diag.disk_read_only", path=facts.path)
    elif facts.free < _FULL:
        yield found("diag.disk_full", path=facts.path)
    elif facts.inodes < 1:
        yield found("diag.disk_inodes", path=facts.path)
    elif not facts.writable and facts.purpose != "cache":
        yield found("diag.folder_closed", path=facts.path)
    elif facts.free < _LOW:
        yield found("diag.disk_low", path=facts.path, free=facts.free >> 20)


def _cache(context: CheckContext) -> Iterator[Finding]:
    cache = context.cache
    if not cache.there:
        return
    if cache.unsafe:
        yield found("diag.cache_unsafe", path=cache.path, reason=cache.unsafe)
    elif not cache.writable:
        yield found("diag.cache_closed", path=cache.path)
    if cache.damaged:
        yield found("diag.cache_damaged", count=cache.damaged)
    if cache.size > _LARGE_CACHE:
        yield found("diag.cache_large", megabytes=cache.size >> 20, count=cache.files)


def clock_findings(context: CheckContext) -> Iterator[Finding]:
    """Compare the clock with those of services, else with the dates of certificates and lists."""
    clock = context.clock
    if not _FIRST_YEAR <= clock.now.year <= _LAST_YEAR:
        yield found("diag.clock_absurd", now=local_time(clock.now))
    elif clock.offset is not None and abs(clock.offset) >= _DRIFT:
        seconds = abs(round(clock.offset))
        kind = "ahead" if clock.offset > 0 else "behind"
        code = f"diag.clock_{kind}" if seconds >= _WRONG else "diag.clock_drifts"
        yield found(code, seconds=seconds, source=clock.source)
    elif clock.offset is None and clock.synchronised is not True:
        yield _by_dates(clock) or _unconfirmed(clock)


def _unconfirmed(clock: ClockFacts) -> Finding:
    unset = clock.synchronised is False
    return found("diag.clock_unsynchronised" if unset else "diag.clock_unchecked")


def _by_dates(clock: ClockFacts) -> Finding | None:
    """Compare the clock with the release, the certificates and the status lists that are here."""
    if not clock.marks:
        return None
    newest = max(mark.since for mark in clock.marks)
    ends = [mark.until for mark in clock.marks if mark.until is not None]
    facts = {
        name: when.astimezone().date().isoformat()
        for name, when in (("now", clock.now), ("date", newest))
    }
    if newest - clock.now > dt.timedelta(days=1):
        return found("diag.clock_before_dates", **facts)
    limit = _AHEAD if ends else _AHEAD_OF_RELEASE
    if clock.now - newest > limit and all(end < clock.now for end in ends):
        return found("diag.clock_after_dates", **facts)
    return None


CHECKS: Final = (
    Check(
        name="system",
        title=N_("This computer and this installation"),
        look=_system,
        observe=observations.system,
        codes=(
            "diag.installation_damaged",
            "diag.confined",
            "diag.system_foreign",
            "diag.as_root",
            "diag.tracing_on",
        ),
    ),
    Check(
        name="disk",
        title=N_("Disk space"),
        look=_disk,
        observe=observations.disk,
        codes=(
            "diag.disk_read_only",
            "diag.disk_full",
            "diag.disk_inodes",
            "diag.disk_low",
            "diag.folder_closed",
        ),
    ),
    Check(
        name="cache",
        title=N_("Cache of card data"),
        needs=("disk",),
        look=_cache,
        observe=observations.cache,
        codes=(
            "diag.cache_unsafe",
            "diag.cache_closed",
            "diag.cache_damaged",
            "diag.cache_large",
        ),
    ),
    Check(
        name="clock",
        title=N_("Clock"),
        look=clock_findings,
        observe=observations.clock,
        codes=(
            "diag.clock_absurd",
            "diag.clock_ahead",
            "diag.clock_behind",
            "diag.clock_drifts",
            "diag.clock_unsynchronised",
            "diag.clock_unchecked",
            "diag.clock_before_dates",
            "diag.clock_after_dates",
        ),
    ),
)
