# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One card in a file: content, keys and state, as JSON that a person can read.

Bytes are hex in groups of four; keys are PEM; PINs are digits beside their tries. The values are
frozen: a change makes another image, which is written whole or not at all.
"""

import re
from pathlib import Path
from typing import Literal, Self

import msgspec

from caducee.base.errors import StateError
from caducee.base.files import write_atomic
from caducee.base.secret import Secret
from caducee.virtualcard import lock
from caducee.virtualcard.image_parts import (
    CardFile,
    CardKey,
    ContactFace,
    ContactlessFace,
    Fault,
    Hex,
    ImagePart,
    Label,
    SecurityEnvironment,
    StoredPin,
)
from caducee.virtualcard.image_rules import check

__all__ = ["MAX_IMAGE_SIZE", "CardImage"]

VERSION = 1

MAX_IMAGE_SIZE = 1 << 20
"""Bytes of an image file at most; a real card holds less than a tenth of it."""

_MAX_KEY_TEXT = 4096
_LINE = 32
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2} ?)*")


class CardImage(ImagePart, frozen=True, kw_only=True, rename={"pins": "codes"}):
    """Everything that one card is."""

    format: Literal["caducee card image"] = "caducee card image"
    version: Literal[1] = 1
    name: Label
    contact: ContactFace
    contactless: ContactlessFace | None = None
    pins: tuple[StoredPin, ...]
    environments: tuple[SecurityEnvironment, ...] = ()
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
            raise StateError("card.image_unreadable", path=str(path), reason=error) from error
        return cls.from_json(data, origin=str(path))

    @classmethod
    def from_json(cls, data: bytes, origin: str = "-") -> Self:
        """Read an image; ``origin`` names it in errors. Raises `StateError` as `load` does."""
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
