# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What an image must be beyond the form of each part: the parts fit together."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from caducee.base.errors import StateError
from caducee.virtualcard.access import environment_number
from caducee.virtualcard.crypto.rsa_key import PrivateKey
from caducee.virtualcard.image_parts import CardKey, DataFile, Directory, StoredPin

if TYPE_CHECKING:
    from caducee.virtualcard.image import CardImage

__all__ = ["check"]

MAX_FILE_SIZE = 0x7FFF
"""READ BINARY reaches 15 bits of offset (ISO/IEC 7816-4 section 7.2.3)."""

_AID_SIZES = range(5, 17)
_ATR_SIZES = range(2, 34)
_UID_SIZES = (4, 7)

type _Finding = tuple[str, str]


def check(image: "CardImage", origin: str) -> None:
    """Raise `StateError` (``card.image_wrong``) with the first thing that does not fit."""
    for place, reason in _findings(image):
        raise StateError("card.image_wrong", path=origin, place=place, reason=reason)


def _findings(image: "CardImage") -> Iterator[_Finding]:
    if len(image.contact.atr) not in _ATR_SIZES:
        yield "$.contact.atr", "an ATR has 2 to 33 bytes"
    yield from _contactless(image)
    yield from _tree(image)
    yield from _pins(image)
    yield from _environments(image)
    yield from _keys(image)


def _contactless(image: "CardImage") -> Iterator[_Finding]:
    face = image.contactless
    if face is None:
        return
    if len(face.atr) not in _ATR_SIZES:
        yield "$.contactless.atr", "an ATR has 2 to 33 bytes"
    if len(face.uid) not in _UID_SIZES:
        yield "$.contactless.uid", "a UID has 4 or 7 bytes"


def _tree(image: "CardImage") -> Iterator[_Finding]:
    kinds = {item.path: isinstance(item, Directory) for item in image.files}
    if not kinds.get("3F00"):
        yield "$.files", "no master file 3F00 of kind DF"
    yield from _twice("$.files", "path", (item.path for item in image.files))
    seen: set[tuple[str, int]] = set()
    sides = {item.path: item.side for item in image.files}
    for at, file in enumerate(image.files):
        place = f"$.files[{at}]"
        parent = file.path.rpartition("/")[0]
        if parent and not kinds.get(parent):
            yield f"{place}.path", f"no directory {parent} for this file"
        if parent not in ("", "3F00") and sides.get(parent, "both") not in ("both", file.side):
            yield f"{place}.side", f"the directory {parent} is not on this side"
        if file.path.endswith("/3F00"):
            yield f"{place}.path", "3F00 names the master file alone"
        if isinstance(file, Directory):
            if file.aid and len(file.aid) not in _AID_SIZES:
                yield f"{place}.aid", "an application identifier has 5 to 16 bytes"
            continue
        yield from _data_file(image, file, place)
        if file.sfi is not None:
            if (parent, file.sfi) in seen:
                yield f"{place}.sfi", f"short identifier {file.sfi} is there twice"
            seen.add((parent, file.sfi))


def _data_file(image: "CardImage", file: DataFile, place: str) -> Iterator[_Finding]:
    if len(file.content) > MAX_FILE_SIZE:
        yield f"{place}.content", f"more than {MAX_FILE_SIZE} bytes"
    yield from _rule(image, f"{place}.read", file.read)
    yield from _rule(image, f"{place}.update", file.update)
    if file.state != "whole" and file.side == "PKCS#15":
        yield f"{place}.state", "only the CPS2ter side knows states of files"


def _rule(image: "CardImage", place: str, access: str) -> Iterator[_Finding]:
    number = environment_number(access)
    if number and number not in (environment.number for environment in image.environments):
        yield place, f"no security environment {number}"


def _pins(image: "CardImage") -> Iterator[_Finding]:
    yield from _twice("$.codes", "reference", (item.reference for item in image.pins))
    references = {item.reference for item in image.pins}
    for at, pin in enumerate(image.pins):
        yield from _pin(pin, f"$.codes[{at}]")
        if pin.unblocked_by is not None and pin.unblocked_by not in references - {pin.reference}:
            yield f"$.codes[{at}].unblocked_by", f"no other PIN {pin.unblocked_by}"


def _pin(pin: StoredPin, place: str) -> Iterator[_Finding]:
    if not pin.min_length <= len(pin.value) <= pin.max_length:
        yield f"{place}.value", "the PIN is shorter or longer than its limits"
    if not pin.value.reveal().isdigit():
        yield f"{place}.value", "the PIN holds something else than digits"
    if not pin.max_tries or pin.tries_left > pin.max_tries:
        yield f"{place}.tries_left", f"{pin.tries_left} of {pin.max_tries} tries cannot be"


def _environments(image: "CardImage") -> Iterator[_Finding]:
    yield from _twice(
        "$.environments", "number", (environment.number for environment in image.environments)
    )
    for at, item in enumerate(image.environments):
        if image.pin(item.pin) is None:
            yield f"$.environments[{at}].code", f"no PIN {item.pin}"


def _keys(image: "CardImage") -> Iterator[_Finding]:
    names = ((item.directory, item.reference) for item in image.keys)
    yield from _twice("$.keys", "reference", names)
    directories = {file.path for file in image.files if isinstance(file, Directory)}
    for at, key in enumerate(image.keys):
        place = f"$.keys[{at}]"
        if key.directory not in directories:
            yield f"{place}.directory", f"no directory {key.directory}"
        for use in ("sign", "sign_pss", "authenticate", "decipher"):
            yield from _rule(image, f"{place}.uses.{use}", getattr(key.uses, use))
        yield from _private_key(key, place)


def _private_key(key: CardKey, place: str) -> Iterator[_Finding]:
    try:
        PrivateKey.from_pem(key.private_key.reveal())
    except ValueError as error:
        yield f"{place}.private_key", str(error)


def _twice(place: str, what: str, values: Iterable[object]) -> Iterator[_Finding]:
    seen: set[object] = set()
    for at, value in enumerate(values):
        if value in seen:
            yield f"{place}[{at}].{what}", f"the same {what} is there twice"
        seen.add(value)
