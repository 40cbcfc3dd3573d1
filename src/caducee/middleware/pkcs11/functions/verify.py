# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Verification of signatures (2.40 section 5.13), made here with the public key."""

import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, utils

from caducee.codec.pkcs11 import Mechanism
from caducee.cryptolib.digest_info import digest_info, hash_object
from caducee.cryptolib.model import Hash, KeyUse
from caducee.cryptolib.paddings import LEAST_PADDING
from caducee.middleware.pkcs11.application import Pkcs11Application
from caducee.middleware.pkcs11.compat import Deviation
from caducee.middleware.pkcs11.errors import Pkcs11Error
from caducee.middleware.pkcs11.functions.multipart import MultipartOperation, add, take
from caducee.middleware.pkcs11.mechanisms import RsaScheme, scheme_of
from caducee.middleware.pkcs11.objects import PrivateKeyObject, PublicKeyObject
from caducee.middleware.pkcs11.registry import handles
from caducee.middleware.pkcs11.sessions import OperationPurpose, Pkcs11Session
from caducee.spec.hashes import HASHES
from caducee.spec.pkcs11 import Cka, Ckr, MechanismFlag

__all__ = ["public_key"]


class VerifyOperation(MultipartOperation):
    """A verification that was begun."""

    key: PublicKeyObject

    def __init__(self, key: PublicKeyObject, scheme: RsaScheme, *, original: bool) -> None:
        self.key = key
        self.scheme = scheme
        self._original = original
        if original:
            self.too_long = Ckr.SIGNATURE_INVALID
        super().__init__(self.size - LEAST_PADDING, scheme.hash if scheme.hashes else None)

    @property
    def size(self) -> int:
        """Bytes of a signature."""
        return (self.key.public.key_size + 7) // 8

    def check(self, signature: bytes) -> None:
        """Raise `Pkcs11Error` (CKR_SIGNATURE_LEN_RANGE, CKR_SIGNATURE_INVALID) unless it fits."""
        if len(signature) != self.size:
            raise Pkcs11Error(Ckr.SIGNATURE_LEN_RANGE)
        try:
            self._check(signature, self.gathered)
        except (InvalidSignature, ValueError) as error:
            raise Pkcs11Error(Ckr.SIGNATURE_INVALID) from error

    def _check(self, signature: bytes, data: bytes) -> None:
        public, scheme = self.key.public, self.scheme
        if scheme.hash is None:
            found = self._recovered(signature)
            if not any(hmac.compare_digest(found, block) for block in self._blocks(data)):
                raise InvalidSignature
            return
        algorithm = hash_object(scheme.hash)
        way: padding.AsymmetricPadding = padding.PKCS1v15()
        if scheme.pss:
            if len(data) != algorithm.digest_size:
                raise Pkcs11Error(Ckr.DATA_LEN_RANGE)
            way = padding.PSS(padding.MGF1(algorithm), scheme.salt)
        public.verify(signature, data, way, utils.Prehashed(algorithm))

    def _recovered(self, signature: bytes) -> bytes:
        try:
            return self.key.public.recover_data_from_signature(signature, padding.PKCS1v15(), None)
        except InvalidSignature as error:
            if self._original:
                raise Pkcs11Error(Ckr.GENERAL_ERROR) from error
            raise

    def _blocks(self, data: bytes) -> list[bytes]:
        """What a signature by CKM_RSA_PKCS may hold: a bare digest stands for its DigestInfo where
        the signature key made it.
        """
        if self.key.use is KeyUse.SIGNATURE:
            names = [name for name in Hash if HASHES[name].size == len(data)]
            return [data, *(digest_info(data, name) for name in names)]
        return [data]


def public_key(
    application: Pkcs11Application,
    session: Pkcs11Session,
    handle: int,
    invalid: Ckr = Ckr.KEY_HANDLE_INVALID,
) -> PublicKeyObject:
    """Return a public key, or, as the issuer's module, the public half of a private one.

    Raises `Pkcs11Error`: ``invalid``, ….
    """
    obj = application.object_of(session, handle, invalid)
    original = application.deviates(Deviation.KEY_CLASS)
    if isinstance(obj, PrivateKeyObject):
        if original and obj.public is not None:
            return PublicKeyObject(obj.values, public=obj.public, use=obj.use)
        raise Pkcs11Error(Ckr.KEY_FUNCTION_NOT_PERMITTED)
    if not isinstance(obj, PublicKeyObject):
        raise Pkcs11Error(Ckr.KEY_TYPE_INCONSISTENT if original else invalid)
    return obj


@handles("C_VerifyInit")
def verify_init(
    application: Pkcs11Application, session: int, mechanism: Mechanism | None, key: int
) -> None:
    """Begin a verification."""
    found = application.session(session)
    if mechanism is None:
        found.cancel(OperationPurpose.VERIFY)
        return
    original = application.deviates(Deviation.ORDER)
    if not original:
        found.demand_idle(OperationPurpose.VERIFY)
    obj = public_key(application, found, key)
    if not original:
        obj.demand(Cka.VERIFY)
    obj.demand_mechanism(mechanism.type)
    scheme = scheme_of(found.token.face, mechanism, MechanismFlag.VERIFY, original=original)
    if scheme.salt > obj.public.key_size // 8:
        raise Pkcs11Error(Ckr.MECHANISM_PARAM_INVALID, salt=scheme.salt)
    spoiled = application.deviates(Deviation.SPOILED_SIGNATURE)
    found.begin(OperationPurpose.VERIFY, VerifyOperation(obj, scheme, original=spoiled))


@handles("C_Verify", locked=False)
def verify(application: Pkcs11Application, session: int, data: bytes, signature: bytes) -> None:
    """Verify a signature of data in one call."""
    _, operation = take(application, session, OperationPurpose.VERIFY, VerifyOperation, whole=True)
    if len(signature) != operation.size:
        raise Pkcs11Error(Ckr.SIGNATURE_LEN_RANGE)
    operation.update(data)
    operation.check(signature)


@handles("C_VerifyUpdate", locked=False)
def verify_update(application: Pkcs11Application, session: int, part: bytes) -> None:
    """Take more data."""
    add(application, session, OperationPurpose.VERIFY, VerifyOperation, part)


@handles("C_VerifyFinal", locked=False)
def verify_final(application: Pkcs11Application, session: int, signature: bytes) -> None:
    """Verify the signature of what came in parts."""
    _, operation = take(application, session, OperationPurpose.VERIFY, VerifyOperation, whole=False)
    operation.check(signature)
