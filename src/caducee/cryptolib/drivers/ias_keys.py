# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The keys of a CPS3: security environments and operations of IAS-ECC 1.0.1.

The commands are those of the issuer's library (``card-cps3.c``, ``pkcs15-sec.c``).
"""

from collections.abc import Mapping

from caducee.base.errors import CardError
from caducee.codec import tlv
from caducee.codec.apdu import CommandApdu
from caducee.codec.pkcs15 import PrivateKeyEntry
from caducee.codec.tlv import Tlv
from caducee.cryptolib.drivers.ias_files import CardChannel, IasFiles
from caducee.cryptolib.layout import Layout
from caducee.cryptolib.model import Hash
from caducee.cryptolib.partial_hash import partial_hash
from caducee.spec.algorithms import Cps3Algorithm, Mechanism
from caducee.spec.instructions import Instruction
from caducee.spec.pkcs15 import Operations
from caducee.spec.tags import CryptoTag, TemplateTag

__all__ = ["IasKeys", "compute_signature", "decipher", "key_reference", "random_bytes"]

_SET_FOR_COMPUTATION = 0x41  # MSE SET, P1
_CHALLENGE = 8
_AUTHENTICATION_SHARE = 0.4
"""INTERNAL AUTHENTICATE signs at most 40 % of the modulus (IAS-ECC 1.0.1)."""


class IasKeys:
    """Uses the keys of one side of a CPS3, in the folder that a key's entry names."""

    def __init__(self, channel: CardChannel, files: IasFiles) -> None:
        self._channel = channel
        self._files = files

    @staticmethod
    def block_limit(key: PrivateKeyEntry) -> int:
        """Return how many bytes `authenticate` takes at most: 102 for 2048 bits."""
        return int(key.bits // 8 * _AUTHENTICATION_SHARE)

    def sign(self, key: PrivateKeyEntry, algorithm: Hash, digest: bytes, layout: Layout) -> bytes:
        """MSE SET, then COMPUTE DIGITAL SIGNATURE of the digest."""
        self._set_signature(key, algorithm, layout)
        return compute_signature(self._channel, digest)

    def sign_last_round(
        self, key: PrivateKeyEntry, algorithm: Hash, data: bytes, layout: Layout
    ) -> bytes:
        """Hash all but the last block here, the rest on the card, then sign there."""
        begun = partial_hash(data, algorithm)
        # A message of less than one block has no intermediate state: tag 90 is empty then.
        state = begun.state + begun.bits.to_bytes(8) if begun.bits else b""
        parts = Tlv(CryptoTag.HASH_STATE, state), Tlv(CryptoTag.PLAIN, begun.rest)
        self._files.enter(layout.absolute(key.path))
        hashing = _reference(layout, _HASHES[algorithm], Operations.HASH)
        self._set(TemplateTag.HASH, {TemplateTag.ALGORITHM: hashing})
        command = CommandApdu(
            0,
            Instruction.PERFORM_SECURITY_OPERATION,
            CryptoTag.HASH_STATE,
            CryptoTag.HASH_TEMPLATE,
            tlv.build(*parts),
        )
        self._channel.demand("PSO HASH", command)
        self._set_signature(key, algorithm, layout)
        return compute_signature(self._channel, b"")

    def _set_signature(self, key: PrivateKeyEntry, algorithm: Hash, layout: Layout) -> None:
        self._files.enter(layout.absolute(key.path))
        references = {
            TemplateTag.ALGORITHM: _reference(
                layout, _SIGNATURES[algorithm], Operations.COMPUTE_SIGNATURE
            ),
            TemplateTag.PRIVATE_REFERENCE: key_reference(key),
        }
        self._set(TemplateTag.SIGNATURE, references)

    def authenticate(self, key: PrivateKeyEntry, block: bytes, layout: Layout) -> bytes:
        """MSE SET, then INTERNAL AUTHENTICATE."""
        self._files.enter(layout.absolute(key.path))
        references = {
            TemplateTag.ALGORITHM: _reference(
                layout, Mechanism.RSA_PKCS, Operations.COMPUTE_SIGNATURE
            ),
            TemplateTag.PRIVATE_REFERENCE: key_reference(key),
        }
        self._set(TemplateTag.AUTHENTICATION, references)
        command = CommandApdu(0, Instruction.INTERNAL_AUTHENTICATE, 0, 0, block, le=0x100)
        return self._channel.demand("INTERNAL AUTHENTICATE", command)

    def decipher(self, key: PrivateKeyEntry, cryptogram: bytes, layout: Layout) -> bytes:
        """MSE SET, then DECIPHER in a chain of two commands; the card removes the padding."""
        self._files.enter(layout.absolute(key.path))
        references = {
            TemplateTag.ALGORITHM: _reference(layout, Mechanism.RSA_PKCS, Operations.DECIPHER),
            TemplateTag.PRIVATE_REFERENCE: key_reference(key),
        }
        self._set(TemplateTag.CONFIDENTIALITY, references)
        # The padding indicator makes the data 257 bytes long, one more than a short APDU and one
        # block take: the channel sends them in a chain.
        return decipher(self._channel, bytes((CryptoTag.PADDED_CRYPTOGRAM,)) + cryptogram)

    def random(self, size: int) -> bytes:
        """GET CHALLENGE, 8 bytes at a time."""
        return random_bytes(self._channel, size)

    def _set(self, template: TemplateTag, references: Mapping[TemplateTag, int]) -> None:
        """Put references into a template of the current environment (MSE SET)."""
        data = tlv.build(*(Tlv(tag, bytes((number,))) for tag, number in references.items()))
        command = CommandApdu(
            0,
            Instruction.MANAGE_SECURITY_ENVIRONMENT,
            _SET_FOR_COMPUTATION,
            template,
            data,
        )
        self._channel.demand("MSE SET", command)


def compute_signature(channel: CardChannel, digest: bytes, cla: int = 0) -> bytes:
    """Return the signature of a digest under the current template. Raises `CardError`."""
    tags = CryptoTag.SIGNATURE, CryptoTag.SIGNATURE_INPUT
    command = CommandApdu(cla, Instruction.PERFORM_SECURITY_OPERATION, *tags, digest, le=0x100)
    return channel.demand("PSO COMPUTE DIGITAL SIGNATURE", command)


def decipher(channel: CardChannel, data: bytes, cla: int = 0) -> bytes:
    """Return what a cryptogram decrypts to under the current template. Raises `CardError`."""
    tags = CryptoTag.PLAIN, CryptoTag.CRYPTOGRAM
    command = CommandApdu(cla, Instruction.PERFORM_SECURITY_OPERATION, *tags, data, le=0x100)
    return channel.demand("PSO DECIPHER", command)


def random_bytes(channel: CardChannel, size: int, cla: int = 0) -> bytes:
    """Return random bytes by GET CHALLENGE, 8 at a time. Raises `CardError`."""
    found = bytearray()
    command = CommandApdu(cla, Instruction.GET_CHALLENGE, 0, 0, le=_CHALLENGE)
    while len(found) < size:
        part = channel.demand("GET CHALLENGE", command)
        if len(part) != _CHALLENGE:
            raise CardError("cryptolib.answer_invalid", what="GET CHALLENGE")
        found += part
    return bytes(found[:size])


_HASHES = {Hash.SHA1: Mechanism.SHA1, Hash.SHA256: Mechanism.SHA256}
_SIGNATURES = {Hash.SHA1: Mechanism.SHA1_RSA_PKCS, Hash.SHA256: Mechanism.SHA256_RSA_PKCS}

_USUAL = {
    (Mechanism.SHA1, Operations.HASH): Cps3Algorithm.HASH_SHA1,
    (Mechanism.SHA256, Operations.HASH): Cps3Algorithm.HASH_SHA256,
    (Mechanism.SHA1_RSA_PKCS, Operations.COMPUTE_SIGNATURE): Cps3Algorithm.SIGN_SHA1,
    (Mechanism.SHA256_RSA_PKCS, Operations.COMPUTE_SIGNATURE): Cps3Algorithm.SIGN_SHA256,
    (Mechanism.RSA_PKCS, Operations.COMPUTE_SIGNATURE): Cps3Algorithm.AUTHENTICATE,
    (Mechanism.RSA_PKCS, Operations.DECIPHER): Cps3Algorithm.DECIPHER,
}
"""The references of IAS-ECC, for a card whose TokenInfo lists none (the list is optional)."""


def _reference(layout: Layout, mechanism: Mechanism, operation: Operations) -> int:
    """Return the card's number of an algorithm: as its TokenInfo says, else as on every CPS3."""
    for algorithm in layout.token.algorithms:
        if algorithm.mechanism == mechanism and operation in algorithm.operations:
            if algorithm.card_reference is not None and 0 <= algorithm.card_reference <= 0xFF:
                return algorithm.card_reference
    return _USUAL[mechanism, operation]


def key_reference(key: PrivateKeyEntry) -> int:
    """Return the number by which the card knows a key. Raises `CardError`."""
    if key.reference is None or key.reference > 0xFF:
        raise CardError("cryptolib.answer_invalid", what="keyReference")
    return key.reference
