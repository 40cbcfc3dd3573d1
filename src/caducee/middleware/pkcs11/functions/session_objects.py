# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Objects that programs make: in the session alone, for nobody writes objects onto a CPS."""

import secrets
from collections.abc import Callable, Sequence
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from caducee.base.errors import FormatError
from caducee.codec.pkcs11 import Attribute
from caducee.middleware.pkcs11.application import Pkcs11Application
from caducee.middleware.pkcs11.attributes import certificate_values, public_key_values
from caducee.middleware.pkcs11.errors import Pkcs11Error
from caducee.middleware.pkcs11.functions.templates import SECRET_SIZES, read_template
from caducee.middleware.pkcs11.objects import Pkcs11Object, PublicKeyObject
from caducee.middleware.pkcs11.sessions import Pkcs11Session
from caducee.middleware.pkcs11.values import Value
from caducee.spec.pkcs11 import UNAVAILABLE, Cka, Ckc, Cko, Ckr, Cku

__all__ = ["check_unwrapped", "demand_place", "made", "unwrapped"]

_BITS: Final = range(1024, 4097)
_MAX_EXPONENT: Final = 1 << 64

_STORAGE: Final[dict[int, Value]] = {
    Cka.TOKEN: False,
    Cka.PRIVATE: False,
    Cka.MODIFIABLE: True,
    Cka.COPYABLE: True,
    Cka.DESTROYABLE: True,
    Cka.LABEL: b"",
}
_KEY: Final[dict[int, Value]] = _STORAGE | {
    Cka.ID: b"",
    Cka.START_DATE: b"",
    Cka.END_DATE: b"",
    Cka.DERIVE: False,
    Cka.LOCAL: False,
    Cka.KEY_GEN_MECHANISM: UNAVAILABLE,
    Cka.ALLOWED_MECHANISMS: (),
}


def made(
    application: Pkcs11Application, session: Pkcs11Session, template: Sequence[Attribute]
) -> Pkcs11Object:
    """Return the object that a template describes. Raises `Pkcs11Error`."""
    found = read_template(application, template)
    demand_place(session, found)
    kind = found[Cka.CLASS]
    make = _MAKERS.get(int(kind)) if isinstance(kind, int) else None
    if make is None:
        raise Pkcs11Error(Ckr.TEMPLATE_INCONSISTENT)
    return make(found | {Cka.UNIQUE_ID: secrets.token_hex(16)})


def demand_place(session: Pkcs11Session, values: dict[int, Value]) -> None:
    """Refuse an object that would be on the card, or private without a login.

    Raises `Pkcs11Error`: CKR_SESSION_READ_ONLY, CKR_ATTRIBUTE_VALUE_INVALID (valid values depend on
    the token; 2.40 section 4.1.1), CKR_USER_NOT_LOGGED_IN.
    """
    if values.get(Cka.TOKEN) is True:
        session.demand_writable()
        raise Pkcs11Error(Ckr.ATTRIBUTE_VALUE_INVALID, attribute=Cka.TOKEN.name)
    if values.get(Cka.PRIVATE) is True and session.login.user is not Cku.USER:
        raise Pkcs11Error(Ckr.USER_NOT_LOGGED_IN)


def _demand(values: dict[int, Value], *attributes: Cka) -> None:
    for attribute in attributes:
        if attribute not in values:
            raise Pkcs11Error(Ckr.TEMPLATE_INCOMPLETE, attribute=attribute.name)


def _octets(values: dict[int, Value], attribute: Cka) -> bytes:
    found = values[attribute]
    if not isinstance(found, bytes):
        raise Pkcs11Error(Ckr.ATTRIBUTE_VALUE_INVALID, attribute=attribute.name)
    return found


def _data(values: dict[int, Value]) -> Pkcs11Object:
    empty: dict[int, Value] = {Cka.APPLICATION: b"", Cka.OBJECT_ID: b"", Cka.VALUE: b""}
    return Pkcs11Object(_STORAGE | empty | values)


def _certificate(values: dict[int, Value]) -> Pkcs11Object:
    _demand(values, Cka.CERTIFICATE_TYPE, Cka.SUBJECT, Cka.VALUE)
    if values[Cka.CERTIFICATE_TYPE] != Ckc.X_509:
        raise Pkcs11Error(Ckr.ATTRIBUTE_VALUE_INVALID)
    der = _octets(values, Cka.VALUE)
    try:
        found = certificate_values(der, x509.load_der_x509_certificate(der))
    except (ValueError, IndexError, x509.InvalidVersion, FormatError) as error:
        raise Pkcs11Error(Ckr.ATTRIBUTE_VALUE_INVALID) from error
    usual: dict[int, Value] = {
        Cka.CERTIFICATE_CATEGORY: 0,
        Cka.TRUSTED: False,
        Cka.ID: b"",
        Cka.URL: b"",
        Cka.HASH_OF_SUBJECT_PUBLIC_KEY: b"",
        Cka.HASH_OF_ISSUER_PUBLIC_KEY: b"",
        Cka.JAVA_MIDP_SECURITY_DOMAIN: 0,
    }
    return Pkcs11Object(_STORAGE | usual | found | values)


