# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The help of every command is as it was written down: a change of it is seen, and wanted."""

import difflib
import json
import subprocess
import sys

from tools.help_texts import PLACE

WRITTEN = "import json; from tools.help_texts import helps; print(json.dumps(helps()))"


def helps() -> dict[str, str]:
    """Return the texts of a process of its own: a judge loaded in this one may change click."""
    done = subprocess.run(
        [sys.executable, "-c", WRITTEN], capture_output=True, text=True, check=True, timeout=120
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_the_help_of_every_command_is_the_one_written_down() -> None:
    now = helps()
    kept = {path.stem: path.read_text(encoding="utf-8") for path in PLACE.glob("*.txt")}
    changed = [
        line
        for noun in sorted(now.keys() | kept.keys())
        for line in difflib.unified_diff(
            kept.get(noun, "").splitlines(), now.get(noun, "").splitlines(), noun, noun, lineterm=""
        )
    ]
    assert changed == [], "python tools/help_texts.py writes it down"


def test_every_command_says_in_one_sentence_what_it_does() -> None:
    silent = [
        line
        for text in helps().values()
        for line in text.split("$ ")[1:]
        if len(line.splitlines()) < 4 or not line.splitlines()[3].strip()
    ]
    assert silent == []
