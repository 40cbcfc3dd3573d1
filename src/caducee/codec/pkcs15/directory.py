# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""EF.DIR, the ODF and TokenInfo: what leads to the objects (PKCS#15 v1.1 sections 6.2, 6.10)."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import ClassVar, Self

from caducee.base.errors import FormatError
from caducee.codec import ber, tlv
from caducee.codec.ber import read_bits, read_integer, read_reference
from caducee.codec.pkcs15._record import (
    Pkcs15Record,
    bit_string,
    given,
    integer,
    path_value,
    read_label,
    read_path,
)
from caducee.codec.tlv import Tlv
from caducee.spec.pkcs15 import DirectoryKind, Operations, TokenFlags
from caducee.spec.tags import DirTag, Universal

__all__ = [
    "AlgorithmInfo",
    "DirRecord",
    "OdfEntry",
    "TokenInfo",
    "UnknownEntry",
    "directory_path",
    "read_entries",
    "read_entries_padded",
    "write_entries",
]

_LABEL = 0x80  # [0] Label of TokenInfo
_ALGORITHMS = 0xA2  # [2] supportedAlgorithms of TokenInfo


@dataclass(frozen=True, slots=True)
class UnknownEntry(Pkcs15Record):
    """An entry of a kind that is not known here, kept as it is."""

    @classmethod
    def accepts(cls, tag: int) -> bool:
        """Tell that every object may stand here."""
        return True


@dataclass(frozen=True, slots=True)
class DirRecord(Pkcs15Record):
    """An application named by EF.DIR (ISO/IEC 7816-4 section 8.2.1.1)."""

    TAGS: ClassVar[tuple[int, ...]] = (DirTag.APPLICATION,)

    aid: bytes = field(init=False, compare=False)
    label: str | None = field(init=False, compare=False)
    path: bytes | None = field(init=False, compare=False)

    def __post_init__(self) -> None:
        items = self.open_as_kind()
        label = tlv.first_value(items, DirTag.LABEL)
        self.set_fields(
            aid=tlv.require(items, DirTag.AID).value,
            label=None if label is None else ber.read_label(label),
            path=tlv.first_value(items, DirTag.PATH),
        )

    @classmethod
    def build(cls, aid: bytes, label: str | None = None, path: bytes | None = None) -> Self:
        """Make a record. Raises `FormatError`."""
        return cls(
            Tlv.build(
                DirTag.APPLICATION,
                Tlv(DirTag.AID, aid),
                *given(DirTag.LABEL, None if label is None else label.encode()),
                *given(DirTag.PATH, path),
            )
        )


@dataclass(frozen=True, slots=True)
class OdfEntry(Pkcs15Record):
    """A directory file named by the ODF (section 6.2), or objects that stand in it directly."""

    TAGS: ClassVar[tuple[int, ...]] = tuple(DirectoryKind)

    kind: DirectoryKind = field(init=False, compare=False)
    path: bytes | None = field(init=False, compare=False)
    """None when the objects stand in the entry itself."""

    def __post_init__(self) -> None:
        items = self.open_as_kind()
        self.set_fields(kind=DirectoryKind(self.tlv.tag), path=read_path(items))

    @classmethod
    def build(cls, kind: DirectoryKind, path: bytes) -> Self:
        """Make an entry that names a file by its path."""
        return cls(Tlv.build(kind, path_value(path)))


@dataclass(frozen=True, slots=True)
class AlgorithmInfo(Pkcs15Record):
    """An algorithm of the card (section 6.10)."""

    reference: int = field(init=False, compare=False)
    """The number by which keys name it."""

    mechanism: int = field(init=False, compare=False)
    """The CKM number of PKCS#11."""

    operations: Operations = field(init=False, compare=False)
    card_reference: int | None = field(init=False, compare=False)
    """The reference that MSE takes (algRef)."""

    def __post_init__(self) -> None:
        items = self.open_as_kind()
        # The third element is of any type: what follows it is looked for by tag, it is not. Some
        # cards leave it out, although the standard does not.
        head, tail = items[:2], items[3:]
        if tlv.first(tail, Universal.BIT_STRING) is None:
            tail = items[2:]
        if [item.tag for item in head] != [Universal.INTEGER, Universal.INTEGER]:
            raise FormatError("codec.pkcs15_structure", part="AlgorithmInfo")
        card_reference = tlv.first_value(tail, Universal.INTEGER)
        self.set_fields(
            reference=read_integer(head[0].value),
            mechanism=read_integer(head[1].value),
            operations=Operations(read_bits(tlv.require(tail, Universal.BIT_STRING).value)),
            card_reference=None if card_reference is None else read_reference(card_reference),
        )

    @classmethod
    def build(
        cls, reference: int, mechanism: int, operations: Operations, card_reference: int
    ) -> Self:
        """Make an entry without parameters (NULL)."""
        return cls(
            Tlv.build(
                Universal.SEQUENCE,
                integer(reference),
                integer(mechanism),
                Tlv(Universal.NULL),
                bit_string(operations),
                integer(card_reference),
            )
        )


