# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The session policy of the portal, over real TLS, with cards that the Cryptolib speaks to."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect, sync_playwright
from tests.e2e.conftest import KEYS, Place
from tests.e2e.test_portal_pages import CHROMIUM, FLAGS

from caducee.cryptolib import KeyUse, open_card
from caducee.cryptolib.card import CpsCard
from caducee.cryptolib.origin_token import make_token
from caducee.cryptolib.portal import PortalClient
from caducee.cryptolib.tls import use_card
from caducee.issuance import IssuedCard
from caducee.reader.memory import MemoryReader
from caducee.relying.policy import CardPolicy
from caducee.sandbox.world import Sandbox
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.store import MemoryStore

SECOND = dt.timedelta(seconds=1)


@dataclass
class Site:
    """A portal with a session policy, a card of it in two readers, and what opens both faces."""

    place: Place
    issued: IssuedCard
    contacts: CpsCard
    plate: CpsCard
    stack: ExitStack
    cookies: dict[str, str] = field(default_factory=dict)

    def client(self, *, card: CpsCard | None = None, tls12: bool = True) -> PortalClient:
        """A browser of the holder: one cookie jar, connections with the card or without."""
        context = self.place.context()
        if card is not None:
            use_card(context, card)
        addresses = self.place.addresses
        client = PortalClient(addresses.tls12 if tls12 else addresses.open, context)
        self.stack.callback(client.__exit__)
        client.cookies = self.cookies
        return client

    def wait(self, seconds: int) -> None:
        self.place.world.clock.move(seconds * SECOND)

    def token(self, client: PortalClient, card: CpsCard, use: KeyUse) -> bytes:
        nonce = client.get("/login/nonce")[1]["nonce"]
        return make_token(card, client.origin, nonce, use=use).to_json().encode()

    def prove(self, client: PortalClient, card: CpsCard | None = None) -> tuple[int, Any]:
        proof = self.token(client, card or self.contacts, KeyUse.AUTHENTICATION)
        return client.post("/session/proof", proof)

    def touch(self, client: PortalClient) -> tuple[int, Any]:
        return client.post("/session/touch", self.token(client, self.plate, KeyUse.TECHNICAL))

    def log_in(self, card: CpsCard | None = None) -> PortalClient:
        client = self.client(tls12=False)
        token = self.token(client, card or self.contacts, KeyUse.AUTHENTICATION)
        status, answer = client.post("/login/token", token)
        assert status == 200, answer
        return client


type Begin = Callable[[str], Site]


