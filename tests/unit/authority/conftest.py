# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""An authority with shared keys, a registry in memory and a clock that stands still."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509

from caducee.authority.authority import Authority
from caducee.authority.names import PersonName, StructureName
from caducee.authority.requests import CardRequest
from caducee.base.clock import FixedClock
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.model import Card, Person
from caducee.directory.registry import Registry
from caducee.spec.nomenclatures import CardFamily, ProductCategory
from caducee.testing.keys import SharedKeys
from caducee.trust.certificate import CertificateUse

NOW = dt.datetime(2026, 11, 24, 21, 30, 5, 999, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def keys() -> SharedKeys:
    return SharedKeys(card_keys=2)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Registry("sqlite://") as opened:
        yield opened


@pytest.fixture
def authority(tmp_path: Path, registry: Registry, clock: FixedClock, keys: SharedKeys) -> Authority:
    return Authority(tmp_path / "ca", RegistryRecords(registry), clock, keys=keys)


type Issue = Callable[[CardRequest], x509.Certificate]


@pytest.fixture
def issue(authority: Authority, registry: Registry) -> Issue:
    """Issue a certificate for a card that is entered first."""

    def run(request: CardRequest) -> x509.Certificate:
        registry.persons.put(Person("899700427885", "DOC0042788", "KIT", "10"))
        registry.cards.put(
            Card(
                request.card_number,
                request.family,
                ProductCategory.TEST_CARD,
                "899700427885",
                NOW,
                NOW.replace(year=2029),
            )
        )
        return authority.issue(request)

    return run


type Requests = Callable[[str, CertificateUse], CardRequest]


@pytest.fixture
def requests(keys: SharedKeys) -> Requests:
    """Give the requests of certificates that were really issued and published."""
    olivier = PersonName("00B6087510", "INFIRMCS ADELI8751", "OLIVIER", "Infirmier")
    geraldine = PersonName(
        "899700041983", "DENTISTE RPPS-ADELI", "GERALDINE", "Chirurgien-Dentiste"
    )
    charles = PersonName(
        "30B0057881/CPET0002",
        "ADMINISTRATIF-CH057880002",
        "CHARLES",
        "Personnel santé ou social",
        StructureName("10B0057881", "HOPITAL DES 3 DAMES", "Paris (75)"),
    )
    holders = {
        "olivier": (CardFamily.CPS, olivier, "2800636234", "60"),
        "geraldine": (CardFamily.CPS, geraldine, "2500634598", "40"),
        "charles": (CardFamily.CPE, charles, "2600301752", None),
    }

    def make(name: str, use: CertificateUse) -> CardRequest:
        family, subject, number, profession = holders[name]
        public = keys.card_key().public_key()
        return CardRequest(family, use, subject, number, public, profession)

    return make
