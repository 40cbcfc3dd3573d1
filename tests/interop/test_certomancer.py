# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""certomancer, an authority that is none of ours, issues good and broken things; we judge them.

What it issues stands in ``certomancer/world.yml``; the expected codes stand here.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from certomancer.crypto_utils import generic_sign
from certomancer.default_plugins import process_general_name
from certomancer.registry import ArchLabel, CertLabel, PKIArchitecture, ServiceLabel
from certomancer.registry.config import CertomancerConfig
from certomancer.registry.plugin_api import ExtensionPlugin, extension_plugin_registry
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from caducee.base.errors import TrustError
from caducee.trust import CertificatePurpose, CrlSource, PathResult, RevocationSource, validate
from caducee.trust.ocsp import OcspAnswer, OcspRules, ask, read
from caducee.trust.sources import CombinedSource, OcspSettings, OcspSource
from caducee.trust.x509 import load_certificate, view

pytestmark = pytest.mark.system

CONFIG = Path(__file__).parent / "certomancer" / "world.yml"
AT = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
NONCE = bytes(range(32))
AUTHORITIES = (
    *("root", "issuing", "below", "constrained", "explicit", "no-sign", "stranger"),
    *("by-lists", "delta", "indirect", "parts"),
)
LISTS = ("root", "issuing", "constrained", "explicit", "below", "indirect", "users", "cas")
"""Lists that are good; those of some reasons and of the delta authority are loaded apart."""


@dataclass
class Outside:
    """The architecture, and what it issues as our types."""

    arch: PKIArchitecture
    made: dict[str, x509.Certificate] = field(default_factory=dict)

    def certificate(self, name: str) -> x509.Certificate:
        if name not in self.made:
            self.made[name] = load_certificate(self.arch.get_cert(CertLabel(name)).dump())
        return self.made[name]

    def list(self, name: str, at: dt.datetime = AT) -> bytes:
        found: bytes = self.arch.service_registry.get_crl(ServiceLabel(name), at).dump()
        return found

    def answer(self, responder: str, request: bytes, at: dt.datetime = AT) -> bytes:
        found = self.arch.service_registry.summon_responder(ServiceLabel(responder), at)
        asked = asn1_ocsp.OCSPRequest.load(request)
        answer: bytes = found.build_ocsp_response(asked).dump()
        return answer

    def lists(self, *names: str) -> CrlSource:
        # The unrelated authority is not an anchor here: its lists are of no use.
        source = CrlSource([self.certificate(authority) for authority in AUTHORITIES])
        for name in names or LISTS:
            source.load(self.list(name))
        return source

    def validate(
        self,
        leaf: x509.Certificate,
        revocation: RevocationSource | None = None,
        purpose: CertificatePurpose = CertificatePurpose.CLIENT_AUTHENTICATION,
        more: Iterable[x509.Certificate] = (),
    ) -> PathResult:
        between = [
            self.certificate(authority)
            for authority in AUTHORITIES
            if authority not in ("root", "stranger")
        ]
        return validate(
            leaf,
            [*between, *more],
            anchors=[self.certificate("root")],
            at=AT,
            purpose=purpose,
            revocation=revocation or self.lists(),
        )


class NameLimits(ExtensionPlugin):
    """nameConstraints, which certomancer's own YAML cannot say."""

    schema_label = "name-limits"
    extension_type = asn1_x509.ExtensionId

    def provision(self, extn_id: Any, arch: PKIArchitecture, params: Any) -> Any:
        limits = {
            f"{kind}_subtrees": [
                {"base": process_general_name(arch.entities, name)} for name in names
            ]
            for kind, names in params.items()
        }
        return asn1_x509.NameConstraints(limits)


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Outside:
    folder = tmp_path_factory.mktemp("keys")
    for name in ("root", "issuing", "other", "leaf", "ocsp", "lists", "weak"):
        key = (
            rsa.generate_private_key(65537, 1024)
            if name == "weak"
            else ec.generate_private_key(ec.SECP256R1())
        )
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{name}.pem").write_bytes(pem)
    extension_plugin_registry.register(NameLimits)
    config = CertomancerConfig.from_file(str(CONFIG), key_search_dir=str(folder))
    return Outside(config.get_pki_arch(ArchLabel("main")))


def codes(result: PathResult) -> set[str]:
    for check in result.checks:
        assert "{" not in check.sentence()
    return {failure.code.removeprefix("trust.") for failure in result.failures()}


