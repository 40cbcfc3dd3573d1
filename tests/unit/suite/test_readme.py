# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The README: its program runs, its links and files exist, its commands are commands."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)
COMMANDS = [
    line.partition("#")[0].split()
    for language, text in BLOCKS
    if not language
    for line in text.splitlines()
]


def test_the_first_program_runs_in_an_empty_folder(tmp_path: Path) -> None:
    language, text = BLOCKS[0]
    assert language == "python"
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "CABINET" in done.stdout


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^):]+)\)", README))))
def test_what_it_links_to_is_there(target: str) -> None:
    assert (ROOT / target.partition("#")[0]).exists()


@pytest.mark.parametrize(
    "words", [words for words in COMMANDS if words and words[0] == "caducee"], ids=" ".join
)
def test_its_commands_are_commands(words: list[str]) -> None:
    helps = (ROOT / "tests" / "vectors" / "help" / f"{words[1]}.txt").read_text(encoding="utf-8")
    assert f"$ {' '.join(words[:3])} --help" in helps


@pytest.mark.parametrize("words", [words for words in COMMANDS if words], ids=" ".join)
def test_its_programs_and_files_are_there(words: list[str]) -> None:
    for word in words:
        if word.startswith(("./", "examples/")):
            assert (ROOT / word).exists()
