# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The parts of a card image: faces, files, PINs, keys, security environments and faults."""

from typing import Annotated, Literal

import msgspec

from caducee.base.secret import Secret
from caducee.virtualcard.faults.names import FaultName

__all__ = [
    "Access",
    "CardFile",
    "CardKey",
    "ContactFace",
    "ContactlessFace",
    "DataFile",
    "Directory",
    "Fault",
    "Hex",
    "ImagePart",
    "KeyUses",
    "Label",
    "SecurityEnvironment",
    "Side",
    "StoredPin",
]

type Access = Annotated[str, msgspec.Meta(pattern=r"\A(always|never|SE ([1-9]|1[0-4]))\Z")]
"""Access condition: always, never, or the security environment of that number."""

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


class ImagePart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, eq=False):
    """A part of an image: frozen, every key known."""


class ContactFace(ImagePart, frozen=True, kw_only=True):
    """How the card shows itself on its contacts."""

    generation: Literal["CPS3", "CPS4"]
    atr: Annotated[Hex, msgspec.Meta(description="answer to reset")]

    answers: Literal["61xx", "direct"] = "61xx"
    """What a command without Le gets when there are data: ``61xx`` and then GET RESPONSE, as T=0
    has it, or the data at once."""

    wrong_le: Literal["accept", "6Cxx"] = "accept"
    """What a Le larger than the answer gets: the answer, or ``6Cxx`` with the right Le."""


class ContactlessFace(ImagePart, frozen=True, kw_only=True):
    """How the card shows itself to a contactless reader."""

    generation: Literal["CPS3", "identification"]
    """A CPS3 with its contactless application, or a chip that gives its UID and nothing else."""

    atr: Annotated[Hex, msgspec.Meta(description="answer to reset, as the reader makes it")]
    uid: Annotated[Hex, msgspec.Meta(description="4 or 7 bytes (ISO/IEC 14443-3)")]


class Directory(ImagePart, frozen=True, kw_only=True, tag_field="kind", tag="DF"):
    """A dedicated file: 3F00, or an application."""

    name: Label
    path: FilePath
    aid: Hex = Hex()
    side: Side = "PKCS#15"
    """3F00 is found by both sides, whatever stands here."""


class DataFile(ImagePart, frozen=True, kw_only=True, tag_field="kind", tag="EF"):
    """A transparent elementary file; its size is that of its content."""

    name: Label
    path: FilePath
    sfi: Sfi | None = None
    side: Side = "PKCS#15"
    read: Access = "always"
    update: Access = "never"
    contactless: Literal["always", "never"] = "never"
    """Read access without contacts; never written there."""

    state: Literal["whole", "corrupt", "invalidated"] = "whole"
    """What the CPS2ter side makes of it: its content, 9240 or 9810."""

    content: Hex


type CardFile = Directory | DataFile


class StoredPin(ImagePart, frozen=True, kw_only=True):
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


class KeyUses(ImagePart, frozen=True, kw_only=True):
    """Access conditions of a private key."""

    sign: Access = "never"
    sign_pss: Access = "never"
    authenticate: Access = "never"
    decipher: Access = "never"
    contactless: Literal["always", "never"] = "never"
    """Access for authentication without contacts, the only use there."""


class CardKey(ImagePart, frozen=True, kw_only=True):
    """An RSA key pair."""

    name: Label
    directory: FilePath
    reference: Reference
    uses: KeyUses
    private_key: Secret
    """PEM, PKCS#8, not encrypted."""


class SecurityEnvironment(ImagePart, frozen=True, kw_only=True, rename={"pin": "code"}):
    """A security environment: the PIN that it requires."""

    number: Annotated[int, msgspec.Meta(ge=1, le=14)]
    pin: Reference


class Fault(ImagePart, frozen=True, kw_only=True):
    """Something that is wrong with the card on purpose (`caducee.virtualcard.faults`)."""

    name: FaultName
    after: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 1
    """The command, counted from the insertion, with which the card leaves the reader."""

    delay: Annotated[int, msgspec.Meta(ge=0, le=600_000)] = 1000
    """By how many milliseconds each answer is late."""

    certificates: dict[FilePath, Hex] = {}
    """Certificates that stand in place of the card's own, by file."""
