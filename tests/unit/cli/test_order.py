# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee order``: from the catalogue to the card in hand, and its life, by the command line."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import pyzipper
from msgspec.structs import replace

from caducee.cli.exits import Exit
from caducee.cli.main import main
from caducee.issuance.keys import FreshCardKeys
from caducee.sandbox.sample import SAMPLE
from caducee.sandbox.world import Sandbox
from caducee.services.ordering.api.messages import OrderMessage
from caducee.services.ordering.catalogue import catalogue
from caducee.services.ordering.checks import check_form
from caducee.services.ordering.form import CardLine, read_form
from caducee.testing.keys import SharedKeys
from caducee.testing.postgresql import TemporaryPostgres
from caducee.virtualcard.image import CardImage

type Run = Callable[..., tuple[int, str, str]]

KEYS = SharedKeys()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in English on the world of this test; gives status, output, errors."""
    monkeypatch.setenv("CADUCEE_SANDBOX", str(tmp_path / "world"))
    monkeypatch.setenv("LANGUAGE", "en")
    original = Sandbox.__init__

    def with_shared_keys(self: Sandbox, folder: Path, **options: object) -> None:
        original(self, folder, ca_keys=KEYS)

    monkeypatch.setattr(Sandbox, "__init__", with_shared_keys)
    monkeypatch.setattr(FreshCardKeys, "card_key", lambda _self: KEYS.card_key())

    def do(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["order", *arguments])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return do


def result(run: Run, *arguments: str) -> Any:
    """Return what a command prints as JSON."""
    status, out, errors = run(*arguments, "--json")
    assert status == Exit.OK, errors
    return json.loads(out)


@pytest.fixture
def staff(run: Run) -> None:
    """Accounts of those who review, produce, help and audit."""
    for name, role in (
        ("nadia", "reviewer"),
        ("paul", "production"),
        ("helen", "support"),
        ("aude", "auditor"),
    ):
        assert run("role", name, role, "--new")[0] == Exit.OK


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.system)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    """The world of this test, on SQLite or on a real PostgreSQL."""
    if request.param == "sqlite":
        yield
        return
    with TemporaryPostgres() as server:
        Sandbox.create(tmp_path / "world").close()
        (tmp_path / "world" / "sandbox.toml").write_text(f'registry = "{server.url()}"\n')
        yield


def ready(run: Run, *products: str) -> str:
    """Return the number of an order that was made."""
    number = str(result(run, "new", *products)["number"])
    run("submit", number)
    run("--as", "nadia", "step", number, "accept")
    run("--as", "paul", "step", number, "produce")
    run("work")
    return number


def test_the_catalogue_lists_every_product_with_what_it_serves(run: Run) -> None:
    found = result(run, "catalogue")["products"]
    assert [item["name"] for item in found] == [item.name for item in catalogue()]
    assert all(item["serves"] for item in found)
    _, out, _ = run("catalogue", "sage-femme", "--generation", "CPS4", "--family", "CPS")
    assert out.startswith("cps-sage-femme-cps4  ")
    status, out, errors = run("catalogue", "nothing such")
    assert (status, out) == (Exit.OK, "")
    assert "caducee order catalogue lists all" in errors


def test_the_form_of_the_sandbox_is_fit_once_something_is_ordered(run: Run) -> None:
    assert [item.where for item in check_form(SAMPLE)] == ["cards"]
    assert read_form(run("form")[1]) == SAMPLE


@pytest.mark.usefixtures("database", "staff")
def test_an_order_goes_the_whole_way(run: Run, tmp_path: Path) -> None:
    number = ready(run, "cps-medecin=2", "organisation-sign")
    _, out, _ = run("status", number)
    assert f"Order {number}: ready for collection." in out
    assert "You can do: deliver" in out
    places = [Path(item) for item in result(run, "deliver", number)["places"]]
    archive = tmp_path / "cards.zip"
    assert run("deliver", number, "--archive", str(archive))[1] == f"{archive}\n"
    letter = result(run, "letter", number, "--open")
    assert {f"{item['card']}.json" for item in letter["cards"]} == {place.name for place in places}
    assert all(CardImage.load(place) for place in places)
    with pyzipper.AESZipFile(archive) as opened:
        opened.setpassword(letter["archive"].encode())
        names = {name: opened.read(name) for name in opened.namelist()}
    assert f"certificates/{letter['certificates'][0]['serial']}.p12" in names
    assert run("received", number)[1] == f"The content of order {number} is removed.\n"
    shown = result(run, "status", number)
    assert shown["order"]["state"] == "delivered"
    assert [item["action"] for item in shown["steps"]] == [
        *("save", "submit", "accept", "produce", "finish", "deliver"),
    ]
    assert {item["state"] for item in shown["items"]} == {"taken"}


@pytest.mark.usefixtures("database", "staff")
def test_a_card_is_activated_stolen_replaced_and_its_history_reported(run: Run) -> None:
    number = ready(run, "cps-medecin")
    run("deliver", number)
    run("letter", number, "--open")
    (card,) = (item["card"] for item in result(run, "cards")["items"])
    assert run("activate", card)[1] == f"Card {card}: taken into use.\n"
    assert run("lose", card, "--reason", "stolen")[1] == f"Card {card}: stopped.\n"
    assert "is planned in place of" in run("replace", card, "--family-name", "Durand")[1]
    run("work")
    lived = result(run, "history", card)
    assert [item["action"] for item in lived["history"]] == [
        *("card.made", "card.taken", "card.activated", "card.stopped", "card.replace"),
    ]
    assert lived["replaced_by"] in run("history", card)[1]
    assert result(run, "destroy", card)["state"] == "destroyed"


@pytest.mark.usefixtures("staff")
def test_a_card_is_renewed_before_its_end(run: Run) -> None:
    number = ready(run, "cps-medecin")
    run("deliver", number)
    run("letter", number, "--open")
    run("received", number)
    (card,) = (item["card"] for item in result(run, "cards")["items"])
    run("activate", card)
    assert result(run, "renew", card)["replaces"] == card
    run("work")
    assert result(run, "history", card)["item"]["state"] == "active"
    run("deliver", number)
    after = result(run, "history", card)["replaced_by"]
    run("activate", after)
    assert result(run, "history", card)["item"]["reason"] == "renewed"


@pytest.mark.usefixtures("staff")
def test_the_support_says_how_the_holder_was_reached(run: Run) -> None:
    ready(run, "cps-medecin")
    (card,) = (item["card"] for item in result(run, "cards")["items"])
    status, _, errors = run("--as", "helen", "lose", card)
    assert (status, "[ordering.call_back_missing]" in errors) == (Exit.FAILURE, True)
    assert run("--as", "helen", "lose", card, "--called-back", "form-telephone")[0] == Exit.OK


@pytest.mark.usefixtures("staff")
def test_nobody_acts_in_a_role_that_is_not_theirs(run: Run) -> None:
    number = str(result(run, "new", "cpe")["number"])
    run("submit", number)
    for name, action, code in (
        ("paul", "accept", "ordering.role_wrong"),
        ("local", "accept", "ordering.role_wrong"),
        ("nadia", "produce", "ordering.state_wrong"),
        ("nobody", "accept", "ordering.account_unknown"),
    ):
        status, _, errors = run("--as", name, "step", number, action)
        assert (status, f"[{code}]" in errors) == (Exit.FAILURE, True), errors
    assert "[api.role]" in run("queue")[2]
    assert [item["number"] for item in result(run, "--as", "nadia", "queue")["orders"]] == [number]
    assert result(run, "status", number)["order"]["state"] == "submitted"


def test_roles_that_never_meet_are_refused(run: Run) -> None:
    status, _, errors = run("role", "eve", "reviewer", "production", "--new")
    assert (status, "[ordering.roles_apart]" in errors) == (Exit.FAILURE, True)
    assert run("role", "eve")[0] == Exit.FAILURE
    assert result(run, "role", "eve", "reviewer", "--new")["roles"] == ["reviewer"]
    assert result(run, "role", "eve", "--none")["roles"] == []


@pytest.mark.usefixtures("staff")
def test_a_question_is_answered_by_another_form(run: Run, tmp_path: Path) -> None:
    number = str(result(run, "new", "cpe")["number"])
    run("submit", number)
    assert "[ordering.reason_missing]" in run("--as", "nadia", "step", number, "ask")[2]
    run("--as", "nadia", "step", number, "ask", "--note", "Which services?")
    assert "Which services?" in run("status", number)[1]
    path = tmp_path / "form.json"
    form = read_form(run("form", number)[1])
    path.write_bytes(msgspec.json.encode(replace(form, remark="The DMP.")))
    assert read_form(run("form", number, "--keep", str(path))[1]).remark == "The DMP."
    assert result(run, "submit", number)["state"] == "submitted"
    assert result(run, "submit", number)["state"] == "submitted"


def test_a_form_of_ones_own_may_have_gaps_and_each_is_reported(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "form.json"
    path.write_text('{"structure": {"number": "1"}}')
    status, out, _ = run("new", "cpe", "--form", str(path))
    assert status == Exit.OK
    assert "structure.name: This is missing. Fill it in." in out
    assert out.endswith("It cannot be handed in so.\n")
    (item,) = result(run, "list")["orders"]
    status, _, errors = run("submit", item["number"])
    assert (status, "[ordering.incomplete]" in errors) == (Exit.FAILURE, True)


def test_the_same_request_key_finds_the_same_order(run: Run) -> None:
    first = result(run, "new", "cpe", "--request-key", "build-1")["number"]
    assert result(run, "new", "cpe", "--request-key", "build-1")["number"] == first
    assert len(result(run, "list")["orders"]) == 1


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("new", "cps-medcin"), Exit.FAILURE, "[ordering.product_unknown]"),
        (("new", "cpe=0"), Exit.USAGE, "give PRODUCT=COUNT"),
        (("new", "--form", "none.json"), Exit.FAILURE, "[base.config_unreadable]"),
        (("quick", "cps-medcin"), Exit.FAILURE, "[ordering.product_unknown]"),
        (("quick", "organisation-ssl"), Exit.USAGE, "is not a card"),
        (("quick", "cpe", "--count", "0"), Exit.USAGE, "Invalid value"),
        (("list",), Exit.FAILURE, "[sandbox.missing]"),
        (("form", "--keep", "x.json"), Exit.USAGE, "Say which order"),
        (("letter",), Exit.USAGE, "Give the number of an order"),
    ],
)
def test_what_cannot_be_is_reported_and_makes_no_sandbox(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], status: int, said: str
) -> None:
    code, out, errors = run(*arguments)
    assert (code, out) == (status, "")
    assert said in errors
    assert not (tmp_path / "world").exists()


def test_who_operates_the_folder_sees_the_order_of_everybody_and_acts_for_nobody(run: Run) -> None:
    assert run("role", "ann", "--new")[0] == Exit.OK
    draft = result(run, "--as", "ann", "new", "cpe")["number"]
    found = result(run, "status", draft)["order"]
    assert (found["number"], found["actions"]) == (draft, [])
    assert result(run, "--as", "ann", "status", draft)["order"]["actions"]
    assert run("role", "bob", "--new")[0] == Exit.OK
    assert "[ordering.unknown]" in run("--as", "bob", "status", draft)[2]


def test_an_unknown_order_is_reported(run: Run) -> None:
    run("new", "cpe")
    for arguments in (("status",), ("submit",), ("deliver",), ("letter",), ("form",)):
        status, _, errors = run(*arguments, "T2026-999999' OR '1'='1")
        assert (status, "[ordering.unknown]" in errors) == (Exit.FAILURE, True)


# In one step


def test_fresh_cards_are_in_hand_after_one_command_without_a_sandbox(
    run: Run, tmp_path: Path
) -> None:
    found = result(run, "quick", "cps-medecin", "--count", "3")
    assert found["sandbox"] == str(tmp_path / "world")
    assert len({entry["card"] for entry in found["cards"]}) == 3
    for item in found["cards"]:
        assert (item["pin"], item["puk"], item["status"]) == ("1234", "12345678", "active")
        assert CardImage.load(Path(item["image"])).name.endswith(item["card"])
    shown = result(run, "status", found["order"])
    assert shown["order"]["state"] == "delivered"
    assert not any(entry["waits"] for entry in shown["items"])
    assert result(run, "audit")["lines"] > 8


def test_fresh_cards_may_have_random_codes_and_go_into_a_folder(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    found = result(run, "quick", "cpe", "--count", "2", "--codes", "random", "--out", str(out))[
        "cards"
    ]
    assert sorted(path.name for path in out.iterdir()) == sorted(
        f"{item['card']}.json" for item in found
    )
    assert len({item["puk"] for item in found}) == 2
    said = run("quick", "cpe")[1]
    assert said.splitlines()[1] == "PIN: 1234   PUK: 12345678"


def test_a_card_of_a_state_leaves_in_it(run: Run) -> None:
    (card,) = result(run, "quick", "revoked")["cards"]
    assert card["status"] == "opposed"


def test_keys_are_made_ahead(run: Run, tmp_path: Path) -> None:
    assert run("pool", "1")[1] == "The keys of 1 cards are ready.\n"
    folder = tmp_path / "world" / "ordering" / "keys"
    before = len(list(folder.glob("*.key")))
    run("quick", "cpe")
    assert 0 <= len(list(folder.glob("*.key"))) < before


# Those who check, and those who must know


def test_events_follow_the_documented_schema(run: Run) -> None:
    run("quick", "cpe", "--count", "2")
    schema = json.loads(run("outbox", "--schema")[1])
    events = result(run, "outbox")["events"]
    assert [item["number"] for item in events] == [1, 2]
    for event in events:
        jsonschema.validate(event["body"], schema)
    assert [item["number"] for item in result(run, "outbox", "--after", "1")["events"]] == [2]
    assert "card.issued" in run("outbox")[1]


def test_the_trail_is_checked_against_signed_checkpoints(run: Run) -> None:
    run("quick", "cpe")
    assert result(run, "audit")["signed_to"] == 0
    report = result(run, "audit", "--sign")
    assert report["signed_to"] == report["lines"]
    assert "The trail is whole" in run("audit")[1]


def test_keys_of_programs_are_made_listed_and_withdrawn(run: Run) -> None:
    made = result(run, "key", "new", "--label", "ci")["key"]
    (listed,) = result(run, "key", "list")["keys"]
    assert (listed["label"], made in json.dumps(listed)) == ("ci", False)
    assert run("key", "withdraw", "nothing")[1] == "There was no such key.\n"
    assert run("key", "withdraw", listed["name"])[1] == "The key is worthless now.\n"
    assert result(run, "key", "list")["keys"] == []


def test_the_command_line_and_the_api_say_the_same(run: Run) -> None:
    answer = result(run, "new", "cpe")
    assert set(answer) == set(OrderMessage.__struct_fields__)
    assert answer["form"]["cards"] == [msgspec.to_builtins(CardLine(product="cpe"))]


@pytest.mark.usefixtures("staff")
def test_a_letter_is_opened_once_by_its_secret_or_its_address(run: Run) -> None:
    number = ready(run, "cpe")
    secret = result(run, "letter", number)["secret"]
    assert "Card " in run("letter", "--secret", f"https://order.test/letters/{secret}")[1]
    status, _, errors = run("letter", "--secret", secret)
    assert (status, "[ordering.link_used]" in errors) == (Exit.FAILURE, True)
    assert "opens once" in run("letter", number)[1]
