# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The catalogue of test products, as data: cards by their ready profiles, certificates in software.

Cards are the profiles of `caducee.issuance.profiles`, each with what it serves to test and how
many one order may have without a reason of its own; certificates stand here.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum, unique
from functools import cache

from caducee.base.errors import IssueError
from caducee.base.i18n import N_, gettext
from caducee.issuance.profiles import CardProfile, profiles
from caducee.issuance.states import CardState
from caducee.spec.cards import CardGeneration
from caducee.spec.igc import OrganisationUse
from caducee.spec.nomenclatures import ProductCategory
from caducee.trust.certificate import CertificateUse

__all__ = ["Product", "ProductKind", "catalogue", "product", "search"]


@unique
class ProductKind(StrEnum):
    """What a product is."""

    CARD = "card"
    PERSON_CERTIFICATE = "person-certificate"
    ORGANISATION_CERTIFICATE = "organisation-certificate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One product."""

    name: str
    """What orders call it, e.g. ``cps-medecin`` or ``organisation-auth-cli``."""

    kind: ProductKind

    title: str
    """What it is, in a few words; a message id, or a French label of a code table."""

    serves: tuple[str, ...]
    """What it serves to test, a sentence each; message ids."""

    limit: int
    """How many one order may have; a reviewer decides about more."""

    profile: CardProfile | None = None
    """The profile of a card."""

    use: CertificateUse | OrganisationUse | None = None
    """The use of a certificate."""

    @property
    def family(self) -> str:
        """CPS, CPF, CPE, CDE, CPA or CDA; empty for a certificate."""
        return self.profile.card if self.profile else ""

    @property
    def generation(self) -> str:
        """``CPS3`` or ``CPS4``; empty for a certificate."""
        return self.profile.generation.name if self.profile else ""

    @property
    def state(self) -> str:
        """The state in which a card leaves: ``new``, ``expired``, …; empty for a certificate."""
        return self.profile.state.value if self.profile else ""


@cache
def catalogue() -> tuple[Product, ...]:
    """Return all products, each once: cards in the order of their profiles, then certificates.

    A profile that is the same card under a shorter name (``cps``) can be ordered by that name.
    """
    return tuple(item for item in _by_name().values() if item.name not in _short_names())


@cache
def _by_name() -> dict[str, Product]:
    return {item.name: item for item in (*map(_card, profiles()), *_CERTIFICATES)}


@cache
def _short_names() -> frozenset[str]:
    """Return the names of profiles that a longer name says better."""
    same: dict[CardProfile, str] = {}
    for profile in profiles():
        bare = replace(profile, name="")
        same[bare] = max(same.get(bare, ""), profile.name, key=len)
    return frozenset(item.name for item in profiles()) - set(same.values())


def product(name: str) -> Product:
    """Return a product by its name. Raises `IssueError` (``ordering.product_unknown``)."""
    try:
        return _by_name()[name]
    except KeyError:
        raise IssueError("ordering.product_unknown", name=name[:60]) from None


def search(
    text: str = "", *, family: str = "", generation: str = "", state: str = "", kind: str = ""
) -> tuple[Product, ...]:
    """Return the products that have every word of ``text`` and the values that are given.

    Words are looked for in name, title and uses, in English and in the language in use, without
    regard to case and accents. An empty value does not choose.
    """
    words = _folded(text).split()
    chosen = {"family": family, "generation": generation, "state": state, "kind": kind}
    return tuple(
        item
        for item in catalogue()
        if all(not value or getattr(item, name) == value for name, value in chosen.items())
        and _has(item, words)
    )


def _has(item: Product, words: Iterable[str]) -> bool:
    texts = (item.title, *item.serves)
    whole = _folded(" ".join((item.name, item.family, *texts, *map(gettext, texts))))
    return all(word in whole for word in words)


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(item for item in apart if not unicodedata.combining(item))


