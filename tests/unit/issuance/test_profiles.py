# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Every ready profile gives a card whose certificates, objects and records say the same."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from tests.unit.issuance.conftest import NOW

from caducee.authority.authority import Authority
from caducee.base.clock import FixedClock
from caducee.base.errors import IssueError
from caducee.codec.billing import SituationObject, SituationsObject
from caducee.codec.carddata import ActivityPs, IdCard, InfoPs, LangPs, NamePs
from caducee.codec.identifiers import PsIdNat
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.model import CardStatus, Person
from caducee.directory.registry import Registry
from caducee.issuance import CardOrder, CardState, IssuedCard, issue_cards
from caducee.issuance.name_text import as_registers
from caducee.issuance.profiles import CardProfile, profile, profiles
from caducee.spec import igc
from caducee.spec.cards import STAFF_TITLE, CardGeneration
from caducee.spec.nomenclatures import CardFamily, ProductCategory, Table, label, table
from caducee.testing.keys import SharedKeys
from caducee.trust.certificate import CardCertificate, CertificateUse
from caducee.virtualcard.faults.content import active, shown
from caducee.virtualcard.image_parts import DataFile, StoredPin

STAFF = (CardFamily.CPE, CardFamily.CPA)


@dataclass(frozen=True)
class Held:
    """A card in hand, with what it was made from."""

    profile: CardProfile
    order: CardOrder
    issued: IssuedCard
    authority: Authority
    registry: Registry

    @property
    def person(self) -> Person:
        return self.order.person

    def files(self) -> dict[str, bytes]:
        """Return the contents of the data files by path."""
        found = (file for file in self.issued.image.files if isinstance(file, DataFile))
        return {item.path: bytes(item.content) for item in found}


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory, keys: SharedKeys) -> Iterator[dict[str, Held]]:
    """One card of every profile."""
    folder = tmp_path_factory.mktemp("world")
    with Registry(f"sqlite:///{folder}/registry.db") as registry:
        clock = FixedClock(NOW)
        authority = Authority(folder / "ca", RegistryRecords(registry), clock, keys=keys)
        orders = [item.order(registry) for item in profiles()]
        issued = issue_cards(registry, authority, orders, keys=keys)
        yield {
            item.name: Held(item, order, card, authority, registry)
            for item, order, card in zip(profiles(), orders, issued, strict=True)
        }


@pytest.fixture
def held(cards: dict[str, Held], name: str) -> Held:
    return cards[name]


every = pytest.mark.parametrize("name", [item.name for item in profiles()])


