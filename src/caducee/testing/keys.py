# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Keys that are made once for many tests, since making them is the slow part."""

import threading
from collections import defaultdict

from cryptography.hazmat.primitives.asymmetric import rsa

__all__ = ["SharedKeys"]


class SharedKeys:
    """Gives RSA-2048 keys: to each authority its own by name, to cards from a few in turn.

    It serves as the key source of an authority and of cards. Two cards may have the same key:
    for tests only.
    """

    def __init__(self, card_keys: int = 6) -> None:
        self._count = card_keys
        self._ca: dict[str, rsa.RSAPrivateKey] = {}
        self._cards: list[rsa.RSAPrivateKey] = []
        self._turn = 0
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def ca_key(self, name: str) -> rsa.RSAPrivateKey:
        """Return the key of the CA of that common name, the same each time."""
        with self._locks[name]:
            if name not in self._ca:
                self._ca[name] = _key()
            return self._ca[name]

    def card_key(self) -> rsa.RSAPrivateKey:
        """Return the next of a few keys."""
        with self._locks["cards"]:
            if len(self._cards) < self._count:
                self._cards.append(_key())
            self._turn += 1
            return self._cards[self._turn % len(self._cards)]


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)
