# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The Cryptolib takes no number of ours: cards on which everything stands elsewhere work too.

A card image is plain JSON. These tests change in it the folder of the application, every file id,
the references of codes and keys, the padding of the code, the order of entries, the way bits are
written, and the filler after the last entry: in the directory files and in the card alike.
"""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from caducee.base.secret import Secret
from caducee.codec.pkcs15 import PinEntry, PrivateKeyEntry
from caducee.codec.tlv import Tlv, build, parse_all
from caducee.cryptolib import KeyUse, PublicDataCache
from caducee.cryptolib.digest_info import digest_info
from caducee.spec.atrs import KNOWN, CardFace
from caducee.spec.files import FileId
from caducee.spec.files import path as path_of
from caducee.spec.instructions import Instruction
from caducee.spec.pkcs15 import PinFlags
from caducee.spec.tags import Universal
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.personalise import PersonalisationData, cps3, cps4

PIN = "1234"
PUK = "12345678"
FOLDERS = ("3F00/0001", "3F00/0002")
FIXED = ("5031", "5032")
DIRECTORIES = ("7001", "7002", "7004", "7005", "7006", "7102", "7104", "7105", "7106")
KEYS = ("7002", "7102")
CERTIFICATES = ("A001", "A002", "A003")

ATRS_OF_CPS4 = [element.atr.hex() for element in KNOWN if element.face is CardFace.CPS4]

type Json = dict[str, Any]


def content_of(file: Json) -> bytes:
    found = file["content"]
    return bytes.fromhex(found if isinstance(found, str) else "".join(found))


def put(file: Json, content: bytes) -> None:
    file["content"] = content.hex()


def loosely_written(item: Tlv) -> Tlv:
    """Write every BIT STRING without unused bits: a longer form of the same value."""
    if item.tag == Universal.BIT_STRING and item.value:
        return Tlv(item.tag, b"\x00" + item.value[1:])
    if item.constructed:
        return Tlv.build(item.tag, *map(loosely_written, item.children()))
    return item


class Shuffle:
    """Changes one image; the same seed makes the same changes."""

    def __init__(self, image: Json, seed: int) -> None:
        self.image = image
        self.dice = random.Random(seed)
        self.own = 0x00
        self.files = {file["path"]: file for file in image["files"] if file["kind"] == "EF"}

    def everything(self) -> Json:
        self.key_references()
        self.code_references()
        self.entries()
        self.certificates()
        self.paths()
        return self.image

    def named(self, *file_ids: str) -> list[Json]:
        """The files with these ids that are there, in whatever folder."""
        return [file for path, file in self.files.items() if path[-4:] in file_ids]

    def key_references(self) -> None:
        """Give each key another number, in PrKDF and in the card."""
        old = [key["reference"] for key in self.image["keys"]]
        new = dict(zip(old, self.dice.sample(range(4, 0x0F), len(old)), strict=True))
        # A CPS3 writes its references with the highest bit, a CPS4 without.
        for key in self.image["keys"]:
            key["reference"] = new[key["reference"]]
        for file in self.named(*KEYS):
            entries = [
                PrivateKeyEntry.build(
                    item.label or "",
                    item.id,
                    item.usage,
                    (item.reference or 0) & 0x80 | new[(item.reference or 0) & 0x7F],
                    item.path or b"",
                    access=item.access,
                    flags=item.flags,
                    auth_id=item.auth_id,
                    bits=item.bits,
                ).tlv
                for item in map(PrivateKeyEntry, parse_all(content_of(file)))
            ]
            put(file, build(*entries))

    def code_references(self) -> None:
        """Give the codes other numbers, pad them, and name them by other ids."""
        new = dict(zip((1, 2), self.dice.sample(range(3, 0x1F), 2), strict=True))
        for code in self.image["codes"]:
            code["reference"] = new[code["reference"]]
            code["padded"] = True
            if code["unblocked_by"]:
                code["unblocked_by"] = new[code["unblocked_by"]]
        for environment in self.image["environments"]:
            environment["code"] = new[environment["code"]]
        # Some cards mark the codes as those of a folder (ISO 7816-4 section 11.6.1).
        self.own = self.dice.choice((0x00, 0x80))
        (file,) = self.named("7001")
        entries = []
        for item in map(PinEntry, parse_all(content_of(file))):
            entries.append(
                PinEntry.build(
                    item.label or "",
                    item.id,
                    new[item.reference] | self.own,
                    item.pin_flags | PinFlags.NEEDS_PADDING,
                    (item.min_length, 8, 8),
                    flags=item.flags,
                    auth_id=item.auth_id,
                    pad=0xFF,
                    path=item.path,
                ).tlv
            )
        put(file, build(*entries))

    def entries(self) -> None:
        """Mix the entries of each directory file, write bits loosely, and add filler."""
        for file in self.named(*DIRECTORIES, "5031"):
            items = [loosely_written(item) for item in parse_all(content_of(file))]
            self.dice.shuffle(items)
            put(file, build(*items) + bytes(self.dice.choice((0, 1, 40))))

    def certificates(self) -> None:
        """Put the bad number of unused bits into certificates that some cards have."""
        for file in self.named(*CERTIFICATES):
            whole = Tlv.from_bytes(content_of(file))
            *head, signature = whole.children()
            broken = Tlv(signature.tag, b"\x07" + signature.value[1:])
            put(file, Tlv.build(whole.tag, *head, broken).to_bytes() + bytes(30))

    def paths(self) -> None:
        """Move the application and every file in it to other ids."""
        taken = {0x3F00, 0x3FFF, *FileId}
        ids = [f"{item:04X}" for item in self.dice.sample(range(0x4101, 0x4FFE), 64)]
        ids = [identifier for identifier in ids if int(identifier, 16) not in taken]
        moves = {folder: f"3F00/{ids.pop()}" for folder in FOLDERS}
        for old in self.files:
            folder, _, name = old.rpartition("/")
            if folder in moves:
                moves[old] = f"{moves[folder]}/{name if name in FIXED else ids.pop()}"
        for entry in self.image["files"]:
            entry["path"] = moves.get(entry["path"], entry["path"])
        for key in self.image["keys"]:
            key["directory"] = moves.get(key["directory"], key["directory"])
        for entry in self.files.values():
            if not entry["path"].rpartition("/")[2].startswith(("A0", "D0")):
                put(entry, self.moved(content_of(entry), moves))
        self.dice.shuffle(self.image["keys"])

    @staticmethod
    def moved(content: bytes, moves: dict[str, str]) -> bytes:
        # The longest first: the path of the folder is the beginning of all the others.
        for old in sorted(moves, key=len, reverse=True):
            item, other = (bytes.fromhex(path.replace("/", "")) for path in (old, moves[old]))
            content = content.replace(item, other)
        return content


@pytest.fixture
def image_of(content: PersonalisationData, tmp_path: Path) -> Callable[..., CardImage]:
    def make(seed: int, made: CardImage | None = None, **contact: str) -> CardImage:
        path = tmp_path / "card.json"
        (made or cps3(content)).save(path)
        image = Shuffle(json.loads(path.read_text()), seed).everything()
        image["contact"].update(contact)
        path.write_text(json.dumps(image))
        return CardImage.load(path)

    return make


VARIANTS = [
    {"answers": answers, "wrong_le": wrong_le}
    for answers in ("61xx", "direct")
    for wrong_le in ("accept", "6Cxx")
]


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda it: "-".join(it.values()))
@pytest.mark.parametrize("seed", range(5))
def test_everything_works_on_a_card_where_everything_stands_elsewhere(
    make_bench: Any,
    image_of: Callable[..., CardImage],
    seed: int,
    variant: dict[str, str],
    tmp_path: Path,
) -> None:
    bench = make_bench(image_of(seed, **variant))
    cache = PublicDataCache(tmp_path / "cache")
    bench.open(cache).holder()
    card = bench.open(cache)
    assert card.holder().family_name == "DOC0000012"
    assert card.languages() == ("fr", "en")
    assert card.pin_state().tries_left == 3
    card.verify(Secret.of(PIN))
    assert [activity.sector for activity in card.activities()] != []
    for on_card in (False, True):
        made = card.sign(b"text" * 50, last_round_on_card=on_card)
        key: Any = card.certificate(KeyUse.SIGNATURE).public_key()
        key.verify(made, b"text" * 50, padding.PKCS1v15(), hashes.SHA256())
    card.authenticate(digest_info(bytes(32), "sha256"))
    public: Any = card.certificate(KeyUse.AUTHENTICATION).public_key()
    assert card.decipher(public.encrypt(b"message", padding.PKCS1v15())) == b"message"
    card.write_data(b"written")
    assert card.read_data().startswith(b"written")
    card.change(Secret.of(PIN), Secret.of("54321"))
    card.unblock(Secret.of(PUK), Secret.of(PIN))
    card.verify(Secret.of(PIN))


def test_shuffled_card_has_nothing_where_ours_has_it(
    make_bench: Any, image_of: Callable[..., CardImage]
) -> None:
    bench = make_bench(image_of(1))
    bench.open().holder()
    ours = path_of(FileId.MF, FileId.CONTACT)
    assert not any(ours in command for command in bench.chip.commands)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda it: "-".join(it.values()))
@pytest.mark.parametrize("atr", ATRS_OF_CPS4)
@pytest.mark.parametrize("seed", range(2))
def test_everything_works_on_a_cps4_where_everything_stands_elsewhere(
    make_bench: Any,
    image_of: Callable[..., CardImage],
    cps4_content: PersonalisationData,
    *,
    seed: int,
    atr: str,
    variant: dict[str, str],
    tmp_path: Path,
) -> None:
    image = image_of(seed, cps4(replace(cps4_content, atr=bytes.fromhex(atr))), **variant)
    bench = make_bench(image)
    cache = PublicDataCache(tmp_path / "cache")
    bench.open(cache).holder()
    card = bench.open(cache)
    assert card.holder().family_name == "DOC0000012"
    assert (card.pin_state().tries_left, card.puk_state().tries_left) == (3, 3)
    card.verify(Secret.of(PIN))
    assert [activity.sector for activity in card.activities()] != []
    assert sorted(activity.number for activity in card.billing().activities) == [1, 3]
    key: Any = card.certificate(KeyUse.SIGNATURE).public_key()
    key.verify(card.sign(b"text"), b"text", padding.PKCS1v15(), hashes.SHA256())
    card.sign_pss(bytes(32))
    card.authenticate(digest_info(bytes(32), "sha256"))
    public: Any = card.certificate(KeyUse.AUTHENTICATION).public_key()
    assert card.decipher(public.encrypt(b"message", padding.PKCS1v15())) == b"message"
    card.write_data(b"written")
    assert card.read_data().startswith(b"written")
    card.change(Secret.of(PIN), Secret.of("54321"))
    card.unblock(Secret.of(PUK), Secret.of(PIN))
    card.verify(Secret.of(PIN))
    selected = [command[5:7] for command in bench.chip.commands if command[1] == Instruction.SELECT]
    assert path_of(FileId.CONTACT) not in selected


@pytest.mark.parametrize("seed", range(5))
def test_everything_works_without_contacts_where_everything_stands_elsewhere(
    make_bench: Any, image_of: Callable[..., CardImage], seed: int, tmp_path: Path
) -> None:
    bench = make_bench(image_of(seed), face="contactless")
    cache = PublicDataCache(tmp_path / "cache")
    for _ in range(2):
        card = bench.open(cache)
        assert card.uses == (KeyUse.TECHNICAL,)
        card.authenticate(digest_info(bytes(32), "sha256"), KeyUse.TECHNICAL)
        assert card.read_data().startswith(b"hello")
    ours = path_of(FileId.MF, FileId.CONTACTLESS), path_of(FileId.MF, FileId.CONTACT)
    assert not any(our in command for command in bench.chip.commands for our in ours)
