# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Templates of programs, read strictly: what a caller's attributes say of an object to be made."""

from collections.abc import Collection, Sequence
from typing import Final

from caducee.codec.pkcs11 import Attribute
from caducee.middleware.pkcs11.application import Pkcs11Application
from caducee.middleware.pkcs11.errors import Pkcs11Error
from caducee.middleware.pkcs11.values import Value, flag_of, number_of, numbers_of
from caducee.spec.pkcs11 import Cka, Ckk, Cko, Ckr

__all__ = ["CHANGEABLE", "SECRET_SIZES", "SETTABLE", "read_template"]

_FLAGS: Final = frozenset(
    {
        Cka.TOKEN,
        Cka.PRIVATE,
        Cka.MODIFIABLE,
        Cka.COPYABLE,
        Cka.DESTROYABLE,
        Cka.TRUSTED,
        Cka.SENSITIVE,
        Cka.EXTRACTABLE,
        Cka.ENCRYPT,
        Cka.DECRYPT,
        Cka.SIGN,
        Cka.SIGN_RECOVER,
        Cka.VERIFY,
        Cka.VERIFY_RECOVER,
        Cka.WRAP,
        Cka.UNWRAP,
        Cka.WRAP_WITH_TRUSTED,
        Cka.DERIVE,
        Cka.LOCAL,
        Cka.ALWAYS_SENSITIVE,
        Cka.NEVER_EXTRACTABLE,
        Cka.ALWAYS_AUTHENTICATE,
    }
)
_NUMBERS: Final = frozenset(
    {
        Cka.CLASS,
        Cka.KEY_TYPE,
        Cka.CERTIFICATE_TYPE,
        Cka.CERTIFICATE_CATEGORY,
        Cka.JAVA_MIDP_SECURITY_DOMAIN,
        Cka.NAME_HASH_ALGORITHM,
        Cka.MODULUS_BITS,
        Cka.VALUE_LEN,
        Cka.KEY_GEN_MECHANISM,
    }
)
_DATES: Final = frozenset({Cka.START_DATE, Cka.END_DATE})

_STORAGE: Final = frozenset(
    {
        Cka.CLASS,
        Cka.TOKEN,
        Cka.PRIVATE,
        Cka.MODIFIABLE,
        Cka.LABEL,
        Cka.COPYABLE,
        Cka.DESTROYABLE,
    }
)
_KEY: Final = _STORAGE | {
    Cka.KEY_TYPE,
    Cka.ID,
    Cka.START_DATE,
    Cka.END_DATE,
    Cka.DERIVE,
    Cka.ALLOWED_MECHANISMS,
}

SETTABLE: Final[dict[int, frozenset[Cka]]] = {
    Cko.DATA: _STORAGE | {Cka.APPLICATION, Cka.OBJECT_ID, Cka.VALUE},
    Cko.CERTIFICATE: _STORAGE
    | {
        Cka.CERTIFICATE_TYPE,
        Cka.CERTIFICATE_CATEGORY,
        Cka.TRUSTED,
        Cka.ID,
        Cka.SUBJECT,
        Cka.ISSUER,
        Cka.SERIAL_NUMBER,
        Cka.VALUE,
        Cka.URL,
        Cka.HASH_OF_SUBJECT_PUBLIC_KEY,
        Cka.HASH_OF_ISSUER_PUBLIC_KEY,
        Cka.NAME_HASH_ALGORITHM,
        Cka.JAVA_MIDP_SECURITY_DOMAIN,
        Cka.CHECK_VALUE,
        Cka.START_DATE,
        Cka.END_DATE,
        Cka.PUBLIC_KEY_INFO,
    },
    Cko.PUBLIC_KEY: _KEY
    | {
        Cka.SUBJECT,
        Cka.ENCRYPT,
        Cka.VERIFY,
        Cka.VERIFY_RECOVER,
        Cka.WRAP,
        Cka.TRUSTED,
        Cka.MODULUS,
        Cka.PUBLIC_EXPONENT,
        Cka.PUBLIC_KEY_INFO,
    },
    Cko.SECRET_KEY: _KEY
    | {
        Cka.SENSITIVE,
        Cka.EXTRACTABLE,
        Cka.ENCRYPT,
        Cka.DECRYPT,
        Cka.SIGN,
        Cka.VERIFY,
        Cka.WRAP,
        Cka.UNWRAP,
        Cka.WRAP_WITH_TRUSTED,
        Cka.TRUSTED,
        Cka.VALUE,
        Cka.VALUE_LEN,
        Cka.CHECK_VALUE,
    },
}
"""Attributes that a program may give to an object that it makes, by class (2.40 section 4)."""

