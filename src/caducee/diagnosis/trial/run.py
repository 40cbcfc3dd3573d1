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
from caducee.cryptolib.portal import PortalAddress, find_ways
from caducee.diagnosis.trial import keys
from caducee.diagnosis.trial.keys import Facts
from caducee.diagnosis.trial.logins import LoginRefusedError, PortalLogins
from caducee.diagnosis.trial.model import TITLES, StepOutcome, StepProblem, StepReport, TrialReport

__all__ = ["LOGIN_METHODS", "LoginMethod", "TrialPlan", "run_trial"]

type LoginMethod = str
"""``certificate`` or ``token``."""

LOGIN_METHODS: Final = ("certificate", "token")


@dataclass(frozen=True, slots=True)
class TrialPlan:
    """What is tried."""

    pin: Secret | None = None
    """The PIN; None: only the steps that need none. The caller wipes it."""

    portal: PortalAddress | None = None
    """Where to log in; None: nowhere."""

    methods: tuple[LoginMethod, ...] = LOGIN_METHODS
    card: CardIdentity | None = None
    """The card that the PIN was entered for; no other receives it."""

    reader: str = ""
    at_reader: bool = False
    """The PIN is entered on the PIN pad instead."""


@dataclass
class _Trial:
    """The steps under way."""

    card: CpsCard
    plan: TrialPlan
    on_step: Callable[[StepReport], None]
    begin: Callable[[str], None]
    timer: Callable[[], float]
    steps: list[StepReport] = field(default_factory=list)
    logins: PortalLogins | None = None
    """The portal, once it answered."""

    def step(self, name: str, act: Callable[[], Facts], *, untried: CpsError | None = None) -> bool:
        """Do one step, or say why it was not tried (``untried``); return whether it passed.

        Raises `CpsError` when ``begin`` reports the cancellation.
        """
        if untried is not None:
            return self._end(StepReport(name, StepOutcome.SKIPPED, problem=StepProblem.of(untried)))
        self.begin(name)
        start, before = self.timer(), self.card.apdu_count
        outcome, facts, problem = StepOutcome.PASSED, list[tuple[str, str | int]](), None
        try:
            facts = act()
        except LoginRefusedError as refused:
            outcome, problem = StepOutcome.FAILED, refused.problem
        except CpsError as error:
            if error.code == "reader.cancelled":
                raise
            outcome, problem = StepOutcome.FAILED, StepProblem.of(error)
        took = (self.timer() - start) * 1000
        spent = self.card.apdu_count - before
        facts += [("commands", spent)] if spent else []
        checks = self.logins.checks if self.logins is not None else ()
        return self._end(StepReport(name, outcome, took, tuple(facts), problem, checks))

    def _end(self, step: StepReport) -> bool:
        self.steps.append(step)
        self.on_step(step)
        return step.outcome is StepOutcome.PASSED

    # The way

    def go(self) -> None:
        if not self.step("card", self._read):
            return
        self.step("random", partial(keys.random, self.card))
        uses = self.card.uses
        no_pin = self._why_no_pin()
        if not self.step("pin", self._enter, untried=no_pin) and no_pin is None:
            no_pin = _after("pin")
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
        given = self.plan.pin is not None or self.plan.at_reader
        return None if given else CpsError("desktop.step_no_pin")

    def _read(self) -> Facts:
        if self.plan.card is not None:
            self.card.confirm(self.plan.card)
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
        if self.plan.pin is not None:
            self.card.verify(self.plan.pin)
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
            unasked = None if way in self.plan.methods else CpsError("desktop.step_not_asked")
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


_LOGINS: Final[dict[LoginMethod, Callable[[PortalLogins], Facts]]] = {
    "certificate": PortalLogins.log_in_by_certificate,
    "token": PortalLogins.log_in_by_token,
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
    on_step: Callable[[StepReport], None] = lambda _step: None,
    begin: Callable[[str], None] = lambda _name: None,
    timer: Callable[[], float] = time.perf_counter,
) -> TrialReport:
    """Try what a plan says with an open card and report every step with its time and verdict.

    ``begin`` is called with the name of each step before it, ``on_step`` with its result. The
    card drops the verified state at the end. A failed step is part of the report; raises only
    `ReaderError` (``reader.cancelled``) when ``begin`` or the card reports the cancellation.
    """
    at = clock.now()
    trial = _Trial(card, plan, on_step, begin, timer)
    try:
        trial.go()
    finally:
        card.logout()
        card.end_reader_login()
        card.settle()
    return TrialReport(at, tuple(trial.steps))
