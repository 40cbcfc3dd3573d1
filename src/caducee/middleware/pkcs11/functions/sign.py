# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Signatures (2.40 section 5.11): the card computes, the digest is made here.

The signature key signs digests by SHA-1 and SHA-256 only, since the card adds the DigestInfo; the
other keys sign any block that fits.
"""

from caducee.base.errors import CardError
from caducee.codec.pkcs11 import Mechanism, OutputBuffer
from caducee.cryptolib.card import CpsCard
from caducee.cryptolib.digest_info import digest_info
from caducee.cryptolib.key_purpose import KeyPurpose, require_key
from caducee.cryptolib.model import Hash, KeyUse
from caducee.cryptolib.paddings import LEAST_PADDING
from caducee.middleware.pkcs11.application import Pkcs11Application
from caducee.middleware.pkcs11.compat import Deviation
from caducee.middleware.pkcs11.errors import Pkcs11Error
from caducee.middleware.pkcs11.functions.multipart import MultipartOperation, add, take_for_room
from caducee.middleware.pkcs11.functions.requirements import uses_key
from caducee.middleware.pkcs11.mechanisms import RsaScheme, scheme_of
from caducee.middleware.pkcs11.objects import PrivateKeyObject, PublicKeyObject
from caducee.middleware.pkcs11.registry import CallOutcome, given, handles
from caducee.middleware.pkcs11.sessions import OperationPurpose, Pkcs11Session
from caducee.middleware.pkcs11.slots import Slot
from caducee.spec.atrs import CardFace
from caducee.spec.hashes import HASHES
from caducee.spec.pkcs11 import Cka, Ckr, MechanismFlag

__all__ = ["private_key"]


class SignOperation(MultipartOperation):
    """A signature that was begun."""

    key: PrivateKeyObject

    def __init__(self, key: PrivateKeyObject, scheme: RsaScheme) -> None:
        self.key = key
        self.scheme = scheme
        super().__init__(self.size, scheme.hash if scheme.hashes else None)

    @property
    def size(self) -> int:
        """Bytes of the signature."""
        return (self.key.bits + 7) // 8


def private_key(
    application: Pkcs11Application,
    session: Pkcs11Session,
    handle: int,
    invalid: Ckr = Ckr.KEY_HANDLE_INVALID,
) -> PrivateKeyObject:
    """Return a private key. Raises `Pkcs11Error`: ``invalid``, CKR_KEY_TYPE_INCONSISTENT, …."""
    obj = application.object_of(session, handle, invalid)
    if not isinstance(obj, PrivateKeyObject) and application.deviates(Deviation.KEY_CLASS):
        raise Pkcs11Error(Ckr.KEY_TYPE_INCONSISTENT)
    if isinstance(obj, PublicKeyObject):
        raise Pkcs11Error(Ckr.KEY_FUNCTION_NOT_PERMITTED)
    if not isinstance(obj, PrivateKeyObject):
        raise Pkcs11Error(invalid)
    return obj


@handles("C_SignInit")
def sign_init(
    application: Pkcs11Application, session: int, mechanism: Mechanism | None, key: int
) -> None:
    """Begin a signature."""
    found = application.session(session)
    if mechanism is None:
        found.cancel(OperationPurpose.SIGN)
        return
    original = application.deviates(Deviation.ORDER)
    if not original:
        found.demand_idle(OperationPurpose.SIGN)
    obj = private_key(application, found, key)
    obj.demand(Cka.SIGN)
    scheme = scheme_of(found.token.face, mechanism, MechanismFlag.SIGN, original=original)
    _check_key(application, obj, scheme)
    found.begin(OperationPurpose.SIGN, SignOperation(obj, scheme))


def _check_key(application: Pkcs11Application, key: PrivateKeyObject, scheme: RsaScheme) -> None:
    """Refuse what the key cannot do before anything is signed."""
    if scheme.hash is None:
        return
    if scheme.hashes and application.engine.stays.policy.separate_keys:
        _demand_for_document(application, key)
    if scheme.pss:
        size = HASHES[scheme.hash].size
        known = key.use is not KeyUse.SIGNATURE or scheme.hash in set(Hash)
        if scheme.salt != size or not known:
            raise Pkcs11Error(Ckr.MECHANISM_PARAM_INVALID, salt=scheme.salt)


def _demand_for_document(application: Pkcs11Application, key: PrivateKeyObject) -> None:
    """Let only the key for documents sign what was digested here."""
    try:
        require_key(KeyPurpose.DOCUMENT, key.use)
    except CardError as error:
        original = application.deviates(Deviation.HASH_WITH_AUTHENTICATION_KEY)
        rv = Ckr.KEY_TYPE_INCONSISTENT if original else Ckr.KEY_FUNCTION_NOT_PERMITTED
        raise Pkcs11Error(rv, reason=error.code) from error


def _needs(application: Pkcs11Application, session: int, *rest: object) -> Slot | None:
    return uses_key(application, session, OperationPurpose.SIGN)


@handles("C_Sign", locked=False, needs=_needs)
def sign(
    application: Pkcs11Application, session: int, data: bytes, room: OutputBuffer
) -> CallOutcome:
    """Sign data in one call."""
    taken = take_for_room(
        application, session, OperationPurpose.SIGN, SignOperation, room, whole=True
    )
    if isinstance(taken, CallOutcome):
        return taken
    found, operation = taken
    _update(application, operation, data)
    return given(room, _signature(application, found, operation))


@handles("C_SignUpdate", locked=False)
def sign_update(application: Pkcs11Application, session: int, part: bytes) -> None:
    """Take more data to sign."""
    add(application, session, OperationPurpose.SIGN, SignOperation, part)


@handles("C_SignFinal", locked=False, needs=_needs)
def sign_final(application: Pkcs11Application, session: int, room: OutputBuffer) -> CallOutcome:
    """Sign what came in parts."""
    taken = take_for_room(
        application, session, OperationPurpose.SIGN, SignOperation, room, whole=False
    )
    if isinstance(taken, CallOutcome):
        return taken
    return given(room, _signature(application, *taken))


def _signature(
    application: Pkcs11Application, session: Pkcs11Session, operation: SignOperation
) -> bytes:
    key, scheme, data = operation.key, operation.scheme, operation.gathered
    _check_data(application, session, operation)
    if scheme.pss and len(data) != scheme.salt:  # the salt is as long as the digest
        raise Pkcs11Error(Ckr.DATA_LEN_RANGE)
    digest = None
    if key.use is KeyUse.SIGNATURE and scheme.hash is None:
        digest = _stripped(application, data)
    with application.with_pin(session.login, needed=key.private) as card:
        if scheme.pss and scheme.hash is not None:
            return card.sign_pss(data, scheme.hash, key.use)
        if key.use is KeyUse.SIGNATURE:
            return _by_signature_key(card, scheme, data, digest)
        block = data if scheme.hash is None else digest_info(data, scheme.hash)
        return card.authenticate(block, key.use)


def _update(application: Pkcs11Application, operation: SignOperation, data: bytes) -> None:
    """Take the data of a call that ends; too many are something else to the issuer's module."""
    try:
        operation.update(data)
    except Pkcs11Error as error:
        if not application.deviates(Deviation.DATA_TO_SIGN):
            raise
        signs = operation.key.use is KeyUse.SIGNATURE
        raise Pkcs11Error(Ckr.DATA_INVALID if signs else Ckr.ARGUMENTS_BAD) from error


