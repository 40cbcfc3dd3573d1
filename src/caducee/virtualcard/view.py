# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What one face of a card lets be seen: its answer to reset, its access rules, PINs and keys."""

from typing import Protocol

from caducee.base.errors import StateError
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import Access, CardKey, DataFile, KeyUses

__all__ = ["ContactView", "ContactlessView", "View", "view_of"]


class View(Protocol):
    """One face of an image; it never changes while the card runs."""

    name: str
    """Which commands it has: a key of `faces.FACES`."""

    atr: bytes
    uid: bytes
    """Empty for contacts."""

    direct: bool
    """Whether a command without Le gets its data at once."""

    strict_le: bool
    """Whether a Le larger than the answer gets ``6Cxx``."""

    has_pins: bool

    def read(self, file: DataFile) -> Access:
        """Say who may read a file."""

    def update(self, file: DataFile) -> Access:
        """Say who may write a file."""

    def has_key(self, key: CardKey) -> bool:
        """Say whether a key can be named."""

    def uses(self, uses: KeyUses) -> KeyUses:
        """Say who may do what with a key."""


class ContactView:
    """The contacts."""

    has_pins = True
    uid = b""

    def __init__(self, image: CardImage) -> None:
        face = image.contact
        self.name = f"{face.generation} contact"
        self.atr = bytes(face.atr)
        self.direct = face.answers == "direct"
        self.strict_le = face.wrong_le == "6Cxx"

    def read(self, file: DataFile) -> Access:
        """Say who may read a file."""
        return file.read

    def update(self, file: DataFile) -> Access:
        """Say who may write a file."""
        return file.update

    def has_key(self, key: CardKey) -> bool:
        """Say that every key can be named."""
        return True

    def uses(self, uses: KeyUses) -> KeyUses:
        """Say who may do what with a key."""
        return uses


class ContactlessView:
    """The antenna: no PIN, nothing to write, and what is marked for it to read and use."""

    has_pins = False
    direct = True
    strict_le = False

    def __init__(self, image: CardImage) -> None:
        face = image.contactless
        if face is None:
            raise StateError("card.face_absent", card=image.name, face="contactless")
        self.name = f"{face.generation} contactless"
        self.atr = bytes(face.atr)
        self.uid = bytes(face.uid)

    def read(self, file: DataFile) -> Access:
        """Say who may read a file."""
        return file.contactless

    def update(self, file: DataFile) -> Access:
        """Refuse every write."""
        return "never"

    def has_key(self, key: CardKey) -> bool:
        """Say whether a key is there for this face."""
        return key.uses.contactless == "always"

    def uses(self, uses: KeyUses) -> KeyUses:
        """Say that a key authenticates and does nothing else."""
        return KeyUses(authenticate=uses.contactless)


def view_of(image: CardImage, face: str) -> View:
    """Return a face of an image: ``contact`` or ``contactless``.

    Raises `StateError` (``card.face_absent``) for a face that the card has not.
    """
    if face == "contact":
        return ContactView(image)
    if face == "contactless":
        return ContactlessView(image)
    raise StateError("card.face_absent", card=image.name, face=face)
