# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Where a running card keeps its image.

One store may serve two cards, which are then two faces of one: a contact and a contactless reader
that hold the same card give both the same store object. Whatever one face changes, the other has.
"""

import re
import threading
from contextlib import suppress
from pathlib import Path
from typing import Protocol
from weakref import WeakKeyDictionary

from caducee.base.closing import Closing
from caducee.base.errors import StateError
from caducee.base.files import write_atomic
from caducee.virtualcard import lock
from caducee.virtualcard.image import CardImage

__all__ = ["FileStore", "MemoryStore", "SharedImage", "Store"]


class Store(Protocol):
    """What a card reads its image from and writes it to."""

    def load(self) -> CardImage:
        """Return the image. Raises `StateError` when it cannot be used."""

    def save(self, image: CardImage) -> None:
        """Keep an image for good before returning. Raises `StateError` when it cannot."""


class SharedImage:
    """The image of a store as its cards have it now, and the lock that each command holds."""

    def __init__(self, image: CardImage) -> None:
        self.lock = threading.RLock()
        self.image = image

    @classmethod
    def of(cls, store: Store) -> "SharedImage":
        """Load the image of a store, and return what all cards on this store share.

        Raises `StateError` when the image cannot be used.
        """
        with _SHARING:
            shared = _SHARED.get(store)
            if shared is None:
                shared = _SHARED[store] = cls(store.load())
                return shared
        with shared.lock:
            shared.image = store.load()
        return shared


_SHARING = threading.Lock()
_SHARED: WeakKeyDictionary[Store, SharedImage] = WeakKeyDictionary()


class MemoryStore:
    """Keeps the image in memory: nothing outlives the process."""

    def __init__(self, image: CardImage) -> None:
        self.image = image

    def load(self) -> CardImage:
        """Return the image kept last."""
        return self.image

    def save(self, image: CardImage) -> None:
        """Keep an image."""
        self.image = image


class FileStore(Closing):
    """Keeps the image in a file, which no other process can run meanwhile.

    The same process opens a file once, and gives the store to each face of the card.

    Raises `StateError`: ``card.image_in_use``, ``card.image_unreadable``.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._lock: int | None = lock.acquire(self.path)
        self._sweep()

    def _sweep(self) -> None:
        """Remove half-written files that a killed process left: they hold keys and PINs."""
        half_written = re.compile(rf"\.{re.escape(self.path.name)}\.[a-z0-9_]{{8}}")
        for place in self.path.parent.glob(".*"):
            if half_written.fullmatch(place.name):
                with suppress(OSError):
                    place.unlink()

    def load(self) -> CardImage:
        """Return the image in the file. Raises `StateError` as `CardImage.load` does."""
        return CardImage.load(self.path)

    def save(self, image: CardImage) -> None:
        """Replace the file; it stays its owner's, also when root runs the card.

        Raises `StateError`: ``base.file_unwritable``, ``card.store_closed``.
        """
        if self._lock is None:
            raise StateError("card.store_closed", path=str(self.path))
        write_atomic(self.path, image.to_json(), keep_owner=True)

    def close(self) -> None:
        """Let another process run the card."""
        if self._lock is not None:
            lock.release(self._lock, self.path)
            self._lock = None
