# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Sessions (2.40 section 5.6, 3.0 section 5.6)."""

from caducee.codec.pkcs11 import SessionInfo
from caducee.middleware.pkcs11.application import Pkcs11Application
from caducee.middleware.pkcs11.errors import Pkcs11Error
from caducee.middleware.pkcs11.functions.requirements import unless_open, uses_open_card
from caducee.middleware.pkcs11.registry import CallOutcome, handles
from caducee.middleware.pkcs11.sessions import OperationPurpose, Pkcs11Session
from caducee.middleware.pkcs11.slots import Slot
from caducee.spec.pkcs11 import Ckr, Cku, MechanismFlag, SessionFlag

__all__: list[str] = []

_CANCELLED = {
    MechanismFlag.ENCRYPT: OperationPurpose.ENCRYPT,
    MechanismFlag.DECRYPT: OperationPurpose.DECRYPT,
    MechanismFlag.DIGEST: OperationPurpose.DIGEST,
    MechanismFlag.SIGN: OperationPurpose.SIGN,
    MechanismFlag.VERIFY: OperationPurpose.VERIFY,
}
_FIND_OBJECTS = 1 << 6  # CKF_FIND_OBJECTS of C_SessionCancel (3.0 section 5.6.5)


@handles("C_OpenSession", locked=False, needs=unless_open)
def open_session(application: Pkcs11Application, slot: int, flags: int) -> tuple[int]:
    """Open a session; the first one at a card opens the card."""
    with application.lock:
        found = application.engine.slots.get(slot)
        if not flags & SessionFlag.SERIAL_SESSION:
            raise Pkcs11Error(Ckr.SESSION_PARALLEL_NOT_SUPPORTED)
    token = application.engine.slots.token(found)
    if not token.card.complete:
        raise Pkcs11Error(Ckr.ASIP_BAD_EF_ACTUA)
    read_write = bool(flags & SessionFlag.RW_SESSION)
    with application.lock:
        if found.token is not token:
            raise Pkcs11Error(Ckr.TOKEN_NOT_PRESENT)
        login = application.login_at(token)
        if login.user is Cku.SO and not read_write:
            raise Pkcs11Error(Ckr.SESSION_READ_WRITE_SO_EXISTS)
        if len(login.sessions) >= application.settings.sessions:
            raise Pkcs11Error(Ckr.SESSION_COUNT)
        session = Pkcs11Session(application.engine.new_handle(), login, read_write)
        login.sessions[session.handle] = application.sessions[session.handle] = session
    return (session.handle,)


@handles("C_CloseSession", locked=False, needs=uses_open_card)
def close_session(application: Pkcs11Application, session: int) -> None:
    """Close a session, with its objects and operations."""
    with application.lock:
        found = application.session(session, away=True)
        application.end(found)
    found.token.card.settle()


def _closes_card(application: Pkcs11Application, slot: int) -> Slot | None:
    found = application.engine.slots.get(slot)
    return found if found.token is not None and found.token.typed_logins else None


@handles("C_CloseAllSessions", locked=False, needs=_closes_card)
def close_all_sessions(application: Pkcs11Application, slot: int) -> None:
    """Close all sessions of this program at a card."""
    with application.lock:
        token = application.engine.slots.get(slot).token
        for session in [item for item in application.sessions.values() if item.token.slot == slot]:
            application.end(session)
    if token is not None:
        token.card.settle()


@handles("C_GetSessionInfo")
def get_session_info(application: Pkcs11Application, session: int) -> tuple[SessionInfo]:
    """Tell of a session."""
    found = application.session(session)
    return (SessionInfo(found.token.slot, int(found.state), int(found.flags), 0),)


@handles("C_SessionCancel")
def session_cancel(application: Pkcs11Application, session: int, flags: int) -> None:
    """End the operations that the flags name; the others go on."""
    found = application.session(session)
    for flag, purpose in _CANCELLED.items():
        if flags & flag:
            found.operations.pop(purpose, None)
    if flags & _FIND_OBJECTS:
        found.found = None


@handles("C_GetFunctionStatus", "C_CancelFunction")
def not_parallel(application: Pkcs11Application, session: int) -> CallOutcome:
    """Answer what the standard gives these leftovers of parallel sessions."""
    application.session(session)
    return CallOutcome(Ckr.FUNCTION_NOT_PARALLEL)
