# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a login ends in: every check with its result, and who the holder is."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, unique
from types import MappingProxyType

from caducee.base.errors import Fact, LoginRefusedError
from caducee.base.i18n import LANGUAGES, use_language
from caducee.relying.registry import HolderActivity
from caducee.spec.nomenclatures import CardFamily, ProductCategory
from caducee.trust.checks import Check, CheckOutcome

__all__ = [
    "Check",
    "CheckName",
    "CheckOutcome",
    "Identity",
    "Verdict",
    "failed",
    "passed",
    "skipped",
]


@unique
class CheckName(StrEnum):
    """What is checked at a login, in the order of the verdict."""

    TRANSPORT = "transport"
    """The certificate came through a TLS handshake that proves its key."""
    TOKEN = "token"  # noqa: S105 (the name of a check)
    """The origin-bound token has the right format and an admitted algorithm."""
    NONCE = "nonce"
    """The token answers a nonce of this session, still fresh and never used."""
    ORIGIN = "origin"
    """The token was made for this site."""
    SIGNATURE = "signature"
    """The token is signed by the key of the certificate."""
    CERTIFICATE = "certificate"
    """The certificate is readable, and one of the CPS family."""
    CHAIN = "chain"
    """It leads to an accepted root."""
    VALIDITY = "validity"
    """It is valid today."""
    USAGE = "usage"
    """It is an authentication certificate."""
    REVOCATION = "revocation"
    """A fresh revocation list does not name it."""
    SOURCES = "sources"
    """A source of revocation was down, and what stood in for it; absent when all answered."""
    FAMILY = "family"
    """Its card family is admitted."""
    CATEGORY = "category"
    """Real or test, it is what the service admits."""
    INDIVIDUAL = "individual"
    """It names a person, where the service asks for that."""
    PROFESSION = "profession"
    """The profession is admitted."""
    HOLDER = "holder"
    """The holder is in the directory and active."""
    CARD = "card"
    """The card is in use, not opposed."""
    FRONT = "front"
    """The front that ended TLS found nothing wrong either."""


def passed(name: CheckName, code: str, **facts: Fact) -> Check:
    """Make a check that passed."""
    return Check(name, CheckOutcome.PASSED, code, MappingProxyType(facts))


def failed(name: CheckName, code: str, **facts: Fact) -> Check:
    """Make a check that failed."""
    return Check(name, CheckOutcome.FAILED, code, MappingProxyType(facts))


def skipped(name: CheckName, because: str) -> Check:
    """Make a check that could not be made, ``because`` of another one that failed."""
    facts: dict[str, Fact] = {"because": because}
    return Check(name, CheckOutcome.SKIPPED, "relying.not_checked", MappingProxyType(facts))


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the holder is: names and family from the certificate, activities from the directory."""

    ps_idnat: str
    """PS_IdNat, e.g. ``899700218896``."""
    family_name: str
    """Family name; empty for a card that names no person."""
    given_name: str
    """Given name; empty for a card that names no person."""
    title: str
    """The label of the profession as the certificate writes it (attribute T)."""
    professions: tuple[str, ...]
    """Codes of G15 in the certificate; empty for staff of a structure."""
    specialties: tuple[str, ...]
    """Codes of TRE_R01, those of the directory when it has the holder."""
    family: CardFamily | int
    """CPS, CPF, CPE or CPA (table G02); a code nobody knows stays a number."""
    category: ProductCategory | int
    """Real or test card (table G01); a code nobody knows stays a number."""
    test: bool
    """Whether the card belongs to the test world; an unknown category counts as test."""
    card_id: str
    """Issuer and number of the card, e.g. ``8025000001/2800636234``."""
    activities: tuple[HolderActivity, ...]
    """Practice situations from the directory; empty when it does not know the holder."""
    fingerprint: str
    """SHA-256 of the certificate, hexadecimal."""
    future_professions: tuple[str, ...] = ()
    """Codes of G16, for a professional in training (CPF); they practise nothing by themselves."""

    @property
    def name(self) -> str:
        """Given name and family name, or the PS_IdNat when the card names no person."""
        return f"{self.given_name} {self.family_name}".strip() or self.ps_idnat

    def to_dict(self) -> dict[str, object]:
        """Return the identity as plain values for JSON."""
        plain: dict[str, object] = {
            key: getattr(self, key) for key in self.__slots__ if key != "activities"
        }
        plain["family"] = getattr(self.family, "name", self.family)
        plain["category"] = getattr(self.category, "name", self.category)
        plain["professions"] = list(self.professions)
        plain["future_professions"] = list(self.future_professions)
        plain["specialties"] = list(self.specialties)
        plain["activities"] = [
            {key: getattr(activity, key) for key in activity.__slots__}
            for activity in self.activities
        ]
        return plain


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every check of one login, in order, and the identity as far as it could be read.

    The identity stands here also when a check failed, so that a page can say who was refused;
    only `require` hands it out as that of somebody who is logged in.
    """

    checks: tuple[Check, ...]
    """One line for each `CheckName` that belongs to this way of logging in."""
    identity: Identity | None = None
    path: tuple[Check, ...] = ()
    """Every step of path validation, as `caducee.trust.path` wrote it down."""

    @property
    def ok(self) -> bool:
        """Whether the holder is admitted: an identity, and every check passed."""
        names = {check.name for check in self.checks}
        return (
            self.identity is not None
            and names >= _ALWAYS
            and all(check.outcome is CheckOutcome.PASSED for check in self.checks)
        )

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that failed or could not be decided, in order; the first names the refusal."""
        bad = (CheckOutcome.FAILED, CheckOutcome.UNKNOWN)
        return tuple(check for check in self.checks if check.outcome in bad)

    def check(self, name: CheckName) -> Check | None:
        """Return the check of that name, or none when it was not part of this login."""
        return next((item for item in self.checks if item.name is name), None)

    def require(self) -> Identity:
        """Return the identity of an admitted holder.

        Raises `LoginRefusedError` with the code and facts of the first check that failed.
        """
        if self.ok and self.identity is not None:
            return self.identity
        for check in self.failures:
            raise LoginRefusedError(check.code, **check.facts)
        raise LoginRefusedError("relying.verdict_incomplete")

    def to_dict(self) -> dict[str, object]:
        """Return the verdict as plain values for JSON.

        Each check has its sentence and the next step in each language: ``{"en": …, "fr": …}``.
        """
        return {
            "ok": self.ok,
            "checks": [_plain(check) for check in self.checks],
            "identity": self.identity.to_dict() if self.identity else None,
        }


def _plain(check: Check) -> dict[str, object]:
    return {
        "name": str(check.name),
        "outcome": check.outcome.value,
        "code": check.code,
        "facts": dict(check.facts),
        "sentence": _in_each_language(check.sentence),
        "advice": _in_each_language(check.advice),
    }


def _in_each_language(text: Callable[[], str]) -> dict[str, str]:
    found = {}
    for code in LANGUAGES:
        with use_language(code):
            found[code] = text()
    return found


_ALWAYS = frozenset(
    {
        CheckName.CERTIFICATE,
        CheckName.CHAIN,
        CheckName.VALIDITY,
        CheckName.USAGE,
        CheckName.REVOCATION,
        CheckName.FAMILY,
        CheckName.CATEGORY,
        CheckName.HOLDER,
    }
)
"""A verdict in which one of these was never made admits nobody."""
