# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The authority: certificates of holders, revocation, and lists, under hierarchies of ours."""

import calendar
import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from caducee.authority.hierarchy import Hierarchy
from caducee.authority.keys import FreshKeys, KeyFolder, KeySource, KeyStore, SignedKey
from caducee.authority.lists import RevocationLists
from caducee.authority.names import ca_name
from caducee.authority.ocsp.signers import OcspSigners
from caducee.authority.profiles import Request, extensions_of
from caducee.authority.records import CrlRecord, DeltaRecord, RecordBook
from caducee.base.clock import Clock
from caducee.base.errors import IssueError
from caducee.base.secret import Secret
from caducee.spec import igc
from caducee.spec.cards import CARD_YEARS
from caducee.spec.igc import CaFacts

__all__ = ["Authority", "years_later"]


class Authority:
    """The CAs of the TEST and SANDBOX hierarchies, with keys of ours, in a folder.

    An authority is made when it is first needed. ``keys`` gives the keys of new ones (default:
    fresh RSA 4096); ``store`` keeps the authorities elsewhere than in files of the folder (a
    PKCS#11 token: `caducee.authority.token.TokenKeys`); ``passphrase`` protects the key files
    (default: a random one kept beside them, 0600). Several processes may use the same folder and
    records at once; one object may be used by several threads.
    """

    def __init__(
        self,
        folder: Path,
        records: RecordBook,
        clock: Clock,
        *,
        keys: KeySource | None = None,
        store: KeyStore | None = None,
        passphrase: Secret | None = None,
    ) -> None:
        self._records = records
        self._clock = clock
        files = KeyFolder(folder, passphrase)
        self._hierarchy = Hierarchy(store or files, records, keys or FreshKeys())
        self._ocsp = OcspSigners(files, self._hierarchy, records)
        self._lists = RevocationLists(self._hierarchy, records, clock)

    def now(self) -> dt.datetime:
        """Return the authority's time."""
        return self._clock.now()

    # The authorities

    def certificate(self, ca: CaFacts) -> x509.Certificate:
        """Return the certificate of an authority (made if need be)."""
        return self._hierarchy.signer(ca).certificate

    def chain(self, ca: CaFacts) -> tuple[x509.Certificate, ...]:
        """Return the certificates from an authority up to its root."""
        own = self.certificate(ca)
        return (own,) if ca.is_root else (own, self.certificate(igc.ca(ca.range, world=ca.world)))

    def anchors(self, *ranges: igc.Range) -> tuple[x509.Certificate, ...]:
        """Return the TEST roots of some ranges (made if need be); without any, all that exist."""
        if ranges:
            return tuple(self.certificate(igc.ca(one)) for one in ranges)
        return self._existing(one for one in igc.ALL_CAS if one.is_root)

    def intermediates(self) -> tuple[x509.Certificate, ...]:
        """Return the certificates of the issuing CAs that exist."""
        return self._existing(one for one in igc.ALL_CAS if not one.is_root)

    def existing(self) -> tuple[CaFacts, ...]:
        """Return the authorities that were made already, TEST before SANDBOX, roots first."""
        return tuple(one for one in igc.ALL_CAS if self._hierarchy.existing(one))

    # Certificates

    def reserve(self, ca: CaFacts, count: int) -> Sequence[int]:
        """Return serial numbers for certificates of an issuing CA, each given once for ever."""
        prefix = ca.entity_serial_prefix or igc.invented_prefix(ca)
        return self._records.reserve_serials(ca.common_name, prefix, igc.ENTITY_SERIAL_SIZE, count)

    def sign(self, request: Request, serial: int) -> x509.Certificate:
        """Return a certificate of a holder or card under a reserved serial; nothing is recorded.

        It is valid for three years from ``not_before`` (default: now). Raises `IssueError`
        (``authority.beyond_ca``) when the issuing CA does not live that long.
        """
        ca = request.issuer
        signer = self._hierarchy.signer(ca)
        start = (request.not_before or self._clock.now()).astimezone(dt.UTC).replace(microsecond=0)
        validity = (start, years_later(start, CARD_YEARS))
        if validity[0] < ca.not_before or validity[1] > ca.not_after:
            raise IssueError(
                "authority.beyond_ca", issuer=ca.common_name, until=f"{ca.not_after:%Y-%m-%d}"
            )
        builder = x509.CertificateBuilder(
            issuer_name=ca_name(ca),
            subject_name=request.subject.to_x509(),
            public_key=request.public_key,
            serial_number=serial,
            not_valid_before=validity[0].replace(tzinfo=None),
            not_valid_after=validity[1].replace(tzinfo=None),
        )
        for extension, critical in extensions_of(request, signer.key_id, validity):
            builder = builder.add_extension(extension, critical)
        return builder.sign(signer.key, hashes.SHA256())

    def record(self, request: Request, certificate: x509.Certificate) -> None:
        """Keep a signed certificate in the records, with its card and use."""
        self._records.record_issued(
            request.issuer.common_name,
            certificate,
            card_number=request.card_number,
            use=request.use.value,
        )

    def issue(self, request: Request) -> x509.Certificate:
        """Reserve a serial, sign and record one certificate; its card, if any, must be known."""
        serial = self.reserve(request.issuer, 1)[0]
        certificate = self.sign(request, serial)
        self.record(request, certificate)
        return certificate

    def redated(self, certificate: x509.Certificate, not_before: dt.datetime) -> x509.Certificate:
        """Return a certificate of a card again, under another serial, valid from another moment.

        Name, key, extensions and length of validity stay. It is not recorded: for cards that are
        wrong on purpose. Raises `IssueError` (``authority.ca_unknown``, ``authority.beyond_ca``).
        """
        ca = _issuer_of(certificate)
        length = certificate.not_valid_after_utc - certificate.not_valid_before_utc
        start = not_before.astimezone(dt.UTC).replace(microsecond=0)
        end = start + length
        if start < ca.not_before or end > ca.not_after:
            raise IssueError(
                "authority.beyond_ca", issuer=ca.common_name, until=f"{ca.not_after:%Y-%m-%d}"
            )
        builder = x509.CertificateBuilder(
            issuer_name=certificate.issuer,
            subject_name=certificate.subject,
            public_key=certificate.public_key(),
            serial_number=self.reserve(ca, 1)[0],
            not_valid_before=start.replace(tzinfo=None),
            not_valid_after=end.replace(tzinfo=None),
        )
        for one in certificate.extensions:
            value = one.value
            if isinstance(value, x509.PrivateKeyUsagePeriod):
                value = x509.PrivateKeyUsagePeriod(
                    start.replace(tzinfo=None), end.replace(tzinfo=None)
                )
            builder = builder.add_extension(value, one.critical)
        return builder.sign(self._hierarchy.signer(ca).key, hashes.SHA256())

    def renew(
        self,
        certificate: x509.Certificate,
        *,
        card_number: str | None = None,
        use: str | None = None,
    ) -> x509.Certificate:
        """Issue a certificate again for the same name and key, valid as long, from now; recorded.

        The old one stays valid until its end. Raises `IssueError`: ``authority.ca_unknown``,
        ``authority.certificate_unknown``, ``authority.certificate_revoked``,
        ``authority.beyond_ca``.
        """
        ca = _issuer_of(certificate)
        found = self._records.status(ca.common_name, certificate.serial_number)
        if found is None or found.revoked_at is not None:
            code = "certificate_unknown" if found is None else "certificate_revoked"
            serial = f"{certificate.serial_number:X}"
            raise IssueError(f"authority.{code}", issuer=ca.common_name, serial=serial)
        made = self.redated(certificate, self._clock.now())
        self._records.record_issued(ca.common_name, made, card_number=card_number, use=use)
        return made

    # Revocation

    def revoke(
        self,
        ca: CaFacts,
        serial: int,
        reason: x509.ReasonFlags = x509.ReasonFlags.unspecified,
    ) -> bool:
        """Revoke a certificate of an authority; false when it was revoked before.

        Raises `IssueError` (``authority.certificate_unknown``).
        """
        return self._records.revoke(ca.common_name, serial, self._clock.now(), reason)

    def crl(self, ca: CaFacts) -> bytes:
        """Return the list of an authority that holds now, DER.

        It is the newest one; a new one is made when there is none, or when the next is due (every
        day; for a root, every month). What was revoked since stands in the next list: `new_crl`.
        """
        return self._lists.full(ca).der

    def new_crl(self, ca: CaFacts) -> bytes:
        """Make, record and return a new list of an authority, DER; its number grows."""
        return self._lists.new_full(ca).der

    def delta_crl(self, ca: CaFacts) -> bytes:
        """Return the delta list of an authority that holds now, DER (RFC 5280 5.2.4).

        It holds what was revoked since the full list that holds now. A new one is made when there
        is none, when the full list is another, or when the next is due (ours: every hour; for a
        root, every day). Full and delta lists share one sequence of numbers.
        """
        return self._lists.delta(ca).der

    def new_delta_crl(self, ca: CaFacts) -> bytes:
        """Make, record and return a new delta list of an authority, DER."""
        return self._lists.new_delta(ca).der

    def crl_record(self, ca: CaFacts) -> CrlRecord:
        """Return what `crl` returns, with its number and dates."""
        return self._lists.full(ca)

    def delta_record(self, ca: CaFacts) -> DeltaRecord:
        """Return what `delta_crl` returns, with its numbers and dates."""
        return self._lists.delta(ca)

    def crls(self) -> tuple[bytes, ...]:
        """Return the lists that hold now, of all authorities that exist."""
        return tuple(self.crl(one) for one in self.existing())

    def ocsp_signer(self, ca: CaFacts) -> SignedKey:
        """Return what signs OCSP answers about the certificates of an authority now.

        Raises `IssueError` (``authority.beyond_ca``) outside the life of the authority.
        """
        return self._ocsp.signer(ca, self._clock.now())

    def _existing(self, cas: Iterable[CaFacts]) -> tuple[x509.Certificate, ...]:
        found = (self._hierarchy.existing(one) for one in cas)
        return tuple(one.certificate for one in found if one is not None)


def _issuer_of(certificate: x509.Certificate) -> CaFacts:
    names = certificate.issuer.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    name = str(names[0].value) if names else ""
    found = igc.by_name(name)
    if found is None:
        raise IssueError("authority.ca_unknown", name=name)
    return found


def years_later(moment: dt.datetime, years: int) -> dt.datetime:
    """Return the same moment some years later; 29 February becomes 28 when it must.

    Beyond the year 9999 it is the last moment there is.
    """
    year = moment.year + years
    if year > dt.MAXYEAR:
        return dt.datetime.max.replace(microsecond=0, tzinfo=moment.tzinfo)
    last = calendar.monthrange(year, moment.month)[1]
    return moment.replace(year=year, day=min(moment.day, last))
