# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The world of IGC-CPS2ter: RSA and SHA-1, two keys under one name, lists in the older directory.

The authorities have the real names and serials, keys of ours, and are reached at the addresses
that their certificates write, served by our LDAP server.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from caducee.base.clock import FixedClock
from caducee.base.errors import TrustError
from caducee.codec.ldap.names import Dn
from caducee.codec.ldap.operations import Attribute
from caducee.codec.tlv import Tlv
from caducee.directory.ldap.entries import LdapEntry
from caducee.directory.ldap.server import LdapServer, running
from caducee.directory.ldap.tree import Tree
from caducee.spec import igc_cps2ter, oids
from caducee.spec.igc_cps2ter import Cps2terAuthority
from caducee.spec.nomenclatures import CardFamily
from caducee.testing import pki
from caducee.testing.pki import Extension, usage
from caducee.trust import CardCertificate, CertificatePurpose, CertificateUse, PathResult, validate
from caducee.trust.fetch import FetchedLists, Fetcher, FetchSchedule, NetworkTransport
from caducee.trust.revocation import CrlSource
from caducee.trust.strength import CPS2TER, SAFE, Strength

AT = dt.datetime(2014, 6, 2, 12, tzinfo=dt.UTC)
SHA256, SHA1 = (bytes.fromhex(f"06092A864886F70D0101{item}") for item in ("0B", "05"))
ROOT, CLASS = (item for item in igc_cps2ter.TEST if item.unit == "TEST PROFESSIONNEL")
REVOKED = 0x4C9718


def private(name: str) -> rsa.RSAPrivateKey:
    key = pki.key(name)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def sha1(tbs: bytes, key: rsa.RSAPrivateKey) -> bytes:
    """Sign what was made for SHA-256 with SHA-1, as was done then; no builder does any more."""
    tbs = tbs.replace(SHA256, SHA1)
    signature = Tlv(0x03, b"\0" + key.sign(tbs, padding.PKCS1v15(), hashes.SHA1()))
    algorithm = Tlv(0x30, SHA1 + b"\x05\0")
    return Tlv(0x30, tbs + algorithm.to_bytes() + signature.to_bytes()).to_bytes()


def name(pairs: tuple[tuple[str, str], ...]) -> x509.Name:
    return x509.Name([x509.NameAttribute(ObjectIdentifier(oid), text) for oid, text in pairs])


def points(authority: Cps2terAuthority) -> list[Extension]:
    def named(*urls: str) -> list[x509.DistributionPoint]:
        uris = [x509.UniformResourceIdentifier(url) for url in urls]
        return [x509.DistributionPoint([item], None, None, None) for item in uris]

    return [
        (x509.CRLDistributionPoints(named(authority.crl_url, authority.crl_ldap_url)), False),
        (x509.FreshestCRL(named(authority.delta_ldap_url)), False),
    ]


def issue(
    subject: x509.Name,
    key: str,
    issuer: Cps2terAuthority,
    signer: str,
    serial: int,
    extensions: list[Extension],
    *,
    ends: dt.datetime = igc_cps2ter.ENDS,
    starts: dt.datetime = igc_cps2ter.BEGINS,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(name(issuer.subject))
        .public_key(private(key).public_key())
        .serial_number(serial)
        .not_valid_before(starts)
        .not_valid_after(ends)
    )
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(private(signer).public_key())
    own = x509.SubjectKeyIdentifier.from_public_key(private(key).public_key())
    for value, critical in ((own, False), (above, False), *extensions):
        builder = builder.add_extension(value, critical)
    made = builder.sign(private(signer), hashes.SHA256())
    return x509.load_der_x509_certificate(sha1(made.tbs_certificate_bytes, private(signer)))


