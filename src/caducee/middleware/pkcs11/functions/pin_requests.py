# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the holder is asked for a call without a PIN, where PINs are asked by ourselves."""

from dataclasses import replace
from typing import Final

from caducee.base.errors import CpsError
from caducee.base.i18n import gettext
from caducee.base.secret import Secret
from caducee.codec.pkcs11 import Call
from caducee.cryptolib.card import CpsCard
from caducee.cryptolib.model import PinState
from caducee.middleware.pin_entry import EnteredPins, PinKind, PinRequest
from caducee.middleware.pkcs11.application import Pkcs11Application
from caducee.middleware.pkcs11.functions.deferred_login import purpose_of
from caducee.middleware.pkcs11.functions.pins import check_change, check_login, check_new
from caducee.middleware.pkcs11.sessions import Pkcs11Session
from caducee.spec.pkcs11 import Cku

__all__ = ["filled_in", "request_for", "request_late"]

_FROM: Final = {
    "C_Login": {"pin": "old"},
    "C_LoginUser": {"pin": "old"},
    "C_SetPIN": {"old_pin": "old", "new_pin": "new"},
    "C_InitPIN": {"pin": "new"},
}
"""Which answer of the holder stands for which argument."""


def filled_in(call: Call, pins: EnteredPins) -> tuple[object, ...]:
    """Return the arguments of a call with what the holder entered where the program gave none."""
    answers: dict[str, Secret | None] = {"old": pins.old, "new": pins.new}
    places = _FROM.get(call.function.name, {})
    return tuple(
        answers[places[item.name]] if value is None and item.name in places else value
        for item, value in zip(call.function.ins, call.arguments, strict=True)
    )


def request_for(application: Pkcs11Application, call: Call) -> PinRequest | None:
    """Return the question of a call, None for one that needs none.

    Raises what would make the call fail without a PIN, and what the card raises.
    """
    places = _FROM.get(call.function.name)
    named = call.named()
    if places is None or any(named[place] is not None for place in places):
        return None
    with application.lock:
        session, kind = _checked(application, call.function.name, named)
        shared = application.engine.stays.shares(session.login)
    if kind is PinKind.LOGIN and (shared or application.engine.asks_late):
        return None
    with application.on_card(session.token) as card:
        typed = kind in (PinKind.LOGIN, PinKind.CHANGE) and application.engine.pin_pad
        if typed and session.token.find_pin_pad():
            return None  # the reader asks
        pin, puk = card.pin_states()
        state = puk if kind is PinKind.UNBLOCK_LOGIN else pin
        if state is None or (state.blocked and kind is not PinKind.NEW):
            return None
        return _request(application, session, kind, card, state)


def request_late(application: Pkcs11Application, call: Call) -> PinRequest | None:
    """Return the question of a call for which a login left the PIN out; as `request_for`."""
    if not application.asks(call):
        return None
    with application.lock:
        found = purpose_of(application, call)
    if found is None:
        return None
    session, what = found
    with application.on_card(session.token) as card:
        state = card.pin_state()
        if state.blocked:
            return None
        asked = _request(application, session, PinKind.LOGIN, card, state)
    return replace(asked, for_what=gettext(what))


def _checked(
    application: Pkcs11Application, name: str, named: dict[str, object]
) -> tuple[Pkcs11Session, PinKind]:
    number = named["session"]
    assert isinstance(number, int)  # noqa: S101 (by the table of functions)
    if name == "C_SetPIN":
        return check_change(application, number), PinKind.CHANGE
    if name == "C_InitPIN":
        return check_new(application, number), PinKind.NEW
    user = named["user"]
    assert isinstance(user, int)  # noqa: S101 (by the table of functions)
    session = check_login(application, number, user)
    return session, PinKind.LOGIN if user == Cku.USER else PinKind.UNBLOCK_LOGIN


def _request(
    application: Pkcs11Application,
    session: Pkcs11Session,
    kind: PinKind,
    card: CpsCard,
    state: PinState,
) -> PinRequest:
    return PinRequest(
        kind,
        card=card.token_label,
        holder=_holder(card),
        reader=application.slot_of(session.token).name,
        tries_left=None if kind is PinKind.NEW else state.tries_left,
        min_length=state.min_length,
        max_length=state.max_length,
    )


def _holder(card: CpsCard) -> str:
    try:
        found = card.holder()
    except CpsError:
        return ""
    return f"{found.given_name} {found.family_name}".strip()
