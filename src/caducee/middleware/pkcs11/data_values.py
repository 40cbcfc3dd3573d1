# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The objects of a card: certificates, keys and data, as its own directory files list them.

Labels and ids are the card's; a public key is that of a certificate. The objects of the CPS2ter
side of a CPS3 stand in no directory: the issuer's module adds CPS_SIT_FACT, and one object for each
practice of the other side, whether or not the files exist; so does this one.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.base.errors import CardError
from caducee.codec.pkcs15 import CertificateEntry, DataEntry
from caducee.cryptolib.card import CpsCard
from caducee.cryptolib.certificates import load_certificate
from caducee.middleware.pkcs11.attributes import (
    certificate_thing,
    common_values,
    private_key_thing,
    public_key_thing,
)
from caducee.middleware.pkcs11.objects import Pkcs11DataObject, Pkcs11Object
from caducee.spec.atrs import CardFace
from caducee.spec.labels import (
    APPLICATION,
    DataLabel,
    activity_number,
    cps2ter_activity,
)
from caducee.spec.pkcs11 import Cka, Cko
from caducee.spec.pkcs15 import ObjectFlags

__all__ = ["objects_of"]

_log = logging.getLogger(__name__)


def objects_of(card: CpsCard) -> tuple[Pkcs11Object, ...]:
    """Return the objects of a card: certificates, public keys, private keys, data, in card order.

    Reads the certificates, from the cache where it has them. Raises what the card raises.
    """
    layout = card.layout
    keys = {use: layout.key(use) for use in card.uses}
    loaded = [(entry, _load(card, entry)) for entry in layout.certificates if entry.path]
    own = {entry.id: certificate for entry, (_, certificate) in loaded}
    identity = card.identity
    objects: list[Pkcs11Object] = []
    objects += [certificate_thing(identity, entry, *found) for entry, found in loaded]
    for entry, (_, certificate) in loaded:
        if certificate is not None:
            objects.append(public_key_thing(identity, entry, certificate, keys))
    objects += [private_key_thing(identity, use, key, own.get(key.id)) for use, key in keys.items()]
    objects += _data_objects(card)
    return tuple(objects)


def _load(card: CpsCard, entry: CertificateEntry) -> tuple[bytes, x509.Certificate | None]:
    """Return a certificate as stored and, if it can be understood, as a value."""
    content = card.certificate_file(entry)
    try:
        certificate = load_certificate(content, entry.label or "")
    except CardError as error:
        _log.warning("a certificate of the card is not understood: %s", error.code)
        return content, None
    return certificate.public_bytes(Encoding.DER), certificate


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
        return next(
            (activity.raw for activity in found.activities if activity.number == self.number), b""
        )


def _data_objects(card: CpsCard) -> Iterator[Pkcs11DataObject]:
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


def _billing_objects(card: CpsCard, listed: set[str]) -> Iterator[Pkcs11DataObject]:
    """The objects of the CPS2ter side that no directory lists; all are behind the PIN."""
    if DataLabel.SITUATION not in listed:
        yield _data(card, DataLabel.SITUATION, _Billing(card, 0))
    numbers = sorted(item for item in map(activity_number, listed) if item is not None)
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
) -> Pkcs11DataObject:
    values = common_values(card.identity, Cko.DATA, label, b"", private=private) | {
        Cka.MODIFIABLE: modifiable,
        Cka.APPLICATION: application,
        Cka.OBJECT_ID: b"",
    }
    return Pkcs11DataObject(values, content=content)
