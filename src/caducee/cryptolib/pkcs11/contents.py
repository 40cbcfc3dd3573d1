# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The objects of a card: certificates, keys and data, as its own directory files list them.

Labels and ids are the card's; a public key is that of a certificate. The objects of the CPS2ter
side of a CPS3 stand in no directory: the issuer's module adds CPS_SIT_FACT, and one object for each
practice of the other side, whether or not the files exist; so does this one.
"""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from caducee.base.errors import CardError, FormatError
from caducee.codec.pkcs15 import CertificateEntry, DataEntry, PrivateKeyEntry
from caducee.codec.tlv import Tlv
from caducee.cryptolib.card import CpsCard
from caducee.cryptolib.certificates import load_certificate, public_key_of, repaired
from caducee.cryptolib.model import CardIdentity, KeyUse
from caducee.cryptolib.pkcs11.things import (
    DataThing,
    PrivateKeyThing,
    PublicKeyThing,
    Thing,
)
from caducee.cryptolib.pkcs11.values import Value, date_of
from caducee.spec.atrs import CardFace
from caducee.spec.labels import (
    APPLICATION,
    PUBLIC_KEY_PREFIX,
    DataLabel,
    activity_number,
    cps2ter_activity,
)
from caducee.spec.pkcs11 import UNAVAILABLE, Cka, Ckc, Ckk, Cko
from caducee.spec.pkcs15 import KeyUsage, ObjectFlags
from caducee.spec.tags import Universal

__all__ = ["certificate_values", "objects_of", "public_key_values"]

_log = logging.getLogger(__name__)

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


def objects_of(card: CpsCard) -> tuple[Thing, ...]:
    """Return the objects of a card: certificates, public keys, private keys, data, in card order.

    Reads the certificates, from the cache where it has them. Raises what the card raises.
    """
    layout = card.layout
    keys = {use: layout.key(use) for use in card.uses}
    loaded = [(entry, _load(card, entry)) for entry in layout.certificates if entry.path]
    own = {entry.id: certificate for entry, (_, certificate) in loaded}
    identity = card.identity
    things: list[Thing] = []
    things += [_certificate(identity, entry, *found) for entry, found in loaded]
    for entry, (_, certificate) in loaded:
        if certificate is not None:
            things.append(_public_key(identity, entry, certificate, keys))
    things += [_private_key(identity, use, key, own.get(key.id)) for use, key in keys.items()]
    things += _data_objects(card)
    return tuple(things)


def _load(card: CpsCard, entry: CertificateEntry) -> tuple[bytes, x509.Certificate | None]:
    """Return a certificate as stored and, if it can be understood, as a value."""
    content = card.certificate_file(entry)
    try:
        certificate = load_certificate(content, entry.label or "")
    except CardError as error:
        _log.warning("a certificate of the card is not understood: %s", error.code)
        return content, None
    try:
        return repaired(Tlv.from_bytes(content).to_bytes()), certificate
    except FormatError:
        return certificate.public_bytes(Encoding.DER), certificate


def _common(
    identity: CardIdentity, kind: Cko, label: str, id: bytes, *, private: bool = False
) -> dict[int, Value]:
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


def _certificate(
    identity: CardIdentity,
    entry: CertificateEntry,
    der: bytes,
    certificate: x509.Certificate | None,
) -> Thing:
    values = _common(identity, Cko.CERTIFICATE, entry.label or "", entry.id)
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
    return Thing(values | certificate_values(der, certificate))


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
    serial, issuer, subject = _names(der)
    return values | {
        Cka.SUBJECT: subject,
        Cka.ISSUER: issuer,
        Cka.SERIAL_NUMBER: serial,
        Cka.START_DATE: date_of(certificate.not_valid_before_utc),
        Cka.END_DATE: date_of(certificate.not_valid_after_utc),
        Cka.PUBLIC_KEY_INFO: _key_info(certificate),
    }


def _names(der: bytes) -> tuple[bytes, bytes, bytes]:
    """Return serial number, issuer and subject of a certificate, byte for byte as they stand."""
    signed = Tlv.from_bytes(der).children()[0].children()
    place = 0 if signed[0].tag == Universal.INTEGER else 1  # the version has a tag of its own
    return tuple(signed[place + step].to_bytes() for step in (0, 2, 4))  # type: ignore[return-value]


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


def _public_key(
    identity: CardIdentity,
    entry: CertificateEntry,
    certificate: x509.Certificate,
    keys: dict[KeyUse, PrivateKeyEntry],
) -> PublicKeyThing:
    use = next((one for one, key in keys.items() if key.id == entry.id), None)
    usage = keys[use].usage if use is not None else KeyUsage.SIGN
    public = public_key_of(certificate)
    numbers = public.public_numbers()
    label = PUBLIC_KEY_PREFIX + (entry.label or "")
    values = _common(identity, Cko.PUBLIC_KEY, label, entry.id) | _key(local=True)
    values |= {
        Cka.ID: entry.id,
        Cka.SUBJECT: certificate_values_subject(certificate),
        Cka.ENCRYPT: KeyUsage.DECRYPT in usage,
        Cka.VERIFY: bool(usage & _SIGNS),
        Cka.VERIFY_RECOVER: False,
        Cka.WRAP: False,
        Cka.TRUSTED: False,
        Cka.WRAP_TEMPLATE: b"",
        Cka.PUBLIC_KEY_INFO: _key_info(certificate),
    }
    values |= public_key_values(numbers.n, numbers.e)
    return PublicKeyThing(values, public=public, use=use)


def certificate_values_subject(certificate: x509.Certificate) -> bytes:
    """Return the subject of a certificate, byte for byte as it stands there."""
    return _names(certificate.public_bytes(Encoding.DER))[2]


def _private_key(
    identity: CardIdentity,
    use: KeyUse,
    key: PrivateKeyEntry,
    certificate: x509.Certificate | None,
) -> PrivateKeyThing:
    private = use is not KeyUse.TECHNICAL
    deciphers = use is KeyUse.AUTHENTICATION
    values = _common(identity, Cko.PRIVATE_KEY, key.label or "", key.id, private=private)
    values |= _key(local=True) | {
        Cka.ID: key.id,
        Cka.SUBJECT: b"" if certificate is None else certificate_values_subject(certificate),
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
    return PrivateKeyThing(values, _SECRETS, use=use, bits=key.bits, public=public)


# Data


@dataclass
class _File:
    """The content of a file that the card's directory names."""

    card: CpsCard = field(repr=False)
    entry: DataEntry
    kept: bytes | None = field(default=None, repr=False)

    def read(self) -> bytes:
        found = self.kept
        if found is None:
            found = self.card.data_file(self.entry)
            if self.card.layout.is_public(self.card.layout.absolute(self.entry.path)):
                self.kept = found
        return found


