# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The TEST hierarchy: names, extensions and key files as the real one has them."""

import datetime as dt
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import AuthorityInformationAccessOID

from caducee.authority.authority import Authority
from caducee.authority.keys import FreshKeys
from caducee.base.clock import FixedClock
from caducee.base.errors import StateError
from caducee.base.secret import Secret
from caducee.codec.tlv import Tlv
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.registry import Registry
from caducee.spec import igc
from caducee.testing.keys import SharedKeys

FORT = igc.ca(igc.Range.FORT)
FORT_PP = igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)


def test_each_authority_has_the_documented_name(authority: Authority) -> None:
    names = {ca.common_name for ca in igc.TEST_CAS}
    suffix = ",OU=IGC-SANTE TEST,OU=0002 187512751,O=ASIP-SANTE,C=FR"
    found = [authority.certificate(ca) for ca in igc.TEST_CAS]
    assert {item.subject.rfc4514_string() for item in found} == {f"CN={n}{suffix}" for n in names}
    assert len(found) == 9


def test_country_is_printable_and_the_rest_utf8(authority: Authority) -> None:
    name = Tlv.from_bytes(authority.certificate(FORT_PP).subject.public_bytes())
    strings = [part.children()[0].children()[1] for part in name.children()]
    assert [string.tag for string in strings] == [0x13, 0x0C, 0x0C, 0x0C, 0x0C]
    assert [string.value.decode() for string in strings] == [
        "FR",
        "ASIP-SANTE",
        "0002 187512751",
        "IGC-SANTE TEST",
        "TEST AC IGC-SANTE FORT PERSONNES",
    ]


def test_an_issuing_ca_is_signed_by_the_root_of_its_range(authority: Authority) -> None:
    for ca in igc.ISSUING:
        own, root = authority.chain(ca)
        own.verify_directly_issued_by(root)
        root.verify_directly_issued_by(root)
        assert root.subject.rfc4514_string().startswith(f"CN={ca.issuer_name},")


def test_validity_and_serials_have_the_documented_shape(authority: Authority) -> None:
    issuing, root = authority.chain(FORT_PP)
    born = dt.datetime(2013, 6, 25, tzinfo=dt.UTC)
    assert issuing.not_valid_before_utc == root.not_valid_before_utc == born
    assert root.not_valid_after_utc == dt.datetime(2033, 6, 25, tzinfo=dt.UTC)
    assert issuing.not_valid_after_utc == dt.datetime(2033, 6, 24, tzinfo=dt.UTC)
    for item in (issuing, root):
        assert item.serial_number.to_bytes(18)[:2] == bytes.fromhex("1120")
        assert item.signature_algorithm_oid == x509.SignatureAlgorithmOID.RSA_WITH_SHA256


def test_extensions_of_a_root(authority: Authority) -> None:
    extensions = authority.certificate(FORT).extensions
    assert [(extension.oid.dotted_string, extension.critical) for extension in extensions] == [
        ("2.5.29.19", True),
        ("2.5.29.14", False),
        ("2.5.29.35", False),
        ("2.5.29.15", True),
        ("2.5.29.32", False),
    ]
    basic = extensions.get_extension_for_class(x509.BasicConstraints).value
    assert basic == x509.BasicConstraints(ca=True, path_length=None)
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.public_bytes() == bytes.fromhex("03020106")
    policy = extensions.get_extension_for_class(x509.CertificatePolicies).value[0]
    assert policy.policy_identifier.dotted_string == "2.5.29.32.0"
    assert policy.policy_qualifiers == ["http://igc-sante.esante.gouv.fr/PC%20TEST"]


def test_extensions_of_an_issuing_ca(authority: Authority) -> None:
    extensions = authority.certificate(FORT_PP).extensions
    assert [extension.oid.dotted_string for extension in extensions] == [
        "2.5.29.19",
        "2.5.29.14",
        "2.5.29.35",
        "2.5.29.15",
        "2.5.29.32",
        "2.5.29.31",
        "2.5.29.46",
        "1.3.6.1.5.5.7.1.1",
    ]
    basic = extensions.get_extension_for_class(x509.BasicConstraints).value
    assert basic == x509.BasicConstraints(ca=True, path_length=0)
    points = extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert [point.full_name[0].value for point in points if point.full_name] == [
        FORT.crl_url,
        FORT.crl_ldap_url,
    ]
    access = extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    assert [(item.access_method, item.access_location.value) for item in access] == [
        (AuthorityInformationAccessOID.OCSP, "http://ocsp.esante.gouv.fr"),
        (AuthorityInformationAccessOID.CA_ISSUERS, FORT.certificate_url),
    ]


def test_authorities_are_made_when_first_needed(authority: Authority, tmp_path: Path) -> None:
    assert authority.existing() == ()
    assert authority.anchors() == authority.intermediates() == ()
    authority.certificate(FORT_PP)
    assert authority.existing() == (FORT, FORT_PP)
    assert [len(authority.anchors()), len(authority.intermediates())] == [1, 1]
    assert sorted(path.name for path in (tmp_path / "ca").glob("*.pem")) == [
        "ACI-FO-PP-TEST.pem",
        "ACR-FO-TEST.pem",
    ]


def test_anchors_of_a_range_are_made_when_asked_for(authority: Authority) -> None:
    (root,) = authority.anchors(igc.Range.STANDARD)
    assert root == authority.certificate(igc.ca(igc.Range.STANDARD))


def test_the_authorities_are_recorded(authority: Authority, registry: Registry) -> None:
    issuing, root = authority.chain(FORT_PP)
    for item in (issuing, root):
        kept = registry.certificates.get(FORT.common_name, item.serial_number)
        assert kept is not None
        assert kept.der == item.public_bytes(Encoding.DER)


