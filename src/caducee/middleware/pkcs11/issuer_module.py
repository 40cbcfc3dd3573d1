# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Objects as the issuer's module 5.2 shows them (``compat = "cps3"``): order and attributes.

Measured on the module with cards of ours; the answers stand in ``tests/vectors/pkcs11-cps3.toml``.
"""

from dataclasses import replace
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from caducee.codec.tlv import Tlv
from caducee.cryptolib.model import KeyUse
from caducee.middleware.pkcs11.objects import Pkcs11Object, PrivateKeyObject, PublicKeyObject
from caducee.middleware.pkcs11.values import Value
from caducee.spec.atrs import CardFace
from caducee.spec.pkcs11 import Cka, Cko

__all__ = ["as_original"]

_NEWER: Final = {Cka.COPYABLE, Cka.DESTROYABLE, Cka.UNIQUE_ID, Cka.PUBLIC_KEY_INFO}
"""Attributes that came after 2.20."""

_ABSENT: Final[dict[int, set[Cka]]] = {
    Cko.CERTIFICATE: {
        Cka.CERTIFICATE_CATEGORY,
        Cka.CHECK_VALUE,
        Cka.START_DATE,
        Cka.END_DATE,
        Cka.URL,
    },
    Cko.PUBLIC_KEY: {
        Cka.ALLOWED_MECHANISMS,
        Cka.START_DATE,
        Cka.END_DATE,
        Cka.SUBJECT,
        Cka.TRUSTED,
    },
    Cko.PRIVATE_KEY: {
        Cka.ALLOWED_MECHANISMS,
        Cka.ALWAYS_AUTHENTICATE,
        Cka.MODULUS,
        Cka.PUBLIC_EXPONENT,
        Cka.WRAP_WITH_TRUSTED,
    },
}
_NO_OBJECT_ID: Final = b"\xff\xff\xff\xff" + bytes(60)
"""An identifier of objects that was never set, as OpenSC holds it in memory."""

_KEY_ORDER: Final = {Cko.PRIVATE_KEY: 0, Cko.PUBLIC_KEY: 1, Cko.CERTIFICATE: 2}


def as_original(objects: tuple[Pkcs11Object, ...], face: CardFace) -> tuple[Pkcs11Object, ...]:
    """Return the objects of a card in the issuer's order, with the attributes that it states.

    Each private key stands before its public key and certificate; data behind the PIN stand before
    the others.
    """
    ids = [item.values[Cka.ID] for item in objects if item.kind == Cko.CERTIFICATE]

    def place(obj: Pkcs11Object) -> tuple[int, int]:
        if obj.kind not in _KEY_ORDER:
            return len(ids) + 1, not obj.private
        own = obj.values.get(Cka.ID)
        return ids.index(own) if own in ids else len(ids), _KEY_ORDER[Cko(obj.kind)]

    return tuple(replace(item, values=_values(item, face)) for item in sorted(objects, key=place))


def _values(obj: Pkcs11Object, face: CardFace) -> dict[int, Value]:
    absent = _NEWER | _ABSENT.get(obj.kind, set())
    values = {number: item for number, item in obj.values.items() if number not in absent}
    if isinstance(obj, PublicKeyObject):
        return values | _of_public_key(obj, face)
    if isinstance(obj, PrivateKeyObject):
        return values | _of_private_key(obj)
    if obj.kind == Cko.DATA:
        values[Cka.OBJECT_ID] = _NO_OBJECT_ID
    serial = values.get(Cka.SERIAL_NUMBER)
    if isinstance(serial, bytes) and serial:
        values[Cka.SERIAL_NUMBER] = Tlv.from_bytes(serial).value  # without the head of its DER
    return values


def _of_public_key(key: PublicKeyObject, face: CardFace) -> dict[int, Value]:
    """Attributes of private keys, which the module gives to public ones too."""
    values: dict[int, Value] = dict.fromkeys((Cka.SENSITIVE, Cka.ALWAYS_SENSITIVE), True)
    values[Cka.NEVER_EXTRACTABLE] = True
    values |= dict.fromkeys(
        (Cka.EXTRACTABLE, Cka.DECRYPT, Cka.SIGN, Cka.SIGN_RECOVER, Cka.UNWRAP), False
    )
    values[Cka.WRAP] = key.use is KeyUse.AUTHENTICATION
    if face is CardFace.CPS4:
        values[Cka.ENCRYPT] = True
    values[Cka.VALUE] = key.public.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    return values


def _of_private_key(key: PrivateKeyObject) -> dict[int, Value]:
    values: dict[int, Value] = dict.fromkeys(
        (Cka.ENCRYPT, Cka.VERIFY, Cka.VERIFY_RECOVER, Cka.WRAP), False
    )
    return values | {Cka.SUBJECT: b"", Cka.MODULUS_BITS: key.bits}
