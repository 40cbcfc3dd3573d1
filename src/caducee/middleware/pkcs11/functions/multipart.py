# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Operations on data that come whole or in parts: hashed as they come, or gathered to one block.

An operation is out of its session while a thread works with it, so that no other goes on with it;
what fails meanwhile has ended it (2.40 section 5.2).
"""

import hashlib

from caducee.codec.pkcs11 import OutputBuffer
from caducee.middleware.pkcs11.application import Pkcs11Application
from caducee.middleware.pkcs11.compat import Deviation
from caducee.middleware.pkcs11.errors import Pkcs11Error
from caducee.middleware.pkcs11.registry import CallOutcome, length_only
from caducee.middleware.pkcs11.sessions import ActiveOperation, OperationPurpose, Pkcs11Session
from caducee.spec.pkcs11 import Ckr

__all__ = ["MultipartOperation", "add", "take", "take_for_room"]


class MultipartOperation(ActiveOperation):
    """An operation that takes data."""

    too_long = Ckr.DATA_LEN_RANGE
    """What is answered to more data than it takes."""

    def __init__(self, limit: int, hash_name: str | None = None) -> None:
        """``limit`` is how many bytes a block has at most, where nothing is hashed; names of
        hashes as hashlib spells them.
        """
        self._limit = limit
        self._hash = hashlib.new(hash_name, usedforsecurity=False) if hash_name else None
        self._block = bytearray()
        self.parts = False
        """Data came by an update."""

    @property
    def size(self) -> int:
        """Bytes of the result: of the digest, unless a subclass says otherwise."""
        return self._hash.digest_size if self._hash is not None else 0

    def update(self, data: bytes) -> None:
        """Take more data. Raises `Pkcs11Error` (`too_long`)."""
        if self._hash is not None:
            self._hash.update(data)
            return
        if len(self._block) + len(data) > self._limit:
            raise Pkcs11Error(self.too_long)
        self._block += data

    @property
    def gathered(self) -> bytes:
        """The digest of the data, or the data themselves."""
        return self._hash.digest() if self._hash is not None else bytes(self._block)


def take[T: MultipartOperation](
    application: Pkcs11Application,
    session: int,
    purpose: OperationPurpose,
    kind: type[T],
    *,
    whole: bool,
) -> tuple[Pkcs11Session, T]:
    """End an operation and return it, with its session.

    ``whole``: the data come in one call, so none may have come in parts. Raises `Pkcs11Error`
    (CKR_OPERATION_NOT_INITIALIZED, CKR_OPERATION_ACTIVE).
    """
    with application.lock:
        found = application.session(session)
        operation = found.take(purpose, kind)
    if whole and operation.parts and not application.deviates(Deviation.PARTS):
        raise Pkcs11Error(Ckr.OPERATION_ACTIVE)
    return found, operation


def take_for_room[T: MultipartOperation](
    application: Pkcs11Application,
    session: int,
    purpose: OperationPurpose,
    kind: type[T],
    room: OutputBuffer,
    *,
    whole: bool,
) -> tuple[Pkcs11Session, T] | CallOutcome:
    """Do as `take`, or return the outcome for a room that does not hold the result.

    The operation then goes on (2.40 section 5.2).
    """
    with application.lock:
        found, operation = take(application, session, purpose, kind, whole=whole)
        length = length_only(room, operation.size)
        if length is None:
            return found, operation
        found.give_back(purpose, operation)
        return length


def add(
    application: Pkcs11Application,
    session: int,
    purpose: OperationPurpose,
    kind: type[MultipartOperation],
    part: bytes,
) -> None:
    """Give an operation more data; it goes on unless that fails."""
    found, operation = take(application, session, purpose, kind, whole=False)
    operation.parts = True
    operation.update(part)
    with application.lock:
        found.give_back(purpose, operation)
