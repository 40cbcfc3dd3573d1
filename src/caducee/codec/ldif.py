# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Entries as LDIF text (RFC 2849): what slapadd reads and ldapsearch writes.

>>> print(write_entry("o=TEST,c=FR", [("objectClass", b"organization"), ("o", b"TEST")]), end="")
dn: o=TEST,c=FR
objectClass: organization
o: TEST
<BLANKLINE>
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from caducee.base.errors import FormatError

__all__ = ["LINE", "VERSION_LINE", "LdifEntry", "read", "write_entry"]

LINE = 76
"""Characters of a line; longer ones are folded, as a space at the start of the next."""

VERSION_LINE = "version: 1\n"
"""How a file begins (RFC 2849); slapadd does not know it."""

_SAFE = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\x1f!-9;=-\x7f][\x01-\x09\x0b\x0c\x0e-\x7f]*")
"""SAFE-STRING of RFC 2849: no NUL, LF, CR, and no space, colon or less-than to begin with."""

_LINE = re.compile(r"([A-Za-z0-9][A-Za-z0-9.;_-]*):(:?) *(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class LdifEntry:
    """An entry: its name, and its attributes in their order, one line for each value."""

    name: str
    attributes: tuple[tuple[str, bytes], ...] = ()

    def values(self, description: str) -> tuple[bytes, ...]:
        """Return the values of an attribute; upper and lower case do not count."""
        wanted = description.lower()
        return tuple(value for name, value in self.attributes if name.lower() == wanted)


def write_entry(name: str, attributes: Iterable[tuple[str, bytes]]) -> str:
    """Return an entry with the empty line that ends it."""
    lines = [_line("dn", name.encode())]
    lines += [_line(description, value) for description, value in attributes]
    return "".join(lines) + "\n"


def _line(description: str, value: bytes) -> str:
    # A space at the end is safe by the letter of RFC 2849, which yet says it SHOULD be base64.
    if not value or (_SAFE.fullmatch(value) and not value.endswith(b" ")):
        written = f"{description}: {value.decode()}" if value else f"{description}:"
    else:
        written = f"{description}:: {base64.b64encode(value).decode()}"
    if len(written) <= LINE:
        return written + "\n"
    pieces = [written[:LINE]]
    pieces += [written[at : at + LINE - 1] for at in range(LINE, len(written), LINE - 1)]
    return "\n ".join(pieces) + "\n"


def read(text: str) -> Iterator[LdifEntry]:
    """Yield the entries of a file. Changes and values at URLs are refused.

    Raises `FormatError` (``ldap.ldif``).
    """
    name: str | None = None
    found: list[tuple[str, bytes]] = []
    for number, line in _unfolded(text):
        if not line:
            if name is not None:
                yield LdifEntry(name, tuple(found))
            name, found = None, []
            continue
        description, value = _value(line, number)
        if name is not None:
            if description.lower() == "changetype":
                raise FormatError("ldap.ldif", line=number)
            found.append((description, value))
        elif description.lower() == "dn":
            name = _text(value, number)
        elif description.lower() != "version" or value != b"1":
            raise FormatError("ldap.ldif", line=number)


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines with their number, folded ones joined, comments left out; an empty one last."""
    kept, start = "", 0
    for number, line in enumerate(re.split(r"\r?\n", text), 1):
        if line.startswith(" "):
            if not kept:
                raise FormatError("ldap.ldif", line=number)
            kept += line[1:]
            continue
        if start and not kept.startswith("#"):
            yield start, kept
        kept, start = line, number
    if not kept.startswith("#"):
        yield start, kept
    yield start, ""


def _value(line: str, number: int) -> tuple[str, bytes]:
    parts = _LINE.fullmatch(line)
    if parts is None:
        raise FormatError("ldap.ldif", line=number)
    description, encoded, value = parts.groups()
    if not encoded:
        if value.startswith("<"):
            raise FormatError("ldap.ldif", line=number)
        return description, value.encode()
    try:
        return description, base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise FormatError("ldap.ldif", line=number) from None


def _text(value: bytes, number: int) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise FormatError("ldap.ldif", line=number) from None
