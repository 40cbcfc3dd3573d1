# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The authority: certificates of holders, revocation, and lists, under hierarchies of ours."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509

from caducee.authority.hierarchy import Hierarchy
from caducee.authority.keys import (
    FreshKeys,
    KeyFolder,
    KeySource,
    KeyStore,
    SignedKey,
)
from caducee.authority.linting import Linter, sign_linted
from caducee.authority.lists import RevocationLists
from caducee.authority.names import ca_name
from caducee.authority.ocsp.signers import OcspSigners
from caducee.authority.profiles import Extensions, extensions_of, published_by
from caducee.authority.records import AuthorityRecords, CrlRecord, DeltaRecord
from caducee.authority.requests import Request
from caducee.base.clock import Clock
from caducee.base.dates import years_later
from caducee.base.errors import IssueError
from caducee.base.secret import Secret
from caducee.spec import igc
from caducee.spec.cards import CARD_YEARS
from caducee.spec.igc import CaFacts

__all__ = ["Authority"]


class Authority:
    """The CAs of the TEST and SANDBOX hierarchies, with keys of ours, in a folder.

    An authority is made when it is first needed. `renew_key` gives it another key: then two
    generations exist, of one name. Where a `CaFacts` names an authority, the methods about
    certificates of holders take the generation that fits; those about the authority's own
    certificate and lists mean the very generation. ``keys`` gives the keys of new ones (default:
    fresh RSA 4096); ``store`` keeps them and responders elsewhere than in files of the folder (a
    PKCS#11 token: `caducee.authority.token.TokenKeys`); ``passphrase`` protects the key files
    (default: a random one kept beside them, 0600); ``linter`` judges each certificate before it is
    signed (`caducee.authority.linting`). Several processes may use the same folder and
    records at once; one object may be used by several threads.
    """

    def __init__(  # noqa: PLR0913 (what an authority is made of)
        self,
        folder: Path,
        records: AuthorityRecords,
        clock: Clock,
        *,
        keys: KeySource | None = None,
        store: KeyStore | None = None,
        passphrase: Secret | None = None,
        linter: Linter | None = None,
    ) -> None:
        self._records = records
        self._linter = linter
        self._clock = clock
        store = store or KeyFolder(folder, passphrase)
        self._hierarchy = Hierarchy(store, records, keys or FreshKeys(), linter)
        self._ocsp = OcspSigners(store, self._hierarchy, records, linter)
        self._lists = RevocationLists(self._hierarchy, records, clock)

    def now(self) -> dt.datetime:
        """Return the authority's time."""
        return self._clock.now()

    # The authorities

    def certificate(self, ca: CaFacts) -> x509.Certificate:
        """Return the certificate of an authority (made if need be)."""
        return self._hierarchy.signer(ca).certificate

    def chain(self, ca: CaFacts) -> tuple[x509.Certificate, ...]:
        """Return the certificates from an authority up to its root, without links."""
        own = self.certificate(ca)
        return (own,) if ca.is_root else (own, *self.chain_of(own))

    def chain_of(self, certificate: x509.Certificate) -> tuple[x509.Certificate, ...]:
        """Return the certificates above one that was issued here, up to its root, without links.

        Raises `IssueError` (``authority.ca_unknown``).
        """
        issuer = _issuer_of(certificate)
        wanted = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
        for generation in self._hierarchy.generations(issuer):
            if _key_id(self.certificate(generation)) == wanted.key_identifier:
                return self.chain(generation)
        raise IssueError("authority.ca_unknown", name=issuer.common_name)

    def anchors(self, *ranges: igc.Range) -> tuple[x509.Certificate, ...]:
        """Return the TEST roots of some ranges (made if need be); without any, all that exist.

        All generations of a root are anchors, oldest first.
        """
        wanted = [igc.ca(entry) for entry in ranges]
        for item in wanted:
            self.certificate(item)
        return tuple(
            self.certificate(made)
            for entry in wanted or igc.ALL_CAS
            if entry.is_root
            for made in self._hierarchy.generations(entry)
        )

    def intermediates(self) -> tuple[x509.Certificate, ...]:
        """Return the certificates of the issuing CAs that exist, and all links between keys."""
        found = [self.certificate(item) for item in self.existing() if not item.is_root]
        return (*found, *(link for item in self.existing() for link in self.links(item)))

    def existing(self) -> tuple[CaFacts, ...]:
        """Return the authorities that were made already, TEST before SANDBOX, roots first.

        Of an authority whose key was renewed every generation is there, oldest first.
        """
        return tuple(made for item in igc.ALL_CAS for made in self._hierarchy.generations(item))

    # Renewal of keys

    def renew_key(self, ca: CaFacts, keys: KeySource | None = None) -> CaFacts:
        """Give an authority another key from now on, and return the new generation.

        The old key signs no more certificates, but goes on with its lists until its last
        certificate has ended. ``keys``: from where the new key comes (default: as the others).
        Raises `IssueError` (``authority.beyond_ca``) when the root does not live any longer.
        """
        return self._hierarchy.renew(ca, self._clock.now(), keys)

    def current(self, ca: CaFacts) -> CaFacts:
        """Return the newest generation of an authority (made if need be)."""
        return self._hierarchy.current(ca)

    def generations(self, ca: CaFacts) -> tuple[CaFacts, ...]:
        """Return the generations of an authority that exist, oldest first."""
        return self._hierarchy.generations(ca)

    def links(self, ca: CaFacts) -> tuple[x509.Certificate, ...]:
        """Return the links of a generation with the one before it; none of a first generation.

        They are the old key certified with the new one, and the new key certified with the old
        one (RFC 4210 4.4).
        """
        return self._hierarchy.signer(ca).links

    def generation_of(self, certificate: x509.Certificate) -> CaFacts | None:
        """Return the generation whose key a certificate of an authority has, or none."""
        names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        ca = igc.by_name(str(names[0].value)) if names else None
        key = certificate.public_key()
        made = self._hierarchy.generations(ca) if ca else ()
        return next((item for item in made if self.certificate(item).public_key() == key), None)

    # Certificates

    def reserve(self, ca: CaFacts, count: int) -> Sequence[int]:
        """Return serial numbers for certificates of an issuing CA, each given once for ever."""
        prefix = self._hierarchy.current(ca).serial_prefix
        return self._records.reserve_serials(ca.common_name, prefix, igc.ENTITY_SERIAL_SIZE, count)

    def sign(self, request: Request, serial: int) -> x509.Certificate:
        """Return a certificate of a holder or card under a reserved serial; nothing is recorded.

        It is valid for three years from ``not_before`` (default: now). Raises `IssueError`
        (``authority.beyond_ca``) when the issuing CA does not live that long.
        """
        start = (request.not_before or self._clock.now()).astimezone(dt.UTC).replace(microsecond=0)
        validity = (start, years_later(start, CARD_YEARS))
        ca = self._hierarchy.covering(request.issuer, validity)
        signer = self._hierarchy.signer(ca)
        builder = x509.CertificateBuilder(
            issuer_name=ca_name(ca),
            subject_name=request.subject.to_x509(),
            public_key=request.public_key,
            serial_number=serial,
            not_valid_before=validity[0].replace(tzinfo=None),
            not_valid_after=validity[1].replace(tzinfo=None),
        )
        for extension, critical in extensions_of(request, ca, signer.key_id, validity):
            builder = builder.add_extension(extension, critical)
        return sign_linted(builder, signer.key, self._linter)

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
        """Return a certificate of a holder again, under another serial, valid from another moment.

        Name, key and length of validity stay, and the extensions but those that tell of the
        issuer's key, which may be another now. It is not recorded: for cards that are wrong on
        purpose. Raises `IssueError` (``authority.ca_unknown``, ``authority.beyond_ca``).
        """
        length = certificate.not_valid_after_utc - certificate.not_valid_before_utc
        start = not_before.astimezone(dt.UTC).replace(microsecond=0)
        end = start + length
        ca = self._hierarchy.covering(_issuer_of(certificate), (start, end))
        signer = self._hierarchy.signer(ca)
        builder = x509.CertificateBuilder(
            issuer_name=certificate.issuer,
            subject_name=certificate.subject,
            public_key=certificate.public_key(),
            serial_number=self.reserve(ca, 1)[0],
            not_valid_before=start.replace(tzinfo=None),
            not_valid_after=end.replace(tzinfo=None),
        )
        fresh = {type(item): item for item, _ in _dependent(ca, signer, (start, end))}
        for extension in certificate.extensions:
            value = fresh.get(type(extension.value), extension.value)
            builder = builder.add_extension(value, extension.critical)
        return sign_linted(builder, signer.key, self._linter)

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

    def publishes(self, ca: CaFacts) -> bool:
        """Tell whether a generation still makes new lists (see `renew_key`)."""
        return not self._lists.is_retired(ca)

    def publish(self, ca: CaFacts) -> tuple[bytes, ...]:
        """Make, record and return new lists of an authority, one of each key that publishes."""
        made = self._hierarchy.generations(ca) or (ca,)
        return tuple(self.new_crl(item) for item in made if self.publishes(item))

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
        return tuple(self.crl(item) for item in self.existing())

    def ocsp_signer(self, ca: CaFacts, now: dt.datetime | None = None) -> SignedKey:
        """Return what signs OCSP answers about the certificates of an authority at a moment.

        Raises `IssueError` (``authority.beyond_ca``) outside the life of the authority.
        """
        return self._ocsp.signer(ca, now or self._clock.now())

    def known_ocsp_signer(self, ca: CaFacts, now: dt.datetime) -> SignedKey | None:
        """Return the same if it is there and need not be made or read."""
        return self._ocsp.known(ca, now)


def _dependent(
    ca: CaFacts, signer: SignedKey, validity: tuple[dt.datetime, dt.datetime]
) -> Extensions:
    """Return the extensions that depend on who signs, and when."""
    aki = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(signer.key_id)
    period = x509.PrivateKeyUsagePeriod(*(item.replace(tzinfo=None) for item in validity))
    return [(aki, False), (period, False), *published_by(ca)]


def _key_id(certificate: x509.Certificate) -> bytes:
    found = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return found.value.digest


def _issuer_of(certificate: x509.Certificate) -> CaFacts:
    names = certificate.issuer.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    name = str(names[0].value) if names else ""
    found = igc.by_name(name)
    if found is None:
        raise IssueError("authority.ca_unknown", name=name)
    return found
