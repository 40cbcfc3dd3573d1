# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What pages and JSON answers show: plain values, in the language in use."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from caducee.base import catalogue
from caducee.base.errors import CpsError
from caducee.base.i18n import gettext
from caducee.relying.registry import HolderActivity
from caducee.relying.sessions import LoginSession
from caducee.relying.verdict import Check, Identity, Verdict
from caducee.services.portal import texts
from caducee.services.portal.personal import Personal
from caducee.spec.nomenclatures import Table, label

__all__ = [
    "ActivityView",
    "CheckView",
    "Label",
    "Refusal",
    "activity_views",
    "check_views",
    "initials",
    "labels",
    "session_json",
    "verdict_json",
    "without_facts",
]

_PLACE = re.compile(r"\{[a-z_]+\}")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What happened, why, and what to do."""

    code: str
    sentence: str
    why: str
    advice: str
    person: Personal | None = None
    """What is said to the person it happens to; none for a code without a case."""

    @classmethod
    def of(cls, error: CpsError) -> "Refusal":
        """Describe an error."""
        sentence, advice = error.sentence(), error.advice()
        return cls(error.code, sentence, texts.why(error.code), advice, Personal.of(error))

    @classmethod
    def general(cls, entry: catalogue.Entry) -> "Refusal":
        """Describe a code without a case: facts become dots."""
        sentence, advice = (without_facts(gettext(item)) for item in (entry.sentence, entry.advice))
        return cls(entry.code, sentence, texts.why(entry.code), advice)

    def to_dict(self) -> dict[str, object]:
        """Return the refusal as plain values for JSON."""
        plain = {"code": self.code, "what": self.sentence, "why": self.why, "next": self.advice}
        return plain | ({"person": self.person.to_dict()} if self.person else {})


def without_facts(text: str) -> str:
    """Return a text without a case: facts become dots."""
    return _PLACE.sub("…", text).replace("….", "…")


@dataclass(frozen=True, slots=True)
class Label:
    """A code of a nomenclature with its French label, when the table has one."""

    code: str
    text: str | None


@dataclass(frozen=True, slots=True)
class CheckView:
    """One check of a verdict, as a line of a page."""

    name: str
    outcome: str
    sign: str
    label: str
    result: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ActivityView:
    """One practice situation, as a page shows it."""

    key: str
    name: str
    structure_id: str
    sector: Label | None
    mode: Label | None
    chosen: bool


def labels(table: Table, codes: Iterable[str]) -> list[Label]:
    """Return codes with their labels."""
    return [Label(code, label(table, code)) for code in codes]


def check_views(verdict: Verdict) -> list[CheckView]:
    """Return every check of a verdict, in its order."""
    return [_check_view(check) for check in verdict.checks]


def _check_view(check: Check) -> CheckView:
    return CheckView(
        name=str(check.name),
        outcome=check.outcome.value,
        sign=texts.SIGNS[check.outcome],
        label=texts.check(check.name),
        result=gettext(texts.OUTCOMES[check.outcome]),
        sentence=_sentence(check),
    )


def _sentence(check: Check) -> str:
    """Return what was found; the check that another one waited for goes by its name on pages."""
    because = check.facts.get("because")
    if not isinstance(because, str):
        return check.sentence()
    sentence = gettext(catalogue.entry(check.code).sentence)
    return catalogue.fill(sentence, dict(check.facts) | {"because": texts.check(because)})


def activity_views(identity: Identity, chosen: str | None) -> list[ActivityView]:
    """Return the activities of a holder; an only one is in use without being chosen."""
    only = len(identity.activities) == 1
    return [
        _activity_view(activity, only or activity.key == chosen) for activity in identity.activities
    ]


def _activity_view(activity: HolderActivity, chosen: bool) -> ActivityView:
    return ActivityView(
        key=activity.key,
        name=activity.structure_name or activity.structure_id,
        structure_id=activity.structure_id,
        sector=Label(activity.sector, label(Table.SECTORS, activity.sector))
        if activity.sector
        else None,
        mode=Label(activity.mode, label(Table.PRACTICE_MODES, activity.mode))
        if activity.mode
        else None,
        chosen=chosen,
    )


def initials(identity: Identity) -> str:
    """Return the first letters of given name and family name."""
    return (identity.given_name[:1] + identity.family_name[:1]).upper() or "?"


def verdict_json(verdict: Verdict) -> dict[str, object]:
    """Return a verdict as plain values, each check with its sentence."""
    return verdict.to_dict() | {"checks": [_check_json(check) for check in verdict.checks]}


def _check_json(check: Check) -> dict[str, object]:
    return {
        "name": str(check.name),
        "outcome": check.outcome.value,
        "code": check.code,
        "facts": dict(check.facts),
        "sentence": check.sentence(),
        "advice": check.advice(),
    }


def session_json(session: LoginSession) -> dict[str, object]:
    """Return what a session is, as plain values: who, how, and in which activity."""
    identity = session.verdict.require()
    chosen = [view.key for view in activity_views(identity, session.activity) if view.chosen]
    return {
        "ok": True,
        "way": "token" if session.fingerprint is None else "certificate",
        "opened": session.opened.isoformat(),
        "identity": identity.to_dict(),
        "activity": chosen[0] if chosen else None,
        "choose_activity": not chosen and bool(identity.activities),
        "verdict": verdict_json(session.verdict),
    }
