# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Where content waits: encrypted in the database, its key in a file of its own beside it.

A card image holds the PINs of the card, so that it never stands in the database as it is. Each
shipment has a key of its own; with the key file the content is gone for good, whatever free pages,
logs and copies of the database still hold.
"""

import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from caducee.base.errors import StateError
from caducee.base.files import make_folder, sync_folder, unwritable, write_new
from caducee.base.secret import Secret

__all__ = ["Vault"]

_KEY = 32
_NONCE = 12
_SIGNS = "abcdefghijkmnpqrstuvwxyz23456789"
"""Without letters and digits that look alike: people type the password of an archive."""

_GROUPS, _GROUP = 6, 5


class Vault:
    """Keys of shipments in a folder, 0600 each; processes that share orders share the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def prepare(self, shipment: str) -> None:
        """Make the key of a shipment, unless it is there. Raises `StateError` when it cannot."""
        path = self._path(shipment)
        if path.exists():
            return
        make_folder(self._folder)
        # A second worker that comes here at the same time meets the first one's key.
        write_new(path, secrets.token_bytes(_KEY))

    def seal(self, shipment: str, place: int, content: bytes) -> bytes:
        """Return content encrypted for its place; the key must be prepared."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self._key(shipment)).encrypt(nonce, content, _bound(shipment, place))

    def open(self, shipment: str, place: int, sealed: bytes) -> bytes:
        """Return content. Raises `StateError` (``ordering.content_lost``)."""
        nonce, rest = sealed[:_NONCE], sealed[_NONCE:]
        try:
            return AESGCM(self._key(shipment)).decrypt(nonce, rest, _bound(shipment, place))
        except (InvalidTag, ValueError) as error:
            raise StateError("ordering.content_lost") from error

    def password(self, shipment: str) -> Secret:
        """Return the password of the archive of a shipment; it follows from the key."""
        data = HKDF(SHA256(), _GROUPS * _GROUP, None, b"archive").derive(self._key(shipment))
        signs = "".join(_SIGNS[item % len(_SIGNS)] for item in data)
        return Secret.of("-".join(signs[at : at + _GROUP] for at in range(0, len(signs), _GROUP)))

    def destroy(self, shipment: str) -> None:
        """Remove the key of a shipment, and all its content with it."""
        try:
            # A process killed in `prepare` leaves a second name of the key.
            for item in self._folder.glob(f"*{shipment}.key*"):
                item.unlink(missing_ok=True)
            if self._folder.is_dir():
                sync_folder(self._folder)
        except OSError as error:
            raise unwritable(self._path(shipment), error) from error

    def _path(self, shipment: str) -> Path:
        return self._folder / f"{shipment}.key"

    def _key(self, shipment: str) -> bytes:
        try:
            key = self._path(shipment).read_bytes()
        except OSError as error:
            raise StateError("ordering.content_lost") from error
        if len(key) != _KEY:
            raise StateError("ordering.content_lost")
        return key


def _bound(shipment: str, place: int) -> bytes:
    return f"{shipment}:{place}".encode()
