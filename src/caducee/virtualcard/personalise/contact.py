# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A CPS3: its files, codes, keys and access rules."""

from collections.abc import Iterator, Sequence

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from caducee.base.errors import IssueError
from caducee.base.secret import Secret
from caducee.codec.pkcs15 import DirectoryKind
from caducee.spec import aids, atrs, labels, ours
from caducee.spec.cards import CARD_NUMBER_SIZE, MAX_ACTIVITIES
from caducee.spec.files import FileId
from caducee.virtualcard.content import CardContent
from caducee.virtualcard.image import (
    CardCode,
    CardFile,
    CardImage,
    CardKey,
    ContactFace,
    DataFile,
    Directory,
    Environment,
    Hex,
    KeyUses,
)
from caducee.virtualcard.personalise import directory
from caducee.virtualcard.personalise.directory import (
    AUTHENTICATION,
    SIGNATURE,
    TECHNICAL,
    DataObject,
    KeyProfile,
)

__all__ = ["cps3"]

_ROOT = "3F00"
_CONTACT = f"{_ROOT}/{FileId.CONTACT:04X}"
_CONTACTLESS = f"{_ROOT}/{FileId.CONTACTLESS:04X}"

_CONTACT_DIRECTORIES = (
    (DirectoryKind.AUTHENTICATION_OBJECTS, FileId.AODF),
    (DirectoryKind.PRIVATE_KEYS, FileId.PRIVATE_KEYS),
    (DirectoryKind.PUBLIC_KEYS, FileId.PUBLIC_KEYS),
    (DirectoryKind.CERTIFICATES, FileId.CERTIFICATES),
    (DirectoryKind.DATA_OBJECTS, FileId.DATA_OBJECTS),
)
_CONTACTLESS_DIRECTORIES = (
    (DirectoryKind.PRIVATE_KEYS, FileId.CONTACTLESS_PRIVATE_KEYS),
    (DirectoryKind.PUBLIC_KEYS, FileId.CONTACTLESS_PUBLIC_KEYS),
    (DirectoryKind.CERTIFICATES, FileId.CONTACTLESS_CERTIFICATES),
    (DirectoryKind.DATA_OBJECTS, FileId.CONTACTLESS_DATA_OBJECTS),
)


def cps3(content: CardContent) -> CardImage:
    """Return the image of a CPS3 that holds ``content``.

    Raises `IssueError` (``card.content_wrong``, facts ``part`` and ``reason``) when something
    is missing or does not fit.
    """
    _check(content)
    label = labels.token(labels.TokenPrefix.CPS3, content.card_number)
    return CardImage(
        name=label,
        contact=ContactFace(generation="CPS3", atr=_atr()),
        codes=_codes(content),
        environments=(Environment(number=_environment(), code=_reference("pin")),),
        keys=tuple(_keys(content)),
        files=tuple(_files(content, label)),
    )


def _check(content: CardContent) -> None:
    """Raise `IssueError` for content that no card can hold."""
    number = content.card_number
    _demand(
        number.isascii() and number.isdigit() and len(number) == CARD_NUMBER_SIZE,
        "card_number",
        "10 digits are needed",
    )
    least, most = _pin_lengths(content)
    _demand(0 < least <= most <= 16, "pin_lengths", "1 to 16 digits, least first")
    _demand(_is_code(content.pin, least, most), "pin", f"{least} to {most} digits are needed")
    size = ours.table("pkcs15.puk").integer("length")
    _demand(_is_code(content.puk, size, size), "puk", f"{size} digits are needed")
    numbers = content.data.activities
    _demand(
        all(1 <= one <= MAX_ACTIVITIES for one in numbers), "activities", "numbered from 1 to 16"
    )
    room = _cps_data_size()
    _demand(len(content.data.cps_data) <= room, "cps_data", f"at most {room} bytes")
    whole = content.technical_key is not None and content.technical_certificate is not None
    none = content.technical_key is None and content.technical_certificate is None
    _demand(whole or none, "technical_key", "the technical key and its certificate go together")
    _demand(
        whole or not content.two_applications,
        "technical_key",
        "the contactless application needs the technical key and its certificate",
    )