def named(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", names)


@every
def test_both_certificates_say_who_the_holder_is(held: Held) -> None:
    made, person = held.profile, held.person
    for certificate, use in (
        (held.issued.authentication, CertificateUse.AUTHENTICATION),
        (held.issued.signature, CertificateUse.SIGNATURE),
    ):
        read = CardCertificate.read(certificate)
        assert read.use is use
        assert read.family is made.family
        assert read.category is made.category
        assert read.ps_idnat == person.ps_idnat
        assert read.card_number == held.issued.card.number
        assert read.surname == (as_registers(person.family_name) or None)
        assert read.given_name == (as_registers(person.given_name) or None)
        assert read.specialties == ()
        assert read.unknown_extensions == ()
    cps, cpf = made.family is CardFamily.CPS, made.family is CardFamily.CPF
    assert read.professions == ((made.profession,) if cps else ())
    assert read.future_professions == ((made.profession,) if cpf else ())
    assert read.title == (STAFF_TITLE if made.family in STAFF else made.holder)


@every
def test_only_staff_have_their_structure_in_the_name(held: Held) -> None:
    structure = CardCertificate.read(held.issued.authentication).structure
    if held.profile.family not in STAFF:
        assert structure is None
        return
    assert structure is not None
    where = held.order.practices[0].structure
    assert (structure.idnat, structure.name) == (where.struct_idnat, where.name)
    assert structure.department == label(Table.DEPARTMENTS, where.department or "")
    assert PsIdNat.parse(held.person.ps_idnat).number == where.struct_idnat[1:]


@every
def test_the_chain_is_that_of_the_family_and_category(held: Held) -> None:
    made = held.profile
    range_ = igc.Range.STANDARD if made.family in STAFF else igc.Range.FORT
    world = igc.World.TEST if made.category.is_test else igc.World.SANDBOX
    issuer = igc.ca(range_, igc.Domain.PERSONNES, world)
    for item in held.registry.certificates.of_card(held.issued.card.number):
        assert item.issuer == issuer.common_name
        leaf = x509.load_der_x509_certificate(item.der)
        chain = held.authority.chain(issuer)
        leaf.verify_directly_issued_by(chain[0])
        chain[0].verify_directly_issued_by(chain[1])


@every
def test_the_technical_certificate_is_on_a_cps3_with_a_contactless_application(held: Held) -> None:
    uses = [item.use for item in held.registry.certificates.of_card(held.issued.card.number)]
    technical = "contactless" in held.profile.faces
    assert sorted(map(str, uses)) == sorted(
        ["authentication", "signature", *(["other"] if technical else [])]
    )
    assert len(held.issued.image.keys) == len(uses)
    chip = held.issued.image.contactless
    expected = next((face for face in held.profile.faces if face != "contact"), None)
    found = None if chip is None else chip.generation
    assert found == {"contactless": "CPS3", "identification": "identification"}.get(expected or "")


@every
def test_each_key_belongs_to_its_certificate(held: Held) -> None:
    by_name = {}
    for key in held.issued.image.keys:
        pem = key.private_key.reveal()
        private = load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
        by_name[key.name] = private.public_key()
    assert by_name["CPS_PRIV_AUT"] == held.issued.authentication.public_key()
    assert by_name["CPS_PRIV_SIG"] == held.issued.signature.public_key()


@every
def test_the_objects_of_the_card_say_the_same(held: Held) -> None:
    files, made, person = held.files(), held.profile, held.person
    card = IdCard.from_bytes(files["3F00/0001/D100"])
    assert (card.number, card.category) == (held.issued.card.number, made.category)
    assert card.issued == held.issued.authentication.not_valid_before_utc.date()
    assert card.expires == held.issued.authentication.not_valid_after_utc.date()
    name = NamePs.from_bytes(files["3F00/0001/D101"])
    assert (name.surname or "") == as_registers(person.family_name)
    assert LangPs.from_bytes(files["3F00/0001/D102"]).codes == made.languages
    info = InfoPs.from_bytes(files["3F00/0001/D103"])
    assert (info.family, info.ps_idnat) == (made.family, person.ps_idnat)
    assert (info.given_name or "") == as_registers(person.given_name)
    assert info.specialties == made.specialties
    assert info.civility == (person.civility if person.family_name else None)
    assert info.responsibility == (made.responsibility if made.family in STAFF else None)
    assert info.profession == (made.profession if made.family is CardFamily.CPS else None)
    assert info.future_profession == (made.profession if made.family is CardFamily.CPF else None)


@every
def test_the_practices_stand_in_their_places_on_both_sides(held: Held) -> None:
    files, registry = held.files(), held.registry
    places = {int(path[-4:], 16) - 0xD11F: path for path in files if path[:13] == "3F00/0001/D12"}
    assert tuple(sorted(places)) == held.profile.places
    activities = registry.activities.of(held.person.ps_idnat)
    assert tuple(activity.number for activity in activities) == held.profile.places
    for place, ordered in zip(held.profile.places, held.order.practices, strict=True):
        practice = ActivityPs.from_bytes(files[places[place]])
        other = SituationObject.from_bytes(files[f"3F00/{0x400F + place:04X}"]).situation
        assert other.activity == place
        for item in (practice, other):
            assert item.struct_idnat == ordered.structure.struct_idnat
            assert item.structure_name == as_registers(ordered.structure.name)
            assert (item.sector, item.mode) == (ordered.sector, ordered.mode)
            assert item.section == ordered.section
        assert files[places[place]].endswith(ordered.sector.encode())


@every
def test_the_billing_side_holds_what_is_billed(held: Held) -> None:
    billed = SituationsObject.from_bytes(held.files()["3F00/7F01/4000"]).situations
    ordered = [practice for practice in held.order.practices if practice.billing is not None]
    assert len(billed) == len(ordered)
    for item, wanted in zip(billed, ordered, strict=True):
        assert wanted.billing is not None
        assert (item.number, item.key) == (wanted.billing.number, wanted.billing.key)
        assert item.struct_idnat == wanted.structure.struct_idnat
        assert all(fact.labels for fact in item.coded())


@every
def test_the_copies_of_the_cps2ter_side_are_on_a_cps4_alone(held: Held) -> None:
    files = held.files()
    copies = {path for path in files if path.startswith("3F00/400")}
    if held.profile.generation is CardGeneration.CPS3:
        assert copies == set()
        return
    assert len(copies) == 7
    contents = {files[path] for path in copies}
    for path in ("3F00/0001/D100", "3F00/0001/D101", "3F00/0001/D102", "3F00/0001/D103"):
        assert files[path] in contents
    assert files["3F00/D003"] in contents
    assert bytes(held.issued.image.contact.atr) in contents


@every
def test_the_registry_keeps_the_holder_as_they_were_given(held: Held) -> None:
    assert held.registry.persons.get(held.person.ps_idnat) == held.person
    assert held.registry.cards.get(held.issued.card.number) == held.issued.card


def test_no_two_profiles_share_a_card_number_or_a_holder(cards: dict[str, Held]) -> None:
    assert len({card.issued.card.number[:8] for card in cards.values()}) == len(cards)
    assert len({card.person.ps_idnat for card in cards.values()}) == len(cards)


# What each profile is for


def test_there_is_a_profile_for_every_profession_in_both_generations() -> None:
    for generation in CardGeneration:
        known = {
            item.profession
            for item in profiles()
            if item.family is CardFamily.CPS and item.generation is generation
        }
        assert known == {entry.code for entry in table(Table.PROFESSIONS)}
        training = {
            item.profession
            for item in profiles()
            if item.family is CardFamily.CPF and item.generation is generation
        }
        assert training == {entry.code for entry in table(Table.FUTURE_PROFESSIONS)}
        staff = {item.card for item in profiles() if item.generation is generation}
        assert {"CPE", "CDE", "CPA", "CDA"} <= staff


def test_there_is_a_profile_for_every_section_of_pharmacists() -> None:
    assert {item.section for item in profiles() if item.section} == {
        entry.code for entry in table(Table.PHARMACIST_SECTIONS)
    }


@pytest.mark.parametrize(
    ("name", "section"),
    [
        ("cps-pharmacien", "A"),
        ("cps-pharmacien-cps4", "A"),
        ("cps-pharmacien-section-h", "H"),
        ("cps-pharmacien-section-da", "DA"),
        ("cpf-pharmacien", None),
        ("cps", None),
    ],
)
def test_a_pharmacist_has_the_section_of_the_profile(held: Held, section: str | None) -> None:
    assert ActivityPs.from_bytes(held.files()["3F00/0001/D120"]).section == section


@pytest.mark.parametrize(
    ("name", "holder"),
    [
        ("cps-sage-femme", "Sage-Femme"),
        ("cpf-sage-femme", "Sage-Femme en formation"),
        ("cpe", "Personnel santé ou social"),
        ("cda", "Responsable de la structure"),
        ("cde-adjoint", "Assistant ou adjoint au responsable de la structure"),
    ],
)
def test_a_profile_says_who_its_holder_is(name: str, holder: str) -> None:
    assert profile(name).holder == holder


@named("cpe-non-nominative", "cpa-non-nominative")
def test_a_card_that_names_nobody_has_an_identifier_alone(held: Held) -> None:
    subject = held.issued.authentication.subject
    assert not subject.get_attributes_for_oid(x509.NameOID.SURNAME)
    assert not subject.get_attributes_for_oid(x509.NameOID.GIVEN_NAME)
    (name,) = subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    assert "/" in str(name.value)
    assert held.files()["3F00/0001/D101"] == bytes.fromhex("E400")


@named("cde", "cda", "cde-adjoint", "cda-adjoint")
def test_the_card_of_who_is_responsible_differs_by_its_code_alone(held: Held) -> None:
    info = InfoPs.from_bytes(held.files()["3F00/0001/D103"])
    assert info.responsibility == ("02" if held.profile.name.endswith("adjoint") else "01")
    read = CardCertificate.read(held.issued.authentication)
    assert read.family is held.profile.family


@named("cpe", "cpe-cps4")
def test_a_cpe_is_named_by_an_establishment(held: Held) -> None:
    assert held.person.ps_idnat.startswith("30B0")
    assert held.order.practices[0].structure.struct_idnat.startswith("10B0")


@named("cpa", "cpa-cps4")
def test_a_cpa_is_named_by_a_body(held: Held) -> None:
    assert held.person.ps_idnat.startswith("5000000000")
    assert held.order.practices[0].structure.struct_idnat.startswith("3000000000")


@named("long-names")
def test_the_longest_names_have_27_letters(held: Held) -> None:
    read = CardCertificate.read(held.issued.authentication)
    assert (len(read.surname or ""), len(read.given_name or "")) == (27, 27)


@named("accents")
def test_accents_are_left_out_on_the_card_and_kept_in_the_registry(held: Held) -> None:
    kept = held.registry.persons.get(held.person.ps_idnat)
    assert kept is not None
    assert (kept.family_name[:16], kept.given_name) == ("Lœvêque Çédille5", "Zoé Anaïs")
    read = CardCertificate.read(held.issued.authentication)
    assert (read.surname or "")[:17] == "LOEVEQUE CEDILLE5"
    assert read.given_name == "ZOE ANAIS"


@named("cps-infirmier-adeli")
def test_an_adeli_holder_has_an_adeli_practice(held: Held) -> None:
    assert held.person.ps_idnat.startswith("00B60")
    assert held.order.practices[0].structure.struct_idnat == f"{held.person.ps_idnat}00"


@named("cps-medecin-remplacant")
def test_a_replacement_is_billed_with_who_is_replaced(held: Held) -> None:
    (billed,) = SituationsObject.from_bytes(held.files()["3F00/7F01/4000"]).situations
    assert billed.replaced == "899700218896"


@named("many-activities")
def test_a_card_holds_sixteen_practices(held: Held) -> None:
    assert len(held.order.practices) == 16
    assert len({practice.sector for practice in held.order.practices}) == 16
    first, *others = held.order.practices
    assert first.structure.struct_idnat.startswith("4")
    assert first.mode == "00"
    assert all(other.structure.struct_idnat.startswith("10B") for other in others)
    assert {other.mode for other in others} == {"01"}
    bills = [practice.billing for practice in held.order.practices if practice.billing is not None]
    assert [bill.sign_fse for bill in bills] == [True] + [False] * 15
    assert [bill.sign_batches for bill in bills] == [True] + [False] * 15
    assert {bill.convention for bill in bills[1:]} == {"9"}
    assert (bills[0].convention, bills[0].specialty, bills[0].replaced) == ("1", "01", None)


def test_gaps_are_where_the_profile_says() -> None:
    assert profile("activities-with-gaps").places == (1, 3, 7, 16)


def test_a_hospital_profession_bills_nothing() -> None:
    for name in ("cps-aide-soignant", "cpf", "cpe"):
        with Registry("sqlite://") as registry:
            (practice,) = profile(name).order(registry).practices
        assert practice.billing is None


@named("real-category")
def test_the_real_category_comes_under_names_that_say_sandbox(held: Held) -> None:
    certificate = held.issued.authentication
    read = CardCertificate.read(certificate)
    assert read.category is ProductCategory.CARD
    assert not read.is_test
    issuer = certificate.issuer.rfc4514_string()
    assert issuer.startswith("CN=SANDBOX AC IGC-SANTE FORT PERSONNES,OU=IGC-SANTE SANDBOX")
    assert PsIdNat.parse(read.ps_idnat).is_test


# States


@pytest.mark.parametrize(
    ("name", "begins", "ends"),
    [
        ("near-expiry", dt.datetime(2023, 12, 8), dt.datetime(2026, 12, 8)),
        ("expired", dt.datetime(2023, 10, 25), dt.datetime(2026, 10, 25)),
        ("not-yet-valid", dt.datetime(2026, 12, 24), dt.datetime(2029, 12, 24)),
        ("cps", dt.datetime(2026, 11, 24), dt.datetime(2029, 11, 24)),
    ],
)
def test_a_state_is_in_the_dates(held: Held, begins: dt.datetime, ends: dt.datetime) -> None:
    for item in (held.issued.authentication, held.issued.signature):
        assert item.not_valid_before_utc.date() == begins.date()
        assert item.not_valid_after_utc.date() == ends.date()
    assert held.issued.card.expires_at.date() == ends.date()


@named("revoked")
def test_a_revoked_card_is_stopped_and_in_the_list(held: Held, cards: dict[str, Held]) -> None:
    assert held.issued.card.status is CardStatus.OPPOSED
    issuer = igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)
    listed = {item.serial_number for item in x509.load_der_x509_crl(held.authority.crl(issuer))}
    assert listed == {
        item.serial for item in held.registry.certificates.of_card(held.issued.card.number)
    }
    assert cards["cps"].issued.card.status is CardStatus.ACTIVE


