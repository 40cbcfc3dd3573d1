# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The page of symptoms says the same in both languages, in codes and cures that exist."""

import re
from pathlib import Path

from caducee.base import catalogue
from caducee.diagnosis.cures import cure_named

PAGE = Path(__file__).parents[3] / "docs" / "guide" / "symptoms.md"


def rows(part: str) -> list[tuple[list[str], list[str]]]:
    """Return the codes and the commands of each row of a table."""
    found = [line for line in part.splitlines() if line.startswith("| ") and "diag." in line]
    return [
        (re.findall(r"\(#(diag\.\w+)\)", line), re.findall(r"`((?:sudo )?caducee [^`]+)`", line))
        for line in found
    ]


def test_both_languages_name_the_same_causes_and_commands_in_the_same_order() -> None:
    english, french = PAGE.read_text(encoding="utf-8").split("(en-francais)=")
    assert len(rows(english)) > 20
    assert rows(english) == rows(french)


def test_every_cure_is_that_of_its_code_and_says_whether_it_needs_root() -> None:
    for codes, commands in rows(PAGE.read_text(encoding="utf-8")):
        cures = {catalogue.entry(code).cure for code in codes}
        for command in commands:
            name = command.partition("--apply ")[2]
            if name:
                assert name in cures, command
                assert command.startswith("sudo ") is cure_named(name).needs_root, command
        assert commands or not any(cures), codes
