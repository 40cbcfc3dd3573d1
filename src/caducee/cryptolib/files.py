# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The files of one card: from the cache when the card confirmed it, else from the card.

The cache is believed when EF_ACTUA is what it was, and the last bytes of a certificate, which are
the end of a signature over it, are what they were. Both are read on the card at every opening.
"""

import hmac
import logging

from caducee.base.errors import CardError
from caducee.cryptolib.cache import CachedCard, PublicDataCache
from caducee.cryptolib.driver import Driver
from caducee.cryptolib.layout import Layout
from caducee.cryptolib.model import CardIdentity, KeyUse

__all__ = ["CardFiles"]

_log = logging.getLogger(__name__)

_CHECKED = 16
"""How many bytes of a certificate confirm the cache."""


class CardFiles:
    """Reads files of a card once. The caller holds a transaction around every method."""

    def __init__(
        self, driver: Driver, identity: CardIdentity, cache: PublicDataCache | None
    ) -> None:
        self._driver = driver
        self._identity = identity
        self._cache = cache
        self._actuality: bytes | None = None
        self._known: dict[bytes, bytes] = {}
        self._kept = 0
        """How many files the cache holds."""

    @property
    def actuality(self) -> bytes | None:
        """EF_ACTUA at the opening; None for a face without one."""
        return self._actuality

    def open(self, actuality: bytes | None) -> Layout:
        """Compare the cache with the card, and return the layout."""
        self._actuality = actuality
        self._known = self._believed()
        self._kept = len(self._known)
        try:
            return self._driver.layout(self.structure)
        except CardError:
            if not self._kept:
                raise
        # Files that passed every check and still make no sense are not worth keeping.
        self._forget()
        return self._driver.layout(self.structure)

    def structure(self, path: bytes) -> bytes:
        """Return a directory file."""
        return self._read(path, one_object=False)

    def certificate(self, path: bytes) -> bytes:
        """Return the first data object of a certificate file."""
        return self._read(path, one_object=True)

    def public(self, path: bytes, layout: Layout) -> bytes:
        """Return the file of a data object; only what a cache may keep is kept, here as there."""
        if layout.is_public(path):
            return self._read(path, one_object=False)
        return self._driver.read(path)

    def save(self, layout: Layout) -> None:
        """Bring the cache up to date, once there is a certificate that can confirm it."""
        if self._cache is None or len(self._known) == self._kept:
            return
        check = self._check_path(layout)
        if check is None:
            return
        kept = CachedCard(
            icc=self._identity.icc,
            face=self._identity.face.value,
            atr=self._identity.atr,
            actuality=self._actuality,
            check_path=check,
            files=dict(self._known),
        )
        self._cache.store(kept, self._identity)
        self._kept = len(self._known)

    def _read(self, path: bytes, *, one_object: bool) -> bytes:
        found = self._known.get(path)
        if found is None:
            found = self._driver.read(path, one_object=one_object)
            self._known[path] = found
        return found

    def _check_path(self, layout: Layout) -> bytes | None:
        for use in KeyUse:
            try:
                path = layout.absolute(layout.certificate(use).path)
            except CardError:
                continue
            if len(self._known.get(path, b"")) >= _CHECKED:
                return path
        return None

    def _believed(self) -> dict[bytes, bytes]:
        """Return the files of the cache, when the card confirms them."""
        found = self._cache.load(self._identity) if self._cache is not None else None
        if found is None:
            return {}
        if found.actuality == self._actuality and self._confirmed(found):
            return dict(found.files)
        _log.info("the card changed since its data were cached; they are read again")
        self._forget()
        return {}

    def _confirmed(self, cached: CachedCard) -> bool:
        content = cached.files.get(cached.check_path, b"")
        if len(content) < _CHECKED:
            return False
        offset = len(content) - _CHECKED
        try:
            present = self._driver.read_part(cached.check_path, offset, _CHECKED)
        except CardError:
            return False
        return hmac.compare_digest(present, content[offset:])

    def _forget(self) -> None:
        self._known = {}
        self._kept = 0
        if self._cache is not None:
            self._cache.drop(self._identity)