_OF_STATES = {
    CardState.NEW: N_("Log in, read the holder and sign in the ordinary case."),
    CardState.NEAR_EXPIRY: N_("Warn a holder whose card ends soon."),
    CardState.EXPIRED: N_("Refuse a card whose validity is over, and tell the holder why."),
    CardState.NOT_YET_VALID: N_(
        "Refuse a card that is not valid yet; notice a clock that is late."
    ),
    CardState.REVOKED: N_("Refuse a stopped card by list and by OCSP."),
    CardState.LAST_TRY: N_("Warn before the last try of the PIN."),
    CardState.BLOCKED: N_("Offer to unblock a card at once."),
    CardState.BLOCKED_FOR_EVER: N_("Send a holder to the support when nothing unblocks the card."),
    CardState.UNUSED_BITS: N_("Read certificates with a known fault of encoding."),
    CardState.UPDATE_INCOMPLETE: N_("Meet a card whose update was interrupted."),
    CardState.UPDATE_EMPTY: N_("Meet a card whose update left nothing."),
    CardState.KEYS_EXCHANGED: N_("Notice keys that do not belong to their certificates."),
}
_CPS4 = N_("Use TLS 1.3 and RSA-PSS signatures, which a CPS4 can make.")
_CONTACTLESS = N_("Identify a card without contact.")
_NO_CHOICE = N_("Work without an activity to choose.")
_CHOICE = N_("Let the holder choose among several activities.")
_REAL = N_("Tell cards of the real category from test cards.")

_USUAL_LIMIT = 5
_FAULTY_LIMIT = 2
"""Ours: the limits of the real catalogue are not published."""


def _card(profile: CardProfile) -> Product:
    return Product(
        name=profile.name,
        kind=ProductKind.CARD,
        title=profile.note or profile.holder,
        serves=tuple(_serves(profile)),
        limit=_USUAL_LIMIT if profile.state is CardState.NEW else _FAULTY_LIMIT,
        profile=profile,
    )


def _serves(profile: CardProfile) -> Iterable[str]:
    yield _OF_STATES[profile.state]
    if profile.generation is CardGeneration.CPS4:
        yield _CPS4
    if "contactless" in profile.faces:
        yield _CONTACTLESS
    if not profile.places:
        yield _NO_CHOICE
    if len(profile.places) > 1:
        yield _CHOICE
    if profile.category is ProductCategory.CARD:
        yield _REAL


_CERTIFICATES = (
    Product(
        name="personne-authentification",
        kind=ProductKind.PERSON_CERTIFICATE,
        title=N_("certificate of a professional in software, to authenticate"),
        serves=(N_("Authenticate a professional whose key is kept by a program."),),
        limit=_FAULTY_LIMIT,
        use=CertificateUse.AUTHENTICATION,
    ),
    Product(
        name="personne-signature",
        kind=ProductKind.PERSON_CERTIFICATE,
        title=N_("certificate of a professional in software, to sign"),
        serves=(N_("Sign documents with a key that is kept by a program."),),
        limit=_FAULTY_LIMIT,
        use=CertificateUse.SIGNATURE,
    ),
    Product(
        name="organisation-auth-cli",
        kind=ProductKind.ORGANISATION_CERTIFICATE,
        title=N_("certificate of an organisation as a client (AUTH_CLI)"),
        serves=(N_("Authenticate a server to national services, such as INSi or the DMP."),),
        limit=_FAULTY_LIMIT,
        use=OrganisationUse.AUTH_CLI,
    ),
    Product(
        name="organisation-sign",
        kind=ProductKind.ORGANISATION_CERTIFICATE,
        title=N_("certificate of an organisation, to sign (SIGN)"),
        serves=(N_("Seal documents and assertions in the name of a structure."),),
        limit=_FAULTY_LIMIT,
        use=OrganisationUse.SIGN,
    ),
    Product(
        name="organisation-ssl",
        kind=ProductKind.ORGANISATION_CERTIFICATE,
        title=N_("certificate of a server (SSL)"),
        serves=(N_("Run a web server that clients of the health sector trust."),),
        limit=_FAULTY_LIMIT,
        use=OrganisationUse.SSL,
    ),
)
