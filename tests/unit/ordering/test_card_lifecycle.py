# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The life of cards: activated, lost, replaced, renewed, ended; those concerned are notified."""

import datetime as dt
import json
from collections.abc import Callable

import msgspec
import pytest
import sqlalchemy as sa
from cryptography import x509
from tests.unit.ordering import scenarios
from tests.unit.ordering.conftest import Tray
from tests.unit.ordering.scenarios import MAKER, OTHER, REVIEWER, SUPPORT, ZOE

from caducee.authority.authority import Authority
from caducee.base.clock import FixedClock
from caducee.base.errors import CpsError, FormatError, IssueError
from caducee.codec.identifiers import Finess
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.model import CardStatus
from caducee.directory.registry import Registry
from caducee.services.ordering import schema
from caducee.services.ordering.card_lifecycle import HolderChange
from caducee.services.ordering.form import CertificateLine, StructureKind, StructurePart
from caducee.services.ordering.items import CallBack, ItemState, OrderItem, StopReason
from caducee.services.ordering.orders import Actor, Order
from caducee.services.ordering.service import Ordering
from caducee.services.ordering.states import OrderAction, OrderState
from caducee.spec import igc

pytestmark = pytest.mark.usefixtures("accounts")

FORT = igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)


@pytest.fixture
def order(ordering: Ordering) -> Order:
    return scenarios.delivered(ordering, scenarios.cards("cps-medecin", quantity=2))[0]


@pytest.fixture
def number(ordering: Ordering, order: Order) -> str:
    return ordering.items.page(order.id)[0].card_number or ""


def kinds(ordering: Ordering) -> list[str]:
    return [event.kind.value for event in ordering.outbox.events()]


def listed(authority: Authority) -> set[int]:
    """Serial numbers of the list that is published now."""
    crl = x509.load_der_x509_crl(authority.crl(FORT))
    return {item.serial_number for item in crl}


def test_a_card_is_taken_into_use(ordering: Ordering, number: str, clock: FixedClock) -> None:
    active = ordering.cards.activate(number, ZOE)
    assert (active.state, active.activated_at) == (ItemState.ACTIVE, clock.now())
    assert ordering.cards.activate(number, ZOE) == active
    assert kinds(ordering) == ["card.issued", "card.issued", "card.activated"]


def test_a_card_that_was_not_handed_over_is_not_activated(ordering: Ordering) -> None:
    order = scenarios.ready(ordering, scenarios.cards("cps-medecin"))
    with pytest.raises(IssueError) as caught:
        ordering.cards.activate(ordering.items.page(order.id)[0].card_number or "", ZOE)
    assert caught.value.code == "ordering.card_state"


@pytest.mark.parametrize("reason", [StopReason.LOST, StopReason.STOLEN, StopReason.DAMAGED])
def test_a_loss_stops_card_certificates_directory_and_list(
    ordering: Ordering, number: str, registry: Registry, authority: Authority, reason: StopReason
) -> None:
    stopped = ordering.cards.lose(number, ZOE, reason)
    assert (stopped.state, stopped.reason) == (ItemState.STOPPED, reason.value)
    card = registry.cards.get(number)
    assert card and card.status is CardStatus.OPPOSED
    records = RegistryRecords(registry)
    for item in registry.certificates.of_card(number):
        status = records.status(item.issuer, item.serial)
        assert status and status.revoked_at is not None
        assert item.serial in listed(authority)
    last = ordering.outbox.events()[-1]
    assert (last.kind.value, last.subject) == ("card.stopped", number)
    assert json.loads(last.body)["reason"] == reason.value


def test_a_loss_reported_twice_is_one_loss(ordering: Ordering, number: str) -> None:
    first = ordering.cards.lose(number, ZOE, StopReason.LOST)
    assert ordering.cards.lose(number, ZOE, StopReason.STOLEN) == first
    assert kinds(ordering).count("card.stopped") == 1


