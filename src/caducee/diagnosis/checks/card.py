# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Checks of the card: there, free, of the family, whole."""

import datetime as dt
from collections.abc import Iterator
from typing import Final

from caducee.base.i18n import N_
from caducee.diagnosis.checks import observations
from caducee.diagnosis.context import CheckContext
from caducee.diagnosis.facts import DAEMON, CardFacts
from caducee.diagnosis.model import Check, Finding, found

__all__ = ["CHECKS", "SOON"]

SOON: Final = dt.timedelta(days=60)
"""How long before its expiry a warning is given."""

_SLOW = 5.0
"""Seconds for the first look; a CPS3 takes less than two at its real pace."""

_ISSUER: Final = "1225006480"
"""What every card of the family says of its issuer in the historical bytes."""

_GALSS: Final = ("galss", "galsvw32", "srvsvcnam")
"""Names of the programs that hold readers for the software of the health insurance."""

_SAME: Final = {
    "cryptolib.identifies_only": "diag.card_badge",
    "cryptolib.pin_form_unknown": "diag.card_code_form",
    "cryptolib.application_missing": "diag.card_application",
    "cryptolib.serial_invalid": "diag.card_serial",
    "cryptolib.update_incomplete": "diag.card_update",
    "reader.protocol_mismatch": "diag.card_protocol",
    "reader.card_removed": "diag.card_leaves",
    "reader.no_card": "diag.card_leaves",
    "reader.card_mute": "diag.card_mute",
    "reader.card_reset": "diag.card_disturbed",
    "cryptolib.directory_invalid": "diag.card_directory",
}
_WRONG_CODE: Final = frozenset(
    {"cryptolib.pin_wrong", "cryptolib.pin_length", "cryptolib.pin_digits"}
)
"""Only of a code that was given for the diagnosis."""

_WRONG_ANSWERS: Final = frozenset(
    {
        "cryptolib.answer_invalid",
        "cryptolib.answer_endless",
        "cryptolib.too_slow",
        "cryptolib.too_much",
        "reader.answer_malformed",
        "reader.answer_endless",
    }
)


def _present(context: CheckContext) -> Iterator[Finding]:
    reader = context.reader
    if not reader.present:
        yield found("diag.card_absent")
    elif reader.mute:
        yield found("diag.card_mute", reader=reader.name)


def _free(context: CheckContext) -> Iterator[Finding]:
    if context.card.exclusive or context.card.code in ("reader.card_in_use", "reader.card_busy"):
        yield _who_holds_it(context)
    elif context.holders:
        names = sorted({holder.name for holder in context.holders})
        yield found("diag.card_shared", programs=", ".join(names))


def _who_holds_it(context: CheckContext) -> Finding:
    # Our daemon lets the card go after some seconds: another program comes before it.
    busy = sorted(context.holders, key=lambda holder: (holder.idle, holder.name == DAEMON))
    for item in busy:
        if item.name == "scdaemon":
            return found("diag.card_held_gnupg", pid=item.pid)
        if item.name.lower().startswith(_GALSS):
            return found("diag.card_held_galss", pid=item.pid)
    if busy:
        code = "diag.card_held_transaction" if context.card.waited else "diag.card_held"
        return found(code, program=busy[0].name, pid=busy[0].pid)
    return found("diag.card_held_unseen")


def _kind(context: CheckContext) -> Iterator[Finding]:
    card, reader = context.card, context.reader.name
    if not card.code:
        return
    atr = card.atr or str(card.facts.get("atr", ""))
    if card.code == "cryptolib.not_a_cps":
        kind = "newer" if _ISSUER in atr else "foreign"
        yield found(f"diag.card_{kind}", reader=reader, atr=atr)
    elif card.code in _WRONG_CODE:
        yield found("diag.code_wrong", left=card.facts.get("tries_left", "?"))
    elif card.code in _SAME:
        programs = ", ".join(sorted({holder.name for holder in context.holders})) or "?"
        yield found(_SAME[card.code], reader=reader, programs=programs, reason=_reason(card))
    elif card.code in _WRONG_ANSWERS:
        yield found("diag.card_answers_wrong", reason=_reason(card))
    else:
        yield found("diag.card_unopened", reason=_reason(card))


def _reason(card: CardFacts) -> str:
    return " ".join([card.code, *(f"{key}={value}" for key, value in card.facts.items())])


def _state(context: CheckContext) -> Iterator[Finding]:
    card = context.card
    if not card.actuality:
        yield found("diag.card_actuality")
    elif not card.complete:
        yield found("diag.card_update")
    if card.unreadable:
        yield found("diag.card_files", files=", ".join(card.unreadable))
    if card.seconds > _SLOW:
        yield found("diag.card_slow", seconds=round(card.seconds, 1))
    if card.face == "cps3-contactless":
        yield found("diag.card_contactless")
    if card.test:
        yield found("diag.card_test")
    good = [name for name, item in context.cards.items() if not item.code]
    if len(good) > 1:
        yield found("diag.card_several", readers=", ".join(good))


def _life(context: CheckContext) -> Iterator[Finding]:
    today, end = context.clock.now.date(), context.card.expires
    if end is None:
        return
    if end < today:
        yield found("diag.card_ended", date=end.isoformat())
    elif end - today <= SOON:
        yield found("diag.card_ends_soon", date=end.isoformat())


CHECKS: Final = (
    Check(
        name="card-present",
        title=N_("Card in a reader"),
        needs=("readers",),
        look=_present,
        codes=("diag.card_absent", "diag.card_mute"),
    ),
    Check(
        name="card-free",
        title=N_("Other programs using the reader"),
        needs=("card-present",),
        look=_free,
        codes=(
            "diag.card_held",
            "diag.card_held_transaction",
            "diag.card_held_gnupg",
            "diag.card_held_galss",
            "diag.card_held_unseen",
            "diag.card_shared",
        ),
    ),
    Check(
        name="card-kind",
        title=N_("Card type"),
        needs=("card-free",),
        look=_kind,
        observe=observations.card,
        codes=(
            "diag.card_foreign",
            "diag.card_newer",
            "diag.card_answers_wrong",
            "diag.card_unopened",
            "diag.code_wrong",
            *dict.fromkeys(_SAME.values()),
        ),
    ),
    Check(
        name="card-state",
        title=N_("Card files and last update"),
        needs=("card-kind",),
        look=_state,
        codes=(
            "diag.card_actuality",
            "diag.card_update",
            "diag.card_files",
            "diag.card_slow",
            "diag.card_contactless",
            "diag.card_test",
            "diag.card_several",
        ),
    ),
    Check(
        name="card-life",
        title=N_("Card validity"),
        needs=("card-state", "clock"),
        look=_life,
        observe=observations.life,
        codes=("diag.card_ended", "diag.card_ends_soon"),
    ),
)
