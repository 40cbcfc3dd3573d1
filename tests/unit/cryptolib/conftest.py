# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Cards to read: the virtual card as a black box, and what goes on it."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from caducee.base.secret import Secret
from caducee.codec.billing import BillingSituation, SituationObject, SituationsObject
from caducee.codec.carddata import ActivityPs, EfActua, IdCard, InfoPs, LangPs, NamePs, SerialNumber
from caducee.cryptolib import CpsCard, PublicDataCache, open_card
from caducee.reader.memory import Chip, MemoryReader
from caducee.spec import oids
from caducee.spec.nomenclatures import CardFamily, ProductCategory
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.personalise import (
    BusinessData,
    Cps2terData,
    PersonalisationData,
    cps3,
    cps4,
)
from caducee.virtualcard.store import MemoryStore

PIN = "1234"
PUK = "12345678"
NOW = dt.datetime(2026, 1, 15, 12, tzinfo=dt.UTC)


def make_certificate(
    key: rsa.RSAPrivateKey, *, number: int = 1, client: bool = True
) -> x509.Certificate:
    """A self-signed certificate with what a card certificate says of a profession."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
            x509.NameAttribute(NameOID.COMMON_NAME, "899700000012"),
        ]
    )
    profession = x509.UnrecognizedExtension(
        x509.ObjectIdentifier(oids.PROFESSION), bytes.fromhex("02010A")
    )
    specialties = x509.UnrecognizedExtension(
        x509.ObjectIdentifier(oids.SPECIALTIES), bytes.fromhex("30060C04") + b"SM36"
    )
    usage = ExtendedKeyUsageOID.CLIENT_AUTH if client else ExtendedKeyUsageOID.EMAIL_PROTECTION
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(number)
        .not_valid_before(NOW - dt.timedelta(days=1))
        .not_valid_after(NOW + dt.timedelta(days=1095))
        .add_extension(profession, critical=False)
        .add_extension(specialties, critical=False)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .sign(key, hashes.SHA256())
    )


@dataclass(frozen=True)
class Keys:
    """The keys of every card in these tests: made once, RSA takes its time."""

    sign: rsa.RSAPrivateKey
    auth: rsa.RSAPrivateKey
    other: rsa.RSAPrivateKey


@pytest.fixture(scope="session")
def keys() -> Keys:
    made = [rsa.generate_private_key(65537, 2048) for _ in range(3)]
    return Keys(*made)


def card_data() -> BusinessData:
    day = NOW.date()
    return BusinessData(
        id_card=IdCard.make("2900995235", ProductCategory.TEST_CARD, day, day.replace(year=2029)),
        name=NamePs.make("DOC0000012"),
        lang=LangPs.make(["fr", "en"]),
        info=InfoPs.make(CardFamily.CPS, "899700000012", "PRENOM", "SM26"),
        activities={
            1: ActivityPs.make("CABINET M DOC0000012", "499700000012008", "SA07"),
            3: ActivityPs.make("CENTRE HOSPITALIER", "10B0307377", "SA01"),
        },
        cps_data=b"hello",
    )


@pytest.fixture(scope="session")
def content(keys: Keys) -> PersonalisationData:
    der = Encoding.DER
    return PersonalisationData(
        card_number="2900995235",
        serial=SerialNumber.make("29009952"),
        pin=Secret.of(PIN),
        puk=Secret.of(PUK),
        sign_key=keys.sign,
        auth_key=keys.auth,
        sign_certificate=make_certificate(keys.sign, client=False).public_bytes(der),
        auth_certificate=make_certificate(keys.auth).public_bytes(der),
        data=card_data(),
        technical_key=keys.other,
        technical_certificate=make_certificate(keys.other, number=3).public_bytes(der),
    )


def situation(number: int) -> BillingSituation:
    """What practice situations 1 and 3 of the cards here say to the health insurance."""
    return BillingSituation(activity=number, convention=str(number), sign_fse=True)


@pytest.fixture(scope="session")
def billed_content(content: PersonalisationData) -> PersonalisationData:
    """The same card with a CPS2ter side."""
    item, three = situation(1), situation(3)
    side = Cps2terData(
        sit_fact=SituationsObject.make([item, three]).to_bytes(),
        activities={
            1: SituationObject.make(item).to_bytes(),
            3: SituationObject.make(three).to_bytes(),
        },
    )
    return replace(content, cps2ter=side)


@pytest.fixture(scope="session")
def cps4_content(billed_content: PersonalisationData) -> PersonalisationData:
    """What goes on a CPS4, which has no technical key."""
    return replace(
        billed_content,
        card_number="3100603746",
        serial=SerialNumber.make("31006037"),
        technical_key=None,
        technical_certificate=None,
    )


@pytest.fixture
def updated_content(content: PersonalisationData) -> PersonalisationData:
    """The same card after an update of its data."""
    actua = EfActua.make(NOW, NOW + dt.timedelta(minutes=1))
    return replace(content, data=replace(content.data, actua=actua))


@dataclass
class Spy:
    """A chip around another that notes every command, and may change answers."""

    inner: Chip
    commands: list[bytes] = field(default_factory=list)
    resets: int = 0
    atr: bytes | None = None
    """Given instead of the chip's own answer to reset."""

    change: Callable[[bytes, bytes], bytes] | None = None
    """From a command and its answer to another answer."""

    def power_on(self) -> bytes:
        own = self.inner.power_on()
        return self.atr or own

    def power_off(self) -> None:
        self.inner.power_off()

    def reset(self) -> bytes:
        self.resets += 1
        own = self.inner.reset()
        return self.atr or own

    def transmit(self, command: bytes) -> bytes:
        self.commands.append(command)
        answer = self.inner.transmit(command)
        return self.change(command, answer) if self.change else answer

    def sent(self, instruction: int) -> int:
        return sum(command[1] == instruction for command in self.commands)


