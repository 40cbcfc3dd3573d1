# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Encryption here, decryption and unwrapping on the card (2.40 sections 5.8, 5.9, 5.14).

RSA takes one block: what comes in parts is gathered, and the last call gives the result.
"""

from cryptography.hazmat.primitives.asymmetric import padding

from caducee.base.errors import CardError
from caducee.codec.pkcs11 import Attribute, Mechanism, OutputBuffer, OutputBytes
from caducee.cryptolib.model import KeyUse
from caducee.cryptolib.paddings import LEAST_PADDING
from caducee.middleware.pkcs11.application import Pkcs11Application
from caducee.middleware.pkcs11.compat import Deviation
from caducee.middleware.pkcs11.errors import Pkcs11Error
from caducee.middleware.pkcs11.functions.multipart import MultipartOperation, add, take
from caducee.middleware.pkcs11.functions.requirements import uses_key, uses_session
from caducee.middleware.pkcs11.functions.session_objects import check_unwrapped, unwrapped
from caducee.middleware.pkcs11.functions.sign import private_key
from caducee.middleware.pkcs11.functions.verify import public_key
from caducee.middleware.pkcs11.mechanisms import scheme_of
from caducee.middleware.pkcs11.objects import Pkcs11Object, PrivateKeyObject, PublicKeyObject
from caducee.middleware.pkcs11.registry import CallOutcome, given, handles, length_only
from caducee.middleware.pkcs11.sessions import OperationPurpose, Pkcs11Session
from caducee.middleware.pkcs11.slots import Slot
from caducee.spec.atrs import CardFace
from caducee.spec.pkcs11 import Cka, Ckr, Cku, MechanismFlag

__all__: list[str] = []


class EncryptOperation(MultipartOperation):
    """An encryption that was begun."""

    key: PublicKeyObject

    def __init__(self, key: PublicKeyObject) -> None:
        self.key = key
        super().__init__(self.size - LEAST_PADDING)

    @property
    def size(self) -> int:
        """Bytes of what comes out."""
        return (self.key.public.key_size + 7) // 8


class DecryptOperation(MultipartOperation):
    """A decryption that was begun."""

    too_long = Ckr.ENCRYPTED_DATA_LEN_RANGE
    key: PrivateKeyObject

    def __init__(self, key: PrivateKeyObject) -> None:
        self.key = key
        super().__init__(self.size)
        self.message: bytes | None = None
        """The message that did not fit: it is given again without the card."""

    @property
    def size(self) -> int:
        """Bytes of what goes in."""
        return (self.key.bits + 7) // 8


def _demand(application: Pkcs11Application, key: Pkcs11Object, attribute: Cka) -> None:
    original = application.deviates(Deviation.KEY_NOT_FOR_THIS)
    use = key.use if isinstance(key, PublicKeyObject) else None
    if not key.may(attribute) or (original and use is KeyUse.SIGNATURE):
        raise Pkcs11Error(Ckr.KEY_TYPE_INCONSISTENT if original else Ckr.KEY_FUNCTION_NOT_PERMITTED)


# Encryption


@handles("C_EncryptInit")
def encrypt_init(
    application: Pkcs11Application, session: int, mechanism: Mechanism | None, key: int
) -> None:
    """Begin an encryption."""
    found = application.session(session)
    if mechanism is None:
        found.cancel(OperationPurpose.ENCRYPT)
        return
    original = application.deviates(Deviation.ORDER)
    if not original:
        found.demand_idle(OperationPurpose.ENCRYPT)
        # pkcs11-tool tries mechanisms without a key; none of these has a parameter to be read.
        scheme_of(found.token.face, mechanism, MechanismFlag.ENCRYPT, original=False)
    obj = public_key(application, found, key)
    if original:
        scheme_of(found.token.face, mechanism, MechanismFlag.ENCRYPT, original=True)
    _demand(application, obj, Cka.ENCRYPT)
    obj.demand_mechanism(mechanism.type)
    found.begin(OperationPurpose.ENCRYPT, EncryptOperation(obj))


@handles("C_Encrypt")
def encrypt(
    application: Pkcs11Application, session: int, data: bytes, room: OutputBuffer
) -> CallOutcome:
    """Encrypt data in one call."""
    taken = take(application, session, OperationPurpose.ENCRYPT, EncryptOperation, whole=True)
    return _encrypted(application, *taken, data, room)


@handles("C_EncryptUpdate")
def encrypt_update(
    application: Pkcs11Application, session: int, part: bytes, room: OutputBuffer
) -> tuple[OutputBytes]:
    """Take more data; nothing comes out before the end."""
    purpose = OperationPurpose.ENCRYPT
    return _gathered(application, session, purpose, EncryptOperation, part, room)


def _gathered(
    application: Pkcs11Application,
    session: int,
    purpose: OperationPurpose,
    kind: type[MultipartOperation],
    data: bytes,
    room: OutputBuffer,
) -> tuple[OutputBytes]:
    """Add data to an operation that stays active; a call that asks for the length adds none."""
    if room.capacity is None:
        found, operation = take(application, session, purpose, kind, whole=False)
        found.give_back(purpose, operation)
    else:
        add(application, session, purpose, kind, data)
    return (OutputBytes(0, b""),)


@handles("C_EncryptFinal")
def encrypt_final(application: Pkcs11Application, session: int, room: OutputBuffer) -> CallOutcome:
    """Encrypt what came in parts."""
    taken = take(application, session, OperationPurpose.ENCRYPT, EncryptOperation, whole=False)
    return _encrypted(application, *taken, b"", room)


def _encrypted(
    application: Pkcs11Application,
    session: Pkcs11Session,
    operation: EncryptOperation,
    data: bytes,
    room: OutputBuffer,
) -> CallOutcome:
    original = application.deviates(Deviation.CIPHER)
    length = length_only(room, operation.size)
    if length is not None:
        session.give_back(OperationPurpose.ENCRYPT, operation)
        if original and room.capacity is not None:
            return CallOutcome(Ckr.BUFFER_TOO_SMALL, (OutputBytes(room.capacity),))
        return length
    try:
        operation.update(data)
    except Pkcs11Error as error:
        raise Pkcs11Error(Ckr.FUNCTION_FAILED if original else error.rv) from error
    return given(room, operation.key.public.encrypt(operation.gathered, padding.PKCS1v15()))


# Decryption


@handles("C_DecryptInit")
def decrypt_init(
    application: Pkcs11Application, session: int, mechanism: Mechanism | None, key: int
) -> None:
    """Begin a decryption."""
    found = application.session(session)
    if mechanism is None:
        found.cancel(OperationPurpose.DECRYPT)
        return
    original = application.deviates(Deviation.DECRYPT_HANDLE)
    if not original:
        found.demand_idle(OperationPurpose.DECRYPT)
    elif found.login.user is not Cku.USER:
        raise Pkcs11Error(Ckr.USER_NOT_LOGGED_IN)
    invalid = Ckr.OBJECT_HANDLE_INVALID if original else Ckr.KEY_HANDLE_INVALID
    obj = private_key(application, found, key, invalid)
    _demand(application, obj, Cka.DECRYPT)
    scheme_of(found.token.face, mechanism, MechanismFlag.DECRYPT, original=original)
    found.begin(OperationPurpose.DECRYPT, DecryptOperation(obj))


def _needs(application: Pkcs11Application, session: int, *rest: object) -> Slot | None:
    return uses_key(application, session, OperationPurpose.DECRYPT)


@handles("C_Decrypt", locked=False, needs=_needs)
def decrypt(
    application: Pkcs11Application, session: int, ciphertext: bytes, room: OutputBuffer
) -> CallOutcome:
    """Decrypt a block in one call."""
    taken = take(application, session, OperationPurpose.DECRYPT, DecryptOperation, whole=True)
    return _decrypted(application, *taken, ciphertext, room)


@handles("C_DecryptUpdate")
def decrypt_update(
    application: Pkcs11Application, session: int, ciphertext: bytes, room: OutputBuffer
) -> tuple[OutputBytes]:
    """Take more of the block; nothing comes out before the end."""
    purpose = OperationPurpose.DECRYPT
    return _gathered(application, session, purpose, DecryptOperation, ciphertext, room)


@handles("C_DecryptFinal", locked=False, needs=_needs)
def decrypt_final(application: Pkcs11Application, session: int, room: OutputBuffer) -> CallOutcome:
    """Decrypt the block that came in parts."""
    taken = take(application, session, OperationPurpose.DECRYPT, DecryptOperation, whole=False)
    return _decrypted(application, *taken, b"", room)


def _decrypted(
    application: Pkcs11Application,
    session: Pkcs11Session,
    operation: DecryptOperation,
    data: bytes,
    room: OutputBuffer,
) -> CallOutcome:
    """Decrypt; how long the message is, only the card states."""
    original = application.deviates(Deviation.CIPHER)
    if room.capacity is None and operation.message is None and not original:
        with application.lock:
            session.give_back(OperationPurpose.DECRYPT, operation)
        return CallOutcome(Ckr.OK, (OutputBytes(operation.size - LEAST_PADDING),))
    if operation.message is None:
        try:
            operation.update(data)
            operation.message = _deciphered(
                application, session, operation.key, operation.gathered, operation.too_long
            )
        except Pkcs11Error as error:
            rv = _issuer_code(session, data, error.rv) if original else error.rv
            raise Pkcs11Error(rv) from error
    outcome = given(room, operation.message)
    if room.capacity is None or outcome.rv == Ckr.BUFFER_TOO_SMALL:
        with application.lock:
            session.give_back(OperationPurpose.DECRYPT, operation)
    return outcome


def _issuer_code(session: Pkcs11Session, data: bytes, rv: Ckr) -> Ckr:
    """Return what the issuer's module answers to a cryptogram."""
    cps4 = session.token.face is CardFace.CPS4
    if rv is Ckr.ENCRYPTED_DATA_LEN_RANGE:
        return Ckr.ARGUMENTS_BAD if cps4 and not data else Ckr.DATA_LEN_RANGE
    if rv is Ckr.ENCRYPTED_DATA_INVALID:
        return Ckr.GENERAL_ERROR if cps4 else Ckr.DATA_INVALID
    return rv


