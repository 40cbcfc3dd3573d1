# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Short-lived state that processes share: sessions, used nonces, grants, attempt counters.

One protocol (`Store`), four homes: the memory of a process, a SQLite file, PostgreSQL, Valkey.
What is lost means "log in again", never a second use.
"""

from caducee.store.memory import MemoryStore
from caducee.store.model import MAX_VALUE, Store
from caducee.store.opening import open_store

__all__ = ["MAX_VALUE", "MemoryStore", "Store", "open_store"]
