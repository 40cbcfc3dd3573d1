# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER (ISO/IEC 7816-4 section 7.5).

A try is spent, and written, before a code is compared: whoever takes the current away afterwards
has lost it. When the try cannot be written, nothing is compared (6581).
"""

import hmac

from msgspec.structs import replace

from caducee.base.secret import Secret
from caducee.codec.apdu import CommandApdu
from caducee.spec import ours
from caducee.spec.status import StatusWord
from caducee.virtualcard.core import Core
from caducee.virtualcard.image import StoredPin
from caducee.virtualcard.refusal import Answer, Refused

__all__ = [
    "change_proven",
    "change_reference_data",
    "reset_retry_counter",
    "restore_tries",
    "verify",
]

_FORGET = ours.table("access").integer("verify_forget")
_FILLER = b"\xff"


def verify(core: Core, command: CommandApdu) -> Answer:
    """Prove a code; without data, say how it stands: 9000 proven, 63Cx tries left, 6983."""
    code = _code(core, command.p2)
    if _FORGET and command.p1 == _FORGET and not command.data:
        core.session.verified.discard(code.reference)
        return Answer()
    if command.p1 != 0x00:
        raise Refused(StatusWord.WRONG_P1_P2)
    if not command.data:
        return _state(core, code)
    proof = _one(code, command.data)
    _prove(core, code, proof)
    _keep_code(core, replace(code, tries_left=code.max_tries))
    core.session.verified.add(code.reference)
    return Answer()


def change_reference_data(core: Core, command: CommandApdu) -> Answer:
    """Replace a code by another: P1 00, the old and the new one after each other."""
    code = _code(core, command.p2)
    if command.p1 != 0x00:
        raise Refused(StatusWord.WRONG_P1_P2)
    proof, new = _two(code, code, command.data)
    _prove(core, code, proof)
    _keep_code(core, replace(code, value=Secret(new), tries_left=code.max_tries))
    core.session.verified.add(code.reference)
    return Answer()


def change_proven(core: Core, reference: int, data: bytes) -> Answer:
    """Replace a code that was proven, or just unblocked; the new value comes alone.

    A code that was proven stays so; one that was unblocked has to be proven.
    """
    code = _code(core, reference)
    new = _new(code, _one(code, data))
    if _blocked(code):
        raise Refused(StatusWord.METHOD_BLOCKED)
    session = core.session
    if code.reference not in session.verified | session.unblocked:
        raise Refused(StatusWord.SECURITY_NOT_SATISFIED)
    _keep_code(core, replace(code, value=Secret(new), tries_left=code.max_tries))
    session.unblocked.discard(code.reference)
    return Answer()


def restore_tries(core: Core, reference: int) -> Answer:
    """Unblock a code and keep its value; it may then be changed without its proof."""
    code = _code(core, reference)
    puk = _unblocking(core, code)
    _require_proof(core, puk)
    fresh = replace(code, tries_left=code.max_tries)
    core.keep(core.image.with_code(_spend_use(puk)).with_code(fresh))
    core.session.verified.discard(code.reference)
    core.session.unblocked.add(code.reference)
    return Answer()


def reset_retry_counter(core: Core, command: CommandApdu) -> Answer:
    """Unblock a code and give it a new value.

    P1 00: the unblocking code and the new one; P1 02: the new one, after VERIFY of the unblocking
    code. Each unblocking spends one of the uses that the unblocking code has left.
    """
    code = _code(core, command.p2)
    puk = _unblocking(core, code)
    if command.p1 == 0x00:
        proof, new = _two(puk, code, command.data)
        _prove(core, puk, proof)
        puk = replace(puk, tries_left=puk.max_tries)
    elif command.p1 == 0x02:
        new = _new(code, _one(code, command.data))
        _require_proof(core, puk)
    else:
        raise Refused(StatusWord.WRONG_P1_P2)
    fresh = replace(code, value=Secret(new), tries_left=code.max_tries)
    core.keep(core.image.with_code(_spend_use(puk)).with_code(fresh))
    core.session.verified.discard(code.reference)
    return Answer()


def _unblocking(core: Core, code: StoredPin) -> StoredPin:
    """Return the code that unblocks another."""
    puk = None if code.unblocked_by is None else core.code(code.unblocked_by)
    if puk is None:
        raise Refused(StatusWord.CONDITIONS_NOT_SATISFIED)
    return puk


def _require_proof(core: Core, puk: StoredPin) -> None:
    """Raise `Refused` unless an unblocking code was proven and may still be used."""
    if _blocked(puk):
        raise Refused(StatusWord.METHOD_BLOCKED)
    if puk.reference not in core.session.verified:
        raise Refused(StatusWord.SECURITY_NOT_SATISFIED)


def _spend_use(puk: StoredPin) -> StoredPin:
    return puk if puk.uses_left is None else replace(puk, uses_left=puk.uses_left - 1)


def _code(core: Core, reference: int) -> StoredPin:
    code = core.code(reference)
    if code is None:
        raise Refused(StatusWord.REFERENCE_NOT_FOUND)
    return code


def _blocked(code: StoredPin) -> bool:
    return code.tries_left == 0 or code.uses_left == 0


def _state(core: Core, code: StoredPin) -> Answer:
    if _blocked(code):
        raise Refused(StatusWord.METHOD_BLOCKED)
    if code.reference in core.session.verified:
        return Answer()
    raise Refused(StatusWord.NO_TRIES_LEFT | code.tries_left)


def _prove(core: Core, code: StoredPin, proof: bytes) -> None:
    """Compare a code, after one try is spent for good; raises `Refused` unless it is right."""
    core.session.verified.discard(code.reference)
    if _blocked(code):
        raise Refused(StatusWord.METHOD_BLOCKED)
    left = code.tries_left - 1
    _keep_code(core, replace(code, tries_left=left))
    if not hmac.compare_digest(code.value.reveal(), proof):
        raise Refused(StatusWord.NO_TRIES_LEFT | left)


def _keep_code(core: Core, code: StoredPin) -> None:
    core.keep(core.image.with_code(code))


def _one(code: StoredPin, data: bytes) -> bytes:
    """Take the filler off one code as it is sent; a length that no code has is refused."""
    if code.padded:
        if len(data) != code.max_length:
            raise Refused(StatusWord.WRONG_LENGTH)
        return data.rstrip(_FILLER)
    if not code.min_length <= len(data) <= code.max_length:
        raise Refused(StatusWord.WRONG_LENGTH)
    return data


def _two(old: StoredPin, new: StoredPin, data: bytes) -> tuple[bytes, bytes]:
    """Split data into a proof of ``old`` and a value for ``new``.

    Without filler nothing in the data says where the first ends: it is taken to be as long as
    the code in force.
    """
    size = old.max_length if old.padded else len(old.value)
    proof, fresh = data[:size], data[size:]
    if len(proof) != size:
        raise Refused(StatusWord.WRONG_LENGTH)
    return proof.rstrip(_FILLER) if old.padded else proof, _new(new, _one(new, fresh))


def _new(code: StoredPin, value: bytes) -> bytes:
    """Return a value that may become the code: digits, as many as allowed."""
    if not value.isdigit() or not code.min_length <= len(value) <= code.max_length:
        raise Refused(StatusWord.WRONG_DATA)
    return value
