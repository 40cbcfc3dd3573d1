# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the pages say, in both languages, and their JSON twins."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest

from caducee.base import catalogue
from caducee.base.i18n import gettext, use_language
from caducee.relying.verdict import CheckName
from caducee.services.portal import texts
from caducee.services.portal.refusals import REASONS
from caducee.services.portal.start import refusal_entries
from caducee.services.web.language import preferred
from caducee.services.web.listeners import Listener

NOTHING_TO_DO = ("", "No action needed.")
REFUSALS = [
    refusal_entry.code
    for area in ("relying", "trust", "portal", "codec")
    for refusal_entry in refusal_entries(area)
]


def words(page: str) -> str:
    """Return the text of a page, spaces joined."""
    return joined(unescape(re.sub(r"<[^>]+>", " ", page)))


def joined(text: str) -> str:
    """Return a text with every space, also one that does not break, as one blank."""
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize("area", ["relying", "trust"])
def test_every_code_that_refuses_a_login_says_why(area: str) -> None:
    refusing = {
        entry.code
        for entry in catalogue.entries()
        if entry.code.startswith(f"{area}.") and entry.advice not in NOTHING_TO_DO
    }
    assert refusing <= set(REASONS)


def test_every_reason_belongs_to_a_code_of_the_catalogue() -> None:
    assert set(REASONS) <= {entry.code for entry in catalogue.entries()}


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("code", REFUSALS)
def test_every_refusal_has_a_page(portal: Any, code: str, language: str) -> None:
    answer = portal("GET", f"/refusals/{code}", language=language)
    entry = catalogue.entry(code)
    assert answer.status == 200
    assert f'<html lang="{language}">' in answer.text
    assert code in answer.text
    with use_language(language):
        shown = words(answer.text)
        for text in (entry.sentence, entry.advice):
            for part in re.split(r"\{[a-z_]+\}", gettext(text)):
                assert joined(part).removeprefix(".") in shown
        assert joined(texts.why(code)) in shown


def test_every_refusal_is_listed(portal: Any) -> None:
    page = portal("GET", "/refusals").text
    assert all(f'href="/refusals/{code}"' in page for code in REFUSALS)


def test_every_check_has_a_name_on_the_page() -> None:
    assert set(texts.CHECKS) == set(CheckName)


def test_a_code_that_refuses_nobody_has_no_page(portal: Any) -> None:
    assert portal("GET", "/refusals/relying.chain_accepted").status == 404
    assert portal("GET", "/refusals/base.config_invalid").status == 404


def test_the_start_page_offers_both_listeners_and_the_token(portal: Any) -> None:
    page = portal("GET", "/", listener=Listener.OPEN, certificate=None).text
    assert 'href="https://localhost:2/login/certificate"' in page
    assert 'href="https://localhost:3/login/certificate"' in page
    assert 'href="/login/token"' in page


def test_the_start_page_behind_a_front_offers_the_fronts_addresses(portal: Any) -> None:
    ways = portal("GET", "/", listener=Listener.TLS13, json=True).json["login"]
    assert ways["tls12"] == "https://localhost:2/login/certificate"
    assert ways["tls13"] == "https://localhost:3/login/certificate"


def test_the_language_follows_the_browser(portal: Any) -> None:
    answer = portal("GET", "/", language="de, fr-CA;q=0.8, en;q=0.5")
    assert '<html lang="fr">' in answer.text
    assert answer.header("content-language") == "fr"


def test_the_language_switch_wins_over_the_browser_and_stays(portal: Any) -> None:
    assert '<html lang="en">' in portal("GET", "/?lang=en", language="fr").text
    assert '<html lang="en">' in portal("GET", "/", language="fr").text


def test_an_unknown_language_is_not_kept(portal: Any) -> None:
    answer = portal("GET", "/?lang=xx%0d%0aa", language="fr")
    assert '<html lang="fr">' in answer.text
    assert not answer.set_cookies


@pytest.mark.parametrize(
    ("value", "language"),
    [
        ("", "en"),
        ("*", "en"),
        ("fr", "fr"),
        ("FR-fr", "fr"),
        ("en;q=0.4, fr;q=0.5", "fr"),
        ("fr;q=0, en;q=0.1", "en"),
        ("fr;q=x, en", "en"),
        ("fr;q=nan, en;q=0.2", "en"),
        ("," * 10_000 + "fr", "en"),
    ],
)
def test_the_preferred_language_is_the_one_of_highest_quality(value: str, language: str) -> None:
    assert preferred(value) == language


@pytest.mark.parametrize("path", ["/", "/login/token", "/refusals", "/nowhere", "/static/site.css"])
def test_no_answer_loads_anything_from_elsewhere_or_is_framed(portal: Any, path: str) -> None:
    answer = portal("GET", path)
    policy = answer.header("content-security-policy") or ""
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "; script-src 'self'; connect-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.header("x-content-type-options") == "nosniff"


def test_pages_are_not_kept_and_styles_are(portal: Any) -> None:
    assert portal("GET", "/").header("cache-control") == "no-store"
    assert "max-age" in (portal("GET", "/static/site.css").header("cache-control") or "")


class _Outline(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("path", ["/", "/login/token", "/refusals", "/nowhere", "/session"])
def test_every_page_has_a_language_a_title_landmarks_and_a_skip_link(
    portal: Any, path: str
) -> None:
    outline = _Outline()
    outline.feed(portal("GET", path).text)
    names = [tag for tag, _ in outline.tags]
    assert [names.count(name) for name in ("title", "h1", "main", "header", "footer", "nav")] == [
        1
    ] * 6
    first_link = next(attributes for tag, attributes in outline.tags if tag == "a")
    main = next(attributes for tag, attributes in outline.tags if tag == "main")
    assert first_link["href"] == f"#{main['id']}"
    assert not [item for item in outline.tags if "style" in item[1]]
    scripts = [attributes for tag, attributes in outline.tags if tag == "script"]
    assert all((script.get("src") or "").startswith("/static/") for script in scripts)


def test_a_missing_page_and_a_wrong_method_are_explained(portal: Any) -> None:
    missing = portal("GET", "/nowhere")
    assert (missing.status, "portal.not_found" in missing.text) == (404, True)
    wrong = portal("DELETE", "/session")
    assert (wrong.status, "portal.method_not_allowed" in wrong.text) == (405, True)
    assert wrong.header("allow")


def test_markup_from_outside_is_shown_as_text(portal: Any) -> None:
    answer = portal("GET", "/", headers={"host": "<script>alert(1)</script>"})
    assert answer.status == 421
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text
