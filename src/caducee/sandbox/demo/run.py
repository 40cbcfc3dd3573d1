# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The steps of the demonstration, from an empty folder to two verified logins."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from caducee.base.errors import CpsError
from caducee.base.i18n import gettext as _
from caducee.cryptolib import KeyUse, open_card
from caducee.cryptolib.card import CpsCard
from caducee.cryptolib.digest_info import digest_info
from caducee.cryptolib.origin_token import make_token
from caducee.cryptolib.portal import PortalClient, trusting
from caducee.cryptolib.tls import use_card
from caducee.issuance import CardPins, IssuedCard
from caducee.issuance.profiles import profile
from caducee.sandbox.demo.cards import DemoCard
from caducee.sandbox.demo.model import ApduExchange, Demonstration, DemoStep, LoginOutcome
from caducee.sandbox.demo.readers import DemoReaderKind, RecordedReader, card_in
from caducee.sandbox.world import Sandbox
from caducee.services.web.settings import PortalAddresses
from caducee.spec.nomenclatures import CardFamily, Table, label

__all__ = ["Running", "demonstrate"]


@dataclass(frozen=True, slots=True)
class Running:
    """What still runs when the steps are done."""

    addresses: PortalAddresses
    server_root: Path
    card: Path
    issued: IssuedCard


class _DemoRun:
    """A running demonstration, with the state its steps share."""

    def __init__(
        self,
        folder: Path,
        kind: DemoCard,
        place: DemoReaderKind,
        report: Callable[[DemoStep], None],
    ) -> None:
        self.demo = Demonstration()
        self._folder = folder
        self._kind = kind
        self._place = place
        self._report = report
        self._dialogue: list[ApduExchange] = []

    @contextmanager
    def step(self, name: str, title: str) -> Iterator[DemoStep]:
        """Run one step; what the card was asked in it belongs to it."""
        began = len(self._dialogue)
        step: DemoStep | None = None
        try:
            with self.demo.step(name, title) as step:
                yield step
        finally:
            if step is not None:
                step.exchanges = self._dialogue[began:]
                self._report(step)

    def go(self, stack: ExitStack) -> Running:
        """Run all steps; ``stack`` stops what still runs."""
        world, issued = self._issue(stack)
        image = world.card_path(issued.card.number)
        with self.step("portal", _("The portal opens")) as step:
            addresses = stack.enter_context(world.portal())
            root = world.server_root()
            step.fact("TLS 1.2", addresses.tls12)
            step.fact("TLS 1.3", addresses.tls13)
        with self.step("insert", _("The card goes into a reader")) as step:
            place = card_in(self._place, image, self._kind.face)
            reader, what = stack.enter_context(place)
            step.fact(_("Reader"), f"{reader.name} ({what})")
        card = self._read(RecordedReader(reader, self._dialogue), stack)
        if self._kind.refusal is not None:
            self._refused(card, issued, self._kind.refusal)
        else:
            self._logins(card, issued, addresses, root)
        return Running(addresses, root, image, issued)

    def _issue(self, stack: ExitStack) -> tuple[Sandbox, IssuedCard]:
        with self.step("sandbox", _("A sandbox is created")) as step:
            world = stack.enter_context(Sandbox.create(self._folder))
            order = profile(self._kind.profile).order(world.registry)
            step.fact(_("Folder"), self._folder)
        with self.step("issue", _("Authorities are created and a card is issued")) as step:
            issued = world.issue(replace(order, pins=CardPins.of_test_cards()))
            step.fact(_("Card"), issued.card.number)
            step.fact(_("Certificate"), issued.authentication.subject.rfc4514_string())
            step.fact(_("Issued by"), issued.authentication.issuer.rfc4514_string())
        return world, issued

    def _refused(self, card: CpsCard, issued: IssuedCard, expected: str) -> None:
        """Show what the contactless face can do, and that it cannot log in."""
        with self.step("technical-key", _("The technical key signs without a PIN")) as step:
            digest = hashlib.sha256(b"a challenge").digest()
            signature = card.authenticate(digest_info(digest, "sha256"), KeyUse.TECHNICAL)
            step.fact(_("Signature"), _("{size} bytes").format(size=len(signature)))
        with self.step("refusal", _("A login is refused, as it must be")) as step:
            try:
                card.verify(issued.pin)
            except CpsError as error:
                self.demo.refusal = error.code
                step.fact(_("Refusal"), str(error))
            if self.demo.refusal != expected:
                step.failure = _("The refusal was expected to be {code}.").format(code=expected)

    def _logins(
        self, card: CpsCard, issued: IssuedCard, addresses: PortalAddresses, root: Path
    ) -> None:
        with self.step("verify", _("The holder enters the PIN")) as step:
            card.verify(issued.pin)
            step.fact(_("Activities on the card"), len(card.activities()))
            step.fact(_("Tries left"), card.pin_state().tries_left)
        self._by_certificate(card, addresses, root)
        self._by_token(card, addresses, root)

    def _read(self, reader: RecordedReader, stack: ExitStack) -> CpsCard:
        with self.step("read", _("The Cryptolib reads the card")) as step:
            card = stack.enter_context(open_card(reader))
            holder = card.holder()
            card.certificate(card.uses[0])
            name = f"{holder.given_name} {holder.family_name}".strip()
            step.fact(_("Holder"), name or _("(names nobody)"))
            step.fact("PS_IdNat", holder.ps_idnat or "-")
            learning = holder.family is CardFamily.CPF
            table = Table.FUTURE_PROFESSIONS if learning else Table.PROFESSIONS
            step.fact(_("Profession"), label(table, holder.profession or "") or "-")
            step.fact(_("Token"), card.token_label)
        return card

    def _by_certificate(self, card: CpsCard, addresses: PortalAddresses, root: Path) -> None:
        context = trusting(root)
        use_card(context, card)
        origin = addresses.tls13 if card.supports_pss else addresses.tls12
        with PortalClient(origin, context) as client:
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

    def _note(self, method: str, answer: dict[str, Any], step: DemoStep) -> None:
        verdict = answer.get("verdict") or {}
        identity = answer.get("identity") or verdict.get("identity") or {}
        ok = bool(answer.get("ok")) and bool(verdict.get("ok"))
        checks = list(verdict.get("checks") or [])
        self.demo.logins.append(LoginOutcome(method, identity, checks, ok))
        step.fact(_("Checks passed"), f"{sum(check['outcome'] == 'passed' for check in checks)}")
        if not ok:
            step.failure = str(answer.get("refusal") or answer)


def demonstrate(
    folder: Path,
    kind: DemoCard,
    place: DemoReaderKind,
    report: Callable[[DemoStep], None],
    stack: ExitStack,
) -> tuple[Demonstration, Running]:
    """Run the demonstration in a new sandbox in ``folder`` with a kind of card.

    ``report`` is called with every finished step; what still runs at the end (portal, reader) is
    left to ``stack``. Raises `CpsError` when a step cannot be made.
    """
    run = _DemoRun(folder, kind, place, report)
    return run.demo, run.go(stack)
