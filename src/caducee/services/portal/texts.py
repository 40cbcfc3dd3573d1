# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the pages say about checks and refusals, beyond the catalogue's sentence and next step."""

from collections.abc import Mapping
from typing import Final

from caducee.base.i18n import N_, gettext
from caducee.relying.verdict import CheckName, CheckOutcome
from caducee.services.portal.refusals import REASONS
from caducee.spec.nomenclatures import CardFamily

__all__ = ["CHECKS", "FAMILIES", "OUTCOMES", "SIGNS", "check", "family", "why"]

CHECKS: Final[Mapping[str, str]] = {
    CheckName.TRANSPORT: N_("Proof of the key"),
    CheckName.FRONT: N_("Front server"),
    CheckName.TOKEN: N_("Form of the token"),
    CheckName.NONCE: N_("Number used once"),
    CheckName.ORIGIN: N_("Site of the token"),
    CheckName.SIGNATURE: N_("Signature of the token"),
    CheckName.CERTIFICATE: N_("Certificate of a card"),
    CheckName.CHAIN: N_("Issuer"),
    CheckName.VALIDITY: N_("Dates"),
    CheckName.USAGE: N_("Use of the key"),
    CheckName.REVOCATION: N_("Revocation"),
    CheckName.SOURCES: N_("Sources of revocation"),
    CheckName.FAMILY: N_("Card family"),
    CheckName.CATEGORY: N_("Real or test card"),
    CheckName.INDIVIDUAL: N_("Personal card"),
    CheckName.PROFESSION: N_("Profession"),
    CheckName.HOLDER: N_("Holder in the directory"),
    CheckName.CARD: N_("Card in use"),
}
"""What each check is called on a page."""

OUTCOMES: Final = {
    CheckOutcome.PASSED: N_("passed"),
    CheckOutcome.FAILED: N_("failed"),
    CheckOutcome.UNKNOWN: N_("cannot be decided"),
    CheckOutcome.SKIPPED: N_("not checked"),
}

SIGNS: Final = {
    CheckOutcome.PASSED: "✓",
    CheckOutcome.FAILED: "✗",
    CheckOutcome.UNKNOWN: "?",
    CheckOutcome.SKIPPED: "–",
}
"""A sign for the eye, beside the word."""

FAMILIES: Final[Mapping[int, str]] = {
    CardFamily.CPS: N_("CPS, registered health professional"),
    CardFamily.CPF: N_("CPF, health professional in training"),
    CardFamily.CPE: N_("CPE, staff of a health structure"),
    CardFamily.CPA: N_("CPA, staff of an authorised body"),
}


def check(name: str) -> str:
    """Return what a check is called, in the language in use; an unknown one keeps its name."""
    return gettext(CHECKS[name]) if name in CHECKS else name


def family(code: CardFamily | int) -> str:
    """Return what a card family is, in the language in use; an unknown one stays its code."""
    return gettext(FAMILIES[code]) if code in FAMILIES else str(code)


def why(code: str) -> str:
    """Return why a service refuses for this code, in the language in use."""
    return gettext(REASONS.get(code, _GENERAL))


_GENERAL: Final = N_(
    "A check that every login must pass did not pass, so the portal cannot know who you are."
)
