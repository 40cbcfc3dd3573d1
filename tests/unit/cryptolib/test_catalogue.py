# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import re
from pathlib import Path

import caducee
from caducee.base.catalogue import entries

SOURCES = Path(caducee.__file__).parent
MADE = {f"cryptolib.{kind}_{end}" for kind in ("pin", "puk") for end in ("wrong", "blocked")} | {
    f"cryptolib.certificate_{kind}" for kind in ("expired", "not_yet_valid")
}


def used() -> set[str]:
    paths = [path for path in SOURCES.rglob("*.py") if path.parent.name != "catalogue"]
    texts = [path.read_text(encoding="utf-8") for path in paths]
    named = re.compile(r'"(cryptolib\.(?!toml\b)[a-z_]*[a-z])"')
    return {code for text in texts for code in named.findall(text)}


def test_every_code_of_the_area_is_used_and_every_used_code_is_known() -> None:
    known = {entry.code for entry in entries() if entry.code.startswith("cryptolib.")}
    assert used() | MADE == known


def test_every_code_says_what_happened_and_what_to_do() -> None:
    for entry in entries():
        if entry.code.startswith("cryptolib."):
            assert entry.sentence.endswith(".") and entry.advice.endswith(".")
