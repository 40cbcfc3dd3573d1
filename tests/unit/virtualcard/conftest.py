# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The card of the vectors, and ways to talk to it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from caducee.base.secret import Secret
from caducee.codec.carddata import ActivityPs, IdCard, InfoPs, LangPs, NamePs, SerialNumber
from caducee.spec.labels import Cps2terLabel
from caducee.spec.nomenclatures import CardFamily, ProductCategory
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.content import (
    BusinessData,
    ContactlessChip,
    Cps2terData,
    PersonalisationData,
)
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.personalise import cps3, cps4
from caducee.virtualcard.store import MemoryStore

VECTORS = Path(__file__).parents[2] / "vectors"


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    """Return one of the committed test keys."""
    text = (VECTORS / "keys" / f"{name}.pem").read_bytes()
    found = serialization.load_pem_private_key(text, password=None)
    assert isinstance(found, rsa.RSAPrivateKey)
    return found


def pem(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    """Return a key as card images hold it."""
    return private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@cache
def self_signed(name: str, number: int) -> bytes:
    """Return a certificate of a test key that is the same in every run."""
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "caducee test vectors"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"899700000012 {name}"),
        ]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key(name).public_key())
        .serial_number(number)
        .not_valid_before(dt.datetime(2026, 1, 15, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2029, 1, 15, tzinfo=dt.UTC))
    )
    made = builder.sign(key(name), hashes.SHA256())
    return made.public_bytes(serialization.Encoding.DER)


def vector_content(*, two_applications: bool = True, digits: int = 4) -> PersonalisationData:
    """Return the content of the card of the vectors: values of card-bytes where they are known."""
    return PersonalisationData(
        card_number="2900995235",
        serial=SerialNumber.from_bytes(bytes.fromhex("5A0A8025000001290099525F")),
        pin=Secret.of("1234"),
        puk=Secret.of("12345678"),
        pin_lengths=(4, digits),
        sign_key=key("signature"),
        auth_key=key("authentication"),
        technical_key=key("technical"),
        sign_certificate=self_signed("signature", 1),
        auth_certificate=self_signed("authentication", 2),
        technical_certificate=self_signed("technical", 3),
        two_applications=two_applications,
        data=BusinessData(
            id_card=IdCard.make(
                "2900995235", ProductCategory(0x80), dt.date(2026, 1, 15), dt.date(2029, 7, 31)
            ),
            name=NamePs.make("NOM"),
            lang=LangPs.make(["fr"]),
            info=InfoPs.make(CardFamily(0), "899700000012", "PRENOM", "SM26"),
            activities={
                1: ActivityPs.make("CABINET M NOM", "499700000012008", "SA07"),
                3: ActivityPs.make("CH DE TEST", "10B0000012", "SA01"),
            },
        ),
    )


CPS2TER = Cps2terData(
    sit_fact=b"\xf0\x0c\x80\x0abilling 01",
    activities={1: b"\xee\x0d\x84\x0bCABINET NOM", 3: b"\xee\x0c\x84\x0aCH DE TEST"},
)
"""Bytes in place of the CPS2ter side's data: a card does not look into them."""


def vector_content_cps4() -> PersonalisationData:
    """Return the content of the CPS4 of the vectors."""
    base = vector_content()
    id_card = IdCard.make(
        "3100603746", ProductCategory(0x80), dt.date(2026, 1, 15), dt.date(2032, 1, 31)
    )
    return replace(
        base,
        card_number="3100603746",
        serial=SerialNumber.from_bytes(bytes.fromhex("5A0A8025000001310060375F")),
        technical_key=None,
        technical_certificate=None,
        two_applications=False,
        data=replace(base.data, id_card=id_card),
        cps2ter=replace(CPS2TER, objects={member: member.encode() for member in Cps2terLabel}),
    )


def vector_cards() -> dict[str, CardImage]:
    """Return the cards of the vectors by the name of their file."""
    both = vector_content()
    identification = replace(
        vector_content(two_applications=False), contactless=ContactlessChip.IDENTIFICATION
    )
    return {
        "cps3": cps3(both),
        "cps3-one-application": cps3(vector_content(two_applications=False)),
        "cps3-cps2ter": cps3(replace(both, cps2ter=CPS2TER)),
        "cps3-identification": cps3(identification),
        "cps4": cps4(vector_content_cps4()),
    }


@dataclass
class Host:
    """Sends commands written as hex, and reads answers as hex: data, space, status word."""

    card: VirtualCard

    def send(self, command: str) -> str:
        answer = self.card.transmit(bytes.fromhex(command))
        return f"{answer[:-2].hex().upper()} {answer[-2:].hex().upper()}".strip()

    def data(self, command: str) -> bytes:
        answer = self.card.transmit(bytes.fromhex(command))
        assert answer[-2:] == b"\x90\x00", f"{command} -> {answer[-2:].hex()}"
        return answer[:-2]


@pytest.fixture(scope="session")
def content() -> PersonalisationData:
    return vector_content()


@pytest.fixture(scope="session")
def image(content: PersonalisationData) -> CardImage:
    return cps3(content)


@pytest.fixture(scope="session")
def insert() -> Callable[..., Host]:
    """Return what puts an image into a reader."""

    def put(image: CardImage, face: str = "contact") -> Host:
        card = VirtualCard(MemoryStore(image), face=face, random=lambda size: bytes(range(size)))
        card.power_on()
        return Host(card)

    return put


@pytest.fixture
def host(insert: Callable[[CardImage], Host], image: CardImage) -> Host:
    """The card of the vectors, just inserted."""
    return insert(image)


@pytest.fixture(scope="session")
def cards() -> dict[str, CardImage]:
    """The cards of the vectors."""
    return vector_cards()
