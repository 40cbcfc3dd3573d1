# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""An authority gets another key: its name stays, and whoever trusts either key goes on."""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from tests.unit.authority.conftest import NOW, Issue, Requests
from tests.unit.authority.test_crl import AUTH, FORT, FORT_PP, number, parsed, serials

from caducee.authority.authority import Authority
from caducee.authority.keys import FreshKeys, KeyKind
from caducee.authority.ocsp.responder import OcspResponder, cert_id
from caducee.base.clock import FixedClock
from caducee.base.errors import IssueError, StateError
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.registry import Registry
from caducee.spec import igc
from caducee.spec.igc import CaFacts
from caducee.testing.keys import SharedKeys
from caducee.trust import CertificatePurpose, CrlSource, validate

START = NOW.replace(microsecond=0)
ELLIPTIC = FreshKeys(KeyKind.EC_P256)


def failures(
    authority: Authority,
    leaf: x509.Certificate,
    anchors: Iterable[x509.Certificate],
    *,
    known: Iterable[x509.Certificate] | None = None,
) -> list[str]:
    """Return what is wrong with the chain of a leaf, with the lists of every key."""
    lists = CrlSource((*authority.anchors(), *authority.intermediates()))
    for crl in authority.crls():
        lists.load(crl)
    result = validate(
        leaf,
        authority.intermediates() if known is None else known,
        anchors=tuple(anchors),
        at=authority.now(),
        purpose=CertificatePurpose.CLIENT_AUTHENTICATION,
        revocation=lists,
    )
    return [failure.code for failure in result.failures()]


def renewed(authority: Authority, *cas: CaFacts) -> list[CaFacts]:
    return [authority.renew_key(item, ELLIPTIC) for item in cas]


def test_the_name_stays_and_the_key_its_files_and_serials_are_others(authority: Authority) -> None:
    old = authority.certificate(FORT_PP)
    new = authority.renew_key(FORT_PP)
    made = authority.certificate(new)
    assert (new.generation, new.common_name) == (2, FORT_PP.common_name)
    assert new.file == "ACI-FO-PP-G2-TEST"
    assert new.crl_url == "http://igc-sante.esante.gouv.fr/CRL/ACI-FO-PP-G2-TEST.crl"
    assert new.directory_name == FORT_PP.directory_name
    assert new.serial_prefix != FORT_PP.serial_prefix
    assert made.subject == old.subject
    assert made.public_key() != old.public_key()
    assert authority.existing() == (FORT, FORT_PP, new)
    third = authority.renew_key(FORT_PP)
    assert (third.generation, third.file) == (3, "ACI-FO-PP-G3-TEST")


def test_new_certificates_come_from_the_new_key_and_name_its_files(
    authority: Authority, issue: Issue, requests: Requests
) -> None:
    before = issue(requests("olivier", AUTH))
    new = authority.renew_key(FORT_PP)
    after = issue(requests("olivier", AUTH))
    before.verify_directly_issued_by(authority.certificate(FORT_PP))
    after.verify_directly_issued_by(authority.certificate(new))
    assert after.serial_number.to_bytes(16).startswith(new.serial_prefix)
    points = after.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    names = [point.full_name[0].value for point in points if point.full_name]
    assert names == [new.crl_url, new.crl_ldap_url]


@pytest.mark.parametrize("trusted", [0, 1], ids=["old root", "new root"])
@pytest.mark.parametrize("order", ["root alone", "issuing alone", "root, then issuing"])
def test_every_chain_leads_to_either_anchor(
    authority: Authority, issue: Issue, requests: Requests, trusted: int, order: str
) -> None:
    leaves = [issue(requests("olivier", AUTH))]
    renewed(authority, *([FORT] if "root" in order else []), *([FORT_PP] if "iss" in order else []))
    leaves.append(issue(requests("olivier", AUTH)))
    anchor = authority.anchors()[trusted if "root" in order else 0]
    assert [failures(authority, leaf, [anchor]) for leaf in leaves] == [[], []]


def test_without_the_links_only_the_own_root_is_reached(
    authority: Authority, issue: Issue, requests: Requests
) -> None:
    leaf = issue(requests("olivier", AUTH))
    renewed(authority, FORT)
    old, new = authority.anchors()
    issuing = (authority.certificate(FORT_PP),)
    assert failures(authority, leaf, [old], known=issuing) == []
    assert failures(authority, leaf, [new], known=issuing) == ["trust.chain_not_found"]


