# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Real handshakes between two OpenSSL contexts; the client's key is in the card."""

import datetime as dt
import hashlib
import ssl
from pathlib import Path
from typing import Any

import pytest
import sslcontext
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from caducee.base.errors import CardError, WrongPinError
from caducee.base.secret import Secret
from caducee.cryptolib import CpsCard, KeyUse
from caducee.cryptolib.tls import CardSigner, use_card


@pytest.fixture
def server_pem(tmp_path: Path, keys: Any) -> Path:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime(2026, 1, 15, tzinfo=dt.UTC)
    key = keys.other
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 7, now, now.replace(year=2100))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    return path


class Pair:
    """A client and a server that exchange bytes in memory."""

    def __init__(self, server: ssl.SSLContext, client: ssl.SSLContext) -> None:
        to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.server = server.wrap_bio(to_server, to_client, server_side=True)
        self.client = client.wrap_bio(to_client, to_server, server_hostname="localhost")

    def shake(self) -> None:
        todo = [self.client, self.server]
        for _ in range(10):
            for side in list(todo):
                try:
                    side.do_handshake()
                except ssl.SSLWantReadError:
                    continue
                todo.remove(side)
        assert not todo

    def server_hears(self) -> bytes:
        self.client.write(b"hello")
        return self.server.read(5)


def contexts_for(server_pem: Path, card: CpsCard) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(server_pem)
    server.verify_mode = ssl.CERT_OPTIONAL
    own = card.certificate(KeyUse.AUTHENTICATION).public_bytes(Encoding.PEM).decode()
    server.load_verify_locations(cadata=own)
    # The test's card certificate is its own root, and its dates are those of the test.
    server.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | 0x200000
    client = ssl.create_default_context(cafile=str(server_pem))
    client.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return server, client


@pytest.fixture
def contexts(server_pem: Path, card: CpsCard) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    return contexts_for(server_pem, card)


def test_card_logs_in_over_tls_1_2(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext], card: CpsCard
) -> None:
    server, client = contexts
    server.maximum_version = ssl.TLSVersion.TLSv1_2
    card.verify(Secret.of("1234"))
    signer = use_card(client, card)
    pair = Pair(server, client)
    pair.shake()
    assert pair.server_hears() == b"hello"
    seen = pair.server.getpeercert(binary_form=True)
    assert seen == card.certificate(KeyUse.AUTHENTICATION).public_bytes(Encoding.DER)
    assert signer.error is None
    assert pair.server.version() == "TLSv1.2"


def test_card_without_pss_sends_no_certificate_over_tls_1_3(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext], card: CpsCard
) -> None:
    server, client = contexts
    server.minimum_version = ssl.TLSVersion.TLSv1_3
    card.verify(Secret.of("1234"))
    use_card(client, card)
    pair = Pair(server, client)
    pair.shake()
    assert pair.server_hears() == b"hello"
    assert pair.server.version() == "TLSv1.3"
    assert pair.server.getpeercert(binary_form=True) is None


def test_refused_pin_fails_the_handshake_and_reports_the_reason(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext], card: CpsCard
) -> None:
    server, client = contexts
    server.maximum_version = ssl.TLSVersion.TLSv1_2
    card.keep_pin(Secret.of("9999"))
    signer = use_card(client, card)
    with pytest.raises(ssl.SSLError):
        Pair(server, client).shake()
    assert isinstance(signer.error, WrongPinError)


def test_signer_is_one_of_sslcontext(card: CpsCard) -> None:
    signer = CardSigner(card)
    assert isinstance(signer, sslcontext.Signer)
    assert signer.supports_pss is False


def test_signer_refuses_pss(card: CpsCard) -> None:
    with pytest.raises(CardError) as caught:
        CardSigner(card).sign(
            bytes(32), hash="sha256", padding=sslcontext.Padding.PSS, salt_length=32
        )
    assert caught.value.code == "cryptolib.padding_not_supported"


@pytest.mark.parametrize("name", sslcontext.HASHES)
def test_signer_signs_every_hash_that_tls_may_ask_for(card: CpsCard, name: str) -> None:
    card.verify(Secret.of("1234"))
    digest = hashlib.new(name, b"text").digest()
    made = CardSigner(card).sign(digest, hash=name, padding=sslcontext.Padding.PKCS1V15)
    assert len(made) == 256


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_cps4_logs_in_over_every_tls(
    server_pem: Path, cps4_card: CpsCard, version: ssl.TLSVersion
) -> None:
    server, client = contexts_for(server_pem, cps4_card)
    server.minimum_version = server.maximum_version = version
    cps4_card.verify(Secret.of("1234"))
    signer = use_card(client, cps4_card)
    pair = Pair(server, client)
    pair.shake()
    assert pair.server_hears() == b"hello"
    seen = pair.server.getpeercert(binary_form=True)
    assert seen == cps4_card.certificate(KeyUse.AUTHENTICATION).public_bytes(Encoding.DER)
    assert signer.error is None and signer.supports_pss


@pytest.mark.parametrize("name", sslcontext.HASHES)
def test_signer_of_a_cps4_signs_every_hash_with_pss(cps4_card: CpsCard, name: str) -> None:
    cps4_card.verify(Secret.of("1234"))
    digest = hashlib.new(name, b"text").digest()
    made = CardSigner(cps4_card).sign(
        digest, hash=name, padding=sslcontext.Padding.PSS, salt_length=len(digest)
    )
    assert len(made) == 256


def test_salt_of_another_length_is_refused_and_reported(cps4_card: CpsCard) -> None:
    signer = CardSigner(cps4_card)
    with pytest.raises(CardError) as caught:
        signer.sign(bytes(32), hash="sha256", padding=sslcontext.Padding.PSS, salt_length=20)
    assert caught.value.code == "cryptolib.padding_unknown"
    assert signer.error is caught.value