@dataclass
class _Billing:
    """A file of the CPS2ter side; empty when there is none."""

    card: CpsCard = field(repr=False)
    number: int
    """Of the practice; 0 for CPS_SIT_FACT."""

    kept: bytes | None = None

    def read(self) -> bytes:
        found = self.card.billing()
        if not self.number:
            return found.situation or b""
        return next((one.raw for one in found.activities if one.number == self.number), b"")


def _data_objects(card: CpsCard) -> Iterator[DataThing]:
    contactless = card.identity.face is CardFace.CPS3_CONTACTLESS
    listed = [entry for entry in card.layout.data if entry.path]
    for entry in listed:
        private = ObjectFlags.PRIVATE in entry.flags or entry.auth_id is not None
        modifiable = (
            ObjectFlags.MODIFIABLE in entry.flags
            and entry.label == DataLabel.CPS_DATA
            and not contactless
        )
        yield _data(
            card,
            entry.label or "",
            _File(card, entry),
            application=entry.application or "",
            private=private,
            modifiable=modifiable,
        )
    if card.identity.face is CardFace.CPS3_CONTACT:
        yield from _billing_objects(card, {entry.label or "" for entry in listed})


def _billing_objects(card: CpsCard, listed: set[str]) -> Iterator[DataThing]:
    """The objects of the CPS2ter side that no directory lists; all are behind the code."""
    if DataLabel.SITUATION not in listed:
        yield _data(card, DataLabel.SITUATION, _Billing(card, 0))
    numbers = sorted(one for one in map(activity_number, listed) if one is not None)
    for number in numbers:
        label = cps2ter_activity(number)
        if label not in listed:
            yield _data(card, label, _Billing(card, number))


def _data(
    card: CpsCard,
    label: str,
    content: _File | _Billing,
    *,
    application: str = APPLICATION,
    private: bool = True,
    modifiable: bool = False,
) -> DataThing:
    values = _common(card.identity, Cko.DATA, label, b"", private=private) | {
        Cka.MODIFIABLE: modifiable,
        Cka.APPLICATION: application,
        Cka.OBJECT_ID: b"",
    }
    return DataThing(values, content=content)
