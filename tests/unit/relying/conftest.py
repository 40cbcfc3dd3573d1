# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A small hierarchy made by hand, cards of every kind, and servers on loopback."""

import datetime as dt
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from caducee.base.clock import FixedClock
from caducee.relying.registry import HolderActivity, MemoryHolders, StaticHolder
from caducee.relying.verdict import Identity
from caducee.spec.nomenclatures import CardFamily, ProductCategory

NOW = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
FAR_AWAY = dt.datetime(2049, 12, 31, tzinfo=dt.UTC)
"""Dates that hold for the machine's clock too, by which browsers and fronts go."""

CARD_ID = "8025000001/2800000001"
PS_IDNAT = "899700218896"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def pem(*certificates: x509.Certificate) -> str:
    return "".join(
        certificate.public_bytes(serialization.Encoding.PEM).decode()
        for certificate in certificates
    )


def pem_key(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def usage(**wanted: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: wanted.get(name, False) for name in names})


@dataclass
class Issuer:
    """A CA made by hand."""

    name: x509.Name
    key: rsa.RSAPrivateKey
    certificate: x509.Certificate
    number: int = 1
    revoked: dict[int, dt.datetime] = field(default_factory=dict)

    def crl(self, this_update: dt.datetime, next_update: dt.datetime) -> bytes:
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.name)
            .last_update(this_update)
            .next_update(next_update)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False
            )
            .add_extension(x509.CRLNumber(self.number), False)
        )
        self.number += 1
        for serial, when in self.revoked.items():
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(when)
            builder = builder.add_revoked_certificate(entry.build())
        crl = builder.sign(self.key, hashes.SHA256())
        return crl.public_bytes(serialization.Encoding.DER)


def make_authority(common_name: str, parent: Issuer | None = None) -> Issuer:
    key = new_key()
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    signer = parent or Issuer(name, key, None)  # type: ignore[arg-type]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(signer.name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(LONG_AGO)
        .not_valid_after(FAR_AWAY)
        .add_extension(x509.BasicConstraints(True, 0 if parent else None), True)
        .add_extension(usage(key_cert_sign=True, crl_sign=True), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key()), False
        )
        .sign(signer.key, hashes.SHA256())
    )
    return Issuer(name, key, certificate)


@dataclass(frozen=True)
class Shape:
    """What one card certificate is to look like."""

    ps_idnat: str = PS_IDNAT
    surname: str | None = "SPECIALISTE0021889"
    given_name: str | None = "ROBERT"
    family: int = CardFamily.CPS
    category: int = ProductCategory.TEST_CARD
    card_id: str = CARD_ID
    profession: int | None = 10
    specialties: tuple[str, ...] = ("SM26",)
    signature: bool = False
    purposes: tuple[str, ...] | None = None
    not_before: dt.datetime = NOW - 100 * DAY
    not_after: dt.datetime = NOW + 900 * DAY


def _private(oid: str, value: bytes) -> x509.UnrecognizedExtension:
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value)


def _der(tag: int, content: bytes) -> bytes:
    return bytes([tag, len(content)]) + content


def _subject(shape: Shape) -> x509.Name:
    person = [x509.NameAttribute(NameOID.COMMON_NAME, shape.ps_idnat)]
    if shape.surname:
        person.append(x509.NameAttribute(NameOID.SURNAME, shape.surname))
    if shape.given_name:
        person.append(x509.NameAttribute(NameOID.GIVEN_NAME, shape.given_name))
    country = x509.NameAttribute(NameOID.COUNTRY_NAME, "FR")
    title = x509.NameAttribute(NameOID.TITLE, "Médecin")
    return x509.Name(
        [
            x509.RelativeDistinguishedName([country]),
            x509.RelativeDistinguishedName([title]),
            x509.RelativeDistinguishedName(person),
        ]
    )


def issue(
    issuer: Issuer,
    shape: Shape = Shape(),
    key: Any = None,
    *,
    extra: tuple[x509.ExtensionType, ...] = (),
) -> x509.Certificate:
    """Make a card certificate of the given shape."""
    sign = shape.signature
    purposes = (
        [ExtendedKeyUsageOID.EMAIL_PROTECTION]
        if sign
        else [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SMARTCARD_LOGON]
    )
    if shape.purposes is not None:
        purposes = [x509.ObjectIdentifier(purpose) for purpose in shape.purposes]
    builder = (
        x509.CertificateBuilder()
        .subject_name(_subject(shape))
        .issuer_name(issuer.name)
        .public_key((key or card_key()).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(shape.not_before)
        .not_valid_after(shape.not_after)
        .add_extension(x509.BasicConstraints(False, None), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), False
        )
        .add_extension(usage(digital_signature=not sign, content_commitment=sign), True)
        .add_extension(x509.ExtendedKeyUsage(purposes), False)
        .add_extension(_private("1.2.250.1.71.1.2.5", _der(4, bytes([shape.category]))), False)
        .add_extension(_private("1.2.250.1.71.1.2.2", _der(2, bytes([shape.family]))), False)
        .add_extension(_private("1.2.250.1.71.1.2.3", _der(19, shape.card_id.encode())), False)
    )
    if shape.profession is not None:
        value = _der(2, bytes([shape.profession]))
        builder = builder.add_extension(_private("1.2.250.1.71.1.2.7", value), False)
    if shape.specialties:
        value = _der(48, b"".join(_der(12, specialty.encode()) for specialty in shape.specialties))
        builder = builder.add_extension(_private("1.2.250.1.71.4.2.5", value), False)
    for item in extra:
        builder = builder.add_extension(item, False)
    return builder.sign(issuer.key, hashes.SHA256())


