# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Certificates and lists under the addresses of the certificates, and conditional requests."""

import datetime as dt
import re
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates
from cryptography.x509.oid import AuthorityInformationAccessOID
from starlette.requests import Request
from tests.unit.publication.conftest import FORT, FORT_PP, Answer, Get, Points

from caducee.services.publication.conditional import respond
from caducee.services.publication.documents import Document, link_names
from caducee.spec import igc

MINUTES = dt.timedelta(minutes=10)


def path(url: str) -> str:
    return urlsplit(url).path


def test_every_http_address_in_a_certificate_leads_to_its_document(
    points: Points, get: Get
) -> None:
    extensions = points.issued.authentication.extensions
    lists = extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    urls = [item.full_name[0].value for item in lists if item.full_name]
    (crl,) = (url for url in urls if url.startswith("http:"))
    answer = get(path(crl))
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/pkix-crl"
    assert answer.body == points.world.authority.crl(FORT_PP)
    access = extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    issuers = [
        item.access_location.value
        for item in access
        if item.access_method == AuthorityInformationAccessOID.CA_ISSUERS
    ]
    answer = get(path(issuers[0]))
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/pkix-cert"
    assert answer.body == points.ca(FORT_PP).public_bytes(Encoding.DER)
    assert get(path(igc.CPS_POLICY_URI)).status == 200


def test_the_whole_address_works_as_with_an_http_proxy(points: Points, get: Get) -> None:
    answer = get(FORT_PP.crl_url, host="igc-sante.esante.gouv.fr")
    assert answer.body == points.world.authority.crl(FORT_PP)


def test_a_chain_file_holds_every_certificate_of_its_hierarchy(points: Points, get: Get) -> None:
    answer = get("/AC%20TEST/Chaine_de_certification-IGC-Sante-TEST.p7b")
    assert answer.headers["content-type"] == "application/x-pkcs7-certificates"
    found = {certificate.subject for certificate in load_der_pkcs7_certificates(answer.body)}
    assert found == {points.ca(FORT).subject, points.ca(FORT_PP).subject}
    assert get("/AC%20SANDBOX/Chaine_de_certification-IGC-Sante-SANDBOX.p7b").status == 404


@pytest.mark.parametrize(
    "name",
    [
        "/CRL/ACI-EL-PP-TEST.crl",  # an authority that was never needed
        "/CRL/ACI-FO-PP-TEST.cer",
        "/AC%20TEST/ACI-FO-PP-TEST.crl",
        "/AC%20SANDBOX/ACI-FO-PP-TEST.cer",
        "/CRL/.crl",
        "/CRL/..%2Fregistry.db",
        "/authority/passphrase",
        "/CRL/ACI-FO-PP-TEST.pem",
    ],
)
def test_nothing_else_is_published(get: Get, name: str) -> None:
    assert get(name).status == 404


def test_asking_makes_no_authority(points: Points, get: Get) -> None:
    get("/AC%20TEST/ACI-EL-PP-TEST.cer")
    assert points.world.authority.existing() == (FORT, FORT_PP)


def test_a_list_that_the_client_has_is_not_sent_again(points: Points, get: Get) -> None:
    crl = path(FORT_PP.crl_url)
    first = get(crl)
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = get(crl, if_none_match=known)
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == tag
    assert get(crl, if_none_match='"other"').status == 200
    points.world.authority.new_crl(FORT_PP)
    second = get(crl, if_none_match=tag)
    assert second.status == 200
    assert second.headers["etag"] != tag


def test_a_list_may_be_kept_for_minutes_and_never_beyond_its_next_update(
    points: Points, get: Get
) -> None:
    assert _age(get(path(FORT_PP.crl_url))) == igc.LIST_KEPT.total_seconds()
    record = points.world.authority.crl_record(FORT_PP)
    document = Document(b"", "application/pkix-crl", "1", record.this_update, record.next_update)
    for left, control in ((90, "public, max-age=90"), (0, "no-cache"), (-5, "no-cache")):
        now = record.next_update - dt.timedelta(seconds=left)
        answer = respond(Request({"type": "http", "headers": [], "method": "GET"}), document, now)
        assert answer.headers["cache-control"].startswith(control)
    assert get("/AC%20TEST/" + f"{FORT_PP.file}.cer").headers["cache-control"] == "no-cache"


def _age(answer: Answer) -> int:
    found = re.search(r"max-age=(\d+)", answer.headers["cache-control"])
    assert found is not None
    return int(found[1])


@pytest.mark.parametrize("folder", ["CRL", "AC%20TEST"])
def test_documents_without_words_do_not_vary_by_language(get: Get, folder: str) -> None:
    kind = "crl" if folder == "CRL" else "cer"
    where = f"/{folder}/{FORT_PP.file}.{kind}"
    answers = [get(where)]
    answers.append(get(where, if_none_match=answers[0].headers["etag"]))
    assert [item.status for item in answers] == [200, 304]
    for answer in answers:
        assert "vary" not in answer.headers
        assert "content-language" not in answer.headers
    assert get("/").headers["vary"] == "Accept-Language"


