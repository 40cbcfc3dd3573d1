# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What somebody may try at the API: none of it shows or changes what is not theirs."""

import datetime as dt
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import msgspec
import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient
from tests.unit.ordering.api.calls import begun, made
from tests.unit.ordering.api.conftest import Ask
from tests.unit.ordering.api.serving import serving
from tests.unit.ordering.conftest import FIT

from caducee.authority.authority import Authority
from caducee.base.clock import FixedClock
from caducee.base.errors import StateError
from caducee.directory.registry import Registry
from caducee.services.ordering import schema
from caducee.services.ordering.api import ApiKeys, create_api
from caducee.services.ordering.service import Ordering
from caducee.spec import ours
from caducee.testing.keys import SharedKeys

INJECTIONS = (
    "'; DROP TABLE ordering_order; --",
    "' OR '1'='1",
    "{{ 7 * 7 }} ${7*7} <% 7 %> {% raw %}",
    "<script>alert(1)</script>",
    "$(touch /tmp/caducee) `id` ../../etc/passwd",
    "%s %d %n {0.__class__} {reason}",
)


def code(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, str(answer.json()["code"])


# Keys


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer x", "Bearer ' OR 1=1 --", "Basic em9lOg==", "Bearer " + "a" * 5000],
)
def test_without_a_good_key_nothing_is_said(address: str, authorization: str) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = httpx2.get(f"{address}/api/v1/orders", headers=headers)
    assert code(answer) == (401, "api.key_wrong")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_the_database_does_not_have_the_key(registry: Registry, api_keys: dict[str, str]) -> None:
    with registry.reading() as connection:
        rows = connection.execute(sa.select(schema.token)).all()
    assert rows
    assert not any(key in str(row) for row in rows for key in api_keys.values())


