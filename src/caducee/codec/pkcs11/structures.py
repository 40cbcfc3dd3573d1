# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Structures that functions fill; fields and widths: `caducee.spec.pkcs11.structures`.

Characters are bytes of the field's whole width, filled up with blanks (`padded`).
"""

from dataclasses import dataclass
from typing import Any, Final

from caducee.base.errors import FormatError
from caducee.codec.pkcs11._stream import WireReader, write_number
from caducee.spec.pkcs11.structures import Structure

__all__ = [
    "Info",
    "MechanismInfo",
    "SessionInfo",
    "SlotInfo",
    "StructureValue",
    "TokenInfo",
    "padded",
    "read_structure",
    "write_structure",
]

type Version = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Info:
    """CK_INFO: the module as a whole."""

    cryptoki_version: Version
    manufacturer: bytes
    flags: int
    description: bytes
    version: Version


@dataclass(frozen=True, slots=True)
class SlotInfo:
    """CK_SLOT_INFO: a reader."""

    description: bytes
    manufacturer: bytes
    flags: int
    hardware_version: Version
    firmware_version: Version


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """CK_TOKEN_INFO: a card."""

    label: bytes
    manufacturer: bytes
    model: bytes
    serial: bytes
    flags: int
    max_sessions: int
    sessions: int
    max_rw_sessions: int
    rw_sessions: int
    max_pin: int
    min_pin: int
    total_public_memory: int
    free_public_memory: int
    total_private_memory: int
    free_private_memory: int
    hardware_version: Version
    firmware_version: Version
    time: bytes


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """CK_SESSION_INFO: a session."""

    slot: int
    state: int
    flags: int
    device_error: int


@dataclass(frozen=True, slots=True)
class MechanismInfo:
    """CK_MECHANISM_INFO: what a mechanism can do here; key sizes in bits."""

    min_key: int
    max_key: int
    flags: int


type StructureValue = Info | SlotInfo | TokenInfo | SessionInfo | MechanismInfo

_CLASSES: Final[dict[Structure, type[StructureValue]]] = {
    Structure.CK_INFO: Info,
    Structure.CK_SLOT_INFO: SlotInfo,
    Structure.CK_TOKEN_INFO: TokenInfo,
    Structure.CK_SESSION_INFO: SessionInfo,
    Structure.CK_MECHANISM_INFO: MechanismInfo,
}


def padded(text: str, size: int) -> bytes:
    """Return a text as UTF-8, cut between characters where it is too long, filled with blanks.

    >>> padded("carte à puce", 7)
    b'carte  '
    """
    return text.encode()[:size].decode(errors="ignore").encode().ljust(size)


def read_structure(source: WireReader, structure: Structure) -> StructureValue:
    """Read the fields of a structure."""
    values: list[Any] = []
    for item in structure.value:
        if item.is_number:
            values.append(source.u64())
        elif item.is_version:
            values.append((source.u8(), source.u8()))
        else:
            values.append(source.take(item.size))
    return _CLASSES[structure](*values)


def write_structure(value: StructureValue, structure: Structure) -> bytes:
    """Return the fields. Raises `FormatError` (``codec.pkcs11_number``, ``…_characters``)."""
    parts = []
    for item in structure.value:
        field = getattr(value, item.name)
        if item.is_number:
            parts.append(write_number(field))
        elif item.is_version:
            parts.append(write_number(field[0], 1) + write_number(field[1], 1))
        elif len(field) == item.size:
            parts.append(field)
        else:
            raise FormatError("codec.pkcs11_characters", size=len(field), expected=item.size)
    return b"".join(parts)
