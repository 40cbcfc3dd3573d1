# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What there is to know of a card before it is used: the findings of the diagnosis, for one card.

The same checks, codes and texts as ``caducee diag``; only the card is looked at.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Final

from caducee.base.catalogue import Severity
from caducee.base.errors import CpsError
from caducee.desktop.manager.model.card import CardData
from caducee.diagnosis.checks import card as card_checks
from caducee.diagnosis.checks import certificates as certificate_checks
from caducee.diagnosis.context import CheckContext
from caducee.diagnosis.facts import (
    CardFacts,
    CardProcess,
    ChainFacts,
    ClockFacts,
    ReaderFacts,
)
from caducee.diagnosis.machine.card import judged
from caducee.diagnosis.model import WEIGHT, Check, Finding
from caducee.diagnosis.probes import RecordedProbes

__all__ = ["notes", "notes_of_trouble"]

_SILENT: Final = frozenset(
    {
        "diag.chain_untold",
        "diag.revocation_unchecked",
        "diag.keys_untried",
        "diag.code_fewer",
        "diag.puk_fewer",
    }
)
"""What the page says at its place anyway."""

_CHECKS: Final = {item.name: item for item in (*card_checks.CHECKS, *certificate_checks.CHECKS)}
_OF_A_CARD: Final = ("card-free", "card-state", "card-life", "certificates", "keys", "dates")
_OF_CODES: Final = ("chain", "codes")
_OF_TROUBLE: Final = ("card-present", "card-free", "card-kind")


def notes(
    data: CardData, now: dt.datetime, others: Iterable[CardProcess] = ()
) -> tuple[Finding, ...]:
    """Return what there is to know of a card that was read, the worst first.

    ``others``: other programs that use readers and cards now.
    """
    authorities = tuple(
        judged(certificate.use, certificate.judged)
        for certificate in data.certificates
        if certificate.judged is not None
    )
    found = _looked(
        (*_OF_A_CARD, *_OF_CODES), _scene(data.reader, data.facts, now, authorities, others)
    )
    return tuple(sorted(found, key=lambda item: WEIGHT[item.severity]))


def notes_of_trouble(
    error: CpsError, reader: str, now: dt.datetime, others: Iterable[CardProcess] = ()
) -> tuple[Finding, ...]:
    """Return what the diagnosis says of a card that could not be opened.

    What it has no code for keeps the code of the error itself.
    """
    facts = CardFacts(
        code=error.code,
        facts=dict(error.facts),
        atr=str(error.facts.get("atr") or ""),
        exclusive=error.code == "reader.card_in_use",
    )
    mute = error.code == "reader.card_mute"
    context = _scene(reader, facts, now, (), others, mute=mute)
    for name in _OF_TROUBLE:
        found = tuple(_looked((name,), context))
        if any(item.severity is Severity.ERROR for item in found):
            return _known(found, error)
    return (Finding(error.code, dict(error.facts)),)


def _known(found: tuple[Finding, ...], error: CpsError) -> tuple[Finding, ...]:
    """Prefer the error's own words to those for what nobody knows."""
    if found[0].code == "diag.card_unopened":
        return (Finding(error.code, dict(error.facts)),)
    return found


def _scene(
    reader: str,
    facts: CardFacts,
    now: dt.datetime,
    authorities: tuple[ChainFacts, ...],
    others: Iterable[CardProcess],
    *,
    mute: bool = False,
) -> CheckContext:
    answers = {
        "readers": (ReaderFacts(name=reader, present=True, mute=mute),),
        f"card:{reader}": facts,
        f"authorities:{reader}": authorities,
        "holders": tuple(others),
        "clock": ClockFacts(now=now),
    }
    return CheckContext(RecordedProbes(answers), reader)


def _looked(names: Iterable[str], context: CheckContext) -> Iterator[Finding]:
    for name in names:
        check: Check = _CHECKS[name]
        yield from (item for item in check.look(context) if item.code not in _SILENT)
