# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What one program has at one token: sessions, its login, and handles of objects.

All of it ends with the token, the program, or the last session; a PIN is wiped then.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, unique

from caducee.base.secret import Secret
from caducee.middleware.pkcs11.errors import Pkcs11Error
from caducee.middleware.pkcs11.objects import Pkcs11Object
from caducee.middleware.pkcs11.tokens import Token
from caducee.spec.pkcs11 import Ckr, Cks, Cku, SessionFlag

__all__ = ["ActiveOperation", "OperationPurpose", "Pkcs11Session", "TokenLogin"]


@unique
class OperationPurpose(Enum):
    """What an operation of a session does; one of each may be active."""

    DIGEST = "digest"
    SIGN = "sign"
    VERIFY = "verify"
    ENCRYPT = "encrypt"
    DECRYPT = "decrypt"


class ActiveOperation:
    """An operation that was begun; each purpose has its own kind."""

    key: Pkcs11Object | None = None
    """The key that it uses."""


@dataclass(eq=False)
class Pkcs11Session:
    """One session of a program."""

    handle: int
    login: "TokenLogin" = field(repr=False)
    read_write: bool
    found: list[int] | None = None
    """Handles that a search has not given out yet; None without a search."""

    operations: dict[OperationPurpose, ActiveOperation] = field(default_factory=dict)

    @property
    def token(self) -> Token:
        """The card."""
        return self.login.token

    @property
    def state(self) -> Cks:
        """The state, by the login of the program at this token."""
        if self.login.user is Cku.SO:
            return Cks.RW_SO_FUNCTIONS
        if self.login.user is Cku.USER:
            return Cks.RW_USER_FUNCTIONS if self.read_write else Cks.RO_USER_FUNCTIONS
        return Cks.RW_PUBLIC_SESSION if self.read_write else Cks.RO_PUBLIC_SESSION

    @property
    def flags(self) -> SessionFlag:
        """The flags of CK_SESSION_INFO."""
        rw = SessionFlag.RW_SESSION if self.read_write else SessionFlag(0)
        return SessionFlag.SERIAL_SESSION | rw

    def begin(self, purpose: OperationPurpose, operation: ActiveOperation) -> None:
        """Make an operation active. Raises `Pkcs11Error` (CKR_OPERATION_ACTIVE)."""
        self.demand_idle(purpose)
        self.operations[purpose] = operation

    def demand_idle(self, purpose: OperationPurpose) -> None:
        """Raise `Pkcs11Error` (CKR_OPERATION_ACTIVE) while such an operation is active."""
        if purpose in self.operations:
            raise Pkcs11Error(Ckr.OPERATION_ACTIVE, purpose=purpose.value)

    def cancel(self, purpose: OperationPurpose) -> None:
        """End an operation without a result (3.0: an Init function without a mechanism).

        Raises `Pkcs11Error` (CKR_ARGUMENTS_BAD) when none is active.
        """
        if self.operations.pop(purpose, None) is None:
            raise Pkcs11Error(Ckr.ARGUMENTS_BAD)

    def take[T: ActiveOperation](self, purpose: OperationPurpose, kind: type[T]) -> T:
        """End an operation and return it. Raises `Pkcs11Error` (CKR_OPERATION_NOT_INITIALIZED)."""
        found = self.operations.pop(purpose, None)
        if not isinstance(found, kind):
            raise Pkcs11Error(Ckr.OPERATION_NOT_INITIALIZED, purpose=purpose.value)
        return found

    def give_back(self, purpose: OperationPurpose, operation: ActiveOperation) -> None:
        """Let an operation go on that was taken, unless another began meanwhile."""
        self.operations.setdefault(purpose, operation)

    def demand_writable(self) -> None:
        """Raise `Pkcs11Error` (CKR_SESSION_READ_ONLY) in a session that only reads."""
        if not self.read_write:
            raise Pkcs11Error(Ckr.SESSION_READ_ONLY)


