# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The hierarchies of IGC-Santé: names, dates, publication points and policies.

Three roots (ÉLÉMENTAIRE, STANDARD, FORT), each with two issuing CAs (PERSONNES, ORGANISATIONS).
Sources: the CA certificates and end-entity certificates of the ANS that are public in the test
resources of ansforge/PSC-POC, decoded; the production CA files of Cryptolib 5.2.2 for the shape
of what was not seen in TEST. Facts that are by analogy are marked so.

The TEST hierarchy has the names of the real one. A second hierarchy of the same shape, whose names
say SANDBOX, is ours: it takes the place of production, so that nothing of ours can be mistaken for
it.
"""

import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum, unique
from typing import Final, Self
from urllib.parse import quote

from caducee.spec import oids, ours

__all__ = [
    "ALL_CAS",
    "CA_KEY_BITS",
    "CA_PUBLIC_EXPONENT",
    "CA_SERIAL_PREFIX",
    "CA_SERIAL_SIZE",
    "CA_YEARS",
    "CPS_POLICY_URI",
    "CRL_EVERY",
    "CRL_PERIOD",
    "DELTA_EVERY",
    "DELTA_PERIOD",
    "ENTITY_KEY_BITS",
    "ENTITY_SERIAL_SIZE",
    "HTTP_BASE",
    "ISSUING",
    "LDAP_BASE",
    "LIST_KEPT",
    "OCSP_ANSWER_PERIOD",
    "OCSP_KEY_BITS",
    "OCSP_RESPONDER_NAME",
    "OCSP_RESPONDER_PERIOD",
    "OCSP_RESPONDER_RENEWAL",
    "OCSP_URL",
    "ORGANISATION_POLICIES",
    "ROOTS",
    "ROOT_CRL_EVERY",
    "ROOT_CRL_PERIOD",
    "ROOT_DELTA_EVERY",
    "ROOT_DELTA_PERIOD",
    "SANDBOX_CAS",
    "TEST_CAS",
    "TEST_POLICY",
    "UPN_DOMAIN",
    "CaFacts",
    "Domain",
    "OrganisationUse",
    "Range",
    "World",
    "by_name",
    "ca",
    "invented_prefix",
]


@unique
class Range(StrEnum):
    """The three assurance ranges; the value is the short form of the file names."""

    ELEMENTAIRE = "EL"
    """Keys in software."""

    STANDARD = "ST"
    """The one CPE certificate that was seen."""

    FORT = "FO"
    """Cards of health professionals (CPS)."""


@unique
class Domain(StrEnum):
    """Whom an issuing CA certifies; the value is the short form of the file names."""

    PERSONNES = "PP"
    ORGANISATIONS = "ORG"


@unique
class World(StrEnum):
    """Which hierarchy; the value stands in its names."""

    TEST = "TEST"
    """The twin of the real TEST hierarchy, for test cards (category 80)."""

    SANDBOX = "SANDBOX"
    """Ours, shaped as production, for cards of the real category (00)."""


@unique
class OrganisationUse(StrEnum):
    """What a certificate of an organisation is for; the value is the word of the ANS."""

    AUTH_CLI = "AUTH_CLI"
    """A client, to a server."""

    SIGN = "SIGN"
    """Signatures (seals) of the organisation."""

    SSL = "SSL"
    """A server, which may also be a client."""


CA_KEY_BITS: Final = 4096
CA_PUBLIC_EXPONENT: Final = 65537
ENTITY_KEY_BITS: Final = 2048
"""RSA keys of every end-entity certificate that was seen."""

CA_SERIAL_PREFIX: Final = bytes.fromhex("11 20")
"""CA serials are 18 bytes that begin so."""

CA_SERIAL_SIZE: Final = 18
ENTITY_SERIAL_SIZE: Final = 16
"""End-entity serials: the 8 bytes of `CaFacts.entity_serial_prefix`, then 8 bytes."""

_BORN: Final = dt.datetime(2013, 6, 25, tzinfo=dt.UTC)
_ROOT_ENDS: Final = dt.datetime(2033, 6, 25, tzinfo=dt.UTC)
_ISSUING_ENDS: Final = dt.datetime(2033, 6, 24, tzinfo=dt.UTC)

TEST_POLICY: Final = "1.2.250.1.213.1.7.2.1.1.1.1"
"""The policy of every TEST end-entity certificate that was seen, whatever range and use."""

ORGANISATION_POLICIES: Final = {
    OrganisationUse.SIGN: "1.2.250.1.213.1.7.1.1.2.3.1",
    OrganisationUse.AUTH_CLI: "1.2.250.1.213.1.7.1.1.2.4.1",
    OrganisationUse.SSL: "1.2.250.1.213.1.7.1.1.2.5.1",
}
"""Policies of production certificates of ELEMENTAIRE ORGANISATIONS (signature.rpps.fr and others).

