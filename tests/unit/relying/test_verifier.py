# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The verifier: who is admitted, and every refusal by its code, with all other checks made."""

import base64
import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caducee.base.clock import FixedClock
from caducee.base.errors import Fact, LoginRefusedError, StateError
from caducee.codec.origin_token import OriginToken, TokenAlgorithm, signed_bytes
from caducee.relying.client import ClientCertificate, ClientConnection, TlsEndpoint
from caducee.relying.nonces import Challenges
from caducee.relying.policy import CardPolicy
from caducee.relying.registry import MemoryHolders, StaticHolder
from caducee.relying.verdict import Check, CheckName, CheckOutcome, Verdict
from caducee.relying.verifier import Verifier
from caducee.spec.nomenclatures import CardFamily, ProductCategory
from caducee.trust.revocation import CrlSource, RevocationAnswer, RevocationState, SourceProblem

if TYPE_CHECKING:
    from tests.unit.relying.conftest import World

DAY = dt.timedelta(days=1)
ORIGIN = "https://portal.example.test"
CARD_ID = "8025000001/2800000001"
PS_IDNAT = "899700218896"

CERTIFICATE_CHECKS = (
    "transport",
    "certificate",
    "chain",
    "validity",
    "usage",
    "revocation",
    "family",
    "category",
    "individual",
    "profession",
    "holder",
    "card",
)


@pytest.fixture
def crls(world: "World", clock: FixedClock) -> CrlSource:
    """Fresh lists of both authorities, which name nobody."""
    source = CrlSource([world.root.certificate, world.issuing.certificate])
    now = clock.now()
    source.load(world.root.crl(now - DAY, now + 40 * DAY))
    source.load(world.issuing.crl(now - DAY, now + 6 * DAY))
    return source


type Make = Callable[..., Verifier]


@pytest.fixture
def make(world: "World", crls: CrlSource, holders: MemoryHolders, clock: FixedClock) -> Make:
    """Make verifiers; keywords replace what the default one decides with."""

    def made(policy: CardPolicy | None = None, **changes: Any) -> Verifier:
        facts: dict[str, Any] = {
            "anchors": [world.root.certificate],
            "intermediates": [world.issuing.certificate],
            "revocation": crls,
            "holders": holders,
            "policy": policy or CardPolicy.test_cards(),
            "clock": clock,
        }
        return Verifier(**{**facts, **changes})

    return made


@pytest.fixture
def verifier(make: Make) -> Verifier:
    return make()


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def check(verdict: Verdict, name: str) -> Check:
    found = verdict.check(CheckName(name))
    assert found is not None
    return found


def refusals(verdict: Verdict) -> dict[str, str]:
    """Return the checks that failed, with their codes; and hold that nobody is let in."""
    assert not verdict.ok
    with pytest.raises(LoginRefusedError) as caught:
        verdict.require()
    assert caught.value.code == verdict.failures[0].code
    assert all(failure.sentence() and failure.advice() for failure in verdict.failures)
    return {str(failure.name): failure.code for failure in verdict.failures}


# Who is admitted


def test_a_good_card_is_admitted_with_every_check_named(world: "World", verifier: Verifier) -> None:
    verdict = verifier.verify(world.chain(world.issue()))
    assert verdict.ok, [failure.code for failure in verdict.failures]
    assert tuple(item.name for item in verdict.checks) == CERTIFICATE_CHECKS
    assert verdict.path
    assert all(item.sentence() for item in verdict.checks)


def test_the_leaf_alone_is_enough_where_the_service_has_the_intermediates(
    world: "World", verifier: Verifier
) -> None:
    assert verifier.verify([der(world.issue())]).ok


def test_a_chain_that_the_client_sends_helps_where_the_service_has_none(
    world: "World", make: Make
) -> None:
    assert make(intermediates=[]).verify(world.chain(world.issue())).ok
    verdict = make(intermediates=[]).verify([der(world.issue())])
    assert refusals(verdict)["chain"] == "trust.chain_not_found"


