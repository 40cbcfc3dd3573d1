# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""From path validation, step by step, to the lines of a verdict that speak of the chain."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from cryptography import x509

from caducee.relying.verdict import Check, CheckName, CheckOutcome, failed, passed, skipped
from caducee.trust.certificate import CertificateUse
from caducee.trust.path import PathResult

__all__ = ["NAMES", "dates", "summary", "usage"]

NAMES: Final = (CheckName.CHAIN, CheckName.VALIDITY, CheckName.USAGE, CheckName.REVOCATION)
"""The lines, in the order of a verdict."""

_STEPS: Final[Mapping[str, CheckName]] = {
    "validity": CheckName.VALIDITY,
    "usage": CheckName.USAGE,
    "revocation": CheckName.REVOCATION,
    "sources": CheckName.SOURCES,
}
"""Steps of path validation that have a line of their own; all others belong to the chain."""


_GOOD: Final = passed(CheckName.REVOCATION, "relying.revocation_good")


def summary(
    leaf: x509.Certificate, use: CertificateUse | None, path: PathResult, at: dt.datetime
) -> tuple[Check, ...]:
    """Return CHAIN, VALIDITY, USAGE and REVOCATION, and SOURCES if one of them was down.

    The dates and the usage of the leaf are judged here as well, so that both are known when no
    chain could be built. ``use`` is none for a certificate that belongs to no card.
    """
    steps: dict[CheckName, list[Check]] = {name: [] for name in (*NAMES, CheckName.SOURCES)}
    for step in path.checks:
        steps[_STEPS.get(step.name, CheckName.CHAIN)].append(step)
    own_dates = dates(leaf, at)
    own_usage = usage(use)
    return (
        _chain(steps[CheckName.CHAIN]),
        own_dates if not own_dates.ok else _worst(CheckName.VALIDITY, steps) or own_dates,
        own_usage if not own_usage.ok else _leaf(CheckName.USAGE, own_usage, steps),
        _leaf(CheckName.REVOCATION, _late(steps[CheckName.REVOCATION]) or _GOOD, steps),
        *_sources(steps[CheckName.SOURCES]),
    )


def _sources(steps: list[Check]) -> tuple[Check, ...]:
    """Return the line about sources that were down: the one that was missed, else the leaf's."""
    return (_renamed(CheckName.SOURCES, _first_bad(steps) or steps[-1]),) if steps else ()


def _late(steps: list[Check]) -> Check | None:
    """Return the step that passed only because nothing newer could be had, if there is one."""
    for step in steps:
        if step.code == "trust.not_revoked_late":
            return _renamed(CheckName.REVOCATION, step)
    return None


def dates(leaf: x509.Certificate, at: dt.datetime) -> Check:
    """Judge the validity of the leaf itself at a moment."""
    facts = {
        "not_before": _day(leaf.not_valid_before_utc),
        "not_after": _day(leaf.not_valid_after_utc),
    }
    if at < leaf.not_valid_before_utc:
        return failed(CheckName.VALIDITY, "relying.certificate_not_yet_valid", **facts)
    if at > leaf.not_valid_after_utc:
        return failed(CheckName.VALIDITY, "relying.certificate_expired", **facts)
    return passed(CheckName.VALIDITY, "relying.validity_current", **facts)


def usage(use: CertificateUse | None) -> Check:
    """Judge what the key of the leaf is for."""
    if use is CertificateUse.AUTHENTICATION:
        return passed(CheckName.USAGE, "relying.usage_authentication")
    return failed(CheckName.USAGE, "relying.usage_refused", use=str(use or CertificateUse.OTHER))


def _chain(steps: list[Check]) -> Check:
    bad = _first_bad(steps)
    if bad is not None:
        return _renamed(CheckName.CHAIN, bad)
    if not any(step.name == "chain" and step.ok for step in steps):
        return failed(CheckName.CHAIN, "relying.verdict_incomplete")
    return passed(CheckName.CHAIN, "relying.chain_accepted")


def _leaf(name: CheckName, good: Check, steps: Mapping[CheckName, list[Check]]) -> Check:
    """Return the worst step, or ``good`` when path validation did come down to the leaf."""
    bad = _worst(name, steps)
    if bad is not None:
        return bad
    found = steps[name]
    return good if found and found[-1].ok else skipped(name, CheckName.CHAIN)


def _worst(name: CheckName, steps: Mapping[CheckName, list[Check]]) -> Check | None:
    bad = _first_bad(steps[name])
    return None if bad is None else _renamed(name, bad)


def _first_bad(steps: list[Check]) -> Check | None:
    for outcome in (CheckOutcome.FAILED, CheckOutcome.UNKNOWN):
        for step in steps:
            if step.outcome is outcome:
                return step
    return None


def _renamed(name: CheckName, step: Check) -> Check:
    return Check(name, step.outcome, step.code, step.facts)


def _day(when: dt.datetime) -> str:
    return when.strftime("%Y-%m-%d %H:%M UTC")
