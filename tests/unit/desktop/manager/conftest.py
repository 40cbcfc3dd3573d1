# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The manager over readers in memory: real virtual cards, no PC/SC, no file of the user."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from tests.unit.cryptolib.conftest import Keys, card_data, make_certificate

from caducee.base.clock import FixedClock
from caducee.base.i18n import use_language
from caducee.base.secret import Secret
from caducee.codec.billing import BillingSituation, SituationObject, SituationsObject
from caducee.codec.carddata import SerialNumber
from caducee.cryptolib import CpsCard, open_card
from caducee.reader.cancelling import CancellableReader, CancelToken, named
from caducee.reader.memory import Chip, MemoryContext, MemoryReader
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.personalise import Cps2terData, PersonalisationData, cps3
from caducee.virtualcard.store import MemoryStore

NOW = dt.datetime(2026, 1, 15, 12, tzinfo=dt.UTC)
PIN = "1234"
PUK = "12345678"


class MemoryCards:
    """The port ``Cards`` over readers in memory."""

    def __init__(self, *names: str) -> None:
        self.context = MemoryContext(*(MemoryReader(name) for name in names))

    def readers(self) -> MemoryContext:
        return self.context

    def reader(self, name: str = "Reader A") -> MemoryReader:
        return next(reader for reader in self.context.readers() if reader.name == name)

    def open(
        self, reader: str, token: CancelToken | None = None, *, unfinished: bool = False
    ) -> CpsCard:
        found = named(self.context.readers(), reader)
        chosen = found if token is None else CancellableReader(found, token)
        return open_card(chosen, unfinished=unfinished)

    def close(self) -> None:
        self.context.close()


@pytest.fixture(scope="session")
def manager_keys() -> Keys:
    return Keys(*(rsa.generate_private_key(65537, 2048) for _ in range(3)))


@pytest.fixture(scope="session")
def manager_content(manager_keys: Keys) -> PersonalisationData:
    der = Encoding.DER
    return PersonalisationData(
        card_number="2900995235",
        serial=SerialNumber.make("29009952"),
        pin=Secret.of(PIN),
        puk=Secret.of(PUK),
        sign_key=manager_keys.sign,
        auth_key=manager_keys.auth,
        sign_certificate=make_certificate(manager_keys.sign, client=False).public_bytes(der),
        auth_certificate=make_certificate(manager_keys.auth).public_bytes(der),
        data=card_data(),
        technical_key=manager_keys.other,
        technical_certificate=make_certificate(manager_keys.other, number=3).public_bytes(der),
    )


@pytest.fixture(scope="session")
def manager_image(manager_content: PersonalisationData) -> CardImage:
    return cps3(manager_content)


@pytest.fixture(scope="session")
def billed_image(manager_content: PersonalisationData) -> CardImage:
    """A card with two billing situations."""
    situations = tuple(
        BillingSituation(activity=number, convention="1", sign_fse=True) for number in (1, 3)
    )
    objects = {
        situation.activity or 0: SituationObject.make(situation).to_bytes()
        for situation in situations
    }
    whole = SituationsObject.make(situations).to_bytes()
    return cps3(replace(manager_content, cps2ter=Cps2terData(sit_fact=whole, activities=objects)))


@pytest.fixture
def new_card(manager_image: CardImage) -> Callable[[], VirtualCard]:
    """Make a fresh virtual CPS3, as it left the factory."""
    return lambda: VirtualCard(MemoryStore(manager_image))


@pytest.fixture
def cards() -> MemoryCards:
    """Two empty readers."""
    return MemoryCards("Reader A", "Reader B")


@dataclass
class Foreign:
    """A chip other than a CPS: it answers to reset, and refuses everything."""

    atr: bytes = bytes.fromhex("3B6500002063CB6800")

    def power_on(self) -> bytes:
        return self.atr

    def power_off(self) -> None:
        pass

    def reset(self) -> bytes:
        return self.atr

    def transmit(self, command: bytes) -> bytes:
        return bytes.fromhex("6D00")


class Slow:
    """A chip that waits before each answer."""

    def __init__(self, inner: Chip, seconds: float) -> None:
        self._inner = inner
        self.seconds = seconds
        self.commands = 0

    def power_on(self) -> bytes:
        return self._inner.power_on()

    def power_off(self) -> None:
        self._inner.power_off()

    def reset(self) -> bytes:
        return self._inner.reset()

    def transmit(self, command: bytes) -> bytes:
        import time

        self.commands += 1
        time.sleep(self.seconds)
        return self._inner.transmit(command)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with use_language("en"):
        yield


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    return tmp_path / "logs"


class Secrets:
    """Stands for `Secret` in a module, and remembers what was made of texts there."""

    def __init__(self) -> None:
        self.made: list[Secret] = []

    def of(self, text: str) -> Secret:
        self.made.append(Secret.of(text))
        return self.made[-1]
