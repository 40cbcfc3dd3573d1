# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the commands of a card work on: the image, its files and keys, and the session."""

from collections.abc import Callable

from caducee.base.errors import StateError
from caducee.codec.apdu import CommandApdu
from caducee.spec.status import StatusWord
from caducee.virtualcard.access import AccessRules
from caducee.virtualcard.crypto.rsa_key import PrivateKey
from caducee.virtualcard.filesystem import FileSystem, Node
from caducee.virtualcard.image import CardImage, CardKey, DataFile
from caducee.virtualcard.refusal import Answer, Refused
from caducee.virtualcard.session import Session
from caducee.virtualcard.store import Store

__all__ = ["Core", "Handler", "LoadedKey"]


class LoadedKey:
    """A key of the image, ready for use."""

    def __init__(self, entry: CardKey) -> None:
        self.uses = entry.uses
        self.private = PrivateKey.from_pem(entry.private_key.reveal())


class Core:
    """The state of a running card."""

    def __init__(self, store: Store, random: Callable[[int], bytes]) -> None:
        self._store = store
        self.random = random
        self.image: CardImage = store.load()
        self.files = FileSystem(self.image)
        self.rules = AccessRules(self.image.environments)
        self._keys = {(one.directory, one.reference): LoadedKey(one) for one in self.image.keys}
        self.session = Session(self.files.root)

    def reset(self) -> None:
        """Forget everything but the image."""
        self.session = Session(self.files.root)

    def keep(self, image: CardImage) -> None:
        """Write an image, and go on with it only when it is written.

        Raises `Refused` (6581) when it cannot be written; the card then goes on with whatever
        the store holds, which may be either image.
        """
        try:
            self._store.save(image)
        except StateError:
            self._reload()
            raise Refused(StatusWord.MEMORY_FAILURE) from None
        self.image = image

    def _reload(self) -> None:
        try:
            self.image = self._store.load()
        except StateError:
            return

    def allows(self, access: str) -> bool:
        """Say whether an access rule is met now."""
        return self.rules.allow(access, self.session.verified)

    def require(self, access: str) -> None:
        """Raise `Refused` (6982) unless an access rule is met."""
        if not self.allows(access):
            raise Refused(StatusWord.SECURITY_NOT_SATISFIED)

    def data_file(self, node: Node) -> DataFile:
        """Return a data file with its present content."""
        file = self.image.files[node.index]
        assert isinstance(file, DataFile)  # noqa: S101 (callers give no directory)
        return file

    def key(self, reference: int) -> LoadedKey | None:
        """Return a key of the current DF; bit 8 of the reference makes no difference.

        Middlewares write the same reference with and without the bit that says "local"
        (card bytes, found by trial).
        """
        return self._keys.get((self.session.directory.path, reference & 0x7F))


type Handler = Callable[[Core, CommandApdu], Answer]