def test_a_card_that_is_ordered_revoked_is_published_at_once(
    registry: Registry, authority: Authority, keys: SharedKeys
) -> None:
    for name, ca in (
        ("revoked", igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)),
        ("cpe", igc.ca(igc.Range.STANDARD, igc.Domain.PERSONNES)),
    ):
        before = x509.load_der_x509_crl(authority.crl(ca))
        assert len(list(before)) == 0
        order = replace(profile(name).order(registry), state=CardState.REVOKED)
        (issued,) = issue_cards(registry, authority, [order], keys=keys)
        listed = {item.serial_number for item in x509.load_der_x509_crl(authority.crl(ca))}
        assert issued.authentication.serial_number in listed


@pytest.mark.parametrize(
    ("name", "pin", "puk"),
    [("cps", 3, 3), ("last-try", 1, 3), ("blocked", 0, 3), ("blocked-for-ever", 0, 0)],
)
def test_a_state_is_in_the_tries(held: Held, pin: int, puk: int) -> None:
    def left(unblocked: bool) -> int:
        codes: list[StoredPin] = list(held.issued.image.pins)
        return next(code.tries_left for code in codes if (code.unblocked_by is None) != unblocked)

    assert (left(True), left(False)) == (pin, puk)


@named("unused-bits", "update-incomplete", "update-empty", "keys-exchanged")
def test_a_state_of_the_data_is_a_fault_of_the_card(held: Held, name: str) -> None:
    assert [item.name.value for item in active(held.issued.image)] == [name]
    assert shown(held.issued.image) is not held.issued.image