def test_the_use_of_a_key_is_noted_once_a_minute_and_keeps_no_call_waiting(
    ordering: Ordering,
    api_keys: dict[str, str],
    registry: Registry,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noted = []
    bearer = {"Authorization": f"Bearer {api_keys['zoe']}"}
    with TestClient(create_api(ordering)) as client:
        for _ in range(3):
            assert client.get("/api/v1/account", headers=bearer).status_code == 200
            noted += [apikey.used_at for apikey in ApiKeys(registry).keys("zoe")]
            clock.advance(dt.timedelta(seconds=40))
        assert noted[0] == noted[1] and noted[1:] == [
            noted[0],
            clock.now() - dt.timedelta(seconds=40),
        ]

        def full(*_: object) -> None:
            raise StateError("directory.database_failed", reason="disk full")

        monkeypatch.setattr(ApiKeys, "note_use", full)
        clock.advance(dt.timedelta(minutes=2))
        assert client.get("/api/v1/account", headers=bearer).status_code == 200


def test_a_digest_from_the_database_is_no_key(ask: Ask, registry: Registry) -> None:
    with registry.reading() as connection:
        digest = connection.execute(sa.select(schema.token.c.digest)).scalars().first()
    assert code(ask(str(digest), "GET", "/orders")) == (401, "api.key_wrong")


def test_a_key_ends_after_its_time(ask: Ask, clock: FixedClock) -> None:
    assert ask("zoe", "GET", "/account").status_code == 200
    clock.advance(dt.timedelta(days=ours.table("ordering").integer("api_key_days")))
    assert code(ask("zoe", "GET", "/account")) == (401, "api.key_wrong")


def test_a_key_is_withdrawn_by_its_name(ask: Ask, registry: Registry) -> None:
    keys = ApiKeys(registry)
    (mine,) = keys.keys("zoe")
    assert not keys.withdraw("other", mine.name)
    assert ask("zoe", "GET", "/account").status_code == 200
    assert keys.withdraw("zoe", mine.name)
    assert code(ask("zoe", "GET", "/account")) == (401, "api.key_wrong")


def test_the_secret_of_a_letter_is_no_key(ask: Ask, ordering: Ordering) -> None:
    link = ask("zoe", "POST", f"/orders/{made(ask, ordering)}/letter").json()
    assert code(ask(link["secret"], "GET", "/account")) == (401, "api.key_wrong")


def test_a_key_does_not_open_a_letter(ask: Ask, api_keys: dict[str, str]) -> None:
    answer = ask("zoe", "POST", "/letters/open", {"secret": api_keys["zoe"]})
    assert code(answer) == (404, "ordering.link_unknown")


def test_the_key_of_an_erased_account_is_worthless(ask: Ask, registry: Registry) -> None:
    with registry.writing() as connection:
        change = sa.update(schema.account).where(schema.account.c.id == "zoe")
        connection.execute(change.values(erased_at=registry.now()))
    assert code(ask("zoe", "GET", "/account")) == (401, "api.key_wrong")


# What is another's


def test_the_order_of_another_is_not_there(ask: Ask, ordering: Ordering) -> None:
    number = made(ask, ordering)
    posts = ("submit", "letter", "shipment", "delivery", "received")
    calls = (
        *(("GET", f"/orders/{number}{part}") for part in ("", "/steps", "/items", "/progress")),
        *(("POST", f"/orders/{number}/{part}") for part in posts),
    )
    unknown = ask("other", "GET", "/orders/T2026-999999")
    assert code(unknown) == (404, "ordering.unknown")
    for method, path in calls:
        answer = ask("other", method, path)
        assert (answer.status_code, answer.json()) == (404, unknown.json()), path
    for body in ({"action": "withdraw"}, {"action": "end"}):
        answer = ask("other", "POST", f"/orders/{number}/steps", body)
        assert code(answer) == (404, "ordering.unknown")
    assert code(ask("other", "PUT", f"/orders/{number}", FIT)) == (404, "ordering.unknown")
    assert ask("other", "GET", "/orders").json() == {"orders": []}
    assert ask("zoe", "GET", f"/orders/{number}").json()["state"] == "ready"


def test_the_card_of_another_is_not_there(ask: Ask, ordering: Ordering) -> None:
    number = made(ask, ordering)
    card = ask("zoe", "GET", f"/orders/{number}/items").json()["items"][0]["card"]
    calls: tuple[tuple[str, str, object], ...] = (
        ("GET", "", None),
        ("POST", "/activate", None),
        ("POST", "/lose", {"reason": "stolen"}),
        ("POST", "/replace", {}),
        ("POST", "/destroy", None),
    )
    for method, part, body in calls:
        answer = ask("other", method, f"/cards/{card}{part}", body)
        assert code(answer) == (404, "ordering.card_unknown"), part
    assert ask("other", "GET", "/cards").json() == {"items": []}
    assert ask("zoe", "GET", f"/cards/{card}").json()["item"]["state"] == "made"


def test_a_draft_is_seen_by_its_applicant_alone(ask: Ask) -> None:
    number = begun(ask)
    for who in ("other", "reviewer", "maker", "support", "auditor"):
        assert code(ask(who, "GET", f"/orders/{number}")) == (404, "ordering.unknown")


def test_a_draft_that_was_taken_back_stays_with_its_applicant(ask: Ask) -> None:
    number = begun(ask)
    assert ask("zoe", "POST", f"/orders/{number}/steps", {"action": "withdraw"}).status_code == 200
    for who in ("reviewer", "maker", "support", "auditor"):
        assert code(ask(who, "GET", f"/orders/{number}")) == (404, "ordering.unknown")
        assert ask(who, "GET", "/review?state=withdrawn").json() == {"orders": []}
    assert ask("zoe", "GET", f"/orders/{number}").json()["state"] == "withdrawn"


def test_the_staff_sees_an_order_but_has_neither_its_codes_nor_its_cards(
    ask: Ask, ordering: Ordering
) -> None:
    number = made(ask, ordering)
    for who in ("reviewer", "maker", "support", "auditor"):
        assert ask(who, "GET", f"/orders/{number}").status_code == 200
        for part in ("letter", "shipment", "delivery", "received"):
            assert code(ask(who, "POST", f"/orders/{number}/{part}")) == (403, "api.role")


# Forged steps


def test_a_step_is_for_its_role_alone(ask: Ask) -> None:
    number = begun(ask)
    ask("zoe", "POST", f"/orders/{number}/submit")
    for who in ("zoe", "maker", "support", "auditor"):
        answer = ask(who, "POST", f"/orders/{number}/steps", {"action": "accept"})
        assert code(answer) == (403, "ordering.role_wrong")
    assert ask("zoe", "GET", f"/orders/{number}").json()["state"] == "submitted"


def test_nobody_judges_their_own_order(ask: Ask) -> None:
    answer = ask("reviewer", "POST", "/orders", FIT)
    number = answer.json()["number"]
    shown = ask("reviewer", "POST", f"/orders/{number}/submit").json()
    assert shown["actions"] == ["withdraw"]
    answer = ask("reviewer", "POST", f"/orders/{number}/steps", {"action": "accept"})
    assert code(answer) == (403, "ordering.own_order")


@pytest.mark.parametrize("action", ["produce", "end", "accept"])
def test_no_step_is_left_out(ask: Ask, action: str) -> None:
    number = begun(ask)
    answer = ask("zoe", "POST", f"/orders/{number}/steps", {"action": action})
    assert code(answer) == (409, "ordering.state_wrong")


@pytest.mark.parametrize(
    "body",
    [
        {"action": "finish"},
        {"action": "deliver"},
        {"action": "accept", "state": "ready"},
        {"action": "refuse"},
        {"action": "refuse", "note": "  \n "},
        {"action": "ask", "note": "a\x00b"},
        {"action": ["accept"]},
        {},
        [],
    ],
)
def test_a_step_that_is_not_offered_is_refused(ask: Ask, body: object) -> None:
    number = begun(ask)
    ask("zoe", "POST", f"/orders/{number}/submit")
    assert code(ask("reviewer", "POST", f"/orders/{number}/steps", body)) == (422, "api.body")


@pytest.mark.parametrize("name", ["state", "number", "applicant", "signature", "ends_at", "id"])
def test_a_form_cannot_set_what_only_steps_set(ask: Ask, name: str) -> None:
    form = msgspec.to_builtins(FIT) | {name: "ready"}
    assert code(ask("zoe", "POST", "/orders", form)) == (422, "api.body")


# Texts


@pytest.mark.parametrize("text", INJECTIONS)
def test_texts_are_texts(ask: Ask, text: str) -> None:
    """They come back as they went in, wherever they stood, and nothing else happens."""
    form = msgspec.json.decode(msgspec.json.encode(FIT))
    form["structure"]["name"] = form["card_usage"]["project"] = form["remark"] = text
    number = begun(ask, form)
    assert ask("zoe", "GET", f"/orders/{number}").json()["form"] == form
    ask("zoe", "POST", f"/orders/{number}/submit")
    ask("reviewer", "POST", f"/orders/{number}/steps", {"action": "ask", "note": text})
    steps = ask("zoe", "GET", f"/orders/{number}/steps").json()["steps"]
    assert steps[-1]["note"] == text
    found = ask("zoe", "GET", f"/catalogue?{httpx2.QueryParams({'text': text})}")
    assert found.json() == {"products": []}


@pytest.mark.parametrize("text", [*INJECTIONS, "\x00", "T2026-000001\n", "Ｔ2026-000001"])
def test_a_path_that_is_no_number_leads_nowhere(ask: Ask, text: str) -> None:
    begun(ask)
    quoted = "".join(f"%{item:02X}" for item in text.encode())
    for path in (f"/orders/{quoted}", f"/cards/{quoted}", f"/catalogue/{quoted}"):
        assert ask("zoe", "GET", path).status_code == 404


@pytest.mark.parametrize(
    "query",
    ["after=x", "after=-1", "count=0", "count=100000", "after=1&after=2", "nothing=1", "after=%FF"],
)
def test_a_parameter_that_cannot_be_is_refused(ask: Ask, query: str) -> None:
    assert code(ask("auditor", "GET", f"/events?{query}")) == (400, "api.parameter")


# Much and often


def test_fifty_megabytes_are_refused_by_their_length(
    address: str, api_keys: dict[str, str]
) -> None:
    headers = {"Authorization": f"Bearer {api_keys['zoe']}", "Content-Type": "application/json"}

    def parts() -> Iterator[bytes]:
        for _ in range(50):
            yield b" " * 1_000_000

    for content in (b" " * 50_000_000, parts()):
        try:
            answer = httpx2.post(f"{address}/api/v1/orders", content=content, headers=headers)
        except httpx2.TransportError:
            continue  # the server had said no and gone before all of it was written
        assert code(answer) == (413, "api.too_large")
    assert httpx2.get(f"{address}/api/v1/orders", headers=headers).json() == {"orders": []}


def test_a_body_that_is_too_deep_is_refused(
    ask: Ask, address: str, api_keys: dict[str, str]
) -> None:
    headers = {"Authorization": f"Bearer {api_keys['zoe']}", "Content-Type": "application/json"}
    answer = httpx2.post(f"{address}/api/v1/orders", content=b"[" * 500_000, headers=headers)
    assert code(answer) == (422, "api.body")


def test_a_body_that_is_not_said_to_be_json_is_refused(
    address: str, api_keys: dict[str, str]
) -> None:
    """So no form of a page elsewhere can send one."""
    headers = {"Authorization": f"Bearer {api_keys['zoe']}", "Content-Type": "text/plain"}
    answer = httpx2.post(f"{address}/api/v1/orders", content=b"{}", headers=headers)
    assert code(answer) == (415, "api.body_kind")


def test_too_many_calls_of_one_key_wait(ordering: Ordering, api_keys: dict[str, str]) -> None:
    with serving(create_api(ordering, calls_per_second=1)) as address:
        url = f"{address}/api/v1/account"
        mine = {"Authorization": f"Bearer {api_keys['zoe']}"}
        answers = [httpx2.get(url, headers=mine) for _ in range(6)]
        late = [answer for answer in answers if answer.status_code == 429]
        assert late
        assert code(late[0]) == (429, "api.busy")
        assert late[0].headers["retry-after"] == "1"
        theirs = {"Authorization": f"Bearer {api_keys['other']}"}
        assert httpx2.get(url, headers=theirs).status_code == 200


# Twice


@pytest.fixture
def second(
    registry_url: str,
    clock: FixedClock,
    authority: Authority,
    keys: SharedKeys,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Ordering]:
    """The service once more, with a way of its own to the same database, as a second process."""
    with Registry(registry_url, clock=clock) as registry:
        yield Ordering(registry, authority, tmp_path_factory.mktemp("second"), keys=keys)


def test_the_same_request_key_makes_one_order_by_two_servers(
    address: str, ordering: Ordering, second: Ordering, api_keys: dict[str, str]
) -> None:
    ready = threading.Barrier(8)

    def post(where: str) -> str:
        headers = {
            "Authorization": f"Bearer {api_keys['zoe']}",
            "Content-Type": "application/json",
            "Idempotency-Key": "build-4711",
        }
        ready.wait()
        url, body = f"{where}/api/v1/orders", msgspec.json.encode(FIT)
        answer = httpx2.post(url, content=body, headers=headers, timeout=60)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["number"])

    with (
        serving(create_api(second, calls_per_second=0)) as other,
        ThreadPoolExecutor(8) as threads,
    ):
        numbers = set(threads.map(post, [address, other] * 4))
    assert len(numbers) == 1
    assert [order.number for order in ordering.orders.of("zoe")] == list(numbers)


