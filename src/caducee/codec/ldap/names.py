# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Names of entries (distinguished names): RFC 4514 text and how they are compared.

>>> name = Dn.parse("CN=AC\\\\, FORT,ou=IGC-SANTE TEST , O=ASIP-SANTE,C=FR")
>>> name.text()
'CN=AC\\\\, FORT,ou=IGC-SANTE TEST,O=ASIP-SANTE,C=FR'
>>> name.same(Dn.parse("cn=ac\\\\2c  fort,OU=igc-sante test,o=asip-sante,c=fr"))
True
"""

import re
from dataclasses import dataclass

from caducee.base.errors import FormatError
from caducee.codec.ldap import _elements as ber
from caducee.codec.stringprep import comparable, transcoded
from caducee.spec.ldap import SHORT_NAMES

__all__ = ["MAX_SIZE", "Ava", "Dn", "Rdn"]

MAX_SIZE = 4096
"""Characters of a name that are taken."""

_TYPE = re.compile(r"\s*([A-Za-z][A-Za-z0-9-]*|(?:OID\.)?[0-9]+(?:\.[0-9]+)*)\s*=\s*")
_HEX = re.compile(r"#((?:[0-9a-fA-F]{2})+)\s*")
_PIECE = re.compile(r"\\([0-9a-fA-F]{2})|\\([ \"#+,;<=>\\])|([^\\\"+,;<>\x00]+)")
_SPECIAL = re.compile(r'["+,;<>\\]|^[ #]| $')


@dataclass(frozen=True, slots=True)
class Ava:
    """One attribute type and value of a name."""

    type: str
    """As it is written: ``CN``, ``cn``, ``2.5.4.3``."""

    value: str | bytes
    """Text; or the BER of a value other than text (``#`` form)."""

    def text(self) -> str:
        """Return it as RFC 4514 text."""
        if isinstance(self.value, bytes):
            return f"{self.type}=#{self.value.hex()}"
        safe = _SPECIAL.sub(lambda found: "\\" + found[0], self.value)
        return f"{self.type}={safe}".replace("\x00", "\\00")

    @property
    def canonical_type(self) -> str:
        """The type in lower case, by its short name when it has one."""
        type_ = self.type.lower().removeprefix("oid.")
        return SHORT_NAMES.get(type_, type_)

    def key(self) -> str:
        """Return what is compared."""
        if isinstance(self.value, bytes):
            return f"{self.canonical_type}#{self.value.hex()}"
        folded = comparable(self.value)
        if "+" in folded or "\\" in folded:  # so that a level of two is not one that looks so
            folded = folded.replace("\\", "\\\\").replace("+", "\\+")
        return f"{self.canonical_type}={folded}"


type Rdn = tuple[Ava, ...]
"""One level of a name; nearly always one attribute."""


@dataclass(frozen=True, slots=True)
class Dn:
    """The name of an entry, the entry's own level first; without levels, the root."""

    levels: tuple[Rdn, ...] = ()

    @classmethod
    def parse(cls, written: str) -> "Dn":
        """Read a name. Raises `FormatError` (``ldap.name``)."""
        if len(written) > MAX_SIZE:
            raise FormatError("ldap.name", offset=MAX_SIZE)
        if not written.strip():
            return cls()
        levels: list[Rdn] = []
        level: list[Ava] = []
        place = 0
        while True:
            ava, place = _parse_ava(written, place)
            level.append(ava)
            sign = written[place : place + 1]
            if sign != "+":
                levels.append(tuple(level))
                level = []
            if not sign:
                return cls(tuple(levels))
            if sign not in "+,;":  # RFC 2253 section 4: a semicolon is taken, never written
                raise FormatError("ldap.name", offset=place)
            place += 1

    def text(self) -> str:
        """Return the name as RFC 4514 text, types as they were written."""
        return ",".join("+".join(ava.text() for ava in level) for level in self.levels)

    def keys(self) -> tuple[str, ...]:
        """Return what is compared, level by level; the order inside a level does not count."""
        return tuple("+".join(sorted(ava.key() for ava in level)) for level in self.levels)

    def same(self, other: "Dn") -> bool:
        """Tell whether both name the same entry."""
        return self.keys() == other.keys()

    @property
    def parent(self) -> "Dn":
        """The name one level up; the root is its own parent."""
        return Dn(self.levels[1:])

    def below(self, type_: str, value: str) -> "Dn":
        """Return the name of an entry one level below this one."""
        return Dn(((Ava(type_, value),), *self.levels))


def _parse_ava(written: str, place: int) -> tuple[Ava, int]:
    head = _TYPE.match(written, place)
    if head is None:
        raise FormatError("ldap.name", offset=place)
    if (hexadecimal := _HEX.match(written, head.end())) is not None:
        return Ava(head[1], _decoded(bytes.fromhex(hexadecimal[1]), place)), hexadecimal.end()
    if written.startswith("#", head.end()):
        raise FormatError("ldap.name", offset=head.end())
    value, end = _parse_value(written, head.end())
    return Ava(head[1], value), end


def _parse_value(written: str, place: int) -> tuple[str, int]:
    """Read a value; escaped bytes that follow each other are UTF-8 together."""
    start = place
    found = bytearray()
    kept = 0  # spaces at the end count when they are escaped
    while (piece := _PIECE.match(written, place)) is not None:
        place = piece.end()
        byte, sign, plain = piece.groups()
        if plain is None:
            found += bytes.fromhex(byte) if byte else sign.encode()
            kept = len(found)
        else:
            found += plain.encode("utf-8", "surrogatepass")
    tail = bytes(found[kept:]).rstrip(b" ")
    try:
        return (bytes(found[:kept]) + tail).decode(), place
    except UnicodeDecodeError:
        raise FormatError("ldap.name", offset=start) from None


def _decoded(value: bytes, place: int) -> str | bytes:
    """Return the text of a BER value that is a text, else the BER."""
    try:
        items = ber.elements(value)
        text = transcoded(*items[0]) if len(items) == 1 else None
    except (FormatError, UnicodeDecodeError):
        raise FormatError("ldap.name", offset=place) from None
    return value if text is None else text
