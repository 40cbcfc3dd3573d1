# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The API takes an order the whole way, each in their role."""

import io

import msgspec
from tests.unit.ordering import scenarios
from tests.unit.ordering.api.calls import begun, made
from tests.unit.ordering.api.conftest import Ask
from tests.unit.ordering.conftest import FIT, Tray

from caducee.base.secret import Secret
from caducee.services.ordering.service import Ordering


def test_the_catalogue_is_searched_in_the_language_of_the_client(ask: Ask) -> None:
    found = ask("zoe", "GET", "/catalogue?text=revoked&family=CPS").json()["products"]
    assert found
    assert {item["family"] for item in found} == {"CPS"}
    english = ask("zoe", "GET", "/catalogue/organisation-ssl", **{"Accept-Language": "en"}).json()
    assert english["title"] == "certificate of a server (SSL)"
    french = ask("zoe", "GET", "/catalogue/organisation-ssl", **{"Accept-Language": "fr"}).json()
    assert french["title"] != english["title"]


def test_a_form_is_checked_without_being_kept(ask: Ask) -> None:
    answer = ask("zoe", "POST", "/checks", {}).json()
    assert answer["fit"] is False
    assert "structure.name" in [item["where"] for item in answer["findings"]]
    assert ask("zoe", "POST", "/checks", FIT).json() == {"fit": True, "findings": []}
    assert ask("zoe", "GET", "/orders").json() == {"orders": []}


def test_the_form_comes_out_as_it_went_in(ask: Ask) -> None:
    number = begun(ask)
    shown = ask("zoe", "GET", f"/orders/{number}").json()
    assert msgspec.json.encode(shown["form"]) == msgspec.json.encode(FIT)
    assert shown["state"] == "draft"
    assert shown["actions"] == ["save", "submit", "withdraw"]


def test_an_order_goes_the_whole_way(ask: Ask, ordering: Ordering) -> None:
    number = made(ask, ordering)
    progress = ask("zoe", "GET", f"/orders/{number}/progress").json()
    assert (progress["planned"], progress["made"], progress["failed"]) == (0, 2, 0)
    link = ask("zoe", "POST", f"/orders/{number}/letter").json()
    letter = ask("zoe", "POST", "/letters/open", {"secret": link["secret"]}).json()
    archive = ask("zoe", "POST", f"/orders/{number}/shipment")
    assert archive.headers["content-type"] == "application/zip"
    files = scenarios.unpacked(io.BytesIO(archive.content), Secret.of(letter["archive"]))
    assert {f"cards/{item['card']}.json" for item in letter["cards"]} <= set(files)
    assert ask("zoe", "POST", f"/orders/{number}/received").status_code == 204
    shown = ask("zoe", "GET", f"/orders/{number}").json()
    assert shown["state"] == "delivered"
    assert shown["ends_at"] is not None
    steps = ask("zoe", "GET", f"/orders/{number}/steps").json()["steps"]
    assert [step["action"] for step in steps] == [
        *("save", "submit", "accept", "produce", "finish", "deliver"),
    ]


def test_cards_go_into_the_reader(ask: Ask, ordering: Ordering, reader: Tray) -> None:
    number = made(ask, ordering)
    places = ask("zoe", "POST", f"/orders/{number}/delivery").json()["places"]
    assert places == [f"tray/{card}" for card in reader.cards]


def test_what_the_worker_does_is_offered_to_nobody(ask: Ask) -> None:
    number = begun(ask)
    ask("zoe", "POST", f"/orders/{number}/submit")
    ask("reviewer", "POST", f"/orders/{number}/steps", {"action": "accept"})
    made = ask("maker", "POST", f"/orders/{number}/steps", {"action": "produce"}).json()
    assert (made["state"], made["actions"]) == ("producing", [])


def test_a_question_comes_back_with_more(ask: Ask) -> None:
    number = begun(ask)
    ask("zoe", "POST", f"/orders/{number}/submit")
    asked = {"action": "ask", "note": "Which services?"}
    answer = ask("reviewer", "POST", f"/orders/{number}/steps", asked)
    assert answer.json()["state"] == "question"
    more = msgspec.structs.replace(FIT, remark="The DMP.")
    saved = ask("zoe", "PUT", f"/orders/{number}", more).json()
    assert (saved["state"], saved["form"]["remark"]) == ("question", "The DMP.")
    assert ask("zoe", "POST", f"/orders/{number}/submit").json()["state"] == "submitted"
    steps = ask("zoe", "GET", f"/orders/{number}/steps").json()["steps"]
    assert "Which services?" in [step["note"] for step in steps]


