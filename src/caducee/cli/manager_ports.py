# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the card manager reaches on this machine."""

from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

from caducee.reader.cancelling import CancellableReader, CancelToken, named

if TYPE_CHECKING:
    from caducee.cryptolib import CpsCard, PublicDataCache
    from caducee.cryptolib.daemon.places import Places
    from caducee.cryptolib.daemon.settings import ReaderSettings
    from caducee.reader.transport import ReaderContext

__all__ = ["MachineCards"]


class MachineCards:
    """The readers that the Cryptolib's settings name, with its cache."""

    def __init__(self, settings: "ReaderSettings") -> None:
        self._settings = settings
        self._lock = Lock()

    @cached_property
    def _places(self) -> "Places":
        from caducee.cryptolib.daemon.places import open_places

        return open_places(self._settings)

    @cached_property
    def _cache(self) -> "PublicDataCache":
        from caducee.cryptolib import PublicDataCache

        return PublicDataCache()

    def readers(self) -> "ReaderContext":
        """Return the readers to watch."""
        with self._lock:
            return self._places

    def open(
        self, reader: str, token: CancelToken | None = None, *, unfinished: bool = False
    ) -> "CpsCard":
        """Open the card in a reader."""
        from caducee.cryptolib import open_card

        found = named(self.readers().readers(), reader)
        chosen = found if token is None else CancellableReader(found, token)
        with self._lock:
            cache = self._cache
        return open_card(chosen, cache=cache, unfinished=unfinished)

    def close(self) -> None:
        """Give the readers up."""
        if "_places" in self.__dict__:
            self._places.close()