def pair(
    authority: Cps2terAuthority, issuer: Cps2terAuthority
) -> tuple[x509.Certificate, x509.Certificate]:
    """Return the certificates of the two keys of an authority: for certificates, for lists."""
    limits = x509.BasicConstraints(ca=True, path_length=authority.path_length)
    found = []
    for place, bit in enumerate(("key_cert_sign", "crl_sign")):
        key = f"rsa2048 {authority.subject} {bit}"
        signer = key if authority.is_root else f"rsa2048 {issuer.subject} key_cert_sign"
        more: list[Extension] = [(limits, True), (usage(bit), True), *points(issuer)]
        serial = int(authority.serials[place], 16)
        found.append(issue(name(authority.subject), key, issuer, signer, serial, more))
    return found[0], found[1]


def holder(serial: int) -> x509.Certificate:
    """Return an authentication certificate of a card of 2013, the profession in Latin-1."""
    subject = x509.Name(
        [
            *name((*ROOT.subject[:2], (oids.ORGANIZATIONAL_UNIT, "M--decin"))),
            *(
                x509.NameAttribute(ObjectIdentifier(oid), text)
                for oid, text in (
                    (oids.COMMON_NAME, "00B1058110"),
                    (oids.SURNAME, "MAXI5811"),
                    (oids.GIVEN_NAME, "MUMU"),
                )
            ),
        ]
    )
    more: list[Extension] = [
        (x509.BasicConstraints(ca=False, path_length=None), False),
        (usage("digital_signature"), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False),
        *points(CLASS),
        pki.private(oids.CARD_ID, "1315" + b"8025000001/2400241472".hex()),
        pki.private(oids.PRODUCT_CATEGORY, "040180"),
        pki.private(oids.CARD_TYPE, "020100"),
        pki.private(oids.PROFESSION, "02010A"),
        pki.private(oids.SPECIALTIES, "30060C04534D3336"),
    ]
    signer = f"rsa2048 {CLASS.subject} key_cert_sign"
    starts, ends = AT - dt.timedelta(days=190), AT + dt.timedelta(days=900)
    key = "rsa1024 card"
    made = issue(subject, key, CLASS, signer, serial, more, starts=starts, ends=ends)
    latin = made.tbs_certificate_bytes.replace(b"\x0c\x08M--decin", b"\x14\x08M\xe9-decin")
    return x509.load_der_x509_certificate(sha1(latin, private(signer)))


def revocation_list(
    authority: Cps2terAuthority,
    *serials: int,
    number: int = 7,
    base: int | None = None,
    bit: str = "",
) -> bytes:
    key = private(f"rsa2048 {authority.subject} {bit or 'crl_sign'}")
    issued = pki.Issued(pair(authority, ROOT)[1], key)
    more: list[Extension] = [] if base is None else [(x509.DeltaCRLIndicator(base), True)]
    times = {"starts": AT - dt.timedelta(hours=3), "ends": AT + dt.timedelta(days=6)}
    made = issued.crl(*serials, number=number, more=more, **times)
    return sha1(x509.load_der_x509_crl(made).tbs_certlist_bytes, key)


@dataclass
class World:
    root: tuple[x509.Certificate, x509.Certificate]
    issuing: tuple[x509.Certificate, x509.Certificate]

    @property
    def known(self) -> tuple[x509.Certificate, ...]:
        return (*self.root, *self.issuing)

    def validate(
        self,
        leaf: x509.Certificate,
        revocation: CrlSource | FetchedLists | None = None,
        strength: Strength = CPS2TER,
    ) -> PathResult:
        return validate(
            leaf,
            self.issuing,
            anchors=self.root,
            at=AT,
            purpose=CertificatePurpose.CLIENT_AUTHENTICATION,
            revocation=revocation,
            strength=strength,
        )


@pytest.fixture(scope="module")
def world() -> World:
    return World(pair(ROOT, ROOT), pair(CLASS, ROOT))


def codes(result: PathResult) -> set[str]:
    return {failure.code.removeprefix("trust.") for failure in result.failures()}


def test_a_card_of_that_time_is_read_its_profession_in_latin_1_too() -> None:
    card = CardCertificate.read(holder(0x4C9717).public_bytes(Encoding.DER))
    assert (card.ps_idnat, card.surname, card.given_name) == ("00B1058110", "MAXI5811", "MUMU")
    assert (card.family, card.is_test, card.use) == (
        CardFamily.CPS,
        True,
        CertificateUse.AUTHENTICATION,
    )
    assert (card.title, card.structure) == ("Mé-decin", None)
    assert (card.professions, card.specialties) == (("10",), ("SM36",))
    assert card.card_id == "8025000001/2400241472"


