# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a site sees: the connection, the certificate, and the codes that follow from them."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from tests.unit.portal.conftest import NOW, InProcess, ScriptedVerifier, admitted, identity
from tests.unit.portal.test_pages import words

from caducee.base import catalogue
from caducee.base.i18n import gettext, use_language
from caducee.relying.verdict import Check, CheckName, CheckOutcome, Verdict, failed, passed
from caducee.services.portal.observation import BY_SCRIPT, BY_SITE
from caducee.services.web.listeners import Listener
from caducee.testing import pki

ISSUED = pki.authority("CARDS").issue("899700218896")
DER = ISSUED.certificate.public_bytes(serialization.Encoding.DER)


def seen(portal: InProcess, **how: Any) -> Any:
    answer = portal("GET", "/diagnosis", json=True, **how)
    assert answer.status == 200
    return answer.json


def codes(found: Any) -> list[str]:
    return [item["code"].removeprefix("diag.") for item in found["findings"]]


def real(verdict: Verdict) -> Verdict:
    """The same verdict for a card that is not a test card."""
    return Verdict(verdict.checks, dataclasses.replace(identity(), test=False))


def test_where_nothing_is_wrong_nothing_is_found(
    portal: InProcess, verifier: ScriptedVerifier
) -> None:
    verifier.verdict = real(admitted())
    found = seen(portal, certificate=DER)
    assert (found["ok"], codes(found)) == (True, [])
    assert found["tls"] == {
        "version": "1.2",
        "cipher": None,
        "ended_by": "listener",
        "asks_for_certificate": True,
    }
    assert "899700218896" in found["certificate"]["subject"]
    assert "CARDS" in found["certificate"]["issuer"]
    assert found["verdict"]["ok"]
    assert found["now"] == NOW.isoformat()


def test_a_test_card_is_a_note(portal: InProcess) -> None:
    found = seen(portal, certificate=DER)
    assert (found["ok"], codes(found)) == (True, ["card_test"])


def test_a_site_that_asks_and_gets_none_says_so_with_the_version(portal: InProcess) -> None:
    found = seen(portal, certificate=None, listener=Listener.TLS13)
    assert codes(found) == ["login_no_certificate"]
    assert found["findings"][0]["facts"] == {"version": "1.3"}
    assert found["certificate"] is None
    assert found["absence"] == "relying.certificate_absent"


def test_where_no_certificate_is_asked_for_the_card_was_not_checked(portal: InProcess) -> None:
    found = seen(portal, certificate=None, listener=Listener.OPEN)
    assert (found["ok"], codes(found)) == (None, ["certificate_unseen"])
    assert found["findings"][0]["severity"] == "unchecked"
    assert found["verdict"] is None
    page = portal("GET", "/diagnosis", certificate=None, listener=Listener.OPEN).text
    assert 'class="notice unchecked" data-code="diag.certificate_unseen"' in page
    assert 'id="nothing" hidden' in page
    assert "https://localhost:2/diagnosis" in page
    assert "https://localhost:3/diagnosis" in page


def test_a_revocation_that_nobody_was_asked_for_is_not_checked(
    portal: InProcess, verifier: ScriptedVerifier
) -> None:
    rest = [item for item in admitted().checks if item.name != CheckName.REVOCATION]
    check = Check(CheckName.REVOCATION, CheckOutcome.SKIPPED, "trust.revocation_not_asked", {})
    verifier.verdict = real(Verdict((*rest, check), identity()))
    found = seen(portal, certificate=DER)
    assert (found["ok"], codes(found)) == (None, ["revocation_unchecked"])


WRONG: dict[str, tuple[CheckName, str, dict[str, Any]]] = {
    "certificate_revoked": (CheckName.REVOCATION, "trust.revoked", {}),
    "revocation_unknown": (CheckName.REVOCATION, "trust.crl_stale", {}),
    "chain_unknown": (CheckName.CHAIN, "trust.chain_not_found", {}),
    "chain_broken": (CheckName.CHAIN, "trust.signature_wrong", {}),
    "certificate_expired": (
        CheckName.VALIDITY,
        "relying.certificate_expired",
        {"not_after": "2026-01-01"},
    ),
    "certificate_early": (
        CheckName.VALIDITY,
        "relying.certificate_not_yet_valid",
        {"not_before": "2027-01-01"},
    ),
    "certificate_purpose": (CheckName.USAGE, "relying.usage_refused", {"use": "signature"}),
    "login_refused": (CheckName.HOLDER, "relying.holder_unknown", {"ps_idnat": "1"}),
}


@pytest.mark.parametrize("expected", WRONG)
def test_a_check_that_fails_leads_to_its_code_of_the_diagnosis(
    portal: InProcess,
    verifier: ScriptedVerifier,
    refuse: Callable[..., Verdict],
    expected: str,
) -> None:
    name, code, facts = WRONG[expected]
    verifier.verdict = refuse(name, code, **facts)
    found = seen(portal, certificate=DER)
    assert codes(found)[0] == expected
    assert not found["ok"] or expected == "revocation_unknown"
    assert "{" not in found["findings"][0]["cause"]
    page = portal("GET", "/diagnosis", certificate=DER).text
    assert f'data-code="diag.{expected}"' in page


