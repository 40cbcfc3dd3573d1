# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a function of PKCS#11 answers when it fails, and how errors of the card become that."""

from typing import Final

from caducee.base.errors import (
    CardError,
    CardRemovedError,
    CpsError,
    Fact,
    MuteCardError,
    NotACpsError,
    PinBlockedError,
    ReaderError,
    WrongPinError,
)
from caducee.spec.pkcs11 import Ckr

__all__ = ["MissingParameterError", "Pkcs11Error", "code_of"]


class Pkcs11Error(Exception):
    """Ends a function with a code; never leaves the engine."""

    def __init__(self, rv: Ckr, **facts: Fact) -> None:
        self.rv = rv
        self.facts = facts
        super().__init__(rv.name)


class MissingParameterError(Exception):
    """Ends a function whose mechanism has a parameter that the façade has not read yet.

    Raised when everything else is judged, before anything is done (`caducee.codec.pkcs11`).
    """


_CARD: Final = {
    "cryptolib.pin_needed": Ckr.USER_NOT_LOGGED_IN,
    "cryptolib.no_pin_on_face": Ckr.USER_PIN_NOT_INITIALIZED,
    "cryptolib.pin_not_on_card": Ckr.USER_PIN_NOT_INITIALIZED,
    "cryptolib.pin_length": Ckr.PIN_LEN_RANGE,
    "cryptolib.pin_digits": Ckr.PIN_INVALID,
    "cryptolib.data_too_long": Ckr.DATA_LEN_RANGE,
    "cryptolib.digest_invalid": Ckr.DATA_LEN_RANGE,
    "cryptolib.padding_wrong": Ckr.ENCRYPTED_DATA_INVALID,
    "cryptolib.padding_not_supported": Ckr.MECHANISM_INVALID,
    "cryptolib.hash_not_supported": Ckr.MECHANISM_PARAM_INVALID,
    "cryptolib.object_not_writable": Ckr.ACTION_PROHIBITED,
    "cryptolib.not_on_face": Ckr.ACTION_PROHIBITED,
    "cryptolib.update_incomplete": Ckr.ASIP_BAD_EF_ACTUA,
}


_PIN_PAD: Final = {
    "pin.cancelled": Ckr.FUNCTION_CANCELED,
    "pin.timeout": Ckr.FUNCTION_CANCELED,
    "pin.new_codes_differ": Ckr.PIN_INVALID,
    "pin.pad_length": Ckr.PIN_LEN_RANGE,
    "pin.pad_refuses": Ckr.FUNCTION_FAILED,
}
"""What the reader itself answers while a code is entered there."""

_BUSY: Final = {
    "reader.card_busy": Ckr.FUNCTION_FAILED,
    "reader.card_in_use": Ckr.FUNCTION_FAILED,
}
"""Another program has the card: trying again may help, unlike with a reader that fails."""

_KINDS: Final[tuple[tuple[type[CpsError], Ckr], ...]] = (
    (CardRemovedError, Ckr.DEVICE_REMOVED),
    (MuteCardError, Ckr.TOKEN_NOT_RECOGNIZED),
    (NotACpsError, Ckr.TOKEN_NOT_RECOGNIZED),
    (PinBlockedError, Ckr.PIN_LOCKED),
    (WrongPinError, Ckr.PIN_INCORRECT),
    (ReaderError, Ckr.DEVICE_ERROR),
)


def code_of(error: CpsError) -> Ckr:
    """Return the code for an error of the card or its reader; CKR_DEVICE_ERROR for most."""
    if isinstance(error, CardError):
        own = _CARD.get(error.code, Ckr.DEVICE_ERROR)
        return next((rv for kind, rv in _KINDS if isinstance(error, kind)), own)
    if error.code in _PIN_PAD:
        return _PIN_PAD[error.code]
    if error.code in _BUSY:
        return _BUSY[error.code]
    return next((rv for kind, rv in _KINDS if isinstance(error, kind)), Ckr.GENERAL_ERROR)
