# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What is kept of a login while it lasts, and where: in memory here, elsewhere by whoever runs
several processes.
"""

import datetime as dt
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

from caducee.relying.session_policy import Proofs
from caducee.relying.verdict import Verdict

__all__ = ["LoginSession", "MemorySessions", "SessionStore"]


@dataclass(frozen=True, slots=True)
class LoginSession:
    """One login, as long as it lasts."""

    key: str
    """SHA-256 of the cookie, hexadecimal: who reads the store cannot forge the cookie."""
    verdict: Verdict
    fingerprint: str | None
    """SHA-256 of the client certificate that it is bound to; none for a login by token."""
    connection: str | None
    """The connection it was opened on; none for a login by token."""
    opened: dt.datetime
    used: dt.datetime
    others: tuple[str, ...] = ()
    """Other connections that it was used on, the last ones; a logout closes them too."""
    activity: str | None = None
    """The key of the activity that the holder chose."""
    proofs: Proofs | None = None
    """When its card proved itself, and what follows from that; none: at the opening alone."""

    @property
    def known(self) -> Proofs:
        """When its card proved itself."""
        return self.proofs or Proofs(self.opened, by_token=self.fingerprint is None)


class SessionStore(Protocol):
    """Where sessions and logged-out connections are kept; each method is atomic."""

    def put(self, session: LoginSession) -> None:
        """Keep a new session."""

    def replace(self, before: LoginSession, after: LoginSession) -> bool:
        """Keep a session in place of ``before``; false when that is not what is kept."""

    def get(self, key: str) -> LoginSession | None:
        """Return a session, or none."""

    def remove(self, key: str) -> LoginSession | None:
        """Forget a session, and return it when there was one."""

    def close_connection(self, connection: str) -> None:
        """Remember that a connection was logged out."""

    def connection_closed(self, connection: str) -> bool:
        """Tell whether a connection was logged out."""

    def close_proofs(self, fingerprint: str, until: dt.datetime) -> None:
        """Remember that a certificate was logged out at a moment."""

    def proofs_closed(self, fingerprint: str) -> dt.datetime | None:
        """Return when a certificate was last logged out; none when that is not known."""


class MemorySessions:
    """Sessions in the memory of one process, bounded; the longest unused go first."""

    def __init__(self, limit: int = 100_000, connections: int = 100_000) -> None:
        self._limit = limit
        self._connection_limit = connections
        self._sessions: OrderedDict[str, LoginSession] = OrderedDict()
        self._closed: OrderedDict[str, None] = OrderedDict()
        self._ended: OrderedDict[str, dt.datetime] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, session: LoginSession) -> None:
        """Keep a new session."""
        with self._lock:
            self._sessions[session.key] = session
            while len(self._sessions) > self._limit:
                self._sessions.popitem(last=False)

    def replace(self, before: LoginSession, after: LoginSession) -> bool:
        """Keep a session in place of ``before``; false when that is not what is kept."""
        with self._lock:
            if self._sessions.get(before.key) is not before:
                return False
            self._sessions[after.key] = after
            self._sessions.move_to_end(after.key)
            return True

    def get(self, key: str) -> LoginSession | None:
        """Return a session, or none."""
        with self._lock:
            return self._sessions.get(key)

    def remove(self, key: str) -> LoginSession | None:
        """Forget a session."""
        with self._lock:
            return self._sessions.pop(key, None)

    def close_connection(self, connection: str) -> None:
        """Remember that a connection was logged out."""
        with self._lock:
            self._closed[connection] = None
            while len(self._closed) > self._connection_limit:
                self._closed.popitem(last=False)

    def connection_closed(self, connection: str) -> bool:
        """Tell whether a connection was logged out."""
        with self._lock:
            return connection in self._closed

    def close_proofs(self, fingerprint: str, until: dt.datetime) -> None:
        """Remember that a certificate was logged out at a moment."""
        with self._lock:
            self._ended[fingerprint] = until
            self._ended.move_to_end(fingerprint)
            while len(self._ended) > self._connection_limit:
                self._ended.popitem(last=False)

    def proofs_closed(self, fingerprint: str) -> dt.datetime | None:
        """Return when a certificate was last logged out."""
        with self._lock:
            return self._ended.get(fingerprint)
