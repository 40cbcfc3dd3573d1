# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Whom a service admits: families, real or test cards, persons, professions."""

from collections.abc import Iterator
from dataclasses import dataclass

from caducee.relying.verdict import Check, CheckName, failed, passed
from caducee.spec.nomenclatures import CardFamily, ProductCategory, label
from caducee.trust.certificate import CardCertificate

__all__ = ["CardPolicy"]


@dataclass(frozen=True, slots=True)
class CardPolicy:
    """What a service asks of a card, beyond being genuine, valid and not revoked.

    The default admits real cards of every family; nothing that the tables do not know is ever
    admitted.
    """

    families: frozenset[CardFamily] = frozenset(CardFamily)
    """The card families that may log in."""

    categories: frozenset[ProductCategory] = frozenset({ProductCategory.CARD})
    """Real cards (``CARD``), test cards (``TEST_CARD``), or both."""

    individual: bool = False
    """Whether the card must name a person: some cards of structures name none."""

    professions: frozenset[str] | None = None
    """Codes of G15 of which the certificate must bear one; none admits every profession, and
    also staff without one."""

    card_in_use: bool = True
    """Whether the directory must know the card as one in use. When false, only a card that it
    knows as opposed or withdrawn is refused."""

    @classmethod
    def test_cards(
        cls, *, individual: bool = False, professions: frozenset[str] | None = None
    ) -> "CardPolicy":
        """Return the policy of a service that runs in the test world and admits test cards only."""
        categories = frozenset({ProductCategory.TEST_CARD})
        return cls(categories=categories, individual=individual, professions=professions)

    def checks(self, card: CardCertificate) -> Iterator[Check]:
        """Yield the checks of this policy for a card: family, category, person, profession."""
        yield self._family(card)
        yield self._category(card)
        yield self._individual(card)
        yield self._profession(card)

    def card_check(self, card: CardCertificate, active: bool | None) -> Check:
        """Return the check of what the directory says of a card (none: it does not know it)."""
        facts = {"card_id": card.card_id}
        if active:
            return passed(CheckName.CARD, "relying.card_active", **facts)
        if active is False:
            return failed(CheckName.CARD, "relying.card_opposed", **facts)
        if self.card_in_use:
            return failed(CheckName.CARD, "relying.card_unknown", **facts)
        return passed(CheckName.CARD, "relying.card_not_asked", **facts)

    def _family(self, card: CardCertificate) -> Check:
        name = getattr(card.family, "name", str(card.family))
        if card.family in self.families:
            return passed(CheckName.FAMILY, "relying.family_admitted", family=name)
        admitted = ", ".join(family.name for family in sorted(self.families))
        return failed(
            CheckName.FAMILY, "relying.family_refused", family=name, admitted=admitted or "-"
        )

    def _category(self, card: CardCertificate) -> Check:
        if card.category in self.categories:
            return passed(CheckName.CATEGORY, "relying.category_admitted", test=card.is_test)
        if not isinstance(card.category, ProductCategory):
            return failed(
                CheckName.CATEGORY, "relying.category_unknown", category=int(card.category)
            )
        code = "relying.category_test" if card.is_test else "relying.category_real"
        return failed(CheckName.CATEGORY, code)

    def _individual(self, card: CardCertificate) -> Check:
        if card.surname:
            return passed(CheckName.INDIVIDUAL, "relying.individual")
        if not self.individual:
            return passed(CheckName.INDIVIDUAL, "relying.individual_not_asked")
        return failed(CheckName.INDIVIDUAL, "relying.not_individual", ps_idnat=card.ps_idnat)

    def _profession(self, card: CardCertificate) -> Check:
        names = [label("G15", code) or code for code in card.professions]
        names += [label("G16", code) or code for code in card.future_professions]
        found = ", ".join(names) or "-"
        if self.professions is None or self.professions & set(card.professions):
            return passed(CheckName.PROFESSION, "relying.profession_admitted", profession=found)
        return failed(CheckName.PROFESSION, "relying.profession_refused", profession=found)
