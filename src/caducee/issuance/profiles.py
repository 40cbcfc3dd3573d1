# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Ready profiles: a card of every kind by its name, each time for a new test identity.

>>> one = profile("cde")
>>> one.card, one.family.name, one.responsibility
('CDE', 'CPE', '01')
"""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from caducee.base.errors import IssueError
from caducee.base.i18n import N_
from caducee.codec.billing import BillingSituation, billing_key
from caducee.directory.model import Person, Qualification
from caducee.directory.registry import Registry
from caducee.issuance import identities
from caducee.issuance.order import STAFF, CardOrder, Practice
from caducee.issuance.states import CardState
from caducee.spec import ours
from caducee.spec.cards import MAX_ACTIVITIES, STAFF_TITLE, CardGeneration
from caducee.spec.nomenclatures import (
    NO_RESPONSIBILITY,
    CardFamily,
    PersonIdType,
    ProductCategory,
    Table,
    card_name,
    label,
    table,
)
from caducee.virtualcard.content import ContactlessChip

__all__ = ["CardProfile", "profile", "profiles"]

_PHARMACIST = "21"
_SALARIED = "01"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardProfile:
    """A kind of card. The default is a physician's CPS of generation CPS3, new."""

    name: str
    """What commands call it."""

    note: str = ""
    """What is special about it, in a few words; a message id."""

    family: CardFamily = CardFamily.CPS
    generation: CardGeneration = CardGeneration.CPS3
    category: ProductCategory = ProductCategory.TEST_CARD
    state: CardState = CardState.NEW
    responsibility: str = NO_RESPONSIBILITY
    """Code of table G04."""

    profession: str | None = "10"
    """Code of table G15; of G16 for a CPF; none for staff."""

    register: PersonIdType = PersonIdType.RPPS
    """Register of a professional: RPPS or ADELI."""

    named: bool = True
    """Whether the card of staff names its holder."""

    family_name: str | None = None
    """A family name in place of the one that the order gives; ``{order}`` is the order."""

    given_name: str | None = None
    """A given name in place of one from the list."""

    specialties: tuple[str, ...] = ()
    """Codes of table R01."""

    section: str | None = None
    """Section of the pharmacists' order (G05)."""

    places: tuple[int, ...] = (1,)
    """Numbers of the practice situations on the card."""

    replaces: bool = False
    """Whether the holder bills in the place of another person."""

    languages: tuple[str, ...] = ("fr",)
    contactless: ContactlessChip | None = None
    two_applications: bool = True

    @property
    def card(self) -> str:
        """What the card is called: CPS, CPF, CPE, CDE, CPA or CDA."""
        return card_name(self.family, self.responsibility)

    @property
    def holder(self) -> str:
        """French label of the profession, or of what the staff member is in the structure."""
        if self.family in STAFF:
            if self.responsibility == NO_RESPONSIBILITY:
                return STAFF_TITLE
            return label(Table.RESPONSIBILITIES, self.responsibility) or ""
        found = Table.FUTURE_PROFESSIONS if self.family is CardFamily.CPF else Table.PROFESSIONS
        return label(found, self.profession or "") or ""

    @property
    def faces(self) -> tuple[str, ...]:
        """What the card shows: ``contact``, ``contactless``, ``identification``."""
        if self.generation is CardGeneration.CPS4:
            return ("contact",)
        if self.contactless is ContactlessChip.IDENTIFICATION:
            return ("contact", "identification")
        return ("contact", "contactless") if self.two_applications else ("contact",)

    def person(self, registry: Registry) -> Person:
        """Return a new test identity for the profile, of an order that was never given before."""
        own = ours.table("issuance")
        if self.family in STAFF:
            return self._staff(registry)
        adeli = self.register is PersonIdType.ADELI and self.family is CardFamily.CPS
        counter, first = (
            ("test-adeli", "first_adeli") if adeli else ("test-identity", "first_order")
        )
        order = registry.draw(counter, first=own.integer(first))[0]
        given = self.given_name or _given_name(order)
        profession = self.profession or ""
        if adeli:
            made = identities.adeli_person(order, given_name=given, profession=profession)
        elif self.family is CardFamily.CPF:
            made = identities.student(order, given_name=given, future_profession=profession)
        else:
            made = identities.person(order, given_name=given, profession=profession)
        return replace(
            made,
            family_name=(self.family_name or made.family_name).format(order=f"{order:07d}"),
            qualifications=tuple(Qualification(specialty) for specialty in self.specialties),
        )

    def order(self, registry: Registry, person: Person | None = None) -> CardOrder:
        """Return the order of a card for a person, by default a new test identity."""
        holder = person or self.person(registry)
        return CardOrder(
            person=holder,
            practices=tuple(self._practices(holder)),
            family=self.family,
            languages=self.languages,
            two_applications=self.two_applications,
            generation=self.generation,
            category=self.category,
            responsibility=self.responsibility,
            contactless=self.contactless,
            state=self.state,
        )

    def _staff(self, registry: Registry) -> Person:
        own = ours.table("issuance")
        cpe = self.family is CardFamily.CPE
        where = (
            identities.hospital(own.integer("hospital"))
            if cpe
            else identities.body(own.integer("body"))
        )
        number = registry.draw(f"test-{self.family.name.lower()}")[0]
        return identities.staff(
            where,
            number,
            given_name=self.given_name or _given_name(number),
            role=own.table("staff_roles").text(self.card),
            named=self.named,
        )

    def _practices(self, person: Person) -> Iterator[Practice]:
        if self.family in STAFF:
            sector = ours.table("issuance.staff_sectors").text(self.family.name)
            place = self.places[0] if self.places else 1
            yield Practice(identities.employer_of(person), sector, _SALARIED, place)
            return
        usual = _usual(self.profession)
        own = usual.text("at") == "own"
        for turn, place in enumerate(self.places):
            hospital = identities.hospital(ours.table("issuance").integer("hospital") + turn)
            at_home = own and turn == 0
            yield Practice(
                identities.practice_of(person) if at_home else hospital,
                usual.text("sector") if turn == 0 else _sector(turn),
                usual.text("mode") if turn == 0 else _SALARIED,
                place,
                section=self._section(turn),
                billing=self._billing(person, usual.text("insurance"), at_home),
            )

    def _section(self, turn: int) -> str | None:
        if self.profession != _PHARMACIST or self.family is not CardFamily.CPS:
            return None
        return self.section or ("A" if turn == 0 else "D")

    def _billing(self, person: Person, insurance: str, at_home: bool) -> BillingSituation | None:
        if not insurance or self.family is not CardFamily.CPS:
            return None
        own = ours.table("issuance.billing")
        number = f"0B{self.profession}{person.ps_idnat[-5:-1]}"
        return BillingSituation(
            number=number,
            key=billing_key(number),
            convention=own.text("own_convention" if at_home else "hospital_convention"),
            specialty=insurance,
            tariff_zone=own.text("tariff_zone"),
            travel=own.text("travel"),
            agreements=own.texts("agreements"),
            sign_fse=at_home,
            sign_batches=at_home,
            replaced=own.text("replaced") if self.replaces else None,
        )