PATHS: dict[str, set[str]] = {
    "good": set(),
    "expired": {"expired"},
    "not-yet-valid": {"not_yet_valid"},
    "revoked": {"revoked"},
    "revoked-tomorrow": set(),
    "forged": {"signature_wrong"},
    "by-nobody-known": {"chain_not_found"},
    "other-usage": {"usage_refused"},
    "other-purpose": {"usage_refused"},
    "critical-unknown": {"extension_critical"},
    "weak-key": {"key_weak"},
    "weak-hash": {"signature_weak"},
    "path-too-long": {"ca_depth"},
    "by-no-sign": {"ca_not_allowed", "crl_missing"},
    "name-allowed": set(),
    "name-outside": {"name_refused"},
    "name-excluded": {"name_refused"},
    "policy-there": set(),
    "policy-missing": {"policy_refused"},
    "indirect-good": set(),
    "indirect-revoked": {"revoked"},
    "part-of-users": set(),
    "part-of-cas": {"crl_missing"},
    "part-of-reasons": {"crl_missing"},
}
"""Each certificate, with the codes of the checks that fail; none: it is good."""


@pytest.mark.parametrize("name", PATHS)
def test_a_certificate_is_judged(outside: Outside, name: str) -> None:
    assert codes(outside.validate(outside.certificate(name))) == PATHS[name]


def test_a_certificate_issued_by_a_leaf_is_refused(outside: Outside) -> None:
    result = outside.validate(outside.certificate("by-a-leaf"), more=[outside.certificate("good")])
    assert "ca_not_allowed" in codes(result)


def test_a_certificate_without_authority_key_identifier_is_good(outside: Outside) -> None:
    made = outside.arch.get_cert(CertLabel("good")).copy()
    tbs = made["tbs_certificate"]
    kept = [
        item for item in tbs["extensions"] if item["extn_id"].native != "authority_key_identifier"
    ]
    tbs["extensions"] = asn1_x509.Extensions(kept)
    key = outside.arch.key_set[outside.arch.get_cert_spec(CertLabel("good")).authority_key]
    made["signature_value"] = generic_sign(
        key.private_key_info, tbs.dump(force=True), made["signature_algorithm"]
    )
    leaf = load_certificate(made.dump(force=True))
    assert view(leaf).authority_key_id is None
    assert codes(outside.validate(leaf)) == set()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("issuing-weak", "trust.signature_weak"),
        ("issuing-forged", "trust.crl_signature"),
        ("issuing-unknown", "trust.crl_unsupported"),
    ],
)
def test_a_broken_list_is_refused(outside: Outside, name: str, code: str) -> None:
    with pytest.raises(TrustError) as caught:
        outside.lists(name)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("at", "code"), [(AT - 30 * DAY, "crl_stale"), (AT + 30 * DAY, "crl_not_yet")]
)
def test_a_list_of_another_time_says_nothing(outside: Outside, at: dt.datetime, code: str) -> None:
    source = outside.lists("root")
    source.load(outside.list("issuing", at))
    assert codes(outside.validate(outside.certificate("good"), source)) == {code}


def test_a_list_of_some_reasons_is_not_enough_and_with_the_rest_it_is(outside: Outside) -> None:
    leaf = outside.certificate("part-of-reasons")
    source = outside.lists("root", "some-reasons")
    assert codes(outside.validate(leaf, source)) == {"crl_partial"}


def test_a_delta_list_is_laid_over_the_list_of_the_day_before(outside: Outside) -> None:
    leaf, beside = outside.certificate("in-delta"), outside.certificate("beside-delta")
    source = outside.lists("root")
    source.load(outside.list("delta-full", AT - DAY))
    assert codes(outside.validate(leaf, source)) == {"crl_stale"}
    source.load(outside.list("delta"))
    assert codes(outside.validate(leaf, source)) == {"revoked"}
    assert codes(outside.validate(beside, source)) == set()


# OCSP


def judged(  # what one asks about, and how the answer is judged
    outside: Outside,
    responder: str,
    *,
    leaf: str = "good",
    at: dt.datetime = AT,
    asked: tuple[str, bytes | None] | None = None,
    issuer: str = "issuing",
    **options: Any,
) -> OcspAnswer | str:
    """Return the answer of a responder, or the code by which it is refused.

    ``asked`` is what the responder is really asked, when that is something else.
    """
    name, nonce = asked or (leaf, NONCE)
    request = ask(outside.certificate(name), outside.certificate(issuer), nonce)
    data = outside.answer(responder, request, at)
    own, above = (view(outside.certificate(item)) for item in (leaf, "issuing"))
    try:
        return read(data, own, above, AT, nonce=NONCE, **options)
    except TrustError as error:
        assert "{" not in error.sentence()
        why = error.facts.get("reason")
        code = error.code.removeprefix("trust.")
        return code if why is None else f"{code} {why}"