Here the hierarchy marked SANDBOX uses them, which takes the place of production."""

CPS_POLICY_URI: Final = "http://igc-sante.esante.gouv.fr/PC%20TEST"
"""Certification practice statement, in the policies of CAs (anyPolicy) and end entities."""

OCSP_URL: Final = "http://ocsp.esante.gouv.fr"
"""The same responder for production and TEST."""

HTTP_BASE: Final = "http://igc-sante.esante.gouv.fr"
LDAP_BASE: Final = "ldap://annuaire-igc.esante.gouv.fr"

CRL_PERIOD: Final = dt.timedelta(days=6)
"""From thisUpdate to nextUpdate of an issuing CA's list (list of 27/06/2019)."""

CRL_EVERY: Final = dt.timedelta(days=1)
"""A new list of an issuing CA comes every day (number 1287 on 27/06/2019 [inferred]; ANS)."""

ROOT_CRL_PERIOD: Final = dt.timedelta(days=45)
"""From thisUpdate to nextUpdate of a root's list (list of 01/06/2019)."""

ROOT_CRL_EVERY: Final = dt.timedelta(days=30)
"""A new list of a root comes about every month (number 73 on 01/06/2019 [inferred])."""

_STATUS: Final = ours.table("status")
_OCSP: Final = ours.table("ocsp")

DELTA_EVERY: Final = dt.timedelta(minutes=_STATUS.integer("delta_every_minutes"))
"""A new delta list of an issuing CA comes so often (ours)."""

DELTA_PERIOD: Final = dt.timedelta(hours=_STATUS.integer("delta_hours"))
"""From thisUpdate to nextUpdate of an issuing CA's delta list (ours)."""

ROOT_DELTA_EVERY: Final = dt.timedelta(minutes=_STATUS.integer("root_delta_every_minutes"))
"""A new delta list of a root comes so often (ours)."""

ROOT_DELTA_PERIOD: Final = dt.timedelta(hours=_STATUS.integer("root_delta_hours"))
"""From thisUpdate to nextUpdate of a root's delta list (ours)."""

LIST_KEPT: Final = dt.timedelta(minutes=_STATUS.integer("list_kept_minutes"))
"""How long caches may keep a complete list before they ask again (ours)."""

OCSP_RESPONDER_NAME: Final = _OCSP.text("responder_name")
"""CN of such a certificate; ``{ca}`` stands for the CN of its issuer (ours)."""

OCSP_RESPONDER_PERIOD: Final = dt.timedelta(_OCSP.integer("responder_days"))
"""Validity of a certificate of the OCSP responder (ours)."""

OCSP_RESPONDER_RENEWAL: Final = dt.timedelta(_OCSP.integer("responder_renewed_days"))
"""How long before the end of one such certificate the next one is made (ours)."""

OCSP_KEY_BITS: Final = _OCSP.integer("responder_bits")
"""Size of the RSA keys of the responder (ours)."""

OCSP_ANSWER_PERIOD: Final = dt.timedelta(hours=_OCSP.integer("answer_hours"))
"""From thisUpdate to nextUpdate of an OCSP answer (ours)."""

_GENERATION: Final = ours.table("rollover").text("file_mark")

CA_YEARS: Final = 20
"""How long an authority lives (25 June 2013 to 2033)."""

UPN_DOMAIN: Final = "carte-cps.fr"
"""Domain of the name for Windows logon in authentication certificates."""

_ORGANISATION: Final = "ASIP-SANTE"
_SIREN: Final = "0002 187512751"
"""ISO 6523 scheme 0002 (SIREN) and the SIREN of the ANS; its rename left the DN as it was."""

_UNIT: Final = "IGC-SANTE"


