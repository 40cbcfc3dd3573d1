# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the pages show, gathered from the authorities."""

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from caducee.authority.authority import Authority
from caducee.authority.records import CrlRecord
from caducee.base.errors import IssueError, StateError
from caducee.base.i18n import N_, gettext
from caducee.directory.model import Certificate
from caducee.services.publication.documents import link_names
from caducee.spec import igc
from caducee.spec.igc import CaFacts, Domain, Range
from caducee.trust.readable import readable_name

__all__ = ["CaView", "CertificateView", "ListView", "Views", "key_text", "purpose"]


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

    purpose: str
    """What it issues, in the language in use."""

    path: str
    """Its own page."""

    certificate_path: str
    crl_path: str
    links: tuple[str, ...]
    """Paths of the links between its key and the one before."""

    full: ListView | None
    """The list that holds now; none when none can be made (a full disk)."""

    delta: ListView | None
    base: int | None
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

    subject: str
    """Its subject name, as RFC 4514 has it."""


class Views:
    """Gathers what the pages show."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._entries: dict[tuple[str, int], int] = {}
        self._lock = threading.Lock()

    def hierarchies(self) -> tuple[tuple[CaView, tuple[CaView, ...]], ...]:
        """Return each root that exists with the authorities below. A list that is due is made."""
        shown = [self._authority_view(item) for item in self._authority.existing()]
        return tuple(
            (root, tuple(item for item in shown if self._below(item, root)))
            for root in shown
            if root.facts.is_root
        )

    def _below(self, view: CaView, root: CaView) -> bool:
        if view.facts.is_root:
            return False
        *_, top = self._authority.chain(view.facts)
        return f"{top.serial_number:X}" == root.serial

    def authority(self, file: str) -> CaView | None:
        """Return one authority by the stem of its files; none when there is none of the kind."""
        found = (item for item in self._authority.existing() if item.file == file)
        ca = next(found, None)
        return None if ca is None else self._authority_view(ca)

    def certificate(self, item: Certificate) -> CertificateView:
        """Return how it stands with a certificate now."""
        ca = igc.by_name(item.issuer)
        file = ca.file if ca else item.issuer
        serial = f"{item.serial:X}"
        subject = readable_name(x509.load_der_x509_certificate(item.der).subject)
        path = f"/certificates/{file}/{serial}"
        return CertificateView(item, serial, self._state(item), path, subject)

    def _state(self, certificate: Certificate) -> str:
        now = self._authority.now()
        if certificate.revoked_at is not None:
            return "revoked"
        if now > certificate.not_after:
            return "expired"
        return "good" if now >= certificate.not_before else "future"

    def _authority_view(self, ca: CaFacts) -> CaView:
        certificate = self._authority.certificate(ca)
        # The delta first: it may bring a new full list with it.
        delta = _if_it_can(lambda: self._authority.delta_record(ca))
        full = _if_it_can(lambda: self._authority.crl_record(ca))
        return CaView(
            facts=ca,
            serial=f"{certificate.serial_number:X}",
            fingerprint=certificate.fingerprint(hashes.SHA256()).hex().upper(),
            key=key_text(certificate),
            purpose=purpose(ca),
            path=f"/authorities/{ca.file}",
            links=tuple(f"/AC%20{ca.world}/{name}.cer" for name in link_names(ca)),
            certificate_path=f"/AC%20{ca.world}/{ca.file}.cer",
            crl_path=f"/CRL/{ca.file}.crl",
            full=self._list(ca, full) if full else None,
            delta=self._list(ca, delta) if delta else None,
            base=delta.base if delta else None,
            responder_until=self._responder(ca),
        )

    def _list(self, ca: CaFacts, record: CrlRecord) -> ListView:
        entries = self._count(ca, record)
        return ListView(
            record.number, entries, len(record.der), record.this_update, record.next_update
        )

    def _count(self, ca: CaFacts, record: CrlRecord) -> int:
        """Count the entries of a list once: a large one takes a while."""
        key = (ca.common_name, hash(record.der))
        with self._lock:
            if key not in self._entries:
                if len(self._entries) > _MOST_COUNTED:
                    self._entries.clear()
                self._entries[key] = len(x509.load_der_x509_crl(record.der))
            return self._entries[key]

    def _responder(self, ca: CaFacts) -> dt.datetime | None:
        try:
            return self._authority.ocsp_signer(ca).certificate.not_valid_after_utc
        except (IssueError, StateError):
            return None


def _if_it_can[Made](make: Callable[[], Made]) -> Made | None:
    """Return what is made; none when the registry or a key fails now, which is logged there."""
    try:
        return make()
    except StateError:
        return None


_MOST_COUNTED = 200

_PURPOSES: Final = {
    (Range.FORT, Domain.PERSONNES): N_("certificates on the cards of health professionals"),
    (Range.STANDARD, Domain.PERSONNES): N_("certificates on the cards of staff"),
    (Range.ELEMENTAIRE, Domain.PERSONNES): N_("certificates of persons whose key is in software"),
    (Range.FORT, Domain.ORGANISATIONS): N_("certificates of organisations, the most careful range"),
    (Range.STANDARD, Domain.ORGANISATIONS): N_("certificates of organisations, the middle range"),
    (Range.ELEMENTAIRE, Domain.ORGANISATIONS): N_(
        "certificates of organisations: clients, seals, servers"
    ),
}


def purpose(ca: CaFacts) -> str:
    """Return what an authority issues, in the language in use."""
    if ca.domain is None:
        return gettext("certificates of the two authorities below")
    return gettext(_PURPOSES[ca.range, ca.domain])


def key_text(certificate: x509.Certificate) -> str:
    """Return kind and size of the key of a certificate, e.g. ``RSA 2048``."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    return key.curve.name if isinstance(key, ec.EllipticCurvePublicKey) else type(key).__name__
