# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Every test of the ordering service runs on SQLite and on a real PostgreSQL."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from caducee.authority.authority import Authority
from caducee.base.clock import FixedClock
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.registry import Registry
from caducee.services.ordering import schema
from caducee.services.ordering.database import prepare
from caducee.services.ordering.form import (
    Applicant,
    CardLine,
    CardUsage,
    Environment,
    OrderForm,
    StructureKind,
    StructurePart,
)
from caducee.services.ordering.mail import OutgoingMail
from caducee.services.ordering.orders import Orders
from caducee.services.ordering.service import Ordering
from caducee.services.ordering.trail import Trail
from caducee.testing.keys import SharedKeys

AT = dt.datetime(2026, 11, 24, 21, 30, 5, tzinfo=dt.UTC)

FIT = OrderForm(
    structure=StructurePart(
        name="Éditions du logiciel médical",
        kind=StructureKind.SIREN,
        number="732 829 320",
        address="1 rue des Essais",
        postal_code="75014",
        town="Paris",
    ),
    applicant=Applicant(
        family_name="Martin",
        given_name="Zoé",
        function="Directrice technique",
        telephone="01 23 45 67 89",
        email="zoe.martin@example.test",
    ),
    card_usage=CardUsage(
        project="Dossier de cabinet",
        uses="Log in to the portal and sign prescriptions in our record for practices.",
        environments=(Environment.DEVELOPMENT,),
        services=("Pro Santé Connect",),
    ),
    cards=(CardLine(product="cps-medecin", quantity=2),),
)
"""A form that can be handed in."""


class Tray:
    """A reader that keeps what it is given."""

    def __init__(self) -> None:
        self.cards: dict[str, bytes] = {}

    def receive(self, card_number: str, image: bytes) -> str:
        self.cards.setdefault(card_number, image)
        return f"tray/{card_number}"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(AT)


@pytest.fixture
def registry(registry_url: str, clock: FixedClock) -> Iterator[Registry]:
    with Registry(registry_url, clock=clock) as opened:
        prepare(opened)
        yield opened


@pytest.fixture(scope="session")
def keys() -> SharedKeys:
    return SharedKeys()


@pytest.fixture
def authority(tmp_path: Path, registry: Registry, clock: FixedClock, keys: SharedKeys) -> Authority:
    return Authority(tmp_path / "ca", RegistryRecords(registry), clock, keys=keys)


@pytest.fixture
def ordering(
    tmp_path: Path,
    registry: Registry,
    authority: Authority,
    keys: SharedKeys,
    reader: Tray,
    clock: FixedClock,
) -> Ordering:
    mail = OutgoingMail(tmp_path / "mail", clock)
    folder = tmp_path / "ordering"
    return Ordering(registry, authority, folder, keys=keys, reader=reader, mail=mail)


@pytest.fixture
def reader() -> Tray:
    return Tray()


@pytest.fixture
def trail(registry: Registry) -> Trail:
    return Trail(registry)


@pytest.fixture
def orders(registry: Registry, trail: Trail) -> Orders:
    return Orders(registry, trail)


@pytest.fixture
def accounts(registry: Registry) -> dict[str, str]:
    """Accounts by what they do; the id is the word itself."""
    names = ("zoe", "other", "reviewer", "maker", "support", "auditor")
    with registry.writing() as connection:
        for name in names:
            row = {"id": name, "name": name.title(), "language": "fr", "created_at": AT}
            connection.execute(sa.insert(schema.account).values(row))
    return {name: name for name in names}
