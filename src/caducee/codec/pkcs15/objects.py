# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The entries of AODF, PrKDF, PuKDF, CDF and DODF (PKCS#15 v1.1 sections 6.3 to 6.9)."""

from dataclasses import dataclass, field
from typing import Self

from caducee.base.errors import FormatError
from caducee.codec import tlv
from caducee.codec.ber import read_bits, read_integer, read_reference, write_integer
from caducee.codec.pkcs15._record import (
    Pkcs15Record,
    bit_string,
    given,
    integer,
    one_byte,
    path_value,
    read_label,
    read_path,
)
from caducee.codec.tlv import Tlv
from caducee.spec.pkcs15 import KeyAccess, KeyUsage, ObjectFlags, PinFlags, PinType
from caducee.spec.tags import Universal

__all__ = ["CertificateEntry", "DataEntry", "PinEntry", "PrivateKeyEntry", "PublicKeyEntry"]

_TYPE_ATTRIBUTES = 0xA1  # [1] typeAttributes of every object
_PIN_REFERENCE = 0x80  # [0] pinReference of PinAttributes


@dataclass(frozen=True, slots=True)
class _ObjectEntry(Pkcs15Record):
    """What every object of a directory file begins with (section 6.1.8)."""

    label: str | None = field(init=False, compare=False)
    flags: ObjectFlags = field(init=False, compare=False)
    auth_id: bytes | None = field(init=False, compare=False)
    """The id of the PIN that guards the object; of a PIN, the one that unblocks it."""

    def read_object(self) -> tuple[tuple[Tlv, ...], tuple[Tlv, ...]]:
        """Read the common attributes; return those of the class and those of the type."""
        items = self.open_as_kind()
        attributes = tlv.first(items[2:], _TYPE_ATTRIBUTES)
        if [item.tag for item in items[:2]] != [Universal.SEQUENCE] * 2 or attributes is None:
            raise FormatError("codec.pkcs15_structure", part=type(self).__name__)
        common = items[0].children()
        flags = tlv.first_value(common, Universal.BIT_STRING)
        self.set_fields(
            label=read_label(common),
            flags=ObjectFlags(0 if flags is None else read_bits(flags)),
            auth_id=tlv.first_value(common, Universal.OCTET_STRING),
        )
        return items[1].children(), attributes.children()


@dataclass(frozen=True, slots=True)
class PinEntry(_ObjectEntry):
    """A PIN or a PUK (section 6.9.1)."""

    id: bytes = field(init=False, compare=False)
    """By which objects name it in their ``auth_id``."""

    pin_flags: PinFlags = field(init=False, compare=False)
    type: int = field(init=False, compare=False)
    """A `PinType`, or the number of one that has no name."""

    min_length: int = field(init=False, compare=False)
    stored_length: int = field(init=False, compare=False)
    max_length: int | None = field(init=False, compare=False)
    reference: int = field(init=False, compare=False)
    """What P2 of VERIFY takes, 0 to 255."""

    pad: int | None = field(init=False, compare=False)
    path: bytes | None = field(init=False, compare=False)
    """The file to select before the code is used."""

    def __post_init__(self) -> None:
        own, kind = self.read_object()
        items = tlv.require(kind, Universal.SEQUENCE).children()
        sizes = [read_integer(item.value) for item in tlv.every(items, Universal.INTEGER)]
        reference = tlv.first_value(items, _PIN_REFERENCE)
        pad = tlv.first_value(items, Universal.OCTET_STRING)
        if len(sizes) < 2 or min(sizes) < 0 or (pad is not None and len(pad) != 1):
            raise FormatError("codec.pkcs15_structure", part="PinEntry")
        self.set_fields(
            id=tlv.require(own, Universal.OCTET_STRING).value,
            pin_flags=PinFlags(read_bits(tlv.require(items, Universal.BIT_STRING).value)),
            type=read_integer(tlv.require(items, Universal.ENUMERATED).value),
            min_length=sizes[0],
            stored_length=sizes[1],
            max_length=sizes[2] if len(sizes) > 2 else None,
            reference=0 if reference is None else read_reference(reference),
            pad=None if pad is None else pad[0],
            path=read_path(items),
        )

    @classmethod
    def build(  # noqa: PLR0913 (the fields of the standard)
        cls,
        label: str,
        id: bytes,
        reference: int,
        pin_flags: PinFlags,
        lengths: tuple[int, int, int],
        *,
        flags: ObjectFlags = ObjectFlags.PRIVATE | ObjectFlags.MODIFIABLE,
        auth_id: bytes | None = None,
        pad: int | None = 0xFF,
        path: bytes | None = None,
    ) -> Self:
        """Make an entry of ASCII digits; ``lengths`` are the least, the stored, and the most.

        ``reference`` is one byte and is written as it is.
        """
        attributes = Tlv.build(
            Universal.SEQUENCE,
            bit_string(pin_flags),
            Tlv(Universal.ENUMERATED, write_integer(PinType.ASCII_NUMERIC)),
            *map(integer, lengths),
            Tlv(_PIN_REFERENCE, one_byte(reference)),
            *given(Universal.OCTET_STRING, None if pad is None else one_byte(pad)),
            *([] if path is None else [path_value(path)]),
        )
        own = Tlv.build(Universal.SEQUENCE, Tlv(Universal.OCTET_STRING, id))
        return cls(_object(_common(label, flags, auth_id), own, attributes))


