# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The pages of the publication points: what they show, in both languages."""

import datetime as dt
import re

import pytest
from cryptography import x509
from tests.unit.publication.conftest import FORT, FORT_PP, Get, Points

from caducee.base.errors import ConfigError
from caducee.services.publication.server import running
from caducee.services.publication.settings import PublicationSettings


def text(body: bytes) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", body.decode()).split())


def test_the_first_page_shows_every_authority_with_its_lists(points: Points, get: Get) -> None:
    points.world.revoke(points.issued.card.number)
    page = get("/")
    shown = text(page.body)
    for ca in (FORT, FORT_PP):
        assert ca.common_name in shown
        assert f"{points.ca(ca).serial_number:X}" in text(get(f"/authorities/{ca.file}").body)
        assert f'href="/CRL/{ca.file}.crl"'.encode() in page.body
    crl = points.world.authority.crl_record(FORT_PP)
    entries = len(x509.load_der_x509_crl(crl.der))
    assert entries >= 2
    assert f"number {crl.number}, {entries} revoked, {len(crl.der)} B" in shown
    assert "in service" in shown
    assert page.headers["content-language"] == "en"


def test_links_of_the_first_page_lead_somewhere(get: Get) -> None:
    links = re.findall(r'href="(/[^"#]*)"', get("/").body.decode())
    assert len(links) > 8
    for link in set(links):
        assert get(link.replace("&amp;", "&")).status == 200, link


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Certification authorities"), ("fr", "Autorités de certification")],
)
def test_pages_are_in_the_language_of_the_reader(get: Get, language: str, words: str) -> None:
    page = get("/", accept_language=language)
    assert f'<html lang="{language}">'.encode() in page.body
    assert words in text(page.body)


def test_a_chosen_language_is_kept_without_tls(get: Get) -> None:
    cookie = get("/PC?lang=fr").headers["set-cookie"]
    assert cookie.startswith("language=fr;")
    assert "Secure" not in cookie
    assert get("/PC", cookie="language=fr").headers["content-language"] == "fr"


@pytest.mark.parametrize("how", ["serial", "colons", "card", "name", "idnat"])
def test_a_certificate_is_found_by_what_is_known_of_it(points: Points, get: Get, how: str) -> None:
    made = points.issued.authentication
    serial = f"{made.serial_number:X}"
    asked = {
        "serial": serial.lower(),
        "colons": ":".join(re.findall("..", serial)),
        "card": points.issued.card.number,
        "name": "doc0042788",
        "idnat": points.issued.card.ps_idnat,
    }[how]
    found = get(f"/search?q={asked}")
    assert serial in text(found.body)
    page = get(f"/certificates/{FORT_PP.file}/{serial}")
    assert "valid" in text(page.body)
    file = get(f"/certificates/{FORT_PP.file}/{serial}.cer")
    assert x509.load_der_x509_certificate(file.body) == made


def test_a_search_finds_signs_of_patterns_as_they_are(get: Get) -> None:
    for asked in ("%25", "_", "%5C", "%27", "nobody"):
        assert "Certificates found: 0" in text(get(f"/search?q={asked}").body)


def test_a_search_shows_what_was_asked_without_running_it(get: Get) -> None:
    page = get("/search?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert b"<script" not in page.body
    assert "script-src" not in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_page_says_revoked_and_expired(points: Points, get: Get) -> None:
    path = f"/certificates/{FORT_PP.file}/{points.issued.authentication.serial_number:X}"
    points.advance(dt.timedelta(days=4 * 365))
    assert "expired" in text(get(path).body)
    points.clock.by = dt.timedelta()
    points.world.revoke(points.issued.card.number, x509.ReasonFlags.key_compromise)
    shown = text(get(path).body)
    assert "revoked on" in shown
    assert "somebody else may have the key" in shown
    number = points.world.authority.crl_record(FORT_PP).number
    assert f"It stands in the full list, number {number}." in shown


def test_a_page_says_a_revocation_that_stands_in_the_delta_list_alone(
    points: Points, get: Get
) -> None:
    made = points.issued.authentication
    points.world.authority.crl(FORT_PP)
    points.world.authority.revoke(FORT_PP, made.serial_number)
    points.world.authority.new_delta_crl(FORT_PP)
    shown = text(get(f"/certificates/{FORT_PP.file}/{made.serial_number:X}").body)
    number = points.world.authority.delta_record(FORT_PP).number
    assert f"It stands in the delta list, number {number}." in shown
    assert "It does not stand in the full list" in shown


def test_a_page_leads_to_the_other_certificates_of_the_card(points: Points, get: Get) -> None:
    issued = points.issued
    page = get(f"/certificates/{FORT_PP.file}/{issued.authentication.serial_number:X}")
    other = f'href="/certificates/{FORT_PP.file}/{issued.signature.serial_number:X}"'
    assert other.encode() in page.body


def test_a_page_says_what_happened_and_what_will(points: Points, get: Get) -> None:
    points.world.revoke(points.issued.card.number)
    path = f"/certificates/{FORT_PP.file}/{points.issued.authentication.serial_number:X}"
    shown = text(get(path).body)
    events = ["Valid from now on", "Revoked", "The card was entered", "The card was stopped"]
    assert all(event in shown for event in events)
    assert "End of its validity (to come)" in shown


def test_an_authority_with_a_second_key_has_a_page_for_each(points: Points, get: Get) -> None:
    made = points.world.authority.renew_key(FORT_PP)
    assert made.key_name in text(get("/").body)
    page = get(f"/authorities/{made.file}")
    links = re.findall(r'href="(/AC[^"]*-BY-[^"]*)"', page.body.decode())
    assert len(links) == 2
    assert [get(link).status for link in links] == [200, 200]


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/certificates/ACI-FO-PP-TEST/1",
        "/certificates/x/1",
        "/authorities/x",
        "/authorities/ACI-EL-PP-TEST",  # never needed
        "/certificates/ACI-FO-PP-TEST/%C2%B2",
        f"/certificates/ACI-FO-PP-TEST/{'F' * 5000}",
    ],
)
def test_what_is_not_there_is_reported_in_a_page(get: Get, path: str) -> None:
    page = get(path)
    assert page.status == 404
    assert "Page not found" in text(page.body)


def test_an_address_in_use_is_refused_with_its_name(points: Points) -> None:
    world = points.world
    settings = PublicationSettings(port=points.port)
    opened = running(settings, world.authority, world.registry, world.clock)
    with pytest.raises(ConfigError) as caught, opened:
        pass
    assert caught.value.code == "publication.address_taken"
    assert str(points.port) in caught.value.sentence()
