# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the commands of a card work on: the image, its files and keys, and the session."""

from collections.abc import Callable

from caducee.base.errors import StateError
from caducee.codec.apdu import CommandApdu
from caducee.spec.status import StatusWord
from caducee.virtualcard.access import AccessRules
from caducee.virtualcard.crypto.rsa_key import PrivateKey
from caducee.virtualcard.filesystem import FileNode, FileSystem
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import CardKey, DataFile, Side, StoredPin
from caducee.virtualcard.session import ChipSession
from caducee.virtualcard.status_error import Answer, StatusWordError
from caducee.virtualcard.store import SharedImage, Store
from caducee.virtualcard.view import View, view_of

__all__ = ["Core", "Handler", "LoadedKey"]


class LoadedKey:
    """A key of the image, ready for use."""

    def __init__(self, entry: CardKey, view: View) -> None:
        self.uses = view.uses(entry.uses)
        self.private = PrivateKey.from_pem(entry.private_key.reveal())


class Core:
    """The state of a running card, seen from one face."""

    def __init__(self, store: Store, face: str, random: Callable[[int], bytes]) -> None:
        self._store = store
        self._shared = SharedImage.of(store)
        self.random = random
        self.lock = self._shared.lock
        self.view = view_of(self.image, face)
        self.files = FileSystem(self.image, self.view, "PKCS#15")
        self.cps2ter_files = FileSystem(self.image, self.view, "CPS2ter")
        self.rules = AccessRules(self.image.environments if self.view.has_pins else ())
        self._keys = {
            (key.directory, key.reference): LoadedKey(key, self.view)
            for key in self.image.keys
            if self.view.has_key(key)
        }
        self.reset()

    @property
    def image(self) -> CardImage:
        """The image as it is now."""
        return self._shared.image

    def reset(self) -> None:
        """Forget everything but the image."""
        self.session = ChipSession(self.files.root, self.cps2ter_files.root)

    def has_side(self, side: Side) -> bool:
        """Say whether any file but 3F00 belongs to a side."""
        return bool((self.cps2ter_files if side == "CPS2ter" else self.files).root.children)

    def keep(self, image: CardImage) -> None:
        """Write an image, and go on with it only when it is written.

        Raises `StatusWordError` (6581) when it cannot be written; the card then goes on with what
        the store holds, which may be either image.
        """
        try:
            self._store.save(image)
        except StateError:
            self._reload()
            raise StatusWordError(StatusWord.MEMORY_FAILURE) from None
        self._shared.image = image

    def _reload(self) -> None:
        try:
            self._shared.image = self._store.load()
        except StateError:
            return

    def allows(self, access: str) -> bool:
        """Say whether an access rule is met now."""
        return self.rules.allow(access, self.session.verified)

    def require(self, access: str) -> None:
        """Raise `StatusWordError` (6982) unless an access rule is met."""
        if not self.allows(access):
            raise StatusWordError(StatusWord.SECURITY_NOT_SATISFIED)

    def data_file(self, node: FileNode) -> DataFile:
        """Return a data file with its present content."""
        file = self.image.files[node.index]
        assert isinstance(file, DataFile)  # noqa: S101 (callers give no directory)
        return file

    def pin(self, reference: int) -> StoredPin | None:
        """Return a PIN that this face has."""
        return self.image.pin(reference) if self.view.has_pins else None

    def key(self, reference: int) -> LoadedKey | None:
        """Return a key of the current DF; bit 8 of the reference makes no difference.

        Middlewares write the same reference with and without the bit that says "local"
        (card bytes, found by trial).
        """
        return self._keys.get((self.session.directory.path, reference & 0x7F))

    def any_key(self, reference: int) -> LoadedKey | None:
        """Return a key of a reference wherever it stands, for cards whose keys are in no DF."""
        return next((key for (_, item), key in self._keys.items() if item == reference), None)


type Handler = Callable[[Core, CommandApdu], Answer]