def test_a_card_lives(ask: Ask, ordering: Ordering) -> None:
    number = made(ask, ordering)
    ask("zoe", "POST", f"/orders/{number}/letter")
    ask("zoe", "POST", f"/orders/{number}/delivery")
    first, second = (
        item["card"] for item in ask("zoe", "GET", f"/orders/{number}/items").json()["items"]
    )
    assert ask("zoe", "POST", f"/cards/{first}/activate").json()["state"] == "active"
    lost = ask("zoe", "POST", f"/cards/{first}/lose", {"reason": "stolen"}).json()
    assert (lost["state"], lost["reason"]) == ("stopped", "stolen")
    planned = ask("zoe", "POST", f"/cards/{first}/replace", {}).json()
    assert (planned["state"], planned["replaces"]) == ("planned", first)
    assert ask("zoe", "POST", f"/cards/{first}/replace", {}).json() == planned
    ordering.worker.work("w1")
    shown = ask("zoe", "GET", f"/cards/{first}").json()
    assert shown["replaced_by"] is not None
    assert [item["action"] for item in shown["history"]] == [
        *("card.made", "card.taken", "card.activated", "card.stopped", "card.replace"),
    ]
    assert ask("zoe", "POST", f"/cards/{second}/destroy").json()["state"] == "destroyed"
    assert len(ask("zoe", "GET", "/cards").json()["items"]) == 3


def test_the_support_stops_a_card_after_a_call_back_alone(ask: Ask, ordering: Ordering) -> None:
    number = made(ask, ordering)
    card = ask("support", "GET", f"/orders/{number}/items").json()["items"][0]["card"]
    refused = ask("support", "POST", f"/cards/{card}/lose", {"reason": "lost"})
    assert (refused.status_code, refused.json()["code"]) == (403, "ordering.call_back_missing")
    said = {"reason": "lost", "called_back": "01 23 45 67 89"}
    said_a_number = ask("support", "POST", f"/cards/{card}/lose", said)
    assert said_a_number.status_code == 422
    said["called_back"] = "known-before"
    assert ask("support", "POST", f"/cards/{card}/lose", said).json()["state"] == "stopped"


def test_events_and_the_trail_are_for_those_who_must_know(ask: Ask, ordering: Ordering) -> None:
    made(ask, ordering)
    events = ask("auditor", "GET", "/events?after=1").json()["events"]
    assert [(event["number"], event["body"]["event"]) for event in events] == [(2, "card.issued")]
    ordering.checkpoints.sign()
    report = ask("auditor", "GET", "/audit").json()
    assert report["signed_to"] == report["lines"] > 5
    for who in ("zoe", "reviewer", "maker"):
        for path in ("/events", "/audit"):
            assert ask(who, "GET", path).json()["code"] == "api.role"


def test_the_queue_is_for_the_staff(ask: Ask) -> None:
    number = begun(ask)
    assert ask("reviewer", "GET", "/review").json() == {"orders": []}
    ask("zoe", "POST", f"/orders/{number}/submit")
    (queued,) = ask("reviewer", "GET", "/review?state=submitted").json()["orders"]
    assert (queued["number"], queued["cards"]) == (number, 2)
    assert ask("reviewer", "GET", "/review?state=draft").json() == {"orders": []}
    assert ask("zoe", "GET", "/review").status_code == 403


def test_a_change_of_another_version_is_refused(ask: Ask) -> None:
    number = begun(ask)
    first = ask("zoe", "PUT", f"/orders/{number}", FIT, **{"If-Match": '"1"'})
    assert first.json()["version"] == 2
    late = ask("zoe", "PUT", f"/orders/{number}", FIT, **{"If-Match": '"1"'})
    assert (late.status_code, late.json()["code"]) == (412, "api.version")


def test_who_asks_is_reported(ask: Ask) -> None:
    assert ask("maker", "GET", "/account").json() == {
        "account": "maker",
        "roles": ["applicant", "production"],
    }