def test_its_chain_goes_by_the_keys_for_certificates_and_its_lists_by_the_others(
    world: World,
) -> None:
    leaf, lost = holder(0x4C9717), holder(REVOKED)
    source = CrlSource(world.known, strength=CPS2TER)
    for item in (revocation_list(ROOT), revocation_list(CLASS, REVOKED)):
        source.load(item)
    result = world.validate(leaf, source)
    assert codes(result) == set()
    assert result.chain == (leaf, world.issuing[0], world.root[0])
    assert codes(world.validate(lost, source)) == {"revoked"}


def test_what_was_safe_then_is_not_safe_now(world: World) -> None:
    found = codes(world.validate(holder(0x4C9717), None, SAFE))
    assert found == {"signature_weak", "key_weak"}


def test_a_list_signed_by_the_key_for_certificates_is_refused(world: World) -> None:
    source = CrlSource(world.known, strength=CPS2TER)
    with pytest.raises(TrustError) as caught:
        source.load(revocation_list(CLASS, bit="key_cert_sign"))
    assert caught.value.code == "trust.crl_signature"


def test_a_certificate_signed_by_the_key_for_lists_is_refused(world: World) -> None:
    leaf = issue(
        name((*CLASS.subject[:2], (oids.COMMON_NAME, "00B1058110"))),
        "rsa1024 card",
        CLASS,
        f"rsa2048 {CLASS.subject} crl_sign",
        9,
        [(usage("digital_signature"), True)],
    )
    assert "ca_not_allowed" in codes(world.validate(leaf))


def entries(lists: Mapping[Cps2terAuthority, tuple[bytes, bytes | None]]) -> Iterator[LdapEntry]:
    def plain(text: str, kind: str) -> LdapEntry:
        attribute, value = text.split(",", maxsplit=1)[0].split("=")
        classes = Attribute("objectClass", (b"top", kind.encode()))
        return LdapEntry(text, (classes, Attribute(attribute, (value.encode(),))))

    yield plain("c=FR", "country")
    yield plain("o=TEST,c=FR", "organization")
    for authority, (full, delta) in lists.items():
        place = Dn.parse(authority.directory_name).text()
        made = plain(place, "organizationalUnit" if authority.is_root else "applicationProcess")
        more = [Attribute("certificateRevocationList;binary", (full,))]
        if delta is not None:
            more.append(Attribute("deltaRevocationList;binary", (delta,)))
        kinds = Attribute("objectClass", (*made.attributes[0].values, b"pkiCA"))
        yield LdapEntry(place, (kinds, *made.attributes[1:], *more))


def test_its_lists_are_fetched_from_the_entries_of_the_older_directory(
    world: World, tmp_path: Path
) -> None:
    lists = {
        ROOT: (revocation_list(ROOT), None),
        CLASS: (revocation_list(CLASS), revocation_list(CLASS, REVOKED, number=8, base=7)),
    }
    tree = Tree(entries(lists), ("c=FR",))
    with running(LdapServer(lambda: tree)) as addresses:
        # What listens there does not speak HTTP any more; the directory answers instead.
        way = NetworkTransport({"annuaire.gip-cps.fr": addresses.plain})
        store = CrlSource(world.known, strength=CPS2TER)
        schedule = FetchSchedule(between=dt.timedelta())
        fetcher = Fetcher(tmp_path, FixedClock(AT), "me", schedule=schedule, send=way.send)
        source = FetchedLists(store, fetcher, deltas=fetcher, start=lambda work: work())
        assert codes(world.validate(holder(0x4C9717), source)) == set()
        assert codes(world.validate(holder(REVOKED), source)) == {"revoked"}
    assert {(info.number, info.base) for info in store.infos()} == {(7, None), (8, 7)}