def profiles() -> tuple[CardProfile, ...]:
    """Return all profiles, by subject: professions, training, staff, sections, forms, states."""
    return tuple(_by_name().values())


def profile(name: str) -> CardProfile:
    """Return a profile by its name. Raises `IssueError` (``issuance.profile_unknown``,
    ``issuance.profile_near``).
    """
    found = _by_name().get(name)
    if found is None:
        near = difflib.get_close_matches(name, _by_name(), 3, 0.5)
        if not near:
            raise IssueError("issuance.profile_unknown", name=name)
        raise IssueError("issuance.profile_near", name=name, near=", ".join(near))
    return found


@cache
def _by_name() -> dict[str, CardProfile]:
    found = {}
    for item in _all():
        if item.name in found:
            raise LookupError(f"profile twice: {item.name}")
        found[item.name] = item
    return found


def _all() -> Iterator[CardProfile]:
    yield from _families()
    yield from _professionals()
    yield from _students()
    yield from _staff()
    yield from _pharmacists()
    yield from _forms()
    yield from _faces()
    for state in CardState:
        if state is not CardState.NEW:
            yield CardProfile(name=state.value, state=state)


def _families() -> Iterator[CardProfile]:
    yield CardProfile(name="cps")
    yield CardProfile(name="cps4", generation=CardGeneration.CPS4)
    yield CardProfile(name="cpf", family=CardFamily.CPF)


