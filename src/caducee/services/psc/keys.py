# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The keys that sign tokens: one signs, those before it still verify.

A folder holds one file for each, ``0001.json`` and so on; the last one signs. A key rolled over
stays in the JWKS for `KEEP_SECONDS` after its successor was made: longer than any token lives, and
longer than clients keep a copy of the JWKS. Processes that share the folder take up a new key at
the next token.
"""

from pathlib import Path
from typing import Final, Self

import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from caducee.base.clock import Clock
from caducee.base.errors import ConfigError
from caducee.base.files import make_folder, unwritable, write_new
from caducee.spec import ours

__all__ = ["ALGORITHM", "KEEP_SECONDS", "SigningKeys"]

ALGORITHM: Final = "RS256"
"""Of every published token."""

KEEP_SECONDS: Final = ours.table("psc").integer("old_key_seconds")
"""How long a key verifies after another took its place: ours."""

_KEY_BITS: Final = 2048
_EXPONENT: Final = 65537


class _File(msgspec.Struct, frozen=True, kw_only=True):
    created: int
    """Seconds since 1970."""
    private_key: str
    """PKCS#8 in PEM."""


class _Read(msgspec.Struct, frozen=True):
    path: Path
    created: int
    key: RSAKey


class SigningKeys:
    """The keys of a folder, read again when the folder changes."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._seen = -1
        self._read: tuple[_Read, ...] = ()

    @classmethod
    def open(cls, folder: Path, clock: Clock) -> Self:
        """Open a folder of keys; it is made, with a first key, where it has none.

        Raises `ConfigError` (``psc.key_unreadable``); `StateError` (``base.file_unwritable``).
        """
        make_folder(folder)
        keys = cls(folder, clock)
        keys._keys()
        return keys

    def current(self) -> RSAKey:
        """Return the key that signs; its ``kid`` is its thumbprint (RFC 7638)."""
        return self._keys()[-1].key

    def verifying(self) -> KeySet:
        """Return the keys whose signatures count: the one that signs, and those not too old."""
        keys, now = self._keys(), self._clock.now().timestamp()
        successors = [item.created for item in keys[1:]]
        old = [
            item.key
            for item, replaced in zip(keys, successors, strict=False)
            if now < replaced + KEEP_SECONDS
        ]
        return KeySet([*old, keys[-1].key])

    def published(self) -> dict[str, list[dict[str, object]]]:
        """Return the JWKS (RFC 7517 5): public keys, the one that signs first."""
        keys = reversed(self.verifying().keys)
        return {"keys": [{**key.as_dict(private=False), "alg": ALGORITHM} for key in keys]}

    def roll(self) -> str:
        """Make a new key, which signs from now on, and return its ``kid``.

        Keys that verify nothing any more are deleted. When two processes roll at once, one new key
        comes of it. Raises `StateError` (``base.file_unwritable``).
        """
        keys = self._keys()
        self._add(int(keys[-1].path.stem) + 1)
        kept = {key.kid for key in self.verifying().keys}
        for item in keys:
            if item.key.kid not in kept:
                _delete(item.path)
        self._seen = -1
        return str(self.current().kid)

    def _add(self, number: int) -> None:
        made = rsa.generate_private_key(_EXPONENT, _KEY_BITS)
        pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        content = _File(created=int(self._clock.now().timestamp()), private_key=pem)
        write_new(self._folder / f"{number:04}.json", msgspec.json.encode(content))
        self._seen = -1

    def _keys(self) -> tuple[_Read, ...]:
        """Return the keys of the folder, oldest first; one that has none gets its first key."""
        try:
            changed = self._folder.stat().st_mtime_ns
        except OSError as error:
            raise _unreadable(self._folder, error) from error
        if changed != self._seen:
            paths = sorted(self._folder.glob("[0-9]*.json"), key=_number)
            self._read = tuple(item for item in map(_read, paths) if item)
            self._seen = changed
        if not self._read:
            self._add(1)
            return self._keys()
        return self._read


def _number(path: Path) -> int:
    return int(path.stem) if path.stem.isdecimal() else 0


def _read(path: Path) -> _Read | None:
    """Return the key of a file; none when another process has just deleted it."""
    try:
        content = msgspec.json.decode(path.read_bytes(), type=_File)
        key = RSAKey.import_key(content.private_key, {"use": "sig"})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, JoseError) as error:
        raise _unreadable(path, error) from error
    key.ensure_kid()
    return _Read(path, content.created, key)


def _delete(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(path, error) from error


def _unreadable(path: Path, error: Exception) -> ConfigError:
    return ConfigError("psc.key_unreadable", path=str(path), reason=type(error).__name__)
