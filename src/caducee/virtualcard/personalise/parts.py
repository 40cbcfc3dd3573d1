# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the cards of all generations have in common: limits, PINs, keys and kinds of files."""

from collections.abc import Iterator, Sequence

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from caducee.base.errors import IssueError
from caducee.base.secret import Secret
from caducee.spec import labels, ours
from caducee.spec.cards import CARD_NUMBER_SIZE, MAX_ACTIVITIES
from caducee.spec.files import FileId
from caducee.virtualcard.content import PersonalisationData
from caducee.virtualcard.image_parts import (
    CardFile,
    CardKey,
    DataFile,
    Directory,
    Hex,
    KeyUses,
    SecurityEnvironment,
    Side,
    StoredPin,
)
from caducee.virtualcard.personalise.directory import DirectoryObject, KeyProfile

__all__ = [
    "CONTACT",
    "CONTACTLESS",
    "CPS2TER",
    "ROOT",
    "behind_pin",
    "certificate",
    "check",
    "cps2ter_files",
    "data_file",
    "demand",
    "environments",
    "key",
    "pin_lengths",
    "pins",
    "plain_file",
    "serial_and_update",
    "shared_objects",
]

ROOT = "3F00"
CONTACT = f"{ROOT}/{FileId.CONTACT:04X}"
CONTACTLESS = f"{ROOT}/{FileId.CONTACTLESS:04X}"
CPS2TER = f"{ROOT}/{FileId.CPS2TER:04X}"

_CONTACTLESS_FILES = frozenset(
    {
        f"{ROOT}/{FileId.SERIAL:04X}",
        f"{ROOT}/{FileId.DIR:04X}",
        f"{ROOT}/{FileId.ATR:04X}",
        *(f"{CONTACTLESS}/{file_id:04X}" for file_id in (FileId.ODF, FileId.TOKEN_INFO)),
        *(
            f"{CONTACT}/{file_id:04X}"
            for file_id in (
                FileId.CONTACTLESS_PRIVATE_KEYS,
                FileId.CONTACTLESS_PUBLIC_KEYS,
                FileId.CONTACTLESS_CERTIFICATES,
                FileId.CONTACTLESS_DATA_OBJECTS,
                FileId.TECHNICAL_CERTIFICATE,
                FileId.CPS_DATA,
            )
        ),
    }
)
"""What may be read without contacts."""


def check(content: PersonalisationData) -> None:
    """Raise `IssueError` for content that no card can hold."""
    number = content.card_number
    demand(
        number.isascii() and number.isdigit() and len(number) == CARD_NUMBER_SIZE,
        "card_number",
        "10 digits are needed",
    )
    least, most = pin_lengths(content)
    demand(0 < least <= most <= 16, "pin_lengths", "1 to 16 digits, least first")
    demand(_is_pin(content.pin, least, most), "pin", f"{least} to {most} digits are needed")
    size = ours.table("pkcs15.puk").integer("length")
    demand(_is_pin(content.puk, size, size), "puk", f"{size} digits are needed")
    for part, numbers in (
        ("activities", content.data.activities),
        ("cps2ter", content.cps2ter.activities),
    ):
        demand(all(1 <= item <= MAX_ACTIVITIES for item in numbers), part, "numbered from 1 to 16")
    room = _cps_data_size()
    demand(len(content.data.cps_data) <= room, "cps_data", f"at most {room} bytes")


def demand(fits: bool, part: str, reason: str) -> None:
    """Raise `IssueError` (``card.content_wrong``) unless a part of the content fits."""
    if not fits:
        raise IssueError("card.content_wrong", part=part, reason=reason)


def _is_pin(pin: Secret, least: int, most: int) -> bool:
    return least <= len(pin) <= most and pin.reveal().isdigit()


def _pin(key: str) -> int:
    return ours.table("pkcs15.pin").integer(key)


def _reference(kind: str) -> int:
    """Return the reference of a PIN without its bit 8, which only the directory files show."""
    return ours.table(f"pkcs15.{kind}").integer("reference") & 0x7F


def pin_lengths(content: PersonalisationData) -> tuple[int, int]:
    """Return least and most digits of the PIN."""
    return content.pin_lengths or (_pin("min_length"), _pin("max_length"))


def _cps_data_size() -> int:
    return ours.table("files.sizes").integer("cps_data")


def _environment() -> int:
    return ours.table("access").integer("environment")


def behind_pin() -> str:
    """Return the access rule that asks for the PIN."""
    return f"SE {_environment()}"


def environments() -> tuple[SecurityEnvironment, ...]:
    """Return the environment that names the PIN."""
    return (SecurityEnvironment(number=_environment(), pin=_reference("pin")),)