def _professionals() -> Iterator[CardProfile]:
    for entry in table(Table.PROFESSIONS):
        card_profile = CardProfile(name=f"cps-{_word(entry.code)}", profession=entry.code)
        yield card_profile
        yield _cps4(card_profile)
    yield CardProfile(
        name="cps-medecin-specialiste",
        note=N_("a specialist (cardiology)"),
        specialties=("SM04",),
    )
    yield CardProfile(
        name="cps-infirmier-adeli",
        note=N_("known by an ADELI number"),
        profession="60",
        register=PersonIdType.ADELI,
    )
    yield CardProfile(
        name="cps-medecin-remplacant",
        note=N_("bills in the place of another person"),
        replaces=True,
    )


def _students() -> Iterator[CardProfile]:
    for entry in table(Table.FUTURE_PROFESSIONS):
        name = f"cpf-{_word(entry.code)}"
        card_profile = CardProfile(name=name, family=CardFamily.CPF, profession=entry.code)
        yield card_profile
        yield _cps4(card_profile)


def _staff() -> Iterator[CardProfile]:
    for family in STAFF:
        card_profile = CardProfile(name=family.name.lower(), family=family, profession=None)
        head = card_name(family, "01").lower()
        yield card_profile
        yield _cps4(card_profile)
        yield replace(card_profile, name=head, responsibility="01")
        yield _cps4(replace(card_profile, name=head, responsibility="01"))
        yield replace(
            card_profile,
            name=f"{head}-adjoint",
            note=N_("assistant or deputy of the head of the structure"),
            responsibility="02",
        )
        yield replace(
            card_profile,
            name=f"{card_profile.name}-non-nominative",
            note=N_("does not name its holder"),
            named=False,
        )


def _pharmacists() -> Iterator[CardProfile]:
    for entry in table(Table.PHARMACIST_SECTIONS):
        yield CardProfile(
            name=f"cps-pharmacien-section-{entry.code.lower()}",
            note=entry.label,
            profession=_PHARMACIST,
            section=entry.code,
        )


def _forms() -> Iterator[CardProfile]:
    yield CardProfile(
        name="many-activities",
        note=N_("sixteen practice situations"),
        places=tuple(range(1, MAX_ACTIVITIES + 1)),
    )
    yield CardProfile(
        name="activities-with-gaps",
        note=N_("practice situations 1, 3, 7 and 16"),
        places=(1, 3, 7, 16),
    )
    yield CardProfile(name="no-activity", note=N_("no practice situation"), places=())
    yield CardProfile(
        name="long-names",
        note=N_("names of 27 letters"),
        family_name="MAXIMAXIMAXIMAXIMAXI{order}",
        given_name="MUMUMUMUMUMUMUMUMUMUMUMUMUM",
    )
    yield CardProfile(
        name="accents",
        note=N_("accents and ligatures, left out on the card"),
        family_name="Lœvêque Çédille{order}",
        given_name="Zoé Anaïs",
    )
    yield CardProfile(name="apostrophe", note=N_("an apostrophe"), family_name="D'ESTREE{order}")
    yield CardProfile(
        name="composed-names",
        note=N_("composed names"),
        family_name="DE LA TOUR-DUPIN {order}",
        given_name="MARIE-ANGE LUCE",
    )
    yield CardProfile(
        name="languages", note=N_("speaks three languages"), languages=("fr", "en", "de")
    )
    yield CardProfile(
        name="real-category",
        note=N_("category of real cards, under the SANDBOX hierarchy"),
        category=ProductCategory.CARD,
    )


def _faces() -> Iterator[CardProfile]:
    yield CardProfile(
        name="one-application", note=N_("contacts only, one application"), two_applications=False
    )
    yield CardProfile(
        name="identification-chip",
        note=N_("before December 2020: the contactless chip gives its number only"),
        contactless=ContactlessChip.IDENTIFICATION,
    )


def _cps4(base: CardProfile) -> CardProfile:
    return replace(base, name=f"{base.name}-cps4", generation=CardGeneration.CPS4)


def _usual(profession: str | None) -> ours.OurTable:
    """Return how a profession is usually practised; an unknown one, refused later, as another."""
    known = ours.table("issuance.professions")
    return known.table(profession if profession and profession in known else next(iter(known)))


def _word(profession: str) -> str:
    return _usual(profession).text("word")


def _sector(turn: int) -> str:
    """Return a sector for a further practice: those after the one of practices of one's own."""
    entries = table(Table.SECTORS)
    first = next(at for at, item in enumerate(entries) if item.code == _usual(None).text("sector"))
    return entries[(first + turn) % len(entries)].code


def _given_name(order: int) -> str:
    names = ours.table("issuance").texts("given_names")
    return names[order % len(names)]
