# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Preparation of strings before they are compared (RFC 4518), for caseIgnoreMatch.

Directories and path validation (RFC 5280 section 7.1) compare names by the same rule, so that it
stands once. The steps: transcode (`transcoded`), map with case folding, normalise by NFKC,
prohibit, handle insignificant spaces; bidirectional characters need no check. The tables are those
of Unicode 3.2, which the RFC names.

>>> prepared("\\N{TELEPHONE SIGN}  Santé\\N{SOFT HYPHEN} ")
'tel santé'
>>> prepared("\\N{REPLACEMENT CHARACTER}") is None
True
"""

import re
from functools import lru_cache
from typing import Final
from unicodedata import ucd_3_2_0 as unicode

from caducee.spec.tags import Universal

__all__ = ["comparable", "prepared", "transcoded"]

_CODECS: Final[dict[int, str]] = {
    Universal.UTF8_STRING: "utf-8",
    Universal.NUMERIC_STRING: "ascii",
    Universal.PRINTABLE_STRING: "ascii",
    Universal.IA5_STRING: "ascii",
    Universal.VISIBLE_STRING: "ascii",
    Universal.UNIVERSAL_STRING: "utf-32-be",
    Universal.BMP_STRING: "utf-16-be",
}

_PLAIN = re.compile("[ -~À-ÖØ-ÞŒà-öø-ÿœ]*")
"""What nearly every text is made of: lower case is all that changes in it."""

_TO_SPACE = frozenset("\t\n\v\f\r\x85")
_TO_NOTHING = frozenset("\xad\u034f\u1806\u200b\ufffc")
_SELECTORS = frozenset((*map(chr, range(0x180B, 0x180E)), *map(chr, range(0xFE00, 0xFE10))))
_EXACT = "\x01"
_KNOWN = 4096


def transcoded(tag: int, content: bytes) -> str | None:
    """Return the text of a DER string; none for another type.

    A TeletexString counts as UTF-8 where it is valid UTF-8, else as Latin-1, as IGC-CPS2ter wrote
    it. Raises `UnicodeDecodeError` for content that does not fit the type.
    """
    if tag == Universal.T61_STRING:
        try:
            return content.decode()
        except UnicodeDecodeError:
            return content.decode("latin-1")
    codec = _CODECS.get(tag)
    return None if codec is None else content.decode(codec)


def prepared(text: str) -> str | None:
    """Return a text in the form that is compared; none when it holds a prohibited code point.

    None means that no comparison with the text is true (RFC 4518 section 2.4). Insignificant
    spaces (section 2.6.1) are written as one between words and none at the ends.
    """
    if _PLAIN.fullmatch(text):
        return " ".join(text.lower().split())
    mapped = unicode.normalize("NFKC", text.translate(_MAPPING))
    if any(map(_prohibited, mapped)):
        return None
    return _without_insignificant(mapped)


def comparable(text: str) -> str:
    """Return `prepared` text, or a form that equals only that of the very same text."""
    found = prepared(text)
    return _EXACT + text.encode("unicode_escape").decode() if found is None else found


class _Mapping(dict[int, str]):
    """What each code point becomes (RFC 4518 section 2.2; RFC 3454 table B.2), once it was met."""

    def __missing__(self, code: int) -> str:
        if len(self) >= _KNOWN:
            self.clear()
        self[code] = found = _mapped(chr(code))
        return found


_MAPPING: Final = _Mapping()


def _mapped(sign: str) -> str:
    if sign in _TO_SPACE:
        return " "
    category = unicode.category(sign)
    if sign in _TO_NOTHING or sign in _SELECTORS or category in ("Cc", "Cf"):
        return ""
    if category in ("Zs", "Zl", "Zp"):
        return " "
    import stringprep  # only for texts that are not plain ASCII

    folded = stringprep.map_table_b2(sign)
    # Python's table folds what later versions of Unicode have, and to it.
    known = all(unicode.category(item) != "Cn" for item in sign + folded)
    return folded if known else sign


@lru_cache(_KNOWN)
def _prohibited(sign: str) -> bool:
    """Tell whether a code point may not stand in a text (section 2.4): by Unicode 3.2."""
    import stringprep

    tables = (
        stringprep.in_table_a1,
        stringprep.in_table_c3,
        stringprep.in_table_c4,
        stringprep.in_table_c5,
        stringprep.in_table_c8,
    )
    return sign == "\ufffd" or any(has(sign) for has in tables)


def _without_insignificant(text: str) -> str:
    """Handle spaces: one that a combining mark follows is a letter, not a space."""
    first, *pieces = text.split(" ")
    found, gap = [first] if first else [], False
    for piece in pieces:
        marked = bool(piece) and unicode.category(piece[0]).startswith("M")
        gap = gap or not marked
        if piece:
            found.append(" " * (gap and bool(found)) + " " * marked + piece)
            gap = False
    return "".join(found)
