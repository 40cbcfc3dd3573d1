# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Every fault of the table, met by the Cryptolib or by a relying party: the code is the table's."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import copyfile

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from tests.unit.sandbox.conftest import order

from caducee.base.errors import CpsError, StateError
from caducee.base.secret import Secret
from caducee.cryptolib import KeyUse, open_card
from caducee.cryptolib.digest_info import digest_info
from caducee.issuance import IssuedCard
from caducee.reader.memory import MemoryReader
from caducee.sandbox.faults import make_fault, sandbox_of
from caducee.sandbox.world import Sandbox
from caducee.spec.cards import CardGeneration
from caducee.testing.keys import SharedKeys
from caducee.virtualcard.faults.card import FaultyCard
from caducee.virtualcard.faults.content import active
from caducee.virtualcard.faults.names import FaultName
from caducee.virtualcard.faults.store import FaultStore
from caducee.virtualcard.faults.table import TABLE, FaultFacts, FaultSource, Meeting
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import Fault
from caducee.virtualcard.store import FileStore, MemoryStore

INFO = digest_info(bytes(32), "sha256")
PIN, WRONG, PUK = (Secret.of(item) for item in ("1234", "0000", "12345678"))

type Action = Callable[[MemoryReader, Sandbox], None]


def log_in(reader: MemoryReader, world: Sandbox) -> None:
    """Do what every login does, and be refused if need be."""
    with open_card(reader) as card:
        card.holder()
        card.verify(PIN)
        card.authenticate(INFO)
        card.sign(b"document")
        leaf = card.certificate(KeyUse.AUTHENTICATION).public_bytes(Encoding.DER)
    world.verifier().verify([leaf]).require()


def give_wrong_code(reader: MemoryReader, world: Sandbox) -> None:
    with open_card(reader) as card:
        assert card.pin_state().tries_left == 1
        card.verify(WRONG)


def unblock(reader: MemoryReader, world: Sandbox) -> None:
    with open_card(reader) as card:
        assert card.pin_state().blocked
        card.unblock(PUK, PIN)


ACTIONS: dict[Meeting, Action] = {Meeting.WRONG_CODE: give_wrong_code, Meeting.UNBLOCKING: unblock}


@pytest.fixture(scope="session")
def other_keys() -> SharedKeys:
    """Keys of the second card, which the first has not."""
    return SharedKeys()


@pytest.fixture(params=CardGeneration)
def path(
    request: pytest.FixtureRequest, world: Sandbox, keys: SharedKeys, other_keys: SharedKeys
) -> Path:
    """The first of two cards of a generation."""
    orders = [replace(order(world), generation=request.param) for _ in range(2)]
    first = world.issue(orders[0], keys=keys)
    world.issue(orders[1], keys=other_keys)
    return world.card_path(first.card.number)


def faulty(world: Sandbox, path: Path, facts: FaultFacts) -> FaultyCard:
    """Give a card a fault the way commands do; a slow one is not really slow."""
    if facts.source is FaultSource.CARD:
        fault: Fault | None = Fault(name=facts.name, after=12, delay=1)
    else:
        fault = make_fault(world, path, facts.name)
    card = FaultyCard(MemoryStore(CardImage.load(path)), sleep=lambda seconds: None)
    if fault is not None:
        card.store.switch(fault)
    return card


@pytest.mark.parametrize("facts", TABLE, ids=lambda item: item.name)
def test_every_fault_is_met_as_the_table_says(
    world: Sandbox, path: Path, facts: FaultFacts
) -> None:
    card = faulty(world, path, facts)
    reader = MemoryReader()
    card.leave = reader.eject
    reader.insert(card)
    action = ACTIONS.get(facts.meeting, log_in)
    label = CardImage.load(path).contact.generation
    if facts.code is None or CardGeneration(label) not in facts.generations:
        action(reader, world)
        return
    with pytest.raises(CpsError) as caught:
        action(reader, world)
    assert caught.value.code == facts.code
    assert facts.facts.items() <= caught.value.facts.items()
    assert caught.value.advice()


@pytest.mark.parametrize("facts", TABLE, ids=lambda item: item.name)
def test_a_card_whose_faults_were_taken_away_is_as_before(
    world: Sandbox, path: Path, facts: FaultFacts
) -> None:
    if facts.name is FaultName.REVOKED:
        return  # for good, as the table says
    card = faulty(world, path, facts)
    assert ([fault.name for fault in card.store.faults] == [facts.name]) is facts.lasting
    card.store.switch(None)
    assert card.store.load().to_json() == CardImage.load(path).to_json()
    reader = MemoryReader()
    reader.insert(card)
    log_in(reader, world)


