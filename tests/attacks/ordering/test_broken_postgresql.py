# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL ends connections in mid-transaction, and steps of one order come all at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from tests.unit.ordering.conftest import FIT
from tests.unit.ordering.scenarios import ZOE
from tests.unit.portal.conftest import PS

from caducee.base.errors import CpsError, StateError
from caducee.directory.model import Person
from caducee.directory.registry import Registry
from caducee.services.ordering.service import Ordering
from caducee.services.ordering.states import OrderState
from caducee.testing.postgresql import TemporaryPostgres

pytestmark = pytest.mark.system


@pytest.fixture
def registry_url(postgresql: TemporaryPostgres) -> str:
    return postgresql.url()


def cut(registry_url: str) -> None:
    """End every other connection to the database, as a restart of the server does."""
    engine = sa.create_engine(registry_url.replace("postgresql://", "postgresql+psycopg://"))
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    mine = "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with engine.connect() as connection:
        connection.execute(sa.text(f"{others} {mine}")).all()
    engine.dispose()


def test_a_connection_lost_in_mid_transaction_leaves_nothing_by_half(
    ordering: Ordering, accounts: dict[str, str], registry_url: str
) -> None:
    order = ordering.orders.begin(accounts["zoe"], FIT)
    lines = len(list(ordering.trail.lines()))
    with pytest.raises(StateError, match=r"directory\.database_failed"):
        with ordering.registry.transaction():
            ordering.orders.submit(order, ZOE, '{"by": "code"}')
            cut(registry_url)
            ordering.orders.order(order.id)
    assert ordering.orders.order(order.id).state is OrderState.DRAFT
    assert len(list(ordering.trail.lines())) == lines
    ordering.orders.submit(order, ZOE, '{"by": "code"}')
    ordering.checkpoints.check()


def test_the_directory_keeps_all_or_nothing_of_a_lost_transaction(
    registry: Registry, registry_url: str
) -> None:
    with pytest.raises(StateError, match=r"directory\.database_failed"):
        with registry.transaction():
            registry.persons.put(Person(PS, "DOC0021889", "Ambre-Élise", "10"))
            cut(registry_url)
            registry.persons.put(Person("899700218904", "DOC0021890", "Zoé", "10"))
    assert registry.persons.get(PS) is None
    registry.persons.put(Person(PS, "DOC0021889", "Ambre-Élise", "10"))
    assert registry.persons.get(PS) is not None


def test_a_draft_submitted_by_many_at_once_is_submitted_once(
    ordering: Ordering, accounts: dict[str, str]
) -> None:
    order = ordering.orders.begin(accounts["zoe"], FIT)
    ready = threading.Barrier(8)

    def submit(_: int) -> bool:
        ready.wait()
        try:
            ordering.orders.submit(order, ZOE, '{"by": "code"}')
        except CpsError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(submit, range(8))) == 1
    assert [step.action for step in ordering.orders.steps(order)] == ["save", "submit"]
    ordering.checkpoints.check()
