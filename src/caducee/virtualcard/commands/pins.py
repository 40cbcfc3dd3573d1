# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER (ISO/IEC 7816-4 section 7.5).

A try is spent, and written, before a PIN is compared: an attacker who cuts the power afterwards
has lost it. When the try cannot be written, nothing is compared (6581).
"""

import hmac

from msgspec.structs import replace

from caducee.base.secret import Secret
from caducee.codec.apdu import CommandApdu
from caducee.spec import ours
from caducee.spec.status import StatusWord
from caducee.virtualcard.core import Core
from caducee.virtualcard.image_parts import StoredPin
from caducee.virtualcard.status_error import Answer, StatusWordError

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
    """Prove a PIN; without data, say how it stands: 9000 proven, 63Cx tries left, 6983."""
    pin = _pin(core, command.p2)
    if _FORGET and command.p1 == _FORGET and not command.data:
        core.session.verified.discard(pin.reference)
        return Answer()
    if command.p1 != 0x00:
        raise StatusWordError(StatusWord.WRONG_P1_P2)
    if not command.data:
        return _state(core, pin)
    proof = _one(pin, command.data)
    _prove(core, pin, proof)
    _keep_pin(core, replace(pin, tries_left=pin.max_tries))
    core.session.verified.add(pin.reference)
    return Answer()


def change_reference_data(core: Core, command: CommandApdu) -> Answer:
    """Replace a PIN by another: P1 00, the old and the new one after each other."""
    pin = _pin(core, command.p2)
    if command.p1 != 0x00:
        raise StatusWordError(StatusWord.WRONG_P1_P2)
    proof, new = _two(pin, pin, command.data)
    _prove(core, pin, proof)
    _keep_pin(core, replace(pin, value=Secret(new), tries_left=pin.max_tries))
    core.session.verified.add(pin.reference)
    return Answer()


def change_proven(core: Core, reference: int, data: bytes) -> Answer:
    """Replace a PIN that was proven, or just unblocked; the new value comes alone.

    A PIN that was proven stays so; one that was unblocked has to be proven.
    """
    pin = _pin(core, reference)
    new = _new(pin, _one(pin, data))
    if _blocked(pin):
        raise StatusWordError(StatusWord.METHOD_BLOCKED)
    session = core.session
    if pin.reference not in session.verified | session.unblocked:
        raise StatusWordError(StatusWord.SECURITY_NOT_SATISFIED)
    _keep_pin(core, replace(pin, value=Secret(new), tries_left=pin.max_tries))
    session.unblocked.discard(pin.reference)
    return Answer()


def restore_tries(core: Core, reference: int) -> Answer:
    """Unblock a PIN and keep its value; it may then be changed without its proof."""
    pin = _pin(core, reference)
    puk = _unblocking(core, pin)
    _require_proof(core, puk)
    fresh = replace(pin, tries_left=pin.max_tries)
    core.keep(core.image.with_pin(_spend_use(puk)).with_pin(fresh))
    core.session.verified.discard(pin.reference)
    core.session.unblocked.add(pin.reference)
    return Answer()


def reset_retry_counter(core: Core, command: CommandApdu) -> Answer:
    """Unblock a PIN and give it a new value.

    P1 00: the PUK and the new one; P1 02: the new one, after VERIFY of the PUK. Each
    unblocking spends one of the uses that the PUK has left.
    """
    pin = _pin(core, command.p2)
    puk = _unblocking(core, pin)
    if command.p1 == 0x00:
        proof, new = _two(puk, pin, command.data)
        _prove(core, puk, proof)
        puk = replace(puk, tries_left=puk.max_tries)
    elif command.p1 == 0x02:
        new = _new(pin, _one(pin, command.data))
        _require_proof(core, puk)
    else:
        raise StatusWordError(StatusWord.WRONG_P1_P2)
    fresh = replace(pin, value=Secret(new), tries_left=pin.max_tries)
    core.keep(core.image.with_pin(_spend_use(puk)).with_pin(fresh))
    core.session.verified.discard(pin.reference)
    return Answer()


def _unblocking(core: Core, pin: StoredPin) -> StoredPin:
    """Return the PUK of a PIN."""
    puk = None if pin.unblocked_by is None else core.pin(pin.unblocked_by)
    if puk is None:
        raise StatusWordError(StatusWord.CONDITIONS_NOT_SATISFIED)
    return puk


def _require_proof(core: Core, puk: StoredPin) -> None:
    """Raise `StatusWordError` unless a PUK was proven and may still be used."""
    if _blocked(puk):
        raise StatusWordError(StatusWord.METHOD_BLOCKED)
    if puk.reference not in core.session.verified:
        raise StatusWordError(StatusWord.SECURITY_NOT_SATISFIED)


def _spend_use(puk: StoredPin) -> StoredPin:
    return puk if puk.uses_left is None else replace(puk, uses_left=puk.uses_left - 1)


def _pin(core: Core, reference: int) -> StoredPin:
    pin = core.pin(reference)
    if pin is None:
        raise StatusWordError(StatusWord.REFERENCE_NOT_FOUND)
    return pin


def _blocked(pin: StoredPin) -> bool:
    return pin.tries_left == 0 or pin.uses_left == 0


def _state(core: Core, pin: StoredPin) -> Answer:
    if _blocked(pin):
        raise StatusWordError(StatusWord.METHOD_BLOCKED)
    if pin.reference in core.session.verified:
        return Answer()
    raise StatusWordError(StatusWord.NO_TRIES_LEFT | pin.tries_left)


def _prove(core: Core, pin: StoredPin, proof: bytes) -> None:
    """Compare a PIN after spending a try; raises `StatusWordError` when it is wrong."""
    core.session.verified.discard(pin.reference)
    if _blocked(pin):
        raise StatusWordError(StatusWord.METHOD_BLOCKED)
    left = pin.tries_left - 1
    _keep_pin(core, replace(pin, tries_left=left))
    if not hmac.compare_digest(pin.value.reveal(), proof):
        raise StatusWordError(StatusWord.NO_TRIES_LEFT | left)


def _keep_pin(core: Core, pin: StoredPin) -> None:
    core.keep(core.image.with_pin(pin))


def _one(pin: StoredPin, data: bytes) -> bytes:
    """Take the filler off one PIN as it is sent; a length that no PIN has is refused."""
    if pin.padded:
        if len(data) != pin.max_length:
            raise StatusWordError(StatusWord.WRONG_LENGTH)
        return data.rstrip(_FILLER)
    if not pin.min_length <= len(data) <= pin.max_length:
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    return data


def _two(old: StoredPin, new: StoredPin, data: bytes) -> tuple[bytes, bytes]:
    """Split data into a proof of ``old`` and a value for ``new``.

    Without filler nothing in the data says where the first ends: it is taken to be as long as
    the PIN in force.
    """
    size = old.max_length if old.padded else len(old.value)
    proof, fresh = data[:size], data[size:]
    if len(proof) != size:
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    return proof.rstrip(_FILLER) if old.padded else proof, _new(new, _one(new, fresh))


def _new(pin: StoredPin, value: bytes) -> bytes:
    """Return a value that may become the PIN: digits, as many as allowed."""
    if not value.isdigit() or not pin.min_length <= len(value) <= pin.max_length:
        raise StatusWordError(StatusWord.WRONG_DATA)
    return value