def test_another_process_finds_the_same_authorities(
    authority: Authority, registry: Registry, clock: FixedClock, tmp_path: Path
) -> None:
    made = authority.chain(FORT_PP)
    again = Authority(tmp_path / "ca", RegistryRecords(registry), clock)
    assert again.chain(FORT_PP) == made


def test_two_that_need_a_new_authority_at_once_make_one(
    tmp_path: Path, clock: FixedClock, keys: SharedKeys
) -> None:
    with Registry(f"sqlite:///{tmp_path}/registry.db") as registry:
        found: list[x509.Certificate] = []

        def need() -> None:
            own = Authority(tmp_path / "ca", RegistryRecords(registry), clock, keys=keys)
            found.append(own.certificate(FORT_PP))

        threads = [threading.Thread(target=need) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({item.serial_number for item in found}) == 1
        assert len(found) == 4


def test_key_files_are_encrypted_and_closed_to_others(authority: Authority, tmp_path: Path) -> None:
    authority.certificate(FORT_PP)
    for path in (tmp_path / "ca").iterdir():
        assert path.stat().st_mode & 0o077 == 0
    text = (tmp_path / "ca" / "ACI-FO-PP-TEST.pem").read_bytes()
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in text
    with pytest.raises(TypeError):
        load_pem_private_key(text, None)
    passphrase = (tmp_path / "ca" / "passphrase").read_bytes().strip()
    load_pem_private_key(text, passphrase)


def test_a_given_passphrase_is_not_kept(
    tmp_path: Path, registry: Registry, clock: FixedClock, keys: SharedKeys
) -> None:
    given = Secret.of("correct horse")
    records = RegistryRecords(registry)
    made = Authority(tmp_path, records, clock, keys=keys, passphrase=given).chain(FORT_PP)
    assert not (tmp_path / "passphrase").exists()
    again = Authority(tmp_path, records, clock, passphrase=Secret.of("correct horse"))
    assert again.chain(FORT_PP) == made
    with pytest.raises(StateError) as caught:
        Authority(tmp_path, records, clock, passphrase=Secret.of("wrong")).chain(FORT_PP)
    assert caught.value.code == "authority.key_unreadable"
    assert "wrong" not in str(caught.value)


def test_a_lost_passphrase_is_reported_and_not_replaced(
    authority: Authority, registry: Registry, clock: FixedClock, tmp_path: Path
) -> None:
    authority.certificate(FORT_PP)
    (tmp_path / "ca" / "passphrase").unlink()
    with pytest.raises(StateError) as caught:
        Authority(tmp_path / "ca", RegistryRecords(registry), clock).certificate(FORT_PP)
    assert caught.value.code == "authority.key_unreadable"
    assert str(caught.value.facts["path"]).endswith("passphrase")
    assert not (tmp_path / "ca" / "passphrase").exists()


@pytest.mark.parametrize("content", [b"", b"rubbish", b"-----BEGIN CERTIFICATE-----\n"])
def test_a_spoiled_key_file_is_an_error_and_stays(
    authority: Authority, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "ca" / "ACR-FO-TEST.pem"
    path.parent.mkdir()
    (path.parent / "passphrase").write_bytes(b"x")
    path.write_bytes(content)
    with pytest.raises(StateError) as caught:
        authority.certificate(FORT_PP)
    assert caught.value.code == "authority.key_unreadable"
    assert path.read_bytes() == content


def test_a_key_beside_another_certificate_is_refused(
    authority: Authority, registry: Registry, clock: FixedClock, tmp_path: Path
) -> None:
    authority.certificate(FORT_PP)
    folder = tmp_path / "ca"
    issuing = (folder / "ACI-FO-PP-TEST.pem").read_bytes()
    root = (folder / "ACR-FO-TEST.pem").read_bytes()
    marker = b"-----BEGIN ENCRYPTED"
    mixed = issuing.partition(marker)[0] + marker + root.partition(marker)[2]
    (folder / "ACI-FO-PP-TEST.pem").write_bytes(mixed)
    again = Authority(folder, RegistryRecords(registry), clock)
    with pytest.raises(StateError) as caught:
        again.certificate(FORT_PP)
    assert caught.value.code == "authority.key_mismatch"


def test_a_folder_that_cannot_be_made_is_an_error_of_ours(
    tmp_path: Path, registry: Registry, clock: FixedClock, keys: SharedKeys
) -> None:
    (tmp_path / "file").write_bytes(b"")
    authority = Authority(tmp_path / "file" / "ca", RegistryRecords(registry), clock, keys=keys)
    with pytest.raises(StateError) as caught:
        authority.certificate(FORT_PP)
    assert caught.value.code == "base.file_unwritable"


def test_fresh_keys_are_rsa_4096() -> None:
    key = FreshKeys().ca_key("any")
    assert isinstance(key, rsa.RSAPrivateKey)
    assert (key.key_size, key.public_key().public_numbers().e) == (4096, 65537)


def test_the_sandbox_hierarchy_has_roots_of_its_own(authority: Authority) -> None:
    ca = igc.ca(igc.Range.STANDARD, igc.Domain.PERSONNES, igc.World.SANDBOX)
    own, root = authority.chain(ca)
    own.verify_directly_issued_by(root)
    root.verify_directly_issued_by(root)
    assert "OU=IGC-SANTE SANDBOX" in root.subject.rfc4514_string()
    twin = authority.certificate(igc.ca(igc.Range.STANDARD))
    assert twin.public_key() != root.public_key()
    assert set(authority.anchors()) == {root, twin}
    assert authority.intermediates() == (own,)
    assert [item.world for item in authority.existing()] == ["TEST", "SANDBOX", "SANDBOX"]
    assert len(authority.crls()) == 3