def test_certificates_are_dated_around_the_present_of_the_world(
    world: Sandbox, issued: IssuedCard
) -> None:
    world.clock.move(dt.timedelta(days=100))
    path = world.card_path(issued.card.number)
    year, now = dt.timedelta(days=365), world.clock.now()
    for name in (FaultName.EXPIRED, FaultName.NOT_YET_VALID):
        card = FaultyCard(MemoryStore(CardImage.load(path)))
        card.store.switch(make_fault(world, path, name))
        reader = MemoryReader()
        reader.insert(card)
        with open_card(reader) as opened:
            uses = (KeyUse.AUTHENTICATION, KeyUse.SIGNATURE)
            found = [opened.certificate(use) for use in uses]
        for item, own in zip(found, (issued.authentication, issued.signature), strict=True):
            edge = item.not_valid_after_utc + year
            if name is FaultName.NOT_YET_VALID:
                edge = item.not_valid_before_utc - year
            assert abs(edge - now) < dt.timedelta(minutes=5)
            assert item.public_key() == own.public_key()
            assert item.subject == own.subject
            assert item.serial_number != own.serial_number
            assert [e.oid for e in item.extensions] == [e.oid for e in own.extensions]


def test_revocation_stops_the_card_in_its_world(world: Sandbox, issued: IssuedCard) -> None:
    path = world.card_path(issued.card.number)
    before = path.read_bytes()
    assert make_fault(world, path, FaultName.REVOKED) is None
    assert path.read_bytes() == before
    card = world.registry.cards.get(issued.card.number)
    assert card is not None
    assert card.status.value == "opposed"


def test_a_world_with_one_card_has_no_other_holder(world: Sandbox, issued: IssuedCard) -> None:
    with pytest.raises(StateError) as caught:
        make_fault(world, world.card_path(issued.card.number), FaultName.OTHER_HOLDER)
    assert caught.value.code == "sandbox.no_other_card"


def test_a_card_of_elsewhere_is_refused(world: Sandbox, tmp_path: Path) -> None:
    other = Path(__file__).parents[2] / "vectors" / "cards" / "cps3.json"
    copyfile(other, tmp_path / "card.json")
    with pytest.raises(StateError) as caught:
        make_fault(world, tmp_path / "card.json", FaultName.EXPIRED)
    assert caught.value.code == "sandbox.card_not_of_it"


def test_a_card_of_another_sandbox_is_refused(
    world: Sandbox, issued: IssuedCard, keys: SharedKeys, tmp_path: Path
) -> None:
    with Sandbox.create(tmp_path / "other", ca_keys=keys) as other:
        twin = other.issue(order(other), keys=keys)
        assert twin.card.number == issued.card.number
        place = other.card_path(twin.card.number)
    with pytest.raises(StateError) as caught:
        make_fault(world, place, FaultName.REVOKED)
    assert caught.value.code == "sandbox.card_not_of_it"


def test_the_sandbox_is_where_the_card_lies_or_the_one_named(
    world: Sandbox, issued: IssuedCard, tmp_path: Path
) -> None:
    inside = world.card_path(issued.card.number)
    outside = tmp_path / "elsewhere" / "card.json"
    assert sandbox_of(inside, tmp_path / "other") == world.folder
    assert sandbox_of(outside, tmp_path / "other") == tmp_path / "other"
    with pytest.raises(StateError) as caught:
        sandbox_of(outside)
    assert caught.value.code == "sandbox.needed"


def test_faults_of_the_card_itself_take_no_sandbox(world: Sandbox, issued: IssuedCard) -> None:
    with pytest.raises(LookupError):
        make_fault(world, world.card_path(issued.card.number), FaultName.MUTE)


def test_a_fault_written_on_the_card_is_there_the_next_time(
    world: Sandbox, issued: IssuedCard
) -> None:
    path = world.card_path(issued.card.number)
    with FileStore(path) as store:
        FaultStore(store).switch(make_fault(world, path, FaultName.EXPIRED))
    assert [item.name for item in active(CardImage.load(path))] == [FaultName.EXPIRED]
    reader = MemoryReader()
    with FileStore(path) as store:
        reader.insert(FaultyCard(store))
        with pytest.raises(CpsError) as caught:
            log_in(reader, world)
    assert caught.value.code == "relying.certificate_expired"
