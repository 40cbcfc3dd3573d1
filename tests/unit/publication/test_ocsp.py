# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""OCSP over HTTP: POST and GET, how long an answer may be kept, and clients that misbehave."""

import asyncio
import base64
import datetime as dt
import socket
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from tests.unit.publication.conftest import FORT_PP, Get, Points

from caducee.authority.ocsp.requests import LARGEST_REQUEST
from caducee.authority.ocsp.responder import OcspResponder, cert_id
from caducee.codec.tlv import Tlv
from caducee.directory.authority_records import RegistryRecords
from caducee.services.publication.ocsp import OcspEndpoint
from caducee.spec import igc

GOOD, REVOKED = ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED
MALFORMED = ocsp.OCSPResponseStatus.MALFORMED_REQUEST


@pytest.fixture
def asked(points: Points) -> bytes:
    builder = ocsp.OCSPRequestBuilder()
    builder = builder.add_certificate(
        points.issued.authentication, points.ca(FORT_PP), hashes.SHA1()
    )
    return builder.build().public_bytes(Encoding.DER)


def status(body: bytes) -> ocsp.OCSPCertStatus:
    return ocsp.load_der_ocsp_response(body).certificate_status


@pytest.mark.parametrize(
    ("path", "host"), [("/", "ocsp.esante.gouv.fr"), ("/", "localhost"), ("/ocsp", "localhost")]
)
def test_a_request_by_post_is_answered(get: Get, asked: bytes, path: str, host: str) -> None:
    answer = get(path, "POST", asked, content_type="application/ocsp-request", host=host)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/ocsp-response"
    assert answer.headers["cache-control"] == "no-store"
    assert status(answer.body) is GOOD


def test_a_request_by_get_is_answered(get: Get, asked: bytes) -> None:
    text = base64.b64encode(asked).decode()
    for path in (f"/ocsp/{quote(text, safe='')}", f"/ocsp/{text}", f"/ocsp/{text.rstrip('=')}"):
        assert status(get(path).body) is GOOD
    whole = f"{igc.OCSP_URL}/{quote(text, safe='')}"
    assert status(get(whole, host="ocsp.esante.gouv.fr").body) is GOOD


def test_an_answer_by_get_may_be_kept_until_the_next(
    points: Points, get: Get, asked: bytes
) -> None:
    answer = get(f"/ocsp/{quote(base64.b64encode(asked).decode(), safe='')}")
    said = ocsp.load_der_ocsp_response(answer.body)
    assert parsedate_to_datetime(answer.headers["expires"]) == said.next_update_utc
    assert parsedate_to_datetime(answer.headers["last-modified"]) == said.produced_at_utc
    seconds = int(igc.OCSP_ANSWER_PERIOD.total_seconds())
    age = int(answer.headers["cache-control"].partition(",")[0].removeprefix("max-age="))
    assert seconds - 60 < age <= seconds


def test_a_revocation_is_answered_within_a_look_at_the_records(
    points: Points, get: Get, asked: bytes
) -> None:
    assert status(get("/ocsp", "POST", asked).body) is GOOD
    points.world.authority.revoke(FORT_PP, points.issued.authentication.serial_number)
    answers = (status(get("/ocsp", "POST", asked).body) for _ in range(10_000))
    assert next(answer for answer in answers if answer is not GOOD) is REVOKED


def test_answers_follow_the_clock_of_the_world(points: Points, get: Get, asked: bytes) -> None:
    get("/ocsp", "POST", asked)
    points.advance(dt.timedelta(days=200))
    said = ocsp.load_der_ocsp_response(get("/ocsp", "POST", asked).body)
    assert abs(said.produced_at_utc - points.world.clock.now()) < dt.timedelta(minutes=1)
    assert said.certificates[0].not_valid_before_utc <= said.produced_at_utc


@pytest.mark.parametrize("body", [b"", b"\x30", b"\x30\x80", bytes(range(100)), b"<html>"])
def test_what_is_no_request_gets_an_answer_that_says_so(get: Get, body: bytes) -> None:
    answer = get("/ocsp", "POST", body)
    assert answer.status == 200
    assert ocsp.load_der_ocsp_response(answer.body).response_status is MALFORMED


@pytest.mark.parametrize("path", ["/ocsp", "/ocsp/", "/ocsp/%00", "/ocsp/not+base64!", "/ocsp/a"])
def test_a_path_that_is_no_base64_is_refused(get: Get, path: str) -> None:
    assert get(path).status == 400


def test_a_body_larger_than_any_request_gets_an_answer_that_says_so(get: Get) -> None:
    answer = get("/ocsp", "POST", bytes(LARGEST_REQUEST + 1))
    assert (answer.status, answer.headers["connection"]) == (200, "close")
    assert ocsp.load_der_ocsp_response(answer.body).response_status is MALFORMED


def test_two_hundred_serials_in_one_request_are_answered(points: Points, get: Get) -> None:
    issuer = points.world.authority.certificate(FORT_PP)
    listed = (
        Tlv.build(0x30, Tlv.from_bytes(cert_id(issuer, index).encoded)) for index in range(200)
    )
    body = Tlv.build(0x30, Tlv.build(0x30, Tlv.build(0x30, *listed))).to_bytes()
    said = ocsp.load_der_ocsp_response(get("/ocsp", "POST", body).body)
    assert len(list(said.responses)) == 200


def test_other_methods_are_refused(get: Get) -> None:
    answer = get("/ocsp", "PUT", b"")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, POST")


def test_a_client_that_never_ends_its_request_is_given_up(points: Points) -> None:
    responder = OcspResponder(points.world.authority, RegistryRecords(points.world.registry))
    endpoint = OcspEndpoint(responder, points.world.clock, body_seconds=0.01)
    sent: list[Any] = []

    async def endless() -> dict[str, object]:
        await asyncio.sleep(3600)
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/ocsp", "headers": []}
    asyncio.run(endpoint(scope, endless, send))
    assert sent[0]["status"] == 408


def test_others_are_served_while_slow_and_broken_clients_hang(
    points: Points, get: Get, asked: bytes
) -> None:
    opened = []
    for said in (
        b"",
        b"G",
        b"POST /ocsp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90\r\n\r\n0",
    ):
        for _ in range(20):
            client = socket.create_connection((points.host, points.port))
            client.sendall(said)
            opened.append(client)
    for rubbish in (b"\x00" * 100, b"GET / HTTP/9.9\r\n\r\n", b"GET " + b"a" * 70_000):
        client = socket.create_connection((points.host, points.port))
        client.sendall(rubbish)
        opened.append(client)
    assert status(get("/ocsp", "POST", asked).body) is GOOD
    assert x509.load_der_x509_crl(get("/CRL/ACI-FO-PP-TEST.crl").body).issuer
    for client in opened:
        client.close()
