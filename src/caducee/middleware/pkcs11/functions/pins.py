# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Login and PINs (2.40 sections 5.5 and 5.6).

The user is the holder with their PIN, the security officer is who has the PUK. A PIN
is checked on the card at once; the card then forgets it, and the program's login keeps a copy.
"""

from caducee.base.errors import CpsError, PinBlockedError, WrongPinError
from caducee.base.i18n import language
from caducee.base.secret import Secret
from caducee.cryptolib.pin_format import check_pin
from caducee.middleware.pkcs11.application import Pkcs11Application
from caducee.middleware.pkcs11.compat import Deviation
from caducee.middleware.pkcs11.errors import Pkcs11Error, code_of
from caducee.middleware.pkcs11.functions.requirements import uses_open_card, uses_session
from caducee.middleware.pkcs11.registry import handles
from caducee.middleware.pkcs11.sessions import Pkcs11Session, TokenLogin
from caducee.middleware.pkcs11.tokens import Token
from caducee.spec.atrs import CardFace
from caducee.spec.pinpad import MessageLanguage
from caducee.spec.pkcs11 import Ckr, Cku
from caducee.spec.status import StatusWord

__all__ = ["check_change", "check_login", "check_new"]

_LAST_WRONG = f"{StatusWord.NO_TRIES_LEFT:04X}"
"""The status of the wrong PIN that blocks the card; later ones have another."""

_WRITTEN_WRONG = ("cryptolib.pin_length", "cryptolib.pin_digits")


# What must hold before a PIN is asked or sent


def check_login(application: Pkcs11Application, session: int, user: int) -> Pkcs11Session:
    """Return the session of a login that may be tried; the caller holds the lock.

    Raises `Pkcs11Error`: what C_Login answers otherwise.
    """
    found = application.session(session)
    login = found.login
    if user not in (Cku.USER, Cku.SO, Cku.CONTEXT_SPECIFIC):
        raise Pkcs11Error(Ckr.USER_TYPE_INVALID)
    if user == Cku.CONTEXT_SPECIFIC:  # for keys that ask before each use: none of a CPS does
        raise Pkcs11Error(Ckr.OPERATION_NOT_INITIALIZED)
    if login.user is not None:
        same = login.user == user
        raise Pkcs11Error(
            Ckr.USER_ALREADY_LOGGED_IN if same else Ckr.USER_ANOTHER_ALREADY_LOGGED_IN
        )
    if user == Cku.SO and not all(item.read_write for item in login.sessions.values()):
        raise Pkcs11Error(Ckr.SESSION_READ_ONLY_EXISTS)
    _demand_pin(application, login, Cku(user))
    return found


def _demand_pin(application: Pkcs11Application, login: TokenLogin, user: Cku) -> None:
    if not login.token.has_pin:
        raise Pkcs11Error(Ckr.USER_PIN_NOT_INITIALIZED)
    if user is Cku.SO and not login.token.has_puk:
        original = application.deviates(Deviation.NO_UNBLOCKING_CODE)
        raise Pkcs11Error(Ckr.GENERAL_ERROR if original else Ckr.USER_PIN_NOT_INITIALIZED)


def check_change(application: Pkcs11Application, session: int) -> Pkcs11Session:
    """Return the session of a C_SetPIN that may be tried; as `check_login`."""
    found = application.session(session)
    found.demand_writable()
    if found.login.user is Cku.SO:  # the PUK is the issuer's for ever
        raise Pkcs11Error(Ckr.FUNCTION_NOT_SUPPORTED)
    _demand_pin(application, found.login, Cku.USER)
    return found


def check_new(application: Pkcs11Application, session: int) -> Pkcs11Session:
    """Return the session of a C_InitPIN that may be tried; as `check_login`."""
    found = application.session(session)
    found.demand_writable()
    if found.login.user is not Cku.SO:
        raise Pkcs11Error(Ckr.USER_NOT_LOGGED_IN)
    return found


# The functions


@handles("C_Login", locked=False, needs=uses_session)
def login(application: Pkcs11Application, session: int, user: int, pin: Secret | None) -> None:
    """Log this program in at the session's card."""
    with application.lock:
        found = check_login(application, session, user)
    if pin is None and user == Cku.USER and _at_reader(application, found):
        _login_at_reader(application, found)
        return
    if pin is None and user == Cku.USER and _logs_in_later(application, found):
        return
    given = _given(application, found, pin, sharing=user == Cku.USER)
    try:
        with application.on_card(found.token) as card:
            (card.prove if user == Cku.USER else card.verify_puk)(given)
        with application.lock:
            check_login(application, session, user)  # it may have ended, or another was quicker
            found.login.login(Cku(user), given)
            if user == Cku.USER:
                application.engine.stays.logged_in(application, found.login)
    except CpsError as error:
        raise _refusal(application, found, error) from error
    finally:
        if given is not pin:
            given.wipe()  # a copy of what another program is logged in with


def _at_reader(application: Pkcs11Application, session: Pkcs11Session) -> bool:
    """Tell whether the holder enters their PIN at the reader, when the program gives none."""
    if not application.engine.pin_pad:
        return False
    with application.on_card(session.token):
        return session.token.find_pin_pad()


def _login_at_reader(application: Pkcs11Application, session: Pkcs11Session) -> None:
    """Let the holder enter their PIN at the reader; the card then stays open for the login."""
    try:
        with application.on_card(session.token) as card:
            card.language = _language()
            card.verify_at_reader()
    except CpsError as error:
        raise _refusal(application, session, error) from error
    try:
        with application.lock:
            check_login(application, session.handle, Cku.USER)
            session.login.login_typed()
            application.engine.stays.logged_in(application, session.login)
    finally:
        if not session.token.typed_logins:  # the session ended while somebody typed
            session.token.card.end_reader_login()
            session.token.card.settle()


