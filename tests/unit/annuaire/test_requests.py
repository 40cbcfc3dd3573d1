# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Who may ask, how often, and what becomes of requests that are wrong."""

import contextlib
import json
import random
import socket
from urllib.parse import urlsplit

import httpx2
import pytest
from starlette.requests import Request
from tests.unit.annuaire.conftest import Directory

from caducee.services.annuaire.limits import ClientLimits
from caducee.services.annuaire.outcomes import OutcomeError
from caducee.services.annuaire.settings import AnnuaireSettings


def request(key: str | None) -> Request:
    headers = [] if key is None else [(b"esante-api-key", key.encode())]
    return Request({"type": "http", "headers": headers})


def test_a_request_without_a_key_is_refused(directory: Directory) -> None:
    answer = directory.client.get("/Practitioner", headers={"ESANTE-API-KEY": ""})
    assert answer.status_code == 401
    assert answer.json()["issue"][0]["code"] == "login"


def test_only_known_keys_are_good_when_there_are_some() -> None:
    gate = ClientLimits(AnnuaireSettings(keys=("one", "two")))
    gate.check(request("two"))
    for wrong in (None, "", "three", "tw", "x" * 10_000):
        with pytest.raises(OutcomeError) as caught:
            gate.check(request(wrong))
        assert caught.value.status == 401


def test_an_application_may_call_seventeen_times_in_a_second() -> None:
    now = [100.0]
    gate = ClientLimits(AnnuaireSettings(), lambda: now[0])

    def calls(key: str) -> int:
        for count in range(100):
            try:
                gate.check(request(key))
            except OutcomeError as refusal:
                assert (refusal.status, refusal.headers) == (429, {"retry-after": "1"})
                return count
        return 100

    assert calls("one") == 17
    assert calls("two") == 17
    now[0] += 0.5
    assert calls("one") == 8
    now[0] += 3600
    assert calls("one") == 17


def test_the_capability_statement_needs_no_key(directory: Directory) -> None:
    statement = directory.client.get("/metadata", headers={"ESANTE-API-KEY": ""}).json()
    assert statement["fhirVersion"] == "4.0.1"
    kinds = {item["type"]: item for item in statement["rest"][0]["resource"]}
    assert set(kinds) == {
        "Practitioner",
        "PractitionerRole",
        "Organization",
        "HealthcareService",
        "Device",
    }
    assert kinds["Practitioner"]["searchRevInclude"] == ["*", "PractitionerRole:practitioner"]
    names = {kind["name"]: kind["type"] for kind in kinds["Practitioner"]["searchParam"]}
    assert (names["family"], names["number-smartcard"]) == ("string", "token")


@pytest.mark.parametrize(
    ("path", "parameters", "status"),
    [
        ("/Practitioner", {"unknown": "x"}, 400),
        ("/Practitioner", {"family:missing": "true"}, 400),
        ("/Practitioner", {"family": ""}, 400),
        ("/Practitioner", {"family": "a,,b"}, 400),
        ("/Practitioner", {"family": "a\x00b"}, 400),
        ("/Practitioner", {"family": "x" * 1000}, 400),
        ("/Practitioner", {"family": ",".join("x" * 301)}, 400),
        ("/Practitioner", {"active": "maybe"}, 400),
        ("/Practitioner", {"_count": "0"}, 400),
        ("/Practitioner", {"_count": "many"}, 400),
        ("/Practitioner", {"_lastUpdated": "yesterday"}, 400),
        ("/Practitioner", {"_lastUpdated": "ge2026-13-01"}, 400),
        ("/Practitioner", {"_lastUpdated": "ge9999"}, 400),
        ("/Practitioner", {"_revinclude": "Other:thing"}, 400),
        ("/Organization", {"_revinclude": "PractitionerRole:practitioner"}, 400),
        ("/Practitioner", {"_format": "text/turtle"}, 406),
        ("/Practitioner", {"_pretty": "perhaps"}, 400),
        ("/Practitioner", {"_total": "some"}, 400),
        ("/PractitionerRole", {"_include": "PractitionerRole:practitioner:Patient"}, 400),
        ("/Practitioner", {"active:contains": "true"}, 400),
        ("/Practitioner/8", {}, 404),
        ("/Practitioner/a%00b", {}, 404),
        ("/PractitionerRole/899700427885-99", {}, 404),
        ("/PractitionerRole/899700427885-é0", {}, 404),
        ("/Patient", {}, 404),
    ],
)
def test_what_is_wrong_is_reported_in_an_operation_outcome(
    directory: Directory, path: str, parameters: dict[str, str], status: int
) -> None:
    answer = directory.get(path, **parameters)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/fhir+json")
    (issue,) = answer.json()["issue"]
    assert issue["severity"] == "error"
    assert issue["diagnostics"]


