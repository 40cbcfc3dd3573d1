# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Server certificates: under a root apart, for names of this machine alone."""

import datetime as dt
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from caducee.authority.servers import ServerAuthority
from caducee.base.clock import FixedClock
from caducee.base.errors import IssueError


@pytest.fixture
def servers(tmp_path: Path, clock: FixedClock) -> ServerAuthority:
    return ServerAuthority(tmp_path, clock)


def test_a_server_gets_the_names_it_asked_for(servers: ServerAuthority) -> None:
    made = servers.issue(["localhost", "portal.test", "127.0.0.1", "::1"])
    names = made.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert [str(item.value) for item in names.value] == [
        "localhost",
        "portal.test",
        "127.0.0.1",
        "::1",
    ]
    made.certificate.verify_directly_issued_by(made.root)
    assert made.chain_pem().startswith(b"-----BEGIN CERTIFICATE-----")
    assert made.key_pem().startswith(b"-----BEGIN PRIVATE KEY-----")
    assert "PRIVATE" not in repr(made)


def test_a_server_certificate_lives_less_than_browsers_allow(servers: ServerAuthority) -> None:
    made = servers.issue(["localhost"]).certificate
    assert made.not_valid_after_utc - made.not_valid_before_utc < dt.timedelta(days=200)


@pytest.mark.parametrize(
    "host",
    [
        "example.org",
        "test",
        "a.test.example.org",
        "*.test",
        "LOCALHOST",
        "localhost.",
        "192.0.2.1",
        "::",
        "a..test",
        "-a.test",
        "a\n.test",
        "",
        "a" * 64 + ".test",
        ".".join(["a" * 60] * 5) + ".test",
    ],
)
def test_other_names_are_refused(servers: ServerAuthority, host: str) -> None:
    with pytest.raises(IssueError) as caught:
        servers.issue([host])
    assert caught.value.code == "authority.host_not_allowed"


def test_no_name_at_all_is_refused(servers: ServerAuthority) -> None:
    with pytest.raises(IssueError):
        servers.issue([])


def test_the_root_can_certify_nothing_but_names_of_this_machine(servers: ServerAuthority) -> None:
    extension = servers.root().extensions.get_extension_for_class(x509.NameConstraints)
    assert extension.critical
    assert [str(subtree.value) for subtree in extension.value.permitted_subtrees or ()] == [
        "localhost",
        "test",
        "127.0.0.0/8",
        "::1/128",
    ]
    basic = servers.root().extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (basic.ca, basic.path_length) == (True, 0)


def test_the_root_stays_until_it_ends(
    servers: ServerAuthority, tmp_path: Path, clock: FixedClock
) -> None:
    first = servers.root()
    assert ServerAuthority(tmp_path, clock).root() == first
    clock.advance(dt.timedelta(days=3651))
    assert servers.root() != first


def test_a_server_certificate_does_not_outlive_the_root(
    servers: ServerAuthority, clock: FixedClock
) -> None:
    root = servers.root()
    clock.advance(dt.timedelta(days=3600))
    assert servers.issue(["localhost"]).certificate.not_valid_after_utc == root.not_valid_after_utc


def test_what_a_server_has_is_kept_until_a_month_before_its_end(
    servers: ServerAuthority, clock: FixedClock, tmp_path: Path
) -> None:
    path = tmp_path / "portal.pem"
    servers.keep(path, ["localhost", "127.0.0.1"])
    first = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    clock.advance(dt.timedelta(160))
    servers.keep(path, ["127.0.0.1", "localhost"])
    assert path.read_bytes() == first
    clock.advance(dt.timedelta(10))
    servers.keep(path, ["localhost", "127.0.0.1"])
    assert path.read_bytes() != first


@pytest.mark.parametrize("spoil", ["hosts", "half", "rubbish", "root", "key"])
def test_what_does_not_serve_any_more_is_made_anew(
    servers: ServerAuthority, clock: FixedClock, tmp_path: Path, spoil: str
) -> None:
    path = tmp_path / "portal.pem"
    servers.keep(path, ["localhost"])
    first = path.read_bytes()
    hosts = ["localhost", "portal.test"] if spoil == "hosts" else ["localhost"]
    if spoil == "half":
        path.write_bytes(first[: len(first) // 2])
    if spoil == "rubbish":
        path.write_bytes(b"\x00\xff" * 100)
    if spoil == "key":
        path.write_bytes(first.partition(b"-----BEGIN PRIVATE")[0])
    if spoil == "root":
        other = ServerAuthority(tmp_path / "other", clock).issue(["localhost"])
        path.write_bytes(other.chain_pem() + other.key_pem())
    before = path.read_bytes()
    servers.keep(path, hosts)
    assert path.read_bytes() != before
    servers.keep(path, hosts)
    assert x509.load_pem_x509_certificate(path.read_bytes())


def test_the_root_and_each_certificate_are_linted_before_they_are_signed(
    tmp_path: Path, clock: FixedClock
) -> None:
    seen: list[x509.Certificate] = []

    class Remembering:
        def faults(self, certificate: x509.Certificate) -> tuple[str, ...]:
            seen.append(certificate)
            return ("pkix.invented",) if certificate.subject == name("invented.test") else ()

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    servers = ServerAuthority(tmp_path / "linted", clock, linter=Remembering())
    issued = servers.issue(["localhost"])
    assert [draft.serial_number for draft in seen] == [
        servers.root().serial_number,
        issued.certificate.serial_number,
    ]
    with pytest.raises(IssueError) as refused:
        servers.issue(["invented.test"], "invented.test")
    assert refused.value.code == "authority.lint_failed"
