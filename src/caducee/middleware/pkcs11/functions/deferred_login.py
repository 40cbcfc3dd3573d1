# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The PIN asked late: a login without a PIN is believed, and the first call that needs the PIN
has it asked, with what it is for.

Only where PINs are asked by ourselves, and the policy says so (``session_policy.ask = "at-use"``).
"""

from typing import Final

from caducee.base.errors import CpsError, PinBlockedError
from caducee.base.i18n import N_
from caducee.base.secret import Secret
from caducee.codec.pkcs11 import AttributeBuffer, Call, OutputBuffer
from caducee.cryptolib.model import KeyUse
from caducee.middleware.pkcs11.application import Pkcs11Application
from caducee.middleware.pkcs11.errors import Pkcs11Error, code_of
from caducee.middleware.pkcs11.objects import Pkcs11DataObject, PrivateKeyObject
from caducee.middleware.pkcs11.sessions import OperationPurpose, Pkcs11Session
from caducee.spec.pkcs11 import Cka, Ckr, Cku

__all__ = ["enter", "enter_shared", "give_up", "purpose_of"]

_LOGIN: Final = N_("to log in, with the authentication key")
_DOCUMENT: Final = N_("to sign a document, with the signature key")
_DECIPHER: Final = N_("to read what was enciphered for you")
_DATA: Final = N_("to read or change what the card keeps behind its PIN")

_OPERATIONS: Final = {
    "C_Sign": (OperationPurpose.SIGN, "signature"),
    "C_SignFinal": (OperationPurpose.SIGN, "signature"),
    "C_Decrypt": (OperationPurpose.DECRYPT, "data"),
    "C_DecryptFinal": (OperationPurpose.DECRYPT, "part"),
}
"""What ends an operation, and where its result goes."""

_READS: Final = ("C_GetAttributeValue", "C_GetObjectSize", "C_CopyObject", "C_SetAttributeValue")


def purpose_of(application: Pkcs11Application, call: Call) -> tuple[Pkcs11Session, str] | None:
    """Return for what a call needs a PIN that was not asked yet (English id); None: it does not.

    The caller holds the lock.
    """
    named = call.named()
    session = application.sessions.get(_number(named.get("session")))
    if session is None or session.login.away or not session.login.pending:
        return None
    what = _operation(session, call) or _content(session, call)
    return None if what is None else (session, what)


def _operation(session: Pkcs11Session, call: Call) -> str | None:
    if call.function.name not in _OPERATIONS:
        return None
    purpose, result = _OPERATIONS[call.function.name]
    operation, room = session.operations.get(purpose), call.named().get(result)
    key = operation.key if operation is not None else None
    if not isinstance(key, PrivateKeyObject) or not key.private:
        return None
    if (
        isinstance(room, OutputBuffer)
        and not room.fits((key.bits + 7) // 8)
        and purpose is OperationPurpose.SIGN
    ):
        return None  # only the length is asked for
    if purpose is OperationPurpose.DECRYPT:
        return _DECIPHER
    return _DOCUMENT if key.use is KeyUse.SIGNATURE else _LOGIN


def _content(session: Pkcs11Session, call: Call) -> str | None:
    name, named = call.function.name, call.named()
    if name == "C_UnwrapKey":
        return _DECIPHER
    if name not in _READS:
        return None
    obj = session.login.objects.get(_number(named.get("object")))
    if not isinstance(obj, Pkcs11DataObject) or not obj.private or obj.content.kept is not None:
        return None
    wanted = named.get("template")
    if name == "C_GetAttributeValue" and isinstance(wanted, tuple):
        rooms = (item for item in wanted if isinstance(item, AttributeBuffer))
        if not any(room.type == Cka.VALUE for room in rooms):
            return None
    return _DATA


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def enter(application: Pkcs11Application, call: Call, pin: Secret) -> None:
    """Make a login whole with the PIN that the holder entered for a call.

    Raises `Pkcs11Error`: CKR_PIN_INCORRECT for another try, CKR_USER_NOT_LOGGED_IN when there is
    none left.
    """
    with application.lock:
        found = purpose_of(application, call)
    if found is None:
        return
    session, _ = found
    try:
        with application.on_card(session.token) as card:
            card.prove(pin)
    except PinBlockedError as error:
        give_up(application, call)
        with application.lock:
            application.logged_out(session.login)
        raise Pkcs11Error(Ckr.USER_NOT_LOGGED_IN, reason=error.code) from error
    except CpsError as error:
        known = error.code in ("cryptolib.pin_length", "cryptolib.pin_digits")
        raise Pkcs11Error(Ckr.PIN_INCORRECT if known else code_of(error)) from error
    with application.lock:
        if session.login.pending:
            session.login.login(Cku.USER, pin)
            application.engine.stays.logged_in(application, session.login)


def enter_shared(application: Pkcs11Application, call: Call) -> None:
    """Make a login whole with the PIN of another program, where the policy shares it."""
    with application.lock:
        found = purpose_of(application, call)
        pin = application.engine.stays.shared_pin(found[0].login) if found else None
        if found is not None and pin is not None:
            found[0].login.login(Cku.USER, pin)
            pin.wipe()
            application.engine.stays.logged_in(application, found[0].login)


def give_up(application: Pkcs11Application, call: Call) -> None:
    """End the operation of a call whose PIN the holder did not give."""
    if call.function.name not in _OPERATIONS:
        return
    purpose, _ = _OPERATIONS[call.function.name]
    with application.lock:
        session = application.sessions.get(_number(call.named().get("session")))
        if session is not None:
            session.operations.pop(purpose, None)
