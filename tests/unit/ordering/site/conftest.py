# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Browsers without scripts in front of the pages; the whole way is gone on both databases."""

import datetime as dt
import email
import email.policy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from lxml import html
from starlette.testclient import TestClient
from tests.unit.ordering.conftest import FIT
from tests.unit.portal.conftest import CARD, PS, ScriptedVerifier

from caducee.base.clock import FixedClock
from caducee.base.secret import Secret
from caducee.directory.model import Card, Person
from caducee.directory.registry import Registry
from caducee.services.ordering.accounts import Account, Accounts
from caducee.services.ordering.form import OrderForm
from caducee.services.ordering.mail import OutgoingMail
from caducee.services.ordering.orders import Actor, Order
from caducee.services.ordering.roles import Role
from caducee.services.ordering.service import Ordering
from caducee.services.ordering.site.app import create_app
from caducee.services.ordering.site.forms import FormView
from caducee.services.web.rate_limit import RateLimiter
from caducee.services.web.settings import PortalAddresses
from caducee.spec.nomenclatures import CardFamily, ProductCategory

ORIGIN = "https://localhost:4433"
ADDRESSES = PortalAddresses(ORIGIN, "https://localhost:4434", "https://localhost:4435")
PASSWORD = "correct horse battery staple"


@dataclass
class Browser:
    """Follows links, fills in forms, keeps cookies; runs no scripts."""

    client: Any
    """A `TestClient`, or a client of a real site."""

    answer: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> "Browser":
        """Load a page, and follow where it leads."""
        self.answer = self.client.get(path, headers=self.headers)
        return self

    def press(self, action: str, button: str = "", /, **typed: str | list[str]) -> "Browser":
        """Fill in the form that goes to ``action`` and press one of its buttons (its name)."""
        return self.send(action, self.filled(action, button, **typed))

    def filled(self, action: str, button: str = "", /, **typed: str | list[str]) -> dict[str, Any]:
        """Return what a form would send."""
        form = next(item for item in self.page.forms if item.action == action)
        values: dict[str, Any] = {}
        for name, value in form.form_values():
            values.setdefault(name, []).append(value)
        values |= {name.replace("__", "."): value for name, value in typed.items()}
        if button:
            name, _, value = button.partition("=")
            assert form.xpath(f".//button[@name='{name}']"), f"no button {name}"
            values[name] = value or form.xpath(f".//button[@name='{name}']")[0].get("value")
        return values

    def send(self, path: str, fields: dict[str, Any], **headers: str) -> "Browser":
        """Send a form."""
        self.answer = self.client.post(path, data=fields, headers=self.headers | headers)
        return self

    @property
    def page(self) -> Any:
        """The page as a tree."""
        return html.fromstring(self.answer.text)

    @property
    def text(self) -> str:
        """What a person reads."""
        return " ".join(self.page.text_content().split())

    @property
    def status(self) -> int:
        """The status of the last answer."""
        return int(self.answer.status_code)

    @property
    def path(self) -> str:
        """Where the browser is."""
        return str(self.answer.url.path)


@dataclass
class SiteContext:
    """A site with its service, and people who come to it."""

    ordering: Ordering
    accounts: Accounts
    verifier: ScriptedVerifier
    mail: Path
    client: Callable[..., TestClient]

    def visitor(self) -> Browser:
        """Return the browser of somebody whom the site does not know."""
        return Browser(self.client())

    def codes(self) -> list[str]:
        """Return the codes that were sent, oldest first."""
        found = re.findall(r"\b\d{4}(?: \d{4})+\b", "\n".join(self.messages()))
        return [item.replace(" ", "") for item in found]

    def messages(self) -> list[str]:
        """Return the texts of the messages that were sent, oldest first."""
        return [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default).get_content()
            for path in sorted(self.mail.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        ]

    def account(self, name: str, *roles: Role) -> Account:
        """Return a confirmed account with some roles."""
        address = f"{name}@example.test"
        self.accounts.register(address, name.title(), Secret.of(PASSWORD))
        made = self.accounts.confirm(address, self.codes()[-1])
        return self.accounts.give_roles(made.id, roles, by="test") if roles else made

    def person(self, name: str, *roles: Role) -> tuple[Browser, Account]:
        """Return the browser of somebody who is logged in."""
        account = self.account(name, *roles)
        browser = self.visitor().get("/login")
        browser.press("/login", email=f"{name}@example.test", password=PASSWORD)
        assert browser.status == 200 and browser.path == "/orders", browser.text
        return browser, account

    def draft(self, account: Account, form: OrderForm = FIT) -> Order:
        """Return a draft."""
        return self.ordering.orders.begin(account.id, form)

    def submitted(self, account: Account, form: OrderForm = FIT) -> Order:
        """Return an order that waits for a reviewer."""
        actor = Actor(account.id, Role.APPLICANT)
        return self.ordering.orders.submit(self.draft(account, form), actor, '{"by": "code"}')


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Hash passwords with little work: these tests are about everything else."""
    import argon2

    from caducee.services.ordering import passwords

    with pytest.MonkeyPatch.context() as patch:
        quick = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(passwords, "_hasher", lambda: quick)
        yield


@pytest.fixture
def registry_url(tmp_path: Path) -> str:
    """SQLite: what the pages do with the database is tested below them on both."""
    return f"sqlite:///{tmp_path}/registry.db"


@pytest.fixture
def rate_limiter() -> RateLimiter:
    return RateLimiter(burst=1000, each_second=1000)


@pytest.fixture
def context(
    ordering: Ordering,
    registry: Registry,
    clock: FixedClock,
    tmp_path: Path,
    rate_limiter: RateLimiter,
) -> Iterator[SiteContext]:
    enter_holder(registry)
    mail = tmp_path / "mail"
    accounts = Accounts(registry, ordering.trail, OutgoingMail(mail, clock))
    verifier = ScriptedVerifier()
    app = create_app(
        ordering,
        accounts,
        cast(Any, verifier),
        clock,
        ADDRESSES,
        rate_limiter=rate_limiter,
        password_rate=rate_limiter,
    )
    opened: list[TestClient] = []

    def client(**how: Any) -> TestClient:
        made = TestClient(app, base_url=ORIGIN, raise_server_exceptions=False, **how)
        made.headers["accept-language"] = "en"
        opened.append(made)
        return made

    yield SiteContext(ordering, accounts, verifier, mail, client)
    for item in opened:
        item.close()


def enter_holder(registry: Registry) -> None:
    """Enter the holder of the scripted verifier into the directory, with the card."""
    now = registry.now()
    registry.persons.put(Person(PS, "DOC0021889", "Ambre-Élise", "10"))
    kind = (CardFamily.CPS, ProductCategory.TEST_CARD)
    ends = now + dt.timedelta(days=1095)
    registry.cards.put(Card(CARD.partition("/")[2], *kind, PS, now, ends))


def typed_form(form: OrderForm) -> dict[str, Any]:
    """Return what a person types for a form, beside its lines."""
    view = FormView.of_form(form)
    environments = view.values["card_usage.environments"].split("\n")
    return {**view.values, "card_usage.environments": environments}