def _deciphered(
    application: Pkcs11Application,
    session: Pkcs11Session,
    key: PrivateKeyObject,
    block: bytes,
    wrong_length: Ckr,
) -> bytes:
    if len(block) != (key.bits + 7) // 8:
        raise Pkcs11Error(wrong_length)
    with application.with_pin(session.login) as card:
        try:
            return card.decipher(block)
        except CardError as error:
            # The card looks at the padding itself, and has no status word of its own for it.
            if error.code in ("cryptolib.status", "cryptolib.padding_wrong"):
                raise Pkcs11Error(Ckr.ENCRYPTED_DATA_INVALID) from error
            raise


# Wrapping and unwrapping


@handles("C_WrapKey")
def wrap_key(
    application: Pkcs11Application,
    session: int,
    mechanism: Mechanism | None,
    wrapping_key: int,
    key: int,
    room: OutputBuffer,
) -> CallOutcome:
    """Encrypt the value of a secret key of a session."""
    found = application.session(session)
    if mechanism is None:
        raise Pkcs11Error(Ckr.ARGUMENTS_BAD)
    wrapping = public_key(application, found, wrapping_key, Ckr.WRAPPING_KEY_HANDLE_INVALID)
    wrapping.demand(Cka.WRAP)
    obj = application.object_of(found, key, Ckr.KEY_HANDLE_INVALID)
    if obj.secret is None:
        raise Pkcs11Error(Ckr.KEY_NOT_WRAPPABLE)
    if not obj.may(Cka.EXTRACTABLE):
        raise Pkcs11Error(Ckr.KEY_UNEXTRACTABLE)
    wrapping.demand_mechanism(mechanism.type)
    scheme_of(found.token.face, mechanism, MechanismFlag.WRAP, original=False)
    operation = EncryptOperation(wrapping)
    if len(obj.secret) > operation.size - LEAST_PADDING:
        raise Pkcs11Error(Ckr.KEY_SIZE_RANGE)
    length = length_only(room, operation.size)
    if length is not None:
        return length
    return given(room, wrapping.public.encrypt(obj.secret, padding.PKCS1v15()))


@handles("C_UnwrapKey", locked=False, needs=uses_session)
def unwrap_key(
    application: Pkcs11Application,
    session: int,
    mechanism: Mechanism | None,
    unwrapping_key: int,
    wrapped: bytes,
    template: tuple[Attribute, ...],
) -> tuple[int]:
    """Decipher a key and make it an object of the session."""
    with application.lock:
        found = application.session(session)
        if mechanism is None:
            raise Pkcs11Error(Ckr.ARGUMENTS_BAD)
        key = private_key(application, found, unwrapping_key, Ckr.UNWRAPPING_KEY_HANDLE_INVALID)
        key.demand(Cka.UNWRAP)
        scheme_of(found.token.face, mechanism, MechanismFlag.UNWRAP, original=False)
        check_unwrapped(application, found, template)
    try:
        value = _deciphered(application, found, key, wrapped, Ckr.WRAPPED_KEY_LEN_RANGE)
    except Pkcs11Error as error:
        if error.rv is Ckr.ENCRYPTED_DATA_INVALID:
            raise Pkcs11Error(Ckr.WRAPPED_KEY_INVALID) from error
        raise
    with application.lock:
        application.session(session)
        obj = unwrapped(application, found, template, value)
        return (application.add(found, obj),)
