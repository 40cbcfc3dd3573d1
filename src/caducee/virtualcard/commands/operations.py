# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""PERFORM SECURITY OPERATION and INTERNAL AUTHENTICATE (ISO/IEC 7816-8, IAS-ECC 1.0.1).

The card adds the DigestInfo to a signature; what INTERNAL AUTHENTICATE signs is the host's whole
DigestInfo, or anything else that is short enough.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from caducee.base.errors import FormatError
from caducee.codec.apdu import CommandApdu
from caducee.codec.tlv import parse_all
from caducee.spec.instructions import SecurityOperation
from caducee.spec.status import StatusWord
from caducee.spec.tags import CryptoTag, TemplateTag
from caducee.virtualcard.core import Core, Handler, LoadedKey
from caducee.virtualcard.crypto.rounds import BLOCK, HASHES, HashFunction
from caducee.virtualcard.crypto.rsa_key import WrongCryptogram
from caducee.virtualcard.session import HashResult
from caducee.virtualcard.status_error import Answer, StatusWordError

__all__ = ["SignatureAlgorithms", "internal_authenticate", "security_operation"]

_COUNT = 8
_AUTHENTICATE_SHARE = 0.4
"""Part of the modulus that data to authenticate may fill (issuer's library)."""


@dataclass(frozen=True, slots=True)
class SignatureAlgorithms:
    """Which hash (name as in `hashlib`) an algorithm reference means."""

    hash: Mapping[int, str]
    """In the template AA."""

    sign: Mapping[int, str]
    """In the template B6."""


def security_operation(algorithms: SignatureAlgorithms) -> Handler:
    """Return the command of a card with these algorithms: HASH, COMPUTE SIGNATURE, DECIPHER."""

    def operate(core: Core, command: CommandApdu) -> Answer:
        operation = command.p1 << 8 | command.p2
        if operation == SecurityOperation.HASH_LAST_ROUND:
            return _hash(core, command.data, algorithms)
        if operation == SecurityOperation.COMPUTE_SIGNATURE:
            return _compute_signature(core, command.data, algorithms)
        if operation == SecurityOperation.DECIPHER:
            return _decipher(core, command.data)
        raise StatusWordError(StatusWord.WRONG_P1_P2)

    return operate


def internal_authenticate(core: Core, command: CommandApdu) -> Answer:
    """Sign data of the host with PKCS#1 padding; at most 40 % of the modulus."""
    if (command.p1, command.p2) != (0, 0):
        raise StatusWordError(StatusWord.WRONG_P1_P2)
    key = _key(core, TemplateTag.AUTHENTICATION)
    core.require(key.uses.authenticate)
    if not 0 < len(command.data) <= int(key.private.size * _AUTHENTICATE_SHARE):
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    return Answer(key.private.authenticate(command.data))


def _hash(core: Core, data: bytes, algorithms: SignatureAlgorithms) -> Answer:
    """Take a finished hash, or finish one: tag 90 the state so far, tag 80 the last bytes."""
    core.session.hashed = None
    component = core.session.environment.get(TemplateTag.HASH)
    if component is None or component.algorithm is None:
        raise StatusWordError(StatusWord.CONDITIONS_NOT_SATISFIED)
    function = HASHES[algorithms.hash[component.algorithm]]
    state, rest = _hash_input(data)
    if rest is None:
        if len(state) != function.size:
            raise StatusWordError(StatusWord.WRONG_DATA)
        digest = state
    else:
        digest = _last_round(function, state, rest)
    core.session.hashed = HashResult(function.name, digest)
    return Answer()


def _hash_input(data: bytes) -> tuple[bytes, bytes | None]:
    """Return the values of tag 90 and of tag 80, which stand in this order."""
    if not data:
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    try:
        items = parse_all(data)
    except FormatError:
        raise StatusWordError(StatusWord.WRONG_DATA) from None
    tags = tuple(item.tag for item in items)
    if tags == (CryptoTag.HASH_STATE,):
        return items[0].value, None
    if tags == (CryptoTag.HASH_STATE, CryptoTag.PLAIN):
        return items[0].value, items[1].value
    raise StatusWordError(StatusWord.WRONG_DATA)


def _last_round(function: HashFunction, state: bytes, rest: bytes) -> bytes:
    """Finish a hash: the state is followed by the count of bits that led to it."""
    if len(rest) > BLOCK:
        raise StatusWordError(StatusWord.WRONG_DATA)
    if not state:
        return function.finish(function.start, 0, rest)
    bits = int.from_bytes(state[function.size :])
    if len(state) != function.size + _COUNT or not bits or bits % (8 * BLOCK):
        raise StatusWordError(StatusWord.WRONG_DATA)
    return function.finish(state[: function.size], bits // 8, rest)


def _compute_signature(core: Core, data: bytes, algorithms: SignatureAlgorithms) -> Answer:
    """Sign the hash that PSO HASH left, or the one in the data; a hash is signed once."""
    hashed, core.session.hashed = core.session.hashed, None
    key = _key(core, TemplateTag.SIGNATURE)
    core.require(key.uses.sign)
    function = HASHES[algorithms.sign[_algorithm(core, TemplateTag.SIGNATURE)]]
    if not data:
        if hashed is None or hashed.algorithm != function.name:
            raise StatusWordError(StatusWord.CONDITIONS_NOT_SATISFIED)
        data = hashed.digest
    if len(data) != function.size:
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    return Answer(key.private.sign(function.name, data))


def _decipher(core: Core, data: bytes) -> Answer:
    """Decrypt ``81`` and a cryptogram as long as the modulus; return the bare message."""
    key = _key(core, TemplateTag.CONFIDENTIALITY)
    core.require(key.uses.decipher)
    if len(data) != key.private.size + 1:
        raise StatusWordError(StatusWord.WRONG_LENGTH)
    if data[0] != CryptoTag.PADDED_CRYPTOGRAM:
        raise StatusWordError(StatusWord.WRONG_DATA)
    try:
        return Answer(key.private.decipher(data[1:]))
    except WrongCryptogram:
        raise StatusWordError(StatusWord.WRONG_DATA) from None


def _key(core: Core, template: int) -> LoadedKey:
    """Return the key that MSE SET put into a template; a template without one is refused."""
    _algorithm(core, template)
    reference = core.session.environment[template].key
    key = None if reference is None else core.key(reference)
    if key is None:
        raise StatusWordError(StatusWord.CONDITIONS_NOT_SATISFIED)
    return key


def _algorithm(core: Core, template: int) -> int:
    component = core.session.environment.get(template)
    if component is None or component.algorithm is None:
        raise StatusWordError(StatusWord.CONDITIONS_NOT_SATISFIED)
    return component.algorithm