def test_the_identity_says_who_the_holder_is(world: "World", verifier: Verifier) -> None:
    leaf = world.issue()
    identity = verifier.verify(world.chain(leaf)).require()
    assert identity.ps_idnat == PS_IDNAT
    assert identity.name == "ROBERT SPECIALISTE0021889"
    assert identity.professions == ("10",)
    assert identity.specialties == ("SM26",)
    assert identity.family is CardFamily.CPS
    assert identity.test
    assert identity.card_id == CARD_ID
    assert identity.fingerprint == leaf.fingerprint(hashes.SHA256()).hex()


def test_activities_come_from_the_directory(
    world: "World", verifier: Verifier, holders: MemoryHolders
) -> None:
    identity = verifier.verify(world.chain(world.issue())).require()
    assert [activity.structure_id for activity in identity.activities] == [
        "10B0007712",
        "499700218896000",
    ]
    holders.put(StaticHolder(PS_IDNAT, "SPECIALISTE0021889", "ROBERT"))
    assert verifier.verify(world.chain(world.issue())).require().activities == ()


# Refusals, one by one


def test_no_certificate_is_refused_and_nothing_else_is_judged(verifier: Verifier) -> None:
    verdict = verifier.verify([])
    assert refusals(verdict) == {"transport": "relying.certificate_absent"}
    assert verdict.identity is None
    assert {item.outcome for item in verdict.checks[1:]} == {CheckOutcome.SKIPPED}
    assert tuple(item.name for item in verdict.checks) == CERTIFICATE_CHECKS


def test_an_unknown_issuer_is_refused_but_the_rest_is_still_judged(
    world: "World", verifier: Verifier
) -> None:
    verdict = verifier.verify([der(world.issue(world.unknown_issuer))])
    assert refusals(verdict) == {"chain": "trust.chain_not_found"}
    for name in ("validity", "family", "category", "profession", "holder", "card"):
        assert check(verdict, name).ok
    assert check(verdict, "revocation").outcome is CheckOutcome.SKIPPED


def test_an_expired_certificate_is_refused_with_its_date(
    world: "World", verifier: Verifier, clock: FixedClock
) -> None:
    leaf = world.issue(not_after=clock.now() - DAY)
    verdict = verifier.verify(world.chain(leaf))
    assert refusals(verdict) == {"validity": "relying.certificate_expired"}
    assert check(verdict, "validity").facts["not_after"] == "2026-11-23 12:00 UTC"
    assert check(verdict, "revocation").ok


def test_a_certificate_of_tomorrow_is_refused_with_its_date(
    world: "World", verifier: Verifier, clock: FixedClock
) -> None:
    leaf = world.issue(not_before=clock.now() + DAY)
    verdict = verifier.verify(world.chain(leaf))
    assert refusals(verdict) == {"validity": "relying.certificate_not_yet_valid"}
    assert check(verdict, "validity").facts["not_before"] == "2026-11-25 12:00 UTC"


def test_the_clock_of_the_service_decides_not_that_of_the_machine(
    world: "World", make: Make
) -> None:
    later = FixedClock(dt.datetime(2031, 1, 1, tzinfo=dt.UTC))
    verdict = make(clock=later).verify(world.chain(world.issue()))
    assert refusals(verdict)["validity"] == "relying.certificate_expired"


def test_a_signature_certificate_is_refused(world: "World", verifier: Verifier) -> None:
    verdict = verifier.verify(world.chain(world.issue(signature=True)))
    assert refusals(verdict) == {"usage": "relying.usage_refused"}
    assert check(verdict, "usage").facts["use"] == "signature"
    assert check(verdict, "holder").ok


def test_a_key_that_may_sign_but_not_authenticate_to_a_server_is_refused(
    world: "World", verifier: Verifier
) -> None:
    """keyUsage digitalSignature alone does not do: the extended usage must say clientAuth."""
    leaf = world.issue(purposes=("1.3.6.1.5.5.7.3.4",))
    assert refusals(verifier.verify(world.chain(leaf))) == {"usage": "trust.usage_refused"}


