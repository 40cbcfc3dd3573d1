# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Certificates of organisations hold what the decoded ones hold, in their order."""

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.authority.authority import Authority
from caducee.authority.keys import FreshKeys, KeyKind
from caducee.base.errors import FormatError, IssueError
from caducee.directory.model import Structure
from caducee.directory.registry import Registry
from caducee.issuance import identities
from caducee.issuance.organisations import OrganisationOrder, issue_organisation
from caducee.spec import igc
from caducee.spec.igc import OrganisationUse, World
from caducee.testing.keys import SharedKeys

CA = igc.ca(igc.Range.ELEMENTAIRE, igc.Domain.ORGANISATIONS)
MINISTRY = Structure("300000000077081", "MINISTERE DE TEST7708", "21")
HOST = "testsign.test.asipsante.fr"
USES = list(OrganisationUse)

EXTENSIONS = {
    OrganisationUse.AUTH_CLI: ["2.5.29.37"],
    OrganisationUse.SIGN: ["2.5.29.37", "2.5.29.16"],
    OrganisationUse.SSL: ["2.5.29.37", "2.5.29.17"],
}
"""What stands between the policies and the distribution points."""

USAGES = {
    OrganisationUse.AUTH_CLI: {"digital_signature"},
    OrganisationUse.SIGN: {"digital_signature", "content_commitment"},
    OrganisationUse.SSL: {"digital_signature", "key_encipherment"},
}

PURPOSES = {
    OrganisationUse.AUTH_CLI: ["1.3.6.1.5.5.7.3.2"],
    OrganisationUse.SIGN: ["1.3.6.1.5.5.7.3.4"],
    OrganisationUse.SSL: ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"],
}

POLICIES = {
    OrganisationUse.SIGN: "1.2.250.1.213.1.7.1.1.2.3.1",
    OrganisationUse.AUTH_CLI: "1.2.250.1.213.1.7.1.1.2.4.1",
    OrganisationUse.SSL: "1.2.250.1.213.1.7.1.1.2.5.1",
}
"""Of production, as published certificates have them."""


class Certify:
    """Issues with a key of a few."""

    def __init__(self, registry: Registry, authority: Authority, keys: SharedKeys) -> None:
        self.registry, self.authority, self.keys = registry, authority, keys

    def __call__(
        self,
        use: OrganisationUse,
        *,
        name: str = HOST,
        structure: Structure = MINISTRY,
        hosts: tuple[str, ...] = (),
        world: World = World.TEST,
        public: ec.EllipticCurvePublicKey | None = None,
    ) -> x509.Certificate:
        key = public or self.keys.card_key().public_key()
        order = OrganisationOrder(structure=structure, name=name, use=use, hosts=hosts, world=world)
        return issue_organisation(self.registry, self.authority, order, key)


@pytest.fixture
def certify(registry: Registry, authority: Authority, keys: SharedKeys) -> Certify:
    return Certify(registry, authority, keys)


def usages(made: x509.Certificate) -> set[str]:
    value = made.extensions.get_extension_for_class(x509.KeyUsage).value
    known = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment")
    return {item for item in known if getattr(value, item)}


def policy(made: x509.Certificate) -> str:
    (item,) = made.extensions.get_extension_for_class(x509.CertificatePolicies).value
    return str(item.policy_identifier.dotted_string)


@pytest.mark.parametrize("use", USES)
def test_a_certificate_is_laid_out_as_the_decoded_ones(
    certify: Certify, registry: Registry, use: OrganisationUse
) -> None:
    made = certify(use)
    assert made.subject.rfc4514_string() == (
        f"CN={HOST},OU=300000000077081,O=MINISTERE DE TEST7708,ST=Côte-d'Or (21),C=FR"
    )
    assert [extension.oid.dotted_string for extension in made.extensions] == [
        "2.5.29.19",
        "2.5.29.14",
        "2.5.29.35",
        "2.5.29.15",
        "2.5.29.32",
        *EXTENSIONS[use],
        "2.5.29.31",
        "2.5.29.46",
        "1.3.6.1.5.5.7.1.1",
        "1.2.250.1.71.1.2.5",
    ]
    assert [extension.oid.dotted_string for extension in made.extensions if extension.critical] == [
        "2.5.29.15"
    ]
    assert usages(made) == USAGES[use]
    purposes = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [purpose.dotted_string for purpose in purposes] == PURPOSES[use]
    assert policy(made) == "1.2.250.1.213.1.7.2.1.1.1.1"
    category = made.extensions.get_extension_for_oid(x509.ObjectIdentifier("1.2.250.1.71.1.2.5"))
    assert isinstance(category.value, x509.UnrecognizedExtension)
    assert category.value.value == b"\x04\x01\x83"
    years = made.not_valid_after_utc.year - made.not_valid_before_utc.year
    assert years == 3
    signature = 512 - len(made.signature)  # authorities of the tests have shorter keys
    assert 2_100 < len(made.public_bytes(Encoding.DER)) + signature < 2_250  # about 2.2 kB
    assert f"{made.serial_number:032X}".startswith("1D5DE25E3DC14BDE")
    kept = registry.certificates.get(CA.common_name, made.serial_number)
    assert kept is not None
    assert kept.use == use.value
    assert registry.structures.get(MINISTRY.struct_idnat) == MINISTRY


