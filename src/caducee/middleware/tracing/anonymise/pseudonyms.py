# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Names and numbers, and the random ones that take their places.

A pseudonym has the length of what it stands for in every encoding, letters for letters and digits
for digits, so that files of a card stay readable. It comes from a random map that is forgotten
with this object: a hash could be found again by trying every number of a professional.
"""

import random
import secrets
import string
import unicodedata

from caducee.spec.cards import CARD_ISSUER

__all__ = ["LEAST", "Pseudonyms"]

LEAST = 3
"""Characters from which on a name is replaced wherever it stands; a shorter one only as a word."""

_CORE = 5
"""Characters from which on an identifier keeps its pseudonym inside a longer one."""

_ACCENTED = "àâäçèêëîïôöùûü"
_KEPT_DIGIT = 11
"""A number of that length keeps its first digit, which states its kind, not its holder."""


class Pseudonyms:
    """A map from what states who somebody is to what states nothing."""

    def __init__(self, chance: random.Random | None = None) -> None:
        self._chance = chance or secrets.SystemRandom()
        self._found: set[str] = set()
        self._bytes: dict[bytes, bytes] = {}
        issuer = CARD_ISSUER
        self._texts: dict[str, str] = {issuer: issuer}  # everybody's card has it
        self._done = False

    def add(self, text: str) -> None:
        """Note a name or number as it was found."""
        text = text.strip()
        if len(text) > 1 and any(item.isalnum() for item in text):
            self._found.add(text)

    def add_bytes(self, data: bytes) -> None:
        """Note bytes that tell one card or key from all others."""
        if len(data) > LEAST and data not in self._bytes and any(data):
            self._bytes[data] = data
            made = data
            while made == data:
                made = bytes([data[0], *(self._chance.randrange(256) for _ in data[1:])])
            self._bytes[data] = made

    @property
    def texts(self) -> dict[str, str]:
        """Every spelling of every name and number, with its pseudonym."""
        if not self._done:
            self._done = True
            for item in sorted(self._found, key=lambda it: (len(it), it)):
                self._spell(item)
        return self._texts

    @property
    def binaries(self) -> dict[bytes, bytes]:
        """Bytes, with those that take their places."""
        return self._bytes

    def _spell(self, text: str) -> None:
        """Map a text, and the other ways to write it: capitals, small letters, no accents."""
        made = self._texts.get(text) or self._make(text)
        plain, plain_made = _without_accents(text), made
        if plain != text:
            plain_made = self._texts.get(plain) or self._make(plain)
        for item, other in ((text, made), (plain, plain_made)):
            for form in (str, str.upper, str.lower, str.title):
                spelt, replaced = form(item), form(other)
                if len(spelt) == len(item) and len(replaced) == len(other):
                    self._texts.setdefault(spelt, replaced)

    def _make(self, text: str) -> str:
        """Return a new pseudonym; identifiers inside that have one keep it."""
        made = text
        while made == text:
            letters = [self._like(item) for item in text]
            if len(text) >= _KEPT_DIGIT and text.isdigit():
                letters[0] = text[0]
            for inner, known in self._texts.items():
                at = text.find(inner) if len(inner) >= _CORE else -1
                if at >= 0:
                    letters[at : at + len(inner)] = known
            made = "".join(letters)
        return made

    def _like(self, text: str) -> str:
        """Return a random character of the same kind, as long in UTF-8 and in Latin-1."""
        choose = self._chance.choice
        if text in string.digits:
            return choose(string.digits)
        if text.isascii():
            if not text.isalpha():
                return text
            return choose(string.ascii_uppercase if text.isupper() else string.ascii_lowercase)
        if text.lower() in "œſž" or text.lower() not in _ACCENTED + "áéíóúñýåæøþðãõ":
            return text
        made = choose(_ACCENTED)
        return made.upper() if text.isupper() else made


def _without_accents(text: str) -> str:
    ligatures = {"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "’": "'"}
    spread = "".join(ligatures.get(item, item) for item in text)
    parts = unicodedata.normalize("NFD", spread)
    return "".join(part for part in parts if not unicodedata.combining(part))
