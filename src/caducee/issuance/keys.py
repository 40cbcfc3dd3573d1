# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the keys of cards come from: made at once, or taken from a pool made before."""

import os
import secrets
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Protocol, Self

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from caducee.base.errors import IssueError, StateError
from caducee.base.files import write_atomic
from caducee.spec.cards import CARD_EXPONENT, CARD_KEY_BITS

__all__ = ["CardKeySource", "FreshCardKeys", "KeyPool", "KeysAhead", "SpareKeys"]


class CardKeySource(Protocol):
    """Gives the keys of new cards. May be asked by several threads at once."""

    def card_key(self) -> rsa.RSAPrivateKey:
        """Return an RSA-2048 key that no other card has."""


class FreshCardKeys:
    """Makes each key when it is asked for."""

    def card_key(self) -> rsa.RSAPrivateKey:
        """Return a new key; this takes some hundredths of a second."""
        return rsa.generate_private_key(CARD_EXPONENT, CARD_KEY_BITS)


class KeyPool:
    """A folder of keys made in advance, one PKCS#8 file (0600) each.

    A key belongs to whoever removes its file: two processes never get the same, and a kill loses a
    key but never gives one twice.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: list[str] = []

    def __len__(self) -> int:
        return sum(1 for _ in self._folder.glob("*.key"))

    def fill(self, count: int) -> None:
        """Make keys until the pool holds ``count``, on all cores."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            list(threads.map(self._add, range(count - len(self))))

    def card_key(self) -> rsa.RSAPrivateKey:
        """Take a key. Raises `IssueError` (``issuance.pool_empty``)."""
        while True:
            path = self._next()
            try:
                data = path.read_bytes()
                path.unlink()
            except FileNotFoundError:
                continue  # another process took this one first
            except OSError as error:
                raise StateError("issuance.pool_unusable", path=str(path), reason=error) from error
            return _load(path, data)

    def spare(self) -> "SpareKeys":
        """Return a source that takes from the pool, and makes keys when the pool is empty."""
        return SpareKeys(self)

    def _next(self) -> Path:
        try:
            return self._folder / self._names.pop()
        except IndexError:
            pass
        try:
            names = [item.name for item in os.scandir(self._folder) if item.name.endswith(".key")]
        except OSError:
            names = []
        if not names:
            raise IssueError("issuance.pool_empty", path=str(self._folder))
        last = names.pop()
        self._names.extend(names)
        return self._folder / last

    def _add(self, _: int) -> None:
        key = FreshCardKeys().card_key()
        data = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        write_atomic(self._folder / f"{secrets.token_hex(16)}.key", data)


class SpareKeys:
    """Takes keys from a pool while it has any, and makes them afterwards."""

    def __init__(self, pool: KeyPool) -> None:
        self._pool = pool
        self._fresh = FreshCardKeys()

    def card_key(self) -> rsa.RSAPrivateKey:
        """Return a key that no other card has. Raises `StateError` (``issuance.pool_unusable``)."""
        try:
            return self._pool.card_key()
        except IssueError:
            return self._fresh.card_key()


class KeysAhead:
    """Has another source make keys before they are asked for, on all cores.

    So the cores do not wait while what was made is recorded. ``count``: how many will be asked
    for; ``ahead``: how many wait at most. A context manager.
    """

    def __init__(self, source: CardKeySource, count: int, *, ahead: int = 64) -> None:
        self._source = source
        self._left = count
        self._threads = ThreadPoolExecutor(os.cpu_count())
        self._lock = threading.Lock()
        self._running: deque[Future[rsa.RSAPrivateKey]] = deque()
        for _ in range(min(count, ahead)):
            self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(cancel_futures=True)

    def card_key(self) -> rsa.RSAPrivateKey:
        """Return the next key, when it is made."""
        with self._lock:
            if not self._running:
                self._left = max(self._left, 1)
                self._start()
            found = self._running.popleft()
            self._start()
        return found.result()

    def _start(self) -> None:
        if self._left > 0:
            self._left -= 1
            self._running.append(self._threads.submit(self._source.card_key))


def _load(path: Path, data: bytes) -> rsa.RSAPrivateKey:
    try:
        # Made by this class and checked then; the checks would take ten times the signatures.
        key = load_der_private_key(data, None, unsafe_skip_rsa_key_validation=True)
    except ValueError as error:
        raise StateError("issuance.pool_unusable", path=str(path), reason="no key") from error
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size != CARD_KEY_BITS:
        raise StateError("issuance.pool_unusable", path=str(path), reason="wrong kind of key")
    return key
