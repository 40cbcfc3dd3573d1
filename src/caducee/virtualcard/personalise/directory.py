# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The PKCS#15 directory files of the cards, as both middlewares accept them (found by trial)."""

from dataclasses import dataclass, replace
from functools import cache, lru_cache

from caducee.codec.pkcs15 import (
    AlgorithmInfo,
    CertificateEntry,
    DataEntry,
    DirectoryKind,
    DirRecord,
    KeyAccess,
    KeyUsage,
    ObjectFlags,
    OdfEntry,
    Operations,
    PinEntry,
    PinFlags,
    PrivateKeyEntry,
    PublicKeyEntry,
    TokenFlags,
    TokenInfo,
    write_entries,
)
from caducee.spec import aids, labels, ours
from caducee.spec.algorithms import Cps3Algorithm, Mechanism
from caducee.spec.files import FileId, path

__all__ = [
    "AUTHENTICATION",
    "AUTHENTICATION_CPS4",
    "SIGNATURE",
    "SIGNATURE_CPS4",
    "TECHNICAL",
    "KeyProfile",
    "application_directory",
    "certificates",
    "data_objects",
    "object_directory",
    "pins",
    "plain_token_info",
    "private_keys",
    "public_keys",
    "token_info",
]

CONTACT = path(FileId.MF, FileId.CONTACT)
CONTACTLESS = path(FileId.MF, FileId.CONTACTLESS)

_TOKEN_FLAGS = TokenFlags.LOGIN_REQUIRED | TokenFlags.PRN_GENERATION | TokenFlags.EID_COMPLIANT
_KEPT_INSIDE = (
    KeyAccess.SENSITIVE | KeyAccess.ALWAYS_SENSITIVE | KeyAccess.NEVER_EXTRACTABLE | KeyAccess.LOCAL
)


@dataclass(frozen=True, slots=True)
class KeyProfile:
    """How a key stands in the directory files."""

    name: str
    """Its name in `spec.ours`, table ``pkcs15.keys``, where no reference is known."""

    number: int
    """Last byte of its id, after the AID of the contact application."""

    private_label: str
    certificate_label: str
    certificate: FileId
    usage: KeyUsage
    public_usage: KeyUsage
    behind_pin: bool = True
    known_reference: int | None = None

    @property
    def id(self) -> bytes:
        """The id that joins private key, public key and certificate (CKA_ID)."""
        return aids.CPS3_CONTACT + bytes((self.number,))

    @property
    def reference(self) -> int:
        """The key reference in the card."""
        if self.known_reference is not None:
            return self.known_reference
        return ours.table("pkcs15.keys").integer(self.name)


SIGNATURE = KeyProfile(
    "signature",
    0x01,
    labels.KeyLabel.SIGNATURE,
    labels.CertificateLabel.SIGNATURE,
    FileId.SIGNATURE_CERTIFICATE,
    KeyUsage.SIGN | KeyUsage.NON_REPUDIATION,
    KeyUsage.VERIFY,
)
AUTHENTICATION = KeyProfile(
    "authentication",
    0x02,
    labels.KeyLabel.AUTHENTICATION,
    labels.CertificateLabel.AUTHENTICATION,
    FileId.AUTHENTICATION_CERTIFICATE,
    KeyUsage.DECRYPT | KeyUsage.SIGN | KeyUsage.UNWRAP,
    KeyUsage.ENCRYPT | KeyUsage.WRAP | KeyUsage.VERIFY,
)
TECHNICAL = KeyProfile(
    "technical",
    0x03,
    labels.KeyLabel.TECHNICAL,
    labels.CertificateLabel.TECHNICAL,
    FileId.TECHNICAL_CERTIFICATE,
    KeyUsage.SIGN,
    KeyUsage.VERIFY,
    behind_pin=False,
)


SIGNATURE_CPS4 = replace(SIGNATURE, number=0x10, known_reference=0x10)
AUTHENTICATION_CPS4 = replace(AUTHENTICATION, number=0x20, known_reference=0x20)


@cache
def application_directory(two: bool) -> bytes:
    """Return EF.DIR with the contact application and, when there are two, the contactless one."""
    records = [DirRecord.build(aids.CPS3_CONTACT, labels.AID_LABEL_CONTACT, CONTACT)]
    if two:
        label = labels.AID_LABEL_CONTACTLESS
        records.append(DirRecord.build(aids.CPS3_CONTACTLESS, label, CONTACTLESS))
    return write_entries(records)


@cache
def object_directory(files: tuple[tuple[DirectoryKind, int], ...]) -> bytes:
    """Return an ODF that names directory files of the contact application."""
    return write_entries(OdfEntry.build(kind, CONTACT + path(file)) for kind, file in files)


def token_info(label: str) -> bytes:
    """Return TokenInfo with the algorithms of the card, without which OpenSC does not sign."""
    return TokenInfo.build(
        label,
        _TOKEN_FLAGS,
        manufacturer=ours.table("pkcs15").text("manufacturer"),
        algorithms=_algorithms(),
    ).to_bytes()


