# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A CPS3: its files, PINs, keys and access rules, on both its faces."""

from collections.abc import Iterator

from caducee.codec.pkcs15 import DirectoryKind
from caducee.spec import aids, atrs, labels, ours
from caducee.spec.files import FileId
from caducee.virtualcard.content import ContactlessChip, PersonalisationData
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import (
    CardFile,
    CardKey,
    ContactFace,
    ContactlessFace,
    Directory,
    Hex,
    KeyUses,
)
from caducee.virtualcard.personalise import directory, parts
from caducee.virtualcard.personalise.directory import (
    AUTHENTICATION,
    SIGNATURE,
    TECHNICAL,
    DirectoryObject,
)
from caducee.virtualcard.personalise.parts import CONTACT, CONTACTLESS, ROOT, demand

__all__ = ["CONTACT_DIRECTORIES", "cps3"]

CONTACT_DIRECTORIES = (
    (DirectoryKind.AUTHENTICATION_OBJECTS, FileId.AODF),
    (DirectoryKind.PRIVATE_KEYS, FileId.PRIVATE_KEYS),
    (DirectoryKind.PUBLIC_KEYS, FileId.PUBLIC_KEYS),
    (DirectoryKind.CERTIFICATES, FileId.CERTIFICATES),
    (DirectoryKind.DATA_OBJECTS, FileId.DATA_OBJECTS),
)
"""What the ODF of the contact application names, on a CPS4 too."""

_CONTACTLESS_DIRECTORIES = (
    (DirectoryKind.PRIVATE_KEYS, FileId.CONTACTLESS_PRIVATE_KEYS),
    (DirectoryKind.PUBLIC_KEYS, FileId.CONTACTLESS_PUBLIC_KEYS),
    (DirectoryKind.CERTIFICATES, FileId.CONTACTLESS_CERTIFICATES),
    (DirectoryKind.DATA_OBJECTS, FileId.CONTACTLESS_DATA_OBJECTS),
)
_UID_SIZES = {ContactlessChip.IDENTIFICATION: 4, ContactlessChip.APPLICATION: 7}


def cps3(content: PersonalisationData) -> CardImage:
    """Return the image of a CPS3 that holds ``content``.

    Raises `IssueError` (``card.content_wrong``, facts ``part`` and ``reason``) when something
    is missing or does not fit.
    """
    parts.check(content)
    _check(content)
    label = labels.token(labels.TokenPrefix.CPS3, content.card_number)
    return CardImage(
        name=label,
        contact=ContactFace(generation="CPS3", atr=_atr(atrs.CardFace.CPS3_CONTACT)),
        contactless=_contactless_face(content),
        pins=parts.pins(content),
        environments=parts.environments(),
        keys=tuple(_keys(content)),
        files=tuple(_files(content, label)),
    )


def _check(content: PersonalisationData) -> None:
    """Raise `IssueError` for content that no CPS3 can hold."""
    whole = content.technical_key is not None and content.technical_certificate is not None
    none = content.technical_key is None and content.technical_certificate is None
    demand(whole or none, "technical_key", "the technical key and its certificate go together")
    demand(
        whole or not content.two_applications,
        "technical_key",
        "the contactless application needs the technical key and its certificate",
    )
    chip = _chip(content)
    demand(
        content.two_applications or chip is not ContactlessChip.APPLICATION,
        "contactless",
        "the contactless chip with the application needs two applications",
    )
    size = _UID_SIZES.get(chip)
    demand(
        content.uid is None or len(content.uid) == size,
        "uid",
        "4 bytes to identify, 7 with the application, none without a chip",
    )
    demand(not content.cps2ter.objects, "cps2ter", "a CPS3 has no CPS2TER_* copies")
    demand(content.atr is None, "atr", "the contacts of a CPS3 have one answer to reset")


def _atr(face: atrs.CardFace) -> Hex:
    return Hex(next(item.atr for item in atrs.KNOWN if item.face is face))


def _chip(content: PersonalisationData) -> ContactlessChip:
    if content.contactless is not None:
        return content.contactless
    return ContactlessChip.APPLICATION if content.two_applications else ContactlessChip.NONE


def _contactless_face(content: PersonalisationData) -> ContactlessFace | None:
    chip = _chip(content)
    if chip is ContactlessChip.NONE:
        return None
    uid = Hex(content.uid or _uid(chip, content.card_number))
    if chip is ContactlessChip.IDENTIFICATION:
        return ContactlessFace(generation="identification", atr=Hex(atrs.STORAGE_CARD), uid=uid)
    return ContactlessFace(generation="CPS3", atr=_atr(atrs.CardFace.CPS3_CONTACTLESS), uid=uid)


