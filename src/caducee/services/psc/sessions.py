# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Sessions of browsers at the provider: four hours at most, or thirty minutes without use.

A session has a name (``sid``) that every client sees, and a secret that its browser alone has; the
store keeps the hash of the secret. A client that renews its tokens uses the session, too. The
list of a holder's sessions lets the holder end them all.
"""

import hashlib
import hmac
import secrets
import uuid
from typing import Final

import msgspec

from caducee.base.clock import Clock
from caducee.services.psc.logins import Login
from caducee.spec import psc
from caducee.store.model import Store

__all__ = ["Session", "Sessions"]

_SECRET_BYTES: Final = 32
_LONGEST: Final = 200


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A login that goes on."""

    login: Login
    secret_sha256: str


class Sessions:
    """Sessions in a store that processes share; every method raises `StateError` as `Store`."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def begin(self, login: Login) -> tuple[Login, str]:
        """Begin a session; return its login, now with its ``sid``, and the value of the cookie.

        Name and secret are always new: none that a browser brought is taken over.
        """
        login = msgspec.structs.replace(login, sid=str(uuid.uuid4()))
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        session = Session(login=login, secret_sha256=_hash(secret))
        self._store.put(_key(login.sid), msgspec.json.encode(session), self._seconds(login))
        self._list(login.ps_idnat, login.sid)
        return login, f"{login.sid}.{secret}"

    def of_cookie(self, cookie: str) -> Login | None:
        """Return the login of a browser's session, which counts as use; none when it ended."""
        sid, _, secret = cookie[:_LONGEST].partition(".")
        session = self._find(sid)
        if session is None or not hmac.compare_digest(_hash(secret), session.secret_sha256):
            return None
        return session.login if self.use(sid) else None

    def use(self, sid: str) -> bool:
        """Let a session go on for its time without use; false when it has ended."""
        session = self._find(sid)
        if session is None:
            return False
        return self._store.expire(_key(sid), self._seconds(session.login))

    def goes_on(self, sid: str) -> bool:
        """Tell whether a session has not ended, without counting as use."""
        return self._find(sid) is not None

    def end(self, sid: str) -> None:
        """End a session, and with it every token that it gave."""
        self._store.take(_key(sid))

    def of_holder(self, ps_idnat: str) -> list[Login]:
        """Return the logins of a holder's sessions that go on, oldest first."""
        found = [self._find(sid) for sid in self._listed(ps_idnat)[1]]
        return [session.login for session in found if session]

    def end_all(self, ps_idnat: str) -> int:
        """End every session of a holder and return how many went on."""
        logins = self.of_holder(ps_idnat)
        for login in logins:
            self.end(login.sid)
        return len(logins)

    def _find(self, sid: str) -> Session | None:
        found = self._store.get(_key(sid))
        session = msgspec.json.decode(found, type=Session) if found else None
        return session if session and self._seconds(session.login) > 0 else None

    def _seconds(self, login: Login) -> float:
        """Return how long a session lives without further use."""
        ends = login.auth_time + psc.SESSION_SECONDS
        return min(psc.SESSION_IDLE_SECONDS, ends - self._clock.now().timestamp())

    def _list(self, ps_idnat: str, sid: str) -> None:
        """Add a session to the list of its holder, which forgets those that ended."""
        added = False
        while not added:
            before, listed = self._listed(ps_idnat)
            after = msgspec.json.encode([*filter(self.goes_on, listed), sid])
            key, seconds = _list_key(ps_idnat), psc.SESSION_SECONDS
            if before is None:
                added = self._store.put(key, after, seconds)
            else:
                added = self._store.replace(key, before, after, seconds)

    def _listed(self, ps_idnat: str) -> tuple[bytes | None, list[str]]:
        found = self._store.get(_list_key(ps_idnat))
        return found, msgspec.json.decode(found, type=list[str]) if found else []


def _key(sid: str) -> str:
    return f"session:{sid}"


def _list_key(ps_idnat: str) -> str:
    return f"sessions:{ps_idnat}"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