@dataclass(frozen=True, slots=True)
class CaFacts:
    """One certification authority."""

    world: World
    range: Range
    domain: Domain | None
    """``None`` for a root."""

    common_name: str
    issuer_name: str
    """CN of its issuer; its own for a root."""

    file: str
    """Stem of its files, e.g. ``ACI-FO-PP-TEST``."""

    not_before: dt.datetime
    not_after: dt.datetime
    path_length: int | None
    """pathLenConstraint; ``None``: not present (roots)."""

    entity_serial_prefix: bytes | None
    """First 8 bytes of the serials it gives; ``None``: none was seen."""

    real_serial: str | None
    """Serial of the real CA, hex, when known: for recognising it, not for reuse."""

    real_key_id: str | None
    """SubjectKeyIdentifier of the real CA, hex, when known: ours have keys of their own."""

    generation: int = 1
    """Which key of the authority: 1 for the one known, 2 after its first renewal (`renewed`)."""

    @property
    def is_root(self) -> bool:
        """Whether this is one of the three roots."""
        return self.domain is None

    @property
    def key_name(self) -> str:
        """Name of its key, e.g. in a PKCS#11 token: the CN, and the generation beyond the first."""
        return self.common_name if self.generation == 1 else f"{self.common_name} {self._mark}"

    @property
    def serial_prefix(self) -> bytes:
        """Start of the serials that it gives to holders: as seen, else ours."""
        return self.entity_serial_prefix or invented_prefix(self)

    def renewed(self, generation: int, not_before: dt.datetime, not_after: dt.datetime) -> Self:
        """Return the same authority with another key: same name, file and serials of its own.

        The real hierarchy was never seen to renew a key; only one of its issuing CAs was seen to
        change the start of its serials. How the files of a further generation are called is ours.
        """
        made = replace(
            self,
            generation=generation,
            not_before=not_before,
            not_after=not_after,
            entity_serial_prefix=None,
            real_serial=None,
            real_key_id=None,
        )
        stem = self.file.removesuffix(f"-{self.world}")
        if self.generation > 1:
            stem = stem.removesuffix(f"-{self._mark}")
        mark = f"-{made._mark}" if generation > 1 else ""
        return replace(made, file=f"{stem}{mark}-{self.world}")

    @property
    def _mark(self) -> str:
        return _GENERATION.format(generation=self.generation)

    @property
    def own_serials(self) -> tuple[bytes, int]:
        """Start and length of the serials that it gives to certificates of the hierarchy itself.

        A root numbers as the authorities are numbered; an issuing CA as it does for everybody.
        """
        if self.is_root:
            return CA_SERIAL_PREFIX, CA_SERIAL_SIZE
        return self.serial_prefix, ENTITY_SERIAL_SIZE

    @property
    def subject(self) -> tuple[tuple[str, str], ...]:
        """Subject as (OID, value), in encoding order; C is a PrintableString, the rest UTF-8."""
        return (
            (oids.COUNTRY, "FR"),
            (oids.ORGANIZATION, _ORGANISATION),
            (oids.ORGANIZATIONAL_UNIT, _SIREN),
            (oids.ORGANIZATIONAL_UNIT, f"{_UNIT} {self.world}"),
            (oids.COMMON_NAME, self.common_name),
        )

    @property
    def certificate_url(self) -> str:
        """Where its certificate is published (DER)."""
        return f"{HTTP_BASE}/AC%20{self.world}/{self.file}.cer"

    @property
    def crl_url(self) -> str:
        """Where its CRL is published (DER)."""
        return f"{HTTP_BASE}/CRL/{self.file}.crl"

    @property
    def directory_name(self) -> str:
        """DN of its directory entry: an issuing CA stands one level below its root's name."""
        unit = f"{_UNIT} {self.world}"
        if self.is_root:
            return f"CN={self.common_name},OU={unit},OU={_SIREN},O={_ORGANISATION},C=FR"
        return (
            f"cn={self.common_name},ou={self.issuer_name},"
            f"ou={unit},ou={_SIREN},o={_ORGANISATION},c=FR"
        )

    @property
    def crl_ldap_url(self) -> str:
        """LDAP distribution point of its CRL, spelled as in the certificates that it issued."""
        return self._ldap_url("certificaterevocationlist")

    @property
    def delta_ldap_url(self) -> str:
        """LDAP distribution point of its delta CRL (freshestCRL)."""
        return self._ldap_url("deltarevocationlist")

    def _ldap_url(self, attribute: str) -> str:
        # The certificates of CAs and of end entities spell the filter differently [seen].
        condition = "objectclass=pkiCa" if self.is_root else "objectClass=pkiCA"
        name = quote(self.directory_name, safe="=,")
        return f"{LDAP_BASE}/{name}?{attribute};binary?base?{condition}"


