# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What arguments and results hold in Python (kinds: `caducee.spec.pkcs11.functions.Kind`)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from caducee.spec.pkcs11.returns import Ckr

__all__ = [
    "Attribute",
    "AttributeBuffer",
    "AttributeOutput",
    "Mechanism",
    "OutputBuffer",
    "OutputBytes",
    "OutputNumbers",
    "PssParameters",
    "UnreadParameter",
]


@dataclass(frozen=True, slots=True)
class PssParameters:
    """CK_RSA_PKCS_PSS_PARAMS: numbers of CKM, CKG, and the salt's length in bytes."""

    hash: int
    mgf: int
    salt: int


@dataclass(frozen=True, slots=True)
class UnreadParameter:
    """A parameter that the façade has not read, and the length that the caller gives."""

    length: int


@dataclass(frozen=True, slots=True)
class Mechanism:
    """CK_MECHANISM: a number of CKM and its parameter; None for one of no length."""

    type: int
    parameter: PssParameters | UnreadParameter | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """CK_ATTRIBUTE with a value, which is as the caller holds it."""

    type: int
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OutputBytes:
    """Bytes for an `OutputBuffer`: their length, and themselves unless only the length is given."""

    length: int
    value: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class OutputNumbers:
    """Numbers for an `OutputBuffer`: how many, and themselves unless only that is given."""

    count: int
    values: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class OutputBuffer:
    """A caller's buffer: how many bytes or numbers fit, None to ask for the length."""

    capacity: int | None

    def fits(self, length: int) -> bool:
        """Return whether a result of this length can be given whole."""
        return self.capacity is not None and length <= self.capacity

    def code(self, length: int) -> Ckr:
        """Return what a function answers whose result has this length (2.40 section 5.2)."""
        return Ckr.OK if self.capacity is None or self.fits(length) else Ckr.BUFFER_TOO_SMALL

    def fill(self, value: bytes) -> OutputBytes:
        """Return the bytes if they fit, else their length alone.

        >>> OutputBuffer(2).fill(b"abc"), OutputBuffer(2).code(3).name
        (OutputBytes(length=3), 'BUFFER_TOO_SMALL')
        """
        return OutputBytes(len(value), value if self.fits(len(value)) else None)

    def list(self, values: Sequence[int]) -> OutputNumbers:
        """Return the numbers if they fit, else how many there are."""
        return OutputNumbers(len(values), tuple(values) if self.fits(len(values)) else None)


@dataclass(frozen=True, slots=True)
class AttributeBuffer:
    """CK_ATTRIBUTE of C_GetAttributeValue: which, and how many bytes fit (None: pValue is NULL)."""

    type: int
    capacity: int | None


@dataclass(frozen=True, slots=True)
class AttributeOutput:
    """The answer to one `AttributeBuffer`; without a length: CK_UNAVAILABLE_INFORMATION."""

    length: int | None
    value: bytes | None = field(default=None, repr=False)
