# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Session policy (`caducee.middleware.session_policy`) in the sessions of programs.

As the policy stands built in, a session ends with the removal of its card, as PKCS#11 says. With a
grace time, or where the same card may resume, the sessions of programs that were logged in wait:
their handles stay, what needs the card answers CKR_DEVICE_REMOVED, and when the same card is opened
again in time they go on, with their login where the policy keeps the PIN, else as sessions that
are not logged in. The engine's lock guards everything here but `prepare`.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from caducee.base.clock import elapsed
from caducee.base.errors import CpsError
from caducee.base.secret import Secret
from caducee.middleware.pkcs11.sessions import TokenLogin
from caducee.middleware.pkcs11.tokens import Token
from caducee.middleware.session_policy import (
    CardCame,
    CardLeft,
    CardRef,
    Effect,
    LoggedOut,
    PinEvent,
    PinPurpose,
    SessionEvent,
    SessionPolicy,
    SessionState,
    TimePassed,
    Transition,
    Workstation,
    WorkstationEvent,
)
from caducee.spec.atrs import CardFace
from caducee.spec.pkcs11 import Cku

if TYPE_CHECKING:
    from caducee.middleware.pkcs11.application import Pkcs11Application

__all__ = ["SessionRetention"]


class SessionRetention:
    """Where the cards of this user's programs stand, and what that does to the programs."""

    def __init__(
        self,
        policy: SessionPolicy,
        applications: Sequence["Pkcs11Application"],
        *,
        now: Callable[[], float] = elapsed,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """``applications`` is the engine's list; ``wake`` is called when `patience` got shorter."""
        self.policy = policy
        self._applications = applications
        self._now = now
        self._wake = wake
        self._station = Workstation(policy)
        self.deadline: float | None = None
        """When time next does something, by the clock of ``now``."""

    # What the engine states

    def left(self, token: Token, reader: str) -> None:
        """A card left its reader, or answers no more."""
        icc = token.card.identity.icc
        if _contacts(token):
            self._tell(CardLeft(self._now(), reader))
        seat = self._station.seat(icc) if _contacts(token) else None
        for application in list(self._applications):
            if seat is not None and seat.has_session:
                application.park(token, keep_pin=self.policy.resume == "without-pin")
            application.left(token)
        self._settle(icc)

    def prepare(self, token: Token) -> None:
        """Read the objects of a card for which sessions wait; talks to the card."""
        if self._waits(token.card.identity.icc):
            with contextlib.suppress(CpsError):
                token.objects()

    def came(self, token: Token, reader: str) -> None:
        """A card was opened: tell cards apart, and let the sessions that wait for it go on."""
        icc = token.card.identity.icc
        card = CardRef(icc, _contacts(token), token.card.token_label)
        self._tell(CardCame(self._now(), reader, card))
        seat = self._station.seat(icc)
        if not card.contacts or seat is None or not seat.has_session:
            return
        for application in self._applications:
            application.resume(icc, token, logged_in=seat.state is SessionState.OPEN)

    def logged_in(self, application: "Pkcs11Application", login: TokenLogin) -> None:
        """A program logged its holder in."""
        icc = login.token.card.identity.icc
        who = PinPurpose(application.info.program)
        self._tell(PinEvent(self._now(), icc, SessionEvent.PIN_NEEDED, who))
        self._tell(PinEvent(self._now(), icc, SessionEvent.PIN_VERIFIED))
        login.resuming = False

    def logged_out(self, login: TokenLogin) -> None:
        """A program's login ended, or it is gone; the last one ends the session of the card."""
        self._settle(login.token.card.identity.icc)

    def pass_time(self) -> None:
        """End what is over by now."""
        if self.deadline is not None and self.deadline <= self._now():
            self._tell(TimePassed(self._now()))

    @property
    def patience(self) -> float | None:
        """Seconds until `pass_time` has something to do; None when it has nothing."""
        return None if self.deadline is None else max(0.0, self.deadline - self._now())

    def shares(self, login: TokenLogin) -> bool:
        """Tell whether `shared_code` has one."""
        pin = self.shared_pin(login)
        if pin is not None:
            pin.wipe()
        return pin is not None

    def shared_pin(self, login: TokenLogin) -> Secret | None:
        """Return a copy of the PIN that another program of this user is logged in with.

        None where the policy shares none; the caller wipes it.
        """
        if not self.policy.share_pin:
            return None
        for application in self._applications:
            other = application.logins.get(login.token)
            if other is None or other is login or other.user is not Cku.USER:
                continue
            if other.pending or other.typed:
                continue
            return other.copy_of_pin()
        return None

    # Steps and their effects

    def _tell(self, event: WorkstationEvent) -> None:
        self._station, steps = self._station.take(event)
        for step in steps:
            self._obey(step)
        before, self.deadline = self.deadline, self._station.deadline
        if self.deadline is not None and (before is None or self.deadline < before):
            self._wake()

    def _obey(self, step: Transition) -> None:
        icc, effects = step.before.icc, step.effects
        if Effect.END_SESSION in effects:
            for application in list(self._applications):
                application.end_parked(icc)
            for application, login in self._visits(icc, all_of_them=True):
                login.resuming = False
                if login.user is Cku.USER:
                    application.logged_out(login)
        elif Effect.WIPE_PIN in effects:
            for application in self._applications:
                application.wipe_parked(icc)

    def _settle(self, icc: bytes) -> None:
        """End the session of a card at which no program is logged in any more."""
        seat = self._station.seat(icc)
        if seat is None or not seat.has_session or self._waits(icc):
            return
        if not any(login.resuming for _, login in self._visits(icc, all_of_them=True)):
            if not any(True for _ in self._visits(icc)):
                self._tell(LoggedOut(self._now(), icc))

    def _waits(self, icc: bytes) -> bool:
        return any(icc in application.parked for application in self._applications)

    def _visits(
        self, icc: bytes, *, all_of_them: bool = False
    ) -> Iterator[tuple["Pkcs11Application", TokenLogin]]:
        """Yield the visits of programs at a card that is there, those that are logged in."""
        for application in list(self._applications):
            for token, login in list(application.logins.items()):
                same = token.card.identity.icc == icc and _contacts(token)
                if same and (all_of_them or login.user is Cku.USER):
                    yield application, login


def _contacts(token: Token) -> bool:
    return token.face is not CardFace.CPS3_CONTACTLESS