@named("cps", "expired", "revoked", "blocked")
def test_other_states_leave_no_fault_in_the_image(held: Held) -> None:
    assert active(held.issued.image) == ()


def test_there_is_a_profile_for_every_state() -> None:
    assert {item.state for item in profiles()} == set(CardState)


# Names


@pytest.mark.parametrize(("name", "near"), [("cps-medcin", "cps-medecin"), ("#", "")])
def test_an_unknown_profile_is_refused_with_what_is_near(name: str, near: str) -> None:
    with pytest.raises(IssueError) as caught:
        profile(name)
    assert caught.value.code == "issuance." + ("profile_near" if near else "profile_unknown")
    assert near in str(caught.value.facts.get("near", ""))
    assert caught.value.advice()


def test_a_profile_of_an_unknown_profession_is_refused_when_it_is_issued(
    registry: Registry, authority: Authority, keys: SharedKeys
) -> None:
    order = replace(profile("cps"), profession="77").order(registry)
    with pytest.raises(IssueError) as caught:
        next(issue_cards(registry, authority, [order], keys=keys))
    assert caught.value.code == "issuance.code_unknown"


def test_a_name_is_unique() -> None:
    assert len({item.name for item in profiles()}) == len(profiles())
    assert all(item.holder for item in profiles())
