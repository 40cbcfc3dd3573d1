# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The status client: responder, lists behind it, and what stands in when they are down."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from caducee.base.clock import FixedClock
from caducee.base.errors import TrustError
from caducee.testing.pki import LEAF, NOW, Extension, Issued, authority
from caducee.trust import (
    CertificatePurpose,
    Check,
    CheckOutcome,
    RevocationAnswer,
    RevocationState,
    validate,
)
from caducee.trust.fetch import FetchSchedule, HttpResponse
from caducee.trust.status import StatusClient, StatusRules

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
GOOD, REVOKED, UNKNOWN = RevocationState.GOOD, RevocationState.REVOKED, RevocationState.UNKNOWN
HTTP, LDAP, DELTA = "http://lists.test/a.crl", "ldap://lists.test/cn=a?crl", "ldap://lists.test/d"
OCSP = "http://ocsp.test"
HASTE = FetchSchedule(between=dt.timedelta())


def _named(*urls: str) -> list[x509.DistributionPoint]:
    return [
        x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)
        for url in urls
    ]


POINTS: tuple[Extension, ...] = (
    (x509.CRLDistributionPoints(_named(HTTP, LDAP)), False),
    (x509.FreshestCRL(_named(DELTA)), False),
    (
        x509.AuthorityInformationAccess(
            [
                x509.AccessDescription(
                    AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(OCSP)
                )
            ]
        ),
        False,
    ),
)


@dataclass
class Net:
    """A network in memory: what stands at each address, and what was asked."""

    issuing: Issued
    clock: FixedClock
    places: dict[str, bytes]
    revoked: set[int] = field(default_factory=set)
    responds: bool = True
    asked: list[str] = field(default_factory=list)

    def send(self, url: str, headers: Mapping[str, str]) -> HttpResponse:
        self.asked.append(url)
        if url not in self.places:
            raise TrustError("trust.fetch_failed", url=url, reason="down")
        return HttpResponse(200, {}, self.places[url])

    def post(self, url: str, request: bytes) -> bytes:
        self.asked.append(url)
        if not self.responds:
            raise TrustError("trust.fetch_failed", url=url, reason="down")
        asked = ocsp.load_der_ocsp_request(request)
        now = self.clock.now()
        bad = asked.serial_number in self.revoked
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response_by_hash(
                asked.issuer_name_hash,
                asked.issuer_key_hash,
                asked.serial_number,
                hashes.SHA1(),
                ocsp.OCSPCertStatus.REVOKED if bad else ocsp.OCSPCertStatus.GOOD,
                now,
                now + 2 * HOUR,
                now if bad else None,
                None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, self.issuing.certificate)
        )
        nonce = asked.extensions.get_extension_for_class(x509.OCSPNonce).value
        builder = builder.add_extension(nonce, False)
        return builder.sign(self.issuing.key, hashes.SHA256()).public_bytes(Encoding.DER)


@dataclass
class World:
    root: Issued
    issuing: Issued
    leaf: Issued
    clock: FixedClock
    net: Net
    folder: Path

    def client(self, start: Callable[[Callable[[], None]], None] | None = None) -> StatusClient:
        rules = StatusRules(
            late=DAY, lists=HASTE, deltas=FetchSchedule(HOUR, between=dt.timedelta())
        )
        known = (self.root.certificate, self.issuing.certificate)
        how: Any = {"start": start or (lambda work: work())}
        return StatusClient(known, self.folder, self.clock, self.net, rules, **how)

    def ask(self, client: StatusClient) -> RevocationAnswer:
        return client.status(self.leaf.certificate, self.issuing.certificate, self.clock.now())


@pytest.fixture
def world(tmp_path: Path) -> World:
    root = authority("ROOT")
    clock = FixedClock(NOW)
    own = root.authority("ISSUING", path_length=0)
    leaf = own.issue("LEAF", extensions=(*LEAF, *POINTS))
    full = own.crl(5, number=7)
    base = (x509.DeltaCRLIndicator(7), True)
    delta = own.crl(6, number=8, more=[base], ends=NOW + DAY)
    places = {HTTP: full, LDAP: full, DELTA: delta}
    return World(root, own, leaf, clock, Net(own, clock, places), tmp_path / "status")


def codes(answer: RevocationAnswer) -> list[tuple[str, str]]:
    return [(problem.source, problem.code) for problem in answer.problems]


def test_the_responder_is_asked_and_lists_are_fetched_behind_its_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The builder of answers writes the machine's time into producedAt.
    monkeypatch.setattr("caducee.trust.ocsp.SKEW", dt.timedelta(days=36500))
    client = world.client()
    answer = world.ask(client)
    assert (answer.state, answer.problems) == (GOOD, ())
    assert world.net.asked == [OCSP, HTTP, DELTA]
    world.ask(client)
    assert world.net.asked[3:] == [OCSP]  # the lists are not due


def test_a_responder_that_is_down_is_replaced_by_lists_and_named(world: World) -> None:
    world.net.responds = False
    answer = world.ask(world.client())
    assert answer.state is GOOD
    assert answer.facts["crl_number"] == 8  # the delta list
    assert codes(answer) == [(OCSP, "trust.ocsp_unreachable")]


def test_lists_come_from_the_directory_when_http_is_down(world: World) -> None:
    world.net.responds = False
    del world.net.places[HTTP]
    answer = world.ask(world.client())
    assert (answer.state, codes(answer)) == (GOOD, [(OCSP, "trust.ocsp_unreachable")])
    assert LDAP in world.net.asked