def test_a_revoked_certificate_is_refused_with_its_date(
    world: "World", verifier: Verifier, crls: CrlSource, clock: FixedClock
) -> None:
    leaf = world.issue()
    world.issuing.revoked[leaf.serial_number] = clock.now() - 2 * DAY
    crls.load(world.issuing.crl(clock.now() - DAY, clock.now() + 6 * DAY))
    verdict = verifier.verify(world.chain(leaf))
    assert refusals(verdict) == {"revocation": "trust.revoked"}
    assert str(check(verdict, "revocation").facts["revoked_at"]).startswith("2026-11-22")
    assert verifier.verify(world.chain(world.issue())).ok


def test_a_missing_revocation_list_refuses(world: "World", make: Make) -> None:
    empty = CrlSource([world.root.certificate, world.issuing.certificate])
    verdict = make(revocation=empty).verify(world.chain(world.issue()))
    assert refusals(verdict) == {"revocation": "trust.crl_missing"}


def test_a_stale_revocation_list_refuses(
    world: "World", verifier: Verifier, clock: FixedClock
) -> None:
    clock.advance(7 * DAY)
    verdict = verifier.verify(world.chain(world.issue()))
    assert refusals(verdict) == {"revocation": "trust.crl_stale"}


def test_a_verdict_says_that_a_login_rests_on_an_old_list(
    world: "World", make: Make, clock: FixedClock
) -> None:
    patient = CrlSource([world.root.certificate, world.issuing.certificate], grace=2 * DAY)
    for item in (world.root, world.issuing):
        patient.load(item.crl(clock.now() - DAY, clock.now() + 6 * DAY))
    clock.advance(7 * DAY)
    verdict = make(revocation=patient).verify(world.chain(world.issue()))
    assert verdict.ok
    assert check(verdict, "revocation").code == "trust.not_revoked_late"


class StoodIn:
    """Answers as when a responder is down and something else stood in, or nothing did."""

    def __init__(self, state: RevocationState) -> None:
        self.state = state

    def status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: dt.datetime
    ) -> RevocationAnswer:
        good = self.state is RevocationState.GOOD
        code = "trust.not_revoked" if good else "trust.ocsp_unreachable"
        trouble = SourceProblem("http://ocsp.test", "trust.ocsp_unreachable")
        facts: dict[str, Fact] = {
            "this_update": "x",
            "next_update": "y",
            "address": "http://ocsp.test",
        }
        since, until = (at - dt.timedelta(hours=1), at + DAY) if good else (None, None)
        return RevocationAnswer(self.state, code, facts, since, until, (trouble,))


def test_a_verdict_says_which_source_was_down_what_stood_in_and_until_when(
    world: "World", make: Make
) -> None:
    verdict = make(revocation=StoodIn(RevocationState.GOOD)).verify(world.chain(world.issue()))
    verdict.require()
    found = check(verdict, "sources")
    assert (found.outcome, found.code) == (CheckOutcome.PASSED, "trust.source_replaced")
    for part in ("http://ocsp.test", "1 h 00 min", str(found.facts["until"])):
        assert part in found.sentence()
    assert verdict.to_dict()["ok"] is True


def test_a_verdict_refuses_when_a_source_is_down_and_nothing_stands_in(
    world: "World", make: Make
) -> None:
    verdict = make(revocation=StoodIn(RevocationState.UNKNOWN)).verify(world.chain(world.issue()))
    assert refusals(verdict) == {
        "revocation": "trust.ocsp_unreachable",
        "sources": "trust.source_missed",
    }


def test_a_verdict_has_no_line_about_sources_when_none_was_down(
    world: "World", verifier: Verifier
) -> None:
    assert verifier.verify(world.chain(world.issue())).check(CheckName.SOURCES) is None


def test_a_family_that_the_service_does_not_admit_is_refused(world: "World", make: Make) -> None:
    policy = replace(CardPolicy.test_cards(), families=frozenset({CardFamily.CPS}))
    verdict = make(policy).verify(world.chain(world.issue(family=CardFamily.CPE)))
    assert refusals(verdict) == {"family": "relying.family_refused"}
    assert dict(check(verdict, "family").facts) == {"family": "CPE", "admitted": "CPS"}