def test_a_seal_states_how_long_its_key_may_sign(certify: Certify) -> None:
    made = certify(OrganisationUse.SIGN)
    period = made.extensions.get_extension_for_class(x509.PrivateKeyUsagePeriod).value
    assert period.not_before is not None
    assert period.not_before.replace(tzinfo=dt.UTC) == made.not_valid_before_utc


@pytest.mark.parametrize("use", USES)
def test_the_hierarchy_marked_sandbox_has_the_policies_of_production(
    certify: Certify, authority: Authority, use: OrganisationUse
) -> None:
    made = certify(use, world=World.SANDBOX)
    assert policy(made) == POLICIES[use]
    issuer = igc.ca(igc.Range.ELEMENTAIRE, igc.Domain.ORGANISATIONS, World.SANDBOX)
    made.verify_directly_issued_by(authority.certificate(issuer))
    category = made.extensions.get_extension_for_oid(x509.ObjectIdentifier("1.2.250.1.71.1.2.5"))
    assert isinstance(category.value, x509.UnrecognizedExtension)
    assert category.value.value == b"\x04\x01\x03"


def test_a_server_has_its_names_each_once(certify: Certify) -> None:
    made = certify(OrganisationUse.SSL, hosts=("b.test", HOST, "*.c.test"))
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [HOST, "b.test", "*.c.test"]


def test_nothing_is_enciphered_with_a_key_on_a_curve(certify: Certify) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    made = certify(OrganisationUse.SSL, public=key.public_key())
    assert usages(made) == {"digital_signature"}


def test_an_authority_on_a_curve_certifies_a_key_of_rsa(
    certify: Certify, authority: Authority
) -> None:
    new = authority.renew_key(CA, FreshKeys(KeyKind.EC_P384))
    made = certify(OrganisationUse.AUTH_CLI)
    made.verify_directly_issued_by(authority.certificate(new))
    assert made.signature_algorithm_oid == x509.SignatureAlgorithmOID.ECDSA_WITH_SHA384


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "issuance.application_name"),
        ("x" * 65, "issuance.application_name"),
        (" INSI-AUTO", "issuance.application_name"),
        ("INSI\nAUTO", "issuance.application_name"),
    ],
)
def test_a_name_that_cannot_be_written_is_refused(certify: Certify, name: str, code: str) -> None:
    with pytest.raises(FormatError) as caught:
        certify(OrganisationUse.AUTH_CLI, name=name)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "host", ["", "portal", "A.test", "a..test", "-a.test", "a.*.test", "a b.test"]
)
def test_a_server_needs_a_full_host_name(certify: Certify, host: str) -> None:
    with pytest.raises(FormatError) as caught:
        certify(OrganisationUse.SSL, hosts=(host,))
    assert caught.value.code == "issuance.host_name"


@pytest.mark.parametrize(
    ("structure", "code"),
    [
        (Structure("318751275100020", "AGENCE", "75"), "issuance.not_a_test_structure"),
        (Structure("300000000077081", "MINISTERE", "00"), "issuance.code_unknown"),
        (Structure("300000000077081", "MINISTERE"), "issuance.code_unknown"),
    ],
)
def test_a_structure_that_cannot_be_named_is_refused(
    certify: Certify, registry: Registry, structure: Structure, code: str
) -> None:
    with pytest.raises(IssueError) as caught:
        certify(OrganisationUse.SIGN, structure=structure)
    assert caught.value.code == code
    assert registry.structures.get(structure.struct_idnat) is None


def test_only_servers_have_host_names(certify: Certify) -> None:
    with pytest.raises(IssueError) as caught:
        certify(OrganisationUse.SIGN, name="SIGNATURE", hosts=("a.test",))
    assert caught.value.code == "issuance.hosts_without_server"


def test_an_establishment_is_certified_too(certify: Certify) -> None:
    made = certify(OrganisationUse.AUTH_CLI, name="INSI-AUTO", structure=identities.hospital(5788))
    assert made.subject.rfc4514_string().startswith("CN=INSI-AUTO,OU=10B00578")
