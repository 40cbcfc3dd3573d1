# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a refusal says to the person at the screen."""

import re
from typing import Any

import pytest
from tests.unit.portal.conftest import NOW, make_portal, refused

from caducee.base import catalogue
from caducee.base.clock import FixedClock
from caducee.base.errors import LoginRefusedError
from caducee.base.i18n import use_language
from caducee.relying.verdict import CheckName
from caducee.services.portal.personal import PERSONAL, Personal
from caducee.services.portal.refusals import REASONS

TECHNICAL = re.compile(
    r"TLS|Web eID|token|RSA|CRL|OCSP|handshake|nonce|PKCS|cookie|liaison|connection\b",
    re.IGNORECASE,
)


def shown(page: str) -> str:
    """Return what stands on a page before anything is unfolded."""
    return page.split("<main")[1].split("<details", maxsplit=1)[0]


@pytest.mark.parametrize("code", PERSONAL)
def test_every_text_belongs_to_a_code_and_uses_its_facts_alone(code: str) -> None:
    assert code in REASONS
    places = set(re.findall(r"\{([a-z_]+)\}", "".join(PERSONAL[code])))
    assert places <= set(re.findall(r"\{([a-z_]+)\}", catalogue.entry(code).sentence))


@pytest.mark.parametrize("code", PERSONAL)
def test_no_text_needs_technical_words(code: str) -> None:
    assert not TECHNICAL.search(" ".join(PERSONAL[code]))


@pytest.mark.parametrize("code", ["trust.crl_stale", "trust.ocsp_unreachable"])
def test_a_source_that_is_down_is_not_blamed_on_the_card(code: str) -> None:
    assert "Neither you nor your card" in Personal.of(LoginRefusedError(code)).what


def test_a_day_is_written_as_the_reader_writes_it() -> None:
    error = LoginRefusedError("relying.certificate_expired", not_after="2026-01-02")
    with use_language("fr"):
        assert Personal.of(error).what == "Votre carte a expiré le 02/01/2026."


def test_a_moment_of_revocation_is_a_day_of_the_reader() -> None:
    error = LoginRefusedError("trust.revoked", certificate="X", revoked_at="2026-12-03 11:25 UTC")
    with use_language("fr"):
        assert Personal.of(error).what == "Votre carte a été révoquée le 03/12/2026."


def test_a_refusal_names_the_card_and_whom_to_call_and_folds_the_rest(
    verifier: Any, holders: Any
) -> None:
    verifier.verdict = refused(CheckName.CARD, "relying.card_opposed", card_id="1")
    portal = make_portal(verifier, holders, FixedClock(NOW), support_telephone="01 23 45 67 89")
    page = portal("GET", "/login/certificate").text
    before = shown(page)
    assert "CPS card no. 2800636234 of Ambre-Élise DOC0021889" in before
    assert 'href="tel:0123456789">01 23 45 67 89</a>' in before
    assert not TECHNICAL.search(before)
    assert "relying.card_opposed" not in before
    assert 'class="checks"' not in before


def test_a_program_reads_the_same(portal: Any, verifier: Any) -> None:
    verifier.verdict = refused(CheckName.CARD, "relying.card_opposed", card_id="1")
    found = portal("GET", "/login/certificate", json=True).json
    assert found["card"] == "CPS card no. 2800636234 of Ambre-Élise DOC0021889"
    assert found["refusal"]["person"]["what"] == PERSONAL["relying.card_opposed"][0]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_who_logs_in_and_out_meets_no_technical_word(portal: Any, language: str) -> None:
    pages = {
        "start": portal("GET", "/", language=language, certificate=None).text,
        "login": portal("GET", "/login/certificate", language=language).text,
        "session": portal("GET", "/session", language=language).text,
        "logged out": portal("POST", "/logout", language=language).text,
    }
    for name, page in pages.items():
        seen = visible(page)
        assert not TECHNICAL.search(seen), (name, seen)


def visible(page: str) -> str:
    """Return what a person reads on a page before unfolding anything."""
    main = page.split("<main", maxsplit=1)[-1].split("</main", maxsplit=1)[0]
    unfolded = re.sub(r"<details.*?</details>|<(\w+)[^>]*\shidden.*?</\1>", " ", main, flags=re.S)
    return re.sub(r"<[^>]+>", " ", unfolded)
