# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The cache of public card data, one file per card and face, shared by the programs of a user.

A file holds ``caducee card cache 1``, a line feed, the SHA-256 of the rest, and the rest in
MessagePack (`CachedCard`). Its name is a digest of EF.SN.ICC, face and answer to reset, so that a
folder listing names no card. The digest inside finds damage; it does not authenticate: whoever
can write the files of a user can also read the user's cards. What is read here is therefore
believed only after the card itself confirmed it (see `caducee.cryptolib.files`), and decides
nothing that a relying party trusts.
"""

import contextlib
import hashlib
import hmac
import logging
import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from caducee.base.errors import StateError
from caducee.base.files import write_atomic
from caducee.base.runtime import cache_folder
from caducee.cryptolib.model import CardIdentity

__all__ = ["CacheHealth", "CachedCard", "PublicDataCache", "default_folder"]

_log = logging.getLogger(__name__)

_MAGIC = b"caducee card cache 1\n"
_DIGEST = 32
_MAX_SIZE = 1 << 20
"""A card holds some 20 kilobytes of public data; a larger file is not from this cache."""

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class CachedCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept of one card: files that anybody holding the card may read."""

    icc: bytes
    face: str
    atr: bytes
    actuality: bytes | None
    """EF_ACTUA as it was; None when the card had none."""

    check_path: bytes
    """The certificate file of which some bytes are compared with the card."""

    files: dict[bytes, bytes]
    """Content by absolute path."""

    def belongs_to(self, identity: CardIdentity) -> bool:
        """Tell whether this was written for that card."""
        same = (self.icc, self.face, self.atr)
        return same == (identity.icc, identity.face.value, identity.atr)


@dataclass(frozen=True, slots=True)
class CacheHealth:
    """What lies in the folder of the cache."""

    files: int
    damaged: int
    """Files that would be dropped when their card comes."""

    size: int
    """Bytes of all files."""


def default_folder() -> Path:
    """Return the user's folder: ``caducee/cards`` under ``XDG_CACHE_HOME`` or ``~/.cache``."""
    if sys.platform == "win32" and os.path.isabs(base := os.environ.get("LOCALAPPDATA", "")):
        return Path(base) / "caducee" / "cards"
    return cache_folder() / "cards"


class PublicDataCache:
    """Public data of cards on disk. No failure here is an error: the card is read instead."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = default_folder() if folder is None else folder
        """Made when it is first needed, for the user alone."""

    def path(self, identity: CardIdentity) -> Path:
        """Return the name of the file for a card."""
        name = hashlib.sha256()
        for part in (identity.icc, identity.face.value.encode(), identity.atr):
            name.update(len(part).to_bytes(2) + part)
        return self.folder / f"{name.hexdigest()}.card"

    def load(self, identity: CardIdentity) -> CachedCard | None:
        """Return what is kept of a card; a file that is damaged or not ours is dropped."""
        path = self.path(identity)
        try:
            found = _read(path)
            if found is not None and not found.belongs_to(identity):
                raise ValueError("another card")
        except FileNotFoundError:
            return None
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            _log.warning("dropped %s from the cache of card data: %s", path.name, error)
            self.drop(identity)
            return None
        return found

    def store(self, card: CachedCard, identity: CardIdentity) -> None:
        """Keep the data of a card; a folder that cannot be written is reported to the log only."""
        payload = msgspec.msgpack.encode(card)
        if len(payload) > _MAX_SIZE:
            return
        whole = _MAGIC + hashlib.sha256(payload).digest() + payload
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomic(self.path(identity), whole)
        except (OSError, StateError) as error:
            _log.info("card data are not cached: %s", error)

    def drop(self, identity: CardIdentity) -> None:
        """Forget a card."""
        with contextlib.suppress(OSError):
            self.path(identity).unlink()

    def health(self) -> CacheHealth:
        """Look at every file, and change nothing."""
        files = damaged = size = 0
        with contextlib.suppress(OSError):
            for path in self.folder.glob("*.card"):
                files += 1
                try:
                    size += path.lstat().st_size
                    _read(path)
                except (OSError, ValueError, msgspec.MsgspecError):
                    damaged += 1
        return CacheHealth(files, damaged, size)

    def clear(self) -> None:
        """Forget every card."""
        with contextlib.suppress(OSError):
            for path in self.folder.glob("*.card"):
                with contextlib.suppress(OSError):
                    path.unlink()


def _read(path: Path) -> CachedCard:
    """Read one file strictly. Raises OSError, ValueError or msgspec's errors."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    handle = os.open(path, flags)
    with os.fdopen(handle, "rb") as file:
        _check_owner(os.fstat(handle))
        whole = file.read(_MAX_SIZE + len(_MAGIC) + _DIGEST + 1)
    start = len(_MAGIC) + _DIGEST
    payload = whole[start:]
    if not whole.startswith(_MAGIC) or len(payload) > _MAX_SIZE:
        raise ValueError("not a cache file")
    if not hmac.compare_digest(whole[len(_MAGIC) : start], hashlib.sha256(payload).digest()):
        raise ValueError("damaged")
    return msgspec.msgpack.decode(payload, type=CachedCard)


def _check_owner(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("not a file")
    if sys.platform == "win32":
        return
    if status.st_uid != os.geteuid() or status.st_mode & _OTHERS_WRITE:
        raise ValueError("writable by others")
