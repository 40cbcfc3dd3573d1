# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Digests (2.40 section 5.10), made here."""

from caducee.codec.pkcs11 import Mechanism, OutputBuffer
from caducee.middleware.pkcs11.application import Pkcs11Application
from caducee.middleware.pkcs11.compat import Deviation
from caducee.middleware.pkcs11.errors import Pkcs11Error
from caducee.middleware.pkcs11.functions.multipart import MultipartOperation, add, take_for_room
from caducee.middleware.pkcs11.mechanisms import digest_of
from caducee.middleware.pkcs11.objects import Pkcs11Object
from caducee.middleware.pkcs11.registry import CallOutcome, given, handles
from caducee.middleware.pkcs11.sessions import OperationPurpose
from caducee.spec.pkcs11 import Cko, Ckr

__all__ = ["DigestOperation"]


class DigestOperation(MultipartOperation):
    """A digest that was begun."""

    def __init__(self, name: str) -> None:
        super().__init__(0, name)


@handles("C_DigestInit")
def digest_init(application: Pkcs11Application, session: int, mechanism: Mechanism | None) -> None:
    """Begin a digest."""
    found = application.session(session)
    if mechanism is None:
        found.cancel(OperationPurpose.DIGEST)
        return
    original = application.deviates(Deviation.PARAMETERS)
    if not original:
        found.demand_idle(OperationPurpose.DIGEST)
    name = digest_of(mechanism, original=original)
    found.begin(OperationPurpose.DIGEST, DigestOperation(name))


@handles("C_Digest", locked=False)
def digest(
    application: Pkcs11Application, session: int, data: bytes, room: OutputBuffer
) -> CallOutcome:
    """Digest data in one call."""
    taken = take_for_room(
        application, session, OperationPurpose.DIGEST, DigestOperation, room, whole=True
    )
    if isinstance(taken, CallOutcome):
        return taken
    _, operation = taken
    operation.update(data)
    return given(room, operation.gathered)


@handles("C_DigestUpdate", locked=False)
def digest_update(application: Pkcs11Application, session: int, part: bytes) -> None:
    """Digest some more data."""
    add(application, session, OperationPurpose.DIGEST, DigestOperation, part)


@handles("C_DigestKey")
def digest_key(application: Pkcs11Application, session: int, key: int) -> None:
    """Digest the value of a secret key of a session."""
    found = application.session(session)
    operation = found.take(OperationPurpose.DIGEST, DigestOperation)
    obj = application.object_of(found, key, Ckr.KEY_HANDLE_INVALID)
    operation.parts = True
    operation.update(_value(obj))
    found.give_back(OperationPurpose.DIGEST, operation)


def _value(obj: Pkcs11Object) -> bytes:
    value = obj.secret if obj.kind == Cko.SECRET_KEY else None
    if value is None:
        raise Pkcs11Error(Ckr.KEY_INDIGESTIBLE)
    return value


@handles("C_DigestFinal")
def digest_final(application: Pkcs11Application, session: int, room: OutputBuffer) -> CallOutcome:
    """End a digest."""
    taken = take_for_room(
        application, session, OperationPurpose.DIGEST, DigestOperation, room, whole=False
    )
    return taken if isinstance(taken, CallOutcome) else given(room, taken[1].gathered)
