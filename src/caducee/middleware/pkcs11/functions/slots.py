# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Slots and tokens (2.40 sections 5.4 and 5.5)."""

import sys
from typing import Final

from caducee import __version__
from caducee.base.errors import CardError
from caducee.codec.pkcs11 import (
    Info,
    MechanismInfo,
    OutputBuffer,
    SlotInfo,
    TokenInfo,
    padded,
)
from caducee.cryptolib.model import PinState
from caducee.cryptolib.pin_format import lengths
from caducee.middleware.pkcs11 import mechanisms
from caducee.middleware.pkcs11.application import Pkcs11Application
from caducee.middleware.pkcs11.compat import Deviation
from caducee.middleware.pkcs11.errors import Pkcs11Error
from caducee.middleware.pkcs11.functions.requirements import always, unless_open
from caducee.middleware.pkcs11.registry import CallOutcome, handles
from caducee.middleware.pkcs11.tokens import Token
from caducee.spec.atrs import CardFace
from caducee.spec.pkcs11 import Ckm, Ckr, EventFlag, SlotFlag, TokenFlag
from caducee.spec.pkcs11.sizes import (
    EFFECTIVELY_INFINITE,
    LABEL,
    MANUFACTURER,
    MODEL,
    SERIAL,
    SLOT_DESCRIPTION,
    TIME,
    UNAVAILABLE,
)

__all__: list[str] = []

_NAME: Final = "caducee"
_DESCRIPTION: Final = "Cryptolib for CPx cards"
_ORIGINAL: Final = {
    "linux": ("CPS3 PKCS#11 LINUX", (3, 1)),
    "darwin": ("CPS3 PKCS#11 MACOSX", (3, 1)),
    "win32": ("CPS3 PKCS#11 WIN 64", (3, 4)),
}
"""What the issuer's module says of itself, by ``sys.platform`` (card-and-cryptolib 4.1)."""

_TRIES = 3
"""Tries of a PIN where the card does not tell how many there are (issuer's library, CPS4)."""

_RECENT = 1.0
"""Seconds that the tries left may be old, where nothing states that they changed: programs ask for
the token again and again while they list objects."""

_LENGTHS = (4, 8)
"""Digits of a PIN where no PIN is (issuer's module)."""


@handles("C_Finalize")
def finalize(application: Pkcs11Application) -> None:
    """End the program."""
    application.close()


@handles("C_GetInfo")
def get_info(application: Pkcs11Application) -> tuple[Info]:
    """Tell what the module is."""
    name, description = _NAME, _DESCRIPTION
    standard, own = (3, 0), _version()
    if application.deviates(Deviation.IDENTITY):
        name, standard = "ANS", (2, 20)
        description, own = _ORIGINAL.get(sys.platform, _ORIGINAL["linux"])
    return (Info(standard, padded(name, MANUFACTURER), 0, padded(description, MANUFACTURER), own),)


def _version() -> tuple[int, int]:
    major, minor = __version__.split(".")[:2]
    return int(major), int(minor)


# Slots


@handles("C_GetSlotList")
def get_slot_list(
    application: Pkcs11Application, token_present: bool, room: OutputBuffer
) -> CallOutcome:
    """List slots by their ids."""
    hide = application.settings.hide_empty
    only_cps = application.deviates(Deviation.EMPTY_SLOTS)
    found = []
    for slot in application.engine.slots:
        shown = slot.status is not None and (slot.present or not (token_present or hide))
        if shown and (slot.recognised or not only_cps):
            found.append(slot.id)
    return CallOutcome(room.code(len(found)), (room.list(found),))


@handles("C_GetSlotInfo")
def get_slot_info(application: Pkcs11Application, slot: int) -> tuple[SlotInfo]:
    """Tell of a reader."""
    found = application.engine.slots.get(slot)
    flags = SlotFlag.REMOVABLE_DEVICE | SlotFlag.HW_SLOT
    if found.present:
        flags |= SlotFlag.TOKEN_PRESENT
    description = padded(_short(found.name), SLOT_DESCRIPTION)
    return (SlotInfo(description, padded("", MANUFACTURER), int(flags), (0, 0), (0, 0)),)


def _short(name: str) -> str:
    """Return the name of a reader; of a long one the beginning and the end (issuer's module)."""
    if len(name.encode()) <= SLOT_DESCRIPTION:
        return name
    raw = name.encode()
    begin, end = raw[:30].decode(errors="ignore"), raw[-31:].decode(errors="ignore")
    return f"{begin}...{end}"


@handles("C_WaitForSlotEvent")
def wait_for_slot_event(application: Pkcs11Application, flags: int) -> tuple[int]:
    """Return a pending event; a call that waits is parked by the daemon (`parks`)."""
    if application.deviates(Deviation.SLOT_EVENTS) and not flags & EventFlag.DONT_BLOCK:
        raise Pkcs11Error(Ckr.FUNCTION_NOT_SUPPORTED)
    slot = application.next_slot_event()
    if slot is None or application.deviates(Deviation.SLOT_EVENTS):
        raise Pkcs11Error(Ckr.NO_EVENT)
    return (slot,)


# Tokens


@handles("C_GetTokenInfo", locked=False, needs=always)
def get_token_info(application: Pkcs11Application, slot: int) -> tuple[TokenInfo]:
    """Tell of a card, and where its PINs stand now."""
    token, states = _token_and_states(application, slot)
    with application.lock:
        return (_token_info(application, token, states),)


