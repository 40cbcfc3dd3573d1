# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Faults of what a card holds: the image as its faults make it appear.

The image in the store stays whole: `shown` is what the running card works on, and `carried` brings
back what the card changed there, so that a fault can be taken away again.
"""

from collections.abc import Callable, Mapping

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from caducee.base.errors import FormatError
from caducee.codec import tlv
from caducee.spec.files import FileId
from caducee.spec.tags import Universal
from caducee.virtualcard.faults.names import FaultName
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import CardFile, CardKey, DataFile, Fault, Hex

__all__ = ["active", "carried", "shown"]

_CERTIFICATES = (
    FileId.SIGNATURE_CERTIFICATE,
    FileId.AUTHENTICATION_CERTIFICATE,
    FileId.TECHNICAL_CERTIFICATE,
)

_WRONG_UNUSED_BITS = 7

_BEGUN_UPDATE = bytes.fromhex("EC12 8107 20260101120000 8207 00000000000000")
"""EF_ACTUA while the data are written: the end is still to come (issuer's library, card-cps.h)."""


def active(image: CardImage) -> tuple[Fault, ...]:
    """Return the faults that an image names."""
    return () if image.faults is msgspec.UNSET else image.faults


def shown(image: CardImage) -> CardImage:
    """Return the image as its faults make it appear; the image itself when none changes it.

    Files keep their places; one that a fault adds comes last.
    """
    for fault in active(image):
        change = _CHANGES.get(fault.name)
        if change is not None:
            image = change(image, fault)
    return image


def carried(image: CardImage, before: CardImage, after: CardImage) -> CardImage:
    """Return ``image`` with the PINs of ``after``, and the contents that differ from ``before``.

    ``before`` and ``after`` are the image as shown, and ``after`` was made from ``before``; what is
    shown of the PINs is as it truly is.
    """
    image = msgspec.structs.replace(image, pins=after.pins)
    places = {item.path: at for at, item in enumerate(image.files)}
    for old, new in zip(before.files, after.files, strict=True):
        if new is not old and isinstance(new, DataFile) and new.path in places:
            image = image.with_content(places[new.path], new.content)
    return image


def _certificates_replaced(image: CardImage, fault: Fault) -> CardImage:
    return _with_contents(image, fault.certificates)


def _unused_bits(image: CardImage, _: Fault) -> CardImage:
    """Spoil the number of unused bits of each certificate's signature, as some cards have it."""
    found = {file.path: _spoiled(file.content) for file in _certificate_files(image)}
    return _with_contents(image, found)


def _spoiled(content: bytes) -> bytes:
    """Return a certificate with a wrong number of unused bits; anything else is unchanged."""
    try:
        whole = tlv.parse_padded(content)[0]
        signature = whole.children()[-1]
    except (FormatError, IndexError):
        return content
    if signature.tag != Universal.BIT_STRING or not signature.value:
        return content
    at = len(whole.to_bytes()) - len(signature.value)
    return content[:at] + bytes([_WRONG_UNUSED_BITS]) + content[at + 1 :]


def _update_begun(image: CardImage, _: Fault) -> CardImage:
    return _with_actua(image, _BEGUN_UPDATE)


def _update_empty(image: CardImage, _: Fault) -> CardImage:
    return _with_actua(image, b"")


def _with_actua(image: CardImage, content: bytes) -> CardImage:
    path = f"{FileId.MF:04X}/{FileId.ACTUA:04X}"
    if any(file.path == path for file in image.files):
        return _with_contents(image, {path: content})
    actua = DataFile(name="EF_ACTUA", path=path, content=Hex(content))
    return msgspec.structs.replace(image, files=(*image.files, actua))


def _keys_exchanged(image: CardImage, _: Fault) -> CardImage:
    """Give the signature key's place the authentication key, and the other way round."""
    pair = [_key_of(image, certificate) for certificate in _CERTIFICATES[:2]]
    sign, auth = pair
    if sign is None or auth is None:
        return image
    other = {id(sign): auth.private_key, id(auth): sign.private_key}
    keys = tuple(
        msgspec.structs.replace(key, private_key=other.get(id(key), key.private_key))
        for key in image.keys
    )
    return msgspec.structs.replace(image, keys=keys)


def _key_of(image: CardImage, certificate: FileId) -> CardKey | None:
    """Return the key that belongs to the certificate in a file."""
    files = (file for file in _certificate_files(image) if _is(file, certificate))
    wanted = {_public(file.content) for file in files} - {None}
    return next((key for key in image.keys if _modulus(key) in wanted), None)


def _public(der: bytes) -> int | None:
    try:
        key = x509.load_der_x509_certificate(tlv.parse_padded(der)[0].to_bytes()).public_key()
    except (FormatError, ValueError, IndexError):
        return None
    return key.public_numbers().n if isinstance(key, rsa.RSAPublicKey) else None


def _modulus(key: CardKey) -> int | None:
    private = load_pem_private_key(key.private_key.reveal(), password=None)
    return (
        private.public_key().public_numbers().n if isinstance(private, rsa.RSAPrivateKey) else None
    )


def _certificate_files(image: CardImage) -> list[DataFile]:
    return [
        file
        for file in image.files
        if isinstance(file, DataFile) and any(_is(file, number) for number in _CERTIFICATES)
    ]


def _is(file: CardFile, number: FileId) -> bool:
    return file.path.endswith(f"/{number:04X}")


def _with_contents(image: CardImage, contents: Mapping[str, bytes]) -> CardImage:
    for at, file in enumerate(image.files):
        if isinstance(file, DataFile) and file.path in contents:
            image = image.with_content(at, contents[file.path])
    return image


_CHANGES: dict[FaultName, Callable[[CardImage, Fault], CardImage]] = {
    FaultName.UNUSED_BITS: _unused_bits,
    FaultName.UPDATE_INCOMPLETE: _update_begun,
    FaultName.UPDATE_EMPTY: _update_empty,
    FaultName.EXPIRED: _certificates_replaced,
    FaultName.NOT_YET_VALID: _certificates_replaced,
    FaultName.OTHER_HOLDER: _certificates_replaced,
    FaultName.KEYS_EXCHANGED: _keys_exchanged,
}