@dataclass(frozen=True, slots=True)
class _Known:
    """What was seen of a CA, apart from the rules that hold for all."""

    serial: str | None = None
    key_id: str | None = None
    prefix: str | None = None


_SEEN: Final = {
    (Range.ELEMENTAIRE, None): _Known(
        serial="11206D0AA0C998CC405E0A25D999F48E3A1E",
        key_id="9CAD86BBA6AACAC5613A04B047FDDC3BCD3D57F4",
    ),
    (Range.STANDARD, None): _Known(
        serial="112077B9DF56CB8DFAC1CC0CFEB825F977E4",
        key_id="C41AEC439CF5ED1AC81AAC4E48A3593A873F92A0",
    ),
    (Range.ELEMENTAIRE, Domain.ORGANISATIONS): _Known(
        serial="112061F3C6E84FC2EFB18BF5258E1DEB4EC6",
        key_id="212E847D3B1EF512DE51A2215CAE93A8EF5BE3F5",
        prefix="1D5DE25E3DC14BDE",
    ),
    (Range.ELEMENTAIRE, Domain.PERSONNES): _Known(
        serial="11200A12C09E9DFF2D47D65829DDBC09CA9F",
        key_id="D08E536A76167779DA3AB67E20486C50C40A5BFE",
        prefix="781C73FA2A67BB14",
    ),
    (Range.STANDARD, Domain.PERSONNES): _Known(
        serial="11203579C934ADA5D286118F488637881C59",
        key_id="F8A1858903DA52FFD336BE03D8A8D96109363D92",
        prefix="6BC2874B9334BED1",
    ),
    (Range.FORT, Domain.PERSONNES): _Known(
        key_id="3AF1E7F5CEEBEDF78DC9C9B29FEDD46529DC1FFD",
        prefix="63DAFFCFC8034BDC",
    ),
}


def _facts(world: World, of: Range, domain: Domain | None) -> CaFacts:
    seen = _SEEN.get((of, domain), _Known()) if world is World.TEST else _Known()
    root = domain is None
    root_name = f"{world} AC RACINE IGC-SANTE {of.name}"
    return CaFacts(
        world=world,
        range=of,
        domain=domain,
        common_name=f"{world} AC IGC-SANTE {of.name} {domain.name}" if domain else root_name,
        issuer_name=root_name,
        file=f"ACR-{of}-{world}" if root else f"ACI-{of}-{domain}-{world}",
        not_before=_BORN,
        not_after=_ROOT_ENDS if root else _ISSUING_ENDS,
        path_length=None if root else 0,
        entity_serial_prefix=bytes.fromhex(seen.prefix) if seen.prefix else None,
        real_serial=seen.serial,
        real_key_id=seen.key_id,
    )


ROOTS: Final = tuple(_facts(World.TEST, member, None) for member in Range)
"""The three roots of the TEST hierarchy."""

ISSUING: Final = tuple(_facts(World.TEST, member, domain) for member in Range for domain in Domain)
"""The six issuing CAs of the TEST hierarchy."""

TEST_CAS: Final = ROOTS + ISSUING

SANDBOX_CAS: Final = tuple(_facts(World.SANDBOX, item.range, item.domain) for item in TEST_CAS)
"""The hierarchy of ours, roots first."""

ALL_CAS: Final = TEST_CAS + SANDBOX_CAS


def ca(of: Range, domain: Domain | None = None, world: World = World.TEST) -> CaFacts:
    """Return the issuing CA of a range and domain; without a domain, the root of the range."""
    wanted = (world, of, domain)
    return next(item for item in ALL_CAS if (item.world, item.range, item.domain) == wanted)


def invented_prefix(ca: CaFacts) -> bytes:
    """Return the first half of the serials of a CA of which no certificate is known.

    It is taken from its name, so that it stays the same; like the known ones it begins with a
    byte from 40 to 7F.
    """
    digest = hashlib.sha256(ca.key_name.encode()).digest()
    return bytes([0x40 | digest[0] & 0x3F]) + digest[1:8]


def by_name(common_name: str) -> CaFacts | None:
    """Return the CA of that common name, ``None`` when it is none of the hierarchies."""
    return next((item for item in ALL_CAS if item.common_name == common_name), None)