@cache
def card_key() -> rsa.RSAPrivateKey:
    """Return the one key of all cards of these tests; making keys is slow."""
    return new_key()


@dataclass(frozen=True)
class World:
    """The hierarchy of the cards, one that nobody trusts, and a web server's certificate."""

    root: Issuer
    issuing: Issuer
    unknown_issuer: Issuer
    folder: Path

    @property
    def card_key(self) -> rsa.RSAPrivateKey:
        """The key of every card."""
        return card_key()

    @property
    def leaf(self) -> x509.Certificate:
        """One good card, always the same."""
        return _leaf(self)

    @property
    def server(self) -> tuple[Path, Path]:
        """Certificate and key of the web server."""
        return self.folder / "server.pem", self.folder / "server.key"

    @property
    def web_authority(self) -> Path:
        """What a browser trusts web servers by."""
        return self.folder / "web.pem"

    @property
    def authorities(self) -> str:
        """Every CA of the cards, PEM."""
        return pem(self.root.certificate, self.issuing.certificate)

    def issue(
        self,
        issuer: Issuer | None = None,
        *,
        key: Any = None,
        extra: tuple[x509.ExtensionType, ...] = (),
        **shape: Any,
    ) -> x509.Certificate:
        """Make a card certificate; keywords are those of `Shape`."""
        return issue(issuer or self.issuing, Shape(**shape), key, extra=extra)

    def chain(self, leaf: x509.Certificate) -> list[bytes]:
        """Return what a client sends: leaf and issuing CA, DER."""
        return [der(leaf), der(self.issuing.certificate)]

    def client(
        self,
        certificate: x509.Certificate | None = None,
        *,
        version: ssl.TLSVersion | None = None,
    ) -> ssl.SSLContext:
        """Return the TLS side of a browser that may hold a card's certificate."""
        context = ssl.create_default_context(cafile=str(self.web_authority))
        if certificate is not None:
            path = self.folder / f"{certificate.serial_number}.pem"
            path.write_text(pem(certificate) + pem_key(card_key()).decode())
            context.load_cert_chain(path)
        if version is not None:
            context.minimum_version = context.maximum_version = version
        return context


_leaves: dict[int, x509.Certificate] = {}


def _leaf(world: World) -> x509.Certificate:
    return _leaves.setdefault(id(world), world.issue())


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("world")
    root = make_authority("TEST ROOT")
    web = make_authority("WEB ROOT")
    key = new_key()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]))
        .issuer_name(web.name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(LONG_AGO)
        .not_valid_after(FAR_AWAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(web.key.public_key()), False
        )
        .sign(web.key, hashes.SHA256())
    )
    (folder / "server.pem").write_text(pem(certificate))
    (folder / "server.key").write_bytes(pem_key(key))
    (folder / "web.pem").write_text(pem(web.certificate))
    return World(root, make_authority("TEST ISSUING", root), make_authority("STRANGER"), folder)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


type Serve = Callable[[uvicorn.Config], AbstractContextManager[int]]


@pytest.fixture
def serve() -> Serve:
    """Run a listener for the length of a ``with`` block; gives the port the system chose."""
    return _serving


@contextmanager
def _serving(config: uvicorn.Config) -> Iterator[int]:
    server = uvicorn.Server(config)
    sockets = [] if config.uds else [socket.create_server(("127.0.0.1", 0))]
    thread = threading.Thread(target=server.run, kwargs={"sockets": sockets or None}, daemon=True)
    thread.start()
    try:
        limit = time.monotonic() + 20
        while not server.started and thread.is_alive() and time.monotonic() < limit:
            time.sleep(0.005)
        assert server.started
        yield sockets[0].getsockname()[1] if sockets else 0
    finally:
        server.should_exit = server.force_exit = True
        thread.join(20)
        for item in sockets:
            item.close()


@pytest.fixture
def identity() -> Identity:
    return Identity(
        ps_idnat=PS_IDNAT,
        family_name="SPECIALISTE0021889",
        given_name="ROBERT",
        title="Médecin",
        professions=("10",),
        specialties=("SM26",),
        family=CardFamily.CPS,
        category=ProductCategory.TEST_CARD,
        test=True,
        card_id=CARD_ID,
        activities=(HolderActivity("01", "10B0007712", "HOPITAL DES 3 VALLEES00771", "SA01"),),
        fingerprint="ab" * 32,
    )


@pytest.fixture
def holders() -> MemoryHolders:
    """A directory that knows the holder and the card of the default shape."""
    activities = (
        HolderActivity("01", "10B0007712", "HOPITAL DES 3 VALLEES00771", "SA01", "01"),
        HolderActivity("02", "499700218896000", "CABINET M SPECIALISTE0021889", "SA07", "00"),
    )
    holder = StaticHolder(PS_IDNAT, "SPECIALISTE0021889", "ROBERT", "10", ("SM26",), activities)
    return MemoryHolders([holder], [CARD_ID])