class Vitale:
    """A chip that answers nothing that a CPS does."""

    def power_on(self) -> bytes:
        return bytes.fromhex("3F6525082204689000")

    reset = power_on

    def power_off(self) -> None:
        pass

    def transmit(self, command: bytes) -> bytes:
        return bytes.fromhex("6E00")


@dataclass
class Bench:
    """A reader with a virtual card in it."""

    chip: Spy
    reader: MemoryReader = field(default_factory=MemoryReader)
    opened: list[CpsCard] = field(default_factory=list)

    def open(self, cache: PublicDataCache | None = None) -> CpsCard:
        card = open_card(self.reader, cache=cache)
        self.opened.append(card)
        return card


class MakeBench(Protocol):
    """Puts a card into a reader of its own."""

    def __call__(
        self,
        content: PersonalisationData | CardImage,
        *,
        face: str = "contact",
        personalise: Callable[[PersonalisationData], CardImage] = cps3,
    ) -> Bench: ...


@pytest.fixture
def make_bench() -> Iterator[MakeBench]:
    benches: list[Bench] = []

    def make(
        content: PersonalisationData | CardImage,
        *,
        face: str = "contact",
        personalise: Callable[[PersonalisationData], CardImage] = cps3,
    ) -> Bench:
        image = content if isinstance(content, CardImage) else personalise(content)
        bench = Bench(Spy(VirtualCard(MemoryStore(image), face=face)))
        bench.reader.insert(bench.chip)
        benches.append(bench)
        return bench

    yield make
    for bench in benches:
        for card in bench.opened:
            card.close()


@pytest.fixture
def bench(make_bench: MakeBench, content: PersonalisationData) -> Bench:
    return make_bench(content)


@pytest.fixture
def card(bench: Bench) -> CpsCard:
    return bench.open()


@pytest.fixture
def contactless_bench(make_bench: MakeBench, content: PersonalisationData) -> Bench:
    """The same card held to a contactless reader."""
    return make_bench(content, face="contactless")


@pytest.fixture
def contactless_card(contactless_bench: Bench) -> CpsCard:
    return contactless_bench.open()


@pytest.fixture
def cps4_bench(make_bench: MakeBench, cps4_content: PersonalisationData) -> Bench:
    return make_bench(cps4_content, personalise=cps4)


@pytest.fixture
def cps4_card(cps4_bench: Bench) -> CpsCard:
    return cps4_bench.open()