@dataclass(eq=False)
class TokenLogin:
    """A program at a token, from its first session on; the engine's lock guards it."""

    token: Token
    sessions: dict[int, Pkcs11Session] = field(default_factory=dict)
    user: Cku | None = None
    """Who is logged in."""

    away: bool = False
    """The card left, and the sessions wait for it (`caducee.middleware.pkcs11.session_policy`)."""

    pending: bool = False
    """Logged in as far as the program knows; the PIN is asked when it is needed."""

    typed: bool = False
    """The PIN was entered at the reader: nobody keeps it, the card is open."""

    resuming: bool = False
    """The card is back, and the sessions wait for its PIN."""

    _pin: Secret | None = field(default=None, repr=False)
    objects: dict[int, Pkcs11Object] = field(default_factory=dict)
    """Objects by the handles that this program was given."""

    _handles: dict[Pkcs11Object, int] = field(default_factory=dict)
    owners: dict[int, Pkcs11Session] = field(default_factory=dict)
    """The sessions that objects of sessions belong to, by handle."""

    def login(self, user: Cku, pin: Secret) -> None:
        """Remember who logged in, and a copy of the PIN."""
        self.forget_pin()
        self.user, self._pin = user, pin.copy()

    def login_later(self) -> None:
        """Remember that the holder logs in, and that their PIN is still to be asked."""
        self.forget_pin()
        self.user, self.pending = Cku.USER, True

    def login_typed(self) -> None:
        """Remember that the holder logged in at the reader."""
        self.forget_pin()
        self.user, self.typed = Cku.USER, True
        self.token.typed_logins += 1

    def forget_pin(self) -> None:
        """Overwrite the PIN, and be logged in no more."""
        if self.typed:
            self.typed = False
            self.token.typed_logins -= 1
            if not self.token.typed_logins:
                self.token.card.end_reader_login()
        if self._pin is not None:
            self._pin.wipe()
            self.token.card.close_if_open()
        self.user, self._pin, self.pending = None, None, False

    def copy_of_pin(self) -> Secret:
        """Return a copy of the PIN, to be wiped by who asks for it.

        Raises `Pkcs11Error` (CKR_USER_NOT_LOGGED_IN).
        """
        if self._pin is None:
            raise Pkcs11Error(Ckr.USER_NOT_LOGGED_IN)
        return self._pin.copy()

    # Objects

    def sees(self, obj: Pkcs11Object) -> bool:
        """Tell whether an object shows in the present state (2.40 section 5.6, table of access)."""
        return not obj.private or self.user is Cku.USER

    def handle_of(self, obj: Pkcs11Object, number: Callable[[], int]) -> int:
        """Return the handle of an object, a new one the first time."""
        found = self._handles.get(obj)
        if found is None:
            found = self._handles[obj] = number()
            self.objects[found] = obj
        return found

    def add(self, obj: Pkcs11Object, owner: Pkcs11Session, number: int) -> None:
        """Add an object of a session."""
        self.objects[number], self._handles[obj], self.owners[number] = obj, number, owner

    def replace(self, handle: int, obj: Pkcs11Object) -> None:
        """Put a changed object in the place of an object of a session."""
        del self._handles[self.objects[handle]]
        self.objects[handle], self._handles[obj] = obj, handle

    def remove(self, handle: int) -> None:
        """Forget a handle."""
        obj = self.objects.pop(handle, None)
        if obj is not None:
            self._handles.pop(obj, None)
        self.owners.pop(handle, None)

    @property
    def session_objects(self) -> Mapping[int, Pkcs11Object]:
        """The objects of sessions, by handle."""
        return {handle: self.objects[handle] for handle in self.owners}

    # The card comes back

    def move_to(self, token: Token) -> bool:
        """Go on at another insertion of the same card; false when its objects are others now."""
        old, new = self.token.known, token.known
        if old is not None:  # else nobody has a handle of an object of the card
            if new is None or [item.values for item in old] != [item.values for item in new]:
                return False
            moved = dict(zip(old, new, strict=True))
            self.objects = {number: moved.get(item, item) for number, item in self.objects.items()}
            self._handles = {item: number for number, item in self.objects.items()}
        self.token, self.away = token, False
        return True

    # Ends

    def end(self, session: Pkcs11Session) -> None:
        """End a session with its objects; the login ends with the last one."""
        self.sessions.pop(session.handle, None)
        session.operations.clear()
        session.found = None
        for handle in [item for item, owner in self.owners.items() if owner is session]:
            self.remove(handle)
        if not self.sessions:
            self.forget_pin()

    def end_private(self, *, forget_handles: bool) -> None:
        """End what private objects were used for, and private objects of sessions, at a logout."""
        for session in self.sessions.values():
            for purpose, operation in list(session.operations.items()):
                if operation.key is not None and operation.key.private:
                    del session.operations[purpose]
            if session.found is not None:
                session.found = [item for item in session.found if self._is_public(item)]
        private = [handle for handle, obj in self.objects.items() if obj.private]
        for handle in private:
            if forget_handles or handle in self.owners:
                self.remove(handle)

    def _is_public(self, handle: int) -> bool:
        obj = self.objects.get(handle)
        return obj is not None and not obj.private