def test_a_certificate_that_ends_within_sixty_days_is_reported(
    portal: InProcess, verifier: ScriptedVerifier
) -> None:
    def until(days: int) -> Verdict:
        end = (NOW + dt.timedelta(days=days)).date().isoformat()
        facts = {"not_before": "2025-01-01", "not_after": end}
        check = passed(CheckName.VALIDITY, "relying.validity_current", **facts)
        rest = [item for item in admitted().checks if item.name != CheckName.VALIDITY]
        return real(Verdict((*rest, check), identity()))

    verifier.verdict = until(60)
    found = seen(portal, certificate=DER)
    assert codes(found) == ["certificate_soon"]
    assert found["findings"][0]["facts"]["days"] == 60
    verifier.verdict = until(61)
    assert codes(seen(portal, certificate=DER)) == []


def test_a_header_of_a_proxy_within_tls_means_that_something_opens_it(portal: InProcess) -> None:
    headers = {"via": "1.1 inspection.hospital.test"}
    found = seen(portal, certificate=None, listener=Listener.OPEN, headers=headers)
    assert codes(found) == ["proxy_opens_tls", "certificate_unseen"]
    assert found["findings"][0]["facts"]["issuer"] == "1.1 inspection.hospital.test"
    assert found["on_the_way"] == {"via": "1.1 inspection.hospital.test"}


def test_headers_of_a_front_that_nobody_trusts_are_not_believed(portal: InProcess) -> None:
    headers = {"client-cert": ":YQ==:", "client-cert-verify": "0"}
    found = seen(portal, certificate=None, headers=headers)
    assert found["front"] is None
    assert codes(found) == ["login_no_certificate"]


def test_what_comes_from_outside_is_never_html(portal: InProcess) -> None:
    headers = {"via": "<script>alert(1)</script>", "user-agent": "<b>", "accept-language": "<i>"}
    page = portal("GET", "/diagnosis", certificate=None, listener=Listener.OPEN, headers=headers)
    assert "<script>alert" not in page.text and "&lt;script&gt;alert" in page.text
    assert "<b>" not in page.text and "<i>" not in page.text


def test_a_certificate_that_cannot_be_read_shows_its_fingerprint_alone(portal: InProcess) -> None:
    found = seen(portal, certificate=b"no certificate")
    assert set(found["certificate"]) == {"fingerprint"}


def test_a_failure_of_the_checks_is_explained(
    portal: InProcess, verifier: ScriptedVerifier
) -> None:
    verifier.raises = RuntimeError("directory")
    answer = portal("GET", "/diagnosis", json=True)
    assert (answer.status, answer.json["refusal"]["code"]) == (500, "portal.fault")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_is_in_the_language_of_the_browser_and_has_what_the_script_may_tell(
    portal: InProcess, language: str
) -> None:
    page = portal("GET", "/diagnosis", language=language, certificate=DER).text
    assert f'<html lang="{language}">' in page
    for code in BY_SCRIPT:
        with use_language(language):
            start = gettext(catalogue.entry(code).advice)
        assert f'data-code="{code}" hidden' in page
        assert start in unescape(page)
    assert '<span data-fact="seconds">…</span>' in page


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_code_of_the_diagnosis_has_a_page_of_its_own(
    portal: InProcess, language: str
) -> None:
    listed = portal("GET", "/diagnosis/codes", language=language).text
    for entry in catalogue.entries():
        if not entry.code.startswith("diag."):
            continue
        assert f'href="/diagnosis/{entry.code}"' in listed
        page = portal("GET", f"/diagnosis/{entry.code}", language=language)
        assert page.status == 200
        with use_language(language):
            for text in (entry.sentence, entry.consequence, entry.advice):
                start = words(gettext(text).partition("{")[0])
                assert start in words(page.text), entry.code


def test_the_codes_are_given_as_json(portal: InProcess) -> None:
    listed = portal("GET", "/diagnosis/codes", json=True).json["codes"]
    assert len(listed) > 150
    item = portal("GET", "/diagnosis/diag.pcscd_stopped", json=True).json
    assert item in listed
    assert item["apply"] == "pcscd-start"


@pytest.mark.parametrize("code", ["diag.nothing", "relying.card_opposed", "codes.x"])
def test_what_is_no_code_of_the_diagnosis_is_not_found(portal: InProcess, code: str) -> None:
    assert portal("GET", f"/diagnosis/{code}").status == 404


def test_what_a_site_can_tell_are_codes_of_the_catalogue() -> None:
    for code in (*BY_SITE, *BY_SCRIPT):
        assert catalogue.entry(code).consequence


def test_findings_stand_in_the_order_of_causes(
    portal: InProcess, verifier: ScriptedVerifier
) -> None:
    checks = (
        failed(CheckName.HOLDER, "relying.holder_unknown", ps_idnat="1"),
        failed(CheckName.REVOCATION, "trust.revoked"),
    )
    verifier.verdict = Verdict(checks, None)
    headers = {"via": "x"}
    found = codes(seen(portal, certificate=DER, headers=headers))
    assert found == ["proxy_opens_tls", "certificate_revoked", "login_refused"]
