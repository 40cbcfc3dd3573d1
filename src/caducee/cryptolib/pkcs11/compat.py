# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the issuer's module 5.2 answers otherwise than PKCS#11 says: ``compat = "cps3"``.

This is the one table of the differences; the page of the documentation shows it, and a test
compares them. Sources: the external specification of the module 2.0.0 (tables 1 and 2), its source
5.2, the report of its test program, and what cards and modules answered in trials.
"""

from enum import Enum, unique

__all__ = ["NOT_IN_ORIGINAL", "Deviation"]


@unique
class Deviation(Enum):
    """One difference: the functions, what we answer by default, what the original answers."""

    def __init__(self, functions: str, ours: str, original: str) -> None:
        self.functions = functions
        self.ours = ours
        self.original = original

    FUNCTIONS = (
        "C_CreateObject, C_CopyObject, C_DestroyObject, C_GetObjectSize, C_EncryptUpdate, "
        "C_EncryptFinal, C_DigestKey, C_UnwrapKey, C_SeedRandom, C_GetFunctionStatus, "
        "C_CancelFunction",
        "work, or answer what the standard gives them (objects live in the session)",
        "CKR_FUNCTION_NOT_SUPPORTED",
    )
    SLOT_EVENTS = (
        "C_WaitForSlotEvent",
        "waits for the next event, or tells one that is pending",
        "CKR_FUNCTION_NOT_SUPPORTED; with CKF_DONT_BLOCK always CKR_NO_EVENT",
    )
    EMPTY_SLOTS = (
        "C_GetSlotList",
        "slots without a card, or with a card that is no CPS, are listed (option hide_empty)",
        "only slots with a CPS are listed",
    )
    IDENTITY = (
        "C_GetInfo",
        "our own name and version; PKCS#11 3.0",
        "ANS, CPS3 PKCS#11 LINUX (or MACOSX, WIN 64), 3.1 (Windows 3.4); PKCS#11 2.20",
    )
    RESERVED = (
        "C_Initialize",
        "CKR_ARGUMENTS_BAD for pReserved that is not NULL",
        "takes it (options of the module, which are not followed here)",
    )
    SESSIONS = (
        "C_GetTokenInfo",
        "as many sessions as the setting allows (1024)",
        "CK_EFFECTIVELY_INFINITE",
    )
    MODEL = (
        "C_GetTokenInfo",
        "model ChipDoc for a CPS4",
        "model IAS ECC for every card",
    )
    HASH_WITH_AUTHENTICATION_KEY = (
        "C_SignInit",
        "CKM_SHA1_RSA_PKCS and CKM_SHA256_RSA_PKCS also with the authentication key "
        "(the module makes the digest)",
        "CKR_KEY_TYPE_INCONSISTENT",
    )
    DECRYPT_HANDLE = (
        "C_DecryptInit",
        "CKR_KEY_HANDLE_INVALID for a handle that is none",
        "CKR_OBJECT_HANDLE_INVALID",
    )
    KEY_NOT_FOR_THIS = (
        "C_EncryptInit, C_DecryptInit",
        "CKR_KEY_FUNCTION_NOT_PERMITTED for the signature key",
        "CKR_KEY_TYPE_INCONSISTENT",
    )
    REMOVED = (
        "functions that the removal of the card hits",
        "CKR_DEVICE_REMOVED",
        "CKR_TOKEN_NOT_PRESENT",
    )
    HANDLES_AFTER_LOGOUT = (
        "functions with a handle of a private object, after C_Logout",
        "the handle is invalid for ever",
        "CKR_USER_NOT_LOGGED_IN until the next login, then the handle works again",
    )
    LAST_TRY = (
        "C_Login",
        "CKR_PIN_LOCKED for the wrong code that blocks the card",
        "CKR_PIN_INCORRECT on a CPS3, CKR_PIN_LOCKED on a CPS4",
    )
    NO_UNBLOCKING_CODE = (
        "C_Login as security officer, on a card without an unblocking code",
        "CKR_USER_PIN_NOT_INITIALIZED",
        "CKR_GENERAL_ERROR",
    )


NOT_IN_ORIGINAL: frozenset[str] = frozenset(Deviation.FUNCTIONS.functions.split(", "))
"""The functions of `Deviation.FUNCTIONS`."""
