# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Structures that functions fill: their fields in order (PKCS#11 2.40 section 3)."""

from dataclasses import dataclass
from enum import Enum, unique
from typing import Final

from caducee.spec.pkcs11.sizes import (
    LABEL,
    MANUFACTURER,
    MODEL,
    SERIAL,
    SLOT_DESCRIPTION,
    TIME,
)

__all__ = ["ULONG", "VERSION", "Field", "Structure"]

VERSION: Final = -2
"""The ``size`` of a CK_VERSION: two bytes, major and minor."""

ULONG: Final = -1
"""The ``size`` of a CK_ULONG."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name in our words, its name in C, its size in characters or `VERSION`."""

    name: str
    c_name: str
    size: int = ULONG

    @property
    def is_number(self) -> bool:
        """Whether the field is a CK_ULONG."""
        return self.size == ULONG

    @property
    def is_version(self) -> bool:
        """Whether the field is a CK_VERSION."""
        return self.size == VERSION


@unique
class Structure(Enum):
    """A structure by its name in C, with its fields."""

    CK_INFO = (
        Field("cryptoki_version", "cryptokiVersion", VERSION),
        Field("manufacturer", "manufacturerID", MANUFACTURER),
        Field("flags", "flags"),
        Field("description", "libraryDescription", MANUFACTURER),
        Field("version", "libraryVersion", VERSION),
    )
    CK_SLOT_INFO = (
        Field("description", "slotDescription", SLOT_DESCRIPTION),
        Field("manufacturer", "manufacturerID", MANUFACTURER),
        Field("flags", "flags"),
        Field("hardware_version", "hardwareVersion", VERSION),
        Field("firmware_version", "firmwareVersion", VERSION),
    )
    CK_TOKEN_INFO = (
        Field("label", "label", LABEL),
        Field("manufacturer", "manufacturerID", MANUFACTURER),
        Field("model", "model", MODEL),
        Field("serial", "serialNumber", SERIAL),
        Field("flags", "flags"),
        Field("max_sessions", "ulMaxSessionCount"),
        Field("sessions", "ulSessionCount"),
        Field("max_rw_sessions", "ulMaxRwSessionCount"),
        Field("rw_sessions", "ulRwSessionCount"),
        Field("max_pin", "ulMaxPinLen"),
        Field("min_pin", "ulMinPinLen"),
        Field("total_public_memory", "ulTotalPublicMemory"),
        Field("free_public_memory", "ulFreePublicMemory"),
        Field("total_private_memory", "ulTotalPrivateMemory"),
        Field("free_private_memory", "ulFreePrivateMemory"),
        Field("hardware_version", "hardwareVersion", VERSION),
        Field("firmware_version", "firmwareVersion", VERSION),
        Field("time", "utcTime", TIME),
    )
    CK_SESSION_INFO = (
        Field("slot", "slotID"),
        Field("state", "state"),
        Field("flags", "flags"),
        Field("device_error", "ulDeviceError"),
    )
    CK_MECHANISM_INFO = (
        Field("min_key", "ulMinKeySize"),
        Field("max_key", "ulMaxKeySize"),
        Field("flags", "flags"),
    )
