# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""BER-TLV: tag, length, value (ISO/IEC 7816-4 section 5.2.2, ITU-T X.690 section 8.1).

Strict in, exact out: what is accepted comes back byte for byte, also with a length that is
longer than needed and with the indefinite form. Nothing is looked into before it is asked for, so
that an unknown object is kept as it is.

>>> item = Tlv.from_bytes(bytes.fromhex("7F49 05 80 03 010001"))
>>> [hex(child.tag) for child in item.children()], item.to_bytes().hex()
(['0x80'], '7f49058003010001')
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from caducee.base.errors import FormatError
from caducee.codec.ber import read_length, write_length

__all__ = [
    "INDEFINITE",
    "MAX_DEPTH",
    "Tlv",
    "build",
    "encode",
    "every",
    "find",
    "first",
    "first_value",
    "parse_all",
    "parse_padded",
    "read_tag",
    "require",
]

INDEFINITE = -1
"""The ``form`` of a length that is not written; two zero bytes end the value."""

MAX_DEPTH = 32
"""How many indefinite lengths may stand inside each other."""

_MAX_TAG_BYTES = 4
_MAX_LENGTH_BYTES = 4
_UNWRITTEN = b"\x80"
_END = b"\x00\x00"


@dataclass(frozen=True, slots=True)
class Tlv:
    """One data object; ``tag`` as it is written, e.g. ``0x5A``, ``0x7F49``, ``0xBF8101``.

    Raises `FormatError` (``codec.tlv_tag``, ``codec.tlv_length``) for what cannot be written.
    """

    tag: int
    value: bytes = field(default=b"", repr=False)
    form: int = 0
    """How the length is written: 0 the shortest way, n > 0 in n bytes after ``8n``,
    `INDEFINITE` not at all. A form that is the shortest anyway becomes 0."""

    def __post_init__(self) -> None:
        _check_tag(self.tag)
        size = len(self.value)
        shortest = _shortest_form(size)
        if self.form == shortest:
            object.__setattr__(self, "form", 0)
        elif self.form == INDEFINITE:
            if not self.constructed or _indefinite_end(self.value + _END, 0) != size + len(_END):
                raise FormatError("codec.tlv_length", offset=0)
        elif not (self.form == 0 or shortest < self.form <= _MAX_LENGTH_BYTES):
            raise FormatError("codec.tlv_length", offset=0)

    def __repr__(self) -> str:
        form = f", form={self.form}" if self.form else ""
        return f"Tlv(0x{self.tag:02X}, {self.value.hex()!r}{form})"

    @classmethod
    def build(cls, tag: int, *children: "Tlv") -> "Tlv":
        """Return a constructed object holding ``children``. Raises `FormatError`."""
        made = cls(tag, build(*children))
        if not made.constructed:
            raise FormatError("codec.tlv_primitive", tag=f"{tag:02X}")
        return made

    @classmethod
    def from_bytes(cls, data: bytes) -> "Tlv":
        """Read exactly one object. Raises `FormatError` (``codec.tlv_*``)."""
        item, end = _read(bytes(data), 0)
        if end != len(data):
            raise FormatError("codec.tlv_trailing", offset=end)
        return item

    def to_bytes(self) -> bytes:
        """Return the object as it is written."""
        tail = _END if self.form == INDEFINITE else b""
        return b"".join((_tag_bytes(self.tag), self._length(), self.value, tail))

    def _length(self) -> bytes:
        if self.form == INDEFINITE:
            return _UNWRITTEN
        return write_length(len(self.value), self.form)

    @property
    def constructed(self) -> bool:
        """Whether the value is made of objects (bit 6 of the first tag byte)."""
        return bool(_tag_bytes(self.tag)[0] & 0x20)

    def children(self) -> tuple["Tlv", ...]:
        """Return the objects inside. Raises `FormatError`, also for a primitive object."""
        if not self.constructed:
            raise FormatError("codec.tlv_primitive", tag=f"{self.tag:02X}")
        return parse_all(self.value)


def parse_all(data: bytes) -> tuple[Tlv, ...]:
    """Read objects until the end of ``data``; filler is refused. Raises `FormatError`."""
    data = bytes(data)
    found, place = [], 0
    while place < len(data):
        item, place = _read(data, place)
        found.append(item)
    return tuple(found)


def parse_padded(data: bytes) -> tuple[Tlv, ...]:
    """Read objects; a run of 00 or of FF after the last one is filler of the file and dropped.

    Raises `FormatError` (``codec.tlv_*``).
    """
    data = bytes(data)
    filler = min(len(data.rstrip(b"\x00")), len(data.rstrip(b"\xff")))
    found, place = [], 0
    while place < len(data) and place < filler:
        item, place = _read(data, place)
        found.append(item)
    return tuple(found)


def build(*items: Tlv) -> bytes:
    """Return objects written one after the other."""
    return b"".join(item.to_bytes() for item in items)


