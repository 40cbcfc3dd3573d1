# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Keys ahead of time: from a pool while it lasts, and beside the work that needs them."""

import threading
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa

from caducee.issuance.keys import KeyPool, KeysAhead
from caducee.testing.keys import SharedKeys


class Counted:
    """A source that counts how many keys it was asked for."""

    def __init__(self, keys: SharedKeys) -> None:
        self._keys = keys
        self._lock = threading.Lock()
        self.count = 0

    def card_key(self) -> rsa.RSAPrivateKey:
        with self._lock:
            self.count += 1
        return self._keys.card_key()


def test_keys_ahead_are_not_more_than_will_be_asked_for(keys: SharedKeys) -> None:
    source = Counted(keys)
    with KeysAhead(source, 5, ahead=2) as ahead:
        for _ in range(5):
            assert ahead.card_key()
    assert source.count == 5


def test_one_key_more_than_was_said_is_made_all_the_same(keys: SharedKeys) -> None:
    source = Counted(keys)
    with KeysAhead(source, 1) as ahead:
        assert ahead.card_key() and ahead.card_key()
    assert source.count == 2


def test_a_pool_that_is_empty_gives_fresh_keys(tmp_path: Path) -> None:
    pool = KeyPool(tmp_path / "pool")
    pool.fill(1)
    spare = pool.spare()
    item, other = spare.card_key(), spare.card_key()
    assert len(pool) == 0
    assert item.public_key() != other.public_key()