def test_both_links_are_recorded_and_can_be_revoked(authority: Authority) -> None:
    (new,) = renewed(authority, FORT)
    old_with_new, new_with_old = authority.links(new)
    old_with_new.verify_directly_issued_by(authority.certificate(new))
    new_with_old.verify_directly_issued_by(authority.certificate(FORT))
    assert old_with_new.public_key() == authority.certificate(FORT).public_key()
    assert new_with_old.public_key() == authority.certificate(new).public_key()
    for item in (old_with_new, new_with_old):
        assert authority.revoke(FORT, item.serial_number)
    assert authority.links(FORT) == ()


def test_a_revoked_link_leads_nowhere(
    authority: Authority, issue: Issue, requests: Requests
) -> None:
    leaf = issue(requests("olivier", AUTH))
    (new,) = renewed(authority, FORT)
    authority.revoke(FORT, authority.links(new)[0].serial_number)
    authority.publish(FORT)
    old, anchor = authority.anchors()
    assert failures(authority, leaf, [anchor]) == ["trust.revoked"]
    assert failures(authority, leaf, [old]) == []


def test_each_key_signs_a_list_with_all_that_the_name_revoked(
    authority: Authority, issue: Issue, requests: Requests
) -> None:
    first = issue(requests("olivier", AUTH))
    (new,) = renewed(authority, FORT_PP)
    second = issue(requests("olivier", AUTH))
    for item in (first, second):
        authority.revoke(FORT_PP, item.serial_number)
    lists = authority.publish(FORT_PP)
    assert [set(serials(entry)) for entry in lists] == [
        {first.serial_number, second.serial_number}
    ] * 2
    assert [number(entry) for entry in lists] == [1, 2]
    for ca, der in zip((FORT_PP, new), lists, strict=True):
        key = authority.certificate(ca).public_key()
        assert isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
        assert parsed(der).is_signature_valid(key)
        assert authority.crl(ca) == der
        assert failures(authority, first, authority.anchors()) == ["trust.revoked"]
    deltas = [authority.delta_record(entry) for entry in (FORT_PP, new)]
    assert [delta.base for delta in deltas] == [1, 2]


def test_the_old_key_goes_on_with_its_list_until_its_last_certificate_ended(
    authority: Authority, issue: Issue, requests: Requests, clock: FixedClock
) -> None:
    last = issue(requests("olivier", AUTH))
    (new,) = renewed(authority, FORT_PP)
    assert authority.crl(FORT_PP) != authority.crl(new)
    clock.advance(last.not_valid_after_utc - clock.now())
    assert parsed(authority.crl(FORT_PP)).last_update_utc == last.not_valid_after_utc
    clock.advance(dt.timedelta(days=5))
    assert len(authority.publish(FORT_PP)) == 2
    clock.advance(dt.timedelta(days=2))
    final = authority.crl(FORT_PP)
    clock.advance(dt.timedelta(days=30))
    assert authority.crl(FORT_PP) == final
    assert number(authority.crl(new)) > number(final)
    assert len(authority.publish(FORT_PP)) == 1


def test_a_renewed_certificate_comes_from_the_new_key(
    authority: Authority, issue: Issue, requests: Requests
) -> None:
    old = issue(requests("olivier", AUTH))
    renewed(authority, FORT, FORT_PP)
    new = authority.renew(old, use="authentication")
    assert new.public_key() == old.public_key()
    for anchor in authority.anchors():
        assert failures(authority, new, [anchor]) == []
    assert [extension.oid for extension in new.extensions] == [
        extension.oid for extension in old.extensions
    ]


def test_a_new_key_lets_an_authority_issue_beyond_the_end_of_the_first(
    authority: Authority, issue: Issue, requests: Requests, clock: FixedClock
) -> None:
    authority.certificate(FORT_PP)
    clock.advance(FORT_PP.not_after - clock.now() - dt.timedelta(days=365))
    with pytest.raises(IssueError) as caught:
        issue(requests("olivier", AUTH))
    assert caught.value.code == "authority.beyond_ca"
    renewed(authority, FORT_PP)
    with pytest.raises(IssueError):
        issue(requests("olivier", AUTH))  # its root ends too soon
    root, _ = renewed(authority, FORT, FORT_PP)
    leaf = issue(requests("olivier", AUTH))
    assert failures(authority, leaf, [authority.certificate(root)]) == []