def test_the_request_key_of_another_is_another(ask: Ask) -> None:
    first = ask("zoe", "POST", "/orders", FIT, **{"Idempotency-Key": "1"}).json()["number"]
    again = ask("zoe", "POST", "/orders", FIT, **{"Idempotency-Key": "1"}).json()["number"]
    other = ask("other", "POST", "/orders", FIT, **{"Idempotency-Key": "1"}).json()["number"]
    assert first == again != other


def test_a_request_key_with_another_form_is_refused(ask: Ask) -> None:
    """Whatever became of the first order since: its form may be another one by now."""
    mine = {"Idempotency-Key": "build-4711"}
    number = ask("zoe", "POST", "/orders", FIT, **mine).json()["number"]
    other = msgspec.structs.replace(FIT, remark="Another order.")
    assert code(ask("zoe", "POST", "/orders", other, **mine)) == (
        409,
        "ordering.request_key_reused",
    )
    ask("zoe", "PUT", f"/orders/{number}", other)
    assert ask("zoe", "POST", "/orders", FIT, **mine).json()["number"] == number
    assert code(ask("zoe", "POST", "/orders", other, **mine))[0] == 409
    assert [item["number"] for item in ask("zoe", "GET", "/orders").json()["orders"]] == [number]


def test_handed_in_twice_it_is_handed_in_once(ask: Ask) -> None:
    number = begun(ask)
    first = ask("zoe", "POST", f"/orders/{number}/submit").json()
    assert ask("zoe", "POST", f"/orders/{number}/submit").json() == first
    steps = ask("zoe", "GET", f"/orders/{number}/steps").json()["steps"]
    assert [step["action"] for step in steps] == ["save", "submit"]


