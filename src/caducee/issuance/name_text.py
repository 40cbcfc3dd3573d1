# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How names are written on a card and in its certificates: as the registers write them.

The registry keeps a name as its holder writes it. Card and certificate carry capital letters
without accents, as all published cards do, so that every reader shows the same.

>>> as_registers("Lévêque-d’Œuvre")
"LEVEQUE-D'OEUVRE"
"""

import re
import unicodedata

from caducee.base.errors import FormatError
from caducee.spec.cards import MAX_NAME

__all__ = ["as_registers", "check_name"]

_NAME = re.compile(r"[A-Z0-9](?:[A-Z0-9' .-]*[A-Z0-9.])?")

_SIGNS = str.maketrans(
    {
        "’": "'",
        "ʼ": "'",
        "‘": "'",
        "‐": "-",
        "‑": "-",
        "–": "-",
        "\u00a0": " ",
        "\u202f": " ",
        "Æ": "AE",
        "Œ": "OE",
        "Ø": "O",
        "Đ": "D",
        "Ð": "D",
        "Ł": "L",
        "Þ": "TH",
        "ẞ": "SS",
    }
)
"""Signs that no accent makes of another one; capital letters alone, since those come first."""


def as_registers(name: str) -> str:
    """Return a name in capital letters without accents; what has no such form stays."""
    apart = unicodedata.normalize("NFD", name.upper())
    bare = "".join(item for item in apart if not unicodedata.combining(item))
    return unicodedata.normalize("NFC", bare).translate(_SIGNS)


def check_name(name: str) -> None:
    """Refuse a name that cannot stand on a card.

    Raises `FormatError` (``issuance.name_length``, ``issuance.name_characters``).
    """
    written = as_registers(name)
    if len(written) > MAX_NAME:
        raise FormatError("issuance.name_length", length=len(written), most=MAX_NAME)
    if not _NAME.fullmatch(written):
        shown = "".join(item if item.isprintable() else "?" for item in name)
        raise FormatError("issuance.name_characters", name=shown)
