# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Which store a URL names."""

from urllib.parse import urlsplit

from caducee.base.clock import Clock
from caducee.base.errors import ConfigError
from caducee.store.memory import MemoryStore
from caducee.store.model import Store

__all__ = ["open_store"]


def open_store(url: str, clock: Clock) -> Store:
    """Open the store that a URL names.

    ``memory:``, ``sqlite:///state.db``, ``postgresql://user@host/name``, ``valkey://host:6379/0``,
    ``valkeys://…`` (TLS) or ``unix:///run/valkey.sock`` (Valkey). Raises `ConfigError`
    (``store.url_unknown``) and `StateError` (``store.unavailable``).
    """
    scheme = urlsplit(url).scheme.partition("+")[0]  # a driver, as SQLAlchemy writes it
    if scheme == "memory":
        return MemoryStore(clock)
    if scheme in ("sqlite", "postgresql"):
        from caducee.store.database import DatabaseStore

        return DatabaseStore(url, clock)
    if scheme in ("valkey", "valkeys", "unix"):
        from caducee.store.valkey import ValkeyStore

        return ValkeyStore(url, clock)
    raise ConfigError("store.url_unknown", scheme=scheme or "-")