def _public_key(values: dict[int, Value]) -> PublicKeyObject:
    _demand(values, Cka.KEY_TYPE, Cka.MODULUS, Cka.PUBLIC_EXPONENT)
    modulus = int.from_bytes(_octets(values, Cka.MODULUS))
    exponent = int.from_bytes(_octets(values, Cka.PUBLIC_EXPONENT))
    if modulus.bit_length() not in _BITS or exponent >= _MAX_EXPONENT:
        raise Pkcs11Error(Ckr.ATTRIBUTE_VALUE_INVALID)
    try:
        public = rsa.RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError as error:
        raise Pkcs11Error(Ckr.ATTRIBUTE_VALUE_INVALID) from error
    usual: dict[int, Value] = {
        Cka.SUBJECT: b"",
        Cka.ENCRYPT: True,
        Cka.VERIFY: True,
        Cka.VERIFY_RECOVER: False,
        Cka.WRAP: False,
        Cka.TRUSTED: False,
        Cka.WRAP_TEMPLATE: b"",
        Cka.PUBLIC_KEY_INFO: public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    }
    return PublicKeyObject(
        _KEY | usual | values | public_key_values(modulus, exponent), public=public
    )


def _secret_key(values: dict[int, Value]) -> Pkcs11Object:
    """Return a secret key: it is kept and digested; no mechanism of a CPS uses it."""
    _demand(values, Cka.KEY_TYPE, Cka.VALUE)
    value = _octets(values, Cka.VALUE)
    sizes = SECRET_SIZES[values[Cka.KEY_TYPE]]
    if len(value) not in sizes:
        raise Pkcs11Error(Ckr.ATTRIBUTE_VALUE_INVALID)
    length = values.get(Cka.VALUE_LEN, len(value))
    if length != len(value):
        raise Pkcs11Error(Ckr.TEMPLATE_INCONSISTENT)
    usual: dict[int, Value] = dict.fromkeys(_SECRET_FLAGS, False)
    found = _KEY | usual | {Cka.EXTRACTABLE: True, Cka.VALUE_LEN: length} | values
    readable = found[Cka.SENSITIVE] is False and found[Cka.EXTRACTABLE] is True
    if readable:
        return Pkcs11Object(found, secret=value)
    del found[Cka.VALUE]
    return Pkcs11Object(found, frozenset({int(Cka.VALUE)}), secret=value)


_SECRET_FLAGS: Final = (
    Cka.SENSITIVE,
    Cka.ALWAYS_SENSITIVE,
    Cka.NEVER_EXTRACTABLE,
    Cka.ENCRYPT,
    Cka.DECRYPT,
    Cka.SIGN,
    Cka.VERIFY,
    Cka.WRAP,
    Cka.UNWRAP,
    Cka.WRAP_WITH_TRUSTED,
    Cka.TRUSTED,
)

_MAKERS: Final[dict[int, Callable[[dict[int, Value]], Pkcs11Object]]] = {
    Cko.DATA: _data,
    Cko.CERTIFICATE: _certificate,
    Cko.PUBLIC_KEY: _public_key,
    Cko.SECRET_KEY: _secret_key,
}


def unwrapped(
    application: Pkcs11Application,
    session: Pkcs11Session,
    template: Sequence[Attribute],
    value: bytes,
) -> Pkcs11Object:
    """Return the secret key that a template describes, with a value that was unwrapped.

    Raises `Pkcs11Error`; CKR_WRAPPED_KEY_INVALID for a value that such a key cannot have.
    """
    found = check_unwrapped(application, session, template)
    try:
        return _secret_key(found | {Cka.VALUE: value, Cka.UNIQUE_ID: secrets.token_hex(16)})
    except Pkcs11Error as error:
        if error.rv is Ckr.ATTRIBUTE_VALUE_INVALID:
            raise Pkcs11Error(Ckr.WRAPPED_KEY_INVALID) from error
        raise


def check_unwrapped(
    application: Pkcs11Application, session: Pkcs11Session, template: Sequence[Attribute]
) -> dict[int, Value]:
    """Return what a template says of a key to be unwrapped. Raises `Pkcs11Error`."""
    found = read_template(application, template, int(Cko.SECRET_KEY))
    demand_place(session, found)
    _demand(found, Cka.KEY_TYPE)
    if Cka.VALUE in found:
        raise Pkcs11Error(Ckr.TEMPLATE_INCONSISTENT)
    return found | {Cka.CLASS: int(Cko.SECRET_KEY)}
