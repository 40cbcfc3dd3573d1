# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A login in memory: a virtual card signs, the service verifies everything.

Peer of the whole: what `cryptography` needs for the signature and its verification alone, with
the same key in software.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.report import report
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from caducee.codec.origin_token import OriginToken
from caducee.cryptolib import CpsCard, KeyUse, open_card
from caducee.cryptolib.origin_token import make_token
from caducee.issuance import CardOrder, IssuedCard, Practice
from caducee.issuance.identities import person, practice_of
from caducee.reader.memory import MemoryReader
from caducee.relying.nonces import Challenges
from caducee.relying.policy import CardPolicy
from caducee.relying.token import TokenJudge
from caducee.relying.verifier import Verifier
from caducee.sandbox.world import Sandbox
from caducee.testing.keys import SharedKeys
from caducee.trust.certificate import CardCertificate
from caducee.trust.path import CertificatePurpose, validate
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.store import MemoryStore

ROUNDS = 200
ORIGIN = "https://portal.example.test"


class Login:
    """One card in a reader, and a service that verifies it."""

    def __init__(self, world: Sandbox, issued: IssuedCard, card: CpsCard) -> None:
        self.world = world
        self.issued = issued
        self.card = card
        self.verifier: Verifier = world.verifier()
        self.challenges = Challenges(ORIGIN, world.clock)
        self.der = issued.authentication.public_bytes(serialization.Encoding.DER)
        self.read = CardCertificate.read(self.der)
        self.authorities = world.authority.intermediates()
        self.anchors = world.authority.anchors()
        self.revocation = world.status()
        self.issuer = next(
            authority
            for authority in self.authorities
            if authority.subject == issued.authentication.issuer
        )

    def token(self) -> tuple[OriginToken, str]:
        """Let the card sign a fresh nonce; return the token and the nonce's ticket."""
        issued = self.challenges.issue("login")
        return make_token(self.card, ORIGIN, issued.nonce), issued.ticket

    def whole(self) -> None:
        """Log in: nonce, signature of the card, every check."""
        token, ticket = self.token()
        verdict = self.verifier.verify_token(token.to_json(), self.challenges.take(ticket, "login"))
        verdict.require()

    def by_certificate(self) -> None:
        """Judge a client certificate whose handshake is over."""
        self.verifier.verify([self.der]).require()

    def chain(self) -> None:
        """Validate the path, without asking for revocation."""
        validate(
            x509.load_der_x509_certificate(self.der),
            self.authorities,
            anchors=self.anchors,
            at=self.world.clock.now(),
            purpose=CertificatePurpose.CLIENT_AUTHENTICATION,
            revocation=None,
        )

    def status(self) -> None:
        """Ask the responder of the issuer for the card's certificate, live."""
        self.revocation.status(self.issued.authentication, self.issuer, self.world.clock.now())

    def directory(self) -> None:
        """Ask the registry for the holder with activities, and for the card."""
        holders = self.world.holders
        holders.holder(self.read.ps_idnat)
        holders.card_active(self.read.card_id)

    def policy(self) -> None:
        """Make the checks of the policy."""
        tuple(CardPolicy.test_cards().checks(self.read))


def _times(step: Callable[[], object]) -> list[float]:
    step()
    found = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        step()
        found.append((time.perf_counter() - start) * 1000)
    return sorted(found)


def _p99(times: list[float]) -> float:
    return times[min(len(times) - 1, int(len(times) * 0.99))]


def _software(key: rsa.RSAPrivateKey) -> list[float]:
    def sign_and_verify() -> None:
        signature = key.sign(b"nonce", padding.PKCS1v15(), hashes.SHA256())
        key.public_key().verify(signature, b"nonce", padding.PKCS1v15(), hashes.SHA256())

    return _times(sign_and_verify)


def _order() -> CardOrder:
    holder = person(4, given_name="KIT", qualifications=("SM26",))
    return CardOrder(person=holder, practices=(Practice(practice_of(holder), "SA07", "00"),))


def _measure(login: Login, key: rsa.RSAPrivateKey) -> None:
    whole, peer = _times(login.whole), _software(key)
    name = "RSA-2048 sign and verify in software"
    report("login in memory, p50", statistics.median(whole), "ms", name, statistics.median(peer))
    report("login in memory, p99", _p99(whole), "ms", name, _p99(peer))
    challenge = login.challenges
    token, ticket = login.token()
    text = token.to_json()
    answered = challenge.take(ticket, "login")
    judge = TokenJudge()
    steps: dict[str, Callable[[], object]] = {
        "card signs": login.token,
        "token": lambda: judge.judge(text, answered, None),
        "certificate read": lambda: CardCertificate.read(login.der),
        "chain": login.chain,
        "OCSP, live": login.status,
        "directory": login.directory,
        "policy": login.policy,
        "client certificate verified": login.by_certificate,
    }
    for step, run in steps.items():
        times = _times(run)
        report(f"login, {step}, p50", statistics.median(times), "ms")
        report(f"login, {step}, p99", _p99(times), "ms")


def main() -> None:
    """Make a world, issue a card, and log its holder in again and again."""
    keys = SharedKeys()
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox.create(Path(folder) / "world", ca_keys=keys) as world,
    ):
        issued = world.issue(_order(), keys=keys)
        reader = MemoryReader()
        reader.insert(VirtualCard(MemoryStore(issued.image)))
        with open_card(reader) as card:
            card.verify(issued.pin)
            assert card.certificate(KeyUse.AUTHENTICATION) == issued.authentication
            _measure(Login(world, issued, card), keys.card_key())


if __name__ == "__main__":
    main()
