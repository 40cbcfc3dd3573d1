# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One program, from C_Initialize to C_Finalize: its sessions, logins, handles and slot events."""

import contextlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from caducee.base.errors import (
    CardError,
    CardRemovedError,
    CpsError,
    MuteCardError,
    PinBlockedError,
    WrongPinError,
)
from caducee.base.secret import Secret
from caducee.codec.pkcs11 import Call, OutputBuffer, Reply
from caducee.cryptolib.card import CpsCard
from caducee.middleware.pin_entry import EnteredPins, PinRequest
from caducee.middleware.pkcs11.compat import NOT_IN_ORIGINAL, Deviation
from caducee.middleware.pkcs11.errors import MissingParameterError, Pkcs11Error, code_of
from caducee.middleware.pkcs11.objects import Pkcs11Object
from caducee.middleware.pkcs11.registry import HANDLERS, CallOutcome
from caducee.middleware.pkcs11.sessions import Pkcs11Session, TokenLogin
from caducee.middleware.pkcs11.tokens import Token
from caducee.spec.pkcs11 import Ckr, Cku, EventFlag
from caducee.spec.pkcs11.functions import Kind
from caducee.spec.pkcs11.wire import PARAMETER_WANTED

if TYPE_CHECKING:
    from caducee.middleware.pkcs11.engine import Pkcs11Engine
    from caducee.middleware.pkcs11.slots import Slot

__all__ = ["ApplicationInfo", "Pkcs11Application"]

_log = logging.getLogger(__name__)

_LOOKS = frozenset({"C_GetSlotList", "C_GetSlotInfo"})


@dataclass(frozen=True, slots=True)
class ApplicationInfo:
    """What is known of a program."""

    ulong_size: int = 8
    """Its ``sizeof(CK_ULONG)``."""

    pid: int = 0
    program: str = ""
    """The path of the program, for people."""