def _check_data(
    application: Pkcs11Application, session: Pkcs11Session, operation: SignOperation
) -> None:
    """Refuse what a card cannot sign, or the issuer's module does not."""
    key, scheme, data = operation.key, operation.scheme, operation.gathered
    cps4 = session.token.face is CardFace.CPS4
    signs = key.use is KeyUse.SIGNATURE
    if scheme.raw:
        raise Pkcs11Error(Ckr.FUNCTION_NOT_SUPPORTED)
    if scheme.hash is not None:
        deviates = application.deviates(Deviation.HASH_WITH_AUTHENTICATION_KEY)
        if deviates and not signs and not scheme.pss:
            raise Pkcs11Error(Ckr.GENERAL_ERROR if cps4 else Ckr.KEY_TYPE_INCONSISTENT)
        return
    if application.deviates(Deviation.DATA_TO_SIGN):
        if not data and not cps4:
            raise Pkcs11Error(Ckr.KEY_TYPE_INCONSISTENT if signs else Ckr.ARGUMENTS_BAD)
        if cps4 and not signs and len(data) > operation.size - LEAST_PADDING:
            raise Pkcs11Error(Ckr.ARGUMENTS_BAD)
    elif not data and not cps4:
        raise Pkcs11Error(Ckr.DATA_LEN_RANGE)  # a CPS3 takes no empty challenge


def _by_signature_key(
    card: CpsCard, scheme: RsaScheme, data: bytes, digest: tuple[Hash, bytes] | None
) -> bytes:
    if digest is None:
        return card.sign_digest(data, Hash(scheme.hash or Hash.SHA256))
    name, bare = digest
    return card.sign_digest(bare, name)


def _stripped(application: Pkcs11Application, block: bytes) -> tuple[Hash, bytes]:
    """Return the digest in what the signature key gets by CKM_RSA_PKCS: it, or its DigestInfo.

    Raises `Pkcs11Error` (CKR_DATA_LEN_RANGE; issuer's external specification, table 2).
    """
    for name in Hash:
        bare = block[-HASHES[name].size :]
        if len(bare) == HASHES[name].size and block in (bare, digest_info(bare, name)):
            return name, bare
    original = application.deviates(Deviation.DATA_TO_SIGN)
    raise Pkcs11Error(Ckr.DATA_INVALID if original else Ckr.DATA_LEN_RANGE, size=len(block))