@dataclass(frozen=True, slots=True)
class TokenInfo(Pkcs15Record):
    """What EF.TokenInfo (EF.CIAInfo) says of the card (section 6.10)."""

    version: int = field(init=False, compare=False)
    serial: bytes | None = field(init=False, compare=False)
    manufacturer: str | None = field(init=False, compare=False)
    label: str | None = field(init=False, compare=False)
    flags: TokenFlags = field(init=False, compare=False)
    algorithms: tuple[AlgorithmInfo, ...] = field(init=False, compare=False)
    """Those that are understood; a card works without the others."""

    def __post_init__(self) -> None:
        items = self.open_as_kind()
        label = tlv.first_value(items, _LABEL)
        algorithms = tlv.first(items, _ALGORITHMS)
        self.set_fields(
            version=read_integer(tlv.require(items, Universal.INTEGER).value),
            serial=tlv.first_value(items, Universal.OCTET_STRING),
            manufacturer=read_label(items),
            label=None if label is None else ber.read_label(label),
            flags=TokenFlags(read_bits(tlv.require(items, Universal.BIT_STRING).value)),
            algorithms=tuple(_understood(algorithms.children() if algorithms else ())),
        )

    @classmethod
    def build(
        cls,
        label: str,
        flags: TokenFlags,
        *,
        manufacturer: str | None = None,
        serial: bytes | None = None,
        algorithms: Iterable[AlgorithmInfo] = (),
    ) -> Self:
        """Make the content of the file, version 0 (PKCS#15 v1)."""
        known = [algorithm.tlv for algorithm in algorithms]
        return cls(
            Tlv.build(
                Universal.SEQUENCE,
                integer(0),
                *given(Universal.OCTET_STRING, serial),
                *given(
                    Universal.UTF8_STRING, None if manufacturer is None else manufacturer.encode()
                ),
                Tlv(_LABEL, label.encode()),
                bit_string(flags),
                *([Tlv.build(_ALGORITHMS, *known)] if known else ()),
            )
        )


def _understood(items: Iterable[Tlv]) -> Iterator[AlgorithmInfo]:
    for item in items:
        with suppress(FormatError):
            yield AlgorithmInfo(item)


def read_entries[T: Pkcs15Record](kind: type[T], data: bytes) -> tuple[T | UnknownEntry, ...]:
    """Read a directory file; entries of another kind become `UnknownEntry`.

    Raises `FormatError` (``codec.*``), also for filler.
    """
    return _entries(kind, tlv.parse_all(data))


def read_entries_padded[T: Pkcs15Record](
    kind: type[T], data: bytes
) -> tuple[T | UnknownEntry, ...]:
    """Read a directory file whose last entry may be followed by filler, 00 or FF.

    Raises `FormatError` (``codec.*``).
    """
    return _entries(kind, tlv.parse_padded(data))


def write_entries(entries: Iterable[Pkcs15Record]) -> bytes:
    """Return entries as a directory file holds them."""
    return b"".join(entry.to_bytes() for entry in entries)


def directory_path(entries: Iterable[OdfEntry | UnknownEntry], kind: DirectoryKind) -> bytes | None:
    """Return the path of the first directory file of a kind that an ODF names."""
    for entry in entries:
        if isinstance(entry, OdfEntry) and entry.kind == kind:
            return entry.path
    return None


def _entries[T: Pkcs15Record](kind: type[T], items: Iterable[Tlv]) -> tuple[T | UnknownEntry, ...]:
    return tuple(kind(item) if kind.accepts(item.tag) else UnknownEntry(item) for item in items)
