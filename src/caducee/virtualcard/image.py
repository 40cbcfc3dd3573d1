# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One card in a file: content, keys and state, as JSON that a person can read.

Bytes are hex in groups of four; keys are PEM; PINs are digits beside their tries. The values are
frozen: a change makes another image, which is written whole or not at all.
"""

import re
from pathlib import Path
from typing import Annotated, Literal, Self

import msgspec

from caducee.base.errors import StateError
from caducee.base.files import write_atomic
from caducee.base.secret import Secret
from caducee.virtualcard import lock
from caducee.virtualcard.faults.names import FaultName

__all__ = [
    "MAX_IMAGE_SIZE",
    "Access",
    "CardFile",
    "CardImage",
    "CardKey",
    "ContactFace",
    "ContactlessFace",
    "DataFile",
    "Directory",
    "Environment",
    "Fault",
    "Hex",
    "KeyUses",
    "StoredPin",
]

VERSION = 1

MAX_IMAGE_SIZE = 1 << 20
"""Bytes of an image file at most; a real card holds less than a tenth of it."""

_MAX_KEY_TEXT = 4096
_LINE = 32
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2} ?)*")

type Access = Annotated[str, msgspec.Meta(pattern=r"\A(always|never|SE ([1-9]|1[0-4]))\Z")]
"""Who may: everyone, nobody, or whoever the security environment of that number asks for."""

type FilePath = Annotated[str, msgspec.Meta(pattern=r"\A3F00(/[0-9A-F]{4})*\Z", max_length=44)]
type Byte = Annotated[int, msgspec.Meta(ge=0, le=255)]
type Reference = Annotated[int, msgspec.Meta(ge=1, le=127)]
type Sfi = Annotated[int, msgspec.Meta(ge=1, le=30)]
type Tries = Annotated[int, msgspec.Meta(ge=0, le=15)]
type Uses = Annotated[int, msgspec.Meta(ge=0, le=0xFFFF)]
type PinLength = Annotated[int, msgspec.Meta(ge=1, le=16)]
type Label = Annotated[str, msgspec.Meta(max_length=100)]
type Side = Literal["PKCS#15", "CPS2ter", "both"]
"""Which dialogue finds a file: that of PKCS#15 cards, that of class A0, or both."""


class Hex(bytes):
    """Bytes that stand in the file as hex, in lines of 32 when there are more."""

    __slots__ = ()


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, eq=False):
    """A part of an image: frozen, every key known."""


class ContactFace(_Part, frozen=True, kw_only=True):
    """How the card shows itself on its contacts."""

    generation: Literal["CPS3", "CPS4"]
    atr: Annotated[Hex, msgspec.Meta(description="answer to reset")]

    answers: Literal["61xx", "direct"] = "61xx"
    """What a command without Le gets when there are data: ``61xx`` and then GET RESPONSE, as T=0
    has it, or the data at once."""

    wrong_le: Literal["accept", "6Cxx"] = "accept"
    """What a Le larger than the answer gets: the answer, or ``6Cxx`` with the right Le."""


class ContactlessFace(_Part, frozen=True, kw_only=True):
    """How the card shows itself to a contactless reader."""

    generation: Literal["CPS3", "identification"]
    """A CPS3 with its contactless application, or a chip that gives its UID and nothing else."""

    atr: Annotated[Hex, msgspec.Meta(description="answer to reset, as the reader makes it")]
    uid: Annotated[Hex, msgspec.Meta(description="4 or 7 bytes (ISO/IEC 14443-3)")]


class Directory(_Part, frozen=True, kw_only=True, tag_field="kind", tag="DF"):
    """A dedicated file: 3F00, or an application."""

    name: Label
    path: FilePath
    aid: Hex = Hex()
    side: Side = "PKCS#15"
    """3F00 is found by both sides, whatever stands here."""


class DataFile(_Part, frozen=True, kw_only=True, tag_field="kind", tag="EF"):
    """A transparent elementary file; its size is that of its content."""

    name: Label
    path: FilePath
    sfi: Sfi | None = None
    side: Side = "PKCS#15"
    read: Access = "always"
    update: Access = "never"
    contactless: Literal["always", "never"] = "never"
    """Who may read it without contacts, where nobody writes."""

    state: Literal["whole", "corrupt", "invalidated"] = "whole"
    """What the CPS2ter side makes of it: its content, 9240 or 9810."""

    content: Hex


type CardFile = Directory | DataFile


class StoredPin(_Part, frozen=True, kw_only=True):
    """The PIN or the PUK."""

    name: Label
    reference: Reference
    value: Secret
    min_length: PinLength
    max_length: PinLength

    padded: bool = False
    """Whether commands carry the PIN filled up with FF to ``max_length``."""

    max_tries: Tries
    tries_left: Tries

    uses_left: Uses | None = None
    """How many times it may still unblock another PIN; null: without limit."""

    unblocked_by: Reference | None = None
    """Reference of the PUK of this PIN."""


class KeyUses(_Part, frozen=True, kw_only=True):
    """Who may do what with a private key."""

    sign: Access = "never"
    sign_pss: Access = "never"
    authenticate: Access = "never"
    decipher: Access = "never"
    contactless: Literal["always", "never"] = "never"
    """Who may authenticate with it without contacts, where no other use is possible."""


class CardKey(_Part, frozen=True, kw_only=True):
    """An RSA key pair."""

    name: Label
    directory: FilePath
    reference: Reference
    uses: KeyUses
    private_key: Secret
    """PEM, PKCS#8, not encrypted."""


class Environment(_Part, frozen=True, kw_only=True, rename={"pin": "code"}):
    """A security environment: the PIN that it requires."""

    number: Annotated[int, msgspec.Meta(ge=1, le=14)]
    pin: Reference