def encode(tag: int, *parts: bytes) -> bytes:
    """Return one object as it is written, whose value is ``parts`` one after the other.

    The quick way for what is built at every request: the tag is taken as it is, and what the parts
    hold is not looked at.

    >>> encode(0x30, encode(0x02, b"\\x01")).hex()
    '3003020101'
    """
    value = b"".join(parts)
    return _head(tag, len(value)) + value


@lru_cache(maxsize=4096)
def _head(tag: int, size: int) -> bytes:
    return _tag_bytes(tag) + write_length(size)


def every(items: Iterable[Tlv], tag: int) -> tuple[Tlv, ...]:
    """Return all objects with this tag, in their order."""
    return tuple(item for item in items if item.tag == tag)


def first(items: Iterable[Tlv], tag: int) -> Tlv | None:
    """Return the first object with this tag, if there is one."""
    return next((item for item in items if item.tag == tag), None)


def first_value(items: Iterable[Tlv], tag: int) -> bytes | None:
    """Return the value of the first object with this tag, if there is one."""
    found = first(items, tag)
    return None if found is None else found.value


def require(items: Iterable[Tlv], tag: int) -> Tlv:
    """Return the first object with this tag. Raises `FormatError` (``codec.tlv_missing``)."""
    found = first(items, tag)
    if found is None:
        raise FormatError("codec.tlv_missing", tag=f"{tag:02X}")
    return found


def find(items: Iterable[Tlv], *path: int) -> Tlv | None:
    """Return the object at the end of a path of tags: ``find(items, 0x70, 0xA0, 0x9A)``.

    At each step the first object with the tag is taken. Raises `FormatError` when an object on
    the way cannot be opened.
    """
    found = None
    for step, tag in enumerate(path):
        if step and found is not None:
            items = found.children()
        found = first(items, tag)
        if found is None:
            return None
    return found


def read_tag(data: bytes, offset: int = 0) -> tuple[int, int]:
    """Read a tag alone, as in a tag list or header list; return it and the place after it.

    Raises `FormatError` (``codec.tlv_tag``, ``codec.tlv_truncated``).
    """
    if offset >= len(data):
        raise FormatError("codec.tlv_truncated", offset=offset)
    end = offset + 1
    if data[offset] & 0x1F == 0x1F:
        while True:
            if end >= len(data):
                raise FormatError("codec.tlv_truncated", offset=end)
            end += 1
            if end - offset > _MAX_TAG_BYTES:
                raise FormatError("codec.tlv_tag", offset=offset)
            if not data[end - 1] & 0x80:
                break
    elif data[offset] == 0:
        raise FormatError("codec.tlv_tag", offset=offset)
    return int.from_bytes(data[offset:end]), end


def _read(data: bytes, offset: int) -> tuple[Tlv, int]:
    """Read the object at ``offset``; return it and the place after it."""
    tag, place = read_tag(data, offset)
    size, form, place = _read_length(data, place)
    if form == INDEFINITE:
        if not data[offset] & 0x20:
            raise FormatError("codec.tlv_length", offset=place - 1)
        end = _indefinite_end(data, place)
        return Tlv(tag, data[place : end - len(_END)], INDEFINITE), end
    if size > len(data) - place:
        raise FormatError("codec.tlv_truncated", offset=len(data))
    return Tlv(tag, data[place : place + size], form), place + size


def _read_length(data: bytes, offset: int) -> tuple[int, int, int]:
    """Read a length; return the size, the form, and the place after it."""
    if data[offset : offset + 1] == _UNWRITTEN:
        return 0, INDEFINITE, offset + 1
    size, end = read_length(data, offset)
    return size, end - offset - 1, end


def _indefinite_end(data: bytes, offset: int) -> int:
    """Return the place after the two zero bytes that end the value beginning at ``offset``."""
    place, depth = offset, 1
    while depth:
        if data[place : place + len(_END)] == _END:
            depth -= 1
            place += len(_END)
            continue
        start = place
        place = read_tag(data, place)[1]
        size, form, place = _read_length(data, place)
        if form == INDEFINITE:
            depth += 1
            if not data[start] & 0x20:
                raise FormatError("codec.tlv_length", offset=place - 1)
            if depth > MAX_DEPTH:
                raise FormatError("codec.tlv_depth", offset=start)
        place += size
        if place > len(data):
            raise FormatError("codec.tlv_truncated", offset=len(data))
    return place


def _tag_bytes(tag: int) -> bytes:
    return tag.to_bytes((tag.bit_length() + 7) // 8)


def _check_tag(tag: int) -> None:
    if 0 < tag <= 0xFF and tag & 0x1F != 0x1F:  # nearly all tags, without a detour
        return
    try:
        written = _tag_bytes(tag)
        if read_tag(written) == (tag, len(written)):
            return
    except (FormatError, OverflowError):
        pass
    raise FormatError("codec.tlv_tag", offset=0)


def _shortest_form(size: int) -> int:
    return 0 if size < 0x80 else (size.bit_length() + 7) // 8