def test_a_list_not_changed_since_its_date_is_not_sent_again(points: Points, get: Get) -> None:
    crl = path(FORT_PP.crl_url)
    get(crl)
    points.advance(MINUTES)
    first = get(crl)
    date = first.headers["last-modified"]
    made = x509.load_der_x509_crl(first.body)
    assert parsedate_to_datetime(date) == made.last_update_utc
    assert get(crl, if_modified_since=date).status == 304
    # The tag counts more than the date (RFC 9110 13.1.3).
    assert get(crl, if_modified_since=date, if_none_match='"other"').status == 200
    points.world.authority.new_crl(FORT_PP)
    assert get(crl, if_modified_since=date).status == 200
    assert get(crl, if_modified_since="yesterday").status == 200


def test_a_date_is_given_only_when_no_other_list_can_have_it(points: Points, get: Get) -> None:
    points.advance(MINUTES)
    points.world.authority.new_crl(FORT_PP)
    points.clock.by -= dt.timedelta(seconds=1)
    assert "last-modified" not in get(path(FORT_PP.crl_url)).headers


def test_answers_tell_the_time_of_the_world(points: Points, get: Get) -> None:
    points.advance(dt.timedelta(days=400))
    said = parsedate_to_datetime(get("/PC").headers["date"])
    assert abs(said - points.world.clock.now()) < dt.timedelta(minutes=1)


def test_the_published_list_never_goes_back(points: Points, get: Get) -> None:
    numbers = []
    for by in (0, 1, -400, 500, -1):
        points.advance(dt.timedelta(days=by))
        crl = x509.load_der_x509_crl(get(path(FORT_PP.crl_url)).body)
        numbers.append(crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number)
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("host", ["evil.example", "igc-sante.esante.gouv.fr.evil.example", "["])
def test_a_name_that_somebody_points_here_is_not_served(get: Get, host: str) -> None:
    assert get("/", host=host).status == 421


@pytest.mark.parametrize("host", ["localhost", "pki.test", "127.0.0.1:80", "[::1]:80"])
def test_names_of_this_machine_are_served(get: Get, host: str) -> None:
    assert get("/PC", host=host).status == 200


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-9", slice(0, 10)),
        ("bytes=10-", slice(10, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=5-99999999", slice(5, None)),
        ("bytes=-99999999", slice(0, None)),
    ],
)
def test_a_download_goes_on_where_it_broke_off(get: Get, asked: str, part: slice) -> None:
    whole = get(path(FORT_PP.crl_url))
    assert whole.headers["accept-ranges"] == "bytes"
    answer = get(path(FORT_PP.crl_url), range=asked)
    assert (answer.status, answer.body) == (206, whole.body[part])
    start, _, _ = part.indices(len(whole.body))
    end = start + len(answer.body) - 1
    assert answer.headers["content-range"] == f"bytes {start}-{end}/{len(whole.body)}"


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_a_part_that_is_not_there_is_refused_with_the_size(get: Get, asked: str) -> None:
    size = len(get(path(FORT_PP.crl_url)).body)
    answer = get(path(FORT_PP.crl_url), range=asked)
    assert (answer.status, answer.headers["content-range"]) == (416, f"bytes */{size}")


@pytest.mark.parametrize(
    "asked", ["bytes=9-5", "bytes=-", "bytes=0-1,3-4", "pages=1-2", "bytes=a-b"]
)
def test_what_is_no_single_range_gets_the_whole(get: Get, asked: str) -> None:
    assert get(path(FORT_PP.crl_url), range=asked).status == 200


def test_a_part_of_another_list_is_never_joined_to_one_begun(points: Points, get: Get) -> None:
    crl = path(FORT_PP.crl_url)
    tag = get(crl).headers["etag"]
    assert get(crl, range="bytes=10-", if_range=tag).status == 206
    points.world.authority.new_crl(FORT_PP)
    assert get(crl, range="bytes=10-", if_range=tag).status == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST"])
def test_nothing_can_be_changed(get: Get, method: str) -> None:
    assert get("/CRL/ACI-FO-PP-TEST.crl", method).status == 405


def test_every_key_of_an_authority_and_the_links_between_them_are_published(
    points: Points, get: Get
) -> None:
    authority = points.world.authority
    new = authority.renew_key(FORT)
    for ca in (FORT, new):
        assert get(path(ca.crl_url)).body == authority.crl(ca)
        certificate = authority.certificate(ca).public_bytes(Encoding.DER)
        assert get(path(ca.certificate_url)).body == certificate
    assert link_names(FORT) == ()
    for name, link in zip(link_names(new), authority.links(new), strict=True):
        answer = get(f"/AC%20TEST/{name}.cer")
        assert answer.body == link.public_bytes(Encoding.DER)
        assert get(f"/AC%20SANDBOX/{name}.cer").status == 404
    assert link_names(new)[0] == "ACR-FO-TEST-BY-ACR-FO-G2-TEST"
    whole = get("/AC%20TEST/Chaine_de_certification-IGC-Sante-TEST.p7b")
    assert set(authority.links(new)) < set(load_der_pkcs7_certificates(whole.body))
