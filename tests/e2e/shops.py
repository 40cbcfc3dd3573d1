# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A world where test cards are ordered, and the whole way through its pages in any browser."""

import email
import email.policy
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from caducee.base.secret import Secret
from caducee.sandbox.ordering import mailbox, open_accounts, open_ordering
from caducee.sandbox.world import Sandbox
from caducee.services.ordering.roles import Role
from caducee.services.web.settings import PortalAddresses
from caducee.testing.keys import SharedKeys
from caducee.virtualcard.plug import slots
from caducee.virtualcard.plug.pcscd import chosen_folder

__all__ = ["PASSWORD", "Driver", "Shop", "eject_cards_of", "running_shop", "whole_way"]

PASSWORD = "correct horse battery staple"
STRUCTURE = {
    "structure-name": "Éditions du logiciel médical",
    "structure-number": "732829320",
    "structure-address": "1 rue des Essais",
    "structure-postal_code": "75014",
    "structure-town": "Paris",
}
APPLICANT = {
    "applicant-family_name": "Martin",
    "applicant-given_name": "Zoé",
    "applicant-function": "Directrice technique",
    "applicant-telephone": "01 23 45 67 89",
}
USAGE = {
    "card_usage-project": "Dossier de cabinet",
    "card_usage-uses": "Connexion au portail et signature d’ordonnances dans notre dossier de "
    "cabinet, par des médecins et des pharmaciens fictifs.",
    "card_usage-services": "Pro Santé Connect\nDMP",
}


class Driver(Protocol):
    """What the way needs of a browser."""

    def goto(self, url: str) -> None: ...
    def type(self, selector: str, text: str) -> None: ...
    def press(self, selector: str) -> None: ...
    def text(self, selector: str) -> str: ...
    def link(self, selector: str) -> str: ...
    def here(self) -> str: ...
    def forget(self) -> None: ...


@dataclass(frozen=True)
class Shop:
    """A running site, and who works there (password `PASSWORD`)."""

    world: Sandbox
    addresses: PortalAddresses
    reviewer: str
    maker: str
    auditor: str
    support: str

    def code(self, address: str) -> str:
        """Return the last code that was sent to an address."""
        return _code(mailbox(self.world), address)


@contextmanager
def running_shop(folder: Path) -> Iterator[Shop]:
    """A world with a reviewer and others, its pages and worker running."""
    keys = SharedKeys(card_keys=4)
    with Sandbox.create(folder, ca_keys=keys) as world:
        ordering = open_ordering(world)
        accounts = open_accounts(world, ordering)
        roles = (Role.REVIEWER, Role.PRODUCTION, Role.AUDITOR, Role.SUPPORT)
        staff = []
        for role in roles:
            address = f"{role.value}@example.test"
            accounts.register(address, role.value.title(), Secret.of(PASSWORD))
            made = accounts.confirm(address, _code(mailbox(world), address))
            accounts.give_roles(made.id, [role], by="test")
            staff.append(address)
        try:
            with world.order_site() as addresses:
                yield Shop(world, addresses, *staff)
        finally:
            eject_cards_of(folder)


def eject_cards_of(folder: Path) -> None:
    """Take the delivered cards out of the virtual readers of a pcscd that runs meanwhile."""
    for item in slots.inserted(chosen_folder()):
        if Path(item.card).is_relative_to(folder):
            slots.eject(item)


def _code(folder: Path, address: str) -> str:
    for path in sorted(folder.glob("*.eml"), reverse=True):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        found = re.search(r"\b\d{4}(?: \d{4})+\b", message.get_content())
        if message["to"] == address and found:
            return found[0].replace(" ", "")
    raise AssertionError(f"no code for {address}")


def log_in(driver: Driver, shop: Shop, address: str) -> None:
    """Log in by password, as somebody else than before."""
    driver.forget()
    driver.goto(f"{shop.addresses.open}/login")
    driver.type("#email", address)
    driver.type("#password", PASSWORD)
    driver.press("form[action='/login'] button")


def whole_way(driver: Driver, shop: Shop, address: str) -> Iterator[str]:
    """Go the whole way, from the catalogue to the card in use; yields the name of each page."""
    home = shop.addresses.open
    driver.goto(home)
    yield "home"
    driver.goto(f"{home}/catalogue?q=medecin")
    yield "catalogue"
    driver.goto(f"{home}/catalogue/cps-medecin")
    yield "product"
    driver.press("form[action='/basket'] button")
    yield "basket"
    yield from _account(driver, shop, address)
    driver.press("form[action='/orders'] button")
    number = driver.here().split("/")[4]
    order, form = f"{home}/orders/{number}", f"form[action='/orders/{number}/"
    yield from _form(driver, f"{form}form']")
    driver.press(f"{form}sign/code'] button")
    driver.type("#code", shop.code(address))
    yield "sign"
    driver.press(f"{form}sign'] button")
    yield "order"
    log_in(driver, shop, shop.reviewer)
    driver.goto(f"{home}/review")
    yield "review-queue"
    driver.goto(f"{home}/review/{number}")
    yield "review"
    driver.press("button[value=accept]")
    log_in(driver, shop, shop.maker)
    driver.goto(f"{home}/production")
    yield "production-queue"
    driver.goto(f"{home}/production/{number}")
    driver.press(f"form[action='/production/{number}'] button")
    yield "production"
    while driver.text("progress") != "1":
        driver.goto(f"{home}/production/{number}")
    log_in(driver, shop, address)
    yield from _delivery(driver, order, f"{form}")


def _account(driver: Driver, shop: Shop, address: str) -> Iterator[str]:
    home = shop.addresses.open
    driver.goto(f"{home}/login")
    yield "login"
    driver.goto(f"{home}/register")
    yield "register"
    driver.type("#name", "Zoé Martin")
    driver.type("#email", address)
    driver.type("#password", PASSWORD)
    driver.press("form[action='/register'] button")
    yield "confirm"
    driver.type("#code", shop.code(address))
    driver.press("form[action='/confirm'] button")


def _form(driver: Driver, form: str) -> Iterator[str]:
    yield "form"
    sign = f"{form} button[name=sign]"
    driver.press("input[value=SIREN]")
    driver.type("#structure-number", "732829321")
    driver.press(sign)
    yield "form with problems"
    assert driver.text("#structure-number-problem")
    for name, value in (STRUCTURE | APPLICANT | USAGE).items():
        driver.type(f"#{name}", value)
    driver.press("input[value=development]")
    driver.press("input[value=qualification]")
    driver.press(sign)
    yield "to sign"


def _delivery(driver: Driver, order: str, form: str) -> Iterator[str]:
    driver.goto(f"{order}/delivery")
    yield "delivery"
    driver.press(f"{form}letter'] button")
    yield "delivery with a link"
    link = driver.link("a.secret")
    driver.press(f"{form}reader'] button")
    yield "delivery into the reader"
    driver.goto(link)
    yield "letter, closed"
    driver.press("main form button:not([name])")
    assert re.fullmatch(r"\d{4}", driver.text("code.pin"))
    yield "letter"
    driver.goto(f"{order}/delivery")
    driver.press(f"{form}received'] button")
    yield "order, delivered"
    card = driver.link(".panel .place a")
    driver.goto(card)
    yield "card"
    driver.press("#activate ~ form button")
    yield "card in use"
    home = order.split("/orders", maxsplit=1)[0]
    driver.goto(f"{home}/account")
    driver.type("#label", "nightly")
    driver.press("form[action='/account/keys'] button")
    assert driver.text("code.secret")
    yield "my data, with a key"
    for path in ("/orders", "/cards", "/account"):
        driver.goto(home + path)
        yield path
