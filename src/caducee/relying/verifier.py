# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""From a client certificate or an origin-bound token to a `Verdict`.

::

    TLS client certificate ──▶ transport ┐
    origin-bound token ──▶ token, nonce, ┼▶ certificate ▶ chain, validity, usage, revocation
                           origin, signature              ▶ family, category, individual, profession
                                                          ▶ holder, card (the directory)

Every check that makes sense is made, also after one that failed, so that a page can show all of
them. Nothing that the verifier is given makes it raise: what cannot be checked is not passed.
"""

import contextlib
import datetime as dt
import logging
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from caducee.base.clock import Clock, SystemClock
from caducee.base.errors import CpsError, Fact, LoginRefusedError, TrustError
from caducee.codec.card_request import RequestMessage
from caducee.codec.origin_token import TokenAlgorithm
from caducee.relying import chain as chains
from caducee.relying.client import ClientConnection, TlsEndpoint
from caducee.relying.confirmation import judge_confirmation
from caducee.relying.nonces import Challenge
from caducee.relying.policy import CardPolicy
from caducee.relying.registry import HolderActivity, HolderRegistry, RegisteredHolder
from caducee.relying.token import ALGORITHMS, TokenJudge
from caducee.relying.trust_folder import TrustFolder
from caducee.relying.verdict import (
    Check,
    CheckName,
    CheckOutcome,
    Identity,
    Verdict,
    failed,
    passed,
    skipped,
)
from caducee.trust.certificate import CardCertificate
from caducee.trust.loading import Certificates, certificates
from caducee.trust.path import CertificatePurpose, PathResult, validate
from caducee.trust.revocation import RevocationSource
from caducee.trust.x509 import load_certificate

__all__ = ["ContactlessVerdict", "Verifier"]

logger = logging.getLogger(__name__)

_MOST_SENT: Final = 8
"""Most certificates looked at of those that a client sends after its own."""

_LEFT_TO_US: Final = frozenset({0, 9, 10})
"""Verify codes of OpenSSL (``x509_vfy.h``) that say nothing against a certificate here: none, and
the two about dates, which the application judges by its own clock."""

_OF_CARD: Final = (
    CheckName.FAMILY,
    CheckName.CATEGORY,
    CheckName.INDIVIDUAL,
    CheckName.PROFESSION,
    CheckName.HOLDER,
    CheckName.CARD,
)
"""The checks that need a certificate of a card."""


@dataclass(frozen=True, slots=True)
class ContactlessVerdict:
    """What a contactless proof says: which card is there, with every check."""

    checks: tuple[Check, ...]
    card_id: str = ""
    """Issuer and number, to be believed only through `require`."""

    def require(self) -> str:
        """Return the card number. Raises `LoginRefusedError` with the first failed check."""
        for check in self.checks:
            if check.outcome is not CheckOutcome.PASSED:
                raise LoginRefusedError(check.code, **check.facts)
        if not self.card_id:
            raise LoginRefusedError("relying.verdict_incomplete")
        return self.card_id


_REAL_CARDS: Final = CardPolicy()
_THIS_MACHINE: Final = SystemClock()


class Verifier:
    """Judges logins for one service."""

    def __init__(  # noqa: PLR0913 (what a relying party decides with)
        self,
        anchors: Certificates,
        intermediates: Certificates,
        revocation: RevocationSource,
        holders: HolderRegistry,
        policy: CardPolicy = _REAL_CARDS,
        clock: Clock = _THIS_MACHINE,
        *,
        token_algorithms: frozenset[TokenAlgorithm] = frozenset(ALGORITHMS),
    ) -> None:
        """Take what to judge by.

        ``anchors``: the trusted roots; ``intermediates``: the authorities below them. Raises
        `ConfigError` and `TrustError` as `caducee.trust.loading.certificates` does.
        """
        self._anchors = certificates(anchors)
        self._intermediates = certificates(intermediates)
        self._revocation = revocation
        self._holders = holders
        self._policy = policy
        self._clock = clock
        self._tokens = TokenJudge(token_algorithms)

    @classmethod
    def from_folder(
        cls,
        folder: Path | str,
        *,
        holders: HolderRegistry | None = None,
        policy: CardPolicy = _REAL_CARDS,
        clock: Clock = _THIS_MACHINE,
    ) -> Self:
        """Make a verifier of a folder of files (`caducee.relying.trust_folder`).

        ``holders`` is your directory; without it, the file ``holders.json`` of the folder. Raises
        `ConfigError` and `TrustError` for what is missing there or cannot be read.
        """
        found = TrustFolder.read(Path(folder))
        known = holders if holders is not None else found.holders()
        return cls(found.anchors, found.authorities, found.revocation, known, policy, clock)

    @classmethod
    def from_sandbox(cls, folder: Path | str, *, policy: CardPolicy | None = None) -> "Verifier":
        """Make a verifier for the cards of a sandbox, at the sandbox's time.

        It reads the folder itself, whether the sandbox runs or not: cards issued or revoked later
        are known at once. ``policy``: default, test cards of every family. Raises `StateError`
        (``sandbox.missing``).
        """
        from caducee.sandbox.world import Sandbox

        world = Sandbox(Path(folder))
        made = world.verifier(policy)
        weakref.finalize(made, world.close)
        return made

    @property
    def clock(self) -> Clock:
        """The clock that logins are judged by; nonces and sessions belong to the same."""
        return self._clock

    def verify(self, chain: Sequence[bytes]) -> Verdict:
        """Judge a client certificate whose key a TLS handshake proved.

        ``chain`` is DER, leaf first; certificates after the leaf help to find the path and are
        not trusted.
        """
        if not chain:
            return _no_certificate("relying.certificate_absent")
        proven = passed(CheckName.TRANSPORT, "relying.transport_proven")
        return self._judge((proven,), chain[0], chain[1:])

    def verify_connection(self, connection: ClientConnection) -> Verdict:
        """Judge the certificate of a connection, with what TLS or a front found about it."""
        found = connection.certificate
        if found is None:
            return _no_certificate(connection.absence or "relying.certificate_absent")
        verdict = self.verify((found.der, *found.chain))
        return replace(verdict, checks=(*verdict.checks, *_front(connection)))

    def verify_token(
        self, token: str | bytes, challenge: Challenge, *, seen_origin: str | None = None
    ) -> Verdict:
        """Judge an origin-bound token (JSON, public Web eID format).

        ``challenge`` is what `Challenges.take` gave for the session that sent the token;
        ``seen_origin`` is the ``Origin`` header of the request that brought it, if there was one.
        """
        findings = self._tokens.judge(token, challenge, seen_origin)
        if findings.certificate is None:
            because = CheckName.TOKEN
            names = (CheckName.CERTIFICATE, *chains.NAMES, *_OF_CARD)
            return Verdict((*findings.checks, *(skipped(name, because) for name in names)))
        return self._judge(findings.checks, findings.certificate, ())

    def verify_contactless(
        self, token: str | bytes, challenge: Challenge, *, seen_origin: str | None = None
    ) -> ContactlessVerdict:
        """Judge a token that a card signed without contacts, by its technical key.

        It proves that the card is there, not that its holder consents: no session opens by it.
        """
        findings = self._tokens.judge(token, challenge, seen_origin)
        read = _read(findings.certificate) if findings.certificate is not None else None
        if isinstance(read, Check) or read is None or read.card is None:
            read_check = (read,) if isinstance(read, Check) else (read.check,) if read else ()
            return ContactlessVerdict((*findings.checks, *read_check))
        card, at = read.card, self._clock.now()
        path = self._path(read.certificate, (), at, CertificatePurpose.ANY)
        checks = chains.summary(read.certificate, card.use, path, at)
        _, directory = self._directory(card)
        in_use = tuple(item for item in directory if item.name is CheckName.CARD)
        return ContactlessVerdict((*findings.checks, read.check, *checks, *in_use), card.card_id)

    def verify_confirmation(self, text: str, asked: RequestMessage) -> Verdict:
        """Judge what the card of a holder confirmed (`caducee.relying.card_device`).

        ``asked`` is the request as it was made; the caller takes each nonce once.
        """
        checks, certificate = judge_confirmation(text, asked, self._clock.now())
        if certificate is None:
            names = (CheckName.CERTIFICATE, *chains.NAMES, *_OF_CARD)
            return Verdict((*checks, *(skipped(name, CheckName.TOKEN) for name in names)))
        verdict = self._judge(checks, certificate, ())
        found = verdict.identity.ps_idnat if verdict.identity else ""
        if not asked.login_hint or asked.login_hint == found:
            return verdict
        facts = {"expected": asked.login_hint, "found": found or "?"}
        other = failed(CheckName.HOLDER, "request.other_holder", **facts)
        return replace(verdict, checks=(*verdict.checks, other))

    def _judge(self, before: tuple[Check, ...], leaf: bytes, others: Sequence[bytes]) -> Verdict:
        read = _read(leaf)
        if isinstance(read, Check):
            names = (*chains.NAMES, *_OF_CARD)
            rest = (skipped(name, CheckName.CERTIFICATE) for name in names)
            return Verdict((*before, read, *rest))
        at = self._clock.now()
        path = self._path(read.certificate, others, at)
        use = read.card.use if read.card else None
        checks = (*before, read.check, *chains.summary(read.certificate, use, path, at))
        if read.card is None:
            rest = (skipped(name, CheckName.CERTIFICATE) for name in _OF_CARD)
            return Verdict((*checks, *rest), None, path.checks)
        holder, directory = self._directory(read.card)
        identity = _identity(read.card, holder)
        return Verdict(
            (*checks, *self._policy.checks(read.card), *directory), identity, path.checks
        )

    def _path(
        self,
        leaf: x509.Certificate,
        others: Sequence[bytes],
        at: dt.datetime,
        purpose: CertificatePurpose = CertificatePurpose.CLIENT_AUTHENTICATION,
    ) -> PathResult:
        return validate(
            leaf,
            (*self._intermediates, *_loaded(others)),
            anchors=self._anchors,
            at=at,
            purpose=purpose,
            revocation=self._revocation,
        )

    def _directory(self, card: CardCertificate) -> tuple[RegisteredHolder | None, list[Check]]:
        try:
            holder = self._holders.holder(card.ps_idnat)
            active = self._holders.card_active(card.card_id)
        except CpsError as error:
            logger.warning("the directory did not answer: %s", error)
            code = "relying.directory_unavailable"
            return None, [failed(CheckName.HOLDER, code), failed(CheckName.CARD, code)]
        return holder, [_holder_check(card, holder), self._policy.card_check(card, active)]


@dataclass(frozen=True, slots=True)
class _Readable:
    """A certificate that could be read, and the card it belongs to if it belongs to one."""

    certificate: x509.Certificate
    card: CardCertificate | None
    check: Check


def _read(leaf: bytes) -> _Readable | Check:
    """Read a certificate; a check that failed when it is none at all."""
    try:
        certificate = load_certificate(leaf)
    except TrustError as error:
        return Check(CheckName.CERTIFICATE, CheckOutcome.FAILED, error.code, error.facts)
    try:
        card = CardCertificate.read(certificate)
    except TrustError as error:
        refusal = Check(CheckName.CERTIFICATE, CheckOutcome.FAILED, error.code, error.facts)
        return _Readable(certificate, None, refusal)
    check = passed(CheckName.CERTIFICATE, "relying.certificate_read", card_id=card.card_id)
    return _Readable(certificate, card, check)


def _loaded(chain: Sequence[bytes]) -> Iterator[x509.Certificate]:
    """Yield the certificates of a chain that can be read; the others cannot help anybody."""
    for der in chain[:_MOST_SENT]:
        with contextlib.suppress(TrustError):
            yield load_certificate(der)


def _holder_check(card: CardCertificate, holder: RegisteredHolder | None) -> Check:
    facts = {"ps_idnat": card.ps_idnat}
    if holder is None:
        return failed(CheckName.HOLDER, "relying.holder_unknown", **facts)
    if not holder.active:
        return failed(CheckName.HOLDER, "relying.holder_inactive", **facts)
    return passed(CheckName.HOLDER, "relying.holder_active", **facts)


def _identity(card: CardCertificate, holder: RegisteredHolder | None) -> Identity:
    return Identity(
        ps_idnat=card.ps_idnat,
        family_name=card.surname or "",
        given_name=card.given_name or "",
        title=card.title or "",
        professions=card.professions,
        specialties=tuple(holder.specialties) if holder else card.specialties,
        family=card.family,
        category=card.category,
        test=card.is_test,
        card_id=card.card_id,
        activities=tuple(
            HolderActivity(
                activity.key,
                activity.structure_id,
                activity.structure_name,
                activity.sector,
                activity.mode,
            )
            for activity in (holder.activities if holder else ())
        ),
        fingerprint=card.certificate.fingerprint(hashes.SHA256()).hex(),
        future_professions=card.future_professions,
    )


def _front(connection: ClientConnection) -> Iterator[Check]:
    """Yield what TLS found, where it ended at a front."""
    found = connection.certificate
    if found is None or (connection.source is TlsEndpoint.LISTENER and found.verify_code == 0):
        return
    facts: dict[str, Fact] = {"verify_code": found.verify_code, "reason": found.verify_reason}
    if found.verify_code in _LEFT_TO_US:
        yield passed(CheckName.FRONT, "relying.front_accepted", **facts)
    else:
        yield failed(CheckName.FRONT, "relying.front_verify_failed", **facts)


def _no_certificate(code: str) -> Verdict:
    names = (CheckName.CERTIFICATE, *chains.NAMES, *_OF_CARD)
    rest = (skipped(name, CheckName.TRANSPORT) for name in names)
    return Verdict((failed(CheckName.TRANSPORT, code), *rest))
