# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Session policy of a workstation, live: the readers tell, the engine decides, the holder is asked.

One thread runs `Watcher.run`; each question to a holder has a thread of its own, since it may take
minutes. Nobody polls: the wait for the readers ends by an event, by a deadline of the engine, or by
the answer to a question.
"""

import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from caducee.base.clock import elapsed
from caducee.base.errors import CpsError, WrongPinError
from caducee.base.secret import Secret
from caducee.cryptolib import open_card
from caducee.cryptolib.card import CpsCard
from caducee.cryptolib.presence import CardWatch, PresenceEvent
from caducee.cryptolib.presence import PresenceEventKind as Seen
from caducee.middleware.pin_entry import PinKind, PinRequest
from caducee.middleware.session_policy.card_session import CardRef, PinPurpose, Transition
from caducee.middleware.session_policy.policy import SessionPolicy
from caducee.middleware.session_policy.states import Effect, SessionEvent, SessionState
from caducee.middleware.session_policy.workstation import (
    CardCame,
    CardLeft,
    ForeignCard,
    LoggedOut,
    PinEvent,
    TimePassed,
    Workstation,
    WorkstationEvent,
)
from caducee.middleware.webhost.consent import HolderConsent
from caducee.reader.transport import ReaderContext
from caducee.spec.atrs import CardFace

__all__ = ["Watcher", "workstation_events"]

_log = logging.getLogger(__name__)


def workstation_events(events: Sequence[PresenceEvent], at: float) -> Iterator[WorkstationEvent]:
    """Yield what the watch saw between two looks, as the engine takes it: first all that left.

    A card that went from one reader to another is seen in both at once, in the order of the
    readers; reported as it came it would be in two places.
    """
    for event in events:
        yield CardLeft(at, event.reader)
    for event in events:
        if event.kind is not Seen.REMOVED:
            yield _came(event, at)


def _came(event: PresenceEvent, at: float) -> WorkstationEvent:
    """Return what the watch of the readers saw, as the engine takes it."""
    if event.card is not None and event.kind in (Seen.INSERTED, Seen.EXCHANGED):
        contacts = event.card.face is not CardFace.CPS3_CONTACTLESS
        card = CardRef(event.card.icc, contacts, event.card.serial)
        return CardCame(at, event.reader, card)
    return ForeignCard(at, event.reader)


class Watcher:
    """Runs the engine on the readers of a place. One thread runs it, any may stop it."""

    def __init__(
        self,
        context: ReaderContext,
        policy: SessionPolicy,
        notify: Callable[[Transition], None],
        *,
        consent: Callable[[], HolderConsent] | None = None,
        purpose: PinPurpose | None = None,
        now: Callable[[], float] = elapsed,
    ) -> None:
        """``notify`` gets every step, in order.

        With a ``purpose``, each card that comes is asked for its PIN by a new ``consent``, so that
        it opens a session for that service; without one, cards are only shown.
        """
        self.station = Workstation(policy)
        self._context = context
        self._watch = CardWatch(context)
        self._notify = notify
        self._consent = consent
        self._purpose = purpose if consent is not None else None
        self._now = now
        self._said: deque[tuple[WorkstationEvent, _Question | None]] = deque()
        """What happened elsewhere than in the readers, and the question that it answers."""

        self._questions: dict[bytes, _Question] = {}
        self._stopped = False

    def run(self) -> None:
        """Serve until `stop`. Raises `ReaderError` when the readers cannot be watched."""
        try:
            while not self._stopped:
                for event in workstation_events(self._watch.wait(self._patience()), self._now()):
                    self._take(event)
                while self._said:
                    self._hear(*self._said.popleft())
                self._take(TimePassed(self._now()))
        finally:
            for question in self._questions.values():
                question.withdraw()

    def stop(self) -> None:
        """End `run`."""
        self._stopped = True
        self._watch.stop()

    def log_out(self, icc: bytes | None = None) -> None:
        """End the session of a card, or of every card."""
        self.say(LoggedOut(self._now(), icc))

    def say(self, event: WorkstationEvent) -> None:
        """Tell what happened elsewhere than in the readers; from any thread."""
        self._say(event)

    def _say(self, event: WorkstationEvent, answered: "_Question | None" = None) -> None:
        self._said.append((event, answered))
        self._watch.wake()

    def _hear(self, event: WorkstationEvent, answered: "_Question | None") -> None:
        """Take in what was said; not the answer to a question that was withdrawn meanwhile."""
        if answered is None or self._questions.get(answered.icc) is answered:
            self._take(event)

    def _patience(self) -> float | None:
        deadline = self.station.deadline
        return None if deadline is None else max(0.0, deadline - self._now())

    def _take(self, event: WorkstationEvent) -> None:
        self.station, steps = self.station.take(event)
        for step in steps:
            if step.effects or step.before.state is not step.after.state:
                self._notify(step)
            self._obey(step)

    def _obey(self, step: Transition) -> None:
        icc = step.after.icc
        if Effect.WITHDRAW_QUESTION in step.effects or step.event is SessionEvent.REMOVED:
            question = self._questions.pop(icc, None)
            if question is not None:
                question.withdraw()
        if Effect.ASK_PIN in step.effects and self._consent is not None:
            self._ask(step, self._consent())
        came = step.event is SessionEvent.INSERTED and step.after.state is SessionState.PRESENT
        if came and self._purpose is not None:
            self._take(PinEvent(step.at, icc, SessionEvent.PIN_NEEDED, self._purpose))

    def _ask(self, step: Transition, consent: HolderConsent) -> None:
        purpose = step.purpose if step.purpose.service else (self._purpose or step.purpose)
        question = _Question(self._open, step.after.icc, step.after.reader, purpose, consent)
        self._questions[step.after.icc] = question
        question.begin(
            lambda event: self._say(PinEvent(self._now(), question.icc, event), question)
        )

    def _open(self, reader: str) -> CpsCard:
        for item in self._context.readers():
            if item.name == reader:
                return open_card(item)
        raise CpsError("reader.no_card", reader=reader)


class _Question:
    """One question to a holder, until the PIN is right, they give up, or it is withdrawn."""

    def __init__(
        self,
        opened: Callable[[str], CpsCard],
        icc: bytes,
        reader: str,
        purpose: PinPurpose,
        consent: HolderConsent,
    ) -> None:
        self.icc = icc
        self._open = opened
        self._reader = reader
        self._purpose = purpose
        self._consent = consent
        self._withdrawn = False

    def begin(self, notify: Callable[[SessionEvent], None]) -> None:
        """Ask in a thread of its own; ``notify`` gets what comes of it."""

        def run() -> None:
            try:
                for event in self._events():
                    if not self._withdrawn:
                        notify(event)
            except Exception:
                _log.exception("a question for a PIN failed")
                notify(SessionEvent.GIVEN_UP)

        threading.Thread(target=run, name="question", daemon=True).start()

    def withdraw(self) -> None:
        """Take it from the screen; nothing is reported of it any more."""
        self._withdrawn = True
        withdraw = getattr(self._consent, "withdraw", None)
        if withdraw is not None:
            withdraw()

    def _events(self) -> Iterator[SessionEvent]:
        try:
            with contextlib.closing(self._open(self._reader)) as card:
                if card.identity.icc == self.icc:
                    yield from self._until_right(card)
                    return
        except CpsError:
            pass
        yield SessionEvent.GIVEN_UP

    def _until_right(self, card: CpsCard) -> Iterator[SessionEvent]:
        wrong = False
        while True:
            pin = self._consent.pin(self._request(card), self._purpose.service, wrong=wrong)
            if self._prove(card, pin):
                yield SessionEvent.PIN_VERIFIED
                return
            wrong = True
            yield SessionEvent.WRONG_PIN

    def _prove(self, card: CpsCard, pin: Secret) -> bool:
        try:
            card.prove(pin)
        except WrongPinError:
            return False
        finally:
            pin.wipe()
        return True

    def _request(self, card: CpsCard) -> PinRequest:
        holder, pin = card.holder(), card.pin_state()
        return PinRequest(
            PinKind.LOGIN,
            card=card.token_label,
            holder=f"{holder.given_name} {holder.family_name}".strip(),
            reader=self._reader,
            tries_left=pin.tries_left,
            min_length=pin.min_length,
            max_length=pin.max_length,
            for_what=self._purpose.why,
        )