def test_before_the_renewal_the_old_key_is_the_one_that_signs(
    authority: Authority, issue: Issue, requests: Requests, clock: FixedClock
) -> None:
    authority.certificate(FORT_PP)
    renewed(authority, FORT_PP)
    clock.advance(dt.timedelta(days=-30))
    issue(requests("olivier", AUTH)).verify_directly_issued_by(authority.certificate(FORT_PP))


def test_an_authority_does_not_outlive_its_root(authority: Authority, clock: FixedClock) -> None:
    (new,) = renewed(authority, FORT_PP)
    assert new.not_after == FORT.not_after - dt.timedelta(days=1)
    clock.advance(FORT.not_after - clock.now())
    with pytest.raises(IssueError) as caught:
        renewed(authority, FORT_PP)
    assert caught.value.code == "authority.beyond_ca"


def test_another_object_on_the_folder_sees_the_new_key_at_once(
    authority: Authority, registry: Registry, clock: FixedClock, keys: SharedKeys, tmp_path: Path
) -> None:
    other = Authority(tmp_path / "ca", RegistryRecords(registry), clock, keys=keys)
    assert other.current(FORT_PP) == FORT_PP
    new = authority.renew_key(FORT_PP)
    assert other.current(FORT_PP) == new
    assert other.links(new) == authority.links(new)
    assert other.generation_of(authority.certificate(new)) == new
    assert other.generation_of(authority.certificate(FORT_PP)) == FORT_PP


def test_a_certificate_of_nobody_here_has_no_generation(authority: Authority) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = authority.certificate(FORT_PP).subject
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, START, START)
    assert authority.generation_of(made.sign(key, hashes.SHA256())) is None


def test_a_kill_before_the_key_is_kept_leaves_the_old_one_in_charge(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority.certificate(FORT_PP)

    def killed(*_: object) -> None:
        raise StateError("base.file_unwritable", path="x", reason="killed")

    with monkeypatch.context() as patch:
        patch.setattr("caducee.authority.keys.KeyFolder.save", killed)
        with pytest.raises(StateError):
            renewed(authority, FORT_PP)
    assert authority.existing() == (FORT, FORT_PP)
    assert authority.current(FORT_PP) == FORT_PP
    assert renewed(authority, FORT_PP)[0].generation == 2


def test_a_generation_that_is_not_there_is_reported(authority: Authority) -> None:
    ghost = FORT_PP.renewed(2, START, START)
    with pytest.raises(StateError) as caught:
        authority.certificate(ghost)
    assert caught.value.code == "authority.key_unreadable"


def test_the_responder_answers_for_each_key_with_a_certificate_of_that_key(
    authority: Authority, registry: Registry, issue: Issue, requests: Requests
) -> None:
    leaf = issue(requests("olivier", AUTH))
    (new,) = renewed(authority, FORT_PP)
    second = issue(requests("olivier", AUTH))
    responder = OcspResponder(authority, RegistryRecords(registry))
    for ca, serial in ((FORT_PP, leaf.serial_number), (new, second.serial_number)):
        issuer = authority.certificate(ca)
        signer = authority.ocsp_signer(ca)
        signer.certificate.verify_directly_issued_by(issuer)
        assert responder.prepare(ca, [serial]) == 1
        assert cert_id(issuer, serial).encoded in responder._answers


def test_a_root_may_go_from_rsa_to_a_curve_and_back(
    authority: Authority, issue: Issue, requests: Requests
) -> None:
    leaf = issue(requests("olivier", AUTH))
    kinds = []
    for kind in (KeyKind.EC_P384, KeyKind.RSA_2048):
        new = authority.renew_key(FORT, FreshKeys(kind))
        kinds.append(type(authority.certificate(new).public_key()))
    assert issubclass(kinds[0], ec.EllipticCurvePublicKey)
    assert issubclass(kinds[1], rsa.RSAPublicKey)
    for anchor in authority.anchors():
        assert failures(authority, leaf, [anchor]) == []


def test_hierarchies_are_renewed_one_by_one(authority: Authority) -> None:
    authority.certificate(igc.ca(igc.Range.STANDARD))
    renewed(authority, FORT)
    assert [item.generation for item in authority.existing()] == [1, 1, 2]
