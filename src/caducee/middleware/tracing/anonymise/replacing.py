# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Replaces identifiers in every form in which bytes and texts carry them.

Forms: UTF-8, Latin-1, UTF-16, digits as BCD at either half of a byte; all of these in hex, with or
without separators, and in base64 at each of its three alignments, broken into lines or not; and
one inside the other.
"""

import base64
import re
from collections.abc import Callable
from urllib.parse import quote

from caducee.middleware.tracing.anonymise.pseudonyms import LEAST, Pseudonyms

__all__ = ["Replacer"]

_DEPTH = 3
_LEAST_BCD = 8
"""Digits from which on a number is looked for as BCD; a shorter one is found by chance."""

_LEAST_MIXED = 4
"""Letters from which on a name is looked for in any mixture of capitals; a shorter one is found by
chance in base64."""

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}[ :\-\n]?){2,}[0-9A-Fa-f]{1,2}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_\-](?:[A-Za-z0-9+/_\-=]|\\n|\r?\n){7,}")
_BASE64_CHARACTER = re.compile(r"[A-Za-z0-9+/_\-]")


class Replacer:
    """Puts pseudonyms in the place of identifiers; everything keeps its length."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        texts = {a: b for a, b in pseudonyms.texts.items() if a != b}
        whole = {a: b for a, b in texts.items() if len(a) >= LEAST}
        self._words = _Pattern({a: b for a, b in texts.items() if len(a) < LEAST}, words=True)
        self._texts = _Pattern(whole | _escaped(whole))
        self._mixed = _MixedCase(whole)
        self._bytes = _BytePattern(_encoded(whole) | pseudonyms.binaries)
        self._digits = _Pattern(_nibbles(whole))
        self.changes = 0
        """How many replacements were made so far."""

    def text(self, text: str, depth: int = 0) -> str:
        """Return a text without identifiers."""
        found, count = self._texts.replace(text)
        found, more = self._words.replace(found)
        found, mixed = self._mixed.replace(found)
        self.changes += count + more + mixed
        if depth >= _DEPTH:
            return found
        found = _HEX.sub(lambda match: self._hex(match[0], depth), found)
        return _BASE64.sub(lambda match: self._base64(match[0], depth), found)

    def bytes(self, data: bytes, depth: int = 0) -> bytes:
        """Return bytes without identifiers."""
        found, count = self._bytes.replace(data)
        self.changes += count
        digits, more = self._digits.replace(found.hex())
        self.changes += more
        found = bytes.fromhex(digits)
        if depth >= _DEPTH:
            return found
        return self.text(found.decode("latin-1"), depth + 1).encode("latin-1", "replace")

    def hex(self, text: str) -> str:
        """Return the hex of an APDU without identifiers; masked bytes part it."""
        return _HEX.sub(lambda match: self._hex(match[0], 0), text)

    def _hex(self, run: str, depth: int) -> str:
        places = [at for at, entry in enumerate(run) if entry in "0123456789abcdefABCDEF"]
        digits = "".join(run[at] for at in places)
        for start in (0, 1):
            end = start + (len(digits) - start) // 2 * 2
            data = bytes.fromhex(digits[start:end])
            changed = self.bytes(data, depth + 1)
            if changed != data:
                text = changed.hex() if digits == digits.lower() else changed.hex().upper()
                digits = digits[:start] + text + digits[end:]
        made = list(run)
        for at, item in zip(places, digits, strict=True):
            made[at] = item
        return "".join(made)

    def _base64(self, run: str, depth: int) -> str:
        places = _places(run)
        letters = "".join(run[at] for at in places)
        for start in range(4):
            letters = self._quads(letters, start, depth)
        made = list(run)
        for at, item in zip(places, letters, strict=True):
            made[at] = item
        return "".join(made)

    def _quads(self, letters: str, start: int, depth: int) -> str:
        """Replace in the bytes of base64 letters that begin at some place."""
        url = "-" in letters or "_" in letters
        size = (len(letters) - start) // 4 * 4
        rest = len(letters) - start - size
        if rest == 1:
            rest = 0
        part = letters[start : start + size + rest]
        data = base64.b64decode(part.translate(_STANDARD) + "=" * (-len(part) % 4))
        changed = self.bytes(data, depth + 1)
        if changed == data:
            return letters
        made = base64.b64encode(changed).decode().rstrip("=")
        made = made.translate(_URL) if url else made
        # Bits beyond the last byte are no part of it; they are left as they were.
        return letters[:start] + made + letters[start + len(part) :]