def code_of(answer: tuple[int, Any]) -> str:
    assert answer[0] == 403, answer
    return str(answer[1]["refusal"]["code"])


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Run a portal with the session policy of a test."""
    with ExitStack() as stack:

        def start(policy: str) -> Site:
            folder = tmp_path / "world"
            Sandbox.create(folder, ca_keys=KEYS).close()
            with (folder / "sandbox.toml").open("a", encoding="utf-8") as file:
                file.write(f"\n[portal.session_policy]\n{policy}\n")
            world = stack.enter_context(Sandbox(folder, ca_keys=KEYS))
            issued = Place(world, None).issue()  # type: ignore[arg-type]
            place = Place(world, stack.enter_context(world.portal(CardPolicy.test_cards())))
            store = MemoryStore(issued.image)
            contacts = stack.enter_context(opened(VirtualCard(store)))
            contacts.verify(issued.pin)
            plate = stack.enter_context(opened(VirtualCard(store, face="contactless")))
            return Site(place, issued, contacts, plate, stack)

        yield start


def opened(chip: VirtualCard) -> CpsCard:
    reader = MemoryReader("memory")
    reader.insert(chip)
    return open_card(reader)


def another_card(site: Site) -> CpsCard:
    issued = site.place.issue()
    card = site.stack.enter_context(opened(VirtualCard(MemoryStore(issued.image))))
    card.verify(issued.pin)
    return card


def test_a_session_by_token_shows_its_card_again_or_ends(begin: Begin) -> None:
    site = begin("token_proof_seconds = 600\ngrace_seconds = 60")
    client = site.log_in()
    assert client.get("/session/state")[1]["seconds"] == pytest.approx(600, abs=5)
    site.wait(590)
    assert site.prove(client)[1]["state"] == "proven"
    site.wait(590)
    assert client.get("/session")[0] == 200
    site.wait(30)
    status, answer = client.get("/session/state")
    assert (status, answer["state"], answer["strong"]) == (200, "due", False)
    assert client.get("/session")[0] == 200
    assert code_of(client.post("/session/strong")) == "relying.step_up_needed"
    site.wait(60)
    assert code_of(client.get("/session")) == "relying.session_unproven"
    assert code_of(client.get("/session")) == "relying.session_unknown"


def test_a_page_says_that_the_card_left_and_the_same_card_brings_the_session_back(
    begin: Begin,
) -> None:
    site = begin('on_removal = "lock"\nresume_seconds = 600')
    first = site.client(card=site.contacts)
    assert first.get("/login/certificate")[0] == 200
    kept = site.client(card=site.contacts)
    kept.connect()  # made while the card was there, and kept for later
    status, answer = first.post("/logout", b"reason=card-removed")
    assert (status, answer["refusal"]["code"]) == (403, "relying.session_locked")
    assert code_of(kept.get("/session")) in (
        "relying.session_locked",
        "relying.connection_logged_out",
    )
    without = site.client()
    assert code_of(without.get("/session")) == "relying.session_other_certificate"
    back = site.client(card=site.contacts)
    status, answer = back.get("/session")
    assert (status, answer["way"]) == (200, "certificate")
    assert back.get("/session/state")[1]["state"] == "proven"


@pytest.mark.parametrize("policy", ["", 'on_removal = "lock"\nresume_seconds = 3600'])
def test_a_connection_made_before_the_card_left_opens_no_session_whatever_the_clock_does(
    begin: Begin, policy: str
) -> None:
    site = begin(policy)
    first = site.client(card=site.contacts)
    assert first.get("/login/certificate")[0] == 200
    kept = site.client(card=site.contacts)
    kept.connect()
    cookies = dict(site.cookies)
    first.post("/logout", b"reason=card-removed")
    site.wait(600)  # as a clock that is set, or a machine that slept
    site.cookies.update(cookies)
    code = code_of(kept.get("/session"))
    assert code == ("relying.session_locked" if policy else "relying.session_unknown")
    site.cookies.clear()
    assert code_of(kept.get("/login/certificate")) == "relying.connection_logged_out"
    assert kept.get("/login/certificate")[0] == 200  # over a new one, with the card


def test_a_token_made_before_the_card_left_brings_no_session_back(begin: Begin) -> None:
    site = begin('on_removal = "lock"\nresume_seconds = 600\nroaming_seconds = 3600')
    client = site.log_in()
    token = site.token(client, site.contacts, KeyUse.AUTHENTICATION)
    client.post("/logout", b"reason=card-removed")
    assert code_of(client.post("/session/proof", token)) == "relying.proof_old"
    assert code_of(client.get("/session")) == "relying.session_locked"
    assert site.prove(client)[0] == 200


def test_a_locked_session_is_over_when_its_card_does_not_come(begin: Begin) -> None:
    site = begin('on_removal = "lock"\nresume_seconds = 600')
    client = site.client(card=site.contacts)
    assert client.get("/login/certificate")[0] == 200
    client.post("/logout", b"reason=card-removed")
    site.wait(601)
    assert code_of(site.client(card=site.contacts).get("/session")) == "relying.session_unproven"


def test_built_in_a_removal_ends_the_session(begin: Begin) -> None:
    site = begin("")
    client = site.client(card=site.contacts)
    assert client.get("/login/certificate")[0] == 200
    kept = dict(site.cookies)
    status, answer = client.post("/logout", b"reason=card-removed")
    assert (status, answer) == (200, {"ok": True, "logged_out": True})
    site.cookies.update(kept)
    assert code_of(site.client(card=site.contacts).get("/session")) == "relying.session_unknown"


def test_the_card_of_another_holder_never_inherits_a_session(begin: Begin) -> None:
    site = begin('token_proof_seconds = 600\nresume_seconds = 600\non_removal = "lock"')
    client = site.log_in()
    owner = client.get("/session")[1]["identity"]["ps_idnat"]
    client.post("/logout", b"reason=card-removed")
    assert code_of(client.get("/session")) == "relying.session_locked"
    other = another_card(site)
    assert code_of(site.prove(client, other)) == "relying.proof_other_card"
    assert code_of(site.prove(client)) == "relying.session_unknown"
    site.log_in()
    client.post("/logout", b"reason=card-removed")
    theirs = site.log_in(other).get("/session")[1]["identity"]["ps_idnat"]
    assert theirs != owner


def test_two_cards_have_a_session_each_and_know_nothing_of_each_other(begin: Begin) -> None:
    site = begin('on_removal = "lock"\nresume_seconds = 600')
    second = another_card(site)
    clients = [site.client(card=item) for item in (site.contacts, second)]
    for client in clients:
        client.cookies = {}
        assert client.get("/login/certificate")[0] == 200
    first, other = clients
    assert code_of(first.post("/logout", b"reason=card-removed")) == "relying.session_locked"
    assert other.get("/session")[0] == 200
    first.cookies, other.cookies = other.cookies, first.cookies
    for client in clients:
        assert code_of(client.get("/session")) == "relying.session_other_certificate"


def test_a_login_by_token_of_the_same_card_resumes_the_locked_session(begin: Begin) -> None:
    site = begin('on_removal = "lock"\nresume_seconds = 600')
    client = site.log_in()
    key = client.get("/session")[1]["identity"]["activities"][0]["key"]
    cookie = site.cookies["__Host-session"]
    assert client.post("/session/activity", f'{{"activity": "{key}"}}'.encode())[0] == 200
    client.post("/logout", b"reason=screen-locked")
    site.log_in()
    assert site.cookies["__Host-session"] == cookie
    assert client.get("/session")[1]["activity"] == key


def test_a_touch_brings_a_session_back_and_is_refused_for_strong_operations(
    begin: Begin,
) -> None:
    site = begin(
        'on_removal = "lock"\nresume_seconds = 600\nroaming_seconds = 3600\nstrong_seconds = 7200'
    )
    client = site.log_in()
    assert client.post("/session/strong")[0] == 200
    client.post("/logout", b"reason=card-removed")
    assert code_of(client.post("/session/strong")) == "relying.session_locked"
    status, answer = site.touch(client)
    assert (status, answer["state"]) == (200, "touched"), answer
    assert client.get("/session")[0] == 200
    assert code_of(client.post("/session/strong")) == "relying.step_up_contacts"
    assert site.prove(client)[0] == 200
    assert client.post("/session/strong")[0] == 200


def test_roaming_ends_at_its_time(begin: Begin) -> None:
    site = begin('on_removal = "lock"\nresume_seconds = 600\nroaming_seconds = 3600')
    client = site.log_in()
    site.wait(1500)
    client.post("/logout", b"reason=card-removed")
    site.touch(client)
    site.wait(1500)
    assert client.get("/session")[0] == 200
    site.wait(601)
    assert code_of(client.get("/session")) == "relying.session_locked"
    assert code_of(site.touch(client)) == "relying.touch_refused"


def test_a_look_at_the_state_proves_the_card_of_a_connection_and_is_no_use(
    begin: Begin,
) -> None:
    site = begin("certificate_proof_seconds = 900\nresume_seconds = 300")
    client = site.client(card=site.contacts)
    assert client.get("/login/certificate")[0] == 200
    for _ in range(2):
        site.wait(890)
        assert site.client(card=site.contacts).get("/session/state")[1]["seconds"] > 800
    site.wait(30)
    other = site.client(card=site.contacts)
    assert code_of(other.get("/session/state")) == "relying.session_expired"


@pytest.mark.system
@pytest.mark.xdist_group("browser")
def test_a_page_shows_by_itself_that_its_session_is_locked(begin: Begin) -> None:
    site = begin("token_proof_seconds = 600\nresume_seconds = 3600")
    client = site.log_in()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(locale="en-GB", ignore_https_errors=True)
        context.add_cookies(
            [
                {
                    "name": name,
                    "value": value,
                    "url": client.origin,
                    "secure": True,
                    "httpOnly": True,
                }
                for name, value in site.cookies.items()
            ]
        )
        page = context.new_page()
        page.clock.install()
        page.goto(f"{client.origin}/session")
        assert page.locator("h1").inner_text() == "You are logged in"
        page.clock.fast_forward(590_000)
        assert page.locator("h1").inner_text() == "You are logged in"
        site.wait(610)
        page.clock.fast_forward(20_000)
        expect(page.locator("h1")).to_have_text("The session is locked", timeout=60_000)
        assert "Insert the same card" in page.content()
        browser.close()


def test_a_touch_logs_nobody_in(begin: Begin) -> None:
    site = begin("roaming_seconds = 3600")
    client = site.client(tls12=False)
    token = site.token(client, site.plate, KeyUse.TECHNICAL)
    status, answer = client.post("/login/token", token)
    assert status == 403 and not answer["verdict"]["ok"]
    assert code_of(site.touch(client)) == "portal.not_logged_in"


def test_a_touch_is_judged_as_any_token(begin: Begin) -> None:
    site = begin('on_removal = "lock"\nresume_seconds = 600\nroaming_seconds = 3600')
    client = site.log_in()
    client.post("/logout", b"reason=card-removed")
    token = site.token(client, site.plate, KeyUse.TECHNICAL)
    assert client.post("/session/touch", token)[0] == 200
    assert code_of(client.post("/session/touch", token)) == "relying.nonce_used"
    assert code_of(client.post("/session/touch", b"{}")) == "codec.token_member"
    client.post("/logout", b"reason=card-removed")
    site.place.world.revoke(site.issued.card.number)
    assert code_of(site.touch(client)) in ("relying.card_opposed", "trust.revoked")
