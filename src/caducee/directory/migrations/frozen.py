# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What released migrations need, as it was when they were written; never changed.

Copies on purpose: the live code may change, the history of the tables may not.
"""

import re
import unicodedata

import sqlalchemy as sa

__all__ = ["MOMENT", "KeyText", "folded", "words"]

MOMENT = sa.DateTime(timezone=True)

KeyText = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ø": "o"})
_BETWEEN = re.compile(r"[\s,+=/@]+")
_MOST_WORDS = 64


def folded(text: str) -> str:
    """Return the form of a name that names are compared in, as of revision 0003."""
    if text.isascii():
        return " ".join(text.upper().split())
    plain = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    letters = "".join(item for item in plain if not unicodedata.combining(item))
    return " ".join(letters.upper().split())


def words(text: str) -> tuple[str, ...]:
    """Return the words of a name of a certificate, each once, as of revision 0004."""
    return tuple(sorted(set(filter(None, _BETWEEN.split(folded(text))))))[:_MOST_WORDS]
