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
from caducee.spec.instructions import Instruction
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.personalise import CardContent, cps3

READ_CHUNK = 0xE7


def read_all_public(card: CpsCard) -> None:
    card.holder()
    card.languages()
    for use in card.uses:
        card.certificate(use)
    card.data_objects()


def files_in(content: CardContent, bench: Any) -> int:
    """The budget from the sizes that the card itself tells."""
    card = bench.open()
    read_all_public(card)
    sizes = [len(content.sign_certificate), len(content.auth_certificate)]
    sizes += [len(one.value) for one in card.data_objects() if one.value is not None]
    # Serial number, EF.DIR, ODF, TokenInfo, AODF, PrKDF, CDF fit one read; DODF takes two.
    sizes += [12, 1, 1, 1, 1, 1, 1, READ_CHUNK + 1]
    return sum(1 + -(-size // READ_CHUNK) for size in sizes)


def test_cold_reading_costs_one_select_per_file_and_the_reads_its_size_needs(
    make_bench: Any, content: CardContent
) -> None:
    budget = files_in(content, make_bench(content))
    bench = make_bench(content)
    card = bench.open()
    read_all_public(card)
    assert card.apdu_count <= 1.1 * budget


@pytest.mark.parametrize(("updated", "budget"), [(False, 10), (True, 11)])
def test_login_with_a_cached_card(
    make_bench: Any,
    content: CardContent,
    updated_content: CardContent,
    tmp_path: Path,
    updated: bool,
    budget: int,
) -> None:
    bench = make_bench(updated_content if updated else content)
    cache = PublicDataCache(tmp_path)
    bench.open(cache).holder()
    card = bench.open(cache)
    card.holder()
    card.keep_code(Secret.of("1234"))
    card.authenticate(digest_info(bytes(32), "sha256"))
    assert card.apdu_count <= budget
    assert bench.chip.sent(Instruction.GET_RESPONSE) >= 1


def test_cached_opening_needs_no_directory_file(
    make_bench: Any, content: CardContent, tmp_path: Path
) -> None:
    bench = make_bench(content)
    cache = PublicDataCache(tmp_path)
    bench.open(cache).holder()
    card = bench.open(cache)
    card.holder()
    assert card.apdu_count == 5


def test_first_signature_after_the_cache_costs_no_certificate(
    make_bench: Any, content: CardContent, tmp_path: Path
) -> None:
    bench = make_bench(content)
    cache = PublicDataCache(tmp_path)
    first = bench.open(cache)
    for use in first.uses:
        first.certificate(use)
    first.close()
    card = bench.open(cache)
    card.keep_code(Secret.of("1234"))
    card.sign(b"text")
    assert card.apdu_count == 10


def test_count_is_what_the_chip_saw(bench: Any) -> None:
    card = bench.open()
    card.holder()
    card.random(16)
    assert card.apdu_count == len(bench.chip.commands)


def test_room_after_a_certificate_is_not_read(
    make_bench: Any, content: CardContent, tmp_path: Path
) -> None:
    cps3(content).save(tmp_path / "card.json")
    image = json.loads((tmp_path / "card.json").read_text())
    (file,) = (one for one in image["files"] if one["path"].endswith("A001"))
    file["content"] = content.sign_certificate.hex() + "00" * 1500
    card = make_bench(CardImage.from_json(json.dumps(image).encode())).open()
    before = card.apdu_count
    card.certificate(KeyUse.SIGNATURE)
    assert card.apdu_count - before == 1 + -(-len(content.sign_certificate) // READ_CHUNK)