type _States = tuple[PinState | None, PinState | None]


def _token_and_states(application: Pkcs11Application, slot: int) -> tuple[Token, _States]:
    """Return a card and where its PINs stand; one that just left gives way to the next."""
    for last in (False, True):
        token = _token(application, slot)
        try:
            with application.on_card(token) as card:
                if application.engine.pin_pad:
                    token.find_pin_pad()
                return token, card.pin_states(within=_RECENT)
        except CardError:
            return token, (None, None)  # a card that does not tell is a token all the same
        except Pkcs11Error as error:
            if error.rv not in (Ckr.DEVICE_REMOVED, Ckr.TOKEN_NOT_PRESENT):
                raise
            if last:
                raise Pkcs11Error(Ckr.TOKEN_NOT_PRESENT) from error
    raise AssertionError("the second try returns or raises")


def _token_info(
    application: Pkcs11Application, token: Token, states: tuple[PinState | None, PinState | None]
) -> TokenInfo:
    login = application.logins.get(token)
    sessions = list(login.sessions.values()) if login is not None else []
    unlimited = application.deviates(Deviation.SESSIONS)
    most = EFFECTIVELY_INFINITE if unlimited else application.settings.sessions
    pin = token.card.layout.pin
    least_digits, most_digits = lengths(pin.entry) if pin is not None else _LENGTHS
    token_info = token.card.layout.token
    return TokenInfo(
        label=padded(token.card.token_label, LABEL),
        manufacturer=padded(token_info.manufacturer or "", MANUFACTURER),
        model=_filled(application, _model(application, token), MODEL),
        serial=padded(token.card.serial, SERIAL),
        flags=int(_token_flags(application, token, *states)),
        max_sessions=most,
        sessions=len(sessions),
        max_rw_sessions=most,
        rw_sessions=sum(session.read_write for session in sessions),
        max_pin=most_digits,
        min_pin=least_digits,
        total_public_memory=UNAVAILABLE,
        free_public_memory=UNAVAILABLE,
        total_private_memory=UNAVAILABLE,
        free_private_memory=UNAVAILABLE,
        hardware_version=(0, 0),
        firmware_version=(0, 0),
        time=_filled(application, "", TIME),
    )


def _filled(application: Pkcs11Application, text: str, size: int) -> bytes:
    """Return characters filled up with blanks, or with zeros where the issuer's module does so."""
    if not application.deviates(Deviation.BLANKS):
        return padded(text, size)
    return text.encode().ljust(size, b"\0")


def _model(application: Pkcs11Application, token: Token) -> str:
    chipdoc = token.face is CardFace.CPS4 and not application.deviates(Deviation.MODEL)
    return "ChipDoc" if chipdoc else "IAS ECC"


def _token_flags(
    application: Pkcs11Application, token: Token, pin: PinState | None, puk: PinState | None
) -> TokenFlag:
    flags = TokenFlag.RNG | TokenFlag.TOKEN_INITIALIZED
    if token.has_pin:
        flags |= TokenFlag.LOGIN_REQUIRED | TokenFlag.USER_PIN_INITIALIZED
        if application.engine.protected_path or token.has_pin_pad:
            flags |= TokenFlag.PROTECTED_AUTHENTICATION_PATH
    if pin is not None:
        flags |= _tries(
            pin,
            TokenFlag.USER_PIN_COUNT_LOW,
            TokenFlag.USER_PIN_FINAL_TRY,
            TokenFlag.USER_PIN_LOCKED,
        )
    if puk is not None:
        flags |= _tries(
            puk, TokenFlag.SO_PIN_COUNT_LOW, TokenFlag.SO_PIN_FINAL_TRY, TokenFlag.SO_PIN_LOCKED
        )
    return flags


def _tries(state: PinState, low: TokenFlag, final: TokenFlag, locked: TokenFlag) -> TokenFlag:
    left = state.tries_left
    if left is None:
        return TokenFlag(0)
    if left == 0:
        return locked
    flags = final if left == 1 else TokenFlag(0)
    return flags | low if left < (state.tries_max or _TRIES) else flags


def _token(application: Pkcs11Application, slot: int) -> Token:
    with application.lock:
        found = application.engine.slots.get(slot)
    return application.engine.slots.token(found)


def _mechanisms(application: Pkcs11Application, slot: int) -> tuple[Ckm, ...]:
    original = application.deviates(Deviation.MECHANISMS)
    return mechanisms.mechanisms_of(_token(application, slot).face, original=original)


@handles("C_GetMechanismList", locked=False, needs=unless_open)
def get_mechanism_list(
    application: Pkcs11Application, slot: int, room: OutputBuffer
) -> CallOutcome:
    """List the mechanisms of a card's face."""
    found = [int(mechanism) for mechanism in _mechanisms(application, slot)]
    return CallOutcome(room.code(len(found)), (room.list(found),))


@handles("C_GetMechanismInfo", locked=False, needs=unless_open)
def get_mechanism_info(
    application: Pkcs11Application, slot: int, mechanism: int
) -> tuple[MechanismInfo]:
    """Tell what a mechanism does."""
    original = application.deviates(Deviation.MECHANISMS)
    return (mechanisms.info_of(_token(application, slot).face, mechanism, original=original),)
