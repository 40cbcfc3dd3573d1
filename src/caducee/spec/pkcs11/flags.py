# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Flags: CKF of PKCS#11 2.40 and 3.0, by the structure they stand in (header pkcs11t.h)."""

from enum import IntFlag

__all__ = [
    "EventFlag",
    "InitializeFlag",
    "MechanismFlag",
    "SessionFlag",
    "SlotFlag",
    "TokenFlag",
]


class SlotFlag(IntFlag):
    """Of CK_SLOT_INFO (2.40 section 3.2)."""

    TOKEN_PRESENT = 1 << 0
    REMOVABLE_DEVICE = 1 << 1
    HW_SLOT = 1 << 2


class TokenFlag(IntFlag):
    """Of CK_TOKEN_INFO (2.40 section 3.2)."""

    RNG = 1 << 0
    WRITE_PROTECTED = 1 << 1
    LOGIN_REQUIRED = 1 << 2
    USER_PIN_INITIALIZED = 1 << 3
    RESTORE_KEY_NOT_NEEDED = 1 << 5
    CLOCK_ON_TOKEN = 1 << 6
    PROTECTED_AUTHENTICATION_PATH = 1 << 8
    DUAL_CRYPTO_OPERATIONS = 1 << 9
    TOKEN_INITIALIZED = 1 << 10
    SECONDARY_AUTHENTICATION = 1 << 11
    USER_PIN_COUNT_LOW = 1 << 16
    USER_PIN_FINAL_TRY = 1 << 17
    USER_PIN_LOCKED = 1 << 18
    USER_PIN_TO_BE_CHANGED = 1 << 19
    SO_PIN_COUNT_LOW = 1 << 20
    SO_PIN_FINAL_TRY = 1 << 21
    SO_PIN_LOCKED = 1 << 22
    SO_PIN_TO_BE_CHANGED = 1 << 23
    ERROR_STATE = 1 << 24


class SessionFlag(IntFlag):
    """Of CK_SESSION_INFO and C_OpenSession (2.40 section 3.3)."""

    RW_SESSION = 1 << 1
    SERIAL_SESSION = 1 << 2


class MechanismFlag(IntFlag):
    """Of CK_MECHANISM_INFO (2.40 section 3.5)."""

    HW = 1 << 0
    ENCRYPT = 1 << 8
    DECRYPT = 1 << 9
    DIGEST = 1 << 10
    SIGN = 1 << 11
    SIGN_RECOVER = 1 << 12
    VERIFY = 1 << 13
    VERIFY_RECOVER = 1 << 14
    GENERATE = 1 << 15
    GENERATE_KEY_PAIR = 1 << 16
    WRAP = 1 << 17
    UNWRAP = 1 << 18
    DERIVE = 1 << 19


class InitializeFlag(IntFlag):
    """Of CK_C_INITIALIZE_ARGS (2.40 section 3.7)."""

    LIBRARY_CANT_CREATE_OS_THREADS = 1 << 0
    OS_LOCKING_OK = 1 << 1


class EventFlag(IntFlag):
    """Of C_WaitForSlotEvent (2.40 section 5.5)."""

    DONT_BLOCK = 1 << 0
