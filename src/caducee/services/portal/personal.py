# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a refusal says to the person at the screen, in their words: no protocol, their card, and
what they do next. The catalogue's own sentence stands under the details.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from caducee.base import catalogue
from caducee.base.dates import local_day
from caducee.base.errors import CpsError, Fact
from caducee.base.i18n import N_, gettext
from caducee.relying.verdict import Identity

__all__ = ["PERSONAL", "Personal", "card_name"]

_STOPPED = N_("It can no longer be used. Use your new card, or order one.")
_NOT_NOW: Final = (
    N_("We cannot check your card at the moment. Neither you nor your card did anything wrong."),
    N_("Try again in a few minutes."),
)
_NOT_NOW_AREAS: Final = ("crl_", "ocsp_", "fetch_", "index_", "bundle_", "source_")

PERSONAL: Final[Mapping[str, tuple[str, str]]] = {
    "relying.certificate_absent": (
        N_("Your browser showed us no card."),
        N_(
            "Put your card into the reader, chip first. Close every window of this browser, open "
            "it again, and log in once more."
        ),
    ),
    "portal.certificate_absent_tls13": (
        N_("Your browser showed us no card."),
        N_("Put your card into the reader, chip first, then log in with the button below."),
    ),
    "relying.certificate_expired": (
        N_("Your card expired on {not_after}."),
        N_("It can no longer be used. Order a new one."),
    ),
    "relying.certificate_not_yet_valid": (
        N_("Your card is valid only from {not_before}."),
        N_("Check the date of this computer. If it is right, log in from that day on."),
    ),
    "relying.usage_refused": (
        N_("You chose the certificate of your card that is for signing documents."),
        N_(
            "Close every window of this browser, open it again, log in, and choose the certificate "
            "for authentication."
        ),
    ),
    "relying.family_refused": (
        N_("This service is not open to cards of your kind ({family})."),
        N_("If you have another professional card, log in with that one."),
    ),
    "relying.category_test": (
        N_("This is a test card, and this service is for real cards."),
        N_("Log in with your own card."),
    ),
    "relying.category_real": (
        N_("This is a real card, and this service is for test cards."),
        N_("Log in at the real address of the service."),
    ),
    "relying.profession_refused": (
        N_("This service is not open to your profession."),
        N_("Ask those who run the service who may use it."),
    ),
    "relying.holder_unknown": (
        N_("You are not in the directory of professionals."),
        N_("Ask your order or your registration authority to correct the directory."),
    ),
    "relying.holder_inactive": (
        N_("According to the directory you do not practise at present."),
        N_("If that is wrong, ask your order or your registration authority."),
    ),
    "relying.card_opposed": (
        N_("Your card was reported as lost, stolen or replaced."),
        N_("Use your new card. This one stays stopped, also when it was found again."),
    ),
    "relying.card_unknown": (
        N_("This card is not among those in use."),
        N_("Use your newest card, or ask the issuer whether this one was withdrawn."),
    ),
    "trust.revoked": (N_("Your card was stopped on {revoked_at}."), _STOPPED),
    "trust.revoked_by_bundle": (N_("Your card was stopped."), _STOPPED),
    "trust.chain_not_found": (
        N_("This card was not made for this service."),
        N_("Test cards and real cards are kept apart. Log in with the card for this service."),
    ),
    "relying.directory_unavailable": _NOT_NOW,
}
"""What happened and what to do, by code; other codes keep the texts of the catalogue."""


@dataclass(frozen=True, slots=True)
class Personal:
    """What happened, and what the person does next."""

    what: str
    next: str

    @classmethod
    def of(cls, error: CpsError) -> "Personal":
        """Return what is said of an error, with its facts."""
        texts = _texts(error.code)
        if texts is None:
            return cls(error.sentence(), error.advice())
        facts = {name: _day(value) for name, value in error.facts.items()}
        what, advice = (catalogue.fill(gettext(text), facts) for text in texts)
        return cls(what, advice)

    def to_dict(self) -> dict[str, str]:
        """Return both as plain values for JSON."""
        return {"what": self.what, "next": self.next}


def card_name(identity: Identity | None) -> str:
    """Return the kind, number and holder of a card; empty when the card is not known.

    The number is that of the card itself, without the issuer's before it.
    """
    if identity is None:
        return ""
    return catalogue.fill(
        gettext(N_("{family} card no. {number} of {name}")),
        {
            "family": getattr(identity.family, "name", str(identity.family)),
            "number": identity.card_id.rpartition("/")[2] or "?",
            "name": identity.name,
        },
    )


def _day(value: Fact) -> Fact:
    """Return the day of a moment, in local time; other facts stay as they are."""
    try:
        moment = dt.datetime.strptime(str(value), "%Y-%m-%d %H:%M UTC")
    except ValueError:
        return value
    return local_day(moment.replace(tzinfo=dt.UTC))


def _texts(code: str) -> tuple[str, str] | None:
    area, _, name = code.partition(".")
    cannot_be_checked = area == "trust" and name.startswith(_NOT_NOW_AREAS)
    return PERSONAL.get(code) or (_NOT_NOW if cannot_be_checked else None)