def test_the_support_calls_back_before_it_stops_a_card(ordering: Ordering, number: str) -> None:
    with pytest.raises(IssueError) as caught:
        ordering.cards.lose(number, SUPPORT, StopReason.LOST)
    assert caught.value.code == "ordering.call_back_missing"
    ordering.cards.lose(number, SUPPORT, StopReason.LOST, called_back=CallBack.FORM_TELEPHONE)
    line = ordering.cards.history(number).history[-1]
    assert (line.action, line.role) == ("card.stopped", "support")
    assert json.loads(line.facts)["called_back"] == "form-telephone"


def accepted(ordering: Ordering, applicant: Actor, structure: StructurePart) -> Order:
    """Return an accepted order of somebody for a structure."""
    form = msgspec.structs.replace(scenarios.cards("cpe"), structure=structure)
    order = ordering.orders.submit(ordering.orders.begin(applicant.account, form), applicant, "{}")
    return ordering.act(order, REVIEWER, OrderAction.ACCEPT)


def test_the_structure_declares_a_card_that_another_of_it_ordered(
    ordering: Ordering, number: str, order: Order
) -> None:
    """A SIRET is of the company whose SIREN it begins with."""
    site = msgspec.structs.replace(
        order.form.structure, kind=StructureKind.SIRET, number="73282932000074"
    )
    accepted(ordering, OTHER, site)
    assert ordering.cards.access(number, "other")[1] is False
    with pytest.raises(IssueError) as caught:
        ordering.cards.destroy(number, OTHER)
    assert caught.value.code == "ordering.card_unknown"
    assert ordering.cards.lose(number, OTHER, StopReason.STOLEN).state is ItemState.STOPPED
    line = ordering.cards.history(number).history[-1]
    assert (line.action, line.actor) == ("card.stopped", "other")


def test_another_structure_declares_nothing(ordering: Ordering, number: str, order: Order) -> None:
    mine = order.form.structure
    other = msgspec.structs.replace(mine, number="123456782")
    finess = msgspec.structs.replace(mine, kind=StructureKind.FINESS, number=Finess.test(7).text)
    for structure in (other, finess):
        accepted(ordering, OTHER, structure)
    # An order for the same structure that no reviewer accepted proves nothing.
    form = msgspec.structs.replace(scenarios.cards("cpe"), structure=mine)
    waiting = ordering.orders.submit(ordering.orders.begin("other", form), OTHER, "{}")
    ordering.act(waiting, REVIEWER, OrderAction.REFUSE, "You are not of this structure.")
    for does in (
        lambda: ordering.cards.access(number, "other"),
        lambda: ordering.cards.lose(number, OTHER, StopReason.LOST),
    ):
        with pytest.raises(IssueError) as caught:
            does()
        assert caught.value.code == "ordering.card_unknown"


def test_the_holder_stops_a_card_from_another_login(
    ordering: Ordering, number: str, registry: Registry
) -> None:
    holder = ordering.cards.history(number).holder
    with registry.writing() as connection:
        mine = schema.account.c.id == "other"
        connection.execute(sa.update(schema.account).where(mine).values(ps_idnat=holder))
    assert [item.card_number for item in ordering.cards.cards_of("other")] == [number]
    assert ordering.cards.lose(number, OTHER, StopReason.STOLEN).state is ItemState.STOPPED


@pytest.mark.parametrize("actor", [OTHER, REVIEWER, MAKER])
def test_nobody_else_touches_a_card(ordering: Ordering, number: str, actor: Actor) -> None:
    calls: tuple[Callable[[], OrderItem], ...] = (
        lambda: ordering.cards.activate(number, actor),
        lambda: ordering.cards.lose(number, actor, StopReason.LOST, called_back=CallBack.IN_PERSON),
        lambda: ordering.cards.replace(number, actor),
        lambda: ordering.cards.destroy(number, actor),
    )
    for call in calls:
        with pytest.raises(IssueError):
            call()
    assert ordering.cards.history(number).item.state is ItemState.TAKEN