# Letters


def test_a_letter_is_opened_once(ask: Ask, ordering: Ordering) -> None:
    secret = ask("zoe", "POST", f"/orders/{made(ask, ordering)}/letter").json()
    body = {"secret": secret["secret"]}
    ready = threading.Barrier(4)

    def read(_: int) -> int:
        ready.wait()
        return int(ask("zoe", "POST", "/letters/open", body).status_code)

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(read, range(4))) == [200, 410, 410, 410]


def test_a_letter_is_not_opened_after_its_time(
    ask: Ask, ordering: Ordering, clock: FixedClock
) -> None:
    secret = ask("zoe", "POST", f"/orders/{made(ask, ordering)}/letter").json()
    clock.advance(dt.timedelta(days=ours.table("ordering").integer("letter_days")))
    answer = ask("zoe", "POST", "/letters/open", {"secret": secret["secret"]})
    assert code(answer) == (410, "ordering.link_expired")


def test_answers_are_not_kept(ask: Ask) -> None:
    assert ask("zoe", "GET", "/account").headers["cache-control"] == "no-store"


def test_what_the_database_says_stays_inside(
    ask: Ask, ordering: Ordering, registry: Registry
) -> None:
    with registry.writing() as connection:
        connection.execute(sa.text("ALTER TABLE ordering_order RENAME TO elsewhere"))
    answer = ask("zoe", "GET", "/orders")
    assert code(answer) == (503, "api.fault")
    assert "ordering_order" not in answer.text
