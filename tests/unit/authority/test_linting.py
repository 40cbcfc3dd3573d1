# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Certificates are linted before the key of an authority signs them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from tests.unit.authority.conftest import NOW, Requests
from tests.unit.authority.test_crl import AUTH, FORT_PP

from caducee.authority.authority import Authority
from caducee.authority.linting import PkixLinter, SampledLinter, installed_linter
from caducee.authority.names import PersonName
from caducee.base.clock import FixedClock
from caducee.base.errors import IssueError
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.registry import Registry
from caducee.issuance import CardOrder, identities
from caducee.sandbox.world import Sandbox
from caducee.testing.keys import SharedKeys
from caducee.testing.pki import authority as made_authority
from caducee.testing.pki import issue as made


class Remembering:
    """A linter that remembers what it saw and finds what it is given."""

    def __init__(self) -> None:
        self.seen: list[x509.Certificate] = []
        self.finds: Sequence[str] = ()

    def faults(self, certificate: x509.Certificate) -> Sequence[str]:
        self.seen.append(certificate)
        return self.finds


@pytest.fixture
def linter() -> Remembering:
    return Remembering()


@pytest.fixture
def linted(
    tmp_path: Path, registry: Registry, clock: FixedClock, keys: SharedKeys, linter: Remembering
) -> Authority:
    records = RegistryRecords(registry)
    return Authority(tmp_path / "linted", records, clock, keys=keys, linter=linter)


def test_everything_that_is_signed_was_linted_with_another_signature(
    linted: Authority, linter: Remembering, requests: Requests
) -> None:
    signed = [linted.certificate(FORT_PP)]
    signed.append(linted.sign(requests("olivier", AUTH), linted.reserve(FORT_PP, 1)[0]))
    signed.append(linted.redated(signed[-1], NOW))
    signed.append(linted.ocsp_signer(FORT_PP).certificate)
    seen = {entry.serial_number: entry for entry in linter.seen}
    for item in signed:
        draft = seen[item.serial_number]
        assert list(draft.extensions) == list(item.extensions)
        assert (draft.subject, draft.issuer) == (item.subject, item.issuer)
        assert draft.signature != item.signature


def test_what_has_a_fault_is_neither_signed_nor_recorded(
    linted: Authority, linter: Remembering, requests: Requests
) -> None:
    linted.certificate(FORT_PP)
    linter.finds = ["pkix.b", "pkix.a", "pkix.b"]
    with pytest.raises(IssueError) as caught:
        linted.issue(requests("olivier", AUTH))
    assert caught.value.code == "authority.lint_failed"
    assert caught.value.facts["findings"] == "pkix.a, pkix.b"
    assert "{" not in str(caught.value)


def test_pkilint_finds_faults_and_lets_what_is_right_pass() -> None:
    linter = PkixLinter()
    assert not linter.faults(made_authority("ROOT").certificate)
    point = x509.SubjectAlternativeName([x509.DNSName("not a name")])
    assert linter.faults(made("BAD", extensions=[(point, False)]).certificate)


def test_a_sandbox_lints_with_what_is_installed(
    tmp_path: Path, keys: SharedKeys, linter: Remembering, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(installed_linter(), SampledLinter)
    monkeypatch.setattr("caducee.sandbox.world.installed_linter", lambda: linter)
    with Sandbox.create(tmp_path / "world", ca_keys=keys) as world:
        world.issue(CardOrder(person=identities.person(1)), keys=keys)
    assert any("PrivateKeyUsagePeriod" in str(item.extensions) for item in linter.seen)


def test_in_bulk_the_first_certificates_are_linted_and_then_one_in_some(
    linter: Remembering,
) -> None:
    certificate = made_authority("ROOT").certificate
    sampled = SampledLinter(linter, first=3, then_every=4)
    for _ in range(13):
        sampled.faults(certificate)
    assert len(linter.seen) == 3 + 3


def test_without_the_extra_a_sandbox_signs_unlinted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("caducee.authority.linting.find_spec", lambda _: None)
    assert installed_linter() is None


def test_a_name_that_no_certificate_can_hold_is_refused(
    tmp_path: Path, registry: Registry, clock: FixedClock, keys: SharedKeys, requests: Requests
) -> None:
    records = RegistryRecords(registry)
    strict = Authority(tmp_path / "ca", records, clock, keys=keys, linter=PkixLinter())
    good = requests("olivier", AUTH)
    serial = strict.reserve(FORT_PP, 1)[0]
    assert strict.sign(good, serial).serial_number == serial
    assert isinstance(good.subject, PersonName)
    long = replace(good, subject=replace(good.subject, title="x" * 65))
    with pytest.raises(IssueError) as caught:
        strict.sign(long, serial)
    assert caught.value.code == "authority.lint_failed"
