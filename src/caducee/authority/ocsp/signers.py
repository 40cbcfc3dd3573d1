# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Delegated responder certificates (RFC 6960 4.2.2.2): one for each authority, short-lived.

The ANS publishes that the issuing CAs give certificates to a dedicated responder, not what stands
in them. Ours follow the other profiles, and hold what the standard asks for: the extended usage
OCSPSigning, and no-check, by which a client need not ask how it stands with the responder.
"""

import datetime as dt
import logging
import threading

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from caducee.authority.hierarchy import Hierarchy
from caducee.authority.keys import KeyKind, KeyStore, PublicKey, SignedKey
from caducee.authority.linting import Linter, sign_linted
from caducee.authority.names import ca_name
from caducee.authority.profiles import Extensions
from caducee.authority.records import AuthorityRecords
from caducee.base.errors import IssueError, StateError
from caducee.spec import igc, oids
from caducee.spec.igc import CaFacts

__all__ = ["OcspSigners"]

_log = logging.getLogger(__name__)


class OcspSigners:
    """Gives the key and certificate that sign the answers about one authority's certificates."""

    def __init__(
        self,
        store: KeyStore,
        hierarchy: Hierarchy,
        records: AuthorityRecords,
        linter: Linter | None = None,
    ) -> None:
        self._linter = linter
        self._store = store
        self._hierarchy = hierarchy
        self._records = records
        self._known: dict[str, SignedKey] = {}
        self._lock = threading.Lock()

    def signer(self, ca: CaFacts, now: dt.datetime) -> SignedKey:
        """Return what signs at a moment; it is made anew when its end comes near.

        Raises `IssueError` (``authority.beyond_ca``) outside the life of the authority.
        """
        found = self.known(ca, now)
        if found is not None:
            return found
        # Before the store is locked: making the authority locks it too.
        issuer = self._hierarchy.signer(ca)
        with self._lock, self._store.locked():
            found = self._load(ca)
            if found is None or not _serves(found, ca, now):
                found = self._made(ca, issuer, now, found)
            self._known[ca.file] = found
        return found

    def known(self, ca: CaFacts, now: dt.datetime) -> SignedKey | None:
        """Return what signs at a moment, if it is there and need not be made or read."""
        found = self._known.get(ca.file)
        return found if found is not None and _serves(found, ca, now) else None

    def _load(self, ca: CaFacts) -> SignedKey | None:
        """Return what is kept; none where its key was never in the token (as of 0.1.0)."""
        try:
            return self._store.load(_stem(ca))
        except StateError as error:
            if error.code != "authority.token_key_missing":
                raise
            return None

    def _made(
        self, ca: CaFacts, issuer: SignedKey, now: dt.datetime, before: SignedKey | None
    ) -> SignedKey:
        """Make a responder anew; the one before goes on until its end when that fails."""
        try:
            return self._make(ca, issuer, now)
        except StateError as error:
            if before is None or not _lives(before, now):
                raise
            _log.error("no new responder of %s can be made: %s", ca.common_name, error)
            return before

    def _make(self, ca: CaFacts, issuer: SignedKey, now: dt.datetime) -> SignedKey:
        start = now.replace(microsecond=0)
        end = min(start + igc.OCSP_RESPONDER_PERIOD, issuer.certificate.not_valid_after_utc)
        if not issuer.certificate.not_valid_before_utc <= start < end:
            until = f"{issuer.certificate.not_valid_after_utc:%Y-%m-%d}"
            raise IssueError("authority.beyond_ca", issuer=ca.common_name, until=until)
        key = self._store.responder_key(_stem(ca), KeyKind.of_responder(issuer.key))
        prefix, size = ca.own_serials
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(ca))
            .issuer_name(issuer.certificate.subject)
            .public_key(key.public_key())
            .serial_number(self._records.reserve_serials(ca.common_name, prefix, size, 1)[0])
            .not_valid_before(start)
            .not_valid_after(end)
        )
        for extension, critical in _extensions(key.public_key(), issuer.key_id):
            builder = builder.add_extension(extension, critical)
        made = SignedKey(key, sign_linted(builder, issuer.key, self._linter))
        self._records.record_issued(ca.common_name, made.certificate, use="ocsp")
        self._store.save(_stem(ca), made)
        return made


def _stem(ca: CaFacts) -> str:
    return f"OCSP-{ca.file}"


def _serves(key: SignedKey, ca: CaFacts, now: dt.datetime) -> bool:
    """Tell whether a responder may sign now and need not be renewed yet."""
    start, end = key.certificate.not_valid_before_utc, key.certificate.not_valid_after_utc
    renewed = end if end >= ca.not_after else end - igc.OCSP_RESPONDER_RENEWAL
    return start <= now < renewed


def _lives(key: SignedKey, now: dt.datetime) -> bool:
    return key.certificate.not_valid_before_utc <= now < key.certificate.not_valid_after_utc


def _name(ca: CaFacts) -> x509.Name:
    *above, _ = ca_name(ca).rdns
    name = igc.OCSP_RESPONDER_NAME.format(ca=ca.common_name)
    own = x509.NameAttribute(x509.ObjectIdentifier(oids.COMMON_NAME), name)
    return x509.Name([*above, x509.RelativeDistinguishedName([own])])


def _extensions(key: PublicKey, issuer_key: x509.SubjectKeyIdentifier) -> Extensions:
    usage = x509.KeyUsage(True, *(False for _ in range(8)))
    policy = x509.PolicyInformation(x509.ObjectIdentifier(igc.TEST_POLICY), [igc.CPS_POLICY_URI])
    return [
        (x509.BasicConstraints(ca=False, path_length=None), False),
        (x509.SubjectKeyIdentifier.from_public_key(key), False),
        (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key), False),
        (usage, True),
        (x509.CertificatePolicies([policy]), False),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False),
        (x509.OCSPNoCheck(), False),
    ]