@cache
def _algorithms() -> tuple[AlgorithmInfo, ...]:
    own = ours.table("pkcs15.algorithms")
    sign, decipher, digest = (
        Operations.COMPUTE_SIGNATURE,
        Operations.DECIPHER,
        Operations.HASH,
    )
    rows = (
        ("sha1", Mechanism.SHA1, digest, Cps3Algorithm.HASH_SHA1),
        ("sha256", Mechanism.SHA256, digest, Cps3Algorithm.HASH_SHA256),
        ("sha1_rsa", Mechanism.SHA1_RSA_PKCS, sign, Cps3Algorithm.SIGN_SHA1),
        ("sha256_rsa", Mechanism.SHA256_RSA_PKCS, sign, Cps3Algorithm.SIGN_SHA256),
        ("rsa", Mechanism.RSA_PKCS, sign, Cps3Algorithm.AUTHENTICATE),
        ("decipher", Mechanism.RSA_PKCS, decipher, Cps3Algorithm.DECIPHER),
    )
    return tuple(AlgorithmInfo.build(own.integer(row[0]), *row[1:]) for row in rows)


def plain_token_info(label: str) -> bytes:
    """Return TokenInfo without algorithms, which a CPS4 does not need."""
    manufacturer = ours.table("pkcs15").text("manufacturer")
    return TokenInfo.build(label, _TOKEN_FLAGS, manufacturer=manufacturer).to_bytes()


@cache
def pins(pin_lengths: tuple[int, int]) -> bytes:
    """Return the AODF: the PIN, and the PUK (the security officer's PIN)."""
    pin, puk = ours.table("pkcs15.pin"), ours.table("pkcs15.puk")
    least, most = pin_lengths
    size = puk.integer("length")
    padding = PinFlags.NEEDS_PADDING if pin.flag("padded") else PinFlags(0)
    known = PinFlags.CASE_SENSITIVE | PinFlags.INITIALIZED
    root = path(FileId.MF)
    return write_entries(
        (
            PinEntry.build(
                pin.text("label"),
                pin.octets("auth_id"),
                pin.integer("reference"),
                known | padding,
                (least, most, most),
                auth_id=puk.octets("auth_id"),
                pad=pin.integer("pad"),
                path=root,
            ),
            PinEntry.build(
                puk.text("label"),
                puk.octets("auth_id"),
                puk.integer("reference"),
                known | PinFlags.UNBLOCKING_PIN | PinFlags.SO_PIN,
                (size, size, size),
                pad=pin.integer("pad"),
                path=root,
            ),
        )
    )


@cache
def private_keys(profiles: tuple[KeyProfile, ...]) -> bytes:
    """Return a PrKDF; the keys are found in the DF of the contact application."""
    return write_entries(
        PrivateKeyEntry.build(
            key.private_label,
            key.id,
            key.usage,
            key.reference,
            CONTACT,
            access=_KEPT_INSIDE,
            flags=ObjectFlags.PRIVATE if key.behind_pin else ObjectFlags.NONE,
            auth_id=_pin_id() if key.behind_pin else None,
        )
        for key in profiles
    )


@cache
def public_keys(profiles: tuple[KeyProfile, ...]) -> bytes:
    """Return a PuKDF."""
    return write_entries(
        PublicKeyEntry.build(
            labels.PUBLIC_KEY_PREFIX + key.certificate_label,
            key.id,
            key.public_usage,
            key.reference,
            CONTACT,
            access=KeyAccess.LOCAL,
        )
        for key in profiles
    )


@cache
def certificates(profiles: tuple[KeyProfile, ...]) -> bytes:
    """Return a CDF."""
    return write_entries(
        CertificateEntry.build(key.certificate_label, key.id, CONTACT + path(key.certificate))
        for key in profiles
    )


@dataclass(frozen=True, slots=True)
class DirectoryObject:
    """A business data object and how it may be used."""

    label: str
    file: int
    modifiable: bool = False
    behind_pin: bool = False
    parent: bytes = CONTACT


@lru_cache(256)
def data_objects(objects: tuple[DirectoryObject, ...]) -> bytes:
    """Return a DODF."""
    return write_entries(
        DataEntry.build(
            item.label,
            item.parent + path(item.file),
            application=labels.APPLICATION,
            flags=_data_flags(item),
            auth_id=_pin_id() if item.behind_pin else None,
        )
        for item in objects
    )


def _data_flags(data_object: DirectoryObject) -> ObjectFlags:
    private = ObjectFlags.PRIVATE if data_object.behind_pin else ObjectFlags.NONE
    return private | (ObjectFlags.MODIFIABLE if data_object.modifiable else ObjectFlags.NONE)


def _pin_id() -> bytes:
    return ours.table("pkcs15.pin").octets("auth_id")
