# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the pages show, gathered from the authorities."""

import datetime as dt
import threading
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from caducee.authority.authority import Authority
from caducee.authority.records import CrlRecord
from caducee.base.errors import IssueError
from caducee.directory.model import Certificate
from caducee.spec import igc
from caducee.spec.igc import CaFacts

__all__ = ["CaView", "CertificateView", "ListView", "Views"]


@dataclass(frozen=True, slots=True)
class ListView:
    """One revocation list."""

    number: int
    """CRL number."""

    entries: int
    """How many certificates it holds."""

    size: int
    """Bytes."""

    this_update: dt.datetime
    next_update: dt.datetime


@dataclass(frozen=True, slots=True)
class CaView:
    """One authority, with the lists that hold now and its responder."""

    facts: CaFacts
    serial: str
    """Hexadecimal."""

    fingerprint: str
    """SHA-256 of the certificate, hexadecimal."""

    key: str
    """Kind and size of its key."""

    certificate_path: str
    crl_path: str
    full: ListView
    delta: ListView
    base: int
    """Number of the full list that the delta list goes beyond."""

    responder_until: dt.datetime | None
    """End of the certificate of its OCSP responder; none: it has none now."""


@dataclass(frozen=True, slots=True)
class CertificateView:
    """One certificate that was found."""

    certificate: Certificate
    serial: str
    """Hexadecimal."""

    state: str
    """``good``, ``revoked``, ``expired`` or ``future``."""

    path: str
    """Its own page."""


class Views:
    """Gathers what the pages show."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._entries: dict[tuple[str, int], int] = {}
        self._lock = threading.Lock()

    def authorities(self) -> tuple[CaView, ...]:
        """Return the authorities that exist, roots first. A list that is due is made."""
        return tuple(self._authority_view(one) for one in self._authority.existing())

    def certificate(self, one: Certificate) -> CertificateView:
        """Return how it stands with a certificate now."""
        ca = igc.by_name(one.issuer)
        file = ca.file if ca else one.issuer
        serial = f"{one.serial:X}"
        return CertificateView(one, serial, self._state(one), f"/certificates/{file}/{serial}")

    def _state(self, one: Certificate) -> str:
        now = self._authority.now()
        if one.revoked_at is not None:
            return "revoked"
        if now > one.not_after:
            return "expired"
        return "good" if now >= one.not_before else "future"

    def _authority_view(self, ca: CaFacts) -> CaView:
        certificate = self._authority.certificate(ca)
        # The delta first: it may bring a new full list with it.
        delta = self._authority.delta_record(ca)
        full = self._authority.crl_record(ca)
        return CaView(
            facts=ca,
            serial=f"{certificate.serial_number:X}",
            fingerprint=certificate.fingerprint(hashes.SHA256()).hex().upper(),
            key=_key(certificate),
            certificate_path=f"/AC%20{ca.world}/{ca.file}.cer",
            crl_path=f"/CRL/{ca.file}.crl",
            full=self._list(ca, full),
            delta=self._list(ca, delta),
            base=delta.base,
            responder_until=self._responder(ca),
        )

    def _list(self, ca: CaFacts, one: CrlRecord) -> ListView:
        entries = self._count(ca, one)
        return ListView(one.number, entries, len(one.der), one.this_update, one.next_update)

    def _count(self, ca: CaFacts, one: CrlRecord) -> int:
        """Count the entries of a list once: a large one takes a while."""
        key = (ca.common_name, hash(one.der))
        with self._lock:
            if key not in self._entries:
                if len(self._entries) > _MOST_COUNTED:
                    self._entries.clear()
                self._entries[key] = len(x509.load_der_x509_crl(one.der))
            return self._entries[key]

    def _responder(self, ca: CaFacts) -> dt.datetime | None:
        try:
            return self._authority.ocsp_signer(ca).certificate.not_valid_after_utc
        except IssueError:
            return None


_MOST_COUNTED = 200


def _key(certificate: x509.Certificate) -> str:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    return key.curve.name if isinstance(key, ec.EllipticCurvePublicKey) else type(key).__name__