def test_too_many_parameters_are_refused(directory: Directory) -> None:
    path = "/Practitioner?" + "&".join(["family=x"] * 60)
    assert directory.client.get(path).status_code == 400


def test_nothing_can_be_written(directory: Directory) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = directory.client.request(method, "/Practitioner/899700427885", content=b"{}")
        assert (answer.status_code, answer.json()["resourceType"]) == (405, "OperationOutcome")


def test_the_body_of_a_search_is_a_small_form(directory: Directory) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    for headers, body, status in (
        ({"content-type": "application/json"}, b"{}", 415),
        (form, b"family=" + b"x" * 100_000, 413),
        (form, b"family=\xff", 400),
        (form, b"family=%ff", 400),
    ):
        answer = directory.client.post("/Practitioner/_search", headers=headers, content=body)
        assert answer.status_code == status


def test_others_are_served_while_one_sends_slowly(directory: Directory) -> None:
    place = urlsplit(str(directory.client.base_url))
    with socket.create_connection((place.hostname or "", place.port or 0)) as slow:
        slow.sendall(
            b"POST /fhir/v2/Practitioner/_search HTTP/1.1\r\nHost: x\r\nESANTE-API-KEY: k\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 50\r\n\r\nfam"
        )
        assert directory.get("/Practitioner/899700427885").status_code == 200


def test_an_answer_is_json_whatever_is_in_a_name(directory: Directory) -> None:
    answer = directory.get("/Practitioner", family='"<>\\é')
    assert "entry" not in json.loads(answer.content)


def opened(directory: Directory) -> socket.socket:
    place = urlsplit(str(directory.client.base_url))
    return socket.create_connection((place.hostname or "", place.port or 0))


def test_requests_that_are_none_leave_the_others_served(directory: Directory) -> None:
    draw = random.Random(3)
    head = b"GET /fhir/v2/Practitioner?family=DOC HTTP/1.1\r\nHost: x\r\nESANTE-API-KEY: k\r\n"
    wholes = (
        head + b"\r\n",
        head + b"Content-Length: 99999999999999999999\r\n\r\n",
        head + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
        head.replace(b"Host: x", b"Host: \x00"),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /fhir/v2/Practitioner?_page=%FF&family=%C3%28 HTTP/1.1\r\nHost: x\r\n\r\n",
    )
    for number in range(120):
        data = bytearray(wholes[number % len(wholes)])
        data[draw.randrange(len(data))] = draw.randrange(256)
        with opened(directory) as raw:
            raw.sendall(bytes(data[: draw.randrange(1, len(data))]) if number % 2 else bytes(data))
    assert directory.get("/Practitioner/899700427885").status_code == 200


def test_a_thousand_connections_that_say_nothing_keep_nobody_out(directory: Directory) -> None:
    with contextlib.ExitStack() as stack:
        for number in range(1000):
            raw = stack.enter_context(opened(directory))
            if number % 3 == 0:
                raw.sendall(b"GET /fhir/v2/Practitioner HTTP/1.1\r\nHost: x\r\nX-Sl")
        for _ in range(3):  # by a connection of its own: idle ones have made room
            where = f"{directory.client.base_url}Practitioner/899700427885"
            assert httpx2.get(where, headers={"ESANTE-API-KEY": "k"}).status_code == 200
    with contextlib.suppress(httpx2.HTTPError):  # that of the other tests may have, too
        directory.get("/Practitioner/899700427885")


@pytest.mark.parametrize(
    "query",
    [
        "_lastUpdated=gt9999-99-99",
        "_count=99999999999999999999999",
        "_count=-1",
        "identifier=" + "9" * 60_000,
        "family=" + "%00" * 50,
        "name=" + "%F0%9F%92%A9" * 500,
        "identifier=|||",
        "qualification-code=|",
        "_revinclude=Practitioner:everything",
        "active=maybe",
        "family=%ff%fe",
        "_lastUpdated=",
    ],
)
def test_hostile_parameters_are_answered_in_fhir(directory: Directory, query: str) -> None:
    answer = directory.client.get(f"/Practitioner?{query}")
    assert answer.status_code in (200, 400, 414)
    kind = answer.json()["resourceType"]
    assert kind == ("Bundle" if answer.status_code == 200 else "OperationOutcome")
