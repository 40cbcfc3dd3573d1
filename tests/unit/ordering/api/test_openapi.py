# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The description says what there is, and answers say where it stands."""

import httpx2
import msgspec
from tests.unit.ordering.api.calls import begun
from tests.unit.ordering.api.conftest import Ask

from caducee.services.ordering.api import document
from caducee.services.ordering.api.table import OPERATIONS
from caducee.services.ordering.form import OrderForm


def test_every_operation_is_described_once() -> None:
    found = [
        (item["operationId"], method, path)
        for path, methods in document()["paths"].items()
        for method, item in methods.items()
    ]
    assert sorted(found) == sorted(
        (operation.name, operation.method.lower(), operation.path) for operation in OPERATIONS
    )
    assert len({name for name, _, _ in found}) == len(found)


def test_every_reference_leads_somewhere() -> None:
    schemas = document()["components"]["schemas"]
    text = msgspec.json.encode(document()).decode()
    named = {word.partition('"')[0] for word in text.split("#/components/schemas/")[1:]}
    assert named <= schemas.keys()
    assert {"OrderForm", "CardLine", "Problem", "CardEvent"} <= schemas.keys()


def test_the_form_is_described_as_it_is_read() -> None:
    described = document()["components"]["schemas"]["OrderForm"]
    assert set(described["properties"]) == set(OrderForm.__struct_fields__)
    assert described["additionalProperties"] is False


def test_the_description_needs_no_key(address: str) -> None:
    answer = httpx2.get(f"{address}/api/v1/openapi.json")
    assert answer.json() == msgspec.json.decode(msgspec.json.encode(document()))


def test_a_method_that_is_not_known_is_reported_those_that_are(ask: Ask) -> None:
    number = begun(ask)
    answer = ask("zoe", "DELETE", f"/orders/{number}")
    assert (answer.status_code, answer.json()["code"]) == (405, "api.method")
    assert answer.headers["allow"] == "GET, PUT, HEAD"
    assert ask("zoe", "HEAD", f"/orders/{number}").status_code == 200


def test_what_is_not_there_is_a_problem_too(ask: Ask, address: str) -> None:
    assert ask("zoe", "GET", "/nothing").json()["code"] == "api.path_unknown"
    assert httpx2.get(f"{address}/nothing").json()["code"] == "api.path_unknown"


def test_a_problem_is_said_in_the_language_of_the_client(ask: Ask) -> None:
    english = ask("zoe", "GET", "/orders/T2026-999999", **{"Accept-Language": "en"}).json()
    french = ask("zoe", "GET", "/orders/T2026-999999", **{"Accept-Language": "fr"}).json()
    assert english["title"] == "Order not found."
    assert french["title"] != english["title"]
    assert french["code"] == english["code"] == "ordering.unknown"
