# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the card's page lets be done off the thread of the windows."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from caducee.base.errors import CpsError
from caducee.cryptolib import CpsCard, KeyUse
from caducee.desktop.manager.model.card import (
    CardData,
    ValidationState,
    read_protected,
    read_public,
)
from caducee.desktop.manager.model.card_view import sections
from caducee.desktop.manager.model.notes import notes, notes_of_trouble
from caducee.desktop.manager.model.report import as_text, file_stem
from caducee.desktop.manager.worker import Work
from caducee.diagnosis.model import Finding

if TYPE_CHECKING:
    import datetime as dt

    from caducee.base.secret import Secret
    from caducee.desktop.manager.context import Context
    from caducee.diagnosis.facts import CardProcess
    from caducee.trust.path import PathResult

__all__ = ["CardSnapshot", "judge", "judged", "look", "look_again", "look_behind", "rejoined"]


@dataclass(frozen=True, slots=True)
class CardSnapshot:
    """A card that was read, and what there is to know of it."""

    data: CardData
    findings: tuple[Finding, ...]
    at: "dt.datetime"
    others: "tuple[CardProcess, ...]" = ()

    @property
    def stem(self) -> str:
        """How files of this card are named."""
        return file_stem(self.data)

    def text(self) -> str:
        """Return the whole report as text, in the language in use."""
        return as_text(self.data, self.findings, self.at)

    def subline(self) -> str:
        """Return profession, family and world in one line."""
        wanted = (("holder", "profession"), ("card", "family"), ("card", "world"))
        lines = {
            (section.key, line.key): line.value
            for section in sections(self.data, self.at)
            for line in section.lines
        }
        return " · ".join(lines[item] for item in wanted if item in lines)


def _others(context: "Context") -> "tuple[CardProcess, ...]":
    return context.ports.others() if context.ports.others is not None else ()


def look(context: "Context", reader: str, card: CpsCard, work: Work) -> CardSnapshot:
    """Read all that needs no code."""
    at = context.clock.now()
    data = read_public(card, reader, at, work.progress)
    others = _others(context)
    return CardSnapshot(data, notes(data, at, others), at, others)


def look_behind(
    context: "Context", seen: CardSnapshot, code: "Secret", card: CpsCard, work: Work
) -> CardSnapshot:
    """Read what stands behind the code, too; the code is wiped."""
    try:
        data = read_protected(card, seen.data, code, work.progress)
    finally:
        code.wipe()
    at = context.clock.now()
    return replace(seen, data=data, findings=notes(data, at, seen.others), at=at)


def look_again(context: "Context", reader: str, error: CpsError, work: Work) -> tuple[Finding, ...]:
    """Return what the diagnosis says of a card that cannot be opened."""
    work.check()
    return notes_of_trouble(error, reader, context.clock.now(), _others(context))


def judge(context: "Context", data: CardData, work: Work) -> "dict[KeyUse, PathResult]":
    """Let the trusted authorities judge the certificates; may ask the network."""
    port = context.ports.judge
    found: dict[KeyUse, PathResult] = {}
    for number, item in enumerate(data.certificates):
        work.progress("judge", number / len(data.certificates))
        if port is not None and item.certificate is not None:
            result = port.judge(item.certificate, item.use)
            found |= {item.use: result} if result is not None else {}
    work.check()
    return found


def judged(seen: CardSnapshot, results: "dict[KeyUse, PathResult]") -> CardSnapshot:
    """Return what was seen, with what the authorities said."""
    data = seen.data.with_judging(ValidationState.NOBODY).with_judged(results)
    return replace(seen, data=data, findings=notes(data, seen.at, seen.others))


def rejoined(seen: CardSnapshot, before: CardSnapshot) -> CardSnapshot:
    """Return a card whose rest was read, with what the authorities said in the meantime."""
    data = replace(seen.data, certificates=before.data.certificates)
    return replace(seen, data=data, findings=notes(data, seen.at, seen.others))
