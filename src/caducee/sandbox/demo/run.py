# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The steps of the demonstration, from an empty folder to two verified logins."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caducee.base.i18n import gettext as _
from caducee.cryptolib import KeyUse, open_card
from caducee.cryptolib.card import CpsCard
from caducee.cryptolib.origin_token import make_token
from caducee.cryptolib.tls import use_card
from caducee.directory.model import Structure
from caducee.issuance import CardCodes, CardOrder, IssuedCard, Practice
from caducee.issuance.identities import new_person, practice_of
from caducee.sandbox.demo.client import PortalClient, trusting
from caducee.sandbox.demo.model import Demonstration, Exchange, LoginOutcome, Step
from caducee.sandbox.demo.place import Place, RecordedReader, card_in
from caducee.sandbox.world import Sandbox
from caducee.services.portal.settings import PortalAddresses
from caducee.spec.nomenclatures import Table, label

__all__ = ["Running", "demonstrate"]

_HOSPITAL = Structure("10B0041968", "ETABLISEMENT DE SANTE DE TEST 2013")


@dataclass(frozen=True, slots=True)
class Running:
    """What still runs when the steps are done."""

    addresses: PortalAddresses
    server_root: Path
    card: Path
    issued: IssuedCard


class _Way:
    """The demonstration under way: what the steps hand on to each other."""

    def __init__(self, folder: Path, place: Place, told: Callable[[Step], None]) -> None:
        self.demo = Demonstration()
        self._folder = folder
        self._place = place
        self._told = told
        self._dialogue: list[Exchange] = []

    @contextmanager
    def step(self, name: str, title: str) -> Iterator[Step]:
        """Run one step; what the card was asked in it belongs to it."""
        began = len(self._dialogue)
        step: Step | None = None
        try:
            with self.demo.step(name, title) as step:
                yield step
        finally:
            if step is not None:
                step.exchanges = self._dialogue[began:]
                self._told(step)

    def go(self, stack: ExitStack) -> Running:
        """Go the whole way; what runs is left to ``stack``."""
        world, issued = self._issue(stack)
        image = world.card_path(issued.card.number)
        with self.step("portal", _("The portal opens")) as step:
            addresses = stack.enter_context(world.portal())
            root = world.server_root()
            step.fact("TLS 1.2", addresses.tls12)
            step.fact("TLS 1.3", addresses.tls13)
        with self.step("insert", _("The card goes into a reader")) as step:
            reader, what = stack.enter_context(card_in(self._place, image))
            step.fact(_("Reader"), f"{reader.name} ({what})")
        card = self._read(RecordedReader(reader, self._dialogue), stack)
        with self.step("verify", _("The holder gives the code")) as step:
            card.verify(issued.pin)
            step.fact(_("Activities on the card"), len(card.activities()))
            step.fact(_("Tries left"), card.pin_state().tries_left)
        self._by_certificate(card, addresses, root)
        self._by_token(card, addresses, root)
        return Running(addresses, root, image, issued)

    def _issue(self, stack: ExitStack) -> tuple[Sandbox, IssuedCard]:
        with self.step("sandbox", _("A sandbox is made")) as step:
            world = stack.enter_context(Sandbox.create(self._folder))
            person = new_person(world.registry, given_name="CAMILLE")
            step.fact(_("Folder"), self._folder)
        with self.step("issue", _("Authorities are made, and a card is issued")) as step:
            practices = (
                Practice(practice_of(person), "SA07", "00"),
                Practice(_HOSPITAL, "SA01", "01"),
            )
            order = CardOrder(person=person, practices=practices, codes=CardCodes.of_test_cards())
            issued = world.issue(order)
            step.fact(_("Card"), issued.card.number)
            step.fact(_("Certificate"), issued.authentication.subject.rfc4514_string())
            step.fact(_("Issued by"), issued.authentication.issuer.rfc4514_string())
        return world, issued

    def _read(self, reader: RecordedReader, stack: ExitStack) -> CpsCard:
        with self.step("read", _("The Cryptolib reads the card")) as step:
            card = stack.enter_context(open_card(reader))
            holder = card.holder()
            card.certificate(KeyUse.AUTHENTICATION)
            step.fact(_("Holder"), f"{holder.given_name} {holder.family_name}")
            step.fact("PS_IdNat", holder.ps_idnat)
            step.fact(_("Profession"), label(Table.PROFESSIONS, holder.profession or "") or "-")
            step.fact(_("Token"), card.token_label)
        return card

    def _by_certificate(self, card: CpsCard, addresses: PortalAddresses, root: Path) -> None:
        context = trusting(root)
        use_card(context, card)
        with PortalClient(addresses.tls12, context) as client:
            with self.step("login-certificate", _("Login by TLS client certificate")) as step:
                answer = client.get("/login/certificate")[1]
                step.fact("TLS", client.tls)
                self._note("certificate", answer, step)
            with self.step("logout", _("Logout; the old session is refused")) as step:
                cookies = dict(client.cookies)
                client.post("/logout")
        with PortalClient(addresses.open, trusting(root)) as later:
            later.cookies = cookies
            status = later.get("/session")[0]
            step.fact(_("Old cookie"), f"HTTP {status}")
            if status < 400:
                step.failure = _("The old cookie was still accepted.")

    def _by_token(self, card: CpsCard, addresses: PortalAddresses, root: Path) -> None:
        with PortalClient(addresses.open, trusting(root)) as client:
            with self.step("login-token", _("Login by origin-bound token")) as step:
                nonce = str(client.get("/login/nonce")[1]["nonce"])
                token = make_token(card, addresses.open, nonce)
                answer = client.post("/login/token", token.to_json().encode())[1]
                self._note("token", answer, step)

    def _note(self, way: str, answer: dict[str, Any], step: Step) -> None:
        verdict = answer.get("verdict") or {}
        identity = answer.get("identity") or verdict.get("identity") or {}
        ok = bool(answer.get("ok")) and bool(verdict.get("ok"))
        checks = list(verdict.get("checks") or [])
        self.demo.logins.append(LoginOutcome(way, identity, checks, ok))
        step.fact(_("Checks passed"), f"{sum(one['outcome'] == 'passed' for one in checks)}")
        if not ok:
            step.failure = str(answer.get("refusal") or answer)


def demonstrate(
    folder: Path, place: Place, told: Callable[[Step], None], stack: ExitStack
) -> tuple[Demonstration, Running]:
    """Go the whole way in a new sandbox in ``folder``.

    ``told`` learns of every step when it ends; what still runs at the end (portal, reader) is
    left to ``stack``. Raises `CpsError` when a step cannot be made.
    """
    way = _Way(folder, place, told)
    return way.demo, way.go(stack)
