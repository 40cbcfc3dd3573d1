# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the card in a reader gives, and what the trusted authorities say of it."""

import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from caducee.base.clock import Clock, SystemClock
from caducee.base.errors import CardError, CpsError, FormatError
from caducee.base.secret import Secret
from caducee.codec.carddata import EfActua
from caducee.cryptolib import CpsCard, KeyUse, open_card
from caducee.cryptolib.certificates import public_key_of
from caducee.diagnosis.facts import CardFacts, CertificateFacts, ChainFacts, PinFacts
from caducee.middleware.tracing import RecordKind, TraceLevel, Tracer, TraceRecord
from caducee.middleware.tracing.transport import TracedReader
from caducee.reader.transport import Reader
from caducee.spec.atrs import CardFace
from caducee.spec.pkcs15 import ObjectFlags
from caducee.trust.checks import CheckOutcome
from caducee.trust.loading import read_certificates
from caducee.trust.path import CertificatePurpose, PathResult

__all__ = [
    "CardTracer",
    "CertificateJudge",
    "TrustFiles",
    "card_facts",
    "judge",
    "judged",
    "look_at",
    "purpose_of",
]

_FACE_USES: Final = {CardFace.CPS3_CONTACTLESS: (KeyUse.TECHNICAL,)}
_USES: Final = (KeyUse.AUTHENTICATION, KeyUse.SIGNATURE)
_SALT: Final = secrets.token_bytes(16)
"""Without it, a digest of a number of twelve digits would tell the number."""

_PROBE: Final = b"caducee diag"
"""What is signed to see whether a key belongs to its certificate."""


class CardTracer(Tracer):
    """Keeps what was said to cards, for the report."""

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__("diagnosis")
        self.level = TraceLevel.APDUS
        self.records: list[TraceRecord] = []
        """In order of time."""

        self._now = clock or SystemClock()

    def write(self, kind: RecordKind, **fields: Any) -> None:  # noqa: ANN401 (the fields of TraceRecord)
        """Keep one line."""
        at = self._now.now()
        self.records.append(
            TraceRecord(at=at, kind=kind, source="diagnosis", process=os.getpid(), **fields)
        )


def look_at(reader: Reader, dialogue: CardTracer, code: Secret | None = None) -> CardFacts:
    """Read the public data of a card; with its PIN, also check that keys and certificates match.

    The PIN is presented once at most, and only when more than one try is left.
    """
    start = time.monotonic()
    try:
        with open_card(TracedReader(reader, dialogue), unfinished=True) as card:
            return card_facts(card, time.monotonic() - start, code)
    except CpsError as error:
        return CardFacts(
            code=error.code,
            facts=dict(error.facts),
            atr=str(error.facts.get("atr") or ""),
            exclusive=error.code == "reader.card_in_use",
            seconds=time.monotonic() - start,
        )


def card_facts(card: CpsCard, spent: float, code: Secret | None = None) -> CardFacts:
    """Return the facts of an open card; it took ``spent`` seconds to open. See `look_at`."""
    holder = card.holder()
    pin, puk = _codes(card)
    proofs = _proofs(card, code) if pin.left not in (0, 1) else {}
    return CardFacts(
        face=card.identity.face.value,
        atr=card.identity.atr.hex().upper(),
        complete=card.complete,
        actuality=card.complete or _actuality(card),
        unreadable=tuple(_unreadable(card)),
        test=holder.is_test,
        expires=holder.expires,
        seconds=spent,
        certificates=tuple(
            _certificate(card, use, proofs.get(use, ""))
            for use in _FACE_USES.get(card.identity.face, _USES)
        ),
        pin=pin,
        puk=puk,
    )


def _actuality(card: CpsCard) -> bool:
    """Return whether EF_ACTUA of a card whose update did not end can be understood."""
    content = card.actuality
    try:
        return content is None or bool(EfActua.from_file(content)) or True
    except FormatError:
        return False


def _codes(card: CpsCard) -> tuple[PinFacts, PinFacts]:
    states = card.pin_states()
    pin, puk = (
        PinFacts(there=False)
        if state is None
        else PinFacts(left=state.tries_left, most=state.tries_max)
        for state in states
    )
    return pin, puk


def _unreadable(card: CpsCard) -> Iterator[str]:
    """Yield the labels of public files that the directories name and that cannot be read."""
    for entry in card.layout.data:
        private = ObjectFlags.PRIVATE in entry.flags or entry.auth_id is not None
        if private or not entry.path:
            continue
        try:
            card.data_file(entry)
        except CardError:
            yield entry.label or entry.path.hex().upper()


