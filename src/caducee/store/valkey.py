# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A store in Valkey (or a server of the same protocol): scripts that the server runs whole.

A value is kept behind the moment at which it ends by the store's clock, twenty digits; the
server's own expiry only tidies up, a minute later. A code that was taken stays taken after a crash
only with ``appendonly yes`` and ``appendfsync always``.
"""

from typing import Any, Final, Self

from caducee.base.clock import Clock
from caducee.store.model import Moments, bounded, reported

__all__ = ["ValkeyStore"]

_SECONDS: Final = 30
_MARGIN: Final = 60.0
_DIGITS: Final = 20
_PREFIX: Final = "caducee:"

# ARGV[1] is the present moment, ARGV[2] the one at which it ends, ARGV[3] milliseconds to keep it.
# Moments of equal length compare as text.
_ALIVE: Final = """
local kept = redis.call('GET', KEYS[1])
local alive = kept and string.sub(kept, 1, 20) > ARGV[1]
"""
_PUT: Final = (
    _ALIVE
    + """
if alive then return 0 end
redis.call('SET', KEYS[1], ARGV[2] .. ARGV[4], 'PX', ARGV[3])
return 1
"""
)
_GET: Final = (
    _ALIVE
    + """
return alive and string.sub(kept, 21)
"""
)
_TAKE: Final = (
    _ALIVE
    + """
redis.call('DEL', KEYS[1])
return alive and string.sub(kept, 21)
"""
)
_REPLACE: Final = (
    _ALIVE
    + """
if not alive or string.sub(kept, 21) ~= ARGV[4] then return 0 end
redis.call('SET', KEYS[1], ARGV[2] .. ARGV[5], 'PX', ARGV[3])
return 1
"""
)
_EXPIRE: Final = (
    _ALIVE
    + """
if not alive then return 0 end
redis.call('SET', KEYS[1], ARGV[2] .. string.sub(kept, 21), 'PX', ARGV[3])
return 1
"""
)
_COUNT: Final = (
    _ALIVE
    + """
local number = ARGV[4] + (alive and tonumber(string.sub(kept, 21)) or 0)
local written = (alive and string.sub(kept, 1, 20) or ARGV[2]) .. string.format('%.0f', number)
if alive then redis.call('SET', KEYS[1], written, 'KEEPTTL')
else redis.call('SET', KEYS[1], written, 'PX', ARGV[3]) end
return number
"""
)


class ValkeyStore:
    """See `caducee.store.model.Store`; opened by `caducee.store.open_store`."""

    def __init__(self, url: str, clock: Clock) -> None:
        import valkey

        self._moments = Moments(clock)
        self._failures = (valkey.exceptions.ValkeyError, OSError)
        with reported(*self._failures):
            # The library types its commands for two kinds of clients at once, and not all of them.
            self._client: Any = valkey.Valkey.from_url(
                url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS
            )
            self._client.ping()

    def put(self, key: str, value: bytes, seconds: float) -> bool:
        """Keep a value under a new key."""
        return bool(self._run(_PUT, key, seconds, bounded(value)))

    def get(self, key: str) -> bytes | None:
        """Return a value."""
        return self._value(_GET, key)

    def take(self, key: str) -> bytes | None:
        """Return a value and forget it."""
        return self._value(_TAKE, key)

    def replace(self, key: str, before: bytes, after: bytes, seconds: float) -> bool:
        """Keep a value in place of another one."""
        return bool(self._run(_REPLACE, key, seconds, before, bounded(after)))

    def expire(self, key: str, seconds: float) -> bool:
        """Change how long something is kept."""
        return bool(self._run(_EXPIRE, key, seconds))

    def count(self, key: str, seconds: float, by: int = 1) -> int:
        """Add to a counter and return it."""
        return int(self._run(_COUNT, key, seconds, by) or 0)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _value(self, script: str, key: str) -> bytes | None:
        found = self._run(script, key, 0.0)
        return found if isinstance(found, bytes) else None

    def _run(
        self, script: str, key: str, seconds: float, *values: bytes | int
    ) -> bytes | int | None:
        """Run a script in the server, which does nothing else meanwhile."""
        now, until = self._moments.now(), self._moments.after(seconds)
        times = (f"{now:0{_DIGITS}}", f"{until:0{_DIGITS}}", round((seconds + _MARGIN) * 1000))
        with reported(*self._failures):
            found: bytes | int | None = self._client.eval(script, 1, _PREFIX + key, *times, *values)
        return found