def pins(content: PersonalisationData) -> tuple[StoredPin, ...]:
    """Return the PIN and the PUK."""
    pin, puk = ours.table("pkcs15.pin"), ours.table("pkcs15.puk")
    least, most = pin_lengths(content)
    return (
        StoredPin(
            name=pin.text("label"),
            reference=_reference("pin"),
            value=Secret(content.pin.reveal()),
            min_length=least,
            max_length=most,
            padded=pin.flag("padded"),
            max_tries=pin.integer("tries"),
            tries_left=pin.integer("tries"),
            unblocked_by=_reference("puk"),
        ),
        StoredPin(
            name=puk.text("label"),
            reference=_reference("puk"),
            value=Secret(content.puk.reveal()),
            min_length=puk.integer("length"),
            max_length=puk.integer("length"),
            max_tries=puk.integer("tries"),
            tries_left=puk.integer("tries"),
            uses_left=puk.integer("uses"),
        ),
    )


def key(profile: KeyProfile, private: rsa.RSAPrivateKey, uses: KeyUses) -> CardKey:
    """Return a key as the image holds it."""
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return CardKey(
        name=profile.private_label,
        directory=CONTACT,
        reference=profile.reference & 0x7F,
        uses=uses,
        private_key=Secret(pem),
    )


def serial_and_update(content: PersonalisationData) -> Iterator[CardFile]:
    """Yield EF.SN.ICC, and EF_ACTUA on a card that was updated."""
    short = ours.table("files.short_ids").integer("serial")
    yield plain_file("EF.SN.ICC", ROOT, FileId.SERIAL, content.serial.to_bytes(), sfi=short)
    if content.data.actua is not None:
        yield plain_file("EF_ACTUA", ROOT, FileId.ACTUA, content.data.actua.to_bytes())


def shared_objects(content: PersonalisationData) -> Sequence[tuple[DirectoryObject, bytes]]:
    """Return the business data objects in the order of the DODF, with their bytes."""
    data = content.data
    ids = ours.table("files")
    free = data.cps_data.ljust(_cps_data_size(), b"\x00")
    found = [
        (DirectoryObject(labels.DataLabel.CPS_DATA, FileId.CPS_DATA, modifiable=True), free),
        (
            DirectoryObject(labels.DataLabel.ID_CARD, ids.integer("id_card")),
            data.id_card.to_bytes(),
        ),
        (DirectoryObject(labels.DataLabel.NAME, ids.integer("name")), data.name.to_bytes()),
        (DirectoryObject(labels.DataLabel.LANGUAGE, ids.integer("language")), data.lang.to_bytes()),
        (DirectoryObject(labels.DataLabel.INFO, ids.integer("info")), data.info.to_bytes()),
    ]
    for number, activity in sorted(data.activities.items()):
        file = FileId.FIRST_ACTIVITY + number - 1
        data_object = DirectoryObject(labels.activity(number), file, behind_pin=True)
        found.append((data_object, activity.to_bytes()))
    return found


def plain_file(
    name: str, parent: str, file: int, content: bytes, *, sfi: int | None = None
) -> DataFile:
    """Return a file that is always readable and never writable."""
    path = f"{parent}/{file:04X}"
    without_contacts = path in _CONTACTLESS_FILES
    return DataFile(
        name=name,
        path=path,
        sfi=sfi,
        contactless="always" if without_contacts else "never",
        content=Hex(content),
    )


def certificate(profile: KeyProfile, der: bytes) -> DataFile:
    """Return the file of a certificate."""
    return plain_file(profile.certificate_label, CONTACT, profile.certificate, der)


def data_file(data_object: DirectoryObject, content: bytes) -> DataFile:
    """Return the file of a business data object."""
    path = f"{CONTACT}/{data_object.file:04X}"
    return DataFile(
        name=data_object.label,
        path=path,
        read=behind_pin() if data_object.behind_pin else "always",
        update=ours.table("access").text("cps_data_update") if data_object.modifiable else "never",
        contactless="always" if path in _CONTACTLESS_FILES else "never",
        content=Hex(content),
    )


def cps2ter_files(content: PersonalisationData, side: Side) -> Iterator[CardFile]:
    """Yield the billing situation and the practice situations of the CPS2ter side."""
    own = content.cps2ter
    if own.sit_fact is not None:
        yield Directory(name="CPS2ter", path=CPS2TER, side=side)
        situation = f"{CPS2TER}/{FileId.CPS2TER_SITUATION:04X}"
        yield _cps2ter_file(labels.DataLabel.SITUATION, situation, own.sit_fact, side)
    for number, activity in sorted(own.activities.items()):
        path = f"{ROOT}/{FileId.CPS2TER_FIRST_ACTIVITY + number - 1:04X}"
        yield _cps2ter_file(labels.cps2ter_activity(number), path, activity, side)


def _cps2ter_file(name: str, path: str, content: bytes, side: Side) -> DataFile:
    return DataFile(name=name, path=path, side=side, read=behind_pin(), content=Hex(content))