def _language() -> MessageLanguage:
    return MessageLanguage.FRENCH if language() == "fr" else MessageLanguage.ENGLISH


def _logs_in_later(application: Pkcs11Application, session: Pkcs11Session) -> bool:
    """Believe a login whose PIN is asked when it is needed; false where it is not so.

    Raises `Pkcs11Error` (CKR_PIN_LOCKED).
    """
    if not application.engine.asks_late or application.engine.stays.shares(session.login):
        return False
    with application.on_card(session.token) as card:
        if card.pin_state().blocked:
            raise Pkcs11Error(Ckr.PIN_LOCKED)
    with application.lock:
        check_login(application, session.handle, Cku.USER)
        session.login.login_later()
    return True


@handles("C_LoginUser", locked=False, needs=uses_session)
def login_user(
    application: Pkcs11Application,
    session: int,
    user: int,
    pin: Secret | None,
    username: bytes | None,
) -> None:
    """Log in as C_Login does; a card has no names of users."""
    if username:
        with application.lock:
            check_login(application, session, user)
        raise Pkcs11Error(Ckr.USER_TYPE_INVALID)
    login(application, session, user, pin)


@handles("C_Logout", locked=False, needs=uses_open_card)
def logout(application: Pkcs11Application, session: int) -> None:
    """Log this program out at the session's card."""
    with application.lock:
        login = application.session(session, away=True).login
        if login.away:
            application.end_parked(login.token.card.identity.icc)
            application.engine.stays.logged_out(login)
            return
        if login.user is None:
            raise Pkcs11Error(Ckr.USER_NOT_LOGGED_IN)
        application.logged_out(login)
    login.token.card.settle()


@handles("C_SetPIN", locked=False, needs=uses_session)
def set_pin(
    application: Pkcs11Application, session: int, old_pin: Secret | None, new_pin: Secret | None
) -> None:
    """Change the PIN."""
    with application.lock:
        found = check_change(application, session)
    if old_pin is None and new_pin is None and _at_reader(application, found):
        _change_at_reader(application, found)
        return
    old, new = _given(application, found, old_pin), _given(application, found, new_pin)
    _demand_written_well(found.token, new)
    try:
        with application.on_card(found.token) as card:
            card.change_pin(old, new)
    except CpsError as error:
        raise _refusal(application, found, error) from error
    with application.lock:
        if found.login.user is Cku.USER:
            found.login.login(Cku.USER, new)
        application.engine.pin_changed(found.login)


def _change_at_reader(application: Pkcs11Application, session: Pkcs11Session) -> None:
    """Let the holder enter the old and the new PIN at the reader."""
    try:
        with application.on_card(session.token) as card:
            card.language = _language()
            card.change_at_reader()
    except CpsError as error:
        raise _refusal(application, session, error) from error
    with application.lock:
        if session.login.user is Cku.USER and not session.login.typed:
            application.logged_out(session.login)  # its PIN is the old one
        application.engine.pin_changed(session.login)


@handles("C_InitPIN", locked=False, needs=uses_session)
def init_pin(application: Pkcs11Application, session: int, pin: Secret | None) -> None:
    """Set a new PIN, and give all tries back, by the PUK."""
    with application.lock:
        found = check_new(application, session)
        puk = found.login.copy_of_pin()
    try:
        new = _given(application, found, pin)
        _demand_written_well(found.token, new)
        with application.on_card(found.token) as card:
            card.unblock(puk, new)
    except (WrongPinError, PinBlockedError) as error:
        # The PUK is not what it was at the login, or is used up.
        with application.lock:
            application.logged_out(found.login)
        blocked = isinstance(error, PinBlockedError)
        raise Pkcs11Error(Ckr.PIN_LOCKED if blocked else Ckr.USER_NOT_LOGGED_IN) from error
    finally:
        puk.wipe()
    with application.lock:
        application.engine.pin_changed(found.login)


# What PINs and refusals become


def _given(
    application: Pkcs11Application,
    session: Pkcs11Session,
    pin: Secret | None,
    *,
    sharing: bool = False,
) -> Secret:
    """Return a PIN that was given by the program or the holder.

    Without one, states why the holder was not asked, or did not answer. Raises `Pkcs11Error`.
    """
    if pin is not None:
        return pin
    if not application.engine.protected_path:
        raise Pkcs11Error(Ckr.ARGUMENTS_BAD)
    with application.lock:
        shared = application.engine.stays.shared_pin(session.login) if sharing else None
    if shared is not None:
        return shared
    with application.on_card(session.token) as card:
        state = card.pin_state()
    raise Pkcs11Error(Ckr.PIN_LOCKED if state.blocked else Ckr.FUNCTION_CANCELED)


def _demand_written_well(token: Token, new: Secret) -> None:
    """Refuse a new PIN that the card cannot have.

    Raises `CardError`, which becomes CKR_PIN_LEN_RANGE or CKR_PIN_INVALID.
    """
    pin = token.card.layout.pin
    if pin is not None:
        check_pin(pin.entry, new)


def _refusal(
    application: Pkcs11Application, session: Pkcs11Session, error: CpsError
) -> Pkcs11Error:
    """Return what a refused PIN becomes at a login or a change."""
    rv = code_of(error)
    if error.code in _WRITTEN_WRONG:
        rv = Ckr.PIN_INCORRECT
    if isinstance(error, PinBlockedError) and error.facts.get("sw") == _LAST_WRONG:
        contact = session.token.face is CardFace.CPS3_CONTACT
        if contact and application.deviates(Deviation.LAST_TRY):
            rv = Ckr.PIN_INCORRECT
    return Pkcs11Error(rv)
