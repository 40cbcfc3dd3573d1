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
        "C_EncryptFinal, C_DigestKey, C_WrapKey, C_UnwrapKey, C_SeedRandom, C_GetFunctionStatus, "
        "C_CancelFunction",
        "work, or answer what the standard gives them (objects live in the session)",
        "CKR_FUNCTION_NOT_SUPPORTED",
    )
    SLOT_EVENTS = (
        "C_WaitForSlotEvent",
        "waits for the next event, or reports a pending event",
        "CKR_FUNCTION_NOT_SUPPORTED; with CKF_DONT_BLOCK always CKR_NO_EVENT",
    )
    EMPTY_SLOTS = (
        "C_GetSlotList",
        "slots without a card, or with a card that is not a CPS, are listed (option hide_empty)",
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
    MUTEXES = (
        "C_Initialize",
        "CKR_CANT_LOCK for mutex functions without CKF_OS_LOCKING_OK: the module has the system's "
        "locks alone, and calls none of the program's functions",
        "takes them (they are not called here either)",
    )
    BLANKS = (
        "C_GetTokenInfo",
        "model and utcTime filled up with blanks",
        "filled up with zero bytes",
    )
    MECHANISMS = (
        "C_GetMechanismList, C_GetMechanismInfo",
        "the mechanisms that work, with the flags of what they do",
        "digests first; CKM_RSA_X_509 too, with which C_SignInit succeeds and C_Sign answers "
        "CKR_FUNCTION_NOT_SUPPORTED; no CKF_HW where the module digests; decryption also without "
        "contacts and by PSS",
    )
    ORDER = (
        "C_SignInit, C_VerifyInit, C_EncryptInit, C_DecryptInit, C_DigestInit",
        "judges session, active operation, key, permitted use, mechanism, parameter",
        "judges session, key, mechanism, active operation; C_DecryptInit first of all the login; "
        "C_EncryptInit the mechanism before the use of the key",
    )
    KEY_CLASS = (
        "C_SignInit, C_VerifyInit, C_EncryptInit, C_DecryptInit",
        "CKR_KEY_HANDLE_INVALID for an object that is not a key, CKR_KEY_FUNCTION_NOT_PERMITTED "
        "for the other half of a key pair",
        "CKR_KEY_TYPE_INCONSISTENT for both; C_VerifyInit takes a private key",
    )
    PARAMETERS = (
        "C_SignInit, C_VerifyInit, C_EncryptInit, C_DecryptInit, C_DigestInit",
        "CKR_MECHANISM_PARAM_INVALID for a parameter that the mechanism does not have",
        "passes it over",
    )
    NULL_DATA = (
        "C_Sign, C_SignUpdate, C_Verify, C_Encrypt, C_Decrypt",
        "a NULL pointer of length 0 is empty data",
        "CKR_ARGUMENTS_BAD, and the operation goes on",
    )
    PARTS = (
        "C_Sign, C_Verify, C_Digest after an update",
        "CKR_OPERATION_ACTIVE",
        "takes the data as the last part",
    )
    DATA_TO_SIGN = (
        "C_Sign, C_SignFinal with CKM_RSA_PKCS",
        "CKR_DATA_LEN_RANGE for data that the key cannot sign, also for none on a CPS3",
        "CKR_DATA_INVALID with the signature key (none on a CPS3: CKR_KEY_TYPE_INCONSISTENT); "
        "CKR_ARGUMENTS_BAD with another key for none, and for more than a block",
    )
    SPOILED_SIGNATURE = (
        "C_Verify with CKM_RSA_PKCS",
        "CKR_SIGNATURE_INVALID for a signature without padding; CKR_DATA_LEN_RANGE for data longer "
        "than a block",
        "CKR_GENERAL_ERROR; CKR_SIGNATURE_INVALID",
    )
    CIPHER = (
        "C_Encrypt, C_Decrypt",
        "CKR_DATA_LEN_RANGE for too much to encrypt; CKR_ENCRYPTED_DATA_LEN_RANGE and "
        "CKR_ENCRYPTED_DATA_INVALID; the length of a message that is not deciphered yet is the "
        "greatest one",
        "CKR_FUNCTION_FAILED, the length unchanged when the room of C_Encrypt is short; "
        "CKR_DATA_LEN_RANGE and CKR_DATA_INVALID (CPS4: CKR_GENERAL_ERROR); deciphers when the "
        "length is asked for",
    )
    OBJECT_ORDER = (
        "C_FindObjects",
        "certificates, public keys, private keys, data, each in card order",
        "each private key, then its public key and certificate; data behind the PIN before others",
    )
    ATTRIBUTES = (
        "C_GetAttributeValue",
        "the attributes of 2.40 and 3.0",
        "those of 2.20 alone: no dates, CKA_CERTIFICATE_CATEGORY, CKA_CHECK_VALUE of certificates; "
        "no CKA_MODULUS and CKA_PUBLIC_EXPONENT, but CKA_MODULUS_BITS of private keys, whose "
        "CKA_SUBJECT is empty; CKA_VALUE (RSAPublicKey) and the attributes of private keys for "
        "public keys; CKA_OBJECT_ID of 64 bytes",
    )
    ABSENT_DATA = (
        "C_GetAttributeValue, CKA_VALUE of data that the card does not have (CPS2ter side)",
        "no bytes",
        "CKR_GENERAL_ERROR",
    )
    SERIAL_NUMBER = (
        "C_GetAttributeValue, CKA_SERIAL_NUMBER",
        "the DER of the number",
        "the number alone, e.g. 16 bytes",
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
        "C_Sign, C_SignFinal",
        "CKM_SHA1_RSA_PKCS and CKM_SHA256_RSA_PKCS also with the authentication key "
        "(the module makes the digest)",
        "CKR_KEY_TYPE_INCONSISTENT on a CPS3, CKR_GENERAL_ERROR on a CPS4",
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
        "CKR_PIN_LOCKED for the wrong PIN that blocks the card",
        "CKR_PIN_INCORRECT on a CPS3, CKR_PIN_LOCKED on a CPS4",
    )
    NO_UNBLOCKING_CODE = (
        "C_Login as security officer, on a card without a PUK",
        "CKR_USER_PIN_NOT_INITIALIZED",
        "CKR_GENERAL_ERROR",
    )


NOT_IN_ORIGINAL: frozenset[str] = frozenset(Deviation.FUNCTIONS.functions.split(", "))
"""The functions of `Deviation.FUNCTIONS`."""
