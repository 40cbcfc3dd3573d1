# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Every fault in one table: what it does, and which error it causes.

Commands, documentation and tests are made from it. Codes are those of the catalogue.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique

from caducee.base.i18n import N_
from caducee.spec.cards import CardGeneration
from caducee.virtualcard.faults.names import FaultName

__all__ = ["TABLE", "FaultFacts", "FaultSource", "Meeting", "facts_of"]


@unique
class Meeting(StrEnum):
    """When a program meets a fault."""

    OPENING = N_("when the card is opened")
    COMMAND = N_("at the command where the card is removed")
    WRONG_CODE = N_("when a wrong PIN is verified")
    CODE = N_("when the PIN is verified")
    UNBLOCKING = N_("when the PUK is verified")
    SIGNATURE = N_("at the first signature")
    LOGIN = N_("at a login")
    NEVER = N_("never: everything works")


@unique
class FaultSource(StrEnum):
    """Where a fault is made."""

    CARD = "card"
    """In the card's file, or in the running card."""

    SANDBOX = "sandbox"
    """In the sandbox that issued the card: it takes its authorities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultFacts:
    """One line of the table."""

    name: FaultName
    does: str
    """What is wrong with the card; a message id."""

    meeting: Meeting
    code: str | None = None
    """What is said then: a code of the catalogue."""

    facts: Mapping[str, int | str] = field(default_factory=dict)
    """The facts of the error whose values do not depend on the card."""

    options: tuple[str, ...] = ()
    """Which fields of the fault it looks at: ``after``, ``delay``."""

    source: FaultSource = FaultSource.CARD
    generations: tuple[CardGeneration, ...] = tuple(CardGeneration)
    """The generations that are affected."""

    lasting: bool = True
    """Whether the card keeps the fault until it is taken away; else it is done once."""


TABLE = (
    FaultFacts(
        name=FaultName.MUTE,
        does=N_("The chip answers neither the reset nor any command."),
        meeting=Meeting.OPENING,
        code="reader.card_mute",
    ),
    FaultFacts(
        name=FaultName.SLOW,
        does=N_("Every answer is late."),
        meeting=Meeting.NEVER,
        options=("delay",),
    ),
    FaultFacts(
        name=FaultName.TORN,
        does=N_("The card is pulled out after a number of commands, the last one answered."),
        meeting=Meeting.COMMAND,
        code="reader.card_removed",
        options=("after",),
    ),
    FaultFacts(
        name=FaultName.REMOVED,
        does=N_("The card is pulled out in the middle of a command, done but not answered."),
        meeting=Meeting.COMMAND,
        code="reader.card_removed",
        options=("after",),
    ),
    FaultFacts(
        name=FaultName.UNUSED_BITS,
        does=N_("The certificates have a wrong unused-bits count, as on some real cards."),
        meeting=Meeting.NEVER,
    ),
    FaultFacts(
        name=FaultName.UPDATE_INCOMPLETE,
        does=N_("A data update was started but not completed (EF_ACTUA)."),
        meeting=Meeting.OPENING,
        code="cryptolib.update_incomplete",
        generations=(CardGeneration.CPS3,),
    ),
    FaultFacts(
        name=FaultName.UPDATE_EMPTY,
        does=N_("The update status file is empty (EF_ACTUA)."),
        meeting=Meeting.OPENING,
        code="cryptolib.update_incomplete",
        generations=(CardGeneration.CPS3,),
    ),
    FaultFacts(
        name=FaultName.LAST_TRY,
        does=N_("One try is left for the PIN."),
        meeting=Meeting.WRONG_CODE,
        code="cryptolib.pin_blocked",
        facts={"tries_left": 0},
        lasting=False,
    ),
    FaultFacts(
        name=FaultName.BLOCKED,
        does=N_("No try is left for the PIN."),
        meeting=Meeting.CODE,
        code="cryptolib.pin_blocked",
        facts={"tries_left": 0},
        lasting=False,
    ),
    FaultFacts(
        name=FaultName.BLOCKED_FOR_EVER,
        does=N_("No try is left for the PIN, nor for the PUK."),
        meeting=Meeting.UNBLOCKING,
        code="cryptolib.puk_blocked",
        facts={"tries_left": 0},
        lasting=False,
    ),
    FaultFacts(
        name=FaultName.EXPIRED,
        does=N_("The certificates expired a year ago."),
        meeting=Meeting.LOGIN,
        code="relying.certificate_expired",
        source=FaultSource.SANDBOX,
    ),
    FaultFacts(
        name=FaultName.NOT_YET_VALID,
        does=N_("The certificates become valid in a year."),
        meeting=Meeting.LOGIN,
        code="relying.certificate_not_yet_valid",
        source=FaultSource.SANDBOX,
    ),
    FaultFacts(
        name=FaultName.REVOKED,
        does=N_("The card and its certificates are revoked permanently."),
        meeting=Meeting.LOGIN,
        code="trust.revoked",
        source=FaultSource.SANDBOX,
        lasting=False,
    ),
    FaultFacts(
        name=FaultName.KEYS_EXCHANGED,
        does=N_("The signature and authentication keys are swapped."),
        meeting=Meeting.SIGNATURE,
        code="cryptolib.signature_wrong",
    ),
    FaultFacts(
        name=FaultName.OTHER_HOLDER,
        does=N_("The certificates are those of another card of the sandbox."),
        meeting=Meeting.SIGNATURE,
        code="cryptolib.signature_wrong",
        source=FaultSource.SANDBOX,
    ),
    FaultFacts(
        name=FaultName.VITALE,
        does=N_("The card is an insured person's card (Carte Vitale)."),
        meeting=Meeting.OPENING,
        code="cryptolib.not_a_cps",
    ),
    FaultFacts(
        name=FaultName.PAYMENT,
        does=N_("The card is a payment card."),
        meeting=Meeting.OPENING,
        code="cryptolib.not_a_cps",
    ),
)
"""Every fault, once."""


def facts_of(name: FaultName) -> FaultFacts:
    """Return the line of a fault."""
    return next(item for item in TABLE if item.name is name)
