# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What certificates and keys of a card say of themselves: their attributes (2.40 section 4)."""

import hashlib

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from caducee.codec.pkcs15 import CertificateEntry, PrivateKeyEntry
from caducee.codec.tlv import Tlv
from caducee.cryptolib.certificates import public_key_of
from caducee.cryptolib.model import CardIdentity, KeyUse
from caducee.middleware.pkcs11.objects import Pkcs11Object, PrivateKeyObject, PublicKeyObject
from caducee.middleware.pkcs11.values import Value, date_of
from caducee.spec.labels import PUBLIC_KEY_PREFIX
from caducee.spec.pkcs11 import UNAVAILABLE, Cka, Ckc, Ckk, Cko
from caducee.spec.pkcs15 import KeyUsage
from caducee.spec.tags import Universal

__all__ = [
    "certificate_thing",
    "certificate_values",
    "common_values",
    "private_key_thing",
    "public_key_thing",
    "public_key_values",
]

_TOKEN_USER = 1  # CK_CERTIFICATE_CATEGORY_TOKEN_USER
_SIGNS = KeyUsage.SIGN | KeyUsage.SIGN_RECOVER | KeyUsage.NON_REPUDIATION
_SECRETS = frozenset(
    {
        Cka.PRIVATE_EXPONENT,
        Cka.PRIME_1,
        Cka.PRIME_2,
        Cka.EXPONENT_1,
        Cka.EXPONENT_2,
        Cka.COEFFICIENT,
    }
)


def common_values(
    identity: CardIdentity, kind: Cko, label: str, id: bytes, *, private: bool = False
) -> dict[int, Value]:
    """Return the attributes that every object of a card has; its unique id never changes."""
    name = hashlib.sha256(identity.icc + identity.face.value.encode() + bytes((kind,)))
    name.update(len(id).to_bytes(2) + id + label.encode())
    return {
        Cka.CLASS: int(kind),
        Cka.TOKEN: True,
        Cka.PRIVATE: private,
        Cka.MODIFIABLE: False,
        Cka.COPYABLE: True,
        Cka.DESTROYABLE: False,
        Cka.LABEL: label,
        Cka.UNIQUE_ID: name.hexdigest()[:32],
    }


# Certificates


def certificate_thing(
    identity: CardIdentity,
    entry: CertificateEntry,
    der: bytes,
    certificate: x509.Certificate | None,
) -> Pkcs11Object:
    """Return a certificate of the card; ``certificate`` is None for one that is not understood."""
    values = common_values(identity, Cko.CERTIFICATE, entry.label or "", entry.id)
    values |= {
        Cka.CERTIFICATE_TYPE: int(Ckc.X_509),
        Cka.TRUSTED: False,
        Cka.CERTIFICATE_CATEGORY: _TOKEN_USER,
        Cka.JAVA_MIDP_SECURITY_DOMAIN: 0,
        Cka.ID: entry.id,
        Cka.URL: b"",
        Cka.HASH_OF_SUBJECT_PUBLIC_KEY: b"",
        Cka.HASH_OF_ISSUER_PUBLIC_KEY: b"",
    }
    return Pkcs11Object(values | certificate_values(der, certificate))


def certificate_values(der: bytes, certificate: x509.Certificate | None) -> dict[int, Value]:
    """Return the attributes that stand in a certificate; few when it is not understood."""
    values: dict[int, Value] = {
        Cka.VALUE: der,
        Cka.CHECK_VALUE: hashlib.sha1(der, usedforsecurity=False).digest()[:3],
        Cka.START_DATE: b"",
        Cka.END_DATE: b"",
        Cka.SUBJECT: b"",
    }
    if certificate is None:
        return values
    serial, issuer, subject, key = _parts(der)
    return values | {
        Cka.SUBJECT: subject,
        Cka.ISSUER: issuer,
        Cka.SERIAL_NUMBER: serial,
        Cka.START_DATE: date_of(certificate.not_valid_before_utc),
        Cka.END_DATE: date_of(certificate.not_valid_after_utc),
        Cka.PUBLIC_KEY_INFO: key,
    }