def _certificate(card: CpsCard, use: KeyUse, proof: str) -> CertificateFacts:
    try:
        found = card.certificate(use)
        key = card.layout.key(use)
    except CardError as error:
        return CertificateFacts(use=use.value, code=error.code)
    linked = any(certificate.id == key.id for certificate in card.layout.certificates)
    return CertificateFacts(
        use=use.value,
        not_before=found.not_valid_before_utc,
        not_after=found.not_valid_after_utc,
        bits=public_key_of(found).key_size,
        key_bits=key.bits,
        linked=linked,
        proof=proof,
        holder=_holder(found),
        purpose_right=_purpose_right(found, use),
        sha1=_is_sha1(found),
    )


def _holder(certificate: x509.Certificate) -> str:
    """Return a digest of the holder's number, which stands first in the common name."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    words = str(names[0].value).split() if names else []
    return hashlib.sha256(_SALT + words[0].encode()).hexdigest()[:8] if words else ""


def _is_sha1(certificate: x509.Certificate) -> bool:
    algorithm = certificate.signature_hash_algorithm
    return algorithm is not None and algorithm.name == "sha1"


def _purpose_right(certificate: x509.Certificate, use: KeyUse) -> bool:
    try:
        extensions = certificate.extensions
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return True
    if use is KeyUse.SIGNATURE:
        return usage.content_commitment
    if use is KeyUse.TECHNICAL:
        return True
    try:
        extended = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return usage.digital_signature
    return usage.digital_signature and ExtendedKeyUsageOID.CLIENT_AUTH in extended


def _proofs(card: CpsCard, code: Secret | None) -> dict[KeyUse, str]:
    """Sign with each key and compare with the certificates. Raises as `CpsCard.verify`."""
    if code is None:
        return {}
    card.verify(code)
    tries: dict[KeyUse, Callable[[], bytes]] = {
        KeyUse.AUTHENTICATION: lambda: card.authenticate(_PROBE),
        KeyUse.SIGNATURE: lambda: card.sign(_PROBE),
    }
    found = {}
    for use, attempt in tries.items():
        try:
            attempt()
        except CardError as error:
            if error.code == "cryptolib.signature_wrong":
                found[use] = str(error.facts.get("fits") or "wrong")
        else:
            found[use] = "right"
    return found


@dataclass(frozen=True, slots=True)
class TrustFiles:
    """What certificates are judged by."""

    anchors: tuple[x509.Certificate, ...] = ()
    authorities: tuple[x509.Certificate, ...] = ()
    lists: tuple[bytes, ...] = ()

    @classmethod
    def read(
        cls, anchors: Sequence[Path], authorities: Sequence[Path], lists: Sequence[Path]
    ) -> "TrustFiles":
        """Read files, PEM or DER. Raises `TrustError` (``trust.certificate_*``)."""
        return cls(
            tuple(_certificates(anchors)),
            tuple(_certificates(authorities)),
            tuple(crl.read_bytes() for crl in lists),
        )


def _certificates(files: Iterable[Path]) -> Iterator[x509.Certificate]:
    for file in files:
        yield from read_certificates(file)


class CertificateJudge(Protocol):
    """Says what the trusted authorities think of a certificate of a card."""

    def judge(self, certificate: x509.Certificate, use: KeyUse) -> PathResult | None:
        """Return every check of the chain and of revocation; None when no authority is trusted.

        May ask the network: never on the thread of the windows.
        """


def judge(reader: Reader, dialogue: CardTracer, authorities: CertificateJudge) -> list[ChainFacts]:
    """Judge the certificates of a card by the trusted authorities; empty when there are none."""
    found = []
    with open_card(TracedReader(reader, dialogue), unfinished=True) as card:
        for use in _FACE_USES.get(card.identity.face, _USES):
            result = authorities.judge(card.certificate(use), use)
            if result is not None:
                found.append(judged(use, result))
    return found


def purpose_of(use: KeyUse) -> CertificatePurpose:
    """Return what a certificate for a use must be good for."""
    purposes = {
        KeyUse.AUTHENTICATION: CertificatePurpose.CLIENT_AUTHENTICATION,
        KeyUse.SIGNATURE: CertificatePurpose.SIGNATURE,
    }
    return purposes.get(use, CertificatePurpose.ANY)


def judged(use: KeyUse, result: PathResult) -> ChainFacts:
    """Return what became of a chain, in one code: what failed goes before what is not known."""
    failures = result.failures()
    failed = [failure for failure in failures if failure.outcome is CheckOutcome.FAILED]
    first = next(iter([*failed, *failures]), None)
    asked = [check.outcome for check in result.checks if check.name == "revocation"]
    checked = bool(asked) and CheckOutcome.SKIPPED not in asked
    if first is None:
        return ChainFacts(use=use.value, revocation=checked)
    return ChainFacts(use=use.value, code=first.code, unknown=not failed, revocation=checked)