SECRET_SIZES: Final[dict[Value, range]] = {
    int(Ckk.GENERIC_SECRET): range(1, 4097),
    int(Ckk.AES): range(16, 33, 8),
}
"""Bytes that the value of a secret key may have, by its type."""

_KEY_TYPES: Final[dict[int, Collection[Value]]] = {
    Cko.PUBLIC_KEY: {int(Ckk.RSA)},
    Cko.SECRET_KEY: SECRET_SIZES,
}

_OURS: Final = frozenset(
    {
        Cka.UNIQUE_ID,
        Cka.LOCAL,
        Cka.KEY_GEN_MECHANISM,
        Cka.ALWAYS_SENSITIVE,
        Cka.NEVER_EXTRACTABLE,
        Cka.MODULUS_BITS,
    }
)
"""Attributes that the token alone gives."""

CHANGEABLE: Final = frozenset(
    {
        Cka.LABEL,
        Cka.APPLICATION,
        Cka.OBJECT_ID,
        Cka.ID,
        Cka.SUBJECT,
        Cka.ISSUER,
        Cka.SERIAL_NUMBER,
        Cka.START_DATE,
        Cka.END_DATE,
        Cka.ENCRYPT,
        Cka.DECRYPT,
        Cka.SIGN,
        Cka.VERIFY,
        Cka.VERIFY_RECOVER,
        Cka.WRAP,
        Cka.UNWRAP,
        Cka.DERIVE,
    }
)
"""Attributes that may be changed later; the value of a data object too."""


def read_template(
    application: Pkcs11Application, template: Sequence[Attribute], kind: int | None = None
) -> dict[int, Value]:
    """Return what a template says, for an object of class ``kind``, or of the one it names.

    Raises `Pkcs11Error`: CKR_ARGUMENTS_BAD, CKR_TEMPLATE_INCOMPLETE,
    CKR_TEMPLATE_INCONSISTENT, CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_VALUE_INVALID,
    CKR_ATTRIBUTE_READ_ONLY.
    """
    if len(template) > application.settings.template:
        raise Pkcs11Error(Ckr.ARGUMENTS_BAD)
    width = application.info.ulong_size
    found: dict[int, Value] = {}
    for item in template:
        if item.type in found:
            raise Pkcs11Error(Ckr.TEMPLATE_INCONSISTENT, attribute=item.type)
        found[item.type] = _value(item, width)
    named = found.get(Cka.CLASS, kind)
    if named is None:
        raise Pkcs11Error(Ckr.TEMPLATE_INCOMPLETE)
    wanted = int(named) if isinstance(named, int) else -1
    settable = SETTABLE.get(wanted)
    if settable is None or (kind is not None and wanted != kind):
        raise Pkcs11Error(Ckr.TEMPLATE_INCONSISTENT)
    if found.get(Cka.KEY_TYPE) not in (None, *_KEY_TYPES.get(wanted, ())):
        raise Pkcs11Error(Ckr.ATTRIBUTE_VALUE_INVALID, attribute=Cka.KEY_TYPE.name)
    for number in found:
        if number not in settable:
            _refuse(number)
    if found.get(Cka.TRUSTED) is True:  # for the security officer alone, and never here
        raise Pkcs11Error(Ckr.ATTRIBUTE_READ_ONLY)
    return found


def _refuse(number: int) -> None:
    ours = number in _OURS
    raise Pkcs11Error(Ckr.ATTRIBUTE_READ_ONLY if ours else Ckr.ATTRIBUTE_TYPE_INVALID)


def _value(attribute: Attribute, width: int) -> Value:
    value: Value | None = attribute.value
    if attribute.type in _FLAGS:
        value = flag_of(attribute.value)
    elif attribute.type in _NUMBERS:
        value = number_of(attribute.value, width)
    elif attribute.type == Cka.ALLOWED_MECHANISMS:
        value = numbers_of(attribute.value, width)
    elif (
        attribute.type in _DATES
        and attribute.value
        and not (len(attribute.value) == 8 and attribute.value.isdigit())
    ):
        value = None
    if value is None:
        raise Pkcs11Error(Ckr.ATTRIBUTE_VALUE_INVALID, attribute=attribute.type)
    return value