def _demand(fits: bool, part: str, reason: str) -> None:
    if not fits:
        raise IssueError("card.content_wrong", part=part, reason=reason)


def _is_code(code: Secret, least: int, most: int) -> bool:
    return least <= len(code) <= most and code.reveal().isdigit()


def _atr() -> Hex:
    return Hex(next(one.atr for one in atrs.KNOWN if one.face is atrs.CardFace.CPS3_CONTACT))


def _pin(key: str) -> int:
    return ours.table("pkcs15.pin").integer(key)


def _reference(kind: str) -> int:
    """Return the reference of a code without its bit 8, which only the directory files show."""
    return ours.table(f"pkcs15.{kind}").integer("reference") & 0x7F


def _pin_lengths(content: CardContent) -> tuple[int, int]:
    return content.pin_lengths or (_pin("min_length"), _pin("max_length"))


def _cps_data_size() -> int:
    return ours.table("files.sizes").integer("cps_data")


def _environment() -> int:
    return ours.table("access").integer("environment")


def _behind_pin() -> str:
    return f"SE {_environment()}"


def _codes(content: CardContent) -> tuple[CardCode, ...]:
    pin, puk = ours.table("pkcs15.pin"), ours.table("pkcs15.puk")
    least, most = _pin_lengths(content)
    return (
        CardCode(
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
        CardCode(
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


def _keys(content: CardContent) -> Iterator[CardKey]:
    behind_pin = _behind_pin()
    yield _key(SIGNATURE, content.sign_key, KeyUses(sign=behind_pin))
    uses = KeyUses(authenticate=behind_pin, decipher=behind_pin)
    yield _key(AUTHENTICATION, content.auth_key, uses)
    if content.technical_key is not None:
        yield _key(TECHNICAL, content.technical_key, KeyUses(authenticate="always"))


def _key(profile: KeyProfile, key: rsa.RSAPrivateKey, uses: KeyUses) -> CardKey:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return CardKey(
        name=profile.private_label,
        directory=_CONTACT,
        reference=profile.reference & 0x7F,
        uses=uses,
        private_key=Secret(pem),
    )


def _files(content: CardContent, label: str) -> Iterator[CardFile]:
    short = ours.table("files.short_ids")
    yield Directory(name="MF", path=_ROOT)
    yield _file(
        "EF.SN.ICC", _ROOT, FileId.SERIAL, content.serial.to_bytes(), sfi=short.integer("serial")
    )
    if content.data.actua is not None:
        yield _file("EF_ACTUA", _ROOT, FileId.ACTUA, content.data.actua.to_bytes())
    applications = directory.application_directory(content.two_applications)
    yield _file("EF.DIR", _ROOT, FileId.DIR, applications, sfi=short.integer("directory"))
    yield _file(
        "EF.ATR", _ROOT, FileId.ATR, ours.table("files").octets("atr"), sfi=short.integer("atr")
    )
    yield Directory(name=labels.AID_LABEL_CONTACT, path=_CONTACT, aid=Hex(aids.CPS3_CONTACT))
    yield from _contact(content, label)
    if content.two_applications:
        yield from _contactless()


def _contact(content: CardContent, label: str) -> Iterator[CardFile]:
    """The files of DF 0001."""
    objects = _objects(content)
    pair = (SIGNATURE, AUTHENTICATION)
    for name, file, data in (
        ("EF.ODF", FileId.ODF, directory.object_directory(_CONTACT_DIRECTORIES)),
        ("EF.TokenInfo", FileId.TOKEN_INFO, directory.token_info(label)),
        ("EF.AODF", FileId.AODF, directory.codes(_pin_lengths(content))),
        ("EF.PrKDF", FileId.PRIVATE_KEYS, directory.private_keys(pair)),
        ("EF.PuKDF", FileId.PUBLIC_KEYS, directory.public_keys(pair)),
        ("EF.CDF", FileId.CERTIFICATES, directory.certificates(pair)),
        ("EF.DODF", FileId.DATA_OBJECTS, directory.data_objects(one for one, _ in objects)),
    ):
        yield _file(name, _CONTACT, file, data)
    yield _certificate(SIGNATURE, content.sign_certificate)
    yield _certificate(AUTHENTICATION, content.auth_certificate)
    if content.technical_certificate is not None:
        yield _certificate(TECHNICAL, content.technical_certificate)
    for one, data in objects:
        yield _data_file(one, data)


def _contactless() -> Iterator[CardFile]:
    """The files of the contactless application: DF 0002, and its directory files in 0001."""
    yield Directory(
        name=labels.AID_LABEL_CONTACTLESS, path=_CONTACTLESS, aid=Hex(aids.CPS3_CONTACTLESS)
    )
    odf = directory.object_directory(_CONTACTLESS_DIRECTORIES)
    token = directory.token_info(labels.TOKEN_CPS3_CONTACTLESS)
    yield _file("EF.ODF CL", _CONTACTLESS, FileId.ODF, odf)
    yield _file("EF.TokenInfo CL", _CONTACTLESS, FileId.TOKEN_INFO, token)
    only = (TECHNICAL,)
    cps_data = (DataObject(labels.DataLabel.CPS_DATA, FileId.CPS_DATA),)
    for name, file, data in (
        ("EF.PrKDF CL", FileId.CONTACTLESS_PRIVATE_KEYS, directory.private_keys(only)),
        ("EF.PuKDF CL", FileId.CONTACTLESS_PUBLIC_KEYS, directory.public_keys(only)),
        ("EF.CDF CL", FileId.CONTACTLESS_CERTIFICATES, directory.certificates(only)),
        ("EF.DODF CL", FileId.CONTACTLESS_DATA_OBJECTS, directory.data_objects(cps_data)),
    ):
        yield _file(name, _CONTACT, file, data)


def _objects(content: CardContent) -> Sequence[tuple[DataObject, bytes]]:
    """Return the business data objects in the order of the DODF, with their bytes."""
    data = content.data
    ids = ours.table("files")
    free = data.cps_data.ljust(_cps_data_size(), b"\x00")
    found = [
        (DataObject(labels.DataLabel.CPS_DATA, FileId.CPS_DATA, modifiable=True), free),
        (DataObject(labels.DataLabel.ID_CARD, ids.integer("id_card")), data.id_card.to_bytes()),
        (DataObject(labels.DataLabel.NAME, ids.integer("name")), data.name.to_bytes()),
        (DataObject(labels.DataLabel.LANGUAGE, ids.integer("language")), data.lang.to_bytes()),
        (DataObject(labels.DataLabel.INFO, ids.integer("info")), data.info.to_bytes()),
    ]
    for number, activity in sorted(data.activities.items()):
        file = FileId.FIRST_ACTIVITY + number - 1
        one = DataObject(labels.activity(number), file, behind_pin=True)
        found.append((one, activity.to_bytes()))
    return found


def _file(name: str, parent: str, file: int, content: bytes, *, sfi: int | None = None) -> DataFile:
    return DataFile(name=name, path=f"{parent}/{file:04X}", sfi=sfi, content=Hex(content))


def _certificate(profile: KeyProfile, der: bytes) -> DataFile:
    return _file(profile.certificate_label, _CONTACT, profile.certificate, der)


def _data_file(one: DataObject, content: bytes) -> DataFile:
    update = ours.table("access").text("cps_data_update") if one.modifiable else "never"
    return DataFile(
        name=one.label,
        path=f"{_CONTACT}/{one.file:04X}",
        read=_behind_pin() if one.behind_pin else "always",
        update=update,
        content=Hex(content),
    )