@dataclass(frozen=True, slots=True)
class _KeyEntry(_ObjectEntry):
    """What private and public RSA keys have in common (sections 6.1.9, 6.3.1, 6.4.1)."""

    id: bytes = field(init=False, compare=False)
    """Equal to the id of the key's certificate."""

    usage: KeyUsage = field(init=False, compare=False)
    access: KeyAccess = field(init=False, compare=False)
    reference: int | None = field(init=False, compare=False)
    """The reference of the key in the card."""

    path: bytes | None = field(init=False, compare=False)
    """The folder to select before the key is used, or the file that holds it."""

    bits: int = field(init=False, compare=False)
    """The length of the modulus."""

    def __post_init__(self) -> None:
        own, kind = self.read_object()
        key = tlv.require(kind, Universal.SEQUENCE).children()
        flags = [read_bits(item.value) for item in tlv.every(own, Universal.BIT_STRING)]
        reference = tlv.first_value(own, Universal.INTEGER)
        if not flags:
            raise FormatError("codec.pkcs15_structure", part=type(self).__name__)
        self.set_fields(
            id=tlv.require(own, Universal.OCTET_STRING).value,
            usage=KeyUsage(flags[0]),
            access=KeyAccess(flags[1] if len(flags) > 1 else 0),
            reference=None if reference is None else read_reference(reference),
            path=read_path(key),
            bits=read_integer(tlv.require(key, Universal.INTEGER).value),
        )

    @classmethod
    def build(  # noqa: PLR0913 (the fields of the standard)
        cls,
        label: str,
        id: bytes,
        usage: KeyUsage,
        reference: int,
        path: bytes,
        *,
        access: KeyAccess,
        flags: ObjectFlags = ObjectFlags.NONE,
        auth_id: bytes | None = None,
        bits: int = 2048,
    ) -> Self:
        """Make an entry; ``bits`` is the length of the modulus."""
        own = Tlv.build(
            Universal.SEQUENCE,
            Tlv(Universal.OCTET_STRING, id),
            bit_string(usage),
            bit_string(access),
            integer(reference),
        )
        key = Tlv.build(Universal.SEQUENCE, path_value(path), integer(bits))
        return cls(_object(_common(label, flags, auth_id), own, key))


@dataclass(frozen=True, slots=True)
class PrivateKeyEntry(_KeyEntry):
    """A private RSA key (section 6.3)."""


@dataclass(frozen=True, slots=True)
class PublicKeyEntry(_KeyEntry):
    """A public RSA key (section 6.4)."""


@dataclass(frozen=True, slots=True)
class CertificateEntry(_ObjectEntry):
    """An X.509 certificate (section 6.6)."""

    id: bytes = field(init=False, compare=False)
    """Equal to the id of the certificate's key."""

    path: bytes | None = field(init=False, compare=False)

    def __post_init__(self) -> None:
        own, kind = self.read_object()
        self.set_fields(
            id=tlv.require(own, Universal.OCTET_STRING).value,
            path=read_path(tlv.require(kind, Universal.SEQUENCE).children()),
        )

    @classmethod
    def build(
        cls,
        label: str,
        id: bytes,
        path: bytes,
        *,
        flags: ObjectFlags = ObjectFlags.NONE,
        auth_id: bytes | None = None,
    ) -> Self:
        """Make an entry."""
        own = Tlv.build(Universal.SEQUENCE, Tlv(Universal.OCTET_STRING, id))
        return cls(
            _object(
                _common(label, flags, auth_id), own, Tlv.build(Universal.SEQUENCE, path_value(path))
            )
        )


@dataclass(frozen=True, slots=True)
class DataEntry(_ObjectEntry):
    """A data object in a file of its own (section 6.8, opaque)."""

    application: str | None = field(init=False, compare=False)
    path: bytes | None = field(init=False, compare=False)

    def __post_init__(self) -> None:
        own, kind = self.read_object()
        self.set_fields(application=read_label(own), path=read_path(kind))

    @classmethod
    def build(
        cls,
        label: str,
        path: bytes,
        *,
        application: str,
        flags: ObjectFlags = ObjectFlags.NONE,
        auth_id: bytes | None = None,
    ) -> Self:
        """Make an entry."""
        own = Tlv.build(Universal.SEQUENCE, Tlv(Universal.UTF8_STRING, application.encode()))
        return cls(_object(_common(label, flags, auth_id), own, path_value(path)))


def _common(label: str, flags: ObjectFlags, auth_id: bytes | None) -> Tlv:
    return Tlv.build(
        Universal.SEQUENCE,
        Tlv(Universal.UTF8_STRING, label.encode()),
        *([bit_string(flags)] if flags else ()),
        *given(Universal.OCTET_STRING, auth_id),
    )


def _object(common: Tlv, own: Tlv, attributes: Tlv) -> Tlv:
    return Tlv.build(Universal.SEQUENCE, common, own, Tlv.build(_TYPE_ATTRIBUTES, attributes))
