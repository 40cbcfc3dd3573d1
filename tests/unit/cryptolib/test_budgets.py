# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How many commands an operation may cost; GET RESPONSE counts, the card is one of T=0."""

import json
from pathlib import Path
from typing import Any

import pytest

from caducee.base.secret import Secret
from caducee.cryptolib import CpsCard, KeyUse, PublicDataCache
from caducee.cryptolib.digest_info import digest_info
from caducee.cryptolib.presence import identify
from caducee.spec.instructions import Instruction
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.personalise import PersonalisationData, cps3

type Named = dict[str, Any]

CHUNKS = {"cps3": 0xE7, "contactless": 0xE7, "cps4": 0x100}
FACES = list(CHUNKS)
ISSUER = {"cps3": 81, "contactless": 26, "cps4": 58}
"""What the issuer's module needs for a cold listing (card bytes, found by trial, section 5)."""

STRUCTURE = {
    "cps3": "D003 D010 2F00 5031 5032 7001 7002 7005 7006",
    "contactless": "D003 2F00 5031 5032 7102 7105 7106",
    "cps4": "D003 2F00 5031 5032 7001 7002 7005 7006",
}
"""The files that opening a card never seen reads; D010 is looked for."""

PUBLIC = {
    "cps3": "A001 A002 D100 D101 D102 D103 D107",
    "contactless": "A003 D107",
    "cps4": "A001 A002 D100 D101 D102 D103 D107",
}
"""What else there is that needs no code."""


@pytest.fixture
def benches(bench: Any, contactless_bench: Any, cps4_bench: Any) -> Named:
    return {"cps3": bench, "contactless": contactless_bench, "cps4": cps4_bench}


def read_all_public(card: CpsCard) -> None:
    card.holder()
    card.languages()
    for use in card.uses:
        card.certificate(use)
    card.data_objects()


def selected(bench: Any) -> list[str]:
    """The last file id of every file that was selected, in order; no folders, no application."""
    found = []
    for command in bench.chip.commands:
        # Without an answer folders are selected, by a name the application.
        if command[1] == Instruction.SELECT and command[2] != 0x04 and command[3] != 0x0C:
            found.append(command[5 : 5 + command[4]][-2:].hex().upper())
    return found


