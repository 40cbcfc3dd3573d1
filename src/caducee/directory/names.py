# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Names as they are searched for: without case, accents and ligatures."""

import re
import unicodedata

__all__ = ["after", "folded", "words"]

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ø": "o"})
_LAST = chr(0x10FFFF)


def folded(text: str) -> str:
    """Return the form of a name that names are compared in.

    >>> folded("Lœvêque  Çédille")
    'LOEVEQUE CEDILLE'
    """
    if text.isascii():
        return " ".join(text.upper().split())
    plain = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    letters = "".join(item for item in plain if not unicodedata.combining(item))
    return " ".join(letters.upper().split())


def after(start: str) -> str:
    """Return a text that comes after every folded name with this start, in code point order.

    >>> "DOC" <= "DOC0042788" < after("DOC") < "DOD"
    True
    """
    return start + _LAST


_BETWEEN = re.compile(r"[\s,+=/@]+")
_MOST_WORDS = 64


def words(text: str) -> tuple[str, ...]:
    """Return the words of a name of a certificate, each once, as they are searched for.

    >>> words("CN=www.test.fr,O=ÉTABLISSEMENT DE TEST,C=FR")
    ('C', 'CN', 'DE', 'ETABLISSEMENT', 'FR', 'O', 'TEST', 'WWW.TEST.FR')
    """
    return tuple(sorted(set(filter(None, _BETWEEN.split(folded(text))))))[:_MOST_WORDS]
