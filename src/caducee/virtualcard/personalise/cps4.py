# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A CPS4: its files, PINs, keys and access rules."""

from collections.abc import Iterator, Sequence
from typing import Literal

from caducee.codec.atr import Atr
from caducee.spec import aids, atrs, labels, ours
from caducee.spec.files import FileId, path
from caducee.virtualcard.content import PersonalisationData
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import (
    CardFile,
    CardKey,
    ContactFace,
    DataFile,
    Directory,
    Hex,
    KeyUses,
)
from caducee.virtualcard.personalise import directory, parts
from caducee.virtualcard.personalise.cps3 import CONTACT_DIRECTORIES
from caducee.virtualcard.personalise.directory import (
    AUTHENTICATION_CPS4,
    SIGNATURE_CPS4,
    DirectoryObject,
)
from caducee.virtualcard.personalise.parts import CONTACT, ROOT, demand

__all__ = ["cps4"]

_PAIR = (SIGNATURE_CPS4, AUTHENTICATION_CPS4)
_KNOWN_ATRS = tuple(item.atr for item in atrs.KNOWN if item.face is atrs.CardFace.CPS4)


def cps4(content: PersonalisationData) -> CardImage:
    """Return the image of a CPS4 that holds ``content``; a technical key has no place on it.

    Raises `IssueError` (``card.content_wrong``, facts ``part`` and ``reason``) when something
    is missing or does not fit.
    """
    parts.check(content)
    atr = content.atr or _KNOWN_ATRS[0]
    demand(atr in _KNOWN_ATRS, "atr", "one of the answers to reset of a CPS4")
    demand(
        content.contactless is None and content.uid is None,
        "contactless",
        "the contactless side of a CPS4 is not known",
    )
    label = labels.token(labels.TokenPrefix.CPS4, content.card_number)
    return CardImage(
        name=label,
        contact=_contact_face(atr),
        pins=parts.pins(content),
        environments=parts.environments(),
        keys=tuple(_keys(content)),
        files=tuple(_files(content, label)),
    )


def _contact_face(atr: bytes) -> ContactFace:
    """Return the contacts: data come at once, and are fetched where T=0 is all there is."""
    by_blocks = any(Atr.from_bytes(atr).protocols)
    answers: Literal["direct", "61xx"] = "direct" if by_blocks else "61xx"
    return ContactFace(generation="CPS4", atr=Hex(atr), answers=answers)


def _keys(content: PersonalisationData) -> Iterator[CardKey]:
    pin = parts.behind_pin()
    yield parts.key(SIGNATURE_CPS4, content.sign_key, KeyUses(sign=pin, sign_pss=pin))
    yield parts.key(AUTHENTICATION_CPS4, content.auth_key, KeyUses(sign_pss=pin, decipher=pin))


def _files(content: PersonalisationData, label: str) -> Iterator[CardFile]:
    yield Directory(name="MF", path=ROOT)
    yield from parts.serial_and_update(content)
    short = ours.table("files.short_ids").integer("directory")
    applications = directory.application_directory(two=False)
    yield parts.plain_file("EF.DIR", ROOT, FileId.DIR, applications, sfi=short)
    yield Directory(name=labels.AID_LABEL_CONTACT, path=CONTACT, aid=Hex(aids.CPS3_CONTACT))
    objects = parts.shared_objects(content)
    listed = (*(entry for entry, _ in objects), *_cps2ter_objects(content))
    for name, file, data in (
        ("EF.ODF", FileId.ODF, directory.object_directory(CONTACT_DIRECTORIES)),
        ("EF.TokenInfo", FileId.TOKEN_INFO, directory.plain_token_info(label)),
        ("EF.AODF", FileId.AODF, directory.pins(parts.pin_lengths(content))),
        ("EF.PrKDF", FileId.PRIVATE_KEYS, directory.private_keys(_PAIR)),
        ("EF.PuKDF", FileId.PUBLIC_KEYS, directory.public_keys(_PAIR)),
        ("EF.CDF", FileId.CERTIFICATES, directory.certificates(_PAIR)),
        ("EF.DODF", FileId.DATA_OBJECTS, directory.data_objects(listed)),
    ):
        yield parts.plain_file(name, CONTACT, file, data)
    yield parts.certificate(SIGNATURE_CPS4, content.sign_certificate)
    yield parts.certificate(AUTHENTICATION_CPS4, content.auth_certificate)
    for item, data in objects:
        yield parts.data_file(item, data)
    yield from parts.cps2ter_files(content, "both")
    yield from _copies(content)


def _cps2ter_objects(content: PersonalisationData) -> Sequence[DirectoryObject]:
    """Return what the directory says of the CPS2ter side, which it lists on a CPS4 alone."""
    own = content.cps2ter
    root = path(FileId.MF)
    found = []
    if own.sit_fact is not None:
        parent = path(FileId.MF, FileId.CPS2TER)
        found.append(
            DirectoryObject(
                labels.DataLabel.SITUATION,
                FileId.CPS2TER_SITUATION,
                behind_pin=True,
                parent=parent,
            )
        )
    for number in sorted(own.activities):
        file = FileId.CPS2TER_FIRST_ACTIVITY + number - 1
        label = labels.cps2ter_activity(number)
        found.append(DirectoryObject(label, file, behind_pin=True, parent=root))
    for copy in sorted(own.objects):
        found.append(DirectoryObject(copy, _copy_file(copy), parent=root))
    return found


def _copies(content: PersonalisationData) -> Iterator[CardFile]:
    for label, data in sorted(content.cps2ter.objects.items()):
        place = f"{ROOT}/{_copy_file(label):04X}"
        yield DataFile(name=label, path=place, side="both", content=Hex(data))


def _copy_file(label: labels.Cps2terLabel) -> int:
    return ours.table("files.cps2ter").integer(label.name.lower())
