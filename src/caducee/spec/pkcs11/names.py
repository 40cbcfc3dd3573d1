# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The standard's name of a number, for logs, traces and tables."""

from enum import IntEnum
from typing import Final

from caducee.spec.pkcs11.attributes import Cka
from caducee.spec.pkcs11.kinds import Ckc, Ckh, Ckk, Cko, Cks, Cku
from caducee.spec.pkcs11.mechanisms import Ckg, Ckm, Ckz
from caducee.spec.pkcs11.returns import Ckr

__all__ = ["PREFIXES", "name_of"]

PREFIXES: Final[dict[type[IntEnum], str]] = {
    kind: f"{kind.__name__.upper()}_"
    for kind in (Cka, Ckc, Ckg, Ckh, Ckk, Ckm, Cko, Ckr, Cks, Cku, Ckz)
}
"""What the standard puts before the names of each kind."""


def name_of(kind: type[IntEnum], number: int) -> str:
    """Return the standard's name of a number; hexadecimal for one that the standard does not name.

    >>> name_of(Ckr, 0xA4)
    'CKR_PIN_LOCKED'
    >>> name_of(Ckr, 0x80000009)
    'CKR_0x80000009'
    """
    try:
        return PREFIXES[kind] + kind(number).name
    except ValueError:
        return f"{PREFIXES[kind]}0x{number:08X}"
