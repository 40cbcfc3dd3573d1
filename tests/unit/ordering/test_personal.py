# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Who was erased stands nowhere: in no table, whatever they typed."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from tests.unit.ordering import scenarios
from tests.unit.ordering.conftest import FIT

from caducee.base.clock import FixedClock
from caducee.directory.registry import Registry
from caducee.services.ordering import schema
from caducee.services.ordering.accounts import Accounts
from caducee.services.ordering.form import CertificateLine
from caducee.services.ordering.items import CallBack, ItemState, StopReason
from caducee.services.ordering.mail import OutgoingMail
from caducee.services.ordering.orders import Actor
from caducee.services.ordering.personal import erase
from caducee.services.ordering.service import Ordering
from caducee.services.ordering.states import OrderAction, OrderState

TYPED = ("Martin", "zoe.martin", "23 45 67", "logiciel médical", "732 829 320", "rue des Essais")


@pytest.fixture
def people(ordering: Ordering, registry: Registry, clock: FixedClock, tmp_path: Path) -> Accounts:
    return Accounts(registry, ordering.trail, OutgoingMail(tmp_path / "mail", clock))


def reported(registry: Registry, text: str) -> list[str]:
    """Return the tables in which a text stands."""
    with registry.reading() as connection:
        return [
            table.name
            for table in schema.METADATA.sorted_tables
            for row in connection.execute(sa.select(table))
            if text in str(tuple(row))
        ]


@pytest.mark.usefixtures("accounts")
def test_nothing_that_was_typed_stands_in_any_table(
    ordering: Ordering, people: Accounts, registry: Registry
) -> None:
    request = scenarios.csr()
    line = CertificateLine(product="personne-signature", csr=request)
    form = replace(scenarios.certificates(line), cards=FIT.cards, remark="ask Martin")
    asked = ordering.orders.submit(
        ordering.orders.begin("zoe", form), scenarios.ZOE, '{"by": "code"}'
    )
    asked = ordering.act(asked, scenarios.REVIEWER, OrderAction.ASK, "Is it Zoé Martin?")
    order, letter = scenarios.delivered(ordering, form)
    number = letter.cards[0].card_number
    ordering.cards.lose(
        number, scenarios.SUPPORT, StopReason.LOST, called_back=CallBack.FORM_TELEPHONE
    )
    body = request.splitlines()[1]
    assert all(reported(registry, text) for text in (*TYPED, body)), "it stood there before"
    erase(ordering, people, "zoe")
    assert {
        text: reported(registry, text) for text in (*TYPED, body) if reported(registry, text)
    } == {}
    assert ordering.orders.order(asked.id).state is OrderState.WITHDRAWN
    ordering.worker.work("w1")
    assert {item.state for item in ordering.items.page(order.id)} == {ItemState.STOPPED}
    ordering.checkpoints.check()


@pytest.mark.usefixtures("accounts")
def test_what_others_typed_stays(ordering: Ordering, people: Accounts, registry: Registry) -> None:
    other = ordering.orders.begin("other", FIT)
    ordering.orders.submit(other, Actor("other", scenarios.ZOE.role), "{}")
    erase(ordering, people, "zoe")
    assert reported(registry, "zoe.martin") == ["ordering_order"]