def test_an_end_cannot_be_declared_as_a_loss(ordering: Ordering, number: str) -> None:
    with pytest.raises(IssueError) as caught:
        ordering.cards.lose(number, ZOE, StopReason.ENDED)
    assert caught.value.code == "ordering.reason_wrong"


def made(ordering: Ordering, order: Order) -> tuple[OrderItem, Order]:
    """Let the worker make a replacement, hand it over and return it."""
    ordering.worker.work("w1")
    order = ordering.orders.order(order.id)
    scenarios.opened(ordering, order)
    ordering.shipments.deliver(order, ZOE)
    ordering.shipments.received(ordering.orders.order(order.id), ZOE)
    return ordering.items.page(order.id)[-1], ordering.orders.order(order.id)


def test_a_lost_card_is_replaced_for_the_same_holder(
    ordering: Ordering, order: Order, number: str, registry: Registry, reader: Tray
) -> None:
    ordering.cards.lose(number, ZOE, StopReason.LOST)
    planned = ordering.cards.replace(number, ZOE)
    assert (planned.state, planned.replaces) == (ItemState.PLANNED, number)
    assert ordering.cards.replace(number, ZOE) == planned
    new, order = made(ordering, order)
    assert new.card_number in reader.cards and len(reader.cards) == 3
    item, other = registry.cards.get(number), registry.cards.get(new.card_number or "")
    assert item and other and item.ps_idnat == other.ps_idnat
    assert ordering.cards.history(number).replaced_by == new.card_number
    assert order.state is OrderState.DELIVERED


def test_renewal_lets_the_old_card_work_until_the_new_one_is_active(
    ordering: Ordering, order: Order, number: str
) -> None:
    ordering.cards.replace(number, ZOE)
    new, _ = made(ordering, order)
    assert ordering.cards.history(number).item.state is ItemState.TAKEN
    ordering.cards.activate(new.card_number or "", ZOE)
    old = ordering.cards.history(number).item
    assert (old.state, old.reason) == (ItemState.STOPPED, StopReason.RENEWED.value)
    assert kinds(ordering)[-2:] == ["card.stopped", "card.replaced"]
    assert json.loads(ordering.outbox.events()[-1].body)["replaced_by"] == new.card_number


def test_a_change_of_data_makes_a_new_card(
    ordering: Ordering, order: Order, number: str, registry: Registry
) -> None:
    ordering.cards.replace(number, ZOE, HolderChange(family_name="LENOUVEAU", specialty="SM04"))
    new, _ = made(ordering, order)
    person = registry.persons.get(ordering.cards.history(number).holder)
    assert person and person.family_name == "LENOUVEAU"
    assert [qualification.code for qualification in person.qualifications] == ["SM04"]
    ordering.cards.activate(new.card_number or "", ZOE)
    assert ordering.cards.history(number).item.reason == StopReason.CHANGED.value


@pytest.mark.parametrize(
    "change",
    [
        HolderChange(family_name="X" * 28),
        HolderChange(family_name="\u202eNOM"),
        HolderChange(specialty="XX99"),
    ],
)
def test_a_change_that_no_card_can_bear_is_refused_at_once(
    ordering: Ordering, number: str, change: HolderChange
) -> None:
    with pytest.raises((FormatError, IssueError)):
        ordering.cards.replace(number, ZOE, change)
    assert ordering.cards.history(number).replaced_by is None


def test_reminders_come_before_the_end(
    ordering: Ordering, number: str, registry: Registry, clock: FixedClock
) -> None:
    ordering.cards.lose(number, ZOE, StopReason.LOST)
    card = registry.cards.get(number)
    assert card
    found = []
    for days in (91, 89, 31, 29, 1):
        clock.advance(card.expires_at - dt.timedelta(days=days) - clock.now())
        ordering.worker.work("w1")
        ordering.worker.work("w1")
        found.append(kinds(ordering).count("card.renewal-due"))
    assert found == [0, 1, 1, 2, 2], "of the card that is in use, once for each reminder"


