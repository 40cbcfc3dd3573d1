# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A store that applies the faults of its image, and can set and clear them."""

import threading

import msgspec

from caducee.virtualcard.faults.content import active, carried, shown
from caducee.virtualcard.faults.pins import settled
from caducee.virtualcard.faults.switch import FaultRequest, FaultRequests, done
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import Fault
from caducee.virtualcard.store import FileStore, Store

__all__ = ["FaultStore"]


class FaultStore:
    """Stands between a card and its store; the two faces of one card share it.

    Raises `StateError` when the image cannot be used.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._requests = FaultRequests(store.path) if isinstance(store, FileStore) else None
        self.lock = threading.RLock()
        """Held for the length of a command, so that the switch turns between two of them."""

        self.turns = 0
        """How often the switch was turned."""

        self.changes = 0
        """How often a turn changed what the card holds."""

        self._true = store.load()
        self._shown = shown(self._true)
        self._become(settled(self._true))
        self.refresh()

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults that the card has now."""
        return active(self._true)

    def load(self) -> CardImage:
        """Return the image as its faults make it appear."""
        with self.lock:
            self._true = self._store.load()
            self._shown = shown(self._true)
            return self._shown

    def save(self, image: CardImage) -> None:
        """Keep what the card changed; the image in the store stays without the faults' doing."""
        with self.lock:
            whole = carried(self._true, self._shown, image)
            self._store.save(whole)
            self._true, self._shown = whole, image

    def refresh(self) -> None:
        """Do what was asked for beside the image since."""
        if self._requests is not None:
            self._requests.take(self._do)

    def switch(self, fault: Fault | None) -> None:
        """Give the card a fault, or take all its faults away; raises as the store's ``save``."""
        self._do([FaultRequest(fault)])

    def _do(self, requests: list[FaultRequest]) -> None:
        with self.lock:
            self._become(done(self._true, requests))
            self.turns += 1

    def _become(self, image: CardImage) -> None:
        if image is self._true:
            return
        self._store.save(image)
        before, after = self._shown, shown(image)
        self._true, self._shown = image, after
        self.changes += _content(before) != _content(after)


def _content(image: CardImage) -> bytes:
    return msgspec.structs.replace(image, faults=msgspec.UNSET).to_json()