def _uid(chip: ContactlessChip, card_number: str) -> bytes:
    """Make a UID of the card number: one for each card, and the same at each issue."""
    own = ours.table("contactless")
    if chip is ContactlessChip.IDENTIFICATION:
        return own.octets("short_uid_start") + (int(card_number) % (1 << 24)).to_bytes(3)
    return own.octets("uid_start") + bytes.fromhex(card_number) + own.octets("uid_end")


def _keys(content: PersonalisationData) -> Iterator[CardKey]:
    behind_pin = parts.behind_pin()
    yield parts.key(SIGNATURE, content.sign_key, KeyUses(sign=behind_pin))
    uses = KeyUses(authenticate=behind_pin, decipher=behind_pin)
    yield parts.key(AUTHENTICATION, content.auth_key, uses)
    if content.technical_key is not None:
        uses = KeyUses(authenticate="always", contactless="always")
        yield parts.key(TECHNICAL, content.technical_key, uses)


def _files(content: PersonalisationData, label: str) -> Iterator[CardFile]:
    short = ours.table("files.short_ids")
    yield Directory(name="MF", path=ROOT)
    yield from parts.serial_and_update(content)
    applications = directory.application_directory(content.two_applications)
    yield parts.plain_file("EF.DIR", ROOT, FileId.DIR, applications, sfi=short.integer("directory"))
    yield parts.plain_file(
        "EF.ATR", ROOT, FileId.ATR, ours.table("files").octets("atr"), sfi=short.integer("atr")
    )
    yield Directory(name=labels.AID_LABEL_CONTACT, path=CONTACT, aid=Hex(aids.CPS3_CONTACT))
    yield from _contact(content, label)
    if content.two_applications:
        yield from _contactless()
    yield from parts.cps2ter_files(content, "CPS2ter")


def _contact(content: PersonalisationData, label: str) -> Iterator[CardFile]:
    """The files of DF 0001."""
    objects = parts.shared_objects(content)
    pair = (SIGNATURE, AUTHENTICATION)
    for name, file, data in (
        ("EF.ODF", FileId.ODF, directory.object_directory(CONTACT_DIRECTORIES)),
        ("EF.TokenInfo", FileId.TOKEN_INFO, directory.token_info(label)),
        ("EF.AODF", FileId.AODF, directory.pins(parts.pin_lengths(content))),
        ("EF.PrKDF", FileId.PRIVATE_KEYS, directory.private_keys(pair)),
        ("EF.PuKDF", FileId.PUBLIC_KEYS, directory.public_keys(pair)),
        ("EF.CDF", FileId.CERTIFICATES, directory.certificates(pair)),
        (
            "EF.DODF",
            FileId.DATA_OBJECTS,
            directory.data_objects(tuple(entry for entry, _ in objects)),
        ),
    ):
        yield parts.plain_file(name, CONTACT, file, data)
    yield parts.certificate(SIGNATURE, content.sign_certificate)
    yield parts.certificate(AUTHENTICATION, content.auth_certificate)
    if content.technical_certificate is not None:
        yield parts.certificate(TECHNICAL, content.technical_certificate)
    for item, data in objects:
        yield parts.data_file(item, data)


def _contactless() -> Iterator[CardFile]:
    """The files of the contactless application: DF 0002, and its directory files in 0001."""
    yield Directory(
        name=labels.AID_LABEL_CONTACTLESS, path=CONTACTLESS, aid=Hex(aids.CPS3_CONTACTLESS)
    )
    odf = directory.object_directory(_CONTACTLESS_DIRECTORIES)
    token = directory.token_info(labels.TOKEN_CPS3_CONTACTLESS)
    yield parts.plain_file("EF.ODF CL", CONTACTLESS, FileId.ODF, odf)
    yield parts.plain_file("EF.TokenInfo CL", CONTACTLESS, FileId.TOKEN_INFO, token)
    only = (TECHNICAL,)
    cps_data = (DirectoryObject(labels.DataLabel.CPS_DATA, FileId.CPS_DATA),)
    for name, file, data in (
        ("EF.PrKDF CL", FileId.CONTACTLESS_PRIVATE_KEYS, directory.private_keys(only)),
        ("EF.PuKDF CL", FileId.CONTACTLESS_PUBLIC_KEYS, directory.public_keys(only)),
        ("EF.CDF CL", FileId.CONTACTLESS_CERTIFICATES, directory.certificates(only)),
        ("EF.DODF CL", FileId.CONTACTLESS_DATA_OBJECTS, directory.data_objects(cps_data)),
    ):
        yield parts.plain_file(name, CONTACT, file, data)
