# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs the test services on an open card, step by step."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from caducee.base.clock import Clock
from caducee.base.errors import CpsError
from caducee.base.i18n import gettext, language
from caducee.base.nouns import shown
from caducee.base.secret import Secret
from caducee.cryptolib import CpsCard, KeyUse
from caducee.cryptolib.model import CardIdentity
from caducee.cryptolib.pin_tasks import message_language
from caducee.cryptolib.portal import PortalPlace, find_ways
from caducee.diagnosis.trial import keys
from caducee.diagnosis.trial.keys import Facts
from caducee.diagnosis.trial.logins import PortalLogins, Refused
from caducee.diagnosis.trial.model import TITLES, Outcome, StepTold, TrialTold, Trouble

__all__ = ["WAYS", "TrialPlan", "Way", "run_trial"]

type Way = str
"""``certificate`` or ``token``."""

WAYS: Final = ("certificate", "token")


@dataclass(frozen=True, slots=True)
class TrialPlan:
    """What is tried."""

    code: Secret | None = None
    """The holder's code; None: only what needs none. The caller wipes it."""

    portal: PortalPlace | None = None
    """Where to log in; None: nowhere."""

    ways: tuple[Way, ...] = WAYS
    seen: CardIdentity | None = None
    """The card that the code was entered for; no other gets it."""

    reader: str = ""
    at_reader: bool = False
    """The holder enters the code at the reader instead."""


@dataclass
class _Trial:
    """The steps under way."""

    card: CpsCard
    plan: TrialPlan
    told: Callable[[StepTold], None]
    begin: Callable[[str], None]
    timer: Callable[[], float]
    steps: list[StepTold] = field(default_factory=list)
    logins: PortalLogins | None = None
    """The portal, once it answered."""

    def step(self, name: str, act: Callable[[], Facts], *, untried: CpsError | None = None) -> bool:
        """Do one step, or say why it was not tried (``untried``); tell whether it passed.

        Raises `CpsError` when nobody wants the rest any more (``begin`` says so).
        """
        if untried is not None:
            return self._end(StepTold(name, Outcome.SKIPPED, trouble=Trouble.of(untried)))
        self.begin(name)
        start, before = self.timer(), self.card.apdu_count
        outcome, facts, trouble = Outcome.PASSED, list[tuple[str, str | int]](), None
        try:
            facts = act()
        except Refused as refused:
            outcome, trouble = Outcome.FAILED, refused.trouble
        except CpsError as error:
            if error.code == "reader.cancelled":
                raise
            outcome, trouble = Outcome.FAILED, Trouble.of(error)
        took = (self.timer() - start) * 1000
        spent = self.card.apdu_count - before
        facts += [("commands", spent)] if spent else []
        checks = self.logins.checks if self.logins is not None else ()
        return self._end(StepTold(name, outcome, took, tuple(facts), trouble, checks))

    def _end(self, step: StepTold) -> bool:
        self.steps.append(step)
        self.told(step)
        return step.outcome is Outcome.PASSED

    # The way

    def go(self) -> None:
        if not self.step("card", self._read):
            return
        self.step("random", partial(keys.random, self.card))
        uses = self.card.uses
        no_pin = self._why_no_pin()
        if not self.step("code", self._enter, untried=no_pin) and no_pin is None:
            no_pin = _after("code")
        for name, use, act in _KEYS:
            if use in uses or use is not KeyUse.TECHNICAL:
                free = use is KeyUse.TECHNICAL
                untried = (None if free else no_pin) if use in uses else _other_side()
                self.step(name, partial(act, self.card), untried=untried)
        with ExitStack() as stack:
            self._log_in(stack, no_pin)

    def _why_no_pin(self) -> CpsError | None:
        if KeyUse.AUTHENTICATION not in self.card.uses:
            return _other_side()
        given = self.plan.code is not None or self.plan.at_reader
        return None if given else CpsError("desktop.step_no_pin")

    def _read(self) -> Facts:
        if self.plan.seen is not None:
            self.card.confirm(self.plan.seen)
        who = self.card.holder()
        name = f"{who.given_name} {who.family_name}".strip()
        facts: Facts = [("reader", self.plan.reader)] if self.plan.reader else []
        return [
            *facts,
            ("card", self.card.token_label or self.card.serial),
            ("face", str(shown("face", self.card.identity.face.value))),
            *([("holder", name)] if name else []),
            *([("number", who.ps_idnat)] if who.ps_idnat else []),
        ]

    def _enter(self) -> Facts:
        if self.plan.code is not None:
            self.card.verify(self.plan.code)
        else:
            self.card.language = message_language(language())
            self.card.verify_at_reader()
        left = self.card.pin_state().tries_left
        return [] if left is None else [("tries_left", left)]

    def _log_in(self, stack: ExitStack, no_pin: CpsError | None) -> None:
        place = self.plan.portal

        def look() -> Facts:
            assert place is not None  # noqa: S101 (the step is not tried without)
            ways = find_ways(place)
            self.logins = stack.enter_context(PortalLogins(self.card, place, ways))
            return [("address", ways.origin)]

        none = CpsError("desktop.step_no_portal") if place is None else None
        answers = self.step("portal", look, untried=none)
        unable = no_pin or none or (None if answers else _after("portal"))
        for way, act in _LOGINS.items():
            unasked = None if way in self.plan.ways else CpsError("desktop.step_not_asked")
            untried = unable or unasked
            logged_in = self.step(f"login-{way}", partial(self._at_portal, act), untried=untried)
            leave = partial(self._at_portal, PortalLogins.log_out)
            after = None if logged_in else untried or _after(f"login-{way}")
            self.step(f"logout-{way}", leave, untried=after)

    def _at_portal(self, act: Callable[[PortalLogins], Facts]) -> Facts:
        assert self.logins is not None  # noqa: S101 (the portal answered)
        return act(self.logins)


def _other_side() -> CpsError:
    return CpsError("desktop.step_other_side")


def _after(name: str) -> CpsError:
    return CpsError("desktop.step_after", step=gettext(TITLES[name]))


_LOGINS: Final[dict[Way, Callable[[PortalLogins], Facts]]] = {
    "certificate": PortalLogins.by_certificate,
    "token": PortalLogins.by_token,
}
_KEYS: Final = (
    ("signature", KeyUse.SIGNATURE, keys.sign),
    ("authentication", KeyUse.AUTHENTICATION, keys.authenticate),
    ("decipherment", KeyUse.AUTHENTICATION, keys.decipher),
    ("technical", KeyUse.TECHNICAL, keys.technical),
)


def run_trial(
    card: CpsCard,
    plan: TrialPlan,
    clock: Clock,
    *,
    told: Callable[[StepTold], None] = lambda _step: None,
    begin: Callable[[str], None] = lambda _name: None,
    timer: Callable[[], float] = time.perf_counter,
) -> TrialTold:
    """Try what a plan says with an open card, and tell every step with its time and verdict.

    ``begin`` is called with the name of each step before it, ``told`` with what came of it. The
    card forgets the code at the end. A step that fails is told; raises only `ReaderError`
    (``reader.cancelled``) when ``begin`` or the card says that nobody wants the rest.
    """
    at = clock.now()
    trial = _Trial(card, plan, told, begin, timer)
    try:
        trial.go()
    finally:
        card.logout()
        card.end_reader_login()
        card.settle()
    return TrialTold(at, tuple(trial.steps))