def test_a_family_that_nobody_knows_is_refused(world: "World", verifier: Verifier) -> None:
    verdict = verifier.verify(world.chain(world.issue(family=9)))
    assert refusals(verdict) == {"family": "relying.family_refused"}


def test_a_test_card_is_refused_by_a_service_for_real_cards(world: "World", make: Make) -> None:
    verdict = make(CardPolicy()).verify(world.chain(world.issue()))
    assert refusals(verdict) == {"category": "relying.category_test"}


def test_a_real_card_is_refused_by_a_service_for_test_cards(
    world: "World", verifier: Verifier
) -> None:
    leaf = world.issue(category=ProductCategory.CARD)
    verdict = verifier.verify(world.chain(leaf))
    assert refusals(verdict) == {"category": "relying.category_real"}


def test_a_category_that_nobody_knows_is_refused(world: "World", make: Make) -> None:
    both = replace(CardPolicy(), categories=frozenset(ProductCategory))
    verdict = make(both).verify(world.chain(world.issue(category=0x42)))
    assert refusals(verdict) == {"category": "relying.category_unknown"}


def test_a_key_in_software_is_no_card(world: "World", make: Make) -> None:
    both = replace(CardPolicy(), categories=frozenset(ProductCategory))
    leaf = world.issue(category=ProductCategory.TEST_SOFTWARE)
    verdict = make(both).verify(world.chain(leaf))
    assert refusals(verdict)["certificate"] == "trust.not_a_card_certificate"


def test_a_profession_that_the_service_does_not_admit_is_refused(
    world: "World", make: Make
) -> None:
    doctors = CardPolicy.test_cards(professions=frozenset({"10"}))
    assert make(doctors).verify(world.chain(world.issue())).ok
    for profession in (60, None):
        verdict = make(doctors).verify(world.chain(world.issue(profession=profession)))
        assert refusals(verdict) == {"profession": "relying.profession_refused"}


def test_a_card_that_names_nobody_is_refused_where_a_person_is_asked_for(
    world: "World", make: Make
) -> None:
    leaf = world.issue(surname=None, given_name=None, family=CardFamily.CPE, profession=None)
    verdict = make(CardPolicy.test_cards(individual=True)).verify(world.chain(leaf))
    assert refusals(verdict) == {"individual": "relying.not_individual"}
    assert verdict.identity is not None
    assert verdict.identity.name == PS_IDNAT
    assert make().verify(world.chain(leaf)).ok


def test_a_holder_whom_the_directory_does_not_know_is_refused(world: "World", make: Make) -> None:
    nobody = MemoryHolders(cards=[CARD_ID])
    verdict = make(holders=nobody).verify(world.chain(world.issue()))
    assert refusals(verdict) == {"holder": "relying.holder_unknown"}
    assert verdict.identity is not None
    assert verdict.identity.activities == ()


def test_a_holder_who_ceased_to_practise_is_refused(
    world: "World", verifier: Verifier, holders: MemoryHolders
) -> None:
    holders.put(StaticHolder(PS_IDNAT, "SPECIALISTE0021889", "ROBERT", active=False))
    verdict = verifier.verify(world.chain(world.issue()))
    assert refusals(verdict) == {"holder": "relying.holder_inactive"}


def test_an_opposed_card_is_refused_before_its_certificate_is_revoked(
    world: "World", verifier: Verifier, holders: MemoryHolders
) -> None:
    holders.put_card(CARD_ID, active=False)
    verdict = verifier.verify(world.chain(world.issue()))
    assert refusals(verdict) == {"card": "relying.card_opposed"}
    assert check(verdict, "revocation").ok


def test_a_card_that_the_directory_does_not_know_is_refused_unless_the_service_says_so(
    world: "World", make: Make
) -> None:
    chain = world.chain(world.issue(card_id="8025000001/2800000002"))
    assert refusals(make().verify(chain)) == {"card": "relying.card_unknown"}
    lenient = replace(CardPolicy.test_cards(), card_in_use=False)
    assert make(lenient).verify(chain).ok