def budget(bench: Any, face: str) -> int:
    """One SELECT for each file, and the READ BINARY that its size needs."""
    files = json.loads(bench.chip.inner.image.to_json())["files"]
    total = 0
    for name in (STRUCTURE[face] + " " + PUBLIC[face]).split():
        folder = "0002/" if (face, name[:2]) == ("contactless", "50") else ""
        sizes = [
            len(bytes.fromhex("".join(file["content"])))
            for file in files
            if file["kind"] == "EF" and file["path"].endswith(folder + name)
        ]
        total += sum(1 + -(-size // CHUNKS[face]) for size in sizes[:1])
    return total


@pytest.mark.parametrize("face", FACES)
def test_cold_reading_costs_one_select_per_file_and_the_reads_its_size_needs(
    benches: Named, face: str
) -> None:
    bench = benches[face]
    card = bench.open()
    read_all_public(card)
    assert card.apdu_count <= 1.1 * budget(bench, face)
    assert card.apdu_count < ISSUER[face]


@pytest.mark.parametrize("face", FACES)
def test_no_file_is_read_twice_and_none_that_nobody_asked_for(benches: Named, face: str) -> None:
    bench = benches[face]
    card = bench.open()
    assert sorted(selected(bench)) == sorted(STRUCTURE[face].split())
    bench.chip.commands.clear()
    for _ in range(2):
        card.holder()
        card.languages()
        for use in card.uses:
            card.certificate(use)
    wanted = PUBLIC[face].replace(" D107", "").split()
    assert sorted(selected(bench)) == sorted(wanted)


@pytest.mark.parametrize("face", FACES)
def test_cached_opening_confirms_the_cache_and_reads_nothing(
    benches: Named, face: str, tmp_path: Path
) -> None:
    cache = PublicDataCache(tmp_path)
    read_all_public(benches[face].open(cache))
    benches[face].chip.commands.clear()
    card = benches[face].open(cache)
    card.holder()
    card.languages()
    for use in card.uses:
        card.certificate(use)
    checked = {"cps3": "D003 D010 A002", "contactless": "D003 A003", "cps4": "D003 A002"}[face]
    assert selected(benches[face]) == checked.split()
    assert card.apdu_count == {"cps3": 5, "contactless": 4, "cps4": 5}[face]


@pytest.mark.parametrize(("padding", "most"), [("pss", 8), ("pkcs1", 9)])
def test_login_with_a_cached_cps4(cps4_bench: Any, tmp_path: Path, padding: str, most: int) -> None:
    cache = PublicDataCache(tmp_path)
    cps4_bench.open(cache).holder()
    card = cps4_bench.open(cache)
    card.holder()
    card.keep_pin(Secret.of("1234"))
    if padding == "pss":
        card.sign_pss(bytes(32))
    else:
        card.authenticate(digest_info(bytes(32), "sha256"))
    assert card.apdu_count <= most


def test_technical_signature_with_a_cached_card(contactless_bench: Any, tmp_path: Path) -> None:
    cache = PublicDataCache(tmp_path)
    contactless_bench.open(cache).certificate(KeyUse.TECHNICAL)
    card = contactless_bench.open(cache)
    card.authenticate(digest_info(bytes(32), "sha256"), KeyUse.TECHNICAL)
    assert card.apdu_count == 7  # the issuer's module: 8


def test_signature_with_a_cached_cps4(cps4_bench: Any, tmp_path: Path) -> None:
    cache = PublicDataCache(tmp_path)
    read_all_public(cps4_bench.open(cache))
    card = cps4_bench.open(cache)
    card.keep_pin(Secret.of("1234"))
    card.sign(b"text")
    assert card.apdu_count == 8  # the issuer's module: 18


@pytest.mark.parametrize("face", FACES)
def test_looking_which_card_it_is_costs_two_commands_or_three(benches: Named, face: str) -> None:
    identify(benches[face].reader)
    assert len(benches[face].chip.commands) == (3 if face == "cps4" else 2)


def test_state_of_the_pin_costs_one_command_on_a_cps4(cps4_card: CpsCard) -> None:
    before = cps4_card.apdu_count
    cps4_card.pin_state()
    assert cps4_card.apdu_count - before == 1


@pytest.mark.parametrize(("updated", "budget"), [(False, 10), (True, 11)])
def test_login_with_a_cached_card(
    make_bench: Any,
    content: PersonalisationData,
    updated_content: PersonalisationData,
    tmp_path: Path,
    updated: bool,
    budget: int,
) -> None:
    bench = make_bench(updated_content if updated else content)
    cache = PublicDataCache(tmp_path)
    bench.open(cache).holder()
    card = bench.open(cache)
    card.holder()
    card.keep_pin(Secret.of("1234"))
    card.authenticate(digest_info(bytes(32), "sha256"))
    assert card.apdu_count <= budget
    assert bench.chip.sent(Instruction.GET_RESPONSE) >= 1


def test_cached_opening_needs_no_directory_file(
    make_bench: Any, content: PersonalisationData, tmp_path: Path
) -> None:
    bench = make_bench(content)
    cache = PublicDataCache(tmp_path)
    bench.open(cache).holder()
    card = bench.open(cache)
    card.holder()
    assert card.apdu_count == 5


def test_first_signature_after_the_cache_costs_no_certificate(
    make_bench: Any, content: PersonalisationData, tmp_path: Path
) -> None:
    bench = make_bench(content)
    cache = PublicDataCache(tmp_path)
    first = bench.open(cache)
    for use in first.uses:
        first.certificate(use)
    first.close()
    card = bench.open(cache)
    card.keep_pin(Secret.of("1234"))
    card.sign(b"text")
    assert card.apdu_count == 10


def test_count_is_what_the_chip_saw(bench: Any) -> None:
    card = bench.open()
    card.holder()
    card.random(16)
    assert card.apdu_count == len(bench.chip.commands)


def test_room_after_a_certificate_is_not_read(
    make_bench: Any, content: PersonalisationData, tmp_path: Path
) -> None:
    cps3(content).save(tmp_path / "card.json")
    image = json.loads((tmp_path / "card.json").read_text())
    (file,) = (item for item in image["files"] if item["path"].endswith("A001"))
    file["content"] = content.sign_certificate.hex() + "00" * 1500
    card = make_bench(CardImage.from_json(json.dumps(image).encode())).open()
    before = card.apdu_count
    card.certificate(KeyUse.SIGNATURE)
    assert card.apdu_count - before == 1 + -(-len(content.sign_certificate) // 0xE7)