_STANDARD = str.maketrans("-_", "+/")
_URL = str.maketrans("+/", "-_")


def _places(run: str) -> list[int]:
    """Return where the letters of base64 stand in a run; line ends and padding are none."""
    skipped = {at + n for at in _all(run, "\\n") for n in (0, 1)}
    return [
        at
        for at, item in enumerate(run)
        if at not in skipped and _BASE64_CHARACTER.fullmatch(item) is not None
    ]


def _all(text: str, part: str) -> list[int]:
    return [match.start() for match in re.finditer(re.escape(part), text)]


class _Pattern:
    """Replaces texts, the longest first."""

    def __init__(self, table: dict[str, str], *, words: bool = False) -> None:
        self._table = table
        parts = "|".join(map(re.escape, sorted(table, key=len, reverse=True)))
        form = rf"(?<![^\W_])(?:{parts})(?![^\W_])" if words else parts
        self._pattern = re.compile(form) if table else None

    def replace(self, text: str) -> tuple[str, int]:
        """Return the text and how often something was replaced."""
        if self._pattern is None:
            return text, 0
        return self._pattern.subn(lambda match: self._table[match[0]], text)


class _MixedCase:
    """Replaces names in capitals and small letters of any mixture (LeGoff, dUPONT)."""

    def __init__(self, table: dict[str, str]) -> None:
        self._table = {
            item.lower(): made.lower()
            for item, made in table.items()
            if len(item) == len(item.lower()) == len(made.lower())
            and item.lower() != item.upper()
            and len(item) >= _LEAST_MIXED
        }
        parts = "|".join(map(re.escape, sorted(self._table, key=len, reverse=True)))
        self._pattern = re.compile(parts) if self._table else None

    def replace(self, text: str) -> tuple[str, int]:
        """Return the text and how often something was replaced."""
        small = text.lower()
        if self._pattern is None or len(small) != len(text):
            return text, 0
        made, count = self._pattern.subn(lambda match: self._table[match[0]], small)
        if not count:
            return text, 0
        letters = zip(text, small, made, strict=True)
        return "".join(_cased(*letter) for letter in letters), count


def _cased(old: str, small: str, made: str) -> str:
    """Return a new letter as large as the old one; one that stays is the old one."""
    if small == made:
        return old
    return made.upper() if old.isupper() and len(made.upper()) == 1 else made


class _BytePattern:
    """Replaces bytes, the longest first."""

    def __init__(self, table: dict[bytes, bytes]) -> None:
        self._table = table
        parts = b"|".join(map(re.escape, sorted(table, key=len, reverse=True)))
        self._pattern = re.compile(parts, re.DOTALL) if table else None

    def replace(self, data: bytes) -> tuple[bytes, int]:
        """Return the bytes and how often something was replaced."""
        if self._pattern is None:
            return data, 0
        return self._pattern.subn(lambda match: self._table[match[0]], data)


def _encoded(table: dict[str, str]) -> dict[bytes, bytes]:
    """Return every encoding of texts with that of their pseudonyms, where both are as long."""
    found: dict[bytes, bytes] = {}
    for name in ("utf-16-le", "utf-16-be", "cp1252", "iso8859-15", "latin-1", "utf-8"):
        for text, other in table.items():
            try:
                item, made = text.encode(name), other.encode(name)
            except UnicodeEncodeError:
                continue
            if len(item) == len(made):
                found[item] = made
    return found


def _escaped(table: dict[str, str]) -> dict[str, str]:
    """Return texts as JSON and addresses write them, where that differs."""
    ways: list[Callable[[str], str]] = [
        lambda text: text.encode("ascii", "backslashreplace").decode(),
        lambda text: "".join(
            entry if entry.isascii() else f"\\u{ord(entry):04x}" for entry in text
        ),
        lambda text: quote(text, safe=""),
        lambda text: quote(text, safe="").replace("%20", "+"),
        lambda text: quote(text, safe="'"),
        lambda text: quote(text.encode("cp1252"), safe=""),
        lambda text: text.encode("ascii", "xmlcharrefreplace").decode(),
    ]
    found = {}
    for text, other in table.items():
        for way in ways:
            try:
                item, made = way(text), way(other)
            except UnicodeEncodeError:
                continue
            if item != text and len(item) == len(made):
                found[item] = made
    return found


def _nibbles(table: dict[str, str]) -> dict[str, str]:
    """Return numbers of digits alone, as they stand in the hex of BCD at either half of a byte."""
    return {a: b for a, b in table.items() if a.isdigit() and a.isascii() and len(a) >= _LEAST_BCD}