def test_a_directory_that_does_not_answer_refuses(world: "World", make: Make) -> None:
    class Broken:
        def holder(self, ps_idnat: str) -> None:
            raise StateError("base.file_unwritable", path="registry", reason="gone")

        def card_active(self, card_id: str) -> bool:
            return True

    verdict = make(holders=Broken()).verify(world.chain(world.issue()))
    assert refusals(verdict) == {
        "holder": "relying.directory_unavailable",
        "card": "relying.directory_unavailable",
    }


def test_everything_wrong_at_once_is_shown_at_once(
    world: "World", make: Make, clock: FixedClock
) -> None:
    leaf = world.issue(
        world.unknown_issuer,
        family=CardFamily.CPA,
        category=ProductCategory.CARD,
        profession=60,
        signature=True,
        ps_idnat="899700000000",
        card_id="8025000001/2899999999",
        not_after=clock.now() - DAY,
    )
    policy = CardPolicy.test_cards(professions=frozenset({"10"}))
    policy = replace(policy, families=frozenset({CardFamily.CPS}))
    assert list(refusals(make(policy).verify([der(leaf)]))) == [
        "chain",
        "validity",
        "usage",
        "family",
        "category",
        "profession",
        "holder",
        "card",
    ]


# What TLS or a front found


def connection(leaf: x509.Certificate, source: TlsEndpoint, code: int) -> ClientConnection:
    return ClientConnection("c1", source, ClientCertificate(der(leaf), verify_code=code))


@pytest.mark.parametrize("code", [0, 9, 10])
def test_a_front_that_only_objects_to_dates_leaves_them_to_us(
    world: "World", verifier: Verifier, code: int
) -> None:
    verdict = verifier.verify_connection(connection(world.issue(), TlsEndpoint.FRONT, code))
    assert verdict.ok
    assert check(verdict, "front").ok


@pytest.mark.parametrize("code", [-1, 18, 20, 21, 23, 26])
@pytest.mark.parametrize("source", TlsEndpoint)
def test_any_other_verify_code_refuses(
    world: "World", verifier: Verifier, source: TlsEndpoint, code: int
) -> None:
    verdict = verifier.verify_connection(connection(world.issue(), source, code))
    assert refusals(verdict) == {"front": "relying.front_verify_failed"}
    assert check(verdict, "front").facts["verify_code"] == code


def test_our_own_listener_needs_no_word_of_a_front(world: "World", verifier: Verifier) -> None:
    verdict = verifier.verify_connection(connection(world.issue(), TlsEndpoint.LISTENER, 0))
    assert verdict.ok
    assert verdict.check(CheckName.FRONT) is None


@pytest.mark.parametrize(
    "code", ["relying.session_resumed", "relying.front_header_twice", "relying.certificate_absent"]
)
def test_a_connection_without_certificate_is_refused_with_the_reason(
    verifier: Verifier, code: str
) -> None:
    verdict = verifier.verify_connection(ClientConnection("c1", TlsEndpoint.LISTENER, absence=code))
    assert refusals(verdict) == {"transport": code}


# Tokens


def token(world: "World", challenge: Any, leaf: x509.Certificate | None = None) -> str:
    key = world.card_key
    data = signed_bytes(TokenAlgorithm.RS256, challenge.origin, challenge.nonce)
    signature = key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    certificate = der(leaf or world.issue())
    return OriginToken(certificate, TokenAlgorithm.RS256, signature).to_json()


@pytest.fixture
def challenges(clock: FixedClock) -> Challenges:
    return Challenges(ORIGIN, clock)


def test_a_token_ends_in_the_same_verdict_as_a_client_certificate(
    world: "World", verifier: Verifier, challenges: Challenges
) -> None:
    challenge = challenges.take(challenges.issue("login").ticket, "login")
    verdict = verifier.verify_token(token(world, challenge), challenge, seen_origin=ORIGIN)
    assert verdict.ok, [failure.code for failure in verdict.failures]
    names = [item.name for item in verdict.checks]
    assert names == ["token", "nonce", "origin", "signature", *CERTIFICATE_CHECKS[1:]]


