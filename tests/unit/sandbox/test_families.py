# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Cards of every family and generation, read by the Cryptolib and judged at a login."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.cryptolib import CpsCard, KeyUse, open_card
from caducee.issuance import CardOrder, CardPins, IssuedCard
from caducee.issuance.name_text import as_registers
from caducee.issuance.profiles import profile
from caducee.reader.memory import MemoryReader
from caducee.relying.policy import CardPolicy
from caducee.sandbox.world import Sandbox
from caducee.spec.nomenclatures import ProductCategory
from caducee.testing.keys import SharedKeys
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.store import MemoryStore

READ = (
    "cps",
    "cps4",
    "cps-pharmacien",
    "cps-infirmier-adeli",
    "cps-medecin-specialiste",
    "cps-medecin-remplacant",
    "cpf",
    "cpf-sage-femme-cps4",
    "cpe",
    "cpe-cps4",
    "cde",
    "cpa",
    "cda",
    "cda-cps4",
    "cpe-non-nominative",
    "cpa-non-nominative",
    "many-activities",
    "activities-with-gaps",
    "no-activity",
    "long-names",
    "accents",
    "languages",
    "one-application",
    "identification-chip",
)
REFUSED = {
    "real-category": {"relying.category_real"},
    "expired": {"relying.certificate_expired"},
    "not-yet-valid": {"relying.certificate_not_yet_valid"},
    "revoked": {"trust.revoked", "relying.card_opposed"},
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, keys: SharedKeys) -> Iterator[Sandbox]:
    with Sandbox.create(tmp_path_factory.mktemp("families") / "world", ca_keys=keys) as made:
        yield made


@pytest.fixture(scope="module")
def made(world: Sandbox, keys: SharedKeys) -> dict[str, tuple[CardOrder, IssuedCard]]:
    names = (*READ, *REFUSED)
    orders = [profile(name).order(world.registry) for name in names]
    known = [replace(item, pins=CardPins.of_test_cards()) for item in orders]
    issued = world.issue_all(known, keys=keys)
    return dict(zip(names, zip(known, issued, strict=True), strict=True))


@pytest.fixture
def order(made: dict[str, tuple[CardOrder, IssuedCard]], name: str) -> CardOrder:
    return made[name][0]


@pytest.fixture
def issued(made: dict[str, tuple[CardOrder, IssuedCard]], name: str) -> IssuedCard:
    return made[name][1]


@pytest.fixture
def card(issued: IssuedCard) -> Iterator[CpsCard]:
    reader = MemoryReader("families")
    reader.insert(VirtualCard(MemoryStore(issued.image)))
    with open_card(reader) as opened:
        yield opened


every = pytest.mark.parametrize("name", READ)


@every
def test_the_cryptolib_reads_the_holder_of_every_card(
    card: CpsCard, order: CardOrder, issued: IssuedCard
) -> None:
    holder, person = card.holder(), order.person
    assert holder.family is order.family
    assert holder.is_test
    assert holder.ps_idnat == person.ps_idnat
    assert holder.family_name == as_registers(person.family_name)
    assert holder.given_name == as_registers(person.given_name)
    assert holder.profession == (person.profession or person.future_profession)
    assert holder.specialties == tuple(
        qualification.code for qualification in person.qualifications
    )
    assert holder.card_number == issued.card.number == card.card_number
    assert holder.expires == issued.card.expires_at.date()
    assert card.languages() == order.languages


@every
def test_the_cryptolib_reads_practices_and_billing_in_their_places(
    card: CpsCard, order: CardOrder, issued: IssuedCard, name: str
) -> None:
    card.verify(issued.pin)
    places = profile(name).places
    found = card.activities()
    assert tuple(entry.number for entry in found) == places
    for item, practice in zip(found, order.practices, strict=True):
        assert item.structure_idnat == practice.structure.struct_idnat
        assert item.sector == practice.sector
    billing = card.billing()
    assert tuple(activity.number for activity in billing.activities) == places
    billed = [entry for entry in order.practices if entry.billing is not None]
    assert [situation.number for situation in billing.situations] == [
        entry.billing.number for entry in billed if entry.billing is not None
    ]


@every
def test_both_keys_of_every_card_sign_for_their_certificates(
    card: CpsCard, issued: IssuedCard
) -> None:
    card.verify(issued.pin)
    assert card.certificate(KeyUse.AUTHENTICATION) == issued.authentication
    assert card.certificate(KeyUse.SIGNATURE) == issued.signature
    signer = issued.signature.public_key()
    assert isinstance(signer, rsa.RSAPublicKey)
    signer.verify(card.sign(b"letter"), b"letter", padding.PKCS1v15(), hashes.SHA256())


def chain(issued: IssuedCard) -> list[bytes]:
    return [issued.authentication.public_bytes(Encoding.DER)]


@every
def test_a_card_of_every_family_logs_in(world: Sandbox, issued: IssuedCard) -> None:
    identity = world.verifier().verify(chain(issued)).require()
    assert identity.ps_idnat == issued.card.ps_idnat


@pytest.mark.parametrize("name", ["cpe-non-nominative", "cpa-non-nominative", "cpe", "cps"])
def test_a_service_that_needs_a_person_refuses_a_card_that_names_none(
    world: Sandbox, issued: IssuedCard, name: str
) -> None:
    policy = CardPolicy.test_cards(individual=True)
    refused = {failure.code for failure in world.verifier(policy).verify(chain(issued)).failures}
    assert refused == ({"relying.not_individual"} if "non-nominative" in name else set())


@pytest.mark.parametrize("name", REFUSED)
def test_a_card_that_must_not_log_in_is_refused_for_its_reason(
    world: Sandbox, issued: IssuedCard, name: str
) -> None:
    verdict = world.verifier().verify(chain(issued))
    assert {failure.code for failure in verdict.failures} == REFUSED[name]


@pytest.mark.parametrize("name", ["real-category", "cps"])
def test_a_service_of_real_cards_admits_the_real_category_alone(
    world: Sandbox, issued: IssuedCard, name: str
) -> None:
    policy = CardPolicy(categories=frozenset({ProductCategory.CARD}))
    refused = {failure.code for failure in world.verifier(policy).verify(chain(issued)).failures}
    assert refused == (set() if name == "real-category" else {"relying.category_test"})