def test_what_was_fetched_is_kept_over_a_restart_and_named_by_age(world: World) -> None:
    world.net.responds = False
    world.ask(world.client())
    world.net.places.clear()
    world.clock.advance(3 * DAY)
    answer = world.ask(world.client())
    assert answer.state is GOOD
    assert answer.since == NOW - HOUR
    assert answer.until == NOW + 6 * DAY + DAY
    assert codes(answer) == [
        (OCSP, "trust.ocsp_unreachable"),
        (HTTP, "trust.fetch_failed"),
        (DELTA, "trust.fetch_failed"),
    ]


def test_after_the_bound_nothing_is_known(world: World) -> None:
    world.net.responds = False
    client = world.client()
    world.ask(client)
    world.net.places.clear()
    world.clock.advance(7 * DAY)
    late = world.ask(client)
    assert (late.state, late.is_late) == (GOOD, True)
    world.clock.advance(dt.timedelta(seconds=1))
    assert (world.ask(client).state, world.ask(client).code) == (UNKNOWN, "trust.ocsp_unreachable")


def test_a_certificate_that_was_revoked_stays_so_when_everything_is_down(world: World) -> None:
    world.net.responds = False
    world.net.places[HTTP] = world.issuing.crl(world.leaf.certificate.serial_number, number=7)
    client = world.client()
    assert world.ask(client).state is REVOKED
    world.net.places.clear()
    world.clock.advance(30 * DAY)
    assert world.ask(client).state is REVOKED


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (lambda _: b"no list", "trust.crl_unreadable"),
        (lambda own: own.crl(signer=authority("OTHER").key), "trust.crl_signature"),
        (lambda own: own.crl(number=3), "trust.crl_older"),
    ],
)
def test_a_list_that_cannot_be_used_does_not_take_the_place_of_the_one_that_is_held(
    world: World, made: Callable[[Issued], bytes], code: str
) -> None:
    world.net.responds = False
    client = world.client()
    world.ask(client)
    world.net.places = {HTTP: made(world.issuing)}
    world.clock.advance(2 * DAY)
    again = world.ask(client)
    assert (again.state, again.since) == (GOOD, NOW - HOUR)
    assert (HTTP, code) in codes(again)
    assert world.ask(world.client()).state is GOOD  # nor on the disk


def test_a_server_that_comes_back_is_not_named_any_more(world: World) -> None:
    world.net.responds = False
    client = world.client()
    before = dict(world.net.places)
    world.net.places.clear()
    assert world.ask(client).state is UNKNOWN
    world.net.places |= before
    world.clock.advance(HOUR)
    assert codes(world.ask(client)) == [(OCSP, "trust.ocsp_unreachable")]


def test_nobody_waits_for_lists_that_are_due_while_those_that_are_held_do(world: World) -> None:
    world.net.responds = False
    world.ask(world.client())
    begun: list[Callable[[], None]] = []
    client = world.client(begun.append)
    world.ask(client)
    world.clock.advance(2 * DAY)
    asked = len(world.net.asked)
    assert world.ask(client).state is GOOD
    assert [item for item in world.net.asked[asked:] if item != OCSP] == []
    assert len(begun) == 1
    begun[0]()
    assert HTTP in world.net.asked[asked:]


def test_a_clock_that_was_set_back_fetches_again(world: World) -> None:
    world.net.responds = False
    client = world.client()
    world.ask(client)
    world.clock.advance(-DAY)
    world.net.places = {HTTP: world.issuing.crl(number=9, starts=NOW - 2 * DAY)}
    assert world.ask(client).state is GOOD


def steps(world: World) -> list[Check]:
    result = validate(
        world.leaf.certificate,
        [],
        anchors=[world.issuing.certificate],
        at=world.clock.now(),
        purpose=CertificatePurpose.CLIENT_AUTHENTICATION,
        revocation=world.client(),
    )
    return [check for check in result.checks if check.name in ("revocation", "sources")]


def test_validation_writes_down_what_stood_in_how_old_it_is_and_until_when(world: World) -> None:
    world.net.responds = False
    world.clock.advance(90 * dt.timedelta(minutes=1))
    del world.net.places[DELTA]
    _, said, *_ = steps(world)
    assert (said.outcome, said.code) == (CheckOutcome.PASSED, "trust.source_replaced")
    assert said.facts["source"] == OCSP
    assert said.facts["age"] == "2 h 30 min"
    assert said.facts["until"] == "2026-12-01 12:00 UTC"
    for part in (OCSP, "2 h 30 min", "2026-12-01"):
        assert part in said.sentence()


def test_validation_is_not_certain_when_nothing_stands_in(world: World) -> None:
    world.net.responds = False
    world.net.places.clear()
    revocation, *said = steps(world)
    assert revocation.outcome is CheckOutcome.UNKNOWN
    assert {(item.outcome, item.code) for item in said} == {
        (CheckOutcome.UNKNOWN, "trust.source_missed")
    }
    assert [item.facts["source"] for item in said] == [OCSP, HTTP, DELTA]


def test_lists_of_several_keys_at_one_address_are_all_taken(world: World) -> None:
    world.net.responds = False
    other = authority("OTHER")
    both = other.crl(1) + world.net.places[HTTP]  # the first is of nobody who is known here
    world.net.places = {HTTP: both}
    assert world.ask(world.client()).state is GOOD


@pytest.mark.parametrize("data", [b"", b"\x30", b"\x30\x82", b"\x30\x85\xff\xff\xff\xff\xff", b"x"])
def test_what_is_no_list_is_refused_and_named(world: World, data: bytes) -> None:
    world.net.responds = False
    world.net.places = {HTTP: data}
    answer = world.ask(world.client())
    assert answer.state is UNKNOWN
    assert (HTTP, "trust.crl_unreadable") in codes(answer)