def _parts(der: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Return serial number, issuer, subject and key of a certificate, as they stand there."""
    signed = Tlv.from_bytes(der).children()[0].children()
    place = 0 if signed[0].tag == Universal.INTEGER else 1  # the version has a tag of its own
    return tuple(signed[place + step].to_bytes() for step in (0, 2, 4, 5))  # type: ignore[return-value]


def _key_info(certificate: x509.Certificate) -> bytes:
    form = PublicFormat.SubjectPublicKeyInfo
    return public_key_of(certificate).public_bytes(Encoding.DER, form)


# Keys


def public_key_values(modulus: int, exponent: int) -> dict[int, Value]:
    """Return the attributes that are the numbers of a public key, big endian and short."""
    return {
        Cka.MODULUS: modulus.to_bytes((modulus.bit_length() + 7) // 8),
        Cka.MODULUS_BITS: modulus.bit_length(),
        Cka.PUBLIC_EXPONENT: exponent.to_bytes((exponent.bit_length() + 7) // 8),
    }


def _key(local: bool) -> dict[int, Value]:
    return {
        Cka.KEY_TYPE: int(Ckk.RSA),
        Cka.START_DATE: b"",
        Cka.END_DATE: b"",
        Cka.DERIVE: False,
        Cka.LOCAL: local,
        Cka.KEY_GEN_MECHANISM: UNAVAILABLE,
        Cka.ALLOWED_MECHANISMS: (),
    }


def public_key_thing(
    identity: CardIdentity,
    entry: CertificateEntry,
    certificate: x509.Certificate,
    keys: dict[KeyUse, PrivateKeyEntry],
) -> PublicKeyObject:
    """Return the public key of a certificate; what it is for follows from its private key."""
    use = next((item for item, key in keys.items() if key.id == entry.id), None)
    usage = keys[use].usage if use is not None else KeyUsage.SIGN
    public = public_key_of(certificate)
    numbers = public.public_numbers()
    label = PUBLIC_KEY_PREFIX + (entry.label or "")
    values = common_values(identity, Cko.PUBLIC_KEY, label, entry.id) | _key(local=True)
    values |= {
        Cka.ID: entry.id,
        Cka.SUBJECT: _subject(certificate),
        Cka.ENCRYPT: KeyUsage.DECRYPT in usage,
        Cka.VERIFY: bool(usage & _SIGNS),
        Cka.VERIFY_RECOVER: False,
        Cka.WRAP: KeyUsage.UNWRAP in usage,
        Cka.TRUSTED: False,
        Cka.WRAP_TEMPLATE: b"",
        Cka.PUBLIC_KEY_INFO: _key_info(certificate),
    }
    values |= public_key_values(numbers.n, numbers.e)
    return PublicKeyObject(values, public=public, use=use)


def _subject(certificate: x509.Certificate) -> bytes:
    return _parts(certificate.public_bytes(Encoding.DER))[2]


def private_key_thing(
    identity: CardIdentity,
    use: KeyUse,
    key: PrivateKeyEntry,
    certificate: x509.Certificate | None,
) -> PrivateKeyObject:
    """Return a private key; its public half is known when it has a certificate."""
    private = use is not KeyUse.TECHNICAL
    deciphers = use is KeyUse.AUTHENTICATION
    values = common_values(identity, Cko.PRIVATE_KEY, key.label or "", key.id, private=private)
    values |= _key(local=True) | {
        Cka.ID: key.id,
        Cka.SUBJECT: b"" if certificate is None else _subject(certificate),
        Cka.SENSITIVE: True,
        Cka.ALWAYS_SENSITIVE: True,
        Cka.EXTRACTABLE: False,
        Cka.NEVER_EXTRACTABLE: True,
        Cka.SIGN: bool(key.usage & _SIGNS),
        Cka.SIGN_RECOVER: False,
        Cka.DECRYPT: deciphers and KeyUsage.DECRYPT in key.usage,
        Cka.UNWRAP: deciphers and KeyUsage.UNWRAP in key.usage,
        Cka.WRAP_WITH_TRUSTED: False,
        Cka.UNWRAP_TEMPLATE: b"",
        Cka.ALWAYS_AUTHENTICATE: False,
        Cka.COPYABLE: False,
    }
    public = None
    if certificate is not None:
        public = public_key_of(certificate)
        numbers = public.public_numbers()
        values |= public_key_values(numbers.n, numbers.e)
        values[Cka.PUBLIC_KEY_INFO] = _key_info(certificate)
        del values[Cka.MODULUS_BITS]  # an attribute of public keys
    return PrivateKeyObject(values, _SECRETS, use=use, bits=key.bits, public=public)