class Fault(_Part, frozen=True, kw_only=True):
    """Something that is wrong with the card on purpose (`caducee.virtualcard.faults`)."""

    name: FaultName
    after: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 1
    """The command, counted from the insertion, with which the card leaves the reader."""

    delay: Annotated[int, msgspec.Meta(ge=0, le=600_000)] = 1000
    """By how many milliseconds each answer is late."""

    certificates: dict[FilePath, Hex] = {}
    """Certificates that stand in place of the card's own, by file."""


class CardImage(_Part, frozen=True, kw_only=True, rename={"pins": "codes"}):
    """Everything that one card is."""

    format: Literal["caducee card image"] = "caducee card image"
    version: Literal[1] = 1
    name: Label
    contact: ContactFace
    contactless: ContactlessFace | None = None
    pins: tuple[StoredPin, ...]
    environments: tuple[Environment, ...] = ()
    keys: tuple[CardKey, ...] = ()
    files: tuple[CardFile, ...]
    faults: tuple[Fault, ...] | msgspec.UnsetType = msgspec.UNSET
    """Absent on a card without faults."""

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read an image file.

        Raises `StateError`: ``card.image_unreadable``, ``card.image_version``,
        ``card.image_wrong`` (facts: ``place``, ``reason``).
        """
        try:
            with Path(path).open("rb") as file:
                data = file.read(MAX_IMAGE_SIZE + 1)
        except OSError as error:
            reason = error.strerror or str(error)
            raise StateError("card.image_unreadable", path=str(path), reason=reason) from error
        return cls.from_json(data, origin=str(path))

    @classmethod
    def from_json(cls, data: bytes, origin: str = "-") -> Self:
        """Read an image; ``origin`` names it in errors. Raises `StateError` as `load` does."""
        from caducee.virtualcard.image_rules import check

        if len(data) > MAX_IMAGE_SIZE:
            raise StateError(
                "card.image_unreadable", path=origin, reason=f"more than {MAX_IMAGE_SIZE} bytes"
            )
        _check_version(data, origin)
        try:
            image = msgspec.json.decode(data, type=cls, dec_hook=_decode)
        except msgspec.ValidationError as error:
            reason, _, place = str(error).partition(" - at `")
            raise StateError(
                "card.image_wrong", path=origin, place=place.rstrip("`") or "$", reason=reason
            ) from None
        check(image, origin)
        return image

    def to_json(self) -> bytes:
        """Return the image as its file holds it."""
        return msgspec.json.format(msgspec.json.encode(self, enc_hook=_encode), indent=2) + b"\n"

    def save(self, path: Path | str) -> None:
        """Write the image to a file of mode 0600, whole or not at all.

        Raises `StateError`: ``card.image_in_use`` while a card runs on that file,
        ``base.file_unwritable``.
        """
        path = Path(path)
        with lock.held(path):
            write_atomic(path, self.to_json(), keep_owner=True)

    def with_pin(self, pin: StoredPin) -> Self:
        """Return the image with the PIN of the same reference replaced."""
        pins = tuple(pin if item.reference == pin.reference else item for item in self.pins)
        return msgspec.structs.replace(self, pins=pins)

    def with_content(self, index: int, content: bytes) -> Self:
        """Return the image with other content in the data file at ``files[index]``."""
        files = list(self.files)
        files[index] = msgspec.structs.replace(files[index], content=Hex(content))
        return msgspec.structs.replace(self, files=tuple(files))

    def pin(self, reference: int) -> StoredPin | None:
        """Return the PIN of a reference; its bit 8 (global or local) makes no difference."""
        wanted = reference & 0x7F
        return next((item for item in self.pins if item.reference == wanted), None)


class _Head(msgspec.Struct):
    """What says whether the rest can be understood."""

    format: msgspec.Raw = msgspec.Raw(b"null")
    version: msgspec.Raw = msgspec.Raw(b"null")


def _check_version(data: bytes, origin: str) -> None:
    try:
        head = msgspec.json.decode(data, type=_Head)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise StateError(
            "card.image_unreadable", path=origin, reason=_plain_reason(error)
        ) from None
    if bytes(head.format) != b'"caducee card image"':
        raise StateError("card.image_foreign", path=origin)
    if bytes(head.version) != str(VERSION).encode():
        found = bytes(head.version)[:20].decode("ascii", "replace")
        raise StateError("card.image_version", path=origin, found=found, known=VERSION)


def _plain_reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    return str(error)


def _encode(value: object) -> object:
    if isinstance(value, Hex):
        return _write_hex(value)
    if isinstance(value, Secret):
        return value.reveal().decode("ascii")
    raise NotImplementedError(type(value))


def _decode(kind: type, value: object) -> object:
    if kind is Hex:
        return _read_hex(value)
    if kind is Secret:
        if not isinstance(value, str) or not value.isascii() or len(value) > _MAX_KEY_TEXT:
            raise ValueError("Expected ASCII text of at most 4096 characters")
        return Secret.of(value)
    raise NotImplementedError(kind)


def _write_hex(value: bytes) -> str | list[str]:
    lines = [value[at : at + _LINE].hex(" ", -4).upper() for at in range(0, len(value), _LINE)]
    return lines if len(lines) > 1 else "".join(lines)


def _read_hex(value: object) -> Hex:
    lines: list[object] = value if isinstance(value, list) else [value]
    texts = [line for line in lines if isinstance(line, str) and _HEX.fullmatch(line)]
    if len(texts) != len(lines):
        raise ValueError("Expected hex, or lines of hex")
    return Hex(bytes.fromhex("".join(texts)))
