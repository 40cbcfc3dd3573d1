# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Numbers with a meaning of their own, and the widths of fields (PKCS#11 2.40 section 3)."""

from typing import Final

__all__ = [
    "EFFECTIVELY_INFINITE",
    "INVALID_HANDLE",
    "LABEL",
    "MANUFACTURER",
    "MODEL",
    "SERIAL",
    "SLOT_DESCRIPTION",
    "TIME",
    "UNAVAILABLE",
    "VENDOR_DEFINED",
]

UNAVAILABLE: Final = (1 << 64) - 1
"""CK_UNAVAILABLE_INFORMATION, all ones; here of 64 bits, on a host of its own width."""

EFFECTIVELY_INFINITE: Final = 0
"""CK_EFFECTIVELY_INFINITE, for numbers of sessions."""

INVALID_HANDLE: Final = 0
"""CK_INVALID_HANDLE: no session and no object has it."""

VENDOR_DEFINED: Final = 0x8000_0000
"""Where the numbers of vendors begin."""

LABEL: Final = 32
"""Characters of a token's label."""

MANUFACTURER: Final = 32
"""Characters of a manufacturerID and of the libraryDescription."""

SLOT_DESCRIPTION: Final = 64
"""Characters of a slotDescription."""

MODEL: Final = 16
"""Characters of a token's model."""

SERIAL: Final = 16
"""Characters of a token's serial number."""

TIME: Final = 16
"""Characters of utcTime."""