def test_a_token_used_twice_is_refused(
    world: "World", verifier: Verifier, challenges: Challenges
) -> None:
    ticket = challenges.issue("login").ticket
    challenge = challenges.take(ticket, "login")
    text = token(world, challenge)
    assert verifier.verify_token(text, challenge).ok
    again = challenges.take(ticket, "login")
    assert refusals(verifier.verify_token(text, again)) == {"nonce": "relying.nonce_used"}
    fresh = challenges.take(challenges.issue("login").ticket, "login")
    refused = refusals(verifier.verify_token(text, fresh))
    assert refused == {"signature": "relying.token_replayed"}


def test_a_token_with_a_revoked_or_wrong_certificate_is_refused_like_any_other(
    world: "World", verifier: Verifier, challenges: Challenges
) -> None:
    challenge = challenges.take(challenges.issue("login").ticket, "login")
    text = token(world, challenge, world.issue(signature=True))
    refused = refusals(verifier.verify_token(text, challenge))
    assert refused == {"usage": "relying.usage_refused"}


def test_a_token_that_is_none_is_refused_and_nothing_else_is_judged(
    verifier: Verifier, challenges: Challenges
) -> None:
    verdict = verifier.verify_token("{}", challenges.take("", "login"))
    assert list(refusals(verdict)) == ["token", "nonce"]
    assert verdict.identity is None


# Hostile certificates


@given(st.lists(st.binary(max_size=3000), max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_raise_or_are_admitted(verifier: Verifier, chain: list[bytes]) -> None:
    assert not verifier.verify(chain).ok


@given(place=st.integers(min_value=0), value=st.integers(min_value=1, max_value=255))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_changed_byte_of_a_certificate_raises_or_is_admitted(
    world: "World", verifier: Verifier, place: int, value: int
) -> None:
    data = bytearray(der(world.leaf))
    data[place % len(data)] ^= value
    assert not verifier.verify([bytes(data)]).ok


def test_an_enormous_certificate_or_chain_is_refused_at_once(
    world: "World", verifier: Verifier
) -> None:
    huge = b"\x30\x84\x7f\xff\xff\xff" + bytes(1_000_000)
    assert "certificate" in refusals(verifier.verify([huge]))
    assert verifier.verify([der(world.issue()), *([huge] * 10_000)]).ok


@pytest.mark.parametrize(
    ("oid", "value"),
    [
        ("1.2.250.1.71.1.2.7", b""),
        ("1.2.250.1.71.1.2.7", b"\x02\x85\xff\xff\xff\xff\xff"),
        ("1.2.250.1.71.1.2.7", b"\x02\x82\x0f\xa0" + b"\x7f" * 4000),
        ("1.2.250.1.71.4.2.5", b"\x30" * 1000),
        ("1.2.250.1.71.4.2.5", b"\x30\x04\x0c\x02\xff\xfe"),
    ],
    ids=["empty", "endless length", "huge number", "nested", "no UTF-8"],
)
def test_absurd_private_extensions_give_a_verdict(
    world: "World", verifier: Verifier, oid: str, value: bytes
) -> None:
    absurd = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value)
    leaf = world.issue(profession=None, specialties=(), extra=(absurd,))
    verdict = verifier.verify(world.chain(leaf))
    json.dumps(verdict.to_dict())
    for item in verdict.checks:
        item.sentence()


def test_a_certificate_of_a_web_server_is_no_card(world: "World", verifier: Verifier) -> None:
    server = x509.load_pem_x509_certificate(world.server[0].read_bytes())
    verdict = verifier.verify([der(server)])
    refused = refusals(verdict)
    assert refused["certificate"] == "trust.not_a_card_certificate"
    assert refused["chain"] == "trust.chain_not_found"
    assert check(verdict, "holder").outcome is CheckOutcome.SKIPPED


def test_base64_is_no_certificate(world: "World", verifier: Verifier) -> None:
    text = base64.b64encode(der(world.issue()))
    assert refusals(verifier.verify([text])) == {"certificate": "trust.certificate_unreadable"}