def test_a_good_and_a_revoked_certificate_are_reported_apart(outside: Outside) -> None:
    for name, state in (("good", "good"), ("revoked", "revoked"), ("revoked-tomorrow", "good")):
        answer = judged(outside, "by-issuer", leaf=name)
        assert isinstance(answer, OcspAnswer)
        assert (answer.state, answer.nonce) == (state, True)
    revoked = judged(outside, "by-issuer", leaf="revoked")
    assert isinstance(revoked, OcspAnswer)
    assert revoked.reason == "keyCompromise"


@pytest.mark.parametrize(
    ("responder", "expected"),
    [
        ("delegated", None),
        ("checked", "ocsp_responder revocation"),  # nobody is there to ask about it
        ("no-purpose", "ocsp_responder OCSPSigning"),
        ("wrong-usage", "ocsp_responder keyUsage"),
        ("expired", "ocsp_responder validity"),
        ("of-root", "ocsp_responder issuer"),
        ("of-stranger", "ocsp_responder issuer"),
        ("forged", "ocsp_signature"),
        ("weak-hash", "signature_weak"),
        ("for-root", "ocsp_refused"),
    ],
)
def test_who_may_answer(outside: Outside, responder: str, expected: str | None) -> None:
    found = judged(outside, responder)
    assert (None if isinstance(found, OcspAnswer) else found) == expected


@pytest.mark.parametrize(
    ("responder", "expected"), [("checked", None), ("revoked", "ocsp_responder revocation")]
)
def test_a_responder_without_nocheck_is_looked_up_in_the_lists(
    outside: Outside, responder: str, expected: str | None
) -> None:
    found = judged(outside, responder, responders=outside.lists())
    assert (None if isinstance(found, OcspAnswer) else found) == expected


@pytest.mark.parametrize(
    ("responder", "at", "expected"),
    [
        ("by-issuer", AT - dt.timedelta(minutes=10), None),
        ("by-issuer", AT - dt.timedelta(minutes=11), "ocsp_stale"),
        ("by-issuer", AT + dt.timedelta(minutes=5), None),
        ("by-issuer", AT + dt.timedelta(minutes=6), "ocsp_not_yet"),
        ("endless", AT - dt.timedelta(hours=23), None),
        ("endless", AT - dt.timedelta(hours=25), "ocsp_stale"),
    ],
)
def test_an_answer_of_another_time_is_refused(
    outside: Outside, responder: str, at: dt.datetime, expected: str | None
) -> None:
    found = judged(outside, responder, at=at)
    assert (None if isinstance(found, OcspAnswer) else found) == expected


def test_another_nonce_is_refused_and_a_missing_one_where_it_is_needed(outside: Outside) -> None:
    assert judged(outside, "by-issuer", asked=("good", bytes(32))) == "ocsp_nonce"
    without = judged(outside, "by-issuer", asked=("good", None))
    assert isinstance(without, OcspAnswer)
    strict = OcspRules(nonce_needed=True)
    assert judged(outside, "by-issuer", asked=("good", None), rules=strict) == "ocsp_nonce"


def test_an_answer_about_another_certificate_is_refused(outside: Outside) -> None:
    assert judged(outside, "by-issuer", asked=("revoked", NONCE)) == "ocsp_other"


def test_a_path_is_judged_by_ocsp_and_by_lists_where_the_responder_is_broken(
    outside: Outside,
) -> None:
    def source(responder: str) -> CombinedSource:
        def post(_: str, request: bytes) -> bytes:
            return outside.answer(responder, request)

        settings = OcspSettings(nonce=True, address="http://outside.test")
        return CombinedSource(OcspSource(post, settings), outside.lists())

    good, revoked = outside.certificate("good"), outside.certificate("revoked")
    for responder in ("by-issuer", "delegated", "forged", "of-stranger", "for-root"):
        assert codes(outside.validate(good, source(responder))) == set()
        assert codes(outside.validate(revoked, source(responder))) == {"revoked"}