class Pkcs11Application:
    """What the functions of the standard act on, for one program. Threads may share it."""

    def __init__(self, engine: "Pkcs11Engine", info: ApplicationInfo) -> None:
        self.engine = engine
        self.info = info
        self.lock = engine.lock
        self.settings = engine.settings
        self.sessions: dict[int, Pkcs11Session] = {}
        self.logins: dict[Token, TokenLogin] = {}
        self.parked: dict[bytes, TokenLogin] = {}
        """What waits for a card to come back, by its EF.SN.ICC."""

        self._events: dict[int, None] = {}
        self._closed = False

    # What the daemon calls

    def reader_of(self, call: Call) -> str | None:
        """Return the reader whose thread must `answer` a call; None: no card is asked for it.

        Takes no lock that a card operation holds.
        """
        handler = HANDLERS.get(call.function.name)
        if handler is None:
            return None
        if self.parked and (waiting := self._waiting(call)) is not None:
            return waiting.name
        if handler.needs is None:
            return None
        with self.lock:
            try:
                slot = handler.slot(self, call.arguments)
            except Pkcs11Error:
                return None  # the answer is that error
        return slot.name if slot is not None else None

    def looks(self, call: Call) -> bool:
        """Tell whether the daemon looks at the readers before a call: it asks what is there now."""
        return call.function.name in _LOOKS

    def parks(self, call: Call) -> bool:
        """Tell whether a call is a C_WaitForSlotEvent that waits until `next_slot_event` gives."""
        if call.function.name != "C_WaitForSlotEvent" or self.deviates(Deviation.SLOT_EVENTS):
            return False
        return not EventFlag.DONT_BLOCK & call.arguments[0] and not self._closed

    def next_slot_event(self) -> int | None:
        """Return a slot where something happened since it was last reported, once; None without."""
        with self.lock:
            slot = next(iter(self._events), None)
            if slot is not None:
                del self._events[slot]
            return slot

    def search(self, session: int) -> Pkcs11Session | None:
        """Return the session whose search goes on without `answer`, in the loop's thread."""
        return self.sessions.get(session)

    def pin_request(self, call: Call) -> PinRequest | None:
        """Return what the holder has to be asked before `answer`; None for nearly every call.

        Runs in the reader's thread, as `answer`; never raises.
        """
        from caducee.middleware.pkcs11.functions.pin_requests import request_for, request_late

        if not self.engine.protected_path:
            return None
        try:
            return request_for(self, call) or request_late(self, call)
        except (Pkcs11Error, CpsError):
            return None  # the answer carries the error

    def asks(self, call: Call) -> bool:
        """Tell whether a call needs a PIN that a login left out. Takes the lock for a moment."""
        from caducee.middleware.pkcs11.functions.deferred_login import purpose_of

        if not self.engine.asks_late:
            return False
        with self.lock:
            found = purpose_of(self, call)
            return found is not None and not self.engine.stays.shares(found[0].login)

    def given_up(self, call: Call) -> None:
        """End what a call was about for which the holder gave no PIN."""
        from caducee.middleware.pkcs11.functions.deferred_login import give_up

        give_up(self, call)

    def answer(self, call: Call, pins: EnteredPins | None = None) -> Reply:
        """Answer a call; ``PINs`` are what the holder entered for its `pin_request`.

        Never raises: what goes wrong is a code of the reply.
        """
        try:
            outcome = self._answer(call, pins)
        except MissingParameterError:
            outcome = CallOutcome(PARAMETER_WANTED)
        except Pkcs11Error as error:
            outcome = CallOutcome(error.rv)
            _log.debug("%s: %s %s", call.function.name, error.rv.name, error.facts)
        except CpsError as error:
            outcome = CallOutcome(code_of(error))
            _log.info("%s: %s", call.function.name, error.code)
        except Exception:
            outcome = CallOutcome(Ckr.GENERAL_ERROR)
            _log.exception("%s failed", call.function.name)
        return Reply(call.function, int(outcome.rv), outcome.results)

    def _answer(self, call: Call, pins: EnteredPins | None) -> CallOutcome:
        name = call.function.name
        handler = HANDLERS.get(name)
        if handler is None or (name in NOT_IN_ORIGINAL and self.deviates(Deviation.FUNCTIONS)):
            return CallOutcome(Ckr.FUNCTION_NOT_SUPPORTED)
        if self._closed:
            return CallOutcome(Ckr.CRYPTOKI_NOT_INITIALIZED)
        self.engine.pass_time()
        if self.parked and (waiting := self._waiting(call)) is not None:
            with contextlib.suppress(Pkcs11Error):
                self.engine.slots.token(waiting)  # the card that the session waits for, or not
        if self.engine.asks_late:
            from caducee.middleware.pkcs11.functions.deferred_login import enter_shared

            enter_shared(self, call)
        arguments = call.arguments
        if pins is not None:
            from caducee.middleware.pkcs11.functions.deferred_login import enter
            from caducee.middleware.pkcs11.functions.pin_requests import filled_in

            if pins.old is not None and self.asks(call):
                enter(self, call, pins.old)
            arguments = filled_in(call, pins)
        arguments = self._with_data(call, arguments)
        with self.lock if handler.locked else contextlib.nullcontext():
            found = handler.run(self, *arguments)
        if isinstance(found, CallOutcome):
            return found
        return CallOutcome(Ckr.OK, found or ())

    def _with_data(self, call: Call, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return arguments with empty data in place of NULL, which the issuer's module refuses."""
        if not any(item.kind is Kind.DATA for item in call.function.ins):
            return arguments
        pairs = list(zip(call.function.ins, arguments, strict=True))
        missing = any(item.kind is Kind.DATA and value is None for item, value in pairs)
        missing = missing and OutputBuffer(None) not in arguments  # only the length is asked for
        if missing and self.deviates(Deviation.NULL_DATA):
            raise Pkcs11Error(Ckr.ARGUMENTS_BAD)
        return tuple(
            b"" if item.kind is Kind.DATA and value is None else value for item, value in pairs
        )

    def close(self) -> None:
        """End all sessions and wipe all PINs; a second call does nothing."""
        with self.lock:
            self._closed = True
            for session in list(self.sessions.values()):
                self.end(session)
            for login in (*self.logins.values(), *self.parked.values()):
                login.forget_pin()
            gone = [*self.logins.values(), *self.parked.values()]
            self.logins.clear()
            self.parked.clear()
            self.engine.detach(self)
            for login in gone:
                self.engine.stays.logged_out(login)
        for login in gone:
            login.token.card.settle()

    # What the functions need

    def deviates(self, deviation: Deviation) -> bool:
        """Tell whether to answer as the issuer's module does, where it differs."""
        return self.original

    @property
    def original(self) -> bool:
        """Whether to answer as the issuer's module does."""
        return self.settings.compat == "cps3"

    def slot_of(self, token: Token) -> "Slot":
        """Return the slot of a token."""
        return self.engine.slots.get(token.slot)

    def session(self, handle: int, *, away: bool = False) -> Pkcs11Session:
        """Return a session; only where ``away`` one that waits for its card.

        Raises `Pkcs11Error` (CKR_SESSION_HANDLE_INVALID, CKR_DEVICE_REMOVED).
        """
        found = self.sessions.get(handle)
        if found is None:
            raise Pkcs11Error(Ckr.SESSION_HANDLE_INVALID)
        if found.login.away and not away:
            raise Pkcs11Error(self._removed)
        return found

    @property
    def _removed(self) -> Ckr:
        original = self.deviates(Deviation.REMOVED)
        return Ckr.TOKEN_NOT_PRESENT if original else Ckr.DEVICE_REMOVED

    def login_at(self, token: Token) -> TokenLogin:
        """Return what this program has at a token."""
        return self.logins.setdefault(token, TokenLogin(token))

    def end(self, session: Pkcs11Session) -> None:
        """End a session; the caller holds the lock."""
        self.sessions.pop(session.handle, None)
        was_in = session.login.user
        session.login.end(session)
        if not session.login.sessions:
            self.parked = {icc: item for icc, item in self.parked.items() if item.sessions}
            session.login.resuming = False
            self.engine.stays.logged_out(session.login)
        if was_in is not None and session.login.user is None:
            self.logged_out(session.login)

    def logged_out(self, login: TokenLogin) -> None:
        """Forget the login at a token, and what it allowed; the caller holds the lock."""
        self._forget(login)
        self.engine.stays.logged_out(login)

    def _forget(self, login: TokenLogin) -> None:
        login.forget_pin()
        login.end_private(forget_handles=not self.deviates(Deviation.HANDLES_AFTER_LOGOUT))

    def left(self, token: Token) -> None:
        """End everything at a token that is gone; the caller holds the lock."""
        login = self.logins.pop(token, None)
        if login is not None:
            self._close(login)

    # Sessions that wait for their card; the caller holds the lock

    def _waiting(self, call: Call) -> "Slot | None":
        """Return the slot whose card a session of a call waits for, when an unknown one is there.

        Takes the lock for a moment.
        """
        handle = call.named().get("session")
        with self.lock:
            found = self.sessions.get(handle) if isinstance(handle, int) else None
            if found is None or not found.login.away:
                return None
            slot = self.slot_of(found.token)
            return slot if slot.unseen else None

    def park(self, token: Token, *, keep_pin: bool) -> None:
        """Let the sessions of a login wait for their card, also those that wait for its PIN."""
        login = self.logins.get(token)
        if login is None or not login.sessions:
            return
        if login.user is not Cku.USER and not login.resuming:
            return
        del self.logins[token]
        login.away = True
        self.parked[token.card.identity.icc] = login
        if not keep_pin or login.typed:
            self._forget(login)

    def wipe_parked(self, icc: bytes) -> None:
        """Forget the PIN with which sessions wait."""
        login = self.parked.get(icc)
        if login is not None:
            self._forget(login)

    def resume(self, icc: bytes, token: Token, *, logged_in: bool) -> None:
        """Let the sessions go on that wait for a card."""
        login = self.parked.pop(icc, None)
        if login is None:
            return
        if not login.move_to(token):
            self._close(login)
            return
        self.logins[token] = login
        if not logged_in:
            self._forget(login)
            login.resuming = True

    def end_parked(self, icc: bytes) -> None:
        """End the sessions that wait for a card."""
        login = self.parked.pop(icc, None)
        if login is not None:
            self._close(login)

    def _close(self, login: TokenLogin) -> None:
        for session in list(login.sessions.values()):
            self.sessions.pop(session.handle, None)
            login.end(session)
        login.forget_pin()

    def note(self, slot: int) -> None:
        """Remember that something happened in a slot."""
        self._events[slot] = None

    def object_of(
        self, session: Pkcs11Session, handle: int, invalid: Ckr = Ckr.OBJECT_HANDLE_INVALID
    ) -> Pkcs11Object:
        """Return an object that shows in a session.

        Raises `Pkcs11Error`: ``invalid``, or CKR_USER_NOT_LOGGED_IN for a private object.
        """
        found = session.login.objects.get(handle)
        if found is None:
            raise Pkcs11Error(invalid)
        if not session.login.sees(found):
            raise Pkcs11Error(Ckr.USER_NOT_LOGGED_IN)
        return found

    def add(self, session: Pkcs11Session, obj: Pkcs11Object) -> int:
        """Add an object of a session and return its handle; the caller holds the lock.

        Raises `Pkcs11Error` (CKR_DEVICE_MEMORY).
        """
        self.demand_room(obj)
        handle = self.engine.new_handle()
        session.login.add(obj, session, handle)
        return handle

    def demand_room(self, obj: Pkcs11Object, instead_of: Pkcs11Object | None = None) -> None:
        """Raise `Pkcs11Error` (CKR_DEVICE_MEMORY) when an object does not fit."""
        others = [item for item in self._made() if item is not instead_of]
        size = obj.size + sum(other.size for other in others)
        if len(others) >= self.settings.session_objects or size > self.settings.object_bytes:
            raise Pkcs11Error(Ckr.DEVICE_MEMORY)
        size = obj.size + self.engine.object_bytes - (instead_of.size if instead_of else 0)
        if size > self.settings.object_bytes_all:
            raise Pkcs11Error(Ckr.DEVICE_MEMORY)

    @property
    def object_bytes(self) -> int:
        """Bytes of the objects that this program made; the caller holds the lock."""
        return sum(item.size for item in self._made())

    def _made(self) -> Iterator[Pkcs11Object]:
        for login in (*self.logins.values(), *self.parked.values()):
            yield from (login.objects[owner] for owner in login.owners)

    # The card

    @contextmanager
    def on_card(self, token: Token) -> Iterator[CpsCard]:
        """Use a card; one that is gone, or answers no more, takes everything at it along.

        Raises `Pkcs11Error` (CKR_DEVICE_REMOVED, CKR_DEVICE_ERROR), `CpsError`.
        """
        try:
            try:
                yield token.card
            finally:
                if token.typed_logins:
                    self.engine.look_at_typed(token)
        except CardRemovedError as error:
            self.engine.lose(token)
            raise Pkcs11Error(self._removed) from error
        except MuteCardError as error:
            self.engine.lose(token)
            raise Pkcs11Error(Ckr.DEVICE_ERROR) from error

    @contextmanager
    def with_pin(self, login: TokenLogin, *, needed: bool = True) -> Iterator[CpsCard]:
        """Use a card with the PIN of this program's login.

        Without ``needed``, a program that is not logged in goes without. A PIN that the card does
        not take any more (it was changed elsewhere) ends the login, so that it costs one try at
        most. Raises as `on_card`, and `Pkcs11Error` (CKR_USER_NOT_LOGGED_IN).
        """
        with self.on_card(login.token) as card:
            if login.typed:
                with self._reader_login(login):
                    yield card
                return
            pin = self._pin(login, needed)
            if pin is None:
                yield card
                return
            try:
                with card.presenting(pin):
                    yield card
            except (WrongPinError, PinBlockedError) as error:
                with self.lock:
                    self.logged_out(login)
                raise Pkcs11Error(Ckr.USER_NOT_LOGGED_IN, reason=error.code) from error
            finally:
                pin.wipe()

    @contextmanager
    def _reader_login(self, login: TokenLogin) -> Iterator[None]:
        """Use the card that a PIN entered at the reader left open, as long as it is open."""
        try:
            yield
        except CardError as error:
            if error.code != "cryptolib.pin_needed":
                raise
            with self.lock:
                self.logged_out(login)
            raise Pkcs11Error(Ckr.USER_NOT_LOGGED_IN, reason=error.code) from error

    def _pin(self, login: TokenLogin, needed: bool) -> Secret | None:
        with self.lock:
            if login.user is not Cku.USER or login.pending:
                if needed:
                    raise Pkcs11Error(Ckr.USER_NOT_LOGGED_IN)
                return None
            return login.copy_of_pin()