def test_a_card_that_ends_soon_is_reported_of_at_once(ordering: Ordering) -> None:
    scenarios.delivered(ordering, scenarios.cards("near-expiry", "cps-medecin"))
    ordering.worker.work("w1")
    assert kinds(ordering).count("card.renewal-due") >= 1


def test_the_test_use_ends_after_three_years(
    ordering: Ordering, order: Order, registry: Registry, clock: FixedClock
) -> None:
    assert order.ends_at
    clock.advance(order.ends_at - clock.now() - dt.timedelta(days=1))
    ordering.worker.work("w1")
    assert ordering.orders.order(order.id).state is OrderState.DELIVERED
    clock.advance(dt.timedelta(days=2))
    ordering.worker.work("w1")
    assert ordering.orders.order(order.id).state is OrderState.ENDED
    for item in ordering.items.page(order.id):
        assert (item.state, item.reason) == (ItemState.STOPPED, StopReason.ENDED.value)
        card = registry.cards.get(item.card_number or "")
        assert card and card.status is CardStatus.OPPOSED


def test_an_applicant_ends_the_use_before(ordering: Ordering, order: Order, number: str) -> None:
    ordering.cards.replace(number, ZOE)
    ended = ordering.act(order, ZOE, OrderAction.END)
    with pytest.raises(IssueError):
        ordering.cards.replace(number, ZOE)
    while ordering.worker.work("w1"):
        pass
    states = {item.state for item in ordering.items.page(ended.id)}
    assert states <= {ItemState.STOPPED, ItemState.FAILED}


def test_certificates_in_software_end_with_their_order(
    ordering: Ordering, registry: Registry
) -> None:
    form = scenarios.certificates(CertificateLine(product="organisation-sign"))
    order = scenarios.ready(ordering, form)
    letter = scenarios.opened(ordering, order)
    scenarios.shipment(ordering, order, letter.archive)
    ordering.act(ordering.orders.order(order.id), ZOE, OrderAction.END)
    ordering.worker.work("w1")
    item = ordering.items.page(order.id)[0]
    kept = registry.certificates.get(item.issuer or "", int(item.serial or "", 16))
    assert kept and kept.revoked_at is not None
    assert item.state is ItemState.STOPPED


def test_a_destroyed_card_is_stopped_and_stays_in_its_history(
    ordering: Ordering, number: str, registry: Registry
) -> None:
    ordering.cards.activate(number, ZOE)
    gone = ordering.cards.destroy(number, ZOE)
    assert gone.state is ItemState.DESTROYED
    assert ordering.cards.destroy(number, ZOE) == gone
    card = registry.cards.get(number)
    assert card and card.status is CardStatus.OPPOSED
    assert [item.action for item in ordering.cards.history(number).history] == [
        "card.made", "card.taken", "card.activated", "card.stopped", "card.destroyed",
    ]  # fmt: skip


def test_an_unknown_card_is_said_to_be_unknown(ordering: Ordering) -> None:
    for call in (
        ordering.cards.history,
        lambda item: ordering.cards.lose(item, ZOE, StopReason.LOST),
    ):
        with pytest.raises(CpsError) as caught:
            call("0000000000")
        assert caught.value.code == "ordering.card_unknown"


def test_a_list_that_failed_follows_when_its_lease_is_over(
    ordering: Ordering,
    number: str,
    authority: Authority,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listed(authority)

    def refuse(*_: object) -> None:
        raise IssueError("authority.ca_unknown", name="the token is away")

    with monkeypatch.context() as patch:
        patch.setattr(Authority, "publish", refuse)
        ordering.cards.lose(number, ZOE, StopReason.LOST)
    serials = {item.serial for item in ordering.registry.certificates.of_card(number)}
    assert not serials & listed(authority)
    clock.advance(dt.timedelta(minutes=3))
    ordering.worker.work("w1")
    assert serials <= listed(authority)
